//! `ninzu init`: a first spec.

use ninzu::source::TextFormat;

use super::target::Target;
use crate::args;
use crate::errors::{Outcome, Result};

/// Writes a first spec from the tables that it is shown.
pub(crate) fn run(typed: &args::Init) -> Result<Outcome> {
    let format = typed.encoding.as_deref().map(TextFormat::encoded).transpose()?.unwrap_or_default();
    let spec = ninzu::source::init(&typed.files, &format)?;
    Target::from(typed.out.as_deref()).write_new(spec.as_bytes())?;
    Ok(Outcome::Done)
}
