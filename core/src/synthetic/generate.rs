//! A folder of synthetic people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ninzu_engine::{Error, ErrorKind, Result};
use rayon::prelude::*;

use super::figures::{SPEC, dictionary_text};
use super::model::Model;
use super::person;
use super::tables::RecordTable;
use super::write::{Batches, Writers, io};
use crate::Progress;
use crate::catalogue::message;

/// How many people to make, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerateOptions {
    /// People, each at one or two centres; at least one.
    pub persons: u64,
    /// The same seed gives the same bytes, on any number of threads.
    pub seed: u64,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateSummary {
    /// People.
    pub persons: u64,
    /// Rows by file, such as `persons.parquet` (people at two centres have two rows there).
    pub rows: BTreeMap<String, u64>,
}

/// Makes synthetic people and writes them to a folder that does not exist or is empty.
///
/// The folder gets `persons.parquet`, `diagnoses.parquet`, `specimens.parquet`, `data.parquet` and `consent.parquet`, a
/// dictionary for each of the last four, and `spec.toml`, the steward's file that builds a release from them. Batches of
/// people are drawn in parallel and written as they are made, so memory does not grow with their number.
pub fn generate(options: &GenerateOptions, out: &Path, progress: &dyn Progress) -> Result<GenerateSummary> {
    if options.persons == 0 {
        return Err(Error::new(ErrorKind::InvalidSpec, message!("synthetic.nobody")).with_hint(message!("hint.somebody")));
    }
    if options.persons > i64::MAX as u64 {
        return Err(Error::new(ErrorKind::InvalidSpec, message!("synthetic.many")).with_hint(message!("hint.fewer_persons")));
    }
    refuse_content(out)?;
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|e| io(parent, &e))?;
    let temporary = tempfile::Builder::new().prefix(".ninzu-generate-").tempdir_in(parent).map_err(|e| io(parent, &e))?;
    let folder = temporary.path().join("people");
    fs::create_dir(&folder).map_err(|e| io(&folder, &e))?;

    for table in RecordTable::ALL {
        write_text(&folder.join(table.dictionary()), dictionary_text(table))?;
    }
    write_text(&folder.join("spec.toml"), SPEC)?;
    let rows = write_people(options, &folder, progress)?;

    if out.exists() {
        fs::remove_dir(out).map_err(|e| io(out, &e))?;
    }
    fs::rename(&folder, out).map_err(|e| io(out, &e))?;
    Ok(GenerateSummary { persons: options.persons, rows })
}

/// People that share one stream of random numbers.
const BATCH: u64 = 8192;

fn write_people(options: &GenerateOptions, folder: &Path, progress: &dyn Progress) -> Result<BTreeMap<String, u64>> {
    let model = Model::new()?;
    let mut writers = Writers::create(folder)?;
    let batches = options.persons.div_ceil(BATCH);
    let wave = 2 * rayon::current_num_threads() as u64;
    let persons_of = |batch: u64| batch * BATCH..((batch + 1) * BATCH).min(options.persons);
    let make = |from: u64| -> Result<Vec<Batches>> {
        let wave: Vec<u64> = (from..batches.min(from + wave)).collect();
        wave.into_par_iter()
            .map(|batch| Batches::new(&model, person::batch(&model, options.seed, batch, persons_of(batch))))
            .collect()
    };

    progress.begin("people", Some(options.persons));
    let mut from = 0;
    let mut ready = make(from)?;
    while !ready.is_empty() {
        from += ready.len() as u64;
        // While one wave is written, the next is drawn.
        let (next, written) = rayon::join(|| make(from), || writers.write(&ready));
        written?;
        progress.advance(ready.iter().map(Batches::people).sum());
        ready = next?;
    }
    progress.end();
    writers.finish()
}

fn refuse_content(out: &Path) -> Result<()> {
    let folder = || out.display().to_string();
    let taken = |message| Error::new(ErrorKind::Io, message).with_hint(message!("hint.new_folder"));
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(false) => Err(taken(message!("folder.not_empty", folder = folder()))),
        Err(_) if out.exists() => Err(taken(message!("folder.unreadable", folder = folder()))),
        Ok(true) | Err(_) => Ok(()),
    }
}

fn write_text(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|e| io(path, &e))
}
