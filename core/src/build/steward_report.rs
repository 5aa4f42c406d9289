//! The steward's own report of a build: what became of every row, what was widened and why, and how many
//! decoys can be undone. Never published.

use std::collections::BTreeMap;
use std::path::Path;

use ninzu_engine::model::Policy;
use ninzu_engine::{Error, ErrorKind, Language, Result};
use serde::Serialize;

use crate::catalogue::message;
use crate::disclosure::{CellNames, Decoys, Repaired, Widening, undone_decoys};
use crate::source::{IngestReport, RowAccount};
use crate::{Published, Row, private_file};

/// The file, as JSON.
#[derive(Serialize)]
struct PrivateReport<'a> {
    keep_secret: &'static str,
    release: &'a str,
    /// What became of every row.
    rows: &'a [RowAccount],
    notes: Vec<String>,
    decoys: BTreeMap<String, Decoys>,
    rounds: u32,
    programs: u64,
    widened: usize,
    widenings: Vec<ShownWidening>,
}

/// A widening in words.
#[derive(Serialize)]
struct ShownWidening {
    cell: String,
    from: (u32, u32),
    to: (u32, u32),
    because: String,
    id: usize,
    by: (usize, usize),
}

impl ShownWidening {
    fn new(widening: &Widening, names: &CellNames<'_>) -> Self {
        let &Widening { from, to, id, by, .. } = widening;
        let because = widening.because.shown(names).to_string();
        Self { cell: names.cell(widening.cell), from, to, because, id, by }
    }
}

/// Writes the report with mode 0600. `decoys` are the cells of each table that decoys changed, as they were.
pub(super) fn write(
    path: &Path,
    release: &str,
    read: &IngestReport,
    published: &Published,
    policy: &Policy,
    repaired: &Repaired,
    decoys: &[Vec<Row>],
) -> Result<()> {
    let names = CellNames::new(published);
    let report = PrivateReport {
        keep_secret: "this file undoes a part of the release's protection: it is the steward's alone",
        release,
        rows: &read.tables,
        notes: read.notes.iter().map(|note| note.words(Language::En)).collect(),
        decoys: undone_decoys(published, policy, decoys)?,
        rounds: repaired.rounds,
        programs: repaired.programs,
        widened: repaired.widenings.len(),
        widenings: repaired.widenings.iter().map(|widening| ShownWidening::new(widening, &names)).collect(),
    };
    let refused = |e: &std::io::Error| {
        let message = message!("report.unwritten", file = path.display().to_string(), reason = e.to_string());
        Error::new(ErrorKind::Io, message).with_hint(message!("hint.report_file"))
    };
    let mut bytes = serde_json::to_vec_pretty(&report).map_err(|e| refused(&e.into()))?;
    bytes.push(b'\n');
    private_file::write_new(path, &bytes).map_err(|e| refused(&e))
}
