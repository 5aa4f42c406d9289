//! How a question is understood and answered.

use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{UnknownCode, is_false};
use crate::answer::Method;
use crate::model::Label;
use crate::{Answer, Engine, Prepared, Result};

/// How a question is understood and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Explanation {
    /// The canonical text of the query.
    pub query: String,
    /// The SHA-256 of the canonical text.
    pub hash: String,
    /// The answer in a sentence, in English and Japanese.
    pub words: Label,
    /// How it is answered.
    #[serde(rename = "path")]
    pub method: Method,
    /// How many unknowns its program has, if it needs one.
    pub unknowns: Option<usize>,
    /// The bytes that a reader who has none must fetch.
    pub reads: Vec<FileRange>,
    /// The cells that the answer rests on, over all centres.
    pub basis: Vec<Rest>,
    /// Whether the work that was allowed is too little for the tightest bounds.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub limited: bool,
    /// Codes that the query names and the release does not, and what is taken to be known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<Vec<UnknownCode>>", optional))]
    pub unknown_codes: Vec<UnknownCode>,
}

/// Bytes that are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Read"))]
pub struct FileRange {
    /// The file's path inside the release.
    pub path: String,
    /// The first byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
}

/// Cells that the answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Rest {
    /// The table.
    pub table: String,
    /// The codes whose cells were read.
    pub codes: Vec<String>,
    /// The partitions of the margin; none where all margins of a constraint system were read.
    pub margin: Vec<String>,
    /// Listed rows, over the centres.
    pub rows: u64,
}

impl Engine {
    /// How a question is understood and answered. Its bytes must have been supplied.
    pub fn explain(&self, prepared: &Prepared) -> Result<Explanation> {
        let answer = self.answer(prepared)?;
        let basis = basis(&answer);
        Ok(Explanation {
            query: answer.query,
            hash: answer.hash,
            words: answer.words,
            method: prepared.method(),
            unknowns: prepared.unknowns(),
            reads: self
                .reads(prepared)
                .into_iter()
                .map(|need| FileRange { path: need.path, start: need.range.start, end: need.range.end })
                .collect(),
            basis,
            limited: answer.limited,
            unknown_codes: answer.unknown_codes,
        })
    }
}

/// The basis over all centres.
fn basis(answer: &Answer) -> Vec<Rest> {
    let mut all: Vec<Rest> = Vec::new();
    let mut places: BTreeMap<String, u32> = BTreeMap::new();
    for basis in answer.centres.iter().flat_map(|centre| &centre.basis) {
        // No name holds what stands between them here.
        let key = [&basis.table, &basis.codes.join("\n"), &basis.margin.join("\n")].map(String::as_str).join("\n\n");
        let place = *places.entry(key).or_insert(all.len() as u32);
        match all.get_mut(place as usize) {
            Some(rest) => rest.rows += basis.rows,
            None => all.push(Rest {
                table: basis.table.clone(),
                codes: basis.codes.clone(),
                margin: basis.margin.clone(),
                rows: basis.rows,
            }),
        }
    }
    all
}
