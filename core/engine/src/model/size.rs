//! What is refused because there is too much of it: see [`crate::limits`].

use super::label::Label;
use crate::limits;
use crate::text::thousands;
use crate::{Error, ErrorKind, Result};

/// Refuses what a release has too many of.
pub(crate) fn within(what: &str, count: u64, most: u64) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!("{what}: {}, and this version reads at most {}", thousands(count), thousands(most)),
    ))
}

/// Refuses a name that is empty or too long.
pub(crate) fn name(what: &str, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRelease, format!("{what} has no name")));
    }
    within(&format!("bytes in the name of {what}"), name.len() as u64, limits::NAME_BYTES as u64)
}

/// Refuses a label that is too long.
pub(crate) fn label(of: &str, label: &Label) -> Result<()> {
    within(&format!("bytes in a label of {of}"), label.en.len().max(label.ja.len()) as u64, limits::LABEL_BYTES as u64)
}
