//! Files for their owner's eyes only.

use std::fs::{File, OpenOptions};
use std::io::Result;
use std::path::Path;

/// Creates a file with mode 0600. There must be none.
pub(super) fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
