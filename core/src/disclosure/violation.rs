//! What a release proves too much, in words.

use std::fmt;

use ninzu_engine::Interval;
use serde::Serialize;

use super::attacker::{Target, UnsafeTarget};
use super::system::{Rules, Subproblem, SubproblemSystem};
use crate::Published;

/// A group about which the release proves too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The group, by its labels.
    pub group: String,
    /// What can be proved about it.
    pub proof: Breach,
    /// The subproblem whose program proves it.
    #[serde(rename = "block")]
    pub subproblem: String,
    /// Cells that prove it, with their published intervals.
    pub witness: Vec<(String, String)>,
}

/// What is proved about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Breach {
    /// Existence disclosure: it is not empty.
    #[serde(rename = "not_empty")]
    Existence,
    /// The upper protection level is violated: it is smaller than `k - 1`.
    #[serde(rename = "small")]
    UpperLevel,
    /// Disclosure by differencing: it is nearly nobody, or nearly everybody, of a larger group.
    #[serde(rename = "difference")]
    Differencing,
    /// Floating-point arithmetic could not decide.
    Undecided,
}

pub(super) fn undecided(published: &Published, subproblem: &Subproblem, centre: usize) -> Violation {
    let subproblem = published.name_cell(&subproblem.codes, centre, &[]);
    Violation { group: subproblem.clone(), proof: Breach::Undecided, subproblem, witness: Vec::new() }
}

pub(super) fn violation(
    rules: Rules<'_>,
    published: &Published,
    system: &SubproblemSystem,
    centre: usize,
    unsafe_target: &UnsafeTarget,
) -> Violation {
    let name = |cell: usize| name_of(rules, published, system, centre, cell);
    let (group, proof) = match unsafe_target.target {
        Target::Cell(cell) if unsafe_target.is_least => (name(cell), Breach::Existence),
        Target::Cell(cell) => (name(cell), Breach::UpperLevel),
        Target::Difference(i) => {
            let difference = &system.differences[i];
            (format!("{} outside of {}", name(difference.of), name(difference.without)), Breach::Differencing)
        }
    };
    let cell = |&(cell, _): &(usize, f64)| (name(cell), in_words(rules.bounds(&system.cells[cell], centre)));
    Violation {
        group,
        proof,
        subproblem: published.name_cell(&system.subproblem.codes, centre, &[]),
        witness: unsafe_target.witness.iter().map(cell).collect(),
    }
}

/// An interval in words.
fn in_words((lo, hi): (u32, u32)) -> String {
    Interval::exact(u64::from(lo)).hull(Interval::exact(u64::from(hi))).to_string()
}

/// A cell of a subproblem in words.
pub(super) fn name_of(rules: Rules<'_>, published: &Published, system: &SubproblemSystem, centre: usize, cell: usize) -> String {
    let cell = &system.cells[cell];
    let name = published.name_cell(&rules.codes(cell), centre, &rules.values(cell.number));
    if cell.is_earlier { format!("{name} (earlier release)") } else { name }
}

/// An unsafe target in words.
pub(super) fn because(
    rules: Rules<'_>,
    published: &Published,
    system: &SubproblemSystem,
    centre: usize,
    unsafe_target: &UnsafeTarget,
) -> String {
    violation(rules, published, system, centre, unsafe_target).to_string()
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proof = match self.proof {
            Breach::Existence => "is proved to have people",
            Breach::UpperLevel => "is proved to be smaller than k - 1",
            Breach::Differencing => "is proved to be almost nobody or almost everybody",
            Breach::Undecided => "could not be decided",
        };
        write!(f, "{} {proof}", self.group)?;
        for (i, (cell, interval)) in self.witness.iter().enumerate() {
            write!(f, "{}{cell}: {interval}", if i == 0 { ", from " } else { "; " })?;
        }
        Ok(())
    }
}
