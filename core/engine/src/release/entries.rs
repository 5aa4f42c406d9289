//! What can be asked of a dimension: its values, as surfaces show them.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::{Kind, Label};
use crate::release::Release;

/// A value or code of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DictionaryEntry<'a> {
    /// Its name, in files and queries.
    pub name: &'a str,
    /// What people call it.
    pub label: Cow<'a, Label>,
    /// The codes directly above it. Codes without another parent lie under the root `*`, if the dictionary has it.
    pub parents: Vec<&'a str>,
    /// If it is `CODE@stage`: what it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub onset: Option<OnsetEntry<'a>>,
    /// Whether a table of the release counts it by itself. Bounds of other codes come from what lies above and below them.
    pub declared: bool,
}

/// The first record of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct OnsetEntry<'a> {
    /// The code.
    pub code: &'a str,
    /// The life stage in which the record fell.
    pub stage: &'a str,
}

impl Release {
    /// The values of the dimension at a position, in the dictionary's order.
    ///
    /// # Panics
    /// If the release has no dimension there.
    pub fn entries(&self, dimension: usize) -> Vec<DictionaryEntry<'_>> {
        let dimensions = self.dimensions();
        let of = dimensions.get(dimension);
        let dictionary = &of.dictionary;
        let name = |id: u32| dictionary.name(id);
        let stages = dimensions.life_stage().map(|stage| &dimensions.get(stage).dictionary);
        let entry = |id: u32| {
            let onset = dictionary.onset(id).zip(stages);
            DictionaryEntry {
                name: name(id),
                label: dictionary.label(id),
                parents: dictionary.parents(id).iter().map(|&parent| name(parent)).collect(),
                onset: onset.map(|(onset, stages)| OnsetEntry { code: name(onset.code), stage: stages.name(onset.stage) }),
                declared: of.kind == Kind::Partition || self.counting(&[(dimension, id)]).is_some(),
            }
        };
        (0..dictionary.len() as u32).map(entry).collect()
    }
}
