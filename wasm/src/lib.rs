//! The engine for JavaScript: byte ranges out, bytes in, JSON texts out. It only translates; the package `ninzu` around it fetches.
//!
//! A release is opened with [`Opening`], asked with [`Reader::ask`]. Both name the bytes that they need as JSON, and take them by
//! their position in that list. Errors are JSON too: kind, message, span (in UTF-16 units, as JavaScript counts) and hint.

mod failure;

use std::rc::Rc;

use bytes::Bytes;
use failure::{Failure, Result};
use ninzu_engine::{Description, Engine, Error, ErrorKind, FacetsPrepared, Name, Need, Prepared, Query, Read, Trust, json};
use wasm_bindgen::prelude::wasm_bindgen;

/// A release that is being opened.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Opening {
    opening: ninzu_engine::Opening,
    needs: Vec<Need>,
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
    pub fn supply(&mut self, at: usize, bytes: Vec<u8>) -> Result<()> {
        let need = find(&self.needs, at)?;
        Ok(self.opening.supply(need, Bytes::from(bytes))?)
    }

    /// The open release.
    pub fn finish(self) -> Result<Reader> {
        Ok(Reader { engine: Rc::new(Engine::new(self.opening.finish()?)) })
    }
}

/// An open release.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reader {
    engine: Rc<Engine>,
}

/// What may be asked.
#[wasm_bindgen]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// How many people match.
    Count,
    /// Counts of every value under a query.
    Facets,
    /// How a query is understood and answered.
    Explain,
    /// Nothing but every byte of the release: to check it, or to keep it.
    Everything,
}

#[wasm_bindgen]
impl Reader {
    /// The release's id.
    pub fn id(&self) -> String {
        self.engine.release().id().to_owned()
    }

    /// What the release holds and how it is protected. `verified`: how many bytes were checked.
    pub fn describe(&self, verified: Option<u32>) -> Result<String> {
        Ok(json(&Description::new(self.engine.release(), verified.map(u64::from)))?)
    }

    /// Understands a question: text, or JSON. `by` is added to what it is broken down by.
    pub fn ask(&self, what: What, query: &str, by: Vec<String>) -> Result<Question> {
        if what == What::Everything {
            let needs = self.engine.release().contents();
            return Ok(Question { engine: Rc::clone(&self.engine), asked: Asked::Everything, needs });
        }
        let mut question = read(query)?;
        for name in by {
            if !question.by.iter().any(|by| by.text == name) {
                question.by.push(Name::new(name));
            }
        }
        if what == What::Facets {
            question.by.clear();
        }
        let about = |error| Failure::about(query, error);
        let prepared = self.engine.prepare(&question).map_err(about)?;
        let (asked, needs) = if what == What::Facets {
            let prepared = self.engine.prepare_facets(&question).map_err(about)?;
            let needs = self.engine.needs_of_facets(&prepared);
            (Asked::Facets(prepared), needs)
        } else {
            let needs = self.engine.needs(&prepared);
            (if what == What::Count { Asked::Count(prepared) } else { Asked::Explain(prepared) }, needs)
        };
        Ok(Question { engine: Rc::clone(&self.engine), asked, needs })
    }
}

/// A question that was understood.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Question {
    engine: Rc<Engine>,
    asked: Asked,
    needs: Vec<Need>,
}

#[derive(Debug)]
enum Asked {
    Count(Prepared),
    Explain(Prepared),
    Facets(FacetsPrepared),
    Everything,
}

#[wasm_bindgen]
impl Question {
    /// The byte ranges that must be supplied.
    pub fn needs(&self) -> Result<String> {
        listed(&self.needs)
    }

    /// Takes the bytes at a position of that list.
    pub fn supply(&self, at: usize, bytes: Vec<u8>) -> Result<()> {
        Ok(self.engine.supply(find(&self.needs, at)?, Bytes::from(bytes))?)
    }

    /// The answer: the JSON that the command line prints.
    pub fn answer(&self) -> Result<String> {
        Ok(match &self.asked {
            Asked::Count(prepared) => json(&self.engine.answer(prepared)?)?,
            Asked::Explain(prepared) => json(&self.engine.explain(prepared)?)?,
            Asked::Facets(prepared) => json(&self.engine.facets(prepared)?)?,
            Asked::Everything => json(&self.needs.iter().map(|need| need.range.end - need.range.start).sum::<u64>())?,
        })
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

fn read(text: &str) -> Result<Query> {
    let parsed = if text.trim_start().starts_with('{') { Query::from_json(text) } else { Query::parse(text) };
    parsed.map_err(|error| Failure::about(text, error))
}

fn listed(needs: &[Need]) -> Result<String> {
    let read = |need: &Need| Read { path: need.path.clone(), start: need.range.start, end: need.range.end };
    Ok(json(&needs.iter().map(read).collect::<Vec<_>>())?)
}

fn find(needs: &[Need], at: usize) -> Result<&Need> {
    Ok(needs.get(at).ok_or_else(|| Error::new(ErrorKind::MissingBytes, "bytes came that nobody asked for"))?)
}
