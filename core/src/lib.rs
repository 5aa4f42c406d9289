//! Build, open and query releases of disclosure-protected cohort counts.
//!
//! # Examples
//! How many people match, from a release in a folder:
//! ```
//! use ninzu::Release;
//!
//! let answer = Release::open("../examples/release")?.query("diagnosis = G40 by centre")?.answer()?;
//! assert_eq!(answer.words.en, "People with diagnosis Epilepsy (G40): 60–87 people at the centres, about 74.");
//!
//! // The truth lies inside the bounds; an estimate is a guess.
//! let records = answer.answer.records;
//! assert_eq!((records.lower, records.upper, records.estimate), (60, Some(87), Some(73.5)));
//! for centre in &answer.centres {
//!     println!("{}: {:?} to {:?}", centre.centre, centre.count.lower, centre.count.upper);
//! }
//! # Ok::<(), ninzu::Error>(())
//! ```
//! [`Release`] also describes itself and lists its codes; [`Question`] has breakdowns, facets, explanations, and limits of work.
//! With the feature `publish`, [`build::build`] makes a release of tables of people: `examples/rust/build.rs`.
//!
//! # What is here
//! The engine ([`ninzu_engine`], its modules re-exported here and itself as [`engine`]) answers without I/O; this crate adds a folder as its
//! host ([`Release`]; [`open_folder`] and [`ask`] for whoever holds the engine), with the feature `audit` the proof that a release keeps its promise (`disclosure`), with the feature `sign` who signed it, with the feature `sql`
//! its tables in DataFusion, and with the feature `publish` everything that makes a release: reading sources (`source`), counting
//! and protection (`build`), `import`, `merge`, `write`.

#[cfg(feature = "publish")]
pub mod build;
mod catalogue;
#[cfg(feature = "audit")]
mod cells;
#[cfg(feature = "audit")]
mod consistency;
#[cfg(feature = "audit")]
mod diff;
#[cfg(feature = "audit")]
pub mod disclosure;
mod host;
#[cfg(feature = "publish")]
pub mod import;
#[cfg(feature = "publish")]
pub mod merge;
#[cfg(feature = "publish")]
pub mod private_file;
#[cfg(feature = "audit")]
mod progress;
mod release;
#[cfg(feature = "sign")]
pub mod signature;
#[cfg(feature = "publish")]
pub mod source;
#[cfg(feature = "sql")]
pub mod sql;
#[cfg(feature = "publish")]
pub mod synthetic;
#[cfg(feature = "publish")]
pub mod write;

#[cfg(feature = "audit")]
pub use cells::{Centre, DeclaredCodes, Published, Row, Snapshot, Table};
#[cfg(feature = "audit")]
pub use consistency::{CellPlace, Clash, Consistency, examine};
#[cfg(feature = "audit")]
pub use diff::{CellChange, CellCounts, CellsDifference, Change, Difference, MetadataChange, MetadataField, Names, diff};
pub use host::{ask, facets, load, open_folder, verified_files, verify_folder};
/// The engine whole; what it calls a [`release`](engine::release) is one without a folder.
pub use ninzu_engine as engine;
pub use ninzu_engine::{
    Answer, Asking, ByteRange, Engine, Error, ErrorKind, Interval, Language, Message, Opening, Prepared, Query, Result, Trust,
    UnknownCodes, answer, bounds, format, limits, message, model, query, system, text,
};
#[cfg(feature = "audit")]
pub use progress::Progress;
pub use release::{Question, Release};
