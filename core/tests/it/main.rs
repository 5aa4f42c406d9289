//! Properties of building releases, one module for each part.
#![cfg(feature = "publish")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common_knowledge;
mod count;
mod diff;
mod example;
mod files;
mod formats;
mod fuzz;
mod generate;
mod import;
mod ingest;
mod insider;
mod merge;
#[cfg(feature = "sql")]
mod paths;
mod people;
mod promise;
mod properties;
mod protect;
mod redteam;
mod unknown;
mod versions;
mod worked_example;
