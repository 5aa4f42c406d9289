//! A folder as the engine's host: it reads the byte ranges that the engine names.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ninzu_engine::manifest::DESCRIPTOR;
use ninzu_engine::{Answer, Engine, Error, ErrorKind, Facet, Need, Opening, Prepared, Query, Result, Trust};

/// Opens a release folder.
pub fn open_folder(folder: &Path, trust: Trust) -> Result<Engine> {
    let descriptor = std::fs::read(folder.join(DESCRIPTOR)).map_err(|e| {
        Error::new(ErrorKind::Io, format!("{} cannot be opened as a release: {DESCRIPTOR}: {e}", folder.display()))
            .with_hint("name the folder that `ninzu build` or `ninzu import` wrote")
    })?;
    let mut opening = Opening::new(&descriptor, trust)?;
    for need in opening.needs() {
        opening.supply(&need, &read(folder, &need)?)?;
    }
    Ok(Engine::new(opening.finish()?))
}

/// Reads what a question needs, and answers it.
pub fn ask(engine: &Engine, folder: &Path, prepared: &Prepared) -> Result<Answer> {
    load(engine, folder, &engine.needs(prepared))?;
    engine.answer(prepared)
}

/// Reads what facets need, and counts them.
pub fn facets(engine: &Engine, folder: &Path, query: &Query) -> Result<Vec<Facet>> {
    let prepared = engine.prepare_facets(query)?;
    load(engine, folder, &engine.needs_of_facets(&prepared))?;
    engine.facets(&prepared)
}

/// Reads byte ranges and hands them to the engine.
pub fn load(engine: &Engine, folder: &Path, needs: &[Need]) -> Result<()> {
    needs.iter().try_for_each(|need| engine.supply(need, &read(folder, need)?))
}

/// Verifies every byte of a release: `each` hears how many bytes each part has. Returns how many bytes there are.
pub fn verify_folder(engine: &Engine, folder: &Path, each: &dyn Fn(u64)) -> Result<u64> {
    let mut bytes = 0;
    for need in engine.release().contents() {
        load(engine, folder, std::slice::from_ref(&need))?;
        let length = need.range.end - need.range.start;
        each(length);
        bytes += length;
    }
    Ok(bytes)
}

fn read(folder: &Path, need: &Need) -> Result<Vec<u8>> {
    if Path::new(&need.path).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return Err(Error::new(ErrorKind::InvalidRelease, format!("{:?} is not a path inside the release", need.path)));
    }
    let path = folder.join(&need.path);
    let length = need.range.end.saturating_sub(need.range.start);
    let attempt = || {
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(need.range.start))?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    attempt().map_err(|e: std::io::Error| {
        Error::new(ErrorKind::Io, format!("{} cannot be read: {e}", path.display()))
            .with_hint("the release is incomplete: fetch it again")
    })
}
