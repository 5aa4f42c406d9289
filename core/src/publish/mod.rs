//! From person tables to a release: ingest, count, protect, write.

mod generate;
mod population;
mod progress;
mod table;
mod write;

pub use generate::{GenerateOptions, GenerateSummary, generate};
pub use population::{Centre, Facts, Population, UNDATED};
pub use progress::Progress;
pub use table::{DeclaredCodes, Row, Table};
pub use write::{ReleaseFiles, ReleaseMeta, Written, release_files, write_release};
