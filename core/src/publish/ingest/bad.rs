//! Rows that cannot be true: kinds, counting, and the error that names the first.

use std::collections::BTreeMap;

use ninzu_engine::{Error, ErrorKind};

use super::source::Table;

/// Why a row cannot be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BadRow {
    /// The row names nobody.
    NoPerson,
    /// The person is not in the persons table, at that centre.
    UnknownPerson,
    /// The row names no centre.
    NoCentre,
    /// The centre is not in the spec.
    UnknownCentre,
    /// The person's centre does not collect the dimension.
    NotCollected,
    /// The value of a partition is not in the spec.
    UnknownValue,
    /// The row has no code.
    NoCode,
    /// The code is not in the dictionary.
    UnknownCode,
    /// The date does not parse.
    InvalidDate,
    /// The date lies before the person's birth.
    BeforeBirth,
    /// The date lies after the reference date.
    AfterReference,
}

impl BadRow {
    /// What is wrong, after "column ...".
    fn what(self) -> &'static str {
        match self {
            Self::NoPerson => "names nobody",
            Self::UnknownPerson => "names a person who is not in the persons table at that centre",
            Self::NoCentre => "names no centre",
            Self::UnknownCentre => "names a centre that the spec does not have",
            Self::NotCollected => "has a record for a centre that does not collect this dimension",
            Self::UnknownValue => "has a value that the spec does not list",
            Self::NoCode => "has no code",
            Self::UnknownCode => "has a code that the dictionary does not list",
            Self::InvalidDate => "is not a date",
            Self::BeforeBirth => "is a date before the person's birth",
            Self::AfterReference => "is a date after the reference date",
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::NoPerson | Self::NoCentre | Self::NoCode => "fill in the cell",
            Self::UnknownPerson => "add the person to the persons table",
            Self::UnknownCentre => "correct the cell, or declare the centre as [[centre]]",
            Self::NotCollected => "add the dimension to the centre's collects, or take the row out",
            Self::UnknownValue => "correct the cell, or add the value to values = [...]",
            Self::UnknownCode => "correct the cell, or add the code to the dictionary",
            Self::InvalidDate => "write dates as 2024-12-31; leave unknown dates empty",
            Self::BeforeBirth => "correct this date or the birth date",
            Self::AfterReference => "correct the date, or choose a later reference_date",
        }
    }
}

/// The bad rows of a batch or a table: how many of each kind, and the first of all.
#[derive(Debug, Clone, Default)]
pub(super) struct Bad {
    counts: BTreeMap<BadRow, u64>,
    /// Row, kind and position of the column among those read.
    first: Option<(u64, BadRow, usize)>,
}

impl Bad {
    pub(super) fn add(&mut self, row: u64, kind: BadRow, column: usize) {
        *self.counts.entry(kind).or_default() += 1;
        self.first = Some(self.first.map_or((row, kind, column), |first| first.min((row, kind, column))));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (&kind, &count) in &other.counts {
            *self.counts.entry(kind).or_default() += count;
        }
        self.first = match (self.first, other.first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }

    pub(super) fn counts(&self) -> &BTreeMap<BadRow, u64> {
        &self.counts
    }

    /// The error that names the first bad row; `columns` are those read, by their names in the file.
    pub(super) fn error(&self, table: &Table, columns: &[&str]) -> Option<Error> {
        let (row, kind, column) = self.first?;
        let total: u64 = self.counts.values().sum();
        let others = match total {
            1 => String::new(),
            n => format!(" ({} more bad rows in this table)", n - 1),
        };
        let message = format!(
            "{}, {}, column {:?} {}{others}",
            table.name(),
            table.row(row),
            columns.get(column).unwrap_or(&"?"),
            kind.what()
        );
        let hint = format!("{}; or write bad_rows = \"drop\" to leave such rows out and have them counted", kind.fix());
        Some(Error::new(ErrorKind::InvalidSource, message).with_hint(hint))
    }
}

impl std::fmt::Display for BadRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.what())
    }
}
