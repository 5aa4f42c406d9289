//! From person tables to a release: ingest, count, protect, write.

mod generate;
mod ingest;
mod init;
mod population;
mod progress;
mod scheme;
mod spec;
mod table;
mod write;

pub use generate::{GenerateOptions, GenerateSummary, generate};
pub use ingest::{BadRow, IngestReport, ingest};
pub use init::init;
pub use population::{Centre, Facts, Population, UNDATED};
pub use progress::Progress;
pub use scheme::{Band, SCHEMES, Scheme, Since};
pub use spec::{
    BadRows, CentreSpec, Citation, DimensionSpec, MarginsSpec, OmopCentre, PairCodes, PairSpec, ReleaseSpec, SourceSpec, Spec,
    ValuesSpec,
};
pub use table::{DeclaredCodes, Row, Table};
pub use write::{ReleaseFiles, ReleaseMeta, Written, release_files, write_release};
