//! The audit: every subproblem afresh, from the published intervals alone.

use std::collections::BTreeMap;

use ninzu_engine::model::Policy;
use ninzu_engine::{Engine, Error, ErrorKind, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::aggregations;
use super::attacker::{Attacker, Outcome};
use super::cell_intervals::{CellIntervals, Earlier};
use super::composed::Composed;
use super::subproblems::Subproblems;
use super::system::{Knowledge, Rules, Subproblem, SubproblemKind, SubproblemSystem};
use super::violation::Violation;
use crate::catalogue::message;
use crate::{Progress, Published};

/// What an audit found: `audit.json`, and the violations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The totals.
    pub totals: AuditTotals,
    /// What breaks the promise, in the order of the subproblems.
    pub violations: Vec<Violation>,
}

/// The totals of an audit, as `audit.json` has them. They depend on the published intervals only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTotals {
    /// The format of this file: 1.
    pub format: u32,
    /// What was promised.
    pub promise: String,
    /// Cells that were declared, published or suppressed: for each table.
    pub declared: BTreeMap<String, u64>,
    /// Subproblems that were audited, one for each centre: for each kind.
    #[serde(rename = "blocks")]
    pub subproblems: BTreeMap<String, u64>,
    /// Aggregations whose children visibly do not fill their parent: there is nothing to fill.
    #[serde(rename = "unfilled_families")]
    pub unfilled_aggregations: u64,
    /// The ids of earlier releases that were audited together with it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<String>,
    /// Subproblems for which no point was found in which nobody has left: they were audited without that earlier release, or without
    /// all earlier ones at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unjoined: Option<u64>,
    /// Subproblems of pairs, all of whose targets were shown by tables that were composed from points of their codes.
    #[serde(default)]
    pub composed: u64,
    /// Cells and differences that were decided, once for each subproblem; of composed ones those about pairs.
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
    audit_versions(published, &[], policy, progress)
}

/// Audits a release's cells, alone, together with each earlier release and with all of them, oldest first: nobody has left since.
pub fn audit_versions(published: &Published, earlier: &[Earlier], policy: &Policy, progress: &dyn Progress) -> Result<Audit> {
    let declared = &published.declared()?;
    let intervals = &CellIntervals::new(published, policy);
    let subproblems = Subproblems::new(published, declared, intervals, earlier, policy.threshold());
    let (tasks, aggregations) = (subproblems.tasks(&SubproblemKind::ALL), subproblems.large_aggregations());
    let knowledge = &Knowledge::new(&published.dimensions, declared, intervals, earlier);
    let rules = Rules { dimensions: &published.dimensions, declared, intervals, earlier, knowledge };
    let mut composed = Composed::default();
    composed.find(rules, policy.threshold(), &tasks);
    progress.begin("audit", Some(tasks.len() as u64));
    let audited: Vec<Audited> = tasks
        .par_iter()
        .map(|(subproblem, centres)| {
            let audited = audit_subproblem(rules, policy, &composed, subproblem, centres);
            progress.advance(1);
            audited
        })
        .collect();
    progress.end();
    let mut violations: Vec<Violation> = aggregations
        .iter()
        .flat_map(|aggregation| aggregations::shortfalls(rules, aggregation, policy.threshold(), &|id| intervals.bounds(id)))
        .map(|shortfall| shortfall.violation(rules))
        .collect();
    let mut totals = AuditTotals {
        format: 1,
        promise: format!(
            "every declared cell published below {k} or not listed: minimum 0 and maximum at least {}, by the linear program of each block, for readers who know of any groups that nothing published supports that they are empty",
            policy.threshold() - 1,
            k = policy.threshold()
        ),
        declared: published
            .tables
            .iter()
            .map(|table| table.name(&published.dimensions))
            .zip(intervals.declared(published)?)
            .collect(),
        subproblems: SubproblemKind::ALL.iter().map(|kind| (kind.name().to_owned(), 0)).collect(),
        unfilled_aggregations: 0,
        previous: Vec::new(),
        unjoined: (!earlier.is_empty()).then_some(0),
        composed: 0,
        targets: 0,
        programs: 0,
        violations: 0,
    };
    totals.subproblems.insert("large family".into(), aggregations.len() as u64);
    for ((subproblem, centres), audited) in tasks.iter().zip(audited) {
        *totals.subproblems.entry(subproblem.kind.name().into()).or_default() += centres.len() as u64;
        totals.unfilled_aggregations += audited.unfilled;
        if let Some(unjoined) = &mut totals.unjoined {
            *unjoined += audited.unjoined;
        }
        totals.composed += audited.composed;
        totals.targets += audited.targets;
        totals.programs += audited.programs;
        violations.extend(audited.violations);
    }
    totals.violations = violations.len() as u64;
    Ok(Audit { totals, violations })
}

/// Refuses a policy under which an answer could lose its sense: where a group is proved to have people, the threshold or more must be
/// possible. With a base below the threshold, what one interval leaves of another can be a few people.
#[cfg(feature = "publish")]
pub(crate) fn can_be_proved(policy: &Policy) -> Result<()> {
    let (threshold, base) = (policy.threshold(), policy.base());
    if base >= threshold {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidPolicy, message!("policy.narrow_base", base = base, threshold = threshold))
        .with_hint(message!("hint.wider_base", threshold = threshold)))
}

/// What came of one subproblem at all its centres.
#[derive(Debug, Default)]
struct Audited {
    unfilled: u64,
    unjoined: u64,
    composed: u64,
    targets: u64,
    programs: u64,
    violations: Vec<Violation>,
}

fn audit_subproblem(
    rules: Rules<'_>,
    policy: &Policy,
    composed: &Composed,
    subproblem: &Subproblem,
    centres: &[usize],
) -> Audited {
    let (left, targets) = composed.left(rules, policy.threshold(), subproblem, centres);
    let mut audited = Audited { composed: (centres.len() - left.len()) as u64, targets, ..Audited::default() };
    let centres = left;
    if centres.is_empty() {
        return audited;
    }
    let systems = SubproblemSystem::of_versions(rules, subproblem);
    // Children that visibly do not fill their parent do not fill it in several releases either.
    let mut unfilled: Vec<usize> = Vec::new();
    for (system, &centre) in systems.iter().flat_map(|system| centres.iter().map(move |c| (system, c))) {
        if system.is_joint() && rules.is_implied(system, centre) {
            continue;
        }
        let bounds = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
        let mut attacker = Attacker::new(system, policy.threshold(), bounds, rules.facts(system, centre));
        let mut unsafe_targets = Vec::new();
        let outcome = attacker.solve(&mut |unsafe_target, _| {
            unsafe_targets.push(unsafe_target.clone());
            None
        });
        audited.programs += attacker.programs;
        match outcome {
            Outcome::Decided => audited.targets += attacker.targets(),
            Outcome::Impossible if system.is_closed || system.is_joint() && unfilled.contains(&centre) => {}
            Outcome::Impossible | Outcome::Undecided if system.is_joint() => audited.unjoined += 1,
            Outcome::Impossible if subproblem.kind == SubproblemKind::Aggregation => {
                audited.unfilled += 1;
                unfilled.push(centre);
            }
            Outcome::Impossible | Outcome::Undecided => {
                audited.violations.push(Violation::undecided(subproblem, centre));
                continue;
            }
        }
        audited
            .violations
            .extend(unsafe_targets.iter().map(|unsafe_target| Violation::new(rules, system, centre, unsafe_target)));
    }
    audited
}

/// The error of a release that Ninzu did not protect.
fn not_ours(by: &str) -> Error {
    Error::new(ErrorKind::Unsupported, message!("audit.not_ours", by = by)).with_hint(message!("hint.audit_ours"))
}
