//! `ninzu completions`: for shells.

use clap::ColorChoice;

use super::target::Target;
use crate::args;
use crate::errors::{Outcome, Result};

/// Writes completions.
pub(crate) fn run(typed: &args::Completions) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(typed.shell, &mut args::command(ColorChoice::Never), "ninzu", &mut script);
    Target::Stdout.write(&script)?;
    Ok(Outcome::Done)
}
