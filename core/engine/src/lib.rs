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
pub mod bounds;
mod error;
mod format;
pub mod limits;
mod model;
mod query;
mod release;
pub mod system;
mod text;

pub use answer::{
    Answer, Asking, Basis, Bounds, ByAnswer, CentreAnswer, CentreDescription, Combined, Count, Description, DimensionDescription,
    Engine, Explanation, Facet, FacetValue, FacetsPrepared, MaybeCount, Numbers, Path, Prepared, Read, Rest, Status,
    TableDescription, UNIT, UnknownCode, Verdict, condition, json,
};
pub use error::{Error, ErrorKind, Result};
pub use format::{cells_schema, manifest, read_dictionary, sha256_hex};
pub use model::{
    Code, Declared, Decoy, Dictionary, Dimension, Dimensions, Interval, Kind, Label, Language, Listed, Margin, MarginLayout,
    Onset, Policy, Preset, ROOT, Role, StructuralZero, UNKNOWN,
};
pub use query::{By, Cohort, Expr, Name, Predicate, QUERY_SCHEMA, Query, UnknownCodes, Unnamed};
pub use release::{DictionaryEntry, FileSize, Need, OnsetEntry, Opening, Release, TableRows, Trust};
pub use text::{thousands, visible};
