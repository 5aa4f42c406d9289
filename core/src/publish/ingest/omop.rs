//! OMOP CDM tables, as persons and codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use datafusion::common::HashMap;
use ninzu_engine::{Error, ErrorKind, Label, Result, Role};

use super::super::grammar::NullWords;
use super::super::scheme::Scheme;
use super::super::spec::{CentreSpec, OmopCentre, Spec};
use super::super::text_format::TextFormat;
use super::cells::texts;
use super::dictionary;
use super::files::{TableFile, tables_in};
use super::functions::FILLED;
use super::plan::{self, CodesPlan, ColumnPlan, Hierarchy, PersonsPlan, Place, Plan};
use super::source::{Expr, Table, query};

/// The `codes` dimensions that OMOP tables bring, as far as their tables are there.
pub(in super::super) const OMOP_CODES: [&str; 5] = ["diagnosis", "drug", "procedure", "measurement", "specimen"];

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

/// The table of a name in a folder: `.parquet`, `.csv`, `.tsv` or `.txt`, perhaps with `.gz`, in any case.
pub(super) fn find(folder: &Path, table: &str) -> Result<Option<PathBuf>> {
    let mut found = tables_in(folder)?;
    found.retain(|path| TableFile::of(path).is_some_and(|file| file.name == table));
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|p| p.display().to_string()).collect();
        return Err(Error::new(ErrorKind::InvalidSource, format!("table {table} is there more than once: {}", names.join(", ")))
            .with_hint("keep one of the files in the folder"));
    }
    Ok(found.pop())
}

/// A concept id as text; nothing for 0.
fn concept(table: &Table, column: usize) -> Expr {
    table.whole(column).map(|sql| format!("NULLIF(NULLIF({sql}, ''), '0')"))
}

/// The birth date and the earliest day that it may mean, as text: `birth_datetime`, else year, month and day of birth.
///
/// A month that is missing is taken as July, a day as the first: the error is at most half a year. Records from the
/// earliest day on are no error then, and lie in the first stage.
fn births(table: &Table) -> Result<(Expr, Expr)> {
    let filled = |name: &str| table.find(name).map(|c| table.text(c).map(|sql| format!("NULLIF({FILLED}({sql}), '')")));
    let whole = |name: &str| table.find(name).map(|c| table.whole(c).map(|sql| format!("NULLIF({sql}, '')")));
    let (datetime, year) = (filled("birth_datetime"), whole("year_of_birth"));
    let (month, day) = (whole("month_of_birth"), whole("day_of_birth"));
    let parts = [&datetime, &year, &month, &day];
    let Some(name) = parts.iter().find_map(|e| e.as_ref().map(|e| e.name.clone())) else {
        return Err(Error::new(ErrorKind::InvalidSource, format!("{} has no birth date", table.name()))
            .with_hint("birth_datetime or year_of_birth is needed"));
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

/// What to read for a folder of OMOP tables.
pub(super) fn plan(spec: &Spec, folder: &Path, centre: &OmopCentre, vocabulary: Option<&Path>, scheme: &Scheme) -> Result<Plan> {
    let path = find(folder, "person")?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidSource, format!("{} has no table person", folder.display()))
            .with_hint("path is a folder with person.parquet or person.csv in it")
    })?;
    let format = &spec.rules.format;
    let table = Table::open(&path, format)?.with_shapes();
    let label = |en: &str, ja: &str| Label { en: en.into(), ja: ja.into() };
    let (birth, earliest) = births(&table)?;
    let gender = table.whole(table.column("gender_concept_id")?);
    let sexes = super::super::spec::values_of(&["female", "male"]);
    let sex = gender.map(|sql| format!("CASE {sql} WHEN '8532' THEN 'female' WHEN '8507' THEN 'male' END"));
    let mut dimensions = vec![
        plan::partition("sex", label("sex", "性別"), false, None, sexes.clone())?,
        plan::partition("life_stage", label("life stage", "ライフステージ"), true, Some(Role::LifeStage), scheme.values())?,
    ];
    let mut codes = Vec::new();
    for (dimension, ja, name, concept_column, date) in TABLES {
        let Some(path) = find(folder, name)? else { continue };
        let table = Table::open(&path, format)?.with_shapes();
        let hierarchy = vocabulary.map_or(Hierarchy::Rows, |folder| Hierarchy::Vocabulary(folder.to_owned()));
        codes.push(CodesPlan {
            dimension: dimensions.len(),
            person: table.key(table.column("person_id")?),
            place: Place::Anywhere,
            code: concept(&table, table.column(concept_column)?),
            date: Some(table.date(table.column(date)?)?),
            concepts: true,
            hierarchy,
            bad_dates: spec.rules.bad_dates,
            null: NullWords::default(),
            table,
        });
        dimensions.push(plan::codes(dimension, label(dimension, ja))?);
    }
    let (specs, place) = places(spec, &table, centre)?;
    let persons = PersonsPlan {
        person: table.key(table.column("person_id")?),
        place,
        birth: Some(birth),
        earliest: Some(earliest),
        columns: vec![ColumnPlan::new(sex, &sexes)],
        reference: plan::reference(spec.release.reference_date),
        too_early: plan::too_early(spec),
        rules: spec.rules.clone(),
        table,
    };
    for name in specs.iter().filter_map(|c| c.collects.as_ref()).flatten() {
        if !dimensions.iter().any(|d| d.name == *name) {
            return Err(Error::new(
                ErrorKind::InvalidSource,
                format!("collects names {name:?}, but its OMOP table is not there"),
            )
            .with_hint("leave it out of collects, or add the table to the folder"));
        }
    }
    let centres = plan::centres(&specs, &dimensions);
    Ok(Plan { persons, codes, stages: Some(scheme.clone()), dimensions, centres })
}

/// The centres and where the persons are. Care sites that the spec does not list come from the person table.
fn places(spec: &Spec, table: &Table, centre: &OmopCentre) -> Result<(Vec<CentreSpec>, Place)> {
    let named = |name: &str| CentreSpec { name: name.to_owned(), label: Label::same(name), collects: None };
    let mut specs = spec.centres.clone();
    match centre {
        OmopCentre::Constant(name) => {
            if specs.is_empty() {
                specs.push(named(name));
            }
            Ok((specs, Place::Only(0)))
        }
        OmopCentre::CareSite => {
            let expr = concept(table, table.column("care_site_id")?);
            if specs.is_empty() {
                specs = dictionary::values(table, &expr)?.iter().map(|name| named(name)).collect();
            }
            let ids: HashMap<String, u32> = specs.iter().enumerate().map(|(i, c)| (c.name.clone(), i as u32)).collect();
            Ok((specs, Place::Column { expr, ids }))
        }
    }
}

/// Parents and names of concepts in use, from a folder with `CONCEPT_ANCESTOR` and perhaps `CONCEPT`.
///
/// Only concepts in use and their ancestors; parents are one level above (`min_levels_of_separation = 1`).
pub(super) fn hierarchy(folder: &Path, codes: &CodesPlan, names: Vec<String>) -> Result<Vec<ninzu_engine::Code>> {
    let path = find(folder, "concept_ancestor")?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidSource, format!("{} has no table concept_ancestor", folder.display()))
            .with_hint("leave out vocabulary, or put CONCEPT_ANCESTOR.csv into the folder")
    })?;
    let table = Table::open(&path, &TextFormat::default())?;
    let column = |name: &str| Ok::<_, Error>(table.whole(table.column(name)?));
    let (above, below) = (column("ancestor_concept_id")?, column("descendant_concept_id")?);
    let levels = column("min_levels_of_separation")?;
    let uses: Vec<usize> = [&above, &below, &levels].iter().flat_map(|e| e.uses.clone()).collect();
    // A concept is listed as its own ancestor, at level 0; where it is not, the first part of the union stands in.
    let sql = format!(
        "WITH a AS (SELECT {} AS above, {} AS below, {} AS levels FROM ancestor), \
         used AS (SELECT DISTINCT {} AS code FROM rows), \
         inside AS (SELECT code FROM used UNION SELECT a.above FROM a JOIN used ON a.below = used.code) \
         SELECT DISTINCT a.below, a.above FROM a JOIN inside ON a.below = inside.code WHERE a.levels = '1' AND a.below <> a.above",
        above.sql, below.sql, levels.sql, codes.code.sql
    );
    let tables = [("ancestor", &table, uses), ("rows", &codes.table, codes.code.uses.clone())];
    let edges: BTreeSet<(String, String)> = pairs(&tables, &sql)?;
    let labels = match find(folder, "concept")? {
        None => BTreeMap::new(),
        Some(path) => {
            let table = Table::open(&path, &TextFormat::default())?;
            let id = table.whole(table.column("concept_id")?);
            let name = table.text(table.column("concept_name")?);
            let uses: Vec<usize> = [&id, &name].iter().flat_map(|e| e.uses.clone()).collect();
            let wanted: BTreeSet<&str> =
                names.iter().map(String::as_str).chain(edges.iter().flat_map(|(a, b)| [a.as_str(), b])).collect();
            let sql = format!("SELECT TRIM({}), TRIM({}) FROM concept", id.sql, name.sql);
            let found = query(&[("concept", &table, uses)], &sql, |batch| {
                let (ids, names) = (texts(batch, 0)?, texts(batch, 1)?);
                let cells =
                    (0..batch.num_rows()).filter_map(|row| super::cells::text(&ids, row).zip(super::cells::text(&names, row)));
                Ok(cells
                    .filter(|(id, _)| wanted.contains(id))
                    .map(|(id, name)| (id.to_owned(), name.to_owned()))
                    .collect::<Vec<_>>())
            })?;
            found.into_iter().flatten().collect()
        }
    };
    Ok(dictionary::related(names, &edges, &labels))
}

/// The rows of a query with two columns of text.
fn pairs(tables: &[(&str, &Table, Vec<usize>)], sql: &str) -> Result<BTreeSet<(String, String)>> {
    let found = query(tables, sql, |batch| {
        let (a, b) = (texts(batch, 0)?, texts(batch, 1)?);
        let cells = (0..batch.num_rows()).filter_map(|row| super::cells::text(&a, row).zip(super::cells::text(&b, row)));
        Ok(cells.map(|(a, b)| (a.to_owned(), b.to_owned())).collect::<Vec<_>>())
    })?;
    Ok(found.into_iter().flatten().collect())
}
