//! Finished work of a repair, kept beside the release until it is written. For the steward's eyes only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use ninzu_engine::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use super::owner_only;
use crate::audit::{Journal, Work};

/// A line of the file: what the work is on, then one for each piece of it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    On { repair_of: String },
    Done { number: u64, work: Work },
}

/// A journal in a file of lines of JSON, which ends with the repair.
pub(super) struct FileJournal {
    path: PathBuf,
    file: File,
    known: BTreeMap<u64, Work>,
}

impl FileJournal {
    /// The journal beside a release. Work of other cells is forgotten; `of` names these.
    pub(super) fn open(out: &Path, of: &str) -> Result<Self> {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(".repair");
        let path = out.with_file_name(name);
        let lines = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that was cut off by the interruption does not parse: that work is done again.
        let mut lines = lines.lines().map_while(|line| serde_json::from_str(line).ok());
        let mut known = BTreeMap::new();
        if matches!(lines.next(), Some(Line::On { repair_of }) if repair_of == of) {
            known = lines
                .filter_map(|line| if let Line::Done { number, work } = line { Some((number, work)) } else { None })
                .collect();
        }
        let mut journal = Self { file: create(&path)?, path, known: BTreeMap::new() };
        journal.append(&Line::On { repair_of: of.to_owned() })?;
        for (&number, work) in &known {
            journal.record(number, work)?;
        }
        journal.known = known;
        Ok(journal)
    }

    /// Removes the file: the repair is done.
    pub(super) fn finish(self) -> Result<()> {
        std::fs::remove_file(&self.path).map_err(|e| refused(&self.path, &e))
    }

    fn append(&mut self, line: &Line) -> Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(|e| refused(&self.path, &e.into()))?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(|e| refused(&self.path, &e))
    }
}

impl Journal for FileJournal {
    fn recall(&mut self, number: u64) -> Option<Work> {
        self.known.remove(&number)
    }

    fn record(&mut self, number: u64, work: &Work) -> Result<()> {
        self.append(&Line::Done { number, work: work.clone() })
    }
}

/// An empty file for its owner's eyes only, in place of whatever is there.
fn create(path: &Path) -> Result<File> {
    let create = || {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        if path.exists() {
            std::fs::remove_file(path)?;
        }
        owner_only::create(path)
    };
    create().map_err(|e| refused(path, &e))
}

fn refused(path: &Path, e: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{} cannot be written: {e}", path.display()))
        .with_hint("finished work of the audit is kept there until the release is written: choose a folder with room")
}
