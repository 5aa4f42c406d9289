//! The command line as its users meet it: the binary, its output and its exit codes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod audit;
mod build;
mod demo;
mod describe;
mod diff;
mod errors;
mod faults;
mod fixtures;
mod formats;
mod help;
mod hostile;
mod import;
mod merge;
mod profile;
mod query;
mod sign;
mod site;
mod sql;
mod verify;
