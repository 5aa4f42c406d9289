//! Cohort-count bounds over published, disclosure-protected aggregates.
//!
//! No I/O, no threads, no DataFusion: everything that a reader of a release needs, and all that the browser module holds.

mod answer;
mod block;
pub mod bounds;
mod chunk;
mod closed;
mod declared;
mod dimension;
mod direct;
mod engine;
mod error;
mod facets;
mod index;
mod interval;
pub mod manifest;
mod margin;
mod plan;
mod policy;
mod query;
mod release;
mod words;

pub use answer::{Answer, Basis, Bounds, ByAnswer, CentreAnswer, Combined, Count, MaybeCount, Status, UNIT, Verdict};
pub use chunk::{cells_schema, sha256_hex};
pub use declared::{Declared, StructuralZero, UNKNOWN};
pub use dimension::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Language, Onset, ROOT, Role};
pub use engine::{Engine, Numbers, Path, Prepared};
pub use error::{Error, ErrorKind, Result};
pub use facets::{Facet, FacetValue, FacetsPrepared};
pub use interval::Interval;
pub use margin::{Margin, MarginLayout};
pub use policy::{Decoy, Policy, Preset};
pub use query::{By, Cohort, Expr, Name, Predicate, QUERY_SCHEMA, Query};
pub use release::{Need, Opening, Release, Trust, read_dictionary};
pub use words::{condition, thousands};
