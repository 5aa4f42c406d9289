//! The embedded figures, as they stand in the files beside. `data/README.md` names their sources.

use ninzu_engine::model::{Code, Dictionary, Label};
use ninzu_engine::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::tables::RecordTable;
use crate::catalogue::message;

/// The steward's file that builds a release from the generated people.
pub(super) const SPEC: &str = include_str!("data/spec.toml");

/// A share of the people has no sex on record.
pub(super) const WITHOUT_SEX: f64 = 0.005;
/// A share of the diagnoses has no date.
pub(super) const WITHOUT_DATE: f64 = 0.03;
/// A share of the people is followed by two centres.
pub(super) const AT_TWO_CENTRES: f64 = 0.09;
/// At a second centre, a share of the diagnoses is first recorded later.
pub(super) const RECORDED_LATER: f64 = 0.3;
/// At a second centre, a share of the diagnoses outside its field is not recorded.
pub(super) const NOT_RECORDED: f64 = 0.3;

/// The sexes by which figures differ; positions are sex ids.
pub(super) const SEXES: [&str; 2] = ["female", "male"];
/// Ages in years are below this.
pub(super) const AGES: i32 = 105;

/// The text of a code dimension's dictionary.
pub(super) fn dictionary_text(table: RecordTable) -> &'static str {
    match table {
        RecordTable::Diagnoses => include_str!("data/icd10.csv"),
        RecordTable::Specimens => include_str!("data/specimen.csv"),
        RecordTable::Data => include_str!("data/data.csv"),
        RecordTable::Consent => include_str!("data/consent.csv"),
    }
}

/// Persons of one sex in five years of age, in the census.
#[derive(Deserialize)]
pub(super) struct Census {
    pub(super) sex: String,
    pub(super) age_from: i32,
    pub(super) persons: u32,
}

/// Persons who used a service of a centre's field.
#[derive(Deserialize)]
pub(super) struct Service {
    pub(super) centre: String,
    pub(super) weight: f64,
    pub(super) sex: String,
    pub(super) age_from: i32,
    pub(super) age_to: i32,
    pub(super) persons: u32,
}

/// How many come to a centre first, and of which ages.
#[derive(Deserialize)]
pub(super) struct FirstCentre {
    pub(super) centre: String,
    pub(super) share: f64,
    pub(super) age_from: i32,
    pub(super) age_to: i32,
    pub(super) volunteers: f64,
}

/// Where people of one centre are also followed.
#[derive(Deserialize)]
pub(super) struct SecondCentre {
    pub(super) centre: String,
    pub(super) second: String,
    pub(super) weight: f64,
}

/// A condition, in the order of drawing.
#[derive(Deserialize)]
pub(super) struct ConditionFigures {
    pub(super) code: String,
    pub(super) onset: String,
    /// `CODE:percent` separated by blanks; empty where the code itself is recorded.
    pub(super) subcodes: String,
}

/// Months of age between which conditions of a class begin.
#[derive(Deserialize)]
pub(super) struct OnsetBand {
    pub(super) class: String,
    pub(super) month_from: i32,
    pub(super) month_to: i32,
    pub(super) weight: f64,
}

/// Share of people with a condition.
#[derive(Deserialize)]
pub(super) struct PrevalenceBand {
    pub(super) code: String,
    /// A sex, or `*` for both.
    pub(super) sex: String,
    pub(super) age_from: i32,
    pub(super) age_to: i32,
    pub(super) prevalence: f64,
}

/// By how much one condition multiplies the chance of another.
#[derive(Deserialize)]
pub(super) struct Comorbidity {
    pub(super) if_has: String,
    pub(super) then: String,
    pub(super) multiplier: f64,
}

/// A condition for which people come to a centre.
#[derive(Deserialize)]
pub(super) struct Focus {
    pub(super) centre: String,
    pub(super) code: String,
    pub(super) boost: f64,
}

/// What a centre (or `*`, every centre) keeps of people.
#[derive(Deserialize)]
pub(super) struct HoldingFigures {
    pub(super) centre: String,
    pub(super) table: RecordTable,
    pub(super) code: String,
    pub(super) probability: f64,
    /// A diagnosis or a specimen that the person must have there; empty for anybody.
    pub(super) given: String,
}

/// All of it.
pub(super) struct Figures {
    pub(super) census: Vec<Census>,
    pub(super) services: Vec<Service>,
    pub(super) shares: Vec<FirstCentre>,
    pub(super) seconds: Vec<SecondCentre>,
    pub(super) conditions: Vec<ConditionFigures>,
    pub(super) onset: Vec<OnsetBand>,
    pub(super) prevalence: Vec<PrevalenceBand>,
    pub(super) comorbidity: Vec<Comorbidity>,
    pub(super) focus: Vec<Focus>,
    pub(super) holdings: Vec<HoldingFigures>,
}

impl Figures {
    /// Reads the embedded files.
    pub(super) fn read() -> Result<Self> {
        Ok(Self {
            census: rows("census.csv", include_str!("data/census.csv"))?,
            services: rows("services.csv", include_str!("data/services.csv"))?,
            shares: rows("centres.csv", include_str!("data/centres.csv"))?,
            seconds: rows("second.csv", include_str!("data/second.csv"))?,
            conditions: rows("conditions.csv", include_str!("data/conditions.csv"))?,
            onset: rows("onset.csv", include_str!("data/onset.csv"))?,
            prevalence: rows("prevalence.csv", include_str!("data/prevalence.csv"))?,
            comorbidity: rows("comorbidity.csv", include_str!("data/comorbidity.csv"))?,
            focus: rows("focus.csv", include_str!("data/focus.csv"))?,
            holdings: rows("holdings.csv", include_str!("data/holdings.csv"))?,
        })
    }
}

/// The part of the steward's file that generation follows too.
#[derive(Deserialize)]
pub(super) struct CentresSpec {
    pub(super) centre: Vec<SpecCentre>,
}

/// A centre of the steward's file.
#[derive(Deserialize)]
pub(super) struct SpecCentre {
    pub(super) name: String,
    pub(super) collects: Vec<String>,
}

impl CentresSpec {
    /// Reads the embedded steward's file.
    pub(super) fn read() -> Result<Self> {
        toml::from_str(SPEC).map_err(|e| wrong("spec.toml", &e))
    }
}

/// A code dimension's dictionary.
pub(super) fn dictionary(table: RecordTable) -> Result<Dictionary> {
    #[derive(Deserialize)]
    struct Row {
        code: String,
        parent: String,
        label_en: String,
        label_ja: String,
    }
    let codes = rows::<Row>("dictionary", dictionary_text(table))?.into_iter().map(|row| Code {
        name: row.code,
        parents: Some(row.parent).filter(|p| !p.is_empty()).into_iter().collect(),
        label: Label { en: row.label_en, ja: row.label_ja },
    });
    Dictionary::new(codes.collect())
}

/// An error of the embedded figures: only a faulty edit of the files beside can cause it.
pub(super) fn wrong(what: &str, why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidSource, message!("embedded.figures", file = what, reason = why.to_string()))
}

fn rows<T: DeserializeOwned>(name: &str, text: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().collect::<csv::Result<_>>().map_err(|e| wrong(name, &e))
}
