//! A table whose columns are read as text, row by row.

use std::path::Path;

use ninzu_engine::{Dictionary, Error, ErrorKind, Result};

use super::super::text_format::TextFormat;
use super::cells::{text, texts};
use super::source::{self, Table};
use super::{dictionary, source::rows};

/// A table that is read as text.
pub(in super::super) struct Texts {
    table: Table,
}

impl Texts {
    /// Opens a CSV, TSV or Parquet file that has columns; the format is that of text files, as far as it is said.
    pub(in super::super) fn open(path: &Path, format: &TextFormat) -> Result<Self> {
        let table = Table::open(path, format)?;
        if table.columns().iter().all(String::is_empty) {
            return Err(Error::new(ErrorKind::InvalidSource, format!("{} is empty", table.name()))
                .with_hint("a table begins with a line of column names"));
        }
        Ok(Self { table })
    }

    /// The file's name.
    pub(in super::super) fn name(&self) -> &str {
        self.table.name()
    }

    /// How a row is called in messages, the file left out.
    pub(in super::super) fn row(&self, row: u64) -> String {
        self.table.row(row)
    }

    /// A column by its name, or an error that lists the columns present.
    pub(in super::super) fn column(&self, name: &str) -> Result<usize> {
        self.table.column(name)
    }

    /// Visits every row in order: its number, and the cells of these columns, trimmed; an empty cell is the empty text.
    pub(in super::super) fn each(&self, columns: &[usize], mut visit: impl FnMut(u64, &[&str]) -> Result<()>) -> Result<()> {
        let exprs: Vec<source::Expr> = columns.iter().map(|&column| self.table.text(column)).collect();
        for batch in self.table.scan(&exprs, |batch| Ok(batch.clone()))? {
            let cells = (0..columns.len()).map(|column| texts(&batch, 1 + column)).collect::<Result<Vec<_>>>()?;
            let numbers = rows(&batch).map(|numbers| numbers.values().to_vec()).unwrap_or_default();
            let mut row = Vec::with_capacity(columns.len());
            for (i, number) in numbers.into_iter().enumerate() {
                row.clear();
                row.extend(cells.iter().map(|column| text(column, i).unwrap_or_default()));
                visit(number, &row)?;
            }
        }
        Ok(())
    }
}

/// A dictionary file, with the root; of the format only the encoding counts.
pub(in super::super) fn read_dictionary(path: &Path, format: &TextFormat) -> Result<Dictionary> {
    dictionary::build(dictionary::read(path, format)?, None)
}

/// The name most like another, if one is near.
pub(in super::super) fn suggestion<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    source::suggestion(name, among)
}
