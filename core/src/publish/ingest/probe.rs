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

    /// The latest day of a column in days since 1970, if it holds dates and nothing else; the inner is nothing if all are empty.
    pub(in super::super) fn latest(&self, column: &str) -> Result<Option<Option<i32>>> {
        let Ok(expr) = self.table.date(self.table.column(column)?) else { return Ok(None) };
        let latest = self.table.scan(&[expr], |batch| {
            let days = Days::new(batch, 1)?;
            let days: std::result::Result<Vec<Option<i32>>, ()> = (0..batch.num_rows()).map(|row| days.get(row)).collect();
            Ok(days.map(|days| days.into_iter().flatten().max()).ok())
        })?;
        Ok(latest.into_iter().collect::<Option<Vec<_>>>().map(|all| all.into_iter().flatten().max()))
    }
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
            latest = latest.max(Probe::open(&path)?.latest(column)?.flatten());
        }
    }
    Ok(latest)
}
