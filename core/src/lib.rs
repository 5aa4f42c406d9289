//! Build, open and query releases of disclosure-protected cohort counts.

pub use ninzu_engine::*;

#[cfg(feature = "publish")]
pub mod publish;
