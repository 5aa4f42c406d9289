//! What everybody knows: combinations that nobody can have, as reviewed lists.

use ninzu_engine::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::icd10::CodeRange;
use crate::catalogue::message;

/// A reviewed list of codes that nobody of a sex, or of an age, can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum KnownList {
    /// Chapters, categories and subcategories of ICD-10 (of the WHO and of ICD-10-CM) by sex and age.
    Icd10,
}

/// A sex as lists of what is impossible have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sex {
    Female,
    Male,
}

/// Who cannot have a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// People of this sex.
    Sex(Sex),
    /// People younger than so many years.
    Under(u16),
}

/// Codes that some people cannot have.
#[derive(Debug, Clone)]
pub(crate) struct Impossible {
    pub(crate) codes: CodeRange,
    pub(crate) who: Who,
}

impl KnownList {
    /// Its lines. `source` and `note` of the file are for those who review it.
    pub(crate) fn lines(self) -> Result<Vec<Impossible>> {
        #[derive(Deserialize)]
        struct Line {
            codes: String,
            sex: Option<Sex>,
            under: Option<u16>,
        }
        let (name, text) = match self {
            Self::Icd10 => ("impossible_icd10.csv", include_str!("data/impossible_icd10.csv")),
        };
        let wrong = |why: &dyn std::fmt::Display| {
            Error::new(ErrorKind::InvalidSource, message!("embedded.list", file = name, reason = why.to_string()))
        };
        let lines = csv::Reader::from_reader(text.as_bytes()).into_deserialize::<Line>().map(|line| {
            let Line { codes, sex, under } = line.map_err(|e| wrong(&e))?;
            let who = match (sex, under) {
                (Some(sex), None) => Who::Sex(sex),
                (None, Some(years)) => Who::Under(years),
                _ => return Err(wrong(&format!("{codes} names not exactly one of sex and under"))),
            };
            let codes = CodeRange::parse(&codes).ok_or_else(|| wrong(&format!("{codes} is no code")))?;
            Ok(Impossible { codes, who })
        });
        lines.collect()
    }
}

impl Sex {
    /// The sex that a value stands for, by the names that are usual.
    pub(crate) fn of(value: &str) -> Option<Self> {
        match value.trim().to_lowercase().as_str() {
            "female" | "f" | "woman" | "women" | "女性" | "女" | "8532" => Some(Self::Female),
            "male" | "m" | "man" | "men" | "男性" | "男" | "8507" => Some(Self::Male),
            _ => None,
        }
    }

    /// The same in a column that is known to hold the sex: 1 and 2 are men and women there (ISO/IEC 5218).
    pub(crate) fn of_column(value: &str) -> Option<Self> {
        match value.trim() {
            "1" => Some(Self::Male),
            "2" => Some(Self::Female),
            value => Self::of(value),
        }
    }
}

#[cfg(test)]
mod tests;
