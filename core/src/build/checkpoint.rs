//! Finished work of a repair, kept beside the release until it is written. For the steward's eyes only.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ninzu_engine::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::catalogue::message;
use crate::disclosure::{Journal, Work};
use crate::private_file;

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
        let (known, length) = recall(&path, of);
        // What is known stays where it is: were it written anew, a full disk would lose it.
        let file = if length == 0 { create(&path) } else { go_on(&path, length) };
        let mut journal = Self { file: file.map_err(|e| refused(&path, &e))?, path, known };
        if length == 0 {
            journal.append(&Line::On { repair_of: of.to_owned() })?;
        }
        Ok(journal)
    }

    /// The same error, which says that finished work is kept.
    pub(super) fn mentioned(&self, e: &Error) -> Error {
        let kept = message!("hint.journal_kept", file = self.path.display().to_string());
        let hint = match e.remedy() {
            Some(hint) => message!("hint.and", first = hint.clone(), then = kept),
            None => kept,
        };
        Error::new(e.kind(), e.what().clone()).with_hint(hint)
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

/// Work on the same cells that a file holds, and how many bytes of it do so: a line that was cut off by the interruption, and
/// what follows, is done again. Nothing, where the file is not its owner's alone.
fn recall(path: &Path, of: &str) -> (BTreeMap<u64, Work>, u64) {
    let none = (BTreeMap::new(), 0);
    if !matches!(private_file::flaw(path), Ok(None)) {
        return none;
    }
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut length = 0;
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map_while(|line| {
        let read = serde_json::from_str(line).ok()?;
        length += line.len() as u64;
        Some(read)
    });
    if !matches!(lines.next(), Some(Line::On { repair_of }) if repair_of == of) {
        return none;
    }
    let known =
        lines.filter_map(|line| if let Line::Done { number, work } = line { Some((number, work)) } else { None }).collect();
    (known, length)
}

/// An empty file for its owner's eyes only, in place of whatever is there.
fn create(path: &Path) -> std::io::Result<File> {
    if std::fs::symlink_metadata(path).is_ok() {
        std::fs::remove_file(path)?;
    }
    private_file::create(path)
}

/// A file whose first bytes are kept.
fn go_on(path: &Path, length: u64) -> std::io::Result<File> {
    let mut file = File::options().write(true).open(path)?;
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))?;
    Ok(file)
}

fn refused(path: &Path, e: &std::io::Error) -> Error {
    let message = message!("file.unwritten", file = path.display().to_string(), reason = e.to_string());
    Error::new(ErrorKind::Io, message).with_hint(message!("hint.journal"))
}
