//! Folders that appear whole: claimed, written aside, synced, renamed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use ninzu_engine::{Error, ErrorKind, Message, Result};

use crate::Progress;
use crate::catalogue::message;
use crate::private_file::sync_folder;

/// A folder that is going to be written. As long as it is held, nobody else writes it: neither does all the work, and then finds
/// that the other one was faster.
#[derive(Debug)]
pub struct OutputFolder {
    out: PathBuf,
    /// Where it is written before it is renamed.
    aside: PathBuf,
    lock: PathBuf,
    /// Open, and thereby locked.
    _locked: File,
    /// Folders that were made to hold it, the outer ones first.
    made: Vec<PathBuf>,
}

impl OutputFolder {
    /// Claims a folder that must not exist. What a run that was killed left of it is removed, and `progress` is told.
    pub fn claim(out: &Path, progress: &dyn Progress) -> Result<Self> {
        refuse_existing(out)?;
        let refused = |e: &io::Error| refusal(out, e, message!("hint.writable_folder"));
        let Some(name) = out.file_name() else {
            return Err(refused(&io::Error::new(io::ErrorKind::InvalidInput, "it has no name")));
        };
        let beside = |ending: &str| {
            let mut hidden = std::ffi::OsString::from(".ninzu-");
            hidden.push(name);
            hidden.push(ending);
            out.with_file_name(hidden)
        };
        let (aside, lock) = (beside(".part"), beside(".lock"));
        let made = make_folders(parent(out)).map_err(|e| refused(&e))?;
        let locked = match take(&lock) {
            Ok(Some(locked)) => locked,
            Ok(None) => {
                let message = message!("folder.taken", folder = out.display().to_string());
                return Err(
                    Error::new(ErrorKind::Io, message).with_hint(message!("hint.wait", lock = lock.display().to_string()))
                );
            }
            Err(e) => {
                unmake(&made);
                return Err(refused(&e));
            }
        };
        let place = Self { out: out.to_owned(), aside, lock, _locked: locked, made };
        if fs::symlink_metadata(&place.aside).is_ok() {
            fs::remove_dir_all(&place.aside).map_err(|e| refused(&e))?;
            progress.removed(&place.aside);
        }
        // The other run may have ended between the first look and the claim.
        refuse_existing(out)?;
        Ok(place)
    }

    /// Fills a folder aside, and renames it when all of it is on the disk. Nothing is left behind if that fails.
    pub fn write(&self, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
        let write = || {
            fs::create_dir(&self.aside)?;
            fill(&self.aside)?;
            sync(&self.aside)?;
            fs::rename(&self.aside, &self.out)?;
            sync_folder(parent(&self.out))
        };
        write().map_err(|e| {
            let is_gone = fs::symlink_metadata(&self.aside).is_err() || fs::remove_dir_all(&self.aside).is_ok();
            let hint = if is_gone {
                message!("hint.writable_folder_nothing_left")
            } else {
                message!("hint.writable_folder_left", left = self.aside.display().to_string())
            };
            refusal(&self.out, &e, hint)
        })
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        // It is still locked: who waits for it sees that it is gone. What cannot be removed harms nobody.
        let _ = fs::remove_file(&self.lock);
        unmake(&self.made);
    }
}

/// Fills a folder beside `out` and renames it to `out` when all went well.
pub fn write_folder(out: &Path, progress: &dyn Progress, fill: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    OutputFolder::claim(out, progress)?.write(fill)
}

/// Refuses a target that exists.
pub(crate) fn refuse_existing(out: &Path) -> Result<()> {
    if fs::symlink_metadata(out).is_err() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Io, message!("folder.exists", folder = out.display().to_string()))
        .with_hint(message!("hint.not_overwritten")))
}

fn refusal(out: &Path, e: &io::Error, hint: Message) -> Error {
    let message = message!("file.unwritten", file = out.display().to_string(), reason = e.to_string());
    Error::new(ErrorKind::Io, message).with_hint(hint)
}

fn parent(out: &Path) -> &Path {
    out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder and those above it; returns those that it made.
fn make_folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let missing: Vec<PathBuf> =
        folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).map(Path::to_owned).collect();
    fs::create_dir_all(folder)?;
    Ok(missing.into_iter().rev().collect())
}

/// Removes folders again that hold nothing.
fn unmake(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

/// Locks a file, which is made for that; nothing where somebody else has locked it.
fn take(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = File::options().write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            // A file system without locks: then two runs are told apart by who renames first.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(e),
        }
        if is_at(&file, path)? {
            return Ok(Some(file));
        }
    }
}

/// Whether a file that was locked is still the one at its path: its holder before may have removed it in between.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ours = file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
        }
    }
    #[cfg(not(unix))]
    {
        // A file that is open cannot be removed there.
        let _ = (file, path);
        Ok(true)
    }
}

/// Makes all of a folder survive a loss of power.
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync(&entry.path())?;
        } else {
            // Opened for writing, which some systems ask for.
            File::options().write(true).open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}
