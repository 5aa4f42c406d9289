//! What a release proves too much, in words.

use std::fmt;

use ninzu_engine::Interval;
use serde::Serialize;

use super::attacker::{Finding, Target};
use super::system::{Block, Rules, Shape};
use crate::Published;

/// A group about which the release proves too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The group, by its labels.
    pub group: String,
    /// What can be proved about it.
    pub proof: Breach,
    /// The block whose program proves it.
    pub block: String,
    /// Cells that prove it, with their published intervals.
    pub witness: Vec<(String, String)>,
}

/// What is proved about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Breach {
    /// It is not empty.
    NotEmpty,
    /// It is smaller than `k - 1`.
    Small,
    /// It is nearly nobody, or nearly everybody, of a larger group.
    Difference,
    /// Floating-point arithmetic could not decide.
    Undecided,
}

pub(super) fn undecided(published: &Published, block: &Block, centre: usize) -> Violation {
    let block = published.name_cell(&block.codes, centre, &[]);
    Violation { group: block.clone(), proof: Breach::Undecided, block, witness: Vec::new() }
}

pub(super) fn violation(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, finding: &Finding) -> Violation {
    let name = |row: usize| name_row(rules, published, shape, centre, row);
    let (group, proof) = match finding.target {
        Target::Cell(row) if finding.is_least => (name(row), Breach::NotEmpty),
        Target::Cell(row) => (name(row), Breach::Small),
        Target::Difference(i) => {
            let difference = &shape.differences[i];
            (format!("{} outside of {}", name(difference.of), name(difference.without)), Breach::Difference)
        }
    };
    let cell = |&(row, _): &(usize, f64)| (name(row), told(rules.ends(&shape.rows[row], centre)));
    Violation {
        group,
        proof,
        block: published.name_cell(&shape.block.codes, centre, &[]),
        witness: finding.proof.iter().map(cell).collect(),
    }
}

/// An interval in words.
fn told((lo, hi): (u32, u32)) -> String {
    Interval::exact(u64::from(lo)).hull(Interval::exact(u64::from(hi))).to_string()
}

/// A row of a block in words.
pub(super) fn name_row(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, row: usize) -> String {
    let row = &shape.rows[row];
    let name = published.name_cell(&rules.codes(row), centre, &rules.values(row.cell));
    if row.is_earlier { format!("{name} (earlier release)") } else { name }
}

/// A finding in words.
pub(super) fn because(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, finding: &Finding) -> String {
    violation(rules, published, shape, centre, finding).to_string()
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.proof {
            Breach::NotEmpty => "is proved to have people",
            Breach::Small => "is proved to be smaller than k - 1",
            Breach::Difference => "is proved to be almost nobody or almost everybody",
            Breach::Undecided => "could not be decided",
        };
        write!(f, "{} {proof}", self.group)?;
        for (i, (cell, interval)) in self.witness.iter().enumerate() {
            write!(f, "{}{cell}: {interval}", if i == 0 { ", from " } else { "; " })?;
        }
        Ok(())
    }
}
