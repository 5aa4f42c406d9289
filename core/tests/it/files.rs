//! Files for a test, in a folder of their own.

use std::fs;

use tempfile::TempDir;

/// A folder with these files: name and text.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}
