//! What a release proves too much: which cells, and which cells prove it. Words come in [`shown`](super::shown).

use serde::{Deserialize, Serialize};

use super::attacker::{Target, UnsafeTarget};
use super::cell_intervals::{Code, ReleaseCell};
use super::system::{Rules, Subproblem, SubproblemSystem};

/// A group about which the release proves too much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The group.
    pub group: ProvedGroup,
    /// What can be proved about it.
    pub proof: Breach,
    /// The codes of the subproblem whose program proves it, as `(dimension, code)`.
    pub codes: Vec<Code>,
    /// The position of its centre.
    pub centre: usize,
    /// Cells that prove it, with their published intervals.
    pub witness: Vec<(ReleaseCell, (u32, u32))>,
    /// Cells that the proof takes to be empty, because nothing published supports that they are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<ReleaseCell>,
}

/// Whom a violation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ProvedGroup {
    /// The people of a cell.
    Cell(ReleaseCell),
    /// The people of one cell outside of another one that it covers.
    Difference {
        /// The larger cell.
        of: ReleaseCell,
        /// The smaller cell.
        without: ReleaseCell,
    },
    /// Anybody in the subproblem.
    Subproblem,
}

/// What is proved about a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Somebody is proved to be where no published count supports that anybody is.
    Unsupported,
    /// Floating-point arithmetic could not decide.
    Undecided,
}

impl Violation {
    /// What an unsafe target proves.
    pub(super) fn new(rules: Rules<'_>, system: &SubproblemSystem, centre: usize, unsafe_target: &UnsafeTarget) -> Self {
        let cell = |cell: usize| rules.release_cell(&system.cells[cell], centre);
        let (group, proof) = match unsafe_target.target {
            Target::Cell(of) if unsafe_target.is_least => (ProvedGroup::Cell(cell(of)), Breach::Existence),
            Target::Cell(of) => (ProvedGroup::Cell(cell(of)), Breach::UpperLevel),
            Target::Facts => (ProvedGroup::Subproblem, Breach::Unsupported),
            Target::Difference(i) => {
                let difference = &system.differences[i];
                let group = ProvedGroup::Difference { of: cell(difference.of), without: cell(difference.without) };
                (group, Breach::Differencing)
            }
        };
        let witness = unsafe_target.witness.iter().map(|&(at, _)| (cell(at), rules.bounds(&system.cells[at], centre)));
        let facts = unsafe_target.facts.iter().map(|&at| cell(at)).collect();
        Self { group, proof, codes: system.subproblem.codes.clone(), centre, witness: witness.collect(), facts }
    }

    /// The same with other codes of its cells; nothing where its group or a cell that proves it has none.
    /// The codes of the subproblem are left out.
    #[cfg(feature = "publish")]
    pub(super) fn renamed(&self, rename: &dyn Fn(ReleaseCell) -> Option<ReleaseCell>) -> Option<Self> {
        let group = match self.group {
            ProvedGroup::Cell(cell) => ProvedGroup::Cell(rename(cell)?),
            ProvedGroup::Difference { of, without } => ProvedGroup::Difference { of: rename(of)?, without: rename(without)? },
            ProvedGroup::Subproblem => ProvedGroup::Subproblem,
        };
        let witness = self.witness.iter().map(|&(cell, bounds)| Some((rename(cell)?, bounds))).collect::<Option<_>>()?;
        let facts = self.facts.iter().map(|&cell| rename(cell)).collect::<Option<_>>()?;
        Some(Self { group, codes: Vec::new(), witness, facts, ..self.clone() })
    }

    /// A subproblem that could not be decided.
    pub(super) fn undecided(subproblem: &Subproblem, centre: usize) -> Self {
        let codes = subproblem.codes.clone();
        Self { group: ProvedGroup::Subproblem, proof: Breach::Undecided, codes, centre, witness: Vec::new(), facts: Vec::new() }
    }
}
