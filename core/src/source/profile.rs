//! What tables hold, before anything is made of them: read with the spec's rules, but without stopping at a row.

use std::path::{Path, PathBuf};

use ninzu_engine::manifest::ObservationRule;
use ninzu_engine::{Error, ErrorKind, Label, Language, Result};
use serde::Serialize;

use super::super::init::first_spec;
use super::super::spec::{BadRows, LossLimit, Spec};
use super::super::text_format::TextFormat;
use super::calendar::DateColumn;
use super::deaths::Deaths;
use super::ledger::TableLedger;
use super::persons::{NO_DAY, Persons};
use super::source::{Expr, Table};
use super::spelling::SpellingGroup;
use super::{IngestReport, ingest};
use crate::Progress;

/// So many ages are told.
const OLDEST: usize = 5;

/// An age, and how many people have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Age {
    /// Whole years on the reference date.
    pub years: u32,
    /// How many people are so old.
    pub people: u64,
}

/// Columns of a table that no setting reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnreadColumns {
    /// The file's name.
    pub file: String,
    /// The columns, in the file's order.
    pub columns: Vec<String>,
}

/// What tables hold: for their steward, never for publication.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// Persons at centres.
    pub persons: u64,
    /// What became of every row, table by table.
    pub tables: Vec<TableLedger>,
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
        let words = |note: &super::Note| Label { en: note.words(Language::En), ja: note.words(Language::Ja) };
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
            return Err(Error::new(ErrorKind::InvalidSpec, "a spec says itself how its files are written")
                .with_hint("write encoding = \"...\" in its [source]"));
        }
        _ => Spec::parse(&first_spec(paths, format)?)?,
    };
    profile_of(spec, progress)
}

/// Profiles the tables of a spec.
pub(in super::super) fn profile_of(mut spec: Spec, progress: &dyn Progress) -> Result<Profile> {
    spec.rules.bad_rows = BadRows::Drop;
    spec.rules.limit = LossLimit::everything();
    let (_, report) = ingest(&spec, progress)?;
    Ok(Profile::new(report))
}

fn is_spec(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// The columns of a table that these expressions do not use.
pub(super) fn unread(table: &Table, read: &[Expr]) -> Option<UnreadColumns> {
    let is_read = |column: usize| read.iter().any(|expr| expr.uses.contains(&column));
    let columns = table.columns().iter().enumerate().filter(|&(column, name)| !is_read(column) && !name.is_empty());
    let columns: Vec<String> = columns.map(|(_, name)| name.clone()).collect();
    (!columns.is_empty()).then(|| UnreadColumns { file: table.name().to_owned(), columns })
}

/// The greatest ages on the reference date, and how many people have each.
pub(super) fn oldest(persons: &Persons, reference: i32) -> Vec<Age> {
    let mut all: Vec<Age> = Vec::new();
    let mut births: Vec<i32> = persons.birth.iter().map(|&(birth, _)| birth).filter(|&birth| birth != NO_DAY).collect();
    births.sort_unstable();
    for birth in births {
        let years = age(birth, reference);
        let is_full = all.len() == OLDEST;
        match all.last_mut() {
            Some(last) if last.years == years => last.people += 1,
            _ if is_full => break,
            _ => all.push(Age { years, people: 1 }),
        }
    }
    all
}

/// Whole years from a day to another, both in days since 1970.
fn age(birth: i32, day: i32) -> u32 {
    use super::super::scheme::civil;
    let (Some(birth), Some(day)) = (civil(birth), civil(day)) else { return 0 };
    let has_come = (day.month(), day.day()) >= (birth.month(), birth.day());
    let years = i32::from(day.year()) - i32::from(birth.year()) - i32::from(!has_come);
    u32::try_from(years).unwrap_or(0)
}
