//! Dictionaries: names to small numbers and back, with what lies above and below.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::label::Label;
use super::size;
use crate::limits;
use crate::message::{Message, message};
use crate::text::{same, spelling, word};
use crate::{Error, ErrorKind, Result};

/// One value of a partition, or one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The code itself, as it stands in files and queries.
    pub name: String,
    /// Names of its parents; several rows of a dictionary may name one code.
    pub parents: Vec<String>,
    /// What people call it.
    pub label: Label,
}

/// A code whose first record fell in a life stage: `CODE@stage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// The code, as an id of the same dictionary.
    pub code: u32,
    /// The life stage, as an id of the life-stage dimension's dictionary.
    pub stage: u32,
}

impl Onset {
    /// What people call the onset of a code at a life stage.
    pub fn label(code: &Label, stage: &Label) -> Label {
        Label {
            en: format!("{}, first recorded in: {}", code.en, stage.en),
            ja: format!("{}（初回記録：{}）", code.ja, stage.ja),
        }
    }
}

/// The root of every code hierarchy: "any code".
pub const ROOT: &str = "*";

/// Where the codes of a dictionary come from, which says what is known of a code that it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Listed {
    /// A list of the publisher's: other codes were not counted, and nothing is known of them.
    Spec,
    /// The rows: every code is named that a published cell counts. Fewer people than the threshold have any other.
    Rows,
}

/// The values of one dimension in order, with their hierarchy. Ids are positions in it.
#[derive(Debug, Clone, Default)]
pub struct Dictionary {
    names: Texts,
    /// Nothing of an onset that no record listed: its label is made when it is shown.
    labels: Vec<Option<Box<Label>>>,
    /// Ids by name; such onsets stand behind their code.
    by_name: BTreeMap<String, u32>,
    parents: Lists,
    children: Lists,
    /// Strict ancestors, ascending.
    ancestors: Lists,
    onsets: Vec<Option<Onset>>,
    /// The life stages of such onsets.
    stages: Option<Arc<Dictionary>>,
    listed: Option<Listed>,
    /// Spellings of names and labels, ascending, made when they are first looked for.
    spellings: OnceLock<Vec<(u64, u32)>>,
}

/// Texts in one piece of memory.
#[derive(Debug, Clone, Default)]
struct Texts {
    all: String,
    ends: Vec<u32>,
}

impl Texts {
    /// Adds the text that some parts make.
    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.all.push_str(part);
        }
        self.ends.push(self.all.len() as u32);
    }

    fn get(&self, at: u32) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.all[start as usize..self.ends[at as usize] as usize]
    }
}

/// Lists of ids in one piece of memory.
#[derive(Debug, Clone, Default)]
struct Lists {
    ranges: Vec<(u32, u32)>,
    ids: Vec<u32>,
}

impl Lists {
    /// Adds a list.
    fn push(&mut self, ids: &[u32]) {
        let start = self.ids.len() as u32;
        self.ids.extend_from_slice(ids);
        self.ranges.push((start, self.ids.len() as u32));
    }

    fn get(&self, of: u32) -> &[u32] {
        let (start, end) = self.ranges[of as usize];
        &self.ids[start as usize..end as usize]
    }

    fn len(&self) -> usize {
        self.ranges.len()
    }

    /// For each id the lists that have it, ascending.
    fn inverse(&self) -> Self {
        let mut inverse = Self { ranges: vec![(0, 0); self.len()], ids: vec![0; self.ids.len()] };
        for &id in &self.ids {
            inverse.ranges[id as usize].1 += 1;
        }
        let mut next = 0;
        for range in &mut inverse.ranges {
            let start = next;
            next += range.1;
            *range = (start, start);
        }
        for of in 0..self.len() as u32 {
            for &id in self.get(of) {
                let end = &mut inverse.ranges[id as usize].1;
                inverse.ids[*end as usize] = of;
                *end += 1;
            }
        }
        inverse
    }
}

impl Dictionary {
    /// A dictionary of distinct codes whose parents exist and form no cycle, within [`limits`].
    ///
    /// Every code without a parent lies under the root `*`, if the root is among the codes.
    pub fn new(codes: Vec<Code>) -> Result<Self> {
        Self::with_onsets(codes, &[], None)
    }

    /// The same with onsets: for each code the life stages at which there is one, ascending. They stand behind their code.
    ///
    /// # Examples
    /// ```
    /// use ninzu_engine::model::{Code, Dictionary, Label};
    /// let code = |name: &str| Code { name: name.into(), parents: Vec::new(), label: Label::same(name) };
    /// let stages = std::sync::Arc::new(Dictionary::new(vec![code("child"), code("adult")])?);
    /// let codes = Dictionary::with_onsets(vec![code("A"), code("B")], &[vec![0, 1], vec![1]], Some(&stages))?;
    /// assert_eq!(codes.names().collect::<Vec<_>>(), ["A", "A@child", "A@adult", "B", "B@adult"]);
    /// assert_eq!(codes.label(4).en, "B, first recorded in: adult");
    /// # Ok::<(), ninzu_engine::Error>(())
    /// ```
    pub fn with_onsets(codes: Vec<Code>, onsets: &[Vec<u32>], stages: Option<&Arc<Self>>) -> Result<Self> {
        let values = onsets.iter().fold(codes.len(), |sum, of| sum.saturating_add(of.len()));
        size::within(&|| message!("amount.codes"), values as u64, limits::CODES as u64)?;
        let mut all = Self { stages: stages.cloned(), ..Self::default() };
        let mut above = Vec::new();
        let mut bytes = 0;
        for (Code { name, parents, label }, at) in codes.into_iter().zip(0..) {
            size::name(&|| message!("thing.code"), &name)?;
            size::label(&|| size::named(&name), &label)?;
            let code = all.len() as u32;
            all.names.push(&[&name]);
            all.onsets.push(None);
            let mut first = 0;
            for &stage in onsets.get(at).into_iter().flatten() {
                let is_stage = |all: &&Arc<Self>| (first..all.len() as u32).contains(&stage) && !all.name(stage).contains('@');
                let stages = stages.filter(is_stage);
                let stages = stages.ok_or_else(|| invalid(message!("release.onsets", code = word(&name))))?;
                first = stage + 1;
                all.names.push(&[&name, "@", stages.name(stage)]);
                all.onsets.push(Some(Onset { code, stage }));
                let name = all.names.get(all.onsets.len() as u32 - 1);
                size::name(&|| message!("thing.code"), name)?;
                bytes += name.len() + label.bytes() + stages.label(stage).bytes();
                size::within(&|| message!("amount.onset_bytes"), bytes as u64, limits::ONSET_BYTES as u64)?;
            }
            all.labels.push(Some(Box::new(label)));
            all.labels.resize_with(all.onsets.len(), || None);
            above.push(parents);
            if all.by_name.insert(name, code).is_some() {
                return Err(twice(all.name(code)));
            }
        }
        all.set_parents(above)?;
        all.children = all.parents.inverse();
        all.ancestors = ancestors(&all.names, &all.parents, &all.children)?;
        Ok(all)
    }

    /// Finds the parents of every value by name, those of listed values as they were given.
    fn set_parents(&mut self, above: Vec<Vec<String>>) -> Result<()> {
        let root = self.root();
        let mut above = above.into_iter();
        for id in 0..self.len() as u32 {
            let mut ids = Vec::new();
            if let Some(onset) = self.onset(id) {
                ids.push(onset.code);
            } else {
                if self.behind_its_code(self.name(id)).is_some() {
                    return Err(twice(self.name(id)));
                }
                for name in above.next().into_iter().flatten() {
                    ids.push(self.id(&name).ok_or_else(|| {
                        let message = message!("release.parent_unlisted", parent = word(&name), code = word(self.name(id)));
                        invalid(message).with_hint(message!("hint.parent_row"))
                    })?);
                }
                if ids.is_empty() {
                    ids.extend(root.filter(|&r| r != id));
                }
            }
            self.parents.push(&distinct(ids));
        }
        Ok(())
    }

    /// The same dictionary, its codes listed by the publisher or by the rows.
    #[must_use]
    pub fn listed_by(mut self, listed: Option<Listed>) -> Self {
        self.listed = listed;
        self
    }

    /// Where its codes come from, if that is said.
    pub fn listed(&self) -> Option<Listed> {
        self.listed
    }

    /// Recognises `CODE@stage` among what was listed: the code before the last `@` must be there, the stage a life stage.
    pub(super) fn resolve_onsets(&mut self, stages: &Self) -> Result<()> {
        for id in 0..self.len() as u32 {
            let name = self.name(id);
            let Some((code, stage)) = name.rsplit_once('@').filter(|_| self.onset(id).is_none()) else { continue };
            let (Some(code), Some(stage)) = (self.id(code), stages.id(stage)) else {
                return Err(invalid(message!("release.onset_unlisted", onset = word(name))));
            };
            self.onsets[id as usize] = Some(Onset { code, stage });
        }
        Ok(())
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.onsets.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in order, onsets included, as another dictionary can be made of them.
    pub fn codes(&self) -> Vec<Code> {
        let code = |id| {
            let parents = self.parents(id);
            let is_top = self.root().is_some_and(|root| parents == [root]);
            let parents = if is_top { &[][..] } else { parents };
            let parents = parents.iter().map(|&parent| self.name(parent).to_owned()).collect();
            Code { name: self.name(id).to_owned(), parents, label: self.label(id).into_owned() }
        };
        (0..self.len() as u32).map(code).collect()
    }

    /// The names of the values in order, onsets included.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        (0..self.len() as u32).map(|id| self.name(id))
    }

    /// The name of a value, as it stands in files and queries.
    ///
    /// # Panics
    /// If `id` is not of this dictionary.
    pub fn name(&self, id: u32) -> &str {
        self.names.get(id)
    }

    /// What people call a value.
    ///
    /// # Panics
    /// If `id` is not of this dictionary.
    pub fn label(&self, id: u32) -> Cow<'_, Label> {
        match (&self.labels[id as usize], self.onset(id), &self.stages) {
            (Some(label), ..) => Cow::Borrowed(&**label),
            (None, Some(onset), Some(stages)) => Cow::Owned(Onset::label(&self.label(onset.code), &stages.label(onset.stage))),
            (None, ..) => Cow::default(),
        }
    }

    /// The names and labels of the values that are no onsets, the root left out.
    pub(crate) fn plain(&self) -> impl Iterator<Item = (&str, &Label)> {
        let is_plain = |&id: &u32| Some(id) != self.root() && self.onset(id).is_none();
        (0..self.len() as u32).filter(is_plain).filter_map(|id| Some((self.name(id), &**self.labels[id as usize].as_ref()?)))
    }

    /// The id of a value by its name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied().or_else(|| self.behind_its_code(name))
    }

    /// The id of an onset that no record listed.
    fn behind_its_code(&self, name: &str) -> Option<u32> {
        let (code, stage) = name.rsplit_once('@')?;
        let code = *self.by_name.get(code)?;
        let stage = self.stages.as_ref()?.id(stage)?;
        let at = |id: u32| self.onset(id).filter(|onset| onset.code == code && self.labels[id as usize].is_none());
        // They stand behind the code by ascending stage, so that at most `stage` stand before this one.
        let (mut low, mut high) = (code + 1, (code + stage + 2).min(self.len() as u32));
        while low < high {
            let middle = low.midpoint(high);
            if at(middle).is_some_and(|onset| onset.stage < stage) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < self.len() as u32 && at(low).is_some_and(|onset| onset.stage == stage)).then_some(low)
    }

    /// The values whose name or label is this word but for case and full-width forms, ascending.
    pub(crate) fn spelled(&self, word: &str) -> Vec<u32> {
        let spellings = self.spellings.get_or_init(|| {
            let of = |id| {
                let label = self.label(id);
                [self.name(id), &label.en, &label.ja].map(|text| (spelling(text), id))
            };
            distinct((0..self.len() as u32).flat_map(of).collect())
        });
        let wanted = spelling(word);
        let from = spellings.partition_point(|&(found, _)| found < wanted);
        let near = spellings[from..].iter().take_while(|&&(found, _)| found == wanted).map(|&(_, id)| id);
        let is_so = |&id: &u32| {
            let label = self.label(id);
            [self.name(id), &label.en, &label.ja].iter().any(|text| same(text, word))
        };
        near.filter(|id| !word.is_empty() && is_so(id)).collect()
    }

    /// The root `*`, if the dictionary lists it.
    pub fn root(&self) -> Option<u32> {
        self.by_name.get(ROOT).copied()
    }

    /// Direct parents, ascending; the root for codes that name none.
    pub fn parents(&self, id: u32) -> &[u32] {
        self.parents.get(id)
    }

    /// Direct children, ascending, onsets included.
    pub fn children(&self, id: u32) -> &[u32] {
        self.children.get(id)
    }

    /// Every code above this one, ascending.
    pub fn ancestors(&self, id: u32) -> &[u32] {
        self.ancestors.get(id)
    }

    /// Whether everybody with `id` also has `other`: the same code or one above it.
    pub fn is_within(&self, id: u32, other: u32) -> bool {
        id == other || self.ancestors(id).binary_search(&other).is_ok()
    }

    /// Whether it has any onset: its first records were counted by life stage.
    pub(crate) fn has_onsets(&self) -> bool {
        self.onsets.iter().any(Option::is_some)
    }

    /// What `CODE@stage` means, if this code is one.
    pub fn onset(&self, id: u32) -> Option<Onset> {
        self.onsets[id as usize]
    }
}

fn invalid(what: Message) -> Error {
    Error::new(ErrorKind::InvalidRelease, what)
}

fn twice(name: &str) -> Error {
    invalid(message!("release.code_twice", code = word(name)))
}

/// Each item once, ascending.
pub(crate) fn distinct<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

/// Strict ancestors of every code, or what makes them too many: a cycle, or a hierarchy that is too deep or too wide.
fn ancestors(names: &Texts, parents: &Lists, children: &Lists) -> Result<Lists> {
    // Parents first.
    let all = parents.len();
    let mut open: Vec<usize> = (0..all as u32).map(|id| parents.get(id).len()).collect();
    let mut order: Vec<u32> = (0..all as u32).filter(|&id| open[id as usize] == 0).collect();
    let mut depth = vec![0_u64; all];
    let mut lists = Lists { ranges: vec![(0, 0); all], ids: Vec::new() };
    let (mut next, mut looked_at, mut above) = (0, 0, Vec::new());
    while let Some(&id) = order.get(next) {
        next += 1;
        above.clear();
        for &parent in parents.get(id) {
            above.push(parent);
            above.extend_from_slice(lists.get(parent));
        }
        looked_at += above.len() as u64;
        above.sort_unstable();
        above.dedup();
        let start = lists.ids.len() as u32;
        lists.ids.extend_from_slice(&above);
        lists.ranges[id as usize] = (start, lists.ids.len() as u32);
        let levels = depth[id as usize];
        size::within(&|| message!("amount.levels"), levels, limits::HIERARCHY_DEPTH as u64)?;
        size::within(&|| message!("amount.pairs"), lists.ids.len() as u64, limits::HIERARCHY_PAIRS as u64)?;
        size::within(&|| message!("amount.ways"), looked_at, 4 * limits::HIERARCHY_PAIRS as u64)?;
        for &child in children.get(id) {
            let child = child as usize;
            depth[child] = depth[child].max(levels + 1);
            open[child] -= 1;
            if open[child] == 0 {
                order.push(child as u32);
            }
        }
    }
    let Some(start) = open.iter().position(|&parents| parents > 0) else { return Ok(lists) };
    // Every code that is left has a parent that is left.
    let mut path = vec![start as u32];
    let mut place = vec![None; all];
    let from = loop {
        let id = path[path.len() - 1];
        if let Some(from) = place[id as usize].replace(path.len() - 1) {
            break from;
        }
        path.extend(parents.get(id).iter().find(|&&parent| open[parent as usize] > 0));
    };
    let mut names: Vec<&str> = path[from..].iter().map(|&id| names.get(id)).collect();
    if names.len() > 8 {
        names.splice(4..names.len() - 2, ["…"]);
    }
    Err(Error::new(ErrorKind::InvalidRelease, message!("release.cycle", codes = names.join(" < ")))
        .with_hint(message!("hint.cycle")))
}
