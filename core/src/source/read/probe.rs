//! A first look at tables, for `init`.

use std::path::{Path, PathBuf};

use ninzu_engine::{ErrorKind, Message, Result};

use super::columns::PERIODS;
use super::csv::LineKind;
use super::dictionary;
use super::files::{TableFile, find, tables_in};
use super::notes::{Note, of_unread};
use super::omop;
use super::table::{SourceTable, line_kind, rows};
use super::values::{DateCell, Days, text, texts};
use super::vocabulary;
use crate::source::grammar::{NullWords, UnknownDates, is_null};
use crate::source::text_format::TextFormat;

/// A table that is looked at.
pub(crate) struct Probe {
    table: SourceTable,
}

impl Probe {
    pub(crate) fn open(path: &Path, format: &TextFormat) -> Result<Self> {
        Ok(Self { table: SourceTable::open(path, format)?.with_line_kinds() })
    }

    pub(crate) fn path(&self) -> &Path {
        self.table.path()
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        self.table.name()
    }

    /// The table's name: that of the file in lower case, without its ends.
    pub(crate) fn name(&self) -> String {
        TableFile::of(self.path()).map(|file| file.name).unwrap_or_default()
    }

    pub(crate) fn columns(&self) -> &[String] {
        self.table.columns()
    }

    /// How a row is called in messages.
    pub(crate) fn row(&self, row: u64) -> Message {
        self.table.row(row)
    }

    /// What is unusual in how the file is written, in words.
    pub(crate) fn writing(&self) -> Vec<String> {
        let Some(layout) = self.table.layout() else { return Vec::new() };
        let mut all = Vec::new();
        match layout.delimiter {
            ',' => {}
            '\t' => all.push("cells are separated by tabs".to_owned()),
            delimiter => all.push(format!("cells are separated by {delimiter:?}")),
        }
        if !layout.charset.is_utf8() {
            let how = if layout.charset.is_guess { ", by the look of its bytes" } else { "" };
            all.push(format!("it is read as {}{how}", layout.charset.name()));
        }
        if layout.charset.is_packed {
            all.push("it is packed with gzip".to_owned());
        }
        all
    }

    /// The distinct values of a column, in order.
    pub(crate) fn distinct(&self, column: &str) -> Result<Vec<String>> {
        dictionary::values(&self.table, &self.table.text(self.table.column(column)?))
    }

    /// Whether a row has nothing in a column, or a word for nothing.
    pub(crate) fn lacks(&self, column: &str) -> Result<bool> {
        let parts = self.table.scan(&[self.table.text(self.table.column(column)?)], |batch| {
            let cells = texts(batch, 1)?;
            let is_empty = |row: usize| text(&cells, row).is_none_or(is_null);
            Ok((0..batch.num_rows()).any(|row| line_kind(batch, row) == LineKind::Row && is_empty(row)))
        })?;
        Ok(parts.contains(&true))
    }

    /// What a column holds that may be one of dates.
    pub(crate) fn dates(&self, column: &str, today: i32) -> Result<Dates> {
        let column = self.table.column(column)?;
        let expr = match self.table.date(column) {
            Ok(expr) => expr,
            Err(e) if e.kind() == ErrorKind::InvalidSource => return Ok(Dates::default()),
            Err(e) => return Err(e),
        };
        let (nulls, unknown) = (NullWords::default(), UnknownDates::default());
        let parts = self.table.scan(&[expr], |batch| {
            let (days, cells) = (Days::new(batch, 1)?, texts(batch, 1)?);
            let mut found = Dates::default();
            for row in 0..batch.num_rows() {
                let number = rows(batch).map_or(0, |numbers| numbers.value(row));
                match days.get(row, &nulls, &unknown) {
                    DateCell::Empty | DateCell::NullWord | DateCell::Unknown => {}
                    DateCell::NoDate => found.bad.add(number),
                    DateCell::Day(when) => {
                        found.read += 1;
                        if when.earliest > today {
                            found.later.add(number);
                        } else {
                            found.latest = found.latest.max(Some(when.day.min(today)));
                        }
                        if found.form.is_none() {
                            found.form = text(&cells, row).and_then(form);
                        }
                    }
                }
            }
            Ok(found)
        })?;
        let mut all = Dates::default();
        for part in parts {
            all.read += part.read;
            all.latest = all.latest.max(part.latest);
            all.later.merge(part.later);
            all.bad.merge(part.bad);
            all.form = all.form.or(part.form);
        }
        Ok(all)
    }
}

/// In what form dates are written, if not as 2024-12-31.
fn form(cell: &str) -> Option<&'static str> {
    match cell.bytes().find(|byte| !byte.is_ascii_digit()) {
        Some(b'-') => None,
        Some(b'/') => Some("dates are written with slashes, the year first"),
        Some(b'.') => Some("dates are written with dots, the year first"),
        None if cell.len() == 8 => Some("dates are written as digits, such as 20241231"),
        _ => Some("dates are written in a form of their own"),
    }
}

/// How many rows, and the first of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rows {
    pub(crate) count: u64,
    pub(crate) first: u64,
}

impl Rows {
    fn add(&mut self, row: u64) {
        self.merge(Self { count: 1, first: row });
    }

    fn merge(&mut self, other: Self) {
        if other.count > 0 {
            self.first = if self.count == 0 { other.first } else { self.first.min(other.first) };
            self.count += other.count;
        }
    }
}

/// What a column holds that may be one of dates.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dates {
    /// How many cells are dates.
    pub(crate) read: u64,
    /// The latest that is not after today, in days since 1970.
    pub(crate) latest: Option<i32>,
    /// Dates after today.
    pub(crate) later: Rows,
    /// Cells that hold something else.
    pub(crate) bad: Rows,
    /// In what form dates are written, if not as usual.
    pub(crate) form: Option<&'static str>,
}

impl Dates {
    /// Whether the column is one of dates: hardly anything else is in it.
    pub(crate) fn is_column(&self) -> bool {
        self.read > 0 && self.bad.count * 10 <= self.read
    }
}

/// The table `person` of a folder of OMOP tables, if it is one.
pub(crate) fn omop_person(folder: &Path) -> Result<Option<PathBuf>> {
    omop_table(folder, "person")
}

/// A table of a folder of OMOP tables, by its name in lower case.
pub(crate) fn omop_table(folder: &Path, table: &str) -> Result<Option<PathBuf>> {
    find(folder, table)
}

/// The tables of records in a folder of OMOP tables, each with its column of dates.
pub(crate) fn omop_records(folder: &Path, format: &TextFormat) -> Result<Vec<(Probe, &'static str)>> {
    let mut all = Vec::new();
    for (table, column) in omop::dates() {
        if let Some(path) = find(folder, table)? {
            all.push((Probe::open(&path, format)?, column));
        }
    }
    Ok(all)
}

/// The name that a folder of OMOP tables gives itself, if it gives one.
pub(crate) fn omop_name(folder: &Path, format: &TextFormat) -> Result<Option<String>> {
    let Some(path) = find(folder, "cdm_source")? else { return Ok(None) };
    let table = Probe::open(&path, format)?;
    for column in ["cdm_source_abbreviation", "cdm_source_name"] {
        if table.columns().iter().any(|c| c.eq_ignore_ascii_case(column))
            && let [name] = &table.distinct(column)?[..]
        {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

/// What is to be said of a folder's tables that are not read.
pub(crate) fn omop_unread(folder: &Path) -> Result<Vec<Note>> {
    let others = ["person", PERIODS].into_iter().chain(vocabulary::TABLES);
    let read: Vec<&str> = omop::dates().map(|(table, _)| table).chain(others).collect();
    let is_read = |name: &str| read.contains(&name);
    let named = |path: PathBuf| {
        let name = TableFile::of(&path)?.name;
        (!is_read(&name)).then_some((name, path.file_name()?.to_string_lossy().into_owned()))
    };
    Ok(of_unread(tables_in(folder)?.into_iter().filter_map(named).collect()))
}
