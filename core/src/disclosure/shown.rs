//! Cells and violations in words, by the labels that a release gives.

use std::fmt;

use ninzu_engine::model::MarginLayout;
use ninzu_engine::{Error, ErrorKind, Interval};
use serde::{Serialize, Serializer};

use super::cell_intervals::ReleaseCell;
use super::violation::{Breach, ProvedGroup, Violation};
use crate::Published;
use crate::catalogue::message;

/// What a release calls its cells.
#[derive(Debug)]
pub struct CellNames<'a> {
    published: &'a Published,
    /// For each table, the numbers of its cells.
    layouts: Vec<MarginLayout>,
}

/// A violation in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownViolation {
    /// The group, by its labels.
    pub group: ShownGroup,
    /// What can be proved about it.
    pub proof: Breach,
    /// The subproblem whose program proves it.
    #[serde(rename = "block")]
    pub subproblem: String,
    /// Cells that prove it, with their published intervals.
    pub witness: Vec<(String, String)>,
    /// Cells that the proof takes to be empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
}

/// A group by its labels; for programs one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownGroup {
    /// The group, or the larger one of a difference.
    pub of: String,
    /// The smaller one, whose people are left out.
    pub without: Option<String>,
}

impl<'a> CellNames<'a> {
    /// The names of a release's cells.
    pub fn new(published: &'a Published) -> Self {
        Self { published, layouts: published.tables.iter().map(|table| published.layout(table.order)).collect() }
    }

    /// A cell in words.
    pub fn cell(&self, cell: ReleaseCell) -> String {
        let codes: Vec<(usize, u32)> = self.published.tables[cell.table].codes.iter().copied().zip(cell.codes).collect();
        let name = self.published.name_cell(&codes, cell.centre, &self.layouts[cell.table].values(cell.cell));
        cell.earlier.map_or(name.clone(), |i| format!("{name} (earlier release {})", i + 1))
    }
}

impl Violation {
    /// In words.
    pub fn shown(&self, names: &CellNames<'_>) -> ShownViolation {
        let subproblem = names.published.name_cell(&self.codes, self.centre, &[]);
        let group = match self.group {
            ProvedGroup::Cell(cell) => ShownGroup { of: names.cell(cell), without: None },
            ProvedGroup::Difference { of, without } => ShownGroup { of: names.cell(of), without: Some(names.cell(without)) },
            ProvedGroup::Subproblem => ShownGroup { of: subproblem.clone(), without: None },
        };
        let witness = self.witness.iter().map(|&(cell, bounds)| (names.cell(cell), interval(bounds)));
        let facts = self.facts.iter().map(|&cell| names.cell(cell)).collect();
        ShownViolation { group, proof: self.proof, witness: witness.collect(), facts, subproblem }
    }
}

/// The error where no cell may be widened so that a violation ends.
pub(super) fn not_helped(published: &Published, violation: &Violation) -> Error {
    let violation = violation.shown(&CellNames::new(published));
    Error::new(ErrorKind::Contradiction, message!("repair.no_help", violation = violation.to_string()))
        .with_hint(message!("hint.report_margins"))
}

/// An interval in words.
fn interval((lo, hi): (u32, u32)) -> String {
    Interval::exact(u64::from(lo)).hull(Interval::exact(u64::from(hi))).to_string()
}

impl fmt::Display for ShownGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.without {
            None => f.write_str(&self.of),
            Some(without) => write!(f, "{} outside of {without}", self.of),
        }
    }
}

impl Serialize for ShownGroup {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl fmt::Display for ShownViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.proof {
            Breach::Existence => "is proved to have people",
            Breach::UpperLevel => "is proved to be smaller than k - 1",
            Breach::Differencing => "is proved to be almost nobody or almost everybody",
            Breach::Unsupported => "is proved to have people where no published count supports it",
            Breach::Undecided => "could not be decided",
        };
        write!(f, "{} {proof}", self.group)?;
        for (i, (cell, interval)) in self.witness.iter().enumerate() {
            write!(f, "{}{cell}: {interval}", if i == 0 { ", from " } else { "; " })?;
        }
        for (i, cell) in self.facts.iter().enumerate() {
            write!(f, "{}{cell}", if i == 0 { ", by whoever knows that nobody is in " } else { "; " })?;
        }
        Ok(())
    }
}
