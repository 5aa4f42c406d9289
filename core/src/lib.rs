//! Build, open and query releases of disclosure-protected cohort counts.
//!
//! The engine ([`ninzu_engine`], re-exported whole) answers without I/O; this crate adds a folder as its host, and, with the
//! feature `publish`, everything that makes a release: reading sources, counting, protection, writing.
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

mod host;

pub use host::{ask, facets, load, open_folder, verify_folder};
pub use ninzu_engine::*;

#[cfg(feature = "publish")]
pub mod publish;
