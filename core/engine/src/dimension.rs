//! Dimensions, their dictionaries and hierarchies: names to small numbers and back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// A text in both languages of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

/// The languages that answers speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Label {
    /// The same text in both languages.
    pub fn same(text: &str) -> Self {
        Self { en: text.to_owned(), ja: text.to_owned() }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}

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

/// The values of one dimension in order, with their hierarchy. Ids are positions in it.
#[derive(Debug, Clone)]
pub struct Dictionary {
    codes: Vec<Code>,
    by_name: BTreeMap<String, u32>,
    parents: Vec<Vec<u32>>,
    children: Vec<Vec<u32>>,
    /// Strict ancestors, ascending.
    ancestors: Vec<Vec<u32>>,
    onsets: Vec<Option<Onset>>,
}

impl Dictionary {
    /// A dictionary of distinct codes whose parents exist and form no cycle.
    ///
    /// Every code without a parent lies under the root `*`, if the root is among the codes.
    pub fn new(codes: Vec<Code>) -> Result<Self> {
        let mut by_name = BTreeMap::new();
        for (id, code) in codes.iter().enumerate() {
            if by_name.insert(code.name.clone(), id as u32).is_some() {
                return Err(Error::new(ErrorKind::InvalidRelease, format!("code {:?} is listed twice", code.name)));
            }
        }
        let root = by_name.get(ROOT).copied();
        let mut parents = Vec::with_capacity(codes.len());
        for (id, code) in codes.iter().enumerate() {
            let mut ids = Vec::with_capacity(code.parents.len());
            for name in &code.parents {
                ids.push(*by_name.get(name).ok_or_else(|| {
                    Error::new(ErrorKind::InvalidRelease, format!("parent {name:?} of code {:?} is not listed", code.name))
                        .with_hint("add a row for the parent, or leave the parent column empty")
                })?);
            }
            if ids.is_empty() {
                ids.extend(root.filter(|&r| r != id as u32));
            }
            parents.push(distinct(ids));
        }
        let ancestors = ancestors(&codes, &parents)?;
        let mut children = vec![Vec::new(); codes.len()];
        for (id, of) in parents.iter().enumerate() {
            for &parent in of {
                children[parent as usize].push(id as u32);
            }
        }
        let onsets = vec![None; codes.len()];
        Ok(Self { codes, by_name, parents, children, ancestors, onsets })
    }

    /// Recognises `CODE@stage`: the code before the last `@` must be listed, the stage a life stage.
    fn resolve_onsets(&mut self, stages: &Dictionary) -> Result<()> {
        for id in 0..self.codes.len() {
            let name = &self.codes[id].name;
            let Some((code, stage)) = name.rsplit_once('@') else { continue };
            let (Some(code), Some(stage)) = (self.id(code), stages.id(stage)) else {
                return Err(Error::new(
                    ErrorKind::InvalidRelease,
                    format!("onset {name:?} names a code or a life stage that is not listed"),
                ));
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
        &self.ancestors[id as usize]
    }

    /// Whether everybody with `id` also has `other`: the same code or one above it.
    pub fn is_within(&self, id: u32, other: u32) -> bool {
        id == other || self.ancestors[id as usize].binary_search(&other).is_ok()
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

/// Strict ancestors of every code, or the cycle that makes them endless.
fn ancestors(codes: &[Code], parents: &[Vec<u32>]) -> Result<Vec<Vec<u32>>> {
    let mut done: Vec<Option<Vec<u32>>> = vec![None; codes.len()];
    for start in 0..codes.len() as u32 {
        let mut path: Vec<u32> = vec![start];
        while let Some(&id) = path.last() {
            if done[id as usize].is_some() {
                path.pop();
                continue;
            }
            let Some(&next) = parents[id as usize].iter().find(|&&p| done[p as usize].is_none()) else {
                let mut all = Vec::new();
                for &parent in &parents[id as usize] {
                    all.push(parent);
                    all.extend(done[parent as usize].iter().flatten());
                }
                done[id as usize] = Some(distinct(all));
                path.pop();
                continue;
            };
            if let Some(from) = path.iter().position(|&p| p == next) {
                let names: Vec<&str> = path[from..].iter().chain([&next]).map(|&p| codes[p as usize].name.as_str()).collect();
                return Err(Error::new(ErrorKind::InvalidRelease, format!("the hierarchy has a cycle: {}", names.join(" < ")))
                    .with_hint("a code cannot lie under itself; correct the parent column"));
            }
            path.push(next);
        }
    }
    Ok(done.into_iter().flatten().collect())
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
        for (d, dimension) in all.iter().enumerate() {
            if all[..d].iter().any(|other| other.name == dimension.name) {
                return Err(Error::new(ErrorKind::InvalidRelease, format!("dimension {:?} is declared twice", dimension.name)));
            }
        }
        let is_stage = |d: &Dimension| d.role == Some(Role::LifeStage) && d.kind == Kind::Partition;
        if all.iter().filter(|d| is_stage(d)).count() > 1 {
            return Err(Error::new(ErrorKind::InvalidRelease, "two dimensions claim to be the life stage"));
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

    /// The positions of the partitions, in order.
    pub fn partitions(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(|&d| self.all[d].kind == Kind::Partition)
    }

    /// The position of the life stage, if there is one.
    pub fn life_stage(&self) -> Option<usize> {
        self.all.iter().position(|d| d.role == Some(Role::LifeStage))
    }
}
