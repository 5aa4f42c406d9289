//! From person tables to a release: ingest, count, protect, write; and from tables of others: import.

mod build;
mod count;
mod generate;
mod grammar;
mod import;
mod ingest;
mod init;
mod journal;
mod key;
mod merge;
pub mod owner_only;
mod plan;
mod population;
mod previous;
mod private;
mod protect;
mod scheme;
mod spec;
mod text_format;
mod write;

use crate::progress::Progress;
use crate::published::{Centre, DeclaredCodes, Published, Row, Table};
pub use build::{BuildOptions, BuildSummary, Proof, build, dry_run, margin_plan, release_meta};
pub use count::{Counted, Counter};
pub use generate::{GenerateOptions, GenerateSummary, generate};
pub use grammar::{NullWords, UnknownDates};
pub use import::{ImportSummary, import};
pub use ingest::{
    Age, Class, DateColumn, Deaths, IngestReport, Mended, Note, Peak, Profile, Reason, Spelling, SpellingGroup, TableLedger,
    UnreadColumns, ingest, percent, profile,
};
pub use init::init;
pub use merge::{Absent, Conflict, ConflictKind, MergeOptions, MergeSource, MergeSummary, Respelt, conflicts, merge};
pub use plan::{MarginPlan, PairCodes, PairPlan};
pub use population::{Facts, Population, UNDATED};
pub use previous::Kept;
pub use protect::{Key, ProtectSummary, Protected, protect_release};
pub use scheme::{Band, SCHEMES, Scheme, Since};
pub use spec::{
    BadDates, BadRows, CentreSpec, Citation, DimensionSpec, LossLimit, MarginsSpec, ObservationPeriods, OmopCentre, PairSpec,
    ReleaseSpec, RowRules, SourceSpec, Spec, TableRules, TooOld, Unmapped, ValuesSpec,
};
pub use text_format::{Quotes, TextFormat};
pub use write::{Place, ReleaseFiles, ReleaseMeta, Written, release_files, write_folder, write_release, write_release_at};
