//! Proof that a release keeps its promise, from its published files alone.
//!
//! > For every declared cell that is published with a lower bound below the threshold `k` or not listed, the linear program over
//! > the published intervals of each audited block has minimum 0 and maximum at least `k - 1`.
//!
//! And for every difference of two such cells, one inside the other, that some world can fill: maximum at least `k`, or at least
//! `k - 1` with minimum 0. Blocks and bounds are those that questions use: attacker and reader are one.

mod binding;
mod blocks;
mod decoys;
mod families;
mod forecast;
mod joint;
mod ledger;
mod prove;
mod repair;
mod report;
mod shape;

use std::collections::BTreeMap;
use std::fmt;

use ninzu_engine::{Engine, Error, ErrorKind, Interval, Policy, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Progress, Published};
pub use binding::check_audit;
#[cfg(feature = "publish")]
pub(crate) use binding::{AuditFile, audited_content};
pub(crate) use blocks::{Blocks, LargeFamily, Task};
pub use decoys::{Decoys, undone_decoys};
pub(crate) use families::Shortfall;
pub use forecast::{Forecast, KindForecast, forecast};
pub(crate) use ledger::{CellId, Ledger};
pub(crate) use prove::{Finding, Outcome, Prover, Target};
pub use repair::{Journal, Repaired, Widening, Work, repair, repair_both};
pub use report::report;
pub(crate) use shape::{Block, Kind, Rules, Shape};

/// What an audit found: `audit.json`, and the violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The totals.
    pub totals: AuditTotals,
    /// What breaks the promise, in the order of the blocks.
    pub violations: Vec<Violation>,
}

/// What an earlier release said of each cell of a later one.
#[derive(Debug, Clone)]
pub struct Earlier(pub(crate) Ledger);

/// The totals of an audit, as `audit.json` has them. They depend on the published intervals only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTotals {
    /// The format of this file: 1.
    pub format: u32,
    /// What was promised.
    pub promise: String,
    /// Cells that were declared, listed or not: for each table.
    pub declared: BTreeMap<String, u64>,
    /// Blocks that were audited, one for each centre: for each kind.
    pub blocks: BTreeMap<String, u64>,
    /// Families whose children visibly do not fill their parent: there is nothing to fill.
    pub unfilled_families: u64,
    /// Blocks that no world without people leaving explains: they were audited without the earlier release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjoined: Option<u64>,
    /// Cells and differences that were cleared, once for each block.
    pub targets: u64,
    /// Linear programs that were solved.
    pub programs: u64,
    /// Violations that are left.
    pub violations: u64,
}

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

/// The file of an audit's totals inside a release.
pub const AUDIT: &str = "audit.json";

/// Audits an open release, all of whose cells were read.
pub fn audit_release(engine: &Engine, published: &Published, progress: &dyn Progress) -> Result<Audit> {
    let manifest = engine.release().manifest();
    let policy = match &manifest.policy {
        Some(policy) if manifest.protection.is_ours() => policy,
        _ => return Err(not_ours(&manifest.protection.by)),
    };
    audit(published, policy, progress)
}

/// Audits a release's cells.
pub fn audit(published: &Published, policy: &Policy, progress: &dyn Progress) -> Result<Audit> {
    audit_both(published, None, policy, progress)
}

/// Audits a release's cells, alone and, where there is an earlier release, together with it: nobody has left since.
pub fn audit_both(published: &Published, earlier: Option<&Earlier>, policy: &Policy, progress: &dyn Progress) -> Result<Audit> {
    let declared = &published.declared()?;
    let ledger = &Ledger::new(published, policy);
    let earlier = earlier.map(|earlier| &earlier.0);
    let blocks = Blocks::new(published, declared, ledger, earlier, policy.threshold());
    let (tasks, families) = (blocks.tasks(&Kind::ALL), blocks.large_families());
    let rules = Rules { dimensions: &published.dimensions, declared, ledger, earlier };
    progress.begin("audit", Some(tasks.len() as u64));
    let audited: Vec<Audited> = tasks
        .par_iter()
        .map(|(block, centres)| {
            let audited = audit_block(rules, published, policy, block, centres);
            progress.advance(1);
            audited
        })
        .collect();
    progress.end();
    let mut violations: Vec<Violation> = families
        .iter()
        .flat_map(|family| families::shortfalls(rules, family, policy.threshold(), &|id| ledger.ends(id)))
        .map(|shortfall| shortfall.violation(rules, published))
        .collect();
    let mut totals = AuditTotals {
        format: 1,
        promise: format!(
            "every declared cell published below {k} or not listed: minimum 0 and maximum at least {}, by the linear program of each block",
            policy.threshold() - 1,
            k = policy.threshold()
        ),
        declared: published
            .tables
            .iter()
            .map(|table| table.name(&published.dimensions))
            .zip(ledger.declared(published)?)
            .collect(),
        blocks: Kind::ALL.iter().map(|kind| (kind.name().to_owned(), 0)).collect(),
        unfilled_families: 0,
        unjoined: earlier.map(|_| 0),
        targets: 0,
        programs: 0,
        violations: 0,
    };
    totals.blocks.insert("large family".into(), families.len() as u64);
    for ((block, centres), audited) in tasks.iter().zip(audited) {
        *totals.blocks.entry(block.kind.name().into()).or_default() += centres.len() as u64;
        totals.unfilled_families += audited.unfilled;
        if let Some(unjoined) = &mut totals.unjoined {
            *unjoined += audited.unjoined;
        }
        totals.targets += audited.targets;
        totals.programs += audited.programs;
        violations.extend(audited.violations);
    }
    totals.violations = violations.len() as u64;
    Ok(Audit { totals, violations })
}

/// What came of one block at all its centres.
#[derive(Debug, Default)]
struct Audited {
    unfilled: u64,
    unjoined: u64,
    targets: u64,
    programs: u64,
    violations: Vec<Violation>,
}

fn audit_block(rules: Rules<'_>, published: &Published, policy: &Policy, block: &Block, centres: &[usize]) -> Audited {
    let shape = Shape::new(rules, block.clone());
    let joint = rules.earlier.map(|_| shape.with_earlier());
    let mut audited = Audited::default();
    for (shape, &centre) in
        [Some(&shape), joint.as_ref()].into_iter().flatten().flat_map(|shape| centres.iter().map(move |c| (shape, c)))
    {
        let ends = shape.rows.iter().map(|row| rules.ends(row, centre)).collect();
        let mut prover = Prover::new(shape, policy.threshold(), ends);
        let mut findings = Vec::new();
        let outcome = prover.prove(&mut |finding, _| {
            findings.push(finding.clone());
            None
        });
        audited.programs += prover.programs;
        match outcome {
            Outcome::Decided => audited.targets += prover.targets(),
            Outcome::Impossible if shape.is_joint => audited.unjoined += 1,
            Outcome::Impossible if block.kind == Kind::Family => audited.unfilled += 1,
            Outcome::Impossible | Outcome::Undecided => {
                audited.violations.push(undecided(published, block, centre));
                continue;
            }
        }
        audited.violations.extend(findings.iter().map(|finding| violation(rules, published, shape, centre, finding)));
    }
    audited
}

fn undecided(published: &Published, block: &Block, centre: usize) -> Violation {
    let block = published.name_cell(&block.codes, centre, &[]);
    Violation { group: block.clone(), proof: Breach::Undecided, block, witness: Vec::new() }
}

fn violation(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, finding: &Finding) -> Violation {
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
fn name_row(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, row: usize) -> String {
    let row = &shape.rows[row];
    let name = published.name_cell(&rules.codes(row), centre, &rules.values(row.cell));
    if row.is_earlier { format!("{name} (earlier release)") } else { name }
}

/// A finding in words.
fn because(rules: Rules<'_>, published: &Published, shape: &Shape, centre: usize, finding: &Finding) -> String {
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

/// The error of a release that Ninzu did not protect.
fn not_ours(by: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("the release carries the protection of {by}, not ours: there is no policy to audit"),
    )
    .with_hint("audit releases that `ninzu build` or `ninzu merge` wrote")
}
