//! Dimensions: what people are told apart by.

use serde::{Deserialize, Serialize};

use super::dictionary::Dictionary;
use super::label::Label;
use super::size;
use crate::limits;
use crate::message::message;
use crate::text::word;
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
        if let Some(at) = all.iter().position(is_stage) {
            let stages = std::mem::take(&mut all[at].dictionary);
            for dimension in all.iter_mut().filter(|d| d.kind == Kind::Codes) {
                dimension.dictionary.resolve_onsets(&stages)?;
            }
            all[at].dictionary = stages;
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

    /// The positions of the dimensions with codes, in order.
    pub fn with_codes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.all.len()).filter(|&d| self.all[d].kind == Kind::Codes)
    }

    /// The position of the life stage, if there is one.
    pub fn life_stage(&self) -> Option<usize> {
        self.all.iter().position(|d| d.role == Some(Role::LifeStage))
    }
}
