//! `ninzu init`: a first spec.

use super::target::Target;
use crate::args;
use crate::errors::{Outcome, Result};

/// Writes a first spec from the tables that it is shown.
pub(crate) fn run(typed: &args::Init) -> Result<Outcome> {
    let spec = ninzu::publish::init(&typed.files)?;
    Target::from(typed.out.as_deref()).write_new(spec.as_bytes())?;
    Ok(Outcome::Done)
}
