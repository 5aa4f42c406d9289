//! What an audit will cost, before it is started: every subproblem is counted, a few of each kind are tried.

use std::collections::BTreeMap;
use std::time::Instant;

use ninzu_engine::Result;
use ninzu_engine::model::Policy;
use serde::Serialize;

use super::attacker::Attacker;
use super::cell_intervals::CellIntervals;
use super::subproblems::{Subproblems, Task};
use super::system::{Knowledge, Rules, SubproblemKind, SubproblemSystem};
use crate::{Progress, Published};

/// So many subproblems of each kind are tried.
const TRIED: usize = 12;

/// What an audit will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// For each table, its declared cells.
    pub cells: BTreeMap<String, u64>,
    /// For each kind of subproblem.
    pub kinds: BTreeMap<String, KindForecast>,
    /// For each table of pairs, the seconds of one processor that its pairs and triples take.
    pub pair_seconds: BTreeMap<String, f64>,
    /// Seconds of one processor for auditing everything once. Building takes one and a half to three times as much.
    pub seconds: f64,
}

/// What subproblems of one kind will cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct KindForecast {
    /// How many there are, one for each centre.
    #[serde(rename = "blocks")]
    pub subproblems: u64,
    /// The variables of the largest that was tried.
    #[serde(rename = "unknowns")]
    pub variables: usize,
    /// About how many linear programs.
    pub programs: u64,
    /// About how many seconds of one processor.
    pub seconds: f64,
}

/// Counts the subproblems of a release and tries a few, evenly spaced.
pub fn forecast(published: &Published, policy: &Policy, progress: &dyn Progress) -> Result<Forecast> {
    let declared = published.declared()?;
    let intervals = CellIntervals::new(published, policy);
    let subproblems = Subproblems::new(published, &declared, &intervals, &[], policy.threshold());
    let dimensions = &published.dimensions;
    let knowledge = Knowledge::new(dimensions, &declared, &intervals, &[]);
    let rules = Rules { dimensions, declared: &declared, intervals: &intervals, earlier: &[], knowledge: &knowledge };
    let (mut kinds, mut pair_seconds, mut total) = (BTreeMap::new(), BTreeMap::new(), 0.0);
    progress.begin("forecast", Some(SubproblemKind::ALL.len() as u64));
    for kind in SubproblemKind::ALL {
        let tasks = subproblems.tasks(&[kind]);
        let all: u64 = tasks.iter().map(|task| task.1.len() as u64).sum();
        let tried: Vec<Tried> =
            tasks.iter().step_by(tasks.len().div_ceil(TRIED).max(1)).map(|task| attempt(rules, policy, task)).collect();
        let (programs, seconds) = tried.iter().fold((0, 0.0), |sum, one| (sum.0 + one.programs, sum.1 + one.seconds));
        let each = seconds / tried.len().max(1) as f64;
        if matches!(
            kind,
            SubproblemKind::Pair | SubproblemKind::AncestorClosure | SubproblemKind::Descendants | SubproblemKind::Triple
        ) {
            for (subproblem, centres) in &tasks {
                for table in rules.pair_tables(subproblem) {
                    let name = published.tables[table].name(&published.dimensions);
                    *pair_seconds.entry(name).or_insert(0.0) += each * centres.len() as f64;
                }
            }
        }
        total += each * all as f64;
        let of_kind = KindForecast {
            subproblems: all,
            variables: tried.iter().map(|one| one.variables).max().unwrap_or(0),
            programs: (programs as f64 / tried.len().max(1) as f64 * all as f64).round() as u64,
            seconds: each * all as f64,
        };
        kinds.insert(kind.name().to_owned(), of_kind);
        progress.advance(1);
    }
    progress.end();
    let names = published.tables.iter().map(|table| table.name(&published.dimensions));
    Ok(Forecast { cells: names.zip(intervals.declared(published)?).collect(), kinds, pair_seconds, seconds: total })
}

/// One subproblem at its first centre.
struct Tried {
    variables: usize,
    programs: u64,
    seconds: f64,
}

fn attempt(rules: Rules<'_>, policy: &Policy, (subproblem, centres): &Task) -> Tried {
    let start = Instant::now();
    let system = SubproblemSystem::new(rules, subproblem.clone());
    let bounds = system.cells.iter().map(|cell| rules.bounds(cell, centres[0])).collect();
    let mut attacker = Attacker::new(&system, policy.threshold(), bounds, rules.facts(&system, centres[0]));
    attacker.solve(&mut |_, _| None);
    Tried { variables: system.variables, programs: attacker.programs, seconds: start.elapsed().as_secs_f64() }
}
