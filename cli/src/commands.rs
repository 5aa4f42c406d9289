//! The commands, each from what was typed to what it means to what it prints.

mod audit;
mod build;
mod completions;
mod demo;
mod describe;
mod diff;
mod explain;
mod facets;
mod generate;
mod import;
mod init;
mod merge;
mod profile;
mod query;
mod question;
mod serve;
mod sign;
mod site;
mod source;
mod sql;
mod target;

use crate::args::Command;
use crate::context::Context;
use crate::errors::{Outcome, Result};

/// Runs a command.
pub(crate) fn run(command: Command, context: &Context) -> Result<Outcome> {
    match command {
        Command::Demo(typed) => demo::run(&typed, context),
        Command::Init(typed) => init::run(&typed),
        Command::Profile(typed) => profile::run(&typed, context),
        Command::Generate(typed) => generate::run(&typed, context),
        Command::Build(typed) => build::run(&typed, context),
        Command::Audit(typed) => audit::run(&typed, context),
        Command::Import(typed) => import::run(&typed, context),
        Command::Merge(typed) => merge::run(&typed, context),
        Command::Diff(typed) => diff::run(&typed, context),
        Command::Sign(typed) => sign::run(&typed, context),
        Command::Describe(typed) => describe::run(&typed, context),
        Command::Query(typed) => query::Ask::new(&typed, context)?.run(context),
        Command::Explain(typed) => explain::run(&typed, context),
        Command::Facets(typed) => facets::Count::new(&typed, context)?.run(context),
        Command::Sql(typed) => sql::run(&typed, context),
        Command::Site(typed) => site::run(&typed, context),
        Command::Serve(typed) => serve::run(&typed, context),
        Command::Completions(typed) => completions::run(&typed),
    }
}
