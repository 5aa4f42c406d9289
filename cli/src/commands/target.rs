//! Where a result goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use ninzu::{Error, ErrorKind};

use crate::catalogue::message;
use crate::errors::{Failure, Result, refused};

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
            return Err(Error::new(ErrorKind::Io, message!("cli.terminal")).with_hint(message!("hint.out_file")).into());
        }
        Ok(())
    }

    /// Writes a whole result: a file appears whole or not at all.
    pub(crate) fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut output = self.open()?;
        let written = output.write_all(bytes);
        output.ended(written)?;
        output.finish()
    }

    /// Begins a result that comes in parts: a file appears whole or not at all.
    pub(crate) fn open(&self) -> Result<Output> {
        let Self::File(path) = self else { return Ok(Output::new(None, To::Held(Vec::new()))) };
        let found = match fs::metadata(path) {
            Ok(found) => Some(found),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(refused(path, "cli.unwritten", &e).into()),
        };
        if found.as_ref().is_some_and(|found| !found.is_file() && !found.is_dir()) {
            // A device or a pipe is written to; it is not replaced by a file.
            let file = OpenOptions::new().write(true).open(path).map_err(|e| refused(path, "cli.unwritten", &e))?;
            return Ok(Output::new(Some(path.clone()), To::Through(file)));
        }
        // A link stays one: what it leads to is replaced.
        let path =
            if found.is_some() { path.canonicalize().map_err(|e| refused(path, "cli.unwritten", &e))? } else { path.clone() };
        let file = beside(&path)?;
        if let Some(found) = found {
            file.as_file().set_permissions(found.permissions()).map_err(|e| refused(&path, "cli.unwritten", &e))?;
        }
        Ok(Output::new(Some(path), To::Aside(BufWriter::new(file))))
    }

    /// Writes a whole result; a file must not exist.
    pub(crate) fn write_new(&self, bytes: &[u8]) -> Result<()> {
        let Self::File(path) = self else { return self.write(bytes) };
        let mut file = beside(path)?;
        file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(|e| refused(path, "cli.unwritten", &e))?;
        file.persist_noclobber(path).map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(ErrorKind::Io, message!("cli.exists", file = path.display().to_string()))
                .with_hint(message!("hint.other_name")),
            _ => refused(path, "cli.unwritten", &e.error),
        })?;
        Ok(())
    }
}

/// How much of a result is held back until it is whole. What is longer goes to standard output as it comes.
const HELD: usize = 16 << 20;

/// A result that is being written.
#[derive(Debug)]
pub(crate) struct Output {
    /// The file, if it is one.
    path: Option<PathBuf>,
    to: To,
    /// Nobody reads on.
    is_closed: bool,
}

#[derive(Debug)]
enum To {
    /// For standard output, held back.
    Held(Vec<u8>),
    /// Standard output.
    Stdout,
    /// A device or a pipe.
    Through(File),
    /// A file beside the one that it will replace.
    Aside(BufWriter<tempfile::NamedTempFile>),
}

impl Output {
    fn new(path: Option<PathBuf>, to: To) -> Self {
        Self { path, to, is_closed: false }
    }

    /// The file that is left behind if the program ends before the result does.
    pub(crate) fn unfinished(&self) -> Option<PathBuf> {
        if let To::Aside(file) = &self.to { Some(file.get_ref().path().to_owned()) } else { None }
    }

    /// How writing to it ended, in words that name the file.
    pub(crate) fn ended(&self, written: io::Result<()>) -> Result<()> {
        written.map_err(|e| self.refusal(e))
    }

    /// The failure behind another one: that nobody reads on is none.
    pub(crate) fn failure(&self, failure: Failure) -> Failure {
        if self.is_closed { Failure::Closed } else { failure }
    }

    fn refusal(&self, e: io::Error) -> Failure {
        match &self.path {
            Some(path) if e.kind() != io::ErrorKind::BrokenPipe => refused(path, "cli.unwritten", &e).into(),
            _ => e.into(),
        }
    }

    /// Ends it: the file appears, or standard output gets the rest.
    pub(crate) fn finish(mut self) -> Result<()> {
        let written = self.flush();
        self.ended(written)?;
        match self.to {
            To::Held(held) => {
                let mut out = io::stdout().lock();
                out.write_all(&held)?;
                Ok(out.flush()?)
            }
            To::Stdout | To::Through(_) => Ok(()),
            To::Aside(file) => {
                let path = self.path.unwrap_or_default();
                let file = file.into_inner().map_err(|e| refused(&path, "cli.unwritten", e.error()))?;
                file.as_file().sync_all().map_err(|e| refused(&path, "cli.unwritten", &e))?;
                file.persist(&path).map_err(|e| refused(&path, "cli.unwritten", &e.error))?;
                Ok(())
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let To::Held(held) = &mut self.to
            && held.len().saturating_add(bytes.len()) > HELD
        {
            let held = std::mem::take(held);
            self.to = To::Stdout;
            self.write_all(&held)?;
        }
        let written = match &mut self.to {
            To::Held(held) => held.write(bytes),
            To::Stdout => io::stdout().lock().write(bytes),
            To::Through(file) => file.write(bytes),
            To::Aside(file) => file.write(bytes),
        };
        self.is_closed |= written.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Held(_) => Ok(()),
            To::Stdout => io::stdout().lock().flush(),
            To::Through(file) => file.flush(),
            To::Aside(file) => file.flush(),
        }
    }
}

/// A temporary file in the same folder, with the permissions of any new file.
fn beside(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ninzu-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    Ok(builder.tempfile_in(folder).map_err(|e| refused(path, "cli.unwritten", &e))?)
}
