//! `structural_zeros` of a dimension: a list of what nobody can have, and which values are the sexes.

use std::ops::Range;

use ninzu_engine::model::{Code, UNKNOWN};
use ninzu_engine::{Error, ErrorKind, Result};
use toml::Spanned;

use super::raw::{RawKnown, RawNamedKnown};
use super::settings::{KnownZeros, SexValues};
use super::typed::invalid;
use crate::catalogue::message;
use crate::source::common_knowledge::Sex;

/// Names of dimensions and columns that hold the sex.
const SEX: [&str; 3] = ["sex", "gender", "性別"];

/// A partition that is a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartitionColumn<'a> {
    pub(super) dimension: &'a str,
    pub(super) column: &'a str,
    pub(super) values: &'a [Code],
}

/// What the setting means, beside these partitions.
pub(super) fn known_zeros(typed: &Spanned<RawKnown>, columns: &[PartitionColumn<'_>], has_stages: bool) -> Result<KnownZeros> {
    let (named, at) = (typed.get_ref().named(), typed.span());
    let sex = column_of_sex(&named, &at, columns)?.map(|column| sex_values(&named, &at, column)).transpose()?;
    if sex.is_none() && !has_stages {
        return Err(invalid(message!("zeros.no_effect"), at).with_hint(message!("hint.zeros_sex")));
    }
    if sex.is_none() && (named.female.is_some() || named.male.is_some()) {
        return Err(invalid(message!("zeros.no_sex"), at).with_hint(message!("hint.zeros_which_sex")));
    }
    Ok(KnownZeros { list: named.list, sex })
}

/// The partition that holds the sex: the one that is named, else by its name or column, else by its values.
fn column_of_sex<'a>(
    named: &RawNamedKnown,
    at: &Range<usize>,
    columns: &[PartitionColumn<'a>],
) -> Result<Option<PartitionColumn<'a>>> {
    if let Some(name) = &named.sex {
        return columns.iter().find(|column| column.dimension == name).copied().map(Some).ok_or_else(|| {
            let names: Vec<&str> = columns.iter().map(|column| column.dimension).collect();
            Error::new(ErrorKind::UnknownName, message!("zeros.no_partition", name = name))
                .at(at.clone())
                .with_hint(message!("hint.these_are", names = names))
        });
    }
    let is_sex = |name: &str| SEX.iter().any(|sex| sex.eq_ignore_ascii_case(name));
    let has = |values: &[Code], sex: Sex| values.iter().any(|value| stands_for(value, Sex::of) == Some(sex));
    let by_name = columns.iter().find(|column| is_sex(column.dimension) || is_sex(column.column));
    let by_values = || columns.iter().find(|column| has(column.values, Sex::Female) && has(column.values, Sex::Male));
    Ok(by_name.or_else(by_values).copied())
}

/// The sex that a value stands for, by its code or its labels.
fn stands_for(value: &Code, of: impl Fn(&str) -> Option<Sex>) -> Option<Sex> {
    [&value.name, &value.label.en, &value.label.ja].into_iter().find_map(|name| of(name))
}

fn sex_values(named: &RawNamedKnown, at: &Range<usize>, column: PartitionColumn<'_>) -> Result<SexValues> {
    let PartitionColumn { dimension, values, .. } = column;
    let names = |sex: Sex| -> Vec<String> {
        let of_sex = values.iter().filter(|value| stands_for(value, Sex::of_column) == Some(sex));
        of_sex.map(|value| value.name.clone()).collect()
    };
    let mut found = SexValues { dimension: dimension.to_owned(), female: names(Sex::Female), male: names(Sex::Male) };
    let listed = || values.iter().map(|value| value.name.as_str()).filter(|&name| name != UNKNOWN).collect::<Vec<_>>();
    for (typed, into) in [(&named.female, &mut found.female), (&named.male, &mut found.male)] {
        let Some(name) = typed else { continue };
        if !values.iter().any(|value| value.name == *name) {
            let message = message!("zeros.no_value", value = name, dimension = dimension);
            return Err(Error::new(ErrorKind::UnknownName, message)
                .at(at.clone())
                .with_hint(message!("hint.its_values", values = listed())));
        }
        *into = vec![name.clone()];
    }
    // Values beside one sex may be the other by another name.
    let others = values.iter().filter(|v| v.name != UNKNOWN && !found.female.contains(&v.name) && !found.male.contains(&v.name));
    let missing = [("female", found.female.is_empty()), ("male", found.male.is_empty())];
    if let (Some((sex, _)), true) = (missing.iter().find(|(_, is_missing)| *is_missing), others.count() > 0) {
        let message = message!("zeros.nobody_stands_for", dimension = dimension, sex = *sex);
        return Err(invalid(message, at.clone()).with_hint(message!(
            "hint.zeros_values",
            dimension = dimension,
            values = listed()
        )));
    }
    Ok(found)
}
