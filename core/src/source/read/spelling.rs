//! Codes that differ only in how they are spelt: a dot, full or half width, case, padding.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::{Dictionary, ROOT};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::Centre;
use crate::source::population::CodeRecords;

/// Codes that differ only in how they are spelt, and are counted apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SpellingGroup {
    /// The dimension.
    pub dimension: String,
    /// The codes.
    pub spellings: Vec<Spelling>,
}

/// One way to spell a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Spelling {
    /// The code.
    pub code: String,
    /// How many people have it, at each centre where anybody does.
    pub people: BTreeMap<String, u64>,
    /// Whether its rows are left out, because the dictionary does not list it.
    pub is_left_out: bool,
}

impl std::fmt::Display for Spelling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let centres: Vec<&str> = self.people.keys().map(String::as_str).collect();
        match (self.is_left_out, &centres[..]) {
            (true, _) => write!(f, "{} (–)", self.code),
            (false, []) => f.write_str(&self.code),
            (false, centres) => write!(f, "{} ({})", self.code, centres.join(", ")),
        }
    }
}

/// A code without what people write differently: width, dots, blanks, case, leading zeros.
///
/// Compatibility forms are one (NFKC), so that full-width letters and half-width kana are what they stand for.
fn folded(code: &str) -> String {
    let kept = |c: &char| *c != '.' && !c.is_whitespace();
    let text: String = code.nfkc().filter(kept).flat_map(char::to_lowercase).collect();
    // What stood apart may combine now.
    let text: String = text.nfkc().collect();
    match text.trim_start_matches('0') {
        "" => text,
        rest => rest.to_owned(),
    }
}

/// Codes that differ only in how they are spelt, as groups; each code once, in the order in which it came.
pub(crate) fn spellings<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in codes {
        let group = groups.entry(folded(code)).or_default();
        if !group.iter().any(|other| other == code) {
            group.push(code.to_owned());
        }
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// What groups are made of: a dimension's codes, who has them, and where people are.
pub(super) struct CodeHolders<'a> {
    pub(super) dimension: &'a str,
    pub(super) dictionary: &'a Dictionary,
    /// Codes of rows that the dictionary does not list.
    pub(super) unknown: &'a BTreeSet<String>,
    pub(super) records: &'a CodeRecords,
    /// For each person, the centre.
    pub(super) at: &'a [u32],
    pub(super) centres: &'a [Centre],
}

impl CodeHolders<'_> {
    /// The groups of which rows have more than one spelling.
    pub(super) fn groups(&self) -> Vec<SpellingGroup> {
        let named = self.dictionary.names();
        let named = named.filter(|&name| name != ROOT && !name.contains('@'));
        let groups = spellings(named.chain(self.unknown.iter().map(String::as_str)));
        if groups.is_empty() {
            return Vec::new();
        }
        let people = self.people(groups.iter().flatten());
        let spelling = |code: String| {
            let people = people.get(&code).cloned().unwrap_or_default();
            Spelling { is_left_out: self.unknown.contains(&code), people, code }
        };
        let group = |codes: Vec<String>| {
            let mut spellings: Vec<Spelling> = codes.into_iter().map(spelling).collect();
            spellings.retain(|spelling| spelling.is_left_out || !spelling.people.is_empty());
            SpellingGroup { dimension: self.dimension.to_owned(), spellings }
        };
        groups.into_iter().map(group).filter(|group| group.spellings.len() > 1).collect()
    }

    /// For each of these codes, how many people have it at each centre.
    fn people<'b>(&self, codes: impl Iterator<Item = &'b String>) -> BTreeMap<String, BTreeMap<String, u64>> {
        let mut wanted: Vec<Option<Vec<u64>>> = vec![None; self.dictionary.len()];
        for id in codes.filter_map(|code| self.dictionary.id(code)) {
            wanted[id as usize] = Some(vec![0; self.centres.len()]);
        }
        for (person, &centre) in self.at.iter().enumerate() {
            for &id in self.records.of(person) {
                if let Some(people) = &mut wanted[id as usize] {
                    people[centre as usize] += 1;
                }
            }
        }
        let named = |people: Vec<u64>| {
            let named = self.centres.iter().zip(people).filter(|&(_, people)| people > 0);
            named.map(|(centre, people)| (centre.name.clone(), people)).collect()
        };
        let codes = self.dictionary.names().zip(wanted);
        codes.filter_map(|(code, people)| Some((code.to_owned(), named(people?)))).collect()
    }
}

#[cfg(test)]
mod tests;
