//! The engine for JavaScript: byte ranges out, bytes in, JSON texts out. It only translates; the package `ninzu` around it fetches.
//!
//! A release is opened with [`Opening`], asked with [`Reader::count`] and its like. Both name the bytes that they need as JSON, and take them by
//! their position in that list. Errors are JSON too: kind, span (in UTF-16 units, as JavaScript counts), message and
//! hint, both as a code with arguments, which the package puts into words.

mod failure;

use std::sync::Arc;

use failure::Failure;
pub use failure::Result;
use ninzu_engine::answer::{Description, FileRange, Request, json};
use ninzu_engine::message::CATALOGUE;
use ninzu_engine::{Asking, ByteRange, Engine, Error, ErrorKind, Message, Query, Trust};
use wasm_bindgen::prelude::wasm_bindgen;

/// A release that is being opened.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Opening {
    opening: ninzu_engine::Opening,
    needs: Vec<ByteRange>,
}

#[wasm_bindgen]
impl Opening {
    /// Reads a descriptor.
    #[wasm_bindgen(constructor)]
    pub fn new(descriptor: &[u8], unaudited: bool) -> Result<Self> {
        let trust = if unaudited { Trust::Unaudited } else { Trust::Audited };
        let opening = ninzu_engine::Opening::new(descriptor, trust)?;
        Ok(Self { needs: opening.needs(), opening })
    }

    /// The files that must be supplied.
    pub fn needs(&self) -> Result<String> {
        listed(&self.needs)
    }

    /// Takes the bytes at a position of that list.
    pub fn supply(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let need = find(&self.needs, at)?;
        Ok(self.opening.supply(need, bytes)?)
    }

    /// The open release.
    pub fn finish(self) -> Result<Reader> {
        Ok(Reader { engine: Arc::new(Engine::new(self.opening.finish()?)) })
    }
}

/// An open release.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reader {
    engine: Arc<Engine>,
}

impl Reader {
    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
}

#[expect(clippy::needless_pass_by_value, reason = "JavaScript hands over texts that may be missing")]
#[wasm_bindgen]
impl Reader {
    /// The release's id.
    pub fn id(&self) -> String {
        self.engine.release().id().to_owned()
    }

    /// What the release holds and how it is protected. `verified`: how many bytes were checked.
    pub fn describe(&self, verified: Option<u32>) -> Result<String> {
        Ok(json(&Description::new(self.engine.release(), verified.map(u64::from))?)?)
    }

    /// Every file but the descriptor, and how many bytes it has, as JSON: a file of another size is not the release's.
    pub fn files(&self) -> Result<String> {
        Ok(json(&self.engine.release().files())?)
    }

    /// Every value of the dimension at a position among those that `describe` names, in order.
    pub fn dictionary(&self, dimension: usize) -> Result<String> {
        Ok(json(&self.engine.release().entries(dimension))?)
    }

    /// How many people match. A query is text, or JSON; `by` is added to what it is broken down by. `asking`: how it is asked, as
    /// JSON.
    pub fn count(&self, query: &str, by: Vec<String>, asking: Option<String>) -> Result<Question> {
        let cohort = read(query)?.with_by(by);
        let request = Request::count(&self.engine, &cohort, &asked(asking.as_deref())?);
        self.question(query, request)
    }

    /// How a query is understood and answered.
    pub fn explain(&self, query: &str, asking: Option<String>) -> Result<Question> {
        let cohort = read(query)?;
        let request = Request::explain(&self.engine, &cohort, &asked(asking.as_deref())?);
        self.question(query, request)
    }

    /// Counts of every value under a query; what it is broken down by does not matter.
    pub fn facets(&self, query: &str, asking: Option<String>) -> Result<Question> {
        let cohort = read(query)?;
        let request = Request::facets(&self.engine, cohort, &asked(asking.as_deref())?);
        self.question(query, request)
    }

    /// Every byte of the release: to check it, or to keep it.
    pub fn everything(&self) -> Question {
        self.understood(Request::Everything)
    }
}

impl Reader {
    fn question(&self, query: &str, request: ninzu_engine::Result<Request>) -> Result<Question> {
        request.map(|request| self.understood(request)).map_err(|error| Failure::about(query, error))
    }

    fn understood(&self, request: Request) -> Question {
        Question { needs: request.needs(&self.engine), engine: Arc::clone(&self.engine), request }
    }
}

/// A question that was understood.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Question {
    engine: Arc<Engine>,
    request: Request,
    needs: Vec<ByteRange>,
}

#[wasm_bindgen]
impl Question {
    /// The byte ranges that must be supplied.
    pub fn needs(&self) -> Result<String> {
        listed(&self.needs)
    }

    /// Takes the bytes at a position of that list.
    pub fn supply(&self, at: usize, bytes: &[u8]) -> Result<()> {
        Ok(self.engine.supply(find(&self.needs, at)?, bytes)?)
    }

    /// The answer: the JSON that the command line prints.
    pub fn answer(&self) -> Result<String> {
        Ok(self.request.answer(&self.engine)?)
    }
}

/// The JSON form of a query.
#[wasm_bindgen]
pub fn parse(query: &str) -> Result<String> {
    Ok(json(&read(query)?)?)
}

/// The text of a query.
#[wasm_bindgen]
pub fn print(query: &str) -> Result<String> {
    Ok(read(query)?.to_string())
}

fn asked(asking: Option<&str>) -> Result<Asking> {
    Ok(asking.map(Asking::from_json).transpose()?.unwrap_or_default())
}

fn read(text: &str) -> Result<Query> {
    Query::read(text).map_err(|error| Failure::about(text, error))
}

/// Byte ranges as JSON.
pub fn listed(needs: &[ByteRange]) -> Result<String> {
    let read = |need: &ByteRange| FileRange { path: need.path.clone(), start: need.range.start, end: need.range.end };
    Ok(json(&needs.iter().map(read).collect::<Vec<_>>())?)
}

fn unasked() -> Message {
    Message::new(&CATALOGUE, "bytes.unasked", Vec::new())
}

/// The range at a position.
pub fn find(needs: &[ByteRange], at: usize) -> Result<&ByteRange> {
    Ok(needs.get(at).ok_or_else(|| Error::new(ErrorKind::MissingBytes, unasked()))?)
}
