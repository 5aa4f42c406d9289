//! OMOP CDM tables, as persons and codes.

use std::path::Path;

use datafusion::common::HashMap;
use ninzu_engine::format::manifest::ObservationRule;
use ninzu_engine::model::{Label, Role};
use ninzu_engine::{Error, ErrorKind, Result};

use super::columns::{self, CentreSource, CodesPlan, ColumnPlan, Hierarchy, Observation, ObservedPlan, PersonsPlan, Plan};
use super::dictionary;
use super::files::{find, no_table};
use super::functions::FILLED;
use super::impossible::OfPersons;
use super::table::{Expr, SourceTable};
use crate::catalogue::message;
use crate::source::grammar::NullWords;
use crate::source::life_stages::Scheme;
use crate::source::spec::{CentreSpec, MissingPartitions, ObservationPeriods, OmopCentre, Spec, values_of, with_missing};
use crate::source::text_format::TextFormat;

/// Dimension, label in Japanese, table, column of the concept, column of the date.
const TABLES: [(&str, &str, &str, &str, &str); 5] = [
    ("diagnosis", "診断", "condition_occurrence", "condition_concept_id", "condition_start_date"),
    ("drug", "薬剤", "drug_exposure", "drug_concept_id", "drug_exposure_start_date"),
    ("procedure", "処置", "procedure_occurrence", "procedure_concept_id", "procedure_date"),
    ("measurement", "検査", "measurement", "measurement_concept_id", "measurement_date"),
    ("specimen", "検体", "specimen", "specimen_concept_id", "specimen_date"),
];

/// Each table with its column of dates.
pub(super) fn dates() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLES.iter().map(|&(_, _, table, _, date)| (table, date))
}

/// A concept id as text; nothing for 0.
fn concept(table: &SourceTable, column: usize) -> Expr {
    table.whole(column).map(|sql| format!("NULLIF(NULLIF({sql}, ''), '0')"))
}

/// The birth date and the earliest day that it may mean, as text: `birth_datetime`, else year, month and day of birth.
///
/// A month that is missing is taken as July, a day as the first: the error is at most half a year. Records from the
/// earliest day on are no error then, and lie in the first stage.
fn births(table: &SourceTable) -> Result<(Expr, Expr)> {
    let filled = |name: &str| table.find(name).map(|c| table.text(c).map(|sql| format!("NULLIF({FILLED}({sql}), '')")));
    let whole = |name: &str| table.find(name).map(|c| table.whole(c).map(|sql| format!("NULLIF({sql}, '')")));
    let (datetime, year) = (filled("birth_datetime"), whole("year_of_birth"));
    let (month, day) = (whole("month_of_birth"), whole("day_of_birth"));
    let parts = [&datetime, &year, &month, &day];
    let Some(name) = parts.iter().find_map(|e| e.as_ref().map(|e| e.name.clone())) else {
        return Err(Error::new(ErrorKind::InvalidSource, message!("omop.no_birth_date", file = table.name()))
            .with_hint(message!("hint.birth_columns")));
    };
    let uses: Vec<usize> = parts.iter().filter_map(|e| e.as_ref()).flat_map(|e| e.uses.clone()).collect();
    let sql = |e: &Option<Expr>| e.as_ref().map_or_else(|| "CAST(NULL AS VARCHAR)".to_owned(), |e| e.sql.clone());
    let (datetime, year, month, day) = (sql(&datetime), sql(&year), sql(&month), sql(&day));
    let of = |missing_month: &str| {
        format!(
            "COALESCE({datetime}, LPAD({year}, 4, '0') || '-' || LPAD(COALESCE({month}, '{missing_month}'), 2, '0') || '-' || \
             CASE WHEN {month} IS NULL THEN '01' ELSE LPAD(COALESCE({day}, '1'), 2, '0') END)"
        )
    };
    let expr = |sql: String| Expr { sql, uses: uses.clone(), name: name.clone() };
    Ok((expr(of("7")), expr(of("1"))))
}

/// What a spec says about a folder of OMOP tables.
pub(super) struct OmopSource<'a> {
    pub(super) folder: &'a Path,
    pub(super) centre: &'a OmopCentre,
    pub(super) vocabulary: Option<&'a Path>,
    pub(super) scheme: &'a Scheme,
    pub(super) periods: Option<ObservationPeriods>,
    pub(super) missing: MissingPartitions,
}

/// What to read for a folder of OMOP tables.
pub(super) fn plan(spec: &Spec, source: &OmopSource<'_>) -> Result<Plan> {
    let &OmopSource { folder, centre, vocabulary, scheme, periods, missing } = source;
    let MissingPartitions { sex: sex_missing, life_stage: stage_missing } = missing;
    let path = find(folder, "person")?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidSource, no_table(folder, "person")).with_hint(message!("hint.omop_folder"))
    })?;
    let format = &spec.rules.format;
    let table = SourceTable::open(&path, format)?.with_line_kinds();
    let label = |en: &str, ja: &str| Label { en: en.into(), ja: ja.into() };
    let (birth, earliest) = births(&table)?;
    let gender = table.whole(table.column("gender_concept_id")?);
    let sexes = with_missing(values_of(&["female", "male"]), sex_missing);
    let stages = with_missing(scheme.values(), stage_missing);
    let sex = gender.map(|sql| format!("CASE {sql} WHEN '8532' THEN 'female' WHEN '8507' THEN 'male' END"));
    let mut dimensions = vec![
        columns::partition("sex", label("sex", "性別"), false, None, sexes.clone())?,
        columns::partition("life_stage", label("life stage", "ライフステージ"), true, Some(Role::LifeStage), stages)?,
    ];
    let mut codes = Vec::new();
    for (dimension, ja, name, concept_column, date) in TABLES {
        let Some(path) = find(folder, name)? else { continue };
        let table = SourceTable::open(&path, format)?.with_line_kinds();
        let hierarchy = vocabulary.map_or(Hierarchy::Rows, |folder| Hierarchy::Vocabulary(folder.to_owned()));
        codes.push(CodesPlan {
            dimension: dimensions.len(),
            person: table.key(table.column("person_id")?),
            place: CentreSource::Anywhere,
            code: concept(&table, table.column(concept_column)?),
            date: Some(table.date(table.column(date)?)?),
            concepts: true,
            hierarchy,
            bad_dates: spec.rules.bad_dates,
            null: NullWords::default(),
            table,
        });
        dimensions.push(columns::codes(dimension, label(dimension, ja))?);
    }
    let (specs, place) = places(spec, &table, centre)?;
    let persons = PersonsPlan {
        person: table.key(table.column("person_id")?),
        place,
        birth: Some(birth),
        earliest: Some(earliest),
        has_unknown_stage: stage_missing.is_some(),
        columns: vec![ColumnPlan::new(sex, &sexes)],
        impossible: OfPersons::default(),
        reference: columns::reference(spec.release.reference_date),
        too_early: columns::too_early(spec),
        rules: spec.rules.clone(),
        table,
    };
    for name in specs.iter().filter_map(|c| c.collects.as_ref()).flatten() {
        if !dimensions.iter().any(|d| d.name == *name) {
            return Err(Error::new(ErrorKind::InvalidSource, message!("omop.not_collected", dimension = name))
                .with_hint(message!("hint.not_collected")));
        }
    }
    let centres = columns::centres(&specs, &dimensions);
    let observation = observation(folder, periods, format)?;
    Ok(Plan { persons, codes, stages: Some(scheme.clone()), dimensions, centres, observation })
}

/// Which records count: those inside observation periods, where the table is there and the spec does not say otherwise.
fn observation(folder: &Path, typed: Option<ObservationPeriods>, format: &TextFormat) -> Result<Observation> {
    if typed == Some(ObservationPeriods::Ignore) {
        return Ok(Observation::All(ObservationRule::Ignored));
    }
    match ObservedPlan::open(folder, format)? {
        Some(plan) => Ok(Observation::Inside(Box::new(plan))),
        None if typed.is_none() => Ok(Observation::All(ObservationRule::Absent)),
        None => {
            Err(Error::new(ErrorKind::InvalidSource, no_table(folder, "observation_period"))
                .with_hint(message!("hint.put_periods")))
        }
    }
}

/// The centres and where the persons are. Care sites that the spec does not list come from the person table.
fn places(spec: &Spec, table: &SourceTable, centre: &OmopCentre) -> Result<(Vec<CentreSpec>, CentreSource)> {
    let named = |name: &str| CentreSpec { name: name.to_owned(), label: Label::same(name), collects: None };
    let mut specs = spec.centres.clone();
    match centre {
        OmopCentre::Constant(name) => {
            if specs.is_empty() {
                specs.push(named(name));
            }
            Ok((specs, CentreSource::Only(0)))
        }
        OmopCentre::CareSite => {
            let expr = concept(table, table.column("care_site_id")?);
            if specs.is_empty() {
                specs = dictionary::values(table, &expr)?.iter().map(|name| named(name)).collect();
            }
            let ids: HashMap<String, u32> = specs.iter().enumerate().map(|(i, c)| (c.name.clone(), i as u32)).collect();
            Ok((specs, CentreSource::Column { expr, ids }))
        }
    }
}
