//! What an audit will cost, before it is started: every block is counted, a few of each kind are tried.

use std::collections::BTreeMap;
use std::time::Instant;

use ninzu_engine::{Policy, Result};
use serde::Serialize;

use super::attacker::Prover;
use super::cell_intervals::Ledger;
use super::subproblems::{Blocks, Task};
use super::system::{Kind, Rules, Shape};
use crate::{Progress, Published};

/// So many blocks of each kind are tried.
const TRIED: usize = 12;

/// What an audit will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    /// For each table, its declared cells.
    pub cells: BTreeMap<String, u64>,
    /// For each kind of block.
    pub kinds: BTreeMap<String, KindForecast>,
    /// For each table of pairs, the seconds of one processor that its pairs and triples take.
    pub pair_seconds: BTreeMap<String, f64>,
    /// Seconds of one processor for auditing everything once. Building takes one and a half to three times as much.
    pub seconds: f64,
}

/// What blocks of one kind will cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct KindForecast {
    /// How many there are, one for each centre.
    pub blocks: u64,
    /// The unknowns of the largest that was tried.
    pub unknowns: usize,
    /// About how many linear programs.
    pub programs: u64,
    /// About how many seconds of one processor.
    pub seconds: f64,
}

/// Counts the blocks of a release and tries a few, evenly spaced.
pub fn forecast(published: &Published, policy: &Policy, progress: &dyn Progress) -> Result<Forecast> {
    let declared = published.declared()?;
    let ledger = Ledger::new(published, policy);
    let blocks = Blocks::new(published, &declared, &ledger, None, policy.threshold());
    let rules = Rules { dimensions: &published.dimensions, declared: &declared, ledger: &ledger, earlier: None };
    let (mut kinds, mut pair_seconds, mut total) = (BTreeMap::new(), BTreeMap::new(), 0.0);
    progress.begin("forecast", Some(Kind::ALL.len() as u64));
    for kind in Kind::ALL {
        let tasks = blocks.tasks(&[kind]);
        let all: u64 = tasks.iter().map(|task| task.1.len() as u64).sum();
        let tried: Vec<Tried> =
            tasks.iter().step_by(tasks.len().div_ceil(TRIED).max(1)).map(|task| attempt(rules, policy, task)).collect();
        let (programs, seconds) = tried.iter().fold((0, 0.0), |sum, one| (sum.0 + one.programs, sum.1 + one.seconds));
        let each = seconds / tried.len().max(1) as f64;
        if matches!(kind, Kind::Pair | Kind::Lineage | Kind::Offspring | Kind::Triple) {
            for (block, centres) in &tasks {
                for table in rules.pair_tables(block) {
                    let name = published.tables[table].name(&published.dimensions);
                    *pair_seconds.entry(name).or_insert(0.0) += each * centres.len() as f64;
                }
            }
        }
        total += each * all as f64;
        let of_kind = KindForecast {
            blocks: all,
            unknowns: tried.iter().map(|one| one.unknowns).max().unwrap_or(0),
            programs: (programs as f64 / tried.len().max(1) as f64 * all as f64).round() as u64,
            seconds: each * all as f64,
        };
        kinds.insert(kind.name().to_owned(), of_kind);
        progress.advance(1);
    }
    progress.end();
    let names = published.tables.iter().map(|table| table.name(&published.dimensions));
    Ok(Forecast { cells: names.zip(ledger.declared(published)?).collect(), kinds, pair_seconds, seconds: total })
}

/// One block at its first centre.
struct Tried {
    unknowns: usize,
    programs: u64,
    seconds: f64,
}

fn attempt(rules: Rules<'_>, policy: &Policy, (block, centres): &Task) -> Tried {
    let start = Instant::now();
    let shape = Shape::new(rules, block.clone());
    let ends = shape.rows.iter().map(|row| rules.ends(row, centres[0])).collect();
    let mut prover = Prover::new(&shape, policy.threshold(), ends);
    prover.prove(&mut |_, _| None);
    Tried { unknowns: shape.unknowns, programs: prover.programs, seconds: start.elapsed().as_secs_f64() }
}
