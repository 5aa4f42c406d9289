//! What tables hold, before anything is made of them: read with the spec's rules, but without stopping at a row.

use std::path::{Path, PathBuf};

use ninzu_engine::format::manifest::ObservationRule;
use ninzu_engine::model::Label;
use ninzu_engine::{Error, ErrorKind, Language, Result};
use serde::Serialize;

use super::first_spec::first_spec;
use super::read::{Age, DateColumn, Deaths, IngestReport, Note, RowAccount, SpellingGroup, UnreadColumns, ingest};
use super::spec::{BadRows, LossLimit, Spec};
use super::text_format::TextFormat;
use crate::Progress;
use crate::catalogue::message;

/// What tables hold: for their steward, never for publication.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Persons at centres.
    pub persons: u64,
    /// What became of every row, table by table.
    pub tables: Vec<RowAccount>,
    /// Which records of OMOP tables count, by when their person was observed.
    pub observation_periods: Option<ObservationRule>,
    /// What the columns of dates look like.
    pub dates: Vec<DateColumn>,
    /// The greatest ages on the reference date, greatest first.
    pub oldest: Vec<Age>,
    /// What a table of deaths says, and what contradicts it.
    pub deaths: Option<Deaths>,
    /// Codes that differ only in how they are spelt.
    pub spellings: Vec<SpellingGroup>,
    /// Columns of tables that are read which no setting reads.
    pub unread_columns: Vec<UnreadColumns>,
    /// What the steward should look at, in words.
    pub notes: Vec<Label>,
}

impl Profile {
    fn new(report: IngestReport) -> Self {
        let words = |note: &Note| Label { en: note.words(Language::En), ja: note.words(Language::Ja) };
        let notes = report.notes.iter().map(words).collect();
        let IngestReport { persons, tables, observation, dates, oldest, deaths, spellings, unread_columns, .. } = report;
        Self { persons, tables, observation_periods: observation, dates, oldest, deaths, spellings, unread_columns, notes }
    }
}

/// Profiles the tables of a spec, or of the first spec that `init` writes for these tables or this folder.
///
/// Nothing is written, and no row stops it: what a build would refuse is counted. The format says how text files are written, as
/// far as they do not show it; a spec says that itself.
pub fn profile(paths: &[PathBuf], format: &TextFormat, progress: &dyn Progress) -> Result<Profile> {
    let spec = match paths {
        [path] if is_spec(path) && *format == TextFormat::default() => Spec::read(path)?,
        [path] if is_spec(path) => {
            return Err(
                Error::new(ErrorKind::InvalidSpec, message!("spec.says_format")).with_hint(message!("hint.format_in_spec"))
            );
        }
        _ => Spec::parse(&first_spec(paths, format)?)?,
    };
    profile_of(spec, progress)
}

/// Profiles the tables of a spec.
pub(super) fn profile_of(mut spec: Spec, progress: &dyn Progress) -> Result<Profile> {
    spec.rules.bad_rows = BadRows::Drop;
    spec.rules.limit = LossLimit::everything();
    let (_, report) = ingest(&spec, progress)?;
    Ok(Profile::new(report))
}

fn is_spec(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}
