//! A folder as the engine's host: it reads the byte ranges that the engine names, and nothing outside the folder.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ninzu_engine::answer::Facet;
use ninzu_engine::format::manifest::DESCRIPTOR;
use ninzu_engine::format::sha256_hex;
use ninzu_engine::{
    Answer, Asking, ByteRange, Engine, Error, ErrorKind, Message, Opening, Prepared, Query, Result, Trust, limits,
};

use crate::catalogue::message;

/// Opens a release folder.
pub fn open_folder(folder: &Path, trust: Trust) -> Result<Engine> {
    let mut opening = Opening::new(&read_descriptor(folder)?, trust)?;
    let mut files = Files::new(folder);
    for need in opening.needs() {
        opening.supply(&need, &files.read(&need)?)?;
    }
    Ok(Engine::new(opening.finish()?))
}

/// Reads what a question needs, and answers it.
pub fn ask(engine: &Engine, folder: &Path, prepared: &Prepared) -> Result<Answer> {
    load(engine, folder, &engine.needs(prepared))?;
    engine.answer(prepared)
}

/// Reads what facets need, and counts them.
pub fn facets(engine: &Engine, folder: &Path, query: &Query, asking: &Asking) -> Result<Vec<Facet>> {
    let prepared = engine.prepare_facets_as(query, asking)?;
    load(engine, folder, &engine.needs_of_facets(&prepared))?;
    engine.facets(&prepared)
}

/// Reads byte ranges and hands them to the engine.
pub fn load(engine: &Engine, folder: &Path, needs: &[ByteRange]) -> Result<()> {
    let mut files = Files::new(folder);
    needs.iter().try_for_each(|need| engine.supply(need, &files.read(need)?))
}

/// Verifies every byte of a release: `each` hears how many bytes each part has. Returns how many there are, the descriptor's among
/// them.
pub fn verify_folder(engine: &Engine, folder: &Path, each: &dyn Fn(u64)) -> Result<u64> {
    verified_files(engine, folder, &mut |_, part| {
        each(part.len() as u64);
        Ok(())
    })
}

/// Hands over a release's files part by part, each part once it is verified: path and bytes. The parts of a file follow each other.
/// Returns how many bytes there are.
///
/// A file is the release's only if it has these bytes and no others: files of another size are refused, and so is a descriptor that
/// was replaced since the release was opened. Whoever copies a release writes these bytes, not the files.
pub fn verified_files(engine: &Engine, folder: &Path, each: &mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<u64> {
    let release = engine.release();
    let descriptor = read_descriptor(folder)?;
    if sha256_hex(&descriptor) != release.id() {
        return Err(tampered(message!("folder.replaced")));
    }
    each(DESCRIPTOR, &descriptor)?;
    let mut total = descriptor.len() as u64;
    let mut needs: BTreeMap<String, Vec<ByteRange>> = BTreeMap::new();
    for need in release.contents() {
        needs.entry(need.path.clone()).or_default().push(need);
    }
    let mut files = Files::new(folder);
    for file in release.files() {
        files.check_size(&file.path, file.bytes)?;
        for need in needs.remove(&file.path).unwrap_or_default() {
            let bytes = files.read(&need)?;
            release.check(&need, &bytes)?;
            each(&file.path, &bytes)?;
            total += bytes.len() as u64;
        }
    }
    Ok(total)
}

fn tampered(what: Message) -> Error {
    Error::new(ErrorKind::Tampered, what).with_hint(message!("hint.fetch_changed"))
}

/// The descriptor, unless it is larger than any is.
fn read_descriptor(folder: &Path) -> Result<Vec<u8>> {
    let refused = |why: Message| {
        let message = message!("folder.no_release", folder = folder.display().to_string(), why = why);
        Error::new(ErrorKind::Io, message).with_hint(message!("hint.name_release"))
    };
    let path = folder.join(DESCRIPTOR);
    let length = std::fs::metadata(&path).map_err(|e| refused(e.to_string().into()).caused_by(e))?.len();
    if length > limits::DESCRIPTOR_BYTES {
        return Err(refused(message!("folder.long_descriptor", bytes = length, most = limits::DESCRIPTOR_BYTES)));
    }
    let mut files = Files::new(folder);
    files.bytes(DESCRIPTOR, 0, length).map_err(|e| refused(e.what().clone()).caused_by(e))
}

/// The files of a folder, the last one kept open.
struct Files<'a> {
    folder: &'a Path,
    /// Where the folder really is, once it was asked for.
    real: Option<PathBuf>,
    open: Option<(String, File)>,
}

impl<'a> Files<'a> {
    fn new(folder: &'a Path) -> Self {
        Self { folder, real: None, open: None }
    }

    fn read(&mut self, need: &ByteRange) -> Result<Vec<u8>> {
        self.bytes(&need.path, need.range.start, need.range.end.saturating_sub(need.range.start))
    }

    fn bytes(&mut self, path: &str, start: u64, length: u64) -> Result<Vec<u8>> {
        let file = self.file(path)?;
        let mut attempt = || {
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.take(length).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        attempt().map_err(|e: std::io::Error| unreadable(path, e))
    }

    fn check_size(&mut self, path: &str, bytes: u64) -> Result<()> {
        let found = self.file(path)?.metadata().map_err(|e| unreadable(path, e))?.len();
        if found == bytes {
            return Ok(());
        }
        Err(tampered(message!("folder.other_size", file = path, found = found, bytes = bytes)))
    }

    fn file(&mut self, path: &str) -> Result<&mut File> {
        if self.open.as_ref().is_none_or(|(open, _)| open != path) {
            let file = self.opened(path)?;
            self.open = Some((path.to_owned(), file));
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => Err(Error::new(ErrorKind::Io, message!("folder.closed"))),
        }
    }

    /// A plain file inside the folder; links are followed only where they end inside it too.
    fn opened(&mut self, path: &str) -> Result<File> {
        let refuse = |what| Err(Error::new(ErrorKind::InvalidRelease, what));
        if Path::new(path).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return refuse(message!("folder.path", file = path));
        }
        let real = |path: &Path| std::fs::canonicalize(path);
        if self.real.is_none() {
            self.real = Some(real(self.folder).map_err(|e| unreadable(path, e))?);
        }
        let file = real(&self.folder.join(path)).map_err(|e| unreadable(path, e))?;
        if !self.real.as_deref().is_some_and(|folder| file.starts_with(folder)) {
            return refuse(message!("folder.link", file = path));
        }
        // Before it is opened: opening a pipe waits for somebody to write into it.
        if !std::fs::metadata(&file).map_err(|e| unreadable(path, e))?.is_file() {
            return refuse(message!("folder.no_file", file = path));
        }
        File::open(&file).map_err(|e| unreadable(path, e))
    }
}

fn unreadable(path: &str, e: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, message!("file.unread", file = path, reason = e.to_string()))
        .with_hint(message!("hint.fetch_incomplete"))
        .caused_by(e)
}
