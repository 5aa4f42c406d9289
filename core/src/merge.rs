//! Several centres' releases as one.
//!
//! The intervals stay as they are: there is neither a key nor a count here, so nothing is protected anew and nothing is
//! repaired. What the releases say about the same things must agree, and the whole is audited before it is written.

mod conflicts;
mod run;
mod source;
mod unite;

pub use conflicts::{Conflict, ConflictKind, conflicts};
pub use run::{MergeOptions, MergeSummary, Respelt, merge};
pub use source::{Absent, MergeSource};
