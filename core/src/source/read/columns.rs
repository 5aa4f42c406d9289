//! What is read from which columns: the same for tables of one's own and for OMOP.

use std::path::Path;

use datafusion::common::HashMap;
use jiff::ToSpan;
use jiff::civil::Date;
use ninzu_engine::Result;
use ninzu_engine::format::manifest::ObservationRule;
use ninzu_engine::model::{Code, Dictionary, Dimension, Kind, Label, Role, UNKNOWN};

use super::dictionary;
use super::files::find;
use super::impossible::OfPersons;
use super::row_account::Reason;
use super::table::{Expr, SourceTable};
use crate::Centre;
use crate::source::grammar::{self, NullWords};
use crate::source::life_stages::{Scheme, days};
use crate::source::spec::{BadDates, CentreSpec, RowRules, Spec, TableRules, ValuesSpec, with_missing};
use crate::source::text_format::TextFormat;

/// All that is read.
pub(super) struct Plan {
    pub(super) persons: PersonsPlan,
    pub(super) codes: Vec<CodesPlan>,
    pub(super) stages: Option<Scheme>,
    /// In order; dictionaries of codes are still to be filled.
    pub(super) dimensions: Vec<Dimension>,
    pub(super) centres: Vec<Centre>,
    pub(super) observation: Observation,
}

/// Which records count, by when their person was observed.
pub(super) enum Observation {
    /// All: the source knows no such periods.
    Unknown,
    /// All, by a rule that a release then states.
    All(ObservationRule),
    /// Those inside these periods.
    Inside(Box<ObservedPlan>),
}

/// What the table is called, in a folder and in row accounts.
pub(super) const PERIODS: &str = "observation_period";

/// `observation_period`, open: the person, the first day and the last.
pub(super) struct ObservedPlan {
    pub(super) table: SourceTable,
    pub(super) exprs: [Expr; 3],
}

impl ObservedPlan {
    /// The table in a folder, if it is there.
    pub(super) fn open(folder: &Path, format: &TextFormat) -> Result<Option<Self>> {
        let Some(path) = find(folder, PERIODS)? else { return Ok(None) };
        let table = SourceTable::open(&path, format)?.with_line_kinds();
        let day = |name: &str| table.date(table.column(name)?);
        let exprs =
            [table.key(table.column("person_id")?), day("observation_period_start_date")?, day("observation_period_end_date")?];
        Ok(Some(Self { table, exprs }))
    }
}

/// The persons table's columns.
pub(super) struct PersonsPlan {
    pub(super) table: SourceTable,
    pub(super) person: Expr,
    pub(super) place: CentreSource,
    pub(super) birth: Option<Expr>,
    /// The earliest day that the birth date may mean, where it is a guess.
    pub(super) earliest: Option<Expr>,
    /// Whether people without a birth date have the life stage `unknown`; else their row is a bad one.
    pub(super) has_unknown_stage: bool,
    pub(super) columns: Vec<ColumnPlan>,
    /// Values that nobody can have together.
    pub(super) impossible: OfPersons,
    /// The reference date, in days since 1970.
    pub(super) reference: i32,
    /// Whoever was born on this day or before is older than anybody may be.
    pub(super) too_early: i32,
    pub(super) rules: RowRules,
}

/// A partition that is a column.
pub(super) struct ColumnPlan {
    pub(super) expr: Expr,
    pub(super) ids: HashMap<String, u32>,
    /// The value of people whose cell says nothing; without one, their row is a bad one.
    pub(super) unknown: Option<u32>,
}

/// Where a row's person is.
#[derive(Clone)]
pub(super) enum CentreSource {
    /// At the centre that a column names.
    Column { expr: Expr, ids: HashMap<String, u32> },
    /// At the only centre.
    Only(u32),
    /// Wherever the persons table says.
    Anywhere,
}

/// One `codes` dimension's columns.
pub(super) struct CodesPlan {
    /// Its position among all dimensions.
    pub(super) dimension: usize,
    pub(super) table: SourceTable,
    pub(super) person: Expr,
    pub(super) place: CentreSource,
    pub(super) code: Expr,
    pub(super) date: Option<Expr>,
    /// Whether the codes are OMOP concepts, of which a record may have none.
    pub(super) concepts: bool,
    pub(super) hierarchy: Hierarchy,
    pub(super) bad_dates: BadDates,
    pub(super) null: NullWords,
}

/// Where a dimension's codes and their parents come from.
pub(super) enum Hierarchy {
    /// The steward's dictionary, read.
    Spec(Vec<Code>),
    /// The rows: whatever codes they have, flat.
    Rows,
    /// The rows, with parents and names from an OMOP vocabulary.
    Vocabulary(std::path::PathBuf),
}

impl CentreSource {
    /// The centre of a row whose centre cell holds this.
    pub(super) fn centre(&self, cell: Option<&str>, nulls: &NullWords) -> std::result::Result<u32, Reason> {
        match self {
            Self::Column { ids, .. } => {
                let cell = cell.ok_or(Reason::NoCentre)?;
                let missing = || if nulls.has(cell) { Reason::NoCentre } else { Reason::UnknownCentre };
                value_of(ids, cell).ok_or_else(missing)
            }
            Self::Only(centre) => Ok(*centre),
            Self::Anywhere => Err(Reason::NoCentre),
        }
    }

    pub(super) fn expr(&self) -> Option<&Expr> {
        match self {
            Self::Column { expr, .. } => Some(expr),
            _ => None,
        }
    }
}

/// What a cell names: itself, or the whole number that it writes as a decimal.
fn value_of(ids: &HashMap<String, u32>, cell: &str) -> Option<u32> {
    ids.get(cell).or_else(|| ids.get(&*grammar::plain(cell))).copied()
}

impl PersonsPlan {
    /// Person, centre, birth, earliest birth, then the partitions' columns; those that there are.
    pub(super) fn exprs(&self) -> Vec<Expr> {
        let head = [Some(&self.person), self.place.expr(), self.birth.as_ref(), self.earliest.as_ref()];
        head.into_iter().flatten().chain(self.columns.iter().map(|c| &c.expr)).cloned().collect()
    }

    pub(super) fn centre_column(&self) -> Option<usize> {
        self.place.expr().map(|_| 1)
    }

    pub(super) fn birth_column(&self) -> Option<usize> {
        self.birth.as_ref().map(|_| 1 + usize::from(self.place.expr().is_some()))
    }

    pub(super) fn earliest_column(&self) -> Option<usize> {
        self.earliest.as_ref().and(self.birth_column().map(|c| c + 1))
    }

    pub(super) fn first_value_column(&self) -> usize {
        1 + [self.place.expr(), self.birth.as_ref(), self.earliest.as_ref()].iter().flatten().count()
    }
}

impl CodesPlan {
    /// Person, code, centre, date; those that there are.
    pub(super) fn exprs(&self) -> Vec<Expr> {
        [Some(&self.person), Some(&self.code), self.place.expr(), self.date.as_ref()].into_iter().flatten().cloned().collect()
    }

    pub(super) fn centre_column(&self) -> Option<usize> {
        self.place.expr().map(|_| 2)
    }

    pub(super) fn date_column(&self) -> Option<usize> {
        self.date.as_ref().map(|_| 2 + usize::from(self.place.expr().is_some()))
    }
}

impl ColumnPlan {
    pub(super) fn new(expr: Expr, values: &[Code]) -> Self {
        let ids: HashMap<String, u32> = values.iter().enumerate().map(|(id, v)| (v.name.clone(), id as u32)).collect();
        let unknown = ids.get(UNKNOWN).copied();
        Self { expr, ids, unknown }
    }

    /// The value of a cell; nothing if the spec lists none such.
    pub(super) fn value(&self, cell: &str) -> Option<u32> {
        value_of(&self.ids, cell)
    }
}

/// A partition with these values.
pub(super) fn partition(name: &str, label: Label, ordered: bool, role: Option<Role>, values: Vec<Code>) -> Result<Dimension> {
    let dictionary = Dictionary::new(values)?;
    Ok(Dimension { name: name.to_owned(), label, kind: Kind::Partition, ordered, role, closed: false, dictionary })
}

/// A dimension of codes whose dictionary is still to be filled.
pub(super) fn codes(name: &str, label: Label) -> Result<Dimension> {
    let dictionary = Dictionary::new(Vec::new())?;
    Ok(Dimension { name: name.to_owned(), label, kind: Kind::Codes, ordered: false, role: None, closed: false, dictionary })
}

/// The centres of the spec, with what they collect as positions among the dimensions.
pub(super) fn centres(specs: &[CentreSpec], dimensions: &[Dimension]) -> Vec<Centre> {
    let collects = |centre: &CentreSpec| {
        let named = |d: &Dimension| centre.collects.as_ref().is_none_or(|names| names.contains(&d.name));
        (0..dimensions.len()).filter(|&d| dimensions[d].kind == Kind::Codes && named(&dimensions[d])).collect()
    };
    specs.iter().map(|c| Centre { name: c.name.clone(), label: c.label.clone(), collects: collects(c) }).collect()
}

/// What to read for tables of the steward's own.
pub(super) fn of_tables(spec: &Spec, persons: &std::path::Path, person: &str, centre: Option<&str>) -> Result<Plan> {
    let rules = &spec.rules;
    let table = SourceTable::open(persons, &rules.format)?.with_line_kinds();
    let ids: HashMap<String, u32> = spec.centres.iter().enumerate().map(|(i, c)| (c.name.clone(), i as u32)).collect();
    let place = match centre {
        Some(column) => CentreSource::Column { expr: table.text(table.column(column)?), ids: ids.clone() },
        None => CentreSource::Only(0),
    };
    let mut persons = PersonsPlan {
        person: table.key(table.column(person)?),
        place,
        birth: None,
        earliest: None,
        has_unknown_stage: false,
        columns: Vec::new(),
        impossible: OfPersons::default(),
        reference: reference(spec.release.reference_date),
        too_early: too_early(spec),
        rules: rules.clone(),
        table,
    };
    let (mut dimensions, mut all, mut stages) = (Vec::new(), Vec::new(), None);
    for (d, dimension) in spec.dimensions.iter().enumerate() {
        let (name, label) = (&dimension.name, dimension.label.clone());
        match &dimension.values {
            ValuesSpec::Column { column, values, ordered } => {
                let expr = persons.table.text(persons.table.column(column)?);
                persons.columns.push(ColumnPlan::new(expr, values));
                dimensions.push(partition(name, label, *ordered, None, values.clone())?);
            }
            ValuesSpec::LifeStage { birth_date, scheme, missing } => {
                persons.has_unknown_stage = missing.is_some();
                persons.birth = Some(persons.table.date(persons.table.column(birth_date)?)?);
                dimensions.push(partition(name, label, true, Some(Role::LifeStage), with_missing(scheme.values(), *missing))?);
                stages = Some(scheme.clone());
            }
            ValuesSpec::Codes { table, code, date, dictionary, rules: TableRules { bad_dates, null, format }, .. } => {
                let format = format.or(&rules.format);
                let table = SourceTable::open(table, &format)?.with_line_kinds();
                let of = centre.filter(|c| table.find(c).is_some());
                let place = match of {
                    Some(column) => CentreSource::Column { expr: table.text(table.column(column)?), ids: ids.clone() },
                    None => CentreSource::Anywhere,
                };
                let hierarchy = match dictionary {
                    Some(path) => Hierarchy::Spec(dictionary::read(path, &format)?),
                    None => Hierarchy::Rows,
                };
                all.push(CodesPlan {
                    dimension: d,
                    person: table.key(table.column(person)?),
                    place,
                    code: table.text(table.column(code)?),
                    date: date.as_ref().map(|date| table.date(table.column(date)?)).transpose()?,
                    concepts: false,
                    hierarchy,
                    bad_dates: bad_dates.unwrap_or(rules.bad_dates),
                    null: null.as_ref().unwrap_or(&rules.null).clone(),
                    table,
                });
                dimensions.push(codes(name, label)?);
            }
        }
    }
    let centres = centres(&spec.centres, &dimensions);
    Ok(Plan { persons, codes: all, stages, dimensions, centres, observation: Observation::Unknown })
}

/// The last birthday of whoever is older than anybody may be, in days since 1970.
pub(super) fn too_early(spec: &Spec) -> i32 {
    let years = i64::from(spec.rules.oldest) + 1;
    spec.release.reference_date.checked_sub(years.years()).map_or(i32::MIN, days)
}

/// The reference date in days since 1970.
pub(super) fn reference(date: Date) -> i32 {
    days(date)
}
