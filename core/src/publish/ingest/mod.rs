//! From the source's tables to persons with closed facts.
//!
//! DataFusion reads and casts columns, finds the distinct codes and joins vocabularies; rows keep their numbers. Keys
//! become small numbers once, and the rest is sorting by them.

mod cells;
mod csv;
mod decode;
mod dictionary;
mod facts;
mod files;
mod functions;
mod ledger;
mod lines;
mod notes;
mod omop;
mod persons;
mod plan;
mod probe;
mod source;
mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ninzu_engine::{Declared, Dictionary, Dimensions, Error, ErrorKind, Kind, Result};

use super::population::{Facts, Population};
use super::spec::{RowRules, SourceSpec, Spec, TooOld};
use crate::Progress;

pub(super) use files::tables_in;
pub use ledger::{Class, Mended, Reason, TableLedger, percent};
pub use notes::Note;
pub(super) use notes::spellings;
pub(super) use omop::OMOP_CODES;
pub(super) use probe::{Dates, Probe, omop_name, omop_person, omop_records, omop_unread};
pub(super) use texts::{Texts, read_dictionary, suggestion};

use facts::Context;
use ledger::{Closing, Tally};
use persons::Persons;
use plan::{CodesPlan, Hierarchy, PersonsPlan, Plan};
use source::Table;

/// What the table of the persons is called in ledgers, as in a release.
const BASE: &str = "base";

/// What reading found beside the persons: for the steward, never for publication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IngestReport {
    /// Persons at centres.
    pub persons: u64,
    /// What became of every row, table by table: the persons, then each dimension of codes.
    pub tables: Vec<TableLedger>,
    /// What the steward should look at.
    pub notes: Vec<Note>,
}

impl IngestReport {
    /// The ledger of a dimension's table; that of the persons is `base`.
    pub fn table(&self, name: &str) -> Option<&TableLedger> {
        self.tables.iter().find(|table| table.table == name)
    }

    /// For each table, at most so many percent of its records are in no count. What a release says of them: see
    /// [`TableLedger::lost_percent`].
    pub(super) fn left_out_percent(&self, base: u64) -> BTreeMap<String, u8> {
        self.tables.iter().map(|table| (table.table.clone(), table.lost_percent(base))).collect()
    }

    /// Closes a table's ledger, if a build may go on with it.
    fn close(&mut self, table: &Table, name: &str, columns: &[source::Expr], tally: &Tally, rules: &RowRules) -> Result<()> {
        let columns: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let limit = rules.limit.of(name);
        let closing = Closing { file: table, table: name, columns: &columns, how: rules.bad_rows, limit };
        self.tables.push(tally.close(&closing)?);
        if let Some(layout) = table.layout().filter(|layout| layout.charset.is_guess) {
            let note = Note::Encoding { file: table.name().to_owned(), encoding: layout.charset.name() };
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        Ok(())
    }
}

/// Reads the persons and records that a spec describes. The result does not depend on the number of threads.
///
/// Call it outside of asynchronous code: it runs DataFusion on a runtime of its own.
pub fn ingest(spec: &Spec, progress: &dyn Progress) -> Result<(Population, IngestReport)> {
    let plan = match &spec.source {
        SourceSpec::Table { persons, person, centre } => plan::of_tables(spec, persons, person, centre.as_deref())?,
        SourceSpec::Omop { path, centre, vocabulary, scheme } => omop::plan(spec, path, centre, vocabulary.as_deref(), scheme)?,
    };
    let Plan { persons: persons_plan, codes, stages, mut dimensions, centres } = plan;
    let mut report = IngestReport::default();
    progress.begin("persons", None);
    let (persons, found) = Persons::read(&persons_plan)?;
    report.close(&persons_plan.table, BASE, &persons_plan.exprs(), &found.tally, &spec.rules)?;
    if persons.len() == 0 {
        return Err(Error::new(ErrorKind::InvalidSource, format!("{} has no persons", persons_plan.table.name()))
            .with_hint("a release needs at least one row in the persons table"));
    }
    progress.advance(found.tally.rows());
    progress.end();
    report.persons = persons.len() as u64;
    report.notes.extend(ages(&persons_plan, &persons, &found.old));

    let mut named_by_spec = vec![true; dimensions.len()];
    let mut facts: Vec<Facts> = Vec::with_capacity(codes.len());
    for codes in &codes {
        let stages = stages.as_ref().filter(|_| codes.date.is_some());
        let name = dimensions[codes.dimension].name.clone();
        progress.begin(&name, None);
        let dictionary = dictionary_of(codes, stages)?;
        let collects: Vec<bool> = centres.iter().map(|c| c.collects.contains(&codes.dimension)).collect();
        let reference = persons_plan.reference;
        let context = Context {
            plan: codes,
            persons: &persons,
            dictionary: &dictionary,
            collects: &collects,
            stages,
            reference,
            rules: &spec.rules,
        };
        let (read, tally) = facts::read(&context)?;
        report.close(&codes.table, &name, &codes.exprs(), &tally, &spec.rules)?;
        if matches!(codes.hierarchy, Hierarchy::Rows) && !codes.concepts {
            let names = dictionary.codes().iter().map(|code| code.name.as_str());
            report.notes.extend(notes::of_codes(&name, names.filter(|name| !name.contains('@'))));
        }
        named_by_spec[codes.dimension] = matches!(codes.hierarchy, Hierarchy::Spec(_));
        dimensions[codes.dimension].dictionary = dictionary;
        facts.push(read);
        progress.advance(tally.rows());
        progress.end();
    }
    if let SourceSpec::Omop { path, .. } = &spec.source {
        let read = [&persons_plan.table].into_iter().chain(codes.iter().map(|codes| &codes.table));
        report.notes.extend(unread(path, &read.map(Table::path).collect::<Vec<_>>())?);
    }
    let mut columns = persons.values.into_iter();
    let partitions = dimensions.iter().filter(|d| d.kind == Kind::Partition).map(|d| match (d.role, &stages) {
        (Some(_), Some(scheme)) => life_stages(&persons.birth, scheme, persons_plan.reference),
        _ => columns.next().unwrap_or_default(),
    });
    let partitions = partitions.collect();
    let dimensions = Dimensions::new(dimensions)?;
    Declared::new(&dimensions, &spec.structural_zeros)?;
    let population = Population { dimensions, named_by_spec, centres, centre: persons.centre, partitions, facts };
    Ok((population, report))
}

/// What is to be said of how old people are.
fn ages(plan: &PersonsPlan, persons: &Persons, old: &BTreeMap<i32, u64>) -> Vec<Note> {
    let (file, rules) = (plan.table.name(), &plan.rules);
    let mut notes = Vec::new();
    if let Some((birth, with_it)) = notes::commonest(old) {
        notes.push(Note::TooOld {
            file: file.to_owned(),
            people: old.values().sum(),
            oldest: rules.oldest,
            birth,
            with_it,
            is_unknown: rules.too_old == TooOld::Unknown,
        });
    }
    let mut births: BTreeMap<i32, u64> = BTreeMap::new();
    let known = persons.birth.iter().filter(|&&(birth, _)| birth != persons::NO_DAY && !old.contains_key(&birth));
    for &(birth, _) in known {
        *births.entry(birth).or_default() += 1;
    }
    notes.extend(notes::of_births(file, &births, persons.len() as u64));
    notes
}

/// What is to be said of the tables of a folder that were not read.
fn unread(folder: &Path, read: &[&Path]) -> Result<Vec<Note>> {
    let others = files::tables_in(folder)?.into_iter().filter(|path| !read.contains(&path.as_path()));
    let named = |path: PathBuf| {
        let file = path.file_name()?.to_string_lossy().into_owned();
        Some((files::TableFile::of(&path)?.name, file))
    };
    Ok(notes::of_unread(others.filter_map(named).collect()))
}

fn dictionary_of(codes: &CodesPlan, stages: Option<&super::scheme::Scheme>) -> Result<Dictionary> {
    let found = || -> Result<Vec<String>> {
        let all = dictionary::distinct(&codes.table, &codes.code)?;
        Ok(all.into_iter().filter(|code| !codes.null.has_code(code)).collect())
    };
    let all = match &codes.hierarchy {
        Hierarchy::Spec(all) => all.clone(),
        Hierarchy::Rows => dictionary::flat(found()?),
        Hierarchy::Vocabulary(folder) => omop::hierarchy(folder, codes, found()?)?,
    };
    dictionary::build(all, stages)
}

/// The life stage of everybody at the reference date.
fn life_stages(births: &[(i32, i32)], scheme: &super::scheme::Scheme, reference: i32) -> Vec<u32> {
    use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
    let stage = |begins: &mut Vec<i32>, &(birth, _): &(i32, i32)| {
        if birth == persons::NO_DAY {
            return scheme.unknown();
        }
        scheme.begins(birth, begins);
        begins.partition_point(|&begin| begin <= reference) as u32
    };
    births.par_iter().map_init(Vec::new, stage).collect()
}
