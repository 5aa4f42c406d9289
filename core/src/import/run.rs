//! From a spec of an import to a release folder.

use std::path::Path;

use ninzu_engine::format::manifest::Additivity;
use ninzu_engine::model::{Dimension, ROOT};
use ninzu_engine::{Error, ErrorKind, Result};

use super::read::LongTable;
use super::spec::ImportSpec;
use super::tables::assemble;
use crate::Progress;
use crate::catalogue::message;
use crate::source::{Note, of_names};
use crate::write::{OutputFolder, write_release_at};

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
    /// How many published cells are no exact counts.
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
    let mut spec = ImportSpec::read(spec_path)?;
    let place = OutputFolder::claim(out, progress)?;
    let cells = LongTable::read(&spec, progress)?;
    let (published, consistency) = assemble(&cells, &spec.table, progress)?;
    let seems_rounded = cells.seems_rounded();
    if let Some(to) = seems_rounded.filter(|_| cells.looks_rounded.1 >= SURELY_ROUNDED) {
        let message = message!("import.multiples", file = cells.texts.name(), counts = cells.looks_rounded.1, to = to);
        return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.rounded_to", to = to)));
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
    let names = dimension.dictionary.names();
    of_names(&dimension.name, names.filter(|&name| name != ROOT && !name.contains('@')))
}
