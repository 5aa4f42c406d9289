//! From the source's tables to persons with closed facts.
//!
//! DataFusion reads and casts columns, finds the distinct codes and joins vocabularies; rows keep their numbers. Keys
//! become small numbers once, and the rest is sorting by them.

mod bad;
mod cells;
mod csv;
mod dictionary;
mod facts;
mod omop;
mod persons;
mod plan;
mod probe;
mod source;
mod texts;

use std::collections::BTreeMap;

use ninzu_engine::{Declared, Dictionary, Dimensions, Error, ErrorKind, Kind, Result};

use super::population::{Facts, Population};
use super::spec::{BadRows, SourceSpec, Spec};
use crate::Progress;

pub use bad::BadRow;
pub(super) use omop::OMOP_CODES;
pub(super) use probe::{Probe, omop_latest, omop_person};
pub(super) use texts::{Texts, read_dictionary, suggestion};

use bad::Bad;
use facts::Context;
use persons::Persons;
use plan::{CodesPlan, Hierarchy, Plan};
use source::Table;

/// What reading found beside the persons: for the steward, never for publication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IngestReport {
    /// Persons at centres.
    pub persons: u64,
    /// Rows read, by file.
    pub rows: BTreeMap<String, u64>,
    /// Bad rows that were left out, by file and kind.
    pub dropped: BTreeMap<(String, BadRow), u64>,
}

impl IngestReport {
    /// Counts a table's rows, and its bad ones if the spec says to drop them; else the first is an error.
    fn add(&mut self, table: &Table, columns: &[source::Expr], rows: u64, bad: &Bad, how: BadRows) -> Result<()> {
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        if let (BadRows::Stop, Some(error)) = (how, bad.error(table, &names)) {
            return Err(error);
        }
        *self.rows.entry(table.name().to_owned()).or_default() += rows;
        for (&kind, &count) in bad.counts() {
            *self.dropped.entry((table.name().to_owned(), kind)).or_default() += count;
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
    let (persons, rows, bad) = Persons::read(&persons_plan)?;
    report.add(&persons_plan.table, &persons_plan.exprs(), rows, &bad, spec.bad_rows)?;
    if persons.len() == 0 {
        return Err(Error::new(ErrorKind::InvalidSource, format!("{} has no persons", persons_plan.table.name()))
            .with_hint("a release needs at least one row in the persons table"));
    }
    progress.advance(rows);
    progress.end();
    report.persons = persons.len() as u64;

    let mut named_by_spec = vec![true; dimensions.len()];
    let mut facts: Vec<Facts> = Vec::with_capacity(codes.len());
    for codes in &codes {
        let stages = stages.as_ref().filter(|_| codes.date.is_some());
        progress.begin(&dimensions[codes.dimension].name, None);
        let dictionary = dictionary_of(codes, stages)?;
        let collects: Vec<bool> = centres.iter().map(|c| c.collects.contains(&codes.dimension)).collect();
        let reference = persons_plan.reference;
        let context = Context { plan: codes, persons: &persons, dictionary: &dictionary, collects: &collects, stages, reference };
        let (read, rows, bad) = facts::read(&context)?;
        report.add(&codes.table, &codes.exprs(), rows, &bad, spec.bad_rows)?;
        named_by_spec[codes.dimension] = matches!(codes.hierarchy, Hierarchy::Spec(_));
        dimensions[codes.dimension].dictionary = dictionary;
        facts.push(read);
        progress.advance(rows);
        progress.end();
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

fn dictionary_of(codes: &CodesPlan, stages: Option<&super::scheme::Scheme>) -> Result<Dictionary> {
    let found = || dictionary::distinct(&codes.table, &codes.code);
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
