//! A release that is merged with others.

use std::fs;
use std::path::Path;

use ninzu_engine::format::manifest::{DESCRIPTOR, Descriptor};
use ninzu_engine::format::sha256_hex;
use ninzu_engine::{Engine, Error, ErrorKind, Result};
use serde_json::Value;

use crate::Snapshot;
use crate::catalogue::message;

/// A release to merge.
#[derive(Debug, Clone)]
pub struct MergeSource {
    /// What messages call it: its folder.
    pub name: String,
    /// Its short name for machines.
    pub package: String,
    /// What it says and holds.
    pub snapshot: Snapshot,
    /// Its licences, as Frictionless describes them.
    pub licenses: Vec<Value>,
    /// Its sources, as Frictionless describes them.
    pub sources: Vec<Value>,
}

/// What a code means at a centre that collects its dimension and whose release does not name it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Absent {
    /// Anybody may have it: its cells are listed with all that is known, from nobody to all people of the codes above it.
    #[default]
    Unknown,
    /// Fewer people than the threshold have it, as in releases whose dictionaries were made from their rows.
    Rare,
}

impl MergeSource {
    /// Reads and verifies an open release whose files lie in a folder.
    pub fn read(engine: &Engine, folder: &Path) -> Result<Self> {
        let path = folder.join(DESCRIPTOR);
        let file = || path.display().to_string();
        let bytes = fs::read(&path).map_err(|e| {
            Error::new(ErrorKind::Io, message!("file.unread", file = file(), reason = e.to_string())).caused_by(e)
        })?;
        if sha256_hex(&bytes) != engine.release().id() {
            return Err(Error::new(ErrorKind::Tampered, message!("file.changed", file = file())));
        }
        let Descriptor { name: package, licenses, sources, .. } = Descriptor::parse(&bytes)?;
        let snapshot = Snapshot::read(engine, folder)?;
        Ok(Self { name: folder.display().to_string(), package, snapshot, licenses, sources })
    }
}
