//! Settings of a spec that are one word or a few.

use ninzu_engine::model::Code;
use serde::Deserialize;

use crate::source::common_knowledge::KnownList;
use crate::source::life_stages;

/// A source of the data, for citing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Citation {
    /// What it is called.
    pub title: String,
    /// Where it is found.
    pub path: Option<String>,
}

/// Which records of OMOP tables count, by the table `observation_period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservationPeriods {
    /// Those that lie inside one of the person's periods; the table must be there.
    Inside,
    /// All, as if the table were not there.
    Ignore,
}

/// The codes that stand in pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PairCodes {
    /// Of each dimension all codes; neither the root nor `CODE@stage`.
    Every,
    /// Of each dimension so many codes with the greatest published intervals; neither the root nor `CODE@stage`.
    Top(usize),
    /// Of each dimension the codes at this depth below the root, 1 being the top; no `CODE@stage`.
    Level(usize),
    /// These; a name counts for each of the two dimensions that has it.
    List(Vec<String>),
}

/// A list of combinations that nobody can have, and to whom it applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownZeros {
    /// The list.
    pub list: KnownList,
    /// Which values are the sexes, if the spec has a dimension of them.
    pub sex: Option<SexValues>,
}

/// The values of a partition that are the sexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SexValues {
    /// The partition.
    pub dimension: String,
    /// The values that stand for women.
    pub female: Vec<String>,
    /// The values that stand for men.
    pub male: Vec<String>,
}

/// The `codes` dimensions that OMOP tables bring, as far as their tables are there.
pub(crate) const OMOP_CODES: [&str; 5] = ["diagnosis", "drug", "procedure", "measurement", "specimen"];

/// What happens where the value of a partition is missing. Where a spec does not say it, none may be missing: such a row is a
/// bad row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// The person has the value `unknown`.
    Unknown,
}

/// Which partitions of OMOP tables may be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingPartitions {
    /// The sex.
    pub sex: Option<Missing>,
    /// The life stage.
    pub life_stage: Option<Missing>,
}

/// The values of a partition, with `unknown` behind them where one may be missing.
pub(crate) fn with_missing(mut values: Vec<Code>, missing: Option<Missing>) -> Vec<Code> {
    values.extend(missing.map(|Missing::Unknown| life_stages::unknown()));
    values
}

/// What happens on a row that cannot be true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BadRows {
    /// Reading ends with an error that names the row.
    #[default]
    Stop,
    /// The row is left out and counted in the report, as long as a table does not lose too many.
    Drop,
}

/// What happens on a date that cannot be true: none at all, before birth, after the reference date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BadDates {
    /// The row cannot be true, and `bad_rows` says what happens.
    #[default]
    Bad,
    /// The row keeps its code and loses its date; a person keeps everything but the life stage, if that may be missing.
    Undated,
}

/// What happens where a person would be older than anybody may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TooOld {
    /// They are counted and told.
    #[default]
    Report,
    /// Their birth date is unknown.
    Unknown,
    /// The row cannot be true, and `bad_rows` says what happens.
    Stop,
}

/// What happens on an OMOP record without a standard concept: 0 or empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// It is left out and told.
    #[default]
    LeaveOut,
    /// It counts as `*`, any code.
    Any,
    /// It cannot be true, and `bad_rows` says what happens.
    Stop,
}
