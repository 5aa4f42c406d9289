//! From person tables to a release: ingest, count, protect, write; and from tables of others: import.

mod build;
mod count;
mod generate;
mod import;
mod ingest;
mod init;
mod plan;
mod population;
mod progress;
mod protect;
mod scheme;
mod spec;
mod table;
mod write;

pub use build::{BuildSummary, build, margin_plan, release_meta};
pub use count::{Counted, Counter};
pub use generate::{GenerateOptions, GenerateSummary, generate};
pub use import::{ImportSummary, import};
pub use ingest::{BadRow, IngestReport, ingest};
pub use init::init;
pub use plan::{MarginPlan, PairCodes, PairPlan};
pub use population::{Centre, Facts, Population, UNDATED};
pub use progress::Progress;
pub use protect::{Key, ProtectSummary, Protected, protect_release};
pub use scheme::{Band, SCHEMES, Scheme, Since};
pub use spec::{
    BadRows, CentreSpec, Citation, DimensionSpec, MarginsSpec, OmopCentre, PairSpec, ReleaseSpec, SourceSpec, Spec, ValuesSpec,
};
pub use table::{DeclaredCodes, Row, Table};
pub use write::{ReleaseFiles, ReleaseMeta, Written, release_files, write_release};
