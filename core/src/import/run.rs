//! Aggregates that somebody else protected and exported, as a release.
//!
//! A long table has a row for each cell: columns of dimensions, where a value such as the empty one means "all", and a count
//! or a lower and an upper bound. The spec says what the columns and the marks in them mean:
//!
//! ```toml
//! [release]
//! name = "ndb-questionnaire"
//! title = { en = "Check-up questionnaire", ja = "特定健診の質問票" }
//! protection = "MHLW, NDB Open Data"  # whose protection the table carries
//! reference_date = 2022-03-31         # optional, as are licence and sources
//! licence = "CC-BY-4.0"
//! sources = [{ title = "NDB Open Data", path = "https://example.org/ndb" }]
//!
//! [table]
//! path = "counts.csv"                 # or .tsv, .parquet; relative to the spec
//! count = "persons"                   # or lo = "lo" and hi = "hi"; an empty hi is no upper bound
//! total = ["", "total", "合計"]       # what means "all" in any dimension's column; [""] if left out
//! unlisted = "unknown"                # what a combination without a row means; or "zero", or [0, 9]
//! centre = "prefecture"               # rows over all centres are left out; or centre_name = "Japan" for one centre
//! centre_labels = { "北海道" = { en = "Hokkaido", ja = "北海道" } }
//! where = { question = "Q1" }         # optional: only rows with these texts
//! thousands = "."                     # optional: what groups digits; else a comma, a blank or an apostrophe are read
//! flags = ["b", "p"]                  # optional: signs beside numbers that change nothing; flag = "OBS_FLAG" is their column
//! rounded_to = 5                      # optional: counts are multiples of this, to the nearest (a 5 means 3 to 7),
//! rounding = "random"                 # or to either side by chance (1 to 9); rounded_to = 1: they are exact
//! not_total = ["T"]                   # optional: values, though they look like totals
//! [table.markers]                     # what stands in the count column and is no number
//! "<10" = [0, 9]
//! "*" = "unknown"                     # or "zero", a count, "at least 100"
//!
//! [[dimension]]
//! name = "sex"
//! kind = "partition"                  # everybody has exactly one value: totals must be sums
//! column = "sex"
//! label = { en = "Sex", ja = "性別" } # optional, as are all below
//! recode = { "男" = "M", "女" = "F" } # texts of the column to values (or to a total); so two dimensions can share a column
//! leave_out = ["0-19"]                # values whose rows are left out: bands that hold others
//! values = ["F", "M"]                 # all values in order, else those of the table as they appear
//! labels = { F = { en = "female", ja = "女性" } }
//! ordered = false
//! # role = "life_stage"
//!
//! [[dimension]]
//! name = "procedure"
//! kind = "codes"                      # people have any number; a row has at most two codes
//! column = "code"
//! dictionary = "codes.csv"            # code,parent,label_en,label_ja; else the codes of the table
//! ```
//!
//! With `rounded_to`, a combination or a marker that means zero is a count that was rounded to zero.
//!
//! `unlisted` speaks of the codes, the centres and the margins (lists of partitions crossed) that the table has rows of.

mod assemble;
mod check;
mod count;
mod evidence;
mod labels;
mod read;
mod search;
mod spec;
mod totals;

use std::path::Path;

use ninzu_engine::manifest::Additivity;
use ninzu_engine::{Dimension, Error, ErrorKind, ROOT, Result};

use super::ingest::{Note, of_names};
use super::write::Place;
use super::{Progress, write_release_at};
use read::Cells;
use spec::Spec;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportSummary {
    /// The release's id.
    pub id: String,
    /// Rows that were taken from the table.
    pub rows: u64,
    /// Rows over all centres, left out: a release has counts of single centres, and the reader adds them up.
    pub centre_totals: u64,
    /// Rows that `where` did not let through.
    pub filtered: u64,
    /// Rows of values in `leave_out`.
    pub left_out: u64,
    /// Columns that the spec does not name.
    pub unread_columns: Vec<String>,
    /// What the publisher's values should make its importer look at.
    pub notes: Vec<Note>,
    /// How many centres there are.
    pub centres: usize,
    /// How many tables the release has, each pair once.
    pub tables: usize,
    /// How many cells they list.
    pub cells: u64,
    /// How many bytes the release has.
    pub bytes: u64,
    /// What all counts are multiples of, where the spec does not say whether they were rounded: then they are taken as exact.
    pub seems_rounded: Option<u64>,
    /// Which sums were tested.
    pub additivity: Additivity,
    /// How many listed cells are no exact counts.
    pub hidden: u64,
    /// Those of them that the other cells determine, in words, with the count.
    pub determined: Vec<(String, u64)>,
    /// Whether all hidden cells were examined; if not, more may be determined.
    pub is_complete: bool,
}

/// So many counts that are multiples of one number were rounded; fewer may be an accident, or somebody's example.
const SURELY_ROUNDED: u64 = 30;

/// Reads the long table that a spec (TOML) describes, and writes it as a release that carries its publisher's protection.
/// `out` must not exist.
///
/// The table is checked, never mended: totals that cannot be the sums of their parts, values that are totals of others, groups
/// larger than those that hold them, and counts that nobody can have together are errors.
pub fn import(spec_path: &Path, out: &Path, progress: &dyn Progress) -> Result<ImportSummary> {
    let mut spec = Spec::read(spec_path)?;
    let place = Place::claim(out, progress)?;
    let cells = Cells::read(&spec, progress)?;
    let (published, consistency) = assemble::assemble(&cells, &spec.table, progress)?;
    let seems_rounded = cells.seems_rounded();
    if let Some(to) = seems_rounded.filter(|_| cells.looks_rounded.1 >= SURELY_ROUNDED) {
        let message = format!("{}: all {} counts are multiples of {to}", cells.texts.name(), cells.looks_rounded.1);
        return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(format!(
            "they seem to be rounded: write rounded_to = {to} in [table], and rounding = \"random\" if it was by chance; \
             rounded_to = 1 says that they are exact"
        )));
    }
    spec.meta.additivity = Some(consistency.additivity.clone());
    progress.begin("write", None);
    let written = write_release_at(&spec.meta, &published, &place)?;
    progress.end();
    Ok(ImportSummary {
        id: written.id,
        rows: cells.rows.len() as u64,
        centre_totals: cells.left_out.centre_totals,
        filtered: cells.left_out.filtered,
        left_out: cells.left_out.values,
        notes: cells.dimensions.all().iter().filter_map(notes_of).collect(),
        unread_columns: cells.unread_columns,
        centres: published.centres.len(),
        tables: published.tables.len(),
        cells: written.rows,
        bytes: written.bytes,
        seems_rounded,
        additivity: consistency.additivity,
        hidden: consistency.hidden,
        determined: consistency.determined.iter().map(|(place, count)| (place.name(&published), *count)).collect(),
        is_complete: consistency.is_complete,
    })
}

/// What is to be said of a dimension's values, but those for everybody and of onsets.
fn notes_of(dimension: &Dimension) -> Option<Note> {
    let names = dimension.dictionary.codes().iter().map(|code| code.name.as_str());
    of_names(&dimension.name, names.filter(|&name| name != ROOT && !name.contains('@')))
}
