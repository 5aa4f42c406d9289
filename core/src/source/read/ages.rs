//! How old people are on the reference date.

use serde::Serialize;

use super::persons::{NO_DAY, Persons};
use crate::source::life_stages::civil;

/// So many ages are told.
const OLDEST: usize = 5;

/// An age, and how many people have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Age {
    /// Whole years on the reference date.
    pub years: u32,
    /// How many people are so old.
    pub people: u64,
}

/// The greatest ages on the reference date, and how many people have each.
pub(super) fn oldest(persons: &Persons, reference: i32) -> Vec<Age> {
    let mut all: Vec<Age> = Vec::new();
    let mut births: Vec<i32> = persons.birth.iter().map(|&(birth, _)| birth).filter(|&birth| birth != NO_DAY).collect();
    births.sort_unstable();
    for birth in births {
        let years = age(birth, reference);
        let is_full = all.len() == OLDEST;
        match all.last_mut() {
            Some(last) if last.years == years => last.people += 1,
            _ if is_full => break,
            _ => all.push(Age { years, people: 1 }),
        }
    }
    all
}

/// Whole years from a day to another, both in days since 1970.
fn age(birth: i32, day: i32) -> u32 {
    let (Some(birth), Some(day)) = (civil(birth), civil(day)) else { return 0 };
    let has_come = (day.month(), day.day()) >= (birth.month(), birth.day());
    let years = i32::from(day.year()) - i32::from(birth.year()) - i32::from(!has_come);
    u32::try_from(years).unwrap_or(0)
}
