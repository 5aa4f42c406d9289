//! What a steward has: settings, sources, and what reading them gives: persons with closed records.

mod common_knowledge;
mod first_spec;
mod grammar;
mod icd10;
mod init;
mod life_stages;
mod population;
mod profile;
mod read;
pub(crate) mod spec;
mod text_format;

pub use common_knowledge::KnownList;
pub use grammar::{NullWords, UnknownDates};
pub use init::init;
pub use life_stages::{Band, SCHEMES, Scheme, Since};
pub(crate) use population::Naming;
pub use population::{CodeRecords, Population, UNDATED};
pub use profile::{Profile, profile};
pub use read::{
    Age, Class, DateColumn, Deaths, IngestReport, Mended, Note, Peak, Reason, RowAccount, Spelling, SpellingGroup, UnreadColumns,
    ingest, percent,
};
pub(crate) use read::{Texts, of_names, read_dictionary, spellings, suggestion};
pub use spec::{
    BadDates, BadRows, CentreSpec, Citation, DimensionSpec, KnownZeros, LossLimit, MarginsSpec, Missing, MissingPartitions,
    ObservationPeriods, OmopCentre, PairCodes, PairSpec, ReleaseSpec, RowRules, SexValues, SourceSpec, Spec, TableRules, TooOld,
    Unmapped, ValuesSpec,
};
pub use text_format::{Quotes, TextFormat};
