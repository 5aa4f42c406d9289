//! What is refused because there is too much of it: see [`crate::limits`].

use super::label::Label;
use crate::limits;
use crate::message::{Message, message};
use crate::text::word;
use crate::{Error, ErrorKind, Result};

/// Refuses what a release has too many of.
pub(crate) fn within(what: &dyn Fn() -> Message, count: u64, most: u64) -> Result<()> {
    if count <= most {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Unsupported, message!("release.too_much", what = what(), count = count, most = most)))
}

/// Refuses a name that is empty or too long.
pub(crate) fn name(of: &dyn Fn() -> Message, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRelease, message!("release.no_name", what = of())));
    }
    within(&|| message!("amount.name_bytes", what = of()), name.len() as u64, limits::NAME_BYTES as u64)
}

/// Refuses a label that is too long.
pub(crate) fn label(of: &dyn Fn() -> Message, label: &Label) -> Result<()> {
    let longest = label.en.len().max(label.ja.len());
    within(&|| message!("amount.label_bytes", what = of()), longest as u64, limits::LABEL_BYTES as u64)
}

/// What is called so.
pub(crate) fn named(name: &str) -> Message {
    message!("thing.named", name = word(name))
}
