//! Dimensions, their dictionaries and hierarchies: names to small numbers and back.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::label::Label;
use super::size;
use crate::limits;
use crate::message::message;
use crate::text::{same, spelling, word};
use crate::{Error, ErrorKind, Result};

/// How people take values of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Each person at a centre has exactly one value.
    Partition,
    /// Each person at a centre has any number of codes.
    Codes,
}

/// What a dimension stands for, where the engine must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The life stage at the reference date: the partition that `CODE@stage` speaks of.
    LifeStage,
}

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

impl Code {
    /// Its name and its labels.
    pub(crate) fn texts(&self) -> [&str; 3] {
        [&self.name, &self.label.en, &self.label.ja]
    }
}

/// A code whose first record fell in a life stage: `CODE@stage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// The code, as an id of the same dictionary.
    pub code: u32,
    /// The life stage, as an id of the life-stage dimension's dictionary.
    pub stage: u32,
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
#[derive(Debug, Clone)]
pub struct Dictionary {
    codes: Vec<Code>,
    by_name: BTreeMap<String, u32>,
    parents: Vec<Vec<u32>>,
    children: Vec<Vec<u32>>,
    /// Strict ancestors, ascending.
    ancestors: Lists,
    onsets: Vec<Option<Onset>>,
    listed: Option<Listed>,
    /// Spellings of names and labels, ascending, made when they are first looked for.
    spellings: OnceLock<Vec<(u64, u32)>>,
}

/// Lists of ids, one after the other.
#[derive(Debug, Clone, Default)]
struct Lists {
    ranges: Vec<(u32, u32)>,
    ids: Vec<u32>,
}

impl Lists {
    fn get(&self, of: u32) -> &[u32] {
        let (start, end) = self.ranges[of as usize];
        &self.ids[start as usize..end as usize]
    }
}

impl Dictionary {
    /// A dictionary of distinct codes whose parents exist and form no cycle, within [`limits`].
    ///
    /// Every code without a parent lies under the root `*`, if the root is among the codes.
    pub fn new(codes: Vec<Code>) -> Result<Self> {
        size::within(&|| message!("amount.codes"), codes.len() as u64, limits::CODES as u64)?;
        let mut by_name = BTreeMap::new();
        for (id, code) in codes.iter().enumerate() {
            size::name(&|| message!("thing.code"), &code.name)?;
            size::label(&|| size::named(&code.name), &code.label)?;
            if by_name.insert(code.name.clone(), id as u32).is_some() {
                return Err(Error::new(ErrorKind::InvalidRelease, message!("release.code_twice", code = word(&code.name))));
            }
        }
        let root = by_name.get(ROOT).copied();
        let mut parents = Vec::with_capacity(codes.len());
        for (id, code) in codes.iter().enumerate() {
            let mut ids = Vec::with_capacity(code.parents.len());
            for name in &code.parents {
                ids.push(*by_name.get(name).ok_or_else(|| {
                    let message = message!("release.parent_unlisted", parent = word(name), code = word(&code.name));
                    Error::new(ErrorKind::InvalidRelease, message).with_hint(message!("hint.parent_row"))
                })?);
            }
            if ids.is_empty() {
                ids.extend(root.filter(|&r| r != id as u32));
            }
            parents.push(distinct(ids));
        }
        let mut children = vec![Vec::new(); codes.len()];
        for (id, of) in parents.iter().enumerate() {
            for &parent in of {
                children[parent as usize].push(id as u32);
            }
        }
        let ancestors = ancestors(&codes, &parents, &children)?;
        let onsets = vec![None; codes.len()];
        Ok(Self { codes, by_name, parents, children, ancestors, onsets, listed: None, spellings: OnceLock::new() })
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

    /// Recognises `CODE@stage`: the code before the last `@` must be listed, the stage a life stage.
    fn resolve_onsets(&mut self, stages: &Dictionary) -> Result<()> {
        for id in 0..self.codes.len() {
            let name = &self.codes[id].name;
            let Some((code, stage)) = name.rsplit_once('@') else { continue };
            let (Some(code), Some(stage)) = (self.id(code), stages.id(stage)) else {
                let message = message!("release.onset_unlisted", onset = word(name));
                return Err(Error::new(ErrorKind::InvalidRelease, message));
            };
            self.onsets[id] = Some(Onset { code, stage });
        }
        Ok(())
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The values in order.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// One value.
    ///
    /// # Panics
    /// If `id` is not of this dictionary.
    pub fn code(&self, id: u32) -> &Code {
        &self.codes[id as usize]
    }

    /// The id of a value by its name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The values whose name or label is this word but for case and full-width forms, ascending.
    pub(crate) fn spelled(&self, word: &str) -> Vec<u32> {
        let spellings = self.spellings.get_or_init(|| {
            let all = self.codes.iter().zip(0..).flat_map(|(code, id)| code.texts().map(|text| (spelling(text), id)));
            distinct(all.collect())
        });
        let wanted = spelling(word);
        let from = spellings.partition_point(|&(found, _)| found < wanted);
        let near = spellings[from..].iter().take_while(|&&(found, _)| found == wanted).map(|&(_, id)| id);
        near.filter(|&id| !word.is_empty() && self.code(id).texts().iter().any(|text| same(text, word))).collect()
    }

    /// The root `*`, if the dictionary lists it.
    pub fn root(&self) -> Option<u32> {
        self.id(ROOT)
    }

    /// Direct parents, ascending; the root for codes that name none.
    pub fn parents(&self, id: u32) -> &[u32] {
        &self.parents[id as usize]
    }

    /// Direct children, ascending, onsets included.
    pub fn children(&self, id: u32) -> &[u32] {
        &self.children[id as usize]
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

/// Each item once, ascending.
pub(crate) fn distinct<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

/// Strict ancestors of every code, or what makes them too many: a cycle, or a hierarchy that is too deep or too wide.
fn ancestors(codes: &[Code], parents: &[Vec<u32>], children: &[Vec<u32>]) -> Result<Lists> {
    // Parents first.
    let mut open: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut order: Vec<u32> = (0..codes.len() as u32).filter(|&id| open[id as usize] == 0).collect();
    let mut depth = vec![0_u64; codes.len()];
    let mut lists = Lists { ranges: vec![(0, 0); codes.len()], ids: Vec::new() };
    let (mut next, mut looked_at, mut above) = (0, 0, Vec::new());
    while let Some(&id) = order.get(next) {
        next += 1;
        above.clear();
        for &parent in &parents[id as usize] {
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
        for &child in &children[id as usize] {
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
    let mut place = vec![None; codes.len()];
    let from = loop {
        let id = path[path.len() - 1];
        if let Some(from) = place[id as usize].replace(path.len() - 1) {
            break from;
        }
        path.extend(parents[id as usize].iter().find(|&&parent| open[parent as usize] > 0));
    };
    let mut names: Vec<&str> = path[from..].iter().map(|&id| codes[id as usize].name.as_str()).collect();
    if names.len() > 8 {
        names.splice(4..names.len() - 2, ["…"]);
    }
    Err(Error::new(ErrorKind::InvalidRelease, message!("release.cycle", codes = names.join(" < ")))
        .with_hint(message!("hint.cycle")))
}

/// One dimension with its dictionary.
#[derive(Debug, Clone)]
pub struct Dimension {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// How people take its values.
    pub kind: Kind,
    /// Whether the order of its values means something (ranges `a..b`).
    pub ordered: bool,
    /// What it stands for, where the engine must know.
    pub role: Option<Role>,
    /// Whether every parent is exhausted by its children, as the dictionary promises.
    pub closed: bool,
    /// Its values.
    pub dictionary: Dictionary,
}

/// All dimensions of a release or a spec, in order; onsets resolved.
#[derive(Debug, Clone)]
pub struct Dimensions {
    all: Vec<Dimension>,
}

impl Dimensions {
    /// Dimensions with distinct names, at most one of them the life stage.
    pub fn new(mut all: Vec<Dimension>) -> Result<Self> {
        size::within(&|| message!("amount.dimensions"), all.len() as u64, limits::DIMENSIONS as u64)?;
        for (d, dimension) in all.iter().enumerate() {
            size::name(&|| message!("thing.dimension"), &dimension.name)?;
            size::label(&|| size::named(&dimension.name), &dimension.label)?;
            if dimension.kind == Kind::Partition {
                let what = || message!("amount.values", dimension = word(&dimension.name));
                size::within(&what, dimension.dictionary.len() as u64, limits::PARTITION_VALUES as u64)?;
            }
            if all[..d].iter().any(|other| other.name == dimension.name) {
                let message = message!("release.dimension_twice", dimension = word(&dimension.name));
                return Err(Error::new(ErrorKind::InvalidRelease, message));
            }
        }
        let partitions = all.iter().filter(|d| d.kind == Kind::Partition).count();
        size::within(&|| message!("amount.partitions"), partitions as u64, limits::PARTITIONS as u64)?;
        let is_stage = |d: &Dimension| d.role == Some(Role::LifeStage) && d.kind == Kind::Partition;
        if all.iter().filter(|d| is_stage(d)).count() > 1 {
            return Err(Error::new(ErrorKind::InvalidRelease, message!("release.two_life_stages")));
        }
        if let Some(stages) = all.iter().find(|d| is_stage(d)).map(|d| d.dictionary.clone()) {
            for dimension in all.iter_mut().filter(|d| d.kind == Kind::Codes) {
                dimension.dictionary.resolve_onsets(&stages)?;
            }
        }
        Ok(Self { all })
    }

    /// Every dimension, in order.
    pub fn all(&self) -> &[Dimension] {
        &self.all
    }

    /// One dimension.
    ///
    /// # Panics
    /// If `id` is not of these dimensions.
    pub fn get(&self, id: usize) -> &Dimension {
        &self.all[id]
    }

    /// The position of a dimension by its name.
    pub fn id(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|d| d.name == name)
    }

    /// The same; a name that no dimension has is an error, which lists those there are.
    pub fn find(&self, name: &str) -> Result<usize> {
        let unknown = || {
            let names: Vec<&str> = self.all.iter().map(|d| d.name.as_str()).collect();
            Error::new(ErrorKind::UnknownName, message!("release.no_dimension", dimension = word(name)))
                .with_hint(message!("hint.dimension_names", names = names))
        };
        self.id(name).ok_or_else(unknown)
    }

    /// The positions of the partitions, in order.
    pub fn partitions(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(|&d| self.all[d].kind == Kind::Partition)
    }

    /// The position of the life stage, if there is one.
    pub fn life_stage(&self) -> Option<usize> {
        self.all.iter().position(|d| d.role == Some(Role::LifeStage))
    }
}
