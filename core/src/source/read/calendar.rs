//! On which days the dates of a column lie: the first, the last, and days that far too many share.

use datafusion::common::HashMap;
use serde::Serialize;

use crate::source::life_stages::civil;

/// A day is a peak only with so many dates,
const CROWD: u64 = 20;
/// with one of so many of all dates,
const PART: u64 = 20;
/// and with so many times as many as a usual day.
const TIMES: u64 = 10;

/// How many dates lie on each day, in days since 1970.
#[derive(Debug, Clone, Default)]
pub(super) struct Calendar(HashMap<i32, u64>);

/// A day that far too many dates share: often one that stands for an unknown day, or the day of a move to another system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Peak {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// How many dates lie on it.
    pub dates: u64,
    /// How many lie on a usual day: the median of the others that have any; 0 if there are none.
    pub usual: u64,
}

/// What the dates of a column look like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DateColumn {
    /// The file's name.
    pub file: String,
    /// The dimension that the file was read for; `base` for the persons.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many dates it holds.
    pub dates: u64,
    /// The earliest, `YYYY-MM-DD`.
    pub earliest: String,
    /// The latest, `YYYY-MM-DD`.
    pub latest: String,
    /// How many lie after today.
    pub after_today: u64,
    /// Days that far too many share, most first.
    pub peaks: Vec<Peak>,
}

impl Calendar {
    /// One more date.
    pub(super) fn add(&mut self, day: i32) {
        *self.0.entry(day).or_default() += 1;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (&day, count) in &other.0 {
            *self.0.entry(day).or_default() += count;
        }
    }

    /// How many dates there are.
    fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// How many lie after a day.
    fn after(&self, today: i32) -> u64 {
        self.0.iter().filter(|&(&day, _)| day > today).map(|(_, count)| count).sum()
    }

    /// Days that far too many dates share: most first, the earlier of equals first.
    fn peaks(&self) -> Vec<(i32, u64, u64)> {
        let total = self.total();
        let mut counts: Vec<u64> = self.0.values().copied().collect();
        counts.sort_unstable();
        let mut all: Vec<(i32, u64, u64)> = Vec::new();
        for (&day, &count) in self.0.iter().filter(|&(_, &count)| count >= CROWD && count * PART >= total) {
            // The others' median: this day is one of the largest, so it stands behind the middle.
            let usual = counts.get((counts.len() - 1) / 2).copied().filter(|_| counts.len() > 1).unwrap_or(0);
            if count >= TIMES * usual {
                all.push((day, count, usual));
            }
        }
        all.sort_unstable_by_key(|&(day, count, _)| (std::cmp::Reverse(count), day));
        all
    }

    /// What the dates look like; nothing if there are none.
    pub(super) fn column(&self, file: &str, table: &str, column: &str, today: i32) -> Option<DateColumn> {
        let shown = |day: i32| civil(day).map_or_else(String::new, |date| date.to_string());
        let (earliest, latest) = (self.0.keys().min()?, self.0.keys().max()?);
        Some(DateColumn {
            file: file.to_owned(),
            table: table.to_owned(),
            column: column.to_owned(),
            dates: self.total(),
            earliest: shown(*earliest),
            latest: shown(*latest),
            after_today: self.after(today),
            peaks: self.peaks().into_iter().map(|(day, dates, usual)| Peak { day: shown(day), dates, usual }).collect(),
        })
    }
}

#[cfg(test)]
mod tests;
