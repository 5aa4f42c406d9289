//! Where a result goes.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use ninzu::{Error, ErrorKind};

use crate::errors::{Result, refused};

/// Standard output, or a file.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Standard output.
    Stdout,
    /// A file, replaced whole.
    File(PathBuf),
}

impl From<Option<&Path>> for Target {
    fn from(typed: Option<&Path>) -> Self {
        typed.map_or(Self::Stdout, |path| Self::File(path.to_owned()))
    }
}

impl Target {
    /// Refuses a terminal for what is no text.
    pub(crate) fn refuse_terminal(&self) -> Result<()> {
        if matches!(self, Self::Stdout) && io::stdout().is_terminal() {
            return Err(Error::new(ErrorKind::Io, "Parquet is not written to a terminal")
                .with_hint("add --out FILE, or pipe it into a program")
                .into());
        }
        Ok(())
    }

    /// Writes a whole result: a file appears whole or not at all.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Stdout => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                Ok(out.flush()?)
            }
            Self::File(path) => {
                let mut file = beside(path)?;
                file.write_all(bytes).map_err(|e| refused(path, "written", &e))?;
                file.persist(path).map_err(|e| refused(path, "written", &e.error))?;
                Ok(())
            }
        }
    }

    /// Writes a whole result; a file must not exist.
    pub(crate) fn write_new(&self, bytes: &[u8]) -> Result<()> {
        let Self::File(path) = self else { return self.write(bytes) };
        let mut file = beside(path)?;
        file.write_all(bytes).map_err(|e| refused(path, "written", &e))?;
        file.persist_noclobber(path).map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(ErrorKind::Io, format!("{} exists already", path.display()))
                .with_hint("it is not overwritten: choose another name"),
            _ => refused(path, "written", &e.error),
        })?;
        Ok(())
    }
}

/// A temporary file in the same folder, with the permissions of any new file.
fn beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ninzu-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    Ok(builder.tempfile_in(folder).map_err(|e| refused(path, "written", &e))?)
}
