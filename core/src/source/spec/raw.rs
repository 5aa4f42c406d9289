//! A steward's file as it was typed.

use std::collections::BTreeMap;
use std::fmt;

use ninzu_engine::model::{Kind, Label, StructuralZero};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::settings::{BadDates, BadRows, Citation, Missing, MissingPartitions, ObservationPeriods, PairCodes, TooOld, Unmapped};
use crate::source::common_knowledge::KnownList;
use crate::source::life_stages::Since;
use crate::source::text_format::Quotes;

pub(super) type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSpec {
    pub(super) release: RawRelease,
    pub(super) source: Spanned<RawSource>,
    #[serde(default)]
    pub(super) centre: Vec<RawCentre>,
    #[serde(default)]
    pub(super) dimension: Vec<RawDimension>,
    #[serde(default)]
    pub(super) margins: RawMargins,
    pub(super) policy: Spanned<toml::Table>,
    #[serde(default)]
    pub(super) structural_zero: Vec<Spanned<StructuralZero>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelease {
    pub(super) name: Text,
    pub(super) title: Label,
    pub(super) reference_date: Spanned<toml::value::Datetime>,
    pub(super) licence: Option<String>,
    #[serde(default)]
    pub(super) sources: Vec<Citation>,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum RawKind {
    Table,
    Omop,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    pub(super) kind: Spanned<RawKind>,
    pub(super) persons: Option<Text>,
    pub(super) person: Option<Text>,
    pub(super) centre: Option<Text>,
    pub(super) path: Option<Text>,
    pub(super) vocabulary: Option<Text>,
    pub(super) scheme: Option<Text>,
    pub(super) bad_rows: Option<BadRows>,
    pub(super) bad_rows_limit: Option<Spanned<RawLimit>>,
    pub(super) bad_dates: Option<BadDates>,
    pub(super) unknown_dates: Option<Vec<Text>>,
    pub(super) null: Option<Spanned<Vec<String>>>,
    pub(super) oldest: Option<Spanned<u16>>,
    pub(super) too_old: Option<TooOld>,
    pub(super) unmapped: Option<Spanned<Unmapped>>,
    pub(super) observation_periods: Option<Spanned<ObservationPeriods>>,
    pub(super) missing: Option<Spanned<MissingPartitions>>,
    pub(super) delimiter: Option<Text>,
    pub(super) quotes: Option<Quotes>,
    pub(super) encoding: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawLimit {
    All(f64),
    Each(BTreeMap<String, f64>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCentre {
    pub(super) name: Text,
    pub(super) label: Option<Label>,
    pub(super) collects: Option<Vec<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDimension {
    pub(super) name: Text,
    pub(super) kind: Kind,
    pub(super) label: Option<Label>,
    pub(super) column: Option<Text>,
    pub(super) values: Option<Spanned<Vec<RawValue>>>,
    pub(super) ordered: Option<Spanned<bool>>,
    pub(super) missing: Option<Spanned<Missing>>,
    pub(super) birth_date: Option<Text>,
    pub(super) scheme: Option<Text>,
    pub(super) bands: Option<Spanned<Vec<RawBand>>>,
    pub(super) table: Option<Text>,
    pub(super) code: Option<Text>,
    pub(super) date: Option<Text>,
    pub(super) dictionary: Option<Text>,
    pub(super) structural_zeros: Option<Spanned<RawKnown>>,
    pub(super) bad_dates: Option<Spanned<BadDates>>,
    pub(super) null: Option<Spanned<Vec<String>>>,
    pub(super) delimiter: Option<Text>,
    pub(super) quotes: Option<Spanned<Quotes>>,
    pub(super) encoding: Option<Text>,
}

/// A list of what is impossible: its name, or its name and the names of the sexes.
#[derive(Debug, Deserialize)]
#[serde(
    untagged,
    expecting = "structural_zeros is \"icd10\", or { list = \"icd10\", sex = \"...\", female = \"...\", male = \"...\" }"
)]
pub(super) enum RawKnown {
    List(KnownList),
    Named(RawNamedKnown),
}

impl RawKnown {
    /// The setting in its long form.
    pub(super) fn named(&self) -> RawNamedKnown {
        match self {
            Self::List(list) => RawNamedKnown { list: *list, sex: None, female: None, male: None },
            Self::Named(named) => named.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNamedKnown {
    pub(super) list: KnownList,
    pub(super) sex: Option<String>,
    pub(super) female: Option<String>,
    pub(super) male: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawValue {
    Code(String),
    Labelled { code: String, label: Label },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    pub(super) code: String,
    pub(super) from: RawFrom,
    pub(super) label: Option<Label>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawFrom {
    Years(u16),
    Text(String),
}

impl RawFrom {
    pub(super) fn since(&self) -> Option<Since> {
        match self {
            Self::Years(years) => Some(Since::Years(*years)),
            Self::Text(text) => {
                let (number, unit) = text.trim().split_once(' ')?;
                let number = number.parse().ok()?;
                match unit.trim() {
                    "day" | "days" => Some(Since::Days(number)),
                    "year" | "years" => Some(Since::Years(number)),
                    _ => None,
                }
            }
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMargins {
    pub(super) order: Option<Spanned<u8>>,
    pub(super) pairs: Option<RawPairPlans>,
    pub(super) pair_order: Option<Spanned<u8>>,
}

#[derive(Debug)]
pub(super) enum RawPairPlans {
    Every,
    Listed(Vec<RawPairs>),
}

/// By hand, because what is read to find out which of the two it is no longer knows its place in the file.
impl<'de> Deserialize<'de> for RawPairPlans {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairPlansVisitor)
    }
}

struct PairPlansVisitor;

impl<'de> Visitor<'de> for PairPlansVisitor {
    type Value = RawPairPlans;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("\"every\" or a list of { of, codes }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        match text {
            "every" => Ok(RawPairPlans::Every),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, plans: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(plans)).map(RawPairPlans::Listed)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPairs {
    pub(super) of: Spanned<Vec<Text>>,
    pub(super) codes: Spanned<RawCodes>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawCodes {
    List(Vec<String>),
    Text(String),
}

impl RawCodes {
    /// What was meant; nothing if it is neither a list of codes, nor `every`, `level:N` or `top:N`.
    pub(super) fn meaning(&self) -> Option<PairCodes> {
        match self {
            Self::List(codes) => (!codes.is_empty()).then(|| PairCodes::List(codes.clone())),
            Self::Text(text) if text.trim() == "every" => Some(PairCodes::Every),
            Self::Text(text) => {
                let (how, number) = text.split_once(':')?;
                let number = number.trim().parse().ok().filter(|&n| n > 0)?;
                match how.trim() {
                    "top" => Some(PairCodes::Top(number)),
                    "level" => Some(PairCodes::Level(number)),
                    _ => None,
                }
            }
        }
    }
}
