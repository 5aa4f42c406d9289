//! The audit: every subproblem afresh, from the published intervals alone.

use std::collections::BTreeMap;

use ninzu_engine::{Engine, Error, ErrorKind, Policy, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::attacker::{Outcome, Prover};
use super::cell_intervals::{Earlier, Ledger};
use super::families;
use super::subproblems::Blocks;
use super::system::{Block, Kind, Rules, Shape};
use super::violation::{Violation, undecided, violation};
use crate::{Progress, Published};

/// What an audit found: `audit.json`, and the violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The totals.
    pub totals: AuditTotals,
    /// What breaks the promise, in the order of the blocks.
    pub violations: Vec<Violation>,
}

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

/// The error of a release that Ninzu did not protect.
fn not_ours(by: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("the release carries the protection of {by}, not ours: there is no policy to audit"),
    )
    .with_hint("audit releases that `ninzu build` or `ninzu merge` wrote")
}
