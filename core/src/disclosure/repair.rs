//! Widening until nothing is proved too well. Reads intervals only, never counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ninzu_engine::{Error, ErrorKind, Policy, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::attacker::{Finding, Outcome, Prover};
use super::cell_intervals::{CellId, Earlier, Ledger};
use super::families::{LargeFamily, Shortfall, shortfalls};
use super::subproblems::{Blocks, Task};
use super::system::{Block, Kind, Row, Rules, Shape};
use super::violation::{self, because, name_row, violation};
use crate::{Progress, Published};

/// Blocks in one piece of work: what is done again after an interruption.
const BATCH: usize = 512;
/// Rounds after which something must be wrong: widening always ends.
const MOST_ROUNDS: u32 = 10_000;

/// One interval that was widened, and why. The steward's: no part of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widening {
    /// The cell, by its labels.
    pub cell: String,
    /// Its interval before.
    pub from: (u32, u32),
    /// Its interval after.
    pub to: (u32, u32),
    /// What could be proved.
    pub because: String,
    /// The cell's number.
    id: CellId,
    /// The task and the centre that wanted it.
    by: (usize, usize),
}

/// What repair did. The steward's: no part of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Every widening, in order.
    pub widenings: Vec<Widening>,
    /// How many rounds it took.
    pub rounds: u32,
    /// How many linear programs were solved.
    pub programs: u64,
}

/// What a piece of the work came to. The steward's: no part of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What was widened, in order.
    pub widenings: Vec<Widening>,
    /// The tasks and centres whose cells no world explains: nothing was cleared there.
    unexplained: BTreeSet<(usize, usize)>,
}

/// Remembers finished work, so that an interrupted repair goes on where it was.
pub trait Journal {
    /// What a piece of work came to, if it was done before.
    fn recall(&mut self, number: u64) -> Option<Work>;
    /// Keeps what a piece of work came to.
    fn record(&mut self, number: u64, work: &Work) -> Result<()>;
}

/// Remembers nothing.
impl Journal for () {
    fn recall(&mut self, _: u64) -> Option<Work> {
        None
    }

    fn record(&mut self, _: u64, _: &Work) -> Result<()> {
        Ok(())
    }
}

/// Which end to widen, and by how many buckets.
#[derive(Debug, Clone, Copy)]
struct Wish {
    lower: bool,
    buckets: u32,
}

/// Whether totals that name their codes may be widened below the threshold: only where nothing else helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pins {
    Kept,
    Loosened,
}

/// What repair works on.
struct Repair<'a> {
    published: &'a Published,
    earlier: Option<&'a Ledger>,
    policy: &'a Policy,
    /// For each dimension, whether its codes are named by published rows only: their totals never pretend otherwise.
    pinned: &'a [bool],
}

/// Widens intervals until the audit finds nothing. `pinned` tells for each dimension whether its codes are named by their
/// published totals only: these are not widened below the threshold.
///
/// Blocks are examined on the same intervals and widen copies of their own; the hull of all copies is the next round's. So the
/// result is the same for any number of threads. Widening leaves every world a world, so what was cleared stays cleared: blocks are
/// examined again only where another one's widening made a new target.
pub fn repair(
    published: &mut Published,
    policy: &Policy,
    pinned: &[bool],
    journal: &mut dyn Journal,
    progress: &dyn Progress,
) -> Result<Repaired> {
    repair_both(published, None, policy, pinned, journal, progress)
}

/// The same, so that the audit together with an earlier release finds nothing either.
pub fn repair_both(
    published: &mut Published,
    earlier: Option<&Earlier>,
    policy: &Policy,
    pinned: &[bool],
    journal: &mut dyn Journal,
    progress: &dyn Progress,
) -> Result<Repaired> {
    let mut ledger = Ledger::new(published, policy);
    let earlier = earlier.map(|earlier| &earlier.0);
    let repaired = Repair { published, earlier, policy, pinned }.run(&mut ledger, journal, progress)?;
    ledger.write(published);
    Ok(repaired)
}

/// A block at a centre: its kind, codes and centre.
type Examined = (Kind, Vec<(usize, u32)>, usize);

/// When cells of a tuple at a centre last became targets, and when all targets of a block were cleared.
struct Clock {
    threshold: u32,
    now: u32,
    fell: HashMap<(usize, usize, usize), u32>,
    cleared: HashMap<Examined, u32>,
}

impl Repair<'_> {
    fn run(&self, ledger: &mut Ledger, journal: &mut dyn Journal, progress: &dyn Progress) -> Result<Repaired> {
        let declared = self.published.declared()?;
        let (mut repaired, mut clock, mut numbers) = (Repaired::default(), Clock::new(self.policy.threshold()), 0..);
        let mut level = 0;
        // Small blocks first: what they widen, larger ones need not find again.
        while level < LEVELS.len() {
            if repaired.rounds == MOST_ROUNDS {
                return Err(Error::new(ErrorKind::Contradiction, "repair did not end"));
            }
            let blocks = Blocks::new(self.published, &declared, ledger, self.earlier, self.policy.threshold());
            let rules = Rules { dimensions: &self.published.dimensions, declared: &declared, ledger, earlier: self.earlier };
            let tasks: Vec<Task> = blocks.tasks(LEVELS[level]).into_iter().filter_map(|task| clock.dirty(rules, task)).collect();
            let families = if level == LARGE { blocks.large_families() } else { Vec::new() };
            let mut round = Work::default();
            progress.begin(TASKS[level], Some(tasks.len() as u64));
            for (batch, first) in tasks.chunks(BATCH).zip((0..).step_by(BATCH)) {
                let number = numbers.next().unwrap_or(0);
                if let Some(known) = journal.recall(number) {
                    progress.advance(batch.len() as u64);
                    round.add(known);
                    continue;
                }
                let done = batch.par_iter().enumerate().map(|(at, (block, centres))| {
                    let done = self.examine(rules, first + at, block, centres);
                    progress.advance(1);
                    done
                });
                let mut new = Work::default();
                for (work, programs) in done.collect::<Result<Vec<_>>>()? {
                    new.add(work);
                    repaired.programs += programs;
                }
                journal.record(number, &new)?;
                round.add(new);
            }
            for family in &families {
                round.widenings.extend(self.fill(rules, family, tasks.len())?);
            }
            progress.end();
            repaired.rounds += 1;
            level = if clock.apply(ledger, &declared, self.published, &tasks, &round) { 0 } else { level + 1 };
            repaired.widenings.extend(round.widenings);
        }
        Ok(repaired)
    }

    /// Widens a block's own copy of its cells, at each centre, until it proves nothing too well.
    fn examine(&self, rules: Rules<'_>, task: usize, block: &Block, centres: &[usize]) -> Result<(Work, u64)> {
        let alone = Shape::new(rules, block.clone());
        let joint = rules.earlier.map(|_| alone.with_earlier());
        let shapes = [Some(&alone), joint.as_ref()].into_iter().flatten();
        let (mut work, mut programs) = (Work::default(), 0);
        for (shape, &centre) in shapes.flat_map(|shape| centres.iter().map(move |centre| (shape, centre))) {
            let ends = shape.rows.iter().map(|row| rules.ends(row, centre)).collect();
            let mut prover = Prover::new(shape, self.policy.threshold(), ends);
            let mut stuck = None;
            let outcome = prover.prove(&mut |finding, ends| {
                let choice = self.choose(rules, shape, centre, finding, ends);
                let Some((row, to)) = choice else {
                    stuck.get_or_insert_with(|| violation(rules, self.published, shape, centre, finding));
                    return None;
                };
                work.widenings.push(Widening {
                    cell: name_row(rules, self.published, shape, centre, row),
                    from: ends[row],
                    to,
                    because: because(rules, self.published, shape, centre, finding),
                    id: shape.rows[row].id(rules.ledger, centre),
                    by: (task, centre),
                });
                Some((row, to))
            });
            programs += prover.programs;
            let is_impossible = matches!(outcome, Outcome::Impossible);
            if is_impossible {
                work.unexplained.insert((task, centre));
            }
            let may_be = block.kind == Kind::Family || shape.is_joint;
            let undecided = matches!(outcome, Outcome::Undecided) || is_impossible && !may_be;
            if let Some(violation) = stuck.or_else(|| undecided.then(|| violation::undecided(self.published, block, centre))) {
                return Err(Error::new(ErrorKind::Contradiction, format!("widening does not help where {violation}"))
                    .with_hint("this is a fault of Ninzu: please report it with the spec's margins"));
            }
        }
        Ok((work, programs))
    }

    /// The row to widen for a finding: of those that prove it the one whose interval becomes least vague, ties by label.
    fn choose(
        &self,
        rules: Rules<'_>,
        shape: &Shape,
        centre: usize,
        finding: &Finding,
        ends: &[(u32, u32)],
    ) -> Option<(usize, (u32, u32))> {
        let own = || finding.proof.iter().filter(|&&(row, _)| !shape.rows[row].is_earlier);
        let wider = |&(row, dual): &(usize, f64), pins: Pins| {
            let buckets = (finding.gap / (dual.abs() * f64::from(self.policy.base())) - 1e-6).ceil().max(1.0) as u32;
            let id = shape.rows[row].id(rules.ledger, centre);
            let to = self.wider(rules, &shape.rows[row], id, ends[row], Wish { lower: dual > 0.0, buckets }, pins)?;
            Some((row, to))
        };
        let kept: Vec<_> = own().filter_map(|proof| wider(proof, Pins::Kept)).collect();
        let all = if kept.is_empty() { own().filter_map(|proof| wider(proof, Pins::Loosened)).collect() } else { kept };
        let label = |row: usize| name_row(rules, self.published, shape, centre, row);
        let (row, to) = all.into_iter().reduce(|a, b| {
            let order = self.vagueness(ends[a.0], ends[b.0]).then_with(|| label(a.0).cmp(&label(b.0)));
            if order.is_le() { a } else { b }
        })?;
        Some((row, to))
    }

    /// An interval some buckets wider at one end; nothing where that would give a repair away.
    fn wider(&self, rules: Rules<'_>, row: &Row, id: CellId, (lo, hi): (u32, u32), wish: Wish, pins: Pins) -> Option<(u32, u32)> {
        let Wish { lower, buckets } = wish;
        let (k, far) = (self.policy.threshold(), buckets.saturating_mul(self.policy.base()));
        let sheet = &rules.ledger.sheets[row.sheet];
        let is_pinned = row.cell == 0 && sheet.codes.len() == 1 && self.pinned.get(sheet.codes[0]).copied().unwrap_or(false);
        if lower {
            let floor = if is_pinned && pins == Pins::Kept { k } else { 0 };
            let to = lo.saturating_sub(far);
            let to = if to < k { floor } else { to };
            return (to < lo).then_some((to, hi));
        }
        // An unlisted cell is listed by a decoy only where all cells around it are listed: so it is by repair.
        let is_listed = rules.ledger.is_listed(id) || hi >= k;
        (is_listed || (!is_pinned && rules.may_be_listed(row, id))).then_some((lo, hi.saturating_add(far)))
    }

    /// Orders intervals by how wide they would be beside their upper end, one bucket wider: `(hi - lo + base) / hi`.
    fn vagueness(&self, a: (u32, u32), b: (u32, u32)) -> std::cmp::Ordering {
        let width = |(lo, hi): (u32, u32)| u64::from(hi - lo) + u64::from(self.policy.base());
        (width(a) * u64::from(b.1)).cmp(&(width(b) * u64::from(a.1)))
    }

    /// The same for a family with many children, on a copy of its own.
    fn fill(&self, rules: Rules<'_>, family: &LargeFamily, by: usize) -> Result<Vec<Widening>> {
        let mut widenings = Vec::new();
        let mut own: BTreeMap<CellId, (u32, u32)> = BTreeMap::new();
        let ends = |own: &BTreeMap<CellId, (u32, u32)>, id| own.get(&id).copied().unwrap_or_else(|| rules.ledger.ends(id));
        while let Some(found) = shortfalls(rules, family, self.policy.threshold(), &|id| ends(&own, id)).first() {
            let buckets = found.gap.div_ceil(u64::from(self.policy.base())) as u32;
            let Shortfall { parent, siblings, .. } = found;
            let row = |id: CellId| {
                let (sheet, tuple, _) = rules.ledger.place(id);
                Row { sheet, tuple, cell: found.cell, has: 0, members: Vec::new(), is_earlier: false }
            };
            let parent = [(*parent, true)].into_iter();
            let wider = parent.chain(siblings.iter().map(|&id| (id, false))).filter_map(|(id, lower)| {
                Some((id, self.wider(rules, &row(id), id, ends(&own, id), Wish { lower, buckets }, Pins::Loosened)?))
            });
            let label = |id: CellId| self.published.name_cell(&rules.codes(&row(id)), family.centre, &rules.values(found.cell));
            let chosen = wider.reduce(|a, b| {
                let order = self.vagueness(ends(&own, a.0), ends(&own, b.0)).then_with(|| label(a.0).cmp(&label(b.0)));
                if order.is_le() { a } else { b }
            });
            let violation = found.violation(rules, self.published);
            let Some((id, to)) = chosen else {
                return Err(Error::new(ErrorKind::Contradiction, format!("widening does not help where {violation}")));
            };
            widenings.push(Widening {
                cell: label(id),
                from: ends(&own, id),
                to,
                because: violation.to_string(),
                id,
                by: (by, family.centre),
            });
            own.insert(id, to);
        }
        Ok(widenings)
    }
}

/// The kinds of blocks, level by level.
const LEVELS: [&[Kind]; 5] =
    [&[Kind::Base], &[Kind::Code], &[Kind::Nested, Kind::Family], &[Kind::Pair], &[Kind::Lineage, Kind::Offspring, Kind::Triple]];
/// The level of families, large ones included.
const LARGE: usize = 2;
/// What each level is called.
const TASKS: [&str; 5] = ["repair: base", "repair: codes", "repair: hierarchy", "repair: pairs", "repair: triples"];

impl Work {
    /// Adds another piece.
    fn add(&mut self, other: Self) {
        self.widenings.extend(other.widenings);
        self.unexplained.extend(other.unexplained);
    }
}

impl Clock {
    fn new(threshold: u32) -> Self {
        Self { threshold, now: 1, fell: HashMap::new(), cleared: HashMap::new() }
    }

    /// A task at the centres where there are targets that were not cleared yet.
    fn dirty(&self, rules: Rules<'_>, (block, centres): Task) -> Option<Task> {
        let places = rules.places(&block);
        let is_dirty = |&centre: &usize| {
            let cleared = self.cleared.get(&(block.kind, block.codes.clone(), centre)).copied().unwrap_or(0);
            let fell = |&(sheet, tuple): &(usize, usize)| self.fell.get(&(sheet, tuple, centre)).copied().unwrap_or(1);
            places.iter().any(|place| fell(place) > cleared)
        };
        let centres: Vec<usize> = centres.into_iter().filter(is_dirty).collect();
        (!centres.is_empty()).then_some((block, centres))
    }

    /// Makes the hull of all copies the next round's intervals; whether anything changed.
    fn apply(
        &mut self,
        ledger: &mut Ledger,
        declared: &ninzu_engine::Declared,
        published: &Published,
        tasks: &[Task],
        work: &Work,
    ) -> bool {
        self.now += 1;
        let mut fallen: HashSet<CellId> = HashSet::new();
        // Those that a task made targets itself, and cleared.
        let mut seen: HashSet<((usize, usize), CellId)> = HashSet::new();
        let mut changed = false;
        for &Widening { id, to, by, .. } in &work.widenings {
            let was_target = ledger.ends(id).0 < self.threshold;
            changed |= ledger.widen(id, to);
            if to.0 < self.threshold {
                seen.insert((by, id));
                if !was_target {
                    let (sheet, tuple, centre) = ledger.place(id);
                    self.fell.insert((sheet, tuple, centre), self.now);
                    fallen.insert(id);
                }
            }
        }
        let rules = Rules { dimensions: &published.dimensions, declared, ledger, earlier: None };
        for (at, (block, centres)) in tasks.iter().enumerate() {
            let places = rules.places(block);
            for &centre in centres {
                let is_new = |id: CellId| fallen.contains(&id) && !seen.contains(&((at, centre), id));
                let has_new = places.iter().any(|&(sheet, tuple)| {
                    self.fell.get(&(sheet, tuple, centre)) == Some(&self.now) && ledger.cells(sheet, tuple, centre).any(is_new)
                });
                let key = (block.kind, block.codes.clone(), centre);
                if work.unexplained.contains(&(at, centre)) {
                    self.cleared.remove(&key);
                } else {
                    self.cleared.insert(key, if has_new { self.now - 1 } else { self.now });
                }
            }
        }
        changed
    }
}
