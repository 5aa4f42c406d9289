//! Build, open and query releases of disclosure-protected cohort counts.
//!
//! The engine ([`ninzu_engine`], re-exported whole) answers without I/O; this crate adds a folder as its host, with the feature
//! `audit` the proof that a release keeps its promise (`disclosure`), with the feature `sign` who signed it, with the feature `sql`
//! its tables in DataFusion, and with the feature `publish` everything that makes a release: reading sources (`source`), counting
//! and protection (`build`), `import`, `merge`, `write`.
//!
//! # Examples
//! ```no_run
//! use std::path::Path;
//! use ninzu::{Query, Trust, ask, open_folder};
//!
//! let folder = Path::new("release");
//! let engine = open_folder(folder, Trust::Audited)?;
//! let prepared = engine.prepare(&Query::parse("diagnosis = G40 by life_stage")?)?;
//! println!("{}", ask(&engine, folder, &prepared)?.words.en);
//! # Ok::<(), ninzu::Error>(())
//! ```

#[cfg(feature = "publish")]
pub mod build;
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
pub use ninzu_engine::*;
#[cfg(feature = "audit")]
pub use progress::Progress;
