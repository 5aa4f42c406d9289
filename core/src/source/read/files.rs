//! Which files are tables, and what each is called.

use std::path::{Path, PathBuf};

use ninzu_engine::{Error, ErrorKind, Result};

/// Ends of the names of tables.
const TEXT: [&str; 3] = ["csv", "tsv", "txt"];
const PARQUET: [&str; 2] = ["parquet", "pq"];
/// Ends of the names of packed files; only the first is read, the others are refused with a hint.
const PACKED: [&str; 6] = ["gz", "gzip", "bz2", "xz", "zst", "zip"];

/// What a file is by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct TableFile {
    /// The table's name in lower case: `person` of `PERSON.csv.gz`.
    pub(in super::super) name: String,
    pub(in super::super) is_parquet: bool,
}

impl TableFile {
    /// What a path is by its name; nothing if it is no table.
    pub(in super::super) fn of(path: &Path) -> Option<Self> {
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
pub(in super::super) fn tables_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let failed = |e: std::io::Error| Error::new(ErrorKind::Io, format!("cannot list {}: {e}", folder.display()));
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
