//! What is asked of a release, for hosts that hand questions over as text and pass answers on as JSON.

use super::engine::{Engine, Prepared};
use super::facets::FacetsPrepared;
use super::json::json;
use crate::{Asking, ByteRange, Query, Result};

/// A question that was understood and planned.
///
/// A host asks which bytes it [`needs`](Self::needs), supplies them to the [`Engine`], and takes the [`answer`](Self::answer).
#[derive(Debug, Clone)]
pub enum Request {
    /// How many people match.
    Count(Prepared),
    /// How a query is understood and answered.
    Explain(Prepared),
    /// Counts of every value under a query.
    Facets(FacetsPrepared),
    /// Every byte of the release: to check it, or to keep it.
    Everything,
}

impl Request {
    /// How many people match.
    pub fn count(engine: &Engine, query: &Query, asking: &Asking) -> Result<Self> {
        Ok(Self::Count(engine.prepare_as(query, asking)?))
    }

    /// How a query is understood and answered.
    pub fn explain(engine: &Engine, query: &Query, asking: &Asking) -> Result<Self> {
        Ok(Self::Explain(engine.prepare_as(query, asking)?))
    }

    /// Counts of every value under a query; what it is broken down by does not matter.
    pub fn facets(engine: &Engine, mut query: Query, asking: &Asking) -> Result<Self> {
        query.by.clear();
        Ok(Self::Facets(engine.prepare_facets_as(&query, asking)?))
    }

    /// The byte ranges that must be supplied before an answer.
    pub fn needs(&self, engine: &Engine) -> Vec<ByteRange> {
        match self {
            Self::Count(prepared) | Self::Explain(prepared) => engine.needs(prepared),
            Self::Facets(prepared) => engine.needs_of_facets(prepared),
            Self::Everything => engine.release().contents(),
        }
    }

    /// The answer: the JSON that the command line prints; of every byte, how many there are.
    pub fn answer(&self, engine: &Engine) -> Result<String> {
        match self {
            Self::Count(prepared) => json(&engine.answer(prepared)?),
            Self::Explain(prepared) => json(&engine.explain(prepared)?),
            Self::Facets(prepared) => json(&engine.facets(prepared)?),
            Self::Everything => json(&engine.release().bytes()),
        }
    }
}
