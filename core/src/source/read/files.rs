//! Which files are tables, and what each is called.

use std::path::{Path, PathBuf};

use ninzu_engine::{Error, ErrorKind, Message, Result};

use crate::catalogue::message;

/// Ends of the names of tables.
const TEXT: [&str; 3] = ["csv", "tsv", "txt"];
const PARQUET: [&str; 2] = ["parquet", "pq"];
/// Ends of the names of packed files; only the first is read, the others are refused with a hint.
const PACKED: [&str; 6] = ["gz", "gzip", "bz2", "xz", "zst", "zip"];

/// What a file is by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableFile {
    /// The table's name in lower case: `person` of `PERSON.csv.gz`.
    pub(crate) name: String,
    pub(crate) is_parquet: bool,
}

impl TableFile {
    /// What a path is by its name; nothing if it is no table.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let file = path.file_name()?.to_string_lossy().to_lowercase();
        let (mut stem, mut end) = file.rsplit_once('.')?;
        let is_packed = PACKED.contains(&end);
        if is_packed {
            (stem, end) = stem.rsplit_once('.')?;
        }
        let is_parquet = PARQUET.contains(&end) && !is_packed;
        (is_parquet || TEXT.contains(&end)).then(|| Self { name: stem.to_owned(), is_parquet })
    }
}

/// The tables of a folder, in the order of their paths.
pub(crate) fn tables_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| {
        Error::new(ErrorKind::Io, message!("source.unlisted", folder = folder.display().to_string(), reason = e.to_string()))
            .caused_by(e)
    };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if TableFile::of(&path).is_some() && path.is_file() {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// The table of a name in a folder: `.parquet`, `.csv`, `.tsv` or `.txt`, perhaps with `.gz`, in any case.
pub(super) fn find(folder: &Path, table: &str) -> Result<Option<PathBuf>> {
    let mut found = tables_in(folder)?;
    found.retain(|path| TableFile::of(path).is_some_and(|file| file.name == table));
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|p| p.display().to_string()).collect();
        return Err(Error::new(ErrorKind::InvalidSource, message!("source.table_twice", table = table, files = names))
            .with_hint(message!("hint.one_file")));
    }
    Ok(found.pop())
}

/// What is said of a folder that lacks a table.
pub(super) fn no_table(folder: &Path, table: &str) -> Message {
    message!("omop.no_table", folder = folder.display().to_string(), table = table)
}
