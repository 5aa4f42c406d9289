//! A steward's file: what to read, what may be named, what to count and how to protect it.
//!
//! What was typed (`Raw...`, by serde) and what it means ([`Spec`]) are two things; a spec that exists is consistent.

mod known;
mod raw;
mod read;
mod rules;
mod settings;
pub(crate) mod typed;

pub(crate) use read::values_of;
pub use read::{CentreSpec, DimensionSpec, MarginsSpec, OmopCentre, PairSpec, ReleaseSpec, SourceSpec, Spec, ValuesSpec};
pub use rules::{LossLimit, RowRules, TableRules};
pub(crate) use settings::with_missing;
pub use settings::{
    BadDates, BadRows, Citation, KnownZeros, Missing, MissingPartitions, ObservationPeriods, PairCodes, SexValues, TooOld,
    Unmapped,
};
