//! A table whose columns are read as text, row by row.

use std::path::Path;

use ninzu_engine::model::Dictionary;
use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::table::rows;
use super::table::{self, SourceTable};
use super::values::{text, texts};
use super::{csv, dictionary};
use crate::catalogue::message;
use crate::source::text_format::TextFormat;

/// A header is looked for in so many lines.
const MOST_NOTES: u64 = 200;

/// A table that is read as text.
pub(crate) struct Texts {
    table: SourceTable,
}

impl Texts {
    /// Opens a CSV, TSV or Parquet file that has columns; the format is that of text files, as far as it is said.
    pub(crate) fn open(path: &Path, format: &TextFormat) -> Result<Self> {
        let table = SourceTable::open(path, format)?;
        if table.columns().iter().all(String::is_empty) {
            return Err(Error::new(ErrorKind::InvalidSource, message!("source.empty", file = table.name()))
                .with_hint(message!("hint.column_names")));
        }
        Ok(Self { table })
    }

    /// The line that looks like the header, if it is not the first: it has all of these column names.
    pub(crate) fn header_line(&self, format: &TextFormat, names: &[&str]) -> Result<Option<u64>> {
        if self.table.layout().is_none() || format.header.is_some() {
            return Ok(None);
        }
        let is_header = |line: &str| csv::names_columns(line, names);
        csv::find_line(self.table.path(), self.name(), format, MOST_NOTES, &is_header)
    }

    /// The same file up to the first line that begins with a text; nothing if there is none, or if it is no text file.
    pub(crate) fn up_to(&self, format: &TextFormat, begins: &str) -> Result<Option<Self>> {
        if self.table.layout().is_none() {
            return Ok(None);
        }
        let is_end = |line: &str| line.trim_start_matches(|c: char| c.is_whitespace() || c == '"').starts_with(begins);
        let Some(end) = csv::find_line(self.table.path(), self.name(), format, u64::MAX / 2, &is_end)? else { return Ok(None) };
        Self::open(self.table.path(), &TextFormat { end: Some(end), ..format.clone() }).map(Some)
    }

    /// Whether it is a text file, whose lines have numbers.
    pub(crate) fn is_text(&self) -> bool {
        self.table.layout().is_some()
    }

    /// The file's name.
    pub(crate) fn name(&self) -> &str {
        self.table.name()
    }

    /// How a row is called in messages, the file left out.
    pub(crate) fn row(&self, row: u64) -> Message {
        self.table.row(row)
    }

    /// A column by its name, or an error that lists the columns present.
    pub(crate) fn column(&self, name: &str) -> Result<usize> {
        self.table.column(name)
    }

    /// The names of all columns but these.
    pub(crate) fn others(&self, columns: &[usize]) -> Vec<String> {
        let names = self.table.columns().iter().enumerate();
        names.filter(|(i, name)| !columns.contains(i) && !name.is_empty()).map(|(_, name)| name.clone()).collect()
    }

    /// Visits every row in order: its number, and the cells of these columns, trimmed; an empty cell is the empty text.
    pub(crate) fn each(&self, columns: &[usize], mut visit: impl FnMut(u64, &[&str]) -> Result<()>) -> Result<()> {
        let exprs: Vec<table::Expr> = columns.iter().map(|&column| self.table.text(column)).collect();
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
pub(crate) fn read_dictionary(path: &Path, format: &TextFormat) -> Result<Dictionary> {
    dictionary::build(dictionary::read(path, format)?, None)
}

/// The name most like another, if one is near.
pub(crate) fn suggestion<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    table::suggestion(name, among)
}
