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
//! [table.markers]                     # what stands in the count column and is no number
//! "<10" = [0, 9]
//! "*" = "unknown"
//!
//! [[dimension]]
//! name = "sex"
//! kind = "partition"                  # everybody has exactly one value: totals must be sums
//! column = "sex"
//! label = { en = "Sex", ja = "性別" } # optional, as are all below
//! recode = { "男" = "M", "女" = "F" } # texts of the column to values (or to a total); so two dimensions can share a column
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
//! `unlisted` speaks of the codes, the centres and the margins (lists of partitions crossed) that the table has rows of.

mod assemble;
mod check;
mod count;
mod read;
mod spec;

use std::path::Path;

use ninzu_engine::Result;

use super::write::refuse_existing;
use super::{Progress, write_release};
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
    /// How many centres there are.
    pub centres: usize,
    /// How many tables the release has, each pair once.
    pub tables: usize,
    /// How many cells they list.
    pub cells: u64,
    /// How many bytes the release has.
    pub bytes: u64,
}

/// Reads the long table that a spec (TOML) describes, and writes it as a release that carries its publisher's protection.
/// `out` must not exist.
///
/// The table is checked, never mended: totals that cannot be the sums of their parts, and groups larger than those that hold
/// them, are errors.
pub fn import(spec_path: &Path, out: &Path, progress: &dyn Progress) -> Result<ImportSummary> {
    let spec = Spec::read(spec_path)?;
    refuse_existing(out)?;
    let cells = Cells::read(&spec, progress)?;
    let (rows, centre_totals) = (cells.rows.len() as u64, cells.centre_totals);
    progress.begin("check", None);
    let published = assemble::assemble(cells, spec.table.unlisted)?;
    progress.end();
    progress.begin("write", None);
    let written = write_release(&spec.meta, &published, out)?;
    progress.end();
    Ok(ImportSummary {
        id: written.id,
        rows,
        centre_totals,
        centres: published.centres.len(),
        tables: published.tables.len(),
        cells: written.rows,
        bytes: written.bytes,
    })
}
