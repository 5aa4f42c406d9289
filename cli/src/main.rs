//! `ninzu` on the command line: it translates what was typed into calls of the library, and answers into text.

mod args;
mod catalogue;
mod commands;
mod context;
mod errors;
mod progress;
mod render;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args::Typed { common, command } = args::parse();
    let context = context::Context::new(&common);
    match commands::run(command, &context) {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(&context),
    }
}
