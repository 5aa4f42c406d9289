//! Files for their owner's eyes only.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Result, Write};
use std::path::Path;

use ninzu_engine::Message;

use crate::catalogue::message;

/// Creates a file with mode 0600. There must be none.
pub(super) fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file with mode 0600, whole or not at all. There must be none.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Temporary files have mode 0600.
    let mut file = tempfile::Builder::new().prefix(".ninzu-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|e| e.error)?;
    sync_folder(folder)
}

/// Says why a file is not its owner's alone: a link, which may lead anywhere; no file; or one that others can read.
pub fn flaw(path: &Path) -> Result<Option<Message>> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Ok(Some(match path.canonicalize() {
            Ok(to) => message!("private.link", to = to.display().to_string()),
            Err(_) => message!("private.dead_link"),
        }));
    }
    if !found.is_file() {
        return Ok(Some(message!("private.no_file")));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            return Ok(Some(message!("private.others", mode = format!("{mode:o}"))));
        }
    }
    Ok(None)
}

/// Makes what was done in a folder survive a loss of power, where folders can be synced.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems cannot, and say so.
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}
