//! Laws of building releases, one module for each part.
#![expect(clippy::unwrap_used, reason = "tests")]

mod generate;
mod ingest;
