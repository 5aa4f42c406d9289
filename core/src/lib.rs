//! Build, open and query releases of disclosure-protected cohort counts.
//!
//! The engine ([`ninzu_engine`], re-exported whole) answers without I/O; this crate adds a folder as its host, and, with the
//! feature `publish`, everything that makes a release: reading sources, counting, protection, writing.

mod host;

pub use host::{ask, facets, load, open_folder, verify_folder};
pub use ninzu_engine::*;

#[cfg(feature = "publish")]
pub mod publish;
