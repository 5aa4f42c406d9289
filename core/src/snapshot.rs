//! A release read whole.

use std::path::Path;

use ninzu_engine::manifest::Manifest;
use ninzu_engine::{Engine, Result};

use crate::Published;

/// A release read whole: what merging and comparing work on.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its id: the SHA-256 of its descriptor.
    pub id: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its cells.
    pub published: Published,
}

impl Snapshot {
    /// Reads and verifies every cell of an open release whose files lie in a folder.
    pub fn read(engine: &Engine, folder: &Path) -> Result<Self> {
        let release = engine.release();
        let published = Published::read(engine, folder)?;
        Ok(Self { id: release.id().to_owned(), manifest: release.manifest().clone(), published })
    }
}
