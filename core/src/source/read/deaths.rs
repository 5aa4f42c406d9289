//! Deaths of OMOP tables: whether the persons and their records contradict them. Nothing is counted by them.

use std::collections::BTreeMap;
use std::path::Path;

use ninzu_engine::Result;
use serde::Serialize;

use super::csv::LineKind;
use super::files::find;
use super::persons::{NO_DAY, Persons};
use super::table::{Expr, SourceTable, line_kind, rows};
use super::values::{DateCell, Days, Keys};
use crate::source::spec::RowRules;

/// What the table is called.
pub(super) const DEATHS: &str = "death";

/// What a table of deaths says, and what contradicts it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Deaths {
    /// The file's name.
    pub file: String,
    /// Rows read.
    pub rows: u64,
    /// People of the persons table who died.
    pub people: u64,
    /// Rows of people who are not in the persons table.
    pub unknown: u64,
    /// Rows of people who have an earlier row already.
    pub repeated: u64,
    /// Rows without a date that can be read.
    pub undated: u64,
    /// Rows with a date before the person's birth.
    pub before_birth: u64,
    /// Rows with a date after the reference date: the person was alive on it.
    pub after_reference: u64,
    /// Records that lie after the day on which their person died, by dimension.
    pub records_after: BTreeMap<String, u64>,
    /// People with such records.
    pub people_after: u64,
}

/// The day on which each person died, or `NO_DAY`.
pub(super) struct DeathDays {
    pub(super) days: Vec<i32>,
    pub(super) told: Deaths,
}

impl Deaths {
    /// Whether nothing contradicts the table.
    pub fn is_sound(&self) -> bool {
        let wrong = [self.unknown, self.repeated, self.undated, self.before_birth];
        wrong.iter().sum::<u64>() == 0 && self.records_after.is_empty()
    }
}

impl DeathDays {
    /// Reads the table of a folder, if it is there and has the columns of one.
    pub(super) fn read(folder: &Path, persons: &Persons, rules: &RowRules, reference: i32) -> Result<Option<Self>> {
        let Some(path) = find(folder, DEATHS)? else { return Ok(None) };
        let table = SourceTable::open(&path, &rules.format)?.with_line_kinds();
        let (Some(person), Some(date)) = (table.find("person_id"), table.find("death_date")) else { return Ok(None) };
        let exprs: [Expr; 2] = [table.key(person), table.date(date)?];
        let parts = table.scan(&exprs, |batch| {
            let (keys, days) = (Keys::new(batch, 1)?, Days::new(batch, 2)?);
            let rows = rows(batch).map_or(0, |_| batch.num_rows());
            let is_row = |row: &usize| line_kind(batch, *row) == LineKind::Row;
            let read = |row: usize| {
                let places = keys.get(row, &rules.null).map_or(&[][..], |key| persons.places(key));
                let people = places.iter().map(|at| (at.person, at.earliest)).collect::<Vec<_>>();
                (people, days.get(row, &rules.null, &rules.unknown_dates))
            };
            Ok((0..rows).filter(is_row).map(read).collect::<Vec<_>>())
        })?;
        let told = Deaths { file: table.name().to_owned(), ..Deaths::default() };
        let mut all = Self { days: vec![NO_DAY; persons.len()], told };
        let mut is_dead = vec![false; persons.len()];
        for (people, day) in parts.into_iter().flatten() {
            all.told.rows += 1;
            all.told.unknown += u64::from(people.is_empty());
            all.told.repeated += u64::from(people.iter().any(|&(person, _)| is_dead[person as usize]));
            let when = match day {
                DateCell::Day(when) => Some(when),
                _ => None,
            };
            all.told.undated += u64::from(when.is_none());
            all.told.after_reference += u64::from(when.is_some_and(|when| when.earliest > reference));
            let is_early = |earliest: i32| earliest != NO_DAY && when.is_some_and(|when| when.latest < earliest);
            all.told.before_birth += u64::from(people.iter().any(|&(_, earliest)| is_early(earliest)));
            for (person, earliest) in people {
                all.told.people += u64::from(!std::mem::replace(&mut is_dead[person as usize], true));
                let day = &mut all.days[person as usize];
                // Of a month or a year alone, the last day may have been meant.
                *day = when.filter(|_| !is_early(earliest)).map_or(*day, |when| when.latest.min(*day));
            }
        }
        Ok(Some(all))
    }
}
