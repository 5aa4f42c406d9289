//! The figures made ready for drawing: a table for every sex and age.

use ninzu_engine::Result;
use ninzu_engine::model::Dictionary;

use super::figures::{self, AGES, CentresSpec, Figures, SEXES, wrong};
use super::tables::RecordTable;

/// Things to draw from by weight.
#[derive(Debug, Clone)]
pub(super) struct Weights<T> {
    items: Vec<(T, f64)>,
    total: f64,
}

impl<T: Copy> Weights<T> {
    fn new(items: Vec<(T, f64)>) -> Self {
        let total = items.iter().map(|&(_, weight)| weight).sum();
        Self { items, total }
    }

    /// The thing at a share in `[0, 1)` of all the weight; none if there is no weight.
    pub(super) fn at(&self, share: f64) -> Option<T> {
        if self.total <= 0.0 {
            return None;
        }
        let mut left = share * self.total;
        for &(item, weight) in &self.items {
            if left < weight {
                return Some(item);
            }
            left -= weight;
        }
        // Only rounding leads here.
        self.items.iter().rev().find(|&&(_, weight)| weight > 0.0).map(|&(item, _)| item)
    }
}

/// Days of age between which a condition begins, with a weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Onset {
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) weight: f64,
}

/// One condition.
#[derive(Debug)]
pub(super) struct Condition {
    /// The codes that it is recorded as, one of them for each person.
    pub(super) codes: Weights<u32>,
    pub(super) onset: Vec<Onset>,
    /// Conditions that multiply its chance.
    pub(super) raised_by: Vec<(usize, f64)>,
}

/// Whom something is kept of.
#[derive(Debug)]
pub(super) enum Given {
    Anybody,
    /// People with one of these diagnoses, by code id.
    Diagnosis(Vec<bool>),
    /// People of whom this specimen is kept.
    Specimen(u32),
}

/// What may be kept of a person.
#[derive(Debug)]
pub(super) struct Holding {
    pub(super) table: RecordTable,
    pub(super) code: u32,
    pub(super) probability: f64,
    pub(super) given: Given,
}

/// One centre.
#[derive(Debug)]
pub(super) struct CentreModel {
    pub(super) name: String,
    /// Sex and first year of five years of age.
    pub(super) people: Weights<(usize, i32)>,
    pub(super) ages: std::ops::RangeInclusive<i32>,
    pub(super) volunteers: f64,
    /// By `stratum`, why people come.
    pub(super) focus: Vec<Weights<usize>>,
    /// By condition, whether people come for it.
    pub(super) is_focus: Vec<bool>,
    /// Where its people are also followed.
    pub(super) seconds: Vec<(usize, f64)>,
    /// In the order of drawing: specimens first, because data may depend on them.
    pub(super) holdings: Vec<Holding>,
    pub(super) collects_diagnoses: bool,
}

/// Everything that people are drawn from.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) centres: Vec<CentreModel>,
    pub(super) first: Weights<usize>,
    pub(super) conditions: Vec<Condition>,
    /// By `stratum`, the conditions that occur, in the order of drawing, with their chance before co-morbidity.
    pub(super) background: Vec<Vec<(usize, f64)>>,
    /// For each table, the codes by id.
    pub(super) dictionaries: [Dictionary; 4],
}

/// How many strata there are.
const STRATA: usize = SEXES.len() * AGES as usize;

/// Where a sex at an age stands in tables.
pub(super) fn stratum(sex: usize, age: i32) -> usize {
    sex * AGES as usize + age as usize
}

impl Model {
    pub(super) fn new() -> Result<Self> {
        let figures = Figures::read()?;
        let [diagnoses, specimens, data, consent] = RecordTable::ALL.map(figures::dictionary);
        let dictionaries = [diagnoses?, specimens?, data?, consent?];
        let prevalence = prevalence(&figures)?;
        let conditions = conditions(&figures, &dictionaries[RecordTable::Diagnoses as usize])?;
        let spec = CentresSpec::read()?.centre;
        let named = |name: &str| {
            spec.iter().position(|c| c.name == name).ok_or_else(|| wrong("centres", &format!("{name} is not in spec.toml")))
        };
        let mut first = Vec::with_capacity(figures.shares.len());
        for share in &figures.shares {
            first.push((named(&share.centre)?, share.share));
        }
        let mut centres = Vec::with_capacity(spec.len());
        for centre in &spec {
            let mut seconds = Vec::new();
            for row in figures.seconds.iter().filter(|row| row.centre == centre.name) {
                seconds.push((named(&row.second)?, row.weight));
            }
            centres.push(self::centre(centre, seconds, &figures, &prevalence, &dictionaries)?);
        }
        let background = background(&prevalence, &conditions);
        Ok(Self { centres, first: Weights::new(first), conditions, background, dictionaries })
    }
}

/// By condition and `stratum`, the share of people who have it.
fn prevalence(figures: &Figures) -> Result<Vec<Vec<f64>>> {
    let mut all = vec![vec![0.0; STRATA]; figures.conditions.len()];
    for row in &figures.prevalence {
        let condition = condition_id(figures, &row.code)?;
        let sexes = match row.sex.as_str() {
            "*" => 0..SEXES.len(),
            sex => {
                let id = sex_id(sex)?;
                id..id + 1
            }
        };
        for sex in sexes {
            for age in row.age_from..=row.age_to.min(AGES - 1) {
                all[condition][stratum(sex, age)] = row.prevalence;
            }
        }
    }
    Ok(all)
}

fn conditions(figures: &Figures, diagnoses: &Dictionary) -> Result<Vec<Condition>> {
    let code = |name: &str| diagnoses.id(name).ok_or_else(|| wrong("conditions.csv", &format!("{name} is not in icd10.csv")));
    let mut all = Vec::with_capacity(figures.conditions.len());
    for row in &figures.conditions {
        let mut codes = Vec::new();
        for part in row.subcodes.split_whitespace() {
            let (name, percent) = part.split_once(':').ok_or_else(|| wrong("conditions.csv", &part))?;
            codes.push((code(name)?, percent.parse().map_err(|e| wrong("conditions.csv", &e))?));
        }
        if codes.is_empty() {
            codes.push((code(&row.code)?, 1.0));
        }
        let bands = figures.onset.iter().filter(|band| band.class == row.onset);
        let onset: Vec<Onset> =
            bands.map(|band| Onset { from: months(band.month_from), to: months(band.month_to), weight: band.weight }).collect();
        if onset.is_empty() {
            return Err(wrong("conditions.csv", &format!("no onset class {}", row.onset)));
        }
        all.push(Condition { codes: Weights::new(codes), onset, raised_by: Vec::new() });
    }
    for row in &figures.comorbidity {
        let cause = condition_id(figures, &row.if_has)?;
        all[condition_id(figures, &row.then)?].raised_by.push((cause, row.multiplier));
    }
    Ok(all)
}

/// Chances before co-morbidity, lowered so that after it the marginals are those of the figures: a condition whose chance
/// is multiplied by m for a share q of people has the chance p / (1 + q (m - 1)) for the others.
fn background(prevalence: &[Vec<f64>], conditions: &[Condition]) -> Vec<Vec<(usize, f64)>> {
    let chance = |id: usize, at: usize| {
        // Causes that are drawn later do not raise it.
        let earlier = conditions[id].raised_by.iter().filter(|&&(cause, _)| cause < id);
        let raise: f64 = earlier.map(|&(cause, m)| 1.0 + prevalence[cause][at] * (m - 1.0)).product();
        prevalence[id][at] / raise
    };
    (0..STRATA).map(|at| (0..conditions.len()).map(|id| (id, chance(id, at))).filter(|&(_, p)| p > 0.0).collect()).collect()
}

fn centre(
    spec: &figures::SpecCentre,
    seconds: Vec<(usize, f64)>,
    figures: &Figures,
    prevalence: &[Vec<f64>],
    dictionaries: &[Dictionary; 4],
) -> Result<CentreModel> {
    let share = figures.shares.iter().find(|row| row.centre == spec.name);
    let share = share.ok_or_else(|| wrong("centres.csv", &format!("{} is missing", spec.name)))?;
    let mut boosts = vec![0.0; prevalence.len()];
    for row in figures.focus.iter().filter(|row| row.centre == spec.name) {
        boosts[condition_id(figures, &row.code)?] = row.boost;
    }
    let focus = (0..STRATA).map(|at| {
        let weights = boosts.iter().enumerate().map(|(id, boost)| (id, boost * prevalence[id][at]));
        Weights::new(weights.filter(|&(_, weight)| weight > 0.0).collect())
    });
    let collects = |table: RecordTable| spec.collects.iter().any(|name| name == table.dimension());
    let mut holdings = Vec::new();
    for table in [RecordTable::Specimens, RecordTable::Data, RecordTable::Consent] {
        let rows = figures.holdings.iter().filter(|row| row.table == table && (row.centre == spec.name || row.centre == "*"));
        for row in rows.filter(|_| collects(table)) {
            let code = dictionaries[table as usize].id(&row.code);
            let code = code.ok_or_else(|| wrong("holdings.csv", &format!("{} has no dictionary entry", row.code)))?;
            let given = given(&row.given, dictionaries)?;
            holdings.push(Holding { table, code, probability: row.probability, given });
        }
    }
    Ok(CentreModel {
        name: spec.name.clone(),
        people: people(share, figures)?,
        ages: share.age_from..=share.age_to.min(AGES - 1),
        volunteers: share.volunteers,
        focus: focus.collect(),
        is_focus: boosts.iter().map(|&boost| boost > 0.0).collect(),
        seconds,
        holdings,
        collects_diagnoses: collects(RecordTable::Diagnoses),
    })
}

/// The centre's mix: users of the services of its field, divided inside their ages as the census is.
fn people(share: &figures::FirstCentre, figures: &Figures) -> Result<Weights<(usize, i32)>> {
    let mut weights: Vec<((usize, i32), f64)> = Vec::new();
    for service in figures.services.iter().filter(|row| row.centre == share.centre) {
        let sex = sex_id(&service.sex)?;
        let bands = figures.census.iter().filter(|c| c.sex == service.sex);
        let bands: Vec<_> = bands.filter(|c| (service.age_from..=service.age_to).contains(&c.age_from)).collect();
        let total: f64 = bands.iter().map(|c| f64::from(c.persons)).sum();
        for band in bands {
            if !(share.age_from..=share.age_to).contains(&band.age_from) {
                continue;
            }
            let weight = service.weight * f64::from(service.persons) * (f64::from(band.persons) / total);
            match weights.iter_mut().find(|(key, _)| *key == (sex, band.age_from)) {
                Some((_, sum)) => *sum += weight,
                None => weights.push(((sex, band.age_from), weight)),
            }
        }
    }
    Ok(Weights::new(weights))
}

fn given(name: &str, dictionaries: &[Dictionary; 4]) -> Result<Given> {
    if name.is_empty() {
        return Ok(Given::Anybody);
    }
    let diagnoses = &dictionaries[RecordTable::Diagnoses as usize];
    if let Some(above) = diagnoses.id(name) {
        return Ok(Given::Diagnosis((0..diagnoses.len() as u32).map(|code| diagnoses.is_within(code, above)).collect()));
    }
    let specimen = dictionaries[RecordTable::Specimens as usize].id(name);
    specimen.map(Given::Specimen).ok_or_else(|| wrong("holdings.csv", &format!("nothing is called {name}")))
}

fn condition_id(figures: &Figures, code: &str) -> Result<usize> {
    figures.conditions.iter().position(|c| c.code == code).ok_or_else(|| wrong("conditions.csv", &format!("{code} is missing")))
}

fn sex_id(name: &str) -> Result<usize> {
    SEXES.iter().position(|&sex| sex == name).ok_or_else(|| wrong("sexes", &format!("{name} is not one")))
}

/// Months of age as days.
fn months(months: i32) -> i32 {
    months * 1461 / 48
}
