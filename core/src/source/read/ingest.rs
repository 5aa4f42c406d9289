//! All sources of a spec, read one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use datafusion::common::HashMap;
use ninzu_engine::format::manifest::ObservationRule;
use ninzu_engine::model::{Declared, Dictionary, Dimension, Dimensions, Kind, StructuralZero};
use ninzu_engine::{Error, ErrorKind, Result};

use super::ages::Age;
use super::calendar::DateColumn;
use super::columns::{CodesPlan, Hierarchy, Observation, PersonsPlan, Plan};
use super::deaths::{DeathDays, Deaths};
use super::impossible::{Known, OfCodes, OfPersons, of_list};
use super::notes::Note;
use super::observed::Observed;
use super::omop::OmopSource;
use super::persons::Persons;
use super::records::{Context, RecordsRead};
use super::row_account::{Closing, RowAccount, Tally};
use super::spelling::{CodeHolders, SpellingGroup};
use super::table::SourceTable;
use super::unread::UnreadColumns;
use super::vocabulary::{Related, Vocabulary};
use super::{ages, columns, dictionary, files, notes, omop, persons, records, table, unread};
use crate::catalogue::message;
use crate::source::life_stages::Scheme;
use crate::source::population::{CodeRecords, Population};
use crate::source::spec::{RowRules, SourceSpec, Spec, TooOld, ValuesSpec};
use crate::{Centre, Progress};

/// What the table of the persons is called in row accounts, as in a release.
const BASE: &str = "base";

/// What reading found beside the persons: for the steward, never for publication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IngestReport {
    /// Persons at centres.
    pub persons: u64,
    /// What became of every row, table by table: the persons, then each dimension of codes.
    pub tables: Vec<RowAccount>,
    /// What the steward should look at.
    pub notes: Vec<Note>,
    /// Which records of OMOP tables count, by when their person was observed.
    pub observation: Option<ObservationRule>,
    /// What the columns of dates look like.
    pub dates: Vec<DateColumn>,
    /// The greatest ages on the reference date, greatest first, and how many people have each.
    pub oldest: Vec<Age>,
    /// What a table of deaths says, and what contradicts it.
    pub deaths: Option<Deaths>,
    /// Codes that differ only in how they are spelt.
    pub spellings: Vec<SpellingGroup>,
    /// Columns of tables that are read which no setting reads.
    pub unread_columns: Vec<UnreadColumns>,
    /// Combinations that nobody can have: the spec's own, then those of the lists that it names. A release says them.
    pub structural_zeros: Vec<StructuralZero>,
    /// People with records after their death.
    after_death: BTreeSet<u32>,
}

impl IngestReport {
    /// The account of a dimension's table; that of the persons is `base`.
    pub fn table(&self, name: &str) -> Option<&RowAccount> {
        self.tables.iter().find(|table| table.table == name)
    }

    /// For each table, at most so many percent of its records are in no count. What a release says of them: see
    /// [`RowAccount::lost_percent`].
    pub(crate) fn left_out_percent(&self, base: u64) -> BTreeMap<String, u32> {
        self.tables.iter().map(|table| (table.table.clone(), table.lost_percent(base))).collect()
    }

    /// Closes a table's account, if a build may go on with it.
    fn close(&mut self, table: &SourceTable, name: &str, columns: &[table::Expr], tally: &Tally, rules: &RowRules) -> Result<()> {
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

    /// Notes the rule by which records count, and reads when people were observed where it asks for that.
    fn observe(&mut self, observation: &Observation, persons: &Persons, rules: &RowRules) -> Result<Option<Observed>> {
        let plan = match observation {
            Observation::Unknown => return Ok(None),
            &Observation::All(rule) => {
                self.observation = Some(rule);
                return Ok(None);
            }
            Observation::Inside(plan) => plan,
        };
        let file = plan.table.name();
        let (observed, tally) = Observed::read(plan, persons, rules)?;
        self.close(&plan.table, columns::PERIODS, &plan.exprs, &tally, rules)?;
        if self.table(columns::PERIODS).is_none_or(|account| account.counted == 0) {
            return Err(Error::new(ErrorKind::InvalidSource, message!("source.no_period", file = file))
                .with_hint(message!("hint.fill_periods")));
        }
        self.observation = Some(ObservationRule::Inside);
        let people = observed.never();
        if people > 0 {
            self.notes.push(Note::NeverObserved { file: file.to_owned(), people });
        }
        Ok(Some(observed))
    }

    /// Reads the deaths of OMOP tables, if they tell any: the day on which each person died.
    fn died(&mut self, source: &SourceSpec, persons: &Persons, plan: &PersonsPlan) -> Result<Option<Vec<i32>>> {
        let SourceSpec::Omop { path, .. } = source else { return Ok(None) };
        let Some(DeathDays { days, told }) = DeathDays::read(path, persons, &plan.rules, plan.reference)? else {
            return Ok(None);
        };
        self.deaths = Some(told);
        Ok(Some(days))
    }

    /// Notes what the records of a dimension look like.
    fn look(&mut self, name: &str, context: &Context<'_>, records: &CodeRecords, found: &RecordsRead, centres: &[Centre]) {
        let Context { plan, dictionary, persons, .. } = context;
        if let Some(date) = &plan.date {
            self.dates.extend(found.calendar.column(plan.table.name(), name, &date.name, today()));
        }
        if let (Some(deaths), false) = (&mut self.deaths, found.after_death.is_empty()) {
            deaths.records_after.insert(name.to_owned(), found.after_death.len() as u64);
            self.after_death.extend(&found.after_death);
            deaths.people_after = self.after_death.len() as u64;
        }
        if plan.concepts {
            return;
        }
        let at = &persons.centre;
        let counted = CodeHolders { dimension: name, dictionary, unknown: &found.unknown, records, at, centres };
        let groups = counted.groups();
        self.notes.extend(notes::of_spellings(name, &groups));
        self.spellings.extend(groups);
        if matches!(plan.hierarchy, Hierarchy::Rows) {
            let names = dictionary.names();
            self.notes.extend(notes::of_codes(name, names.filter(|name| !name.contains('@'))));
        }
    }

    /// Adds what the list that the spec names for a dimension of codes rules out.
    fn rule_out(&mut self, spec: &Spec, name: &str, dimensions: &[Dimension], stages: Option<&Scheme>) -> Result<()> {
        let Some(of) = spec.dimensions.iter().find(|d| d.name == name) else { return Ok(()) };
        let ValuesSpec::Codes { structural_zeros: Some(list), .. } = &of.values else { return Ok(()) };
        let Some(dimension) = dimensions.iter().find(|d| d.name == name) else { return Ok(()) };
        let life_stage = dimensions.iter().find(|d| d.role.is_some()).map(|d| d.name.as_str());
        for zero in of_list(list, name, &dimension.dictionary, life_stage.zip(stages))? {
            if !self.structural_zeros.contains(&zero) {
                self.structural_zeros.push(zero);
            }
        }
        Ok(())
    }

    /// Notes what was not read, and what is to be said of all that was.
    fn finish(&mut self, spec: &Spec, persons: &PersonsPlan, codes: &[CodesPlan], observation: &Observation) -> Result<()> {
        self.notes.extend(self.dates.iter().flat_map(notes::of_dates));
        self.unread_columns.extend(unread::unread(&persons.table, &persons.exprs()));
        self.unread_columns.extend(codes.iter().filter_map(|codes| unread::unread(&codes.table, &codes.exprs())));
        let SourceSpec::Omop { path, vocabulary, .. } = &spec.source else { return Ok(()) };
        let tables = [&persons.table].into_iter().chain(codes.iter().map(|codes| &codes.table));
        let mut read: Vec<PathBuf> = tables.map(|table| table.path().to_owned()).collect();
        if let Observation::Inside(plan) = observation {
            read.push(plan.table.path().to_owned());
        }
        if let Some(folder) = vocabulary {
            read.extend(Vocabulary::tables(folder)?);
        }
        self.notes.extend(unread(path, &read)?);
        self.notes.extend(self.deaths.as_ref().and_then(notes::of_deaths));
        Ok(())
    }
}

/// Today, in days since 1970: what is told of dates depends on it, what is counted does not.
pub(crate) fn today() -> i32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i32::try_from(seconds / 86_400).unwrap_or(i32::MAX)
}

/// Reads the persons and records that a spec describes. The result does not depend on the number of threads.
///
/// Call it outside of asynchronous code: it runs DataFusion on a runtime of its own.
pub fn ingest(spec: &Spec, progress: &dyn Progress) -> Result<(Population, IngestReport)> {
    let plan = match &spec.source {
        SourceSpec::Table { persons, person, centre } => columns::of_tables(spec, persons, person, centre.as_deref())?,
        SourceSpec::Omop { path, centre, vocabulary, scheme, observation_periods: periods, missing } => {
            let vocabulary = vocabulary.as_deref();
            omop::plan(spec, &OmopSource { folder: path, centre, vocabulary, scheme, periods: *periods, missing: *missing })?
        }
    };
    let Plan { persons: mut persons_plan, codes, stages, mut dimensions, centres, observation } = plan;
    let mut report = IngestReport { structural_zeros: spec.structural_zeros.clone(), ..IngestReport::default() };
    persons_plan.impossible = OfPersons::new(&report.structural_zeros, &dimensions, stages.as_ref(), persons_plan.reference);
    progress.begin("persons", None);
    let (mut persons, found) = Persons::read(&persons_plan)?;
    report.close(&persons_plan.table, BASE, &persons_plan.exprs(), &found.tally, &spec.rules)?;
    if persons.len() == 0 {
        return Err(Error::new(ErrorKind::InvalidSource, message!("source.no_persons", file = persons_plan.table.name()))
            .with_hint(message!("hint.one_person")));
    }
    progress.advance(found.tally.rows());
    progress.end();
    report.persons = persons.len() as u64;
    report.notes.extend(ages(&persons_plan, &persons, &found.old));
    report.oldest = ages::oldest(&persons, persons_plan.reference);
    let observed = report.observe(&observation, &persons, &spec.rules)?;
    let named = names(&codes, progress)?;
    let deaths = report.died(&spec.source, &persons, &persons_plan)?;
    let partitions = partitions(&mut persons, &dimensions, stages.as_ref(), persons_plan.reference);

    let mut named_by_spec = vec![true; dimensions.len()];
    let mut records: Vec<CodeRecords> = Vec::with_capacity(codes.len());
    for (codes, named) in codes.iter().zip(named) {
        let name = dimensions[codes.dimension].name.clone();
        progress.begin(&name, None);
        dimensions[codes.dimension].dictionary =
            dictionary::build(named.codes, stages.as_ref().filter(|_| codes.date.is_some()))?;
        report.rule_out(spec, &name, &dimensions, stages.as_ref())?;
        let dictionary = &dimensions[codes.dimension].dictionary;
        let known = Known { dimensions: &dimensions, partitions: &partitions, records: &records };
        let beside = by_id(dictionary, &named.beside);
        let collects: Vec<bool> = centres.iter().map(|c| c.collects.contains(&codes.dimension)).collect();
        let context = Context {
            plan: codes,
            persons: &persons,
            dictionary,
            collects: &collects,
            stages: stages.as_ref().filter(|_| codes.date.is_some()),
            reference: persons_plan.reference,
            rules: &spec.rules,
            observed: observed.as_ref(),
            deaths: deaths.as_deref(),
            beside: &beside,
            impossible: OfCodes::new(&report.structural_zeros, dictionary, known),
        };
        let (read, found) = records::read(&context)?;
        report.close(&codes.table, &name, &codes.exprs(), &found.tally, &spec.rules)?;
        report.look(&name, &context, &read, &found, &centres);
        named_by_spec[codes.dimension] = matches!(codes.hierarchy, Hierarchy::Spec(_));
        records.push(read);
        progress.advance(found.tally.rows());
        progress.end();
    }
    report.finish(spec, &persons_plan, &codes, &observation)?;
    Known { dimensions: &dimensions, partitions: &partitions, records: &records }.contradicted(&report.structural_zeros)?;
    let dimensions = Dimensions::new(dimensions)?;
    Declared::new(&dimensions, &report.structural_zeros)?;
    let population = Population { dimensions, named_by_spec, centres, centre: persons.centre, partitions, records };
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

/// A path without detours: one file may be named in two ways.
fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// What is to be said of the tables of a folder that were not read.
fn unread(folder: &Path, read: &[PathBuf]) -> Result<Vec<Note>> {
    let read: Vec<PathBuf> = read.iter().map(|path| canonical(path)).collect();
    let others = files::tables_in(folder)?.into_iter().filter(|path| !read.contains(&canonical(path)));
    let named = |path: PathBuf| {
        let file = path.file_name()?.to_string_lossy().into_owned();
        Some((files::TableFile::of(&path)?.name, file))
    };
    Ok(notes::of_unread(others.filter_map(named).collect()))
}

/// The codes of every dimension: as the spec or the rows name them, with what a vocabulary says about all of them.
fn names(codes: &[CodesPlan], progress: &dyn Progress) -> Result<Vec<Related>> {
    let distinct = |plan: &CodesPlan| -> Result<Vec<String>> {
        if matches!(plan.hierarchy, Hierarchy::Spec(_)) {
            return Ok(Vec::new());
        }
        let all = dictionary::distinct(&plan.table, &plan.code)?;
        Ok(all.into_iter().filter(|code| !plan.null.has_code(code)).collect())
    };
    let found = codes.iter().map(distinct).collect::<Result<Vec<_>>>()?;
    let folder = codes.iter().find_map(|plan| match &plan.hierarchy {
        Hierarchy::Vocabulary(folder) => Some(folder),
        Hierarchy::Spec(_) | Hierarchy::Rows => None,
    });
    let vocabulary = folder.map(|folder| {
        progress.begin("vocabulary", None);
        let read = Vocabulary::read(folder, found.iter().flatten().map(String::as_str));
        progress.end();
        read
    });
    let vocabulary = vocabulary.transpose()?;
    let related = |(plan, found): (&CodesPlan, Vec<String>)| match (&plan.hierarchy, &vocabulary) {
        (Hierarchy::Spec(all), _) => Ok(Related::new(all.clone())),
        (Hierarchy::Vocabulary(_), Some(vocabulary)) => vocabulary.relate(plan.table.name(), found),
        (Hierarchy::Rows | Hierarchy::Vocabulary(_), _) => Ok(Related::new(dictionary::flat(found))),
    };
    codes.iter().zip(found).map(related).collect()
}

/// Codes beside others, by their ids.
fn by_id(dictionary: &Dictionary, beside: &BTreeMap<String, Vec<String>>) -> HashMap<u32, Vec<u32>> {
    let ids = |names: &[String]| names.iter().filter_map(|name| dictionary.id(name)).collect();
    beside.iter().filter_map(|(name, others)| Some((dictionary.id(name)?, ids(others)))).collect()
}

/// Everybody's values, partition by partition.
fn partitions(persons: &mut Persons, dimensions: &[Dimension], stages: Option<&Scheme>, reference: i32) -> Vec<Vec<u32>> {
    let mut columns = std::mem::take(&mut persons.values).into_iter();
    let partitions = dimensions.iter().filter(|d| d.kind == Kind::Partition).map(|d| match (d.role, stages) {
        (Some(_), Some(scheme)) => life_stages(&persons.birth, scheme, reference),
        _ => columns.next().unwrap_or_default(),
    });
    partitions.collect()
}

/// The life stage of everybody at the reference date.
fn life_stages(births: &[(i32, i32)], scheme: &Scheme, reference: i32) -> Vec<u32> {
    use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
    let stage = |begins: &mut Vec<i32>, &(birth, _): &(i32, i32)| {
        if birth == persons::NO_DAY {
            return scheme.unknown();
        }
        scheme.stage_on(birth, reference, begins)
    };
    births.par_iter().map_init(Vec::new, stage).collect()
}
