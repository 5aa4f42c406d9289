//! Answers: bounds, an estimate and a status, for each centre and over centres.

use std::collections::BTreeMap;

use serde::Serialize;

use super::joint::Measure;
use crate::{Interval, UnknownCodes};

/// What is counted.
pub const UNIT: &str = "person at a centre";

/// What an interval means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// One count only is possible.
    Exact,
    /// The count lies between the bounds.
    Bounded,
    /// The count is below the release's threshold.
    BelowThreshold,
    /// The centre does not collect what the query asks: it is not counted as zero.
    NotCollected,
}

impl Status {
    /// Its name, as programs read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Bounded => "bounded",
            Self::BelowThreshold => "below_threshold",
            Self::NotCollected => "not_collected",
        }
    }
}

/// Hard bounds of a count: the truth lies inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Bounds {
    /// The least possible count.
    pub lower: u64,
    /// The greatest possible count; `null`: nothing bounds it.
    pub upper: Option<u64>,
}

impl From<Interval> for Bounds {
    fn from(interval: Interval) -> Self {
        Self { lower: interval.lower(), upper: interval.upper() }
    }
}

/// Bounds and an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Count {
    /// The least possible count.
    pub lower: u64,
    /// The greatest possible count; `null`: nothing bounds it.
    pub upper: Option<u64>,
    /// A model's guess inside the bounds (maximum entropy), not a count; `null` where nothing bounds the count.
    pub estimate: Option<f64>,
}

/// An answer to a query.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Answer {
    /// The canonical text of the query.
    pub query: String,
    /// The SHA-256 of the canonical text.
    pub hash: String,
    /// The release's id.
    pub release: String,
    /// What is counted.
    pub unit: &'static str,
    /// Over all centres that collect what is asked.
    pub answer: Combined,
    /// At each centre.
    pub centres: Vec<CentreAnswer>,
    /// For each combination of the values asked for with `by`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub by: Option<Vec<ByAnswer>>,
    /// The answer in a sentence, in English and Japanese.
    pub words: crate::model::Label,
    /// Whether the work that was allowed is too little for the tightest bounds: these hold too, but are wider.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub limited: bool,
    /// Codes that the query names and the release does not, and what is taken to be known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<UnknownCode>>", optional))]
    pub unknown_codes: Vec<UnknownCode>,
}

/// A code that a query names and the release does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UnknownCode {
    /// The dimension.
    pub dimension: String,
    /// The code.
    pub code: String,
    /// What is taken to be known of people who have it.
    pub rule: UnknownCodes,
    /// How many of them there are at most at a centre; `null`: as many as there are people.
    pub most: Option<u64>,
    /// Codes that are named and spelled much like it.
    pub near: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
pub(crate) fn is_false(flag: &bool) -> bool {
    !flag
}

/// A count over centres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Combined {
    /// Different people: some are at several centres, so between the largest centre's lower bound and the sum of all.
    pub persons: Bounds,
    /// People at centres, added up.
    pub records: Count,
    /// What the records' bounds mean.
    pub status: Status,
    /// Whether every centre's bounds are sharp.
    pub sharp: bool,
}

/// A count at one centre.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CentreAnswer {
    /// The centre.
    pub centre: String,
    /// Its bounds and estimate; all `null` where it does not collect what is asked.
    #[serde(flatten)]
    pub count: MaybeCount,
    /// What the bounds mean.
    pub status: Status,
    /// Whether no tighter bound follows by linear reasoning from the question's constraint system.
    pub sharp: bool,
    /// The tables and rows that the bounds rest on.
    pub basis: Vec<Basis>,
}

/// A count, or nothing where nothing is collected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MaybeCount {
    /// The least possible count.
    pub lower: Option<u64>,
    /// The greatest possible count.
    pub upper: Option<u64>,
    /// A model's guess inside the bounds, not a count.
    pub estimate: Option<f64>,
}

/// Cells that an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Basis {
    /// The table.
    pub table: String,
    /// The codes whose cells were read.
    pub codes: Vec<String>,
    /// The partitions of the margin; none where all margins of a constraint system were read.
    pub margin: Vec<String>,
    /// How many listed rows were read.
    pub rows: u64,
}

/// One combination of `by` values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ByAnswer {
    /// Dimension to value; `centre` to a centre.
    pub key: BTreeMap<String, String>,
    /// Records: bounds and estimate.
    #[serde(flatten)]
    pub count: MaybeCount,
    /// Different people over centres; at one centre the same as the records.
    pub persons: Option<Bounds>,
    /// What the records' bounds mean.
    pub status: Status,
    /// Whether the bounds are sharp.
    pub sharp: bool,
}

/// Whether a count is at least some number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The bounds allow both.
    CannotTell,
}

impl Bounds {
    /// Whether the count is at least `n`.
    pub fn at_least(self, n: u64) -> Verdict {
        if self.lower >= n {
            Verdict::Yes
        } else if self.upper.is_some_and(|upper| upper < n) {
            Verdict::No
        } else {
            Verdict::CannotTell
        }
    }
}

impl Status {
    /// What an interval means under a threshold, if the release has one.
    pub(crate) fn of(interval: Interval, threshold: Option<u32>) -> Self {
        let below = threshold.is_some_and(|k| interval.upper().is_some_and(|hi| hi < u64::from(k)));
        if interval.is_exact() {
            Self::Exact
        } else if below {
            Self::BelowThreshold
        } else {
            Self::Bounded
        }
    }
}

impl MaybeCount {
    /// Nothing: it is not collected.
    pub(crate) const NONE: Self = Self { lower: None, upper: None, estimate: None };
}

impl From<Measure> for MaybeCount {
    fn from(measure: Measure) -> Self {
        Self { lower: Some(measure.interval.lower()), upper: measure.interval.upper(), estimate: measure.estimate }
    }
}

/// Adds up centres; `None`s are centres that do not collect what is asked.
pub(crate) fn combine(measures: &[Option<Measure>], threshold: Option<u32>) -> Combined {
    let known = || measures.iter().flatten();
    let records: Interval = known().map(|m| m.interval).sum();
    let most = known().map(|m| m.interval.lower()).max();
    let persons = Bounds { lower: most.unwrap_or(0), upper: records.upper() };
    let estimate = known().map(|m| m.estimate).sum::<Option<f64>>().map(crate::bounds::round1);
    let status = if most.is_none() { Status::NotCollected } else { Status::of(records, threshold) };
    Combined {
        persons,
        records: Count { lower: records.lower(), upper: records.upper(), estimate },
        status,
        sharp: most.is_some() && known().all(|m| m.sharp),
    }
}
