//! Cohort-count bounds over published, disclosure-protected aggregates.
//!
//! No I/O, no threads, no DataFusion: everything that a reader of a release needs, and all that the browser module holds.

pub mod bounds;
mod declared;
mod dimension;
mod error;
mod interval;
mod margin;
mod policy;

pub use declared::{Declared, StructuralZero, UNKNOWN};
pub use dimension::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Language, Onset, ROOT, Role};
pub use error::{Error, ErrorKind, Result};
pub use interval::Interval;
pub use margin::{Margin, MarginLayout};
pub use policy::{Decoy, Policy, Preset};
