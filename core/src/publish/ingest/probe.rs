//! A first look at tables, for `init`.

use std::path::{Path, PathBuf};

use ninzu_engine::Result;

use super::cells::Days;
use super::dictionary;
use super::omop;
use super::source::Table;

/// A table that is looked at.
pub(in super::super) struct Probe {
    table: Table,
}

impl Probe {
    pub(in super::super) fn open(path: &Path) -> Result<Self> {
        Ok(Self { table: Table::open(path)? })
    }

    pub(in super::super) fn path(&self) -> &Path {
        self.table.path()
    }

    pub(in super::super) fn columns(&self) -> &[String] {
        self.table.columns()
    }

    /// The distinct values of a column, in order.
    pub(in super::super) fn distinct(&self, column: &str) -> Result<Vec<String>> {
        dictionary::values(&self.table, &self.table.text(self.table.column(column)?))
    }

    /// The dates of a column, if it holds dates and nothing else.
    pub(in super::super) fn dates(&self, column: &str) -> Result<Option<Dates>> {
        let Ok(expr) = self.table.date(self.table.column(column)?) else { return Ok(None) };
        let parts = self.table.scan(&[expr], |batch| {
            let days = Days::new(batch, 1)?;
            let days: std::result::Result<Vec<Option<i32>>, ()> = (0..batch.num_rows()).map(|row| days.get(row)).collect();
            Ok(days.map(|days| days.into_iter().flatten().max()).ok())
        })?;
        let parts: Option<Vec<Option<i32>>> = parts.into_iter().collect();
        Ok(parts.map(|parts| Dates { latest: parts.into_iter().flatten().max() }))
    }
}

/// What a column of dates holds.
pub(in super::super) struct Dates {
    /// The latest, in days since 1970; nothing if all cells are empty.
    pub(in super::super) latest: Option<i32>,
}

/// The table `person` of a folder of OMOP tables, if it is one.
pub(in super::super) fn omop_person(folder: &Path) -> Result<Option<PathBuf>> {
    omop::find(folder, "person")
}

/// The latest date in OMOP tables, in days since 1970.
pub(in super::super) fn omop_latest(folder: &Path) -> Result<Option<i32>> {
    let mut latest = None;
    for (table, column) in omop::dates() {
        if let Some(path) = omop::find(folder, table)? {
            latest = latest.max(Probe::open(&path)?.dates(column)?.and_then(|d| d.latest));
        }
    }
    Ok(latest)
}
