//! Persons at centres, read and resolved: what counting starts from.

use ninzu_engine::{Dimensions, Label};

/// A centre as the steward's spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Centre {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// The `codes` dimensions that it collects, as ids of the population's dimensions, ascending.
    pub collects: Vec<usize>,
}

/// The stage of a code whose first record has no date (or whose dimension has no dates).
pub const UNDATED: u32 = u32::MAX;

/// The codes of one dimension, person by person (compressed sparse rows).
///
/// The codes of person `p` are `codes[offsets[p]..offsets[p + 1]]`: ascending, distinct and closed, that is with all
/// ancestors, the root and, where the dimension has dates, each code's `CODE@stage`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Where each person's codes begin; one more entry than there are persons.
    pub offsets: Vec<usize>,
    /// Code ids of the dimension's dictionary.
    pub codes: Vec<u32>,
}

impl Facts {
    /// The codes of one person, ascending.
    pub fn of(&self, person: usize) -> &[u32] {
        &self.codes[self.offsets[person]..self.offsets[person + 1]]
    }
}

/// Persons at centres: one entry for each person and centre.
#[derive(Debug, Clone)]
pub struct Population {
    /// All dimensions, with the dictionaries that may be named (`named_by_spec`) or that the rows have.
    pub dimensions: Dimensions,
    /// For each dimension, whether its dictionary comes from the spec; if not, only published codes are named.
    pub named_by_spec: Vec<bool>,
    /// The centres, in the spec's order.
    pub centres: Vec<Centre>,
    /// For each person, the centre's position in `centres`.
    pub centre: Vec<u32>,
    /// For each partition dimension in order, each person's value id.
    pub partitions: Vec<Vec<u32>>,
    /// For each codes dimension in order, the persons' closed codes.
    pub facts: Vec<Facts>,
}

impl Population {
    /// How many persons at centres there are.
    pub fn len(&self) -> usize {
        self.centre.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.centre.is_empty()
    }
}
