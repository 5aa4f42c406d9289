//! Cohort-count bounds over published, disclosure-protected aggregates.
//!
//! No I/O, no threads, no DataFusion: everything that a reader of a release needs, and all that the browser module holds.
//!
//! # Examples
//! A question, as it is written and as it is kept:
//! ```
//! use ninzu_engine::Query;
//!
//! let query: Query = "sex = female and at least 2 of (specimen = dna, specimen = serum, data = wgs) by centre".parse()?;
//! assert_eq!(query.to_string().parse::<Query>()?, query);
//! # Ok::<(), ninzu_engine::Error>(())
//! ```
//! To ask it, open a release with [`Opening`], then [`Engine::prepare`] the query, supply what [`Engine::needs`] names, and take
//! the [`Engine::answer`].

mod answer;
mod asking;
mod block;
pub mod bounds;
mod chunk;
mod closed;
mod declared;
mod describe;
mod dimension;
mod direct;
mod engine;
mod entries;
mod error;
mod explain;
mod facets;
mod index;
mod interval;
mod json;
pub mod limits;
pub mod manifest;
mod margin;
mod pages;
mod plan;
mod policy;
mod query;
mod records;
mod release;
mod text;
mod words;
mod work;

pub use answer::{
    Answer, Basis, Bounds, ByAnswer, CentreAnswer, Combined, Count, MaybeCount, Status, UNIT, UnknownCode, Verdict,
};
pub use asking::Asking;
pub use chunk::{cells_schema, sha256_hex};
pub use declared::{Declared, StructuralZero, UNKNOWN};
pub use describe::{CentreDescription, Description, DimensionDescription, TableDescription};
pub use dimension::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Language, Listed, Onset, ROOT, Role};
pub use engine::{Engine, Numbers, Path, Prepared};
pub use entries::{DictionaryEntry, OnsetEntry};
pub use error::{Error, ErrorKind, Result};
pub use explain::{Explanation, Read, Rest};
pub use facets::{Facet, FacetValue, FacetsPrepared};
pub use interval::Interval;
pub use json::json;
pub use margin::{Margin, MarginLayout};
pub use policy::{Decoy, Policy, Preset};
pub use query::{By, Cohort, Expr, Name, Predicate, QUERY_SCHEMA, Query, UnknownCodes, Unnamed};
pub use records::read_dictionary;
pub use release::{FileSize, Need, Opening, Release, TableRows, Trust};
pub use text::{thousands, visible};
pub use words::condition;
