//! Cohort-count bounds over published, disclosure-protected aggregates.
//!
//! No I/O, no threads, no DataFusion: everything that a reader of a release needs, and all that the browser module holds.
//!
//! # Examples
//! The engine names the bytes that it needs, and its host brings them from a folder, a server, or here from memory:
//! ```
//! use ninzu_engine::{Engine, ByteRange, Opening, Query, Trust};
//!
//! // The host: every file of the release, and the bytes of one of them.
//! macro_rules! release {
//!     ($($path:literal)*) => { [$(($path, &include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/release/", $path))[..])),*] };
//! }
//! let files = release!["datapackage.json" "dimensions/sex.csv" "dimensions/diagnosis.csv" "cells/base.parquet" "cells/diagnosis.parquet"];
//! let file = |path: &str| files.iter().find(|file| file.0 == path).expect("a file of the release").1;
//! let bytes = |need: &ByteRange| &file(&need.path)[need.range.start as usize..need.range.end as usize];
//!
//! let mut opening = Opening::new(file("datapackage.json"), Trust::Audited)?;
//! for need in opening.needs() {
//!     opening.supply(&need, bytes(&need))?;
//! }
//! let engine = Engine::new(opening.finish()?);
//!
//! let prepared = engine.prepare(&Query::parse("diagnosis = G40 by centre")?)?;
//! for need in engine.needs(&prepared) {
//!     engine.supply(&need, bytes(&need))?;
//! }
//! let answer = engine.answer(&prepared)?;
//! assert_eq!(answer.words.en, "People with diagnosis Epilepsy (G40): 60–87 people at the centres, about 74.");
//! # Ok::<(), ninzu_engine::Error>(())
//! ```
//! Bytes are checked against their hashes when they are supplied. [`answer::Request`] does the same for hosts that hand over texts and take
//! JSON. The crate `ninzu` has a host for folders, with which this is one line.

pub mod answer;
pub mod bounds;
mod error;
pub mod format;
mod language;
pub mod limits;
pub mod message;
pub mod model;
pub mod query;
pub mod release;
pub mod system;
#[doc(hidden)]
pub mod testing;
pub mod text;

pub use answer::{Answer, Asking, Engine, Prepared};
pub use error::{Error, ErrorKind, Result};
pub use language::Language;
pub use message::Message;
pub use model::Interval;
pub use query::{Query, UnknownCodes};
pub use release::{ByteRange, Opening, Trust};
