//! How rows are read, and which of them are counted.

use std::collections::BTreeMap;

use ninzu_engine::Result;
use toml::Spanned;

use super::raw::{RawDimension, RawLimit, RawSource};
use super::settings::{BadDates, BadRows, TooOld, Unmapped};
use super::typed::{invalid, without_effect};
use crate::catalogue::message;
use crate::source::grammar::{NullWords, UnknownDates};
use crate::source::text_format::TextFormat;

/// How the rows of a source are read, and which of them are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct RowRules {
    /// What happens on a row that cannot be true.
    pub bad_rows: BadRows,
    /// How many of them a build may lose, whatever `bad_rows` says.
    pub limit: LossLimit,
    /// What happens on a date that cannot be true.
    pub bad_dates: BadDates,
    /// Dates and words that stand for an unknown day.
    pub unknown_dates: UnknownDates,
    /// Which words stand for nothing.
    pub null: NullWords,
    /// Nobody is older than so many years on the reference date.
    pub oldest: u16,
    /// What happens where somebody is.
    pub too_old: TooOld,
    /// What happens on an OMOP record without a standard concept.
    pub unmapped: Unmapped,
    /// How the text files are written.
    pub format: TextFormat,
}

/// The share of a table's records that a build may lose to faults.
#[derive(Debug, Clone, PartialEq)]
pub struct LossLimit {
    general: f64,
    tables: BTreeMap<String, f64>,
}

impl LossLimit {
    /// The share where a spec says nothing: one of a hundred.
    pub const USUAL: f64 = 0.01;

    /// No limit at all.
    pub(crate) fn everything() -> Self {
        Self { general: 1.0, tables: BTreeMap::new() }
    }

    /// The share of a table, by the name of its dimension; that of the persons is `base`.
    pub fn of(&self, table: &str) -> f64 {
        self.tables.get(table).copied().unwrap_or(self.general)
    }
}

impl Default for LossLimit {
    fn default() -> Self {
        Self { general: Self::USUAL, tables: BTreeMap::new() }
    }
}

/// The age that nobody exceeds where a spec says nothing.
const OLDEST: u16 = 120;

pub(super) fn rules(raw: &RawSource, is_omop: bool, dimensions: &[&str]) -> Result<RowRules> {
    if is_omop {
        let null = raw.null.as_ref().map(Spanned::span);
        without_effect(&[("null", null)], message!("condition.omop_words"))?;
    } else {
        without_effect(&[("unmapped", raw.unmapped.as_ref().map(Spanned::span))], message!("condition.kind", kind = "table"))?;
    }
    let oldest = raw.oldest.as_ref().map_or(OLDEST, |typed| *typed.get_ref());
    if let Some(typed) = raw.oldest.as_ref().filter(|typed| *typed.get_ref() == 0) {
        return Err(invalid(message!("spec.oldest"), typed.span()).with_hint(message!("hint.oldest")));
    }
    Ok(RowRules {
        bad_rows: raw.bad_rows.unwrap_or_default(),
        limit: raw.bad_rows_limit.as_ref().map(|typed| limit(typed, dimensions)).transpose()?.unwrap_or_default(),
        bad_dates: raw.bad_dates.unwrap_or_default(),
        unknown_dates: UnknownDates::of(raw.unknown_dates.as_deref().unwrap_or_default())?,
        null: NullWords::new(raw.null.as_ref().map(|words| words.get_ref().clone())),
        oldest,
        too_old: raw.too_old.unwrap_or_default(),
        unmapped: raw.unmapped.as_ref().map(|typed| *typed.get_ref()).unwrap_or_default(),
        format: TextFormat::of(raw.delimiter.as_ref(), raw.quotes, raw.encoding.as_ref())?,
    })
}

fn limit(typed: &Spanned<RawLimit>, dimensions: &[&str]) -> Result<LossLimit> {
    let share = |share: f64| {
        if (0.0..=1.0).contains(&share) {
            return Ok(share);
        }
        Err(invalid(message!("spec.no_share", share = share.to_string()), typed.span()).with_hint(message!("hint.share")))
    };
    match typed.get_ref() {
        RawLimit::All(all) => Ok(LossLimit { general: share(*all)?, tables: BTreeMap::new() }),
        RawLimit::Each(each) => {
            for name in each.keys() {
                if name != "base" && name != "observation_period" && !dimensions.contains(&name.as_str()) {
                    return Err(invalid(message!("spec.limit_of_no_table", table = name), typed.span())
                        .with_hint(message!("hint.limit_tables", tables = dimensions.to_vec())));
                }
            }
            let tables = each.iter().map(|(name, limit)| Ok((name.clone(), share(*limit)?)));
            Ok(LossLimit { general: LossLimit::USUAL, tables: tables.collect::<Result<_>>()? })
        }
    }
}

/// What a dimension of codes says of its own table, in place of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRules {
    /// What happens on a date that cannot be true.
    pub bad_dates: Option<BadDates>,
    /// Which words stand for no code.
    pub null: Option<NullWords>,
    /// How its text file is written.
    pub format: TextFormat,
}

pub(super) fn table_rules(raw: &RawDimension) -> Result<TableRules> {
    if raw.date.is_none() {
        without_effect(
            &[("bad_dates", raw.bad_dates.as_ref().map(Spanned::span))],
            message!("condition.without", other = "date"),
        )?;
    }
    Ok(TableRules {
        bad_dates: raw.bad_dates.as_ref().map(|typed| *typed.get_ref()),
        null: raw.null.as_ref().map(|words| NullWords::new(Some(words.get_ref().clone()))),
        format: TextFormat::of(raw.delimiter.as_ref(), raw.quotes.as_ref().map(|typed| *typed.get_ref()), raw.encoding.as_ref())?,
    })
}
