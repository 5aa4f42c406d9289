//! Secondary protection: widening until no target is unsafe. Reads intervals only, never counts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ninzu_engine::model::{Declared, Dimension, Listed, Policy};
use ninzu_engine::{Error, ErrorKind, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::aggregations::{LargeAggregation, Shortfall, shortfalls};
use super::attacker::{Attacker, Outcome, UnsafeTarget};
use super::cell_intervals::{CellId, CellIntervals, Earlier, ReleaseCell};
use super::composed::Composed;
use super::label_order::LabelOrder;
use super::shown::not_helped;
use super::subproblems::{Subproblems, Task};
use super::system::{Knowledge, Rules, Subproblem, SubproblemCell, SubproblemKind, SubproblemSystem};
use super::violation::Violation;
use crate::catalogue::message;
use crate::{Progress, Published};

/// Subproblems in one piece of work: what is done again after an interruption.
const BATCH: usize = 512;
/// Rounds after which something must be wrong: widening always bounds.
const MOST_ROUNDS: u32 = 10_000;

/// One interval that was widened, and why. The steward's: no part of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widening {
    /// The cell.
    pub cell: ReleaseCell,
    /// Its interval before.
    pub from: (u32, u32),
    /// Its interval after.
    pub to: (u32, u32),
    /// What could be proved.
    pub because: Violation,
    /// The cell's number.
    pub(crate) id: CellId,
    /// The task and the centre that wanted it.
    pub(crate) by: (usize, usize),
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

impl Repaired {
    /// Adds what was done later.
    #[cfg(feature = "publish")]
    pub(crate) fn add(&mut self, more: Self) {
        self.widenings.extend(more.widenings);
        self.rounds += more.rounds;
        self.programs += more.programs;
    }

    /// Gives all cells other codes; what is about a cell that has none is left out.
    #[cfg(feature = "publish")]
    pub(crate) fn rename(&mut self, rename: &dyn Fn(ReleaseCell) -> Option<ReleaseCell>) {
        self.widenings.retain_mut(|widening| {
            let (Some(cell), Some(because)) = (rename(widening.cell), widening.because.renamed(rename)) else { return false };
            (widening.cell, widening.because) = (cell, because);
            true
        });
    }
}

/// What a piece of the work came to. The steward's: no part of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What was widened, in order.
    pub widenings: Vec<Widening>,
    /// The tasks and centres without a feasible point: nothing was protected there.
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

/// Which bound to move, and by how many buckets.
#[derive(Debug, Clone, Copy)]
struct RequestedWidening {
    lower: bool,
    buckets: u32,
}

/// Whether totals that name their codes may be widened below the threshold: only where nothing else helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FixedCells {
    Fixed,
    Loosened,
}

/// What repair works on.
struct Repair<'a> {
    published: &'a Published,
    earlier: &'a [Earlier],
    policy: &'a Policy,
    /// For each dimension, whether its codes are named by published rows only: their totals never pretend otherwise.
    fixed: Vec<bool>,
    /// How ties are broken.
    order: LabelOrder,
}

/// Widens intervals until the audit finds nothing. Totals of codes that are named by their published rows only are fixed cells: they
/// are widened below the threshold only where nothing else helps.
///
/// Subproblems are examined on the same intervals and widen copies of their own; the hull of all copies is the next round's. So the
/// result is the same for any number of threads. Widening leaves every feasible point feasible, so what was protected stays protected:
/// subproblems are examined again only where another one's widening made a new target.
pub fn repair(
    published: &mut Published,
    policy: &Policy,
    journal: &mut dyn Journal,
    progress: &dyn Progress,
) -> Result<Repaired> {
    repair_versions(published, &[], policy, journal, progress)
}

/// The same, so that the audit together with earlier releases, oldest first, finds nothing either.
pub fn repair_versions(
    published: &mut Published,
    earlier: &[Earlier],
    policy: &Policy,
    journal: &mut dyn Journal,
    progress: &dyn Progress,
) -> Result<Repaired> {
    let mut intervals = CellIntervals::new(published, policy);
    let order = LabelOrder::new(published, &intervals);
    let is_fixed = |dimension: &Dimension| dimension.dictionary.listed() == Some(Listed::Rows);
    let fixed = published.dimensions.all().iter().map(is_fixed).collect();
    let repaired = Repair { published, earlier, policy, fixed, order }.run(&mut intervals, journal, progress)?;
    intervals.write(published);
    Ok(repaired)
}

/// A subproblem at a centre: its kind, codes and centre.
type Examined = (SubproblemKind, Vec<(usize, u32)>, usize);

/// Which subproblems have targets that are not protected yet: in which round cells of a combination at a centre last became
/// targets, and in which one all targets of a subproblem were protected.
struct WorkList {
    threshold: u32,
    round: u32,
    became_target: HashMap<(usize, usize, usize), u32>,
    protected: HashMap<Examined, u32>,
}

impl Repair<'_> {
    fn run(&self, intervals: &mut CellIntervals, journal: &mut dyn Journal, progress: &dyn Progress) -> Result<Repaired> {
        let declared = self.published.declared()?;
        let (mut repaired, mut work_list, mut numbers) = (Repaired::default(), WorkList::new(self.policy.threshold()), 0..);
        intervals.lower_inside(&self.published.dimensions, &declared, self.policy.threshold());
        let mut knowledge = Knowledge::new(&self.published.dimensions, &declared, intervals, self.earlier);
        let (mut level, mut composed) = (0, Composed::default());
        // Small subproblems first: what they widen, larger ones need not find again.
        while level < LEVELS.len() {
            if repaired.rounds == MOST_ROUNDS {
                return Err(
                    Error::new(ErrorKind::Contradiction, message!("repair.endless")).with_hint(message!("hint.report_margins"))
                );
            }
            let subproblems = Subproblems::new(self.published, &declared, intervals, self.earlier, self.policy.threshold());
            let dimensions = &self.published.dimensions;
            let rules = Rules { dimensions, declared: &declared, intervals, earlier: self.earlier, knowledge: &knowledge };
            let tasks: Vec<Task> =
                subproblems.tasks(LEVELS[level]).into_iter().filter_map(|task| work_list.still_open(rules, task)).collect();
            let aggregations = if level == LARGE { subproblems.large_aggregations() } else { Vec::new() };
            if level > LARGE {
                composed.find(rules, self.policy.threshold(), &tasks);
            }
            let mut round = Work::default();
            progress.begin(TASKS[level], Some(tasks.len() as u64));
            for (batch, first) in tasks.chunks(BATCH).zip((0..).step_by(BATCH)) {
                let number = numbers.next().unwrap_or(0);
                if let Some(known) = journal.recall(number) {
                    progress.advance(batch.len() as u64);
                    round.add(known);
                    continue;
                }
                let done = batch.par_iter().enumerate().map(|(at, (subproblem, centres))| {
                    let done = self.examine(rules, &composed, first + at, subproblem, centres);
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
            for aggregation in &aggregations {
                round.widenings.extend(self.fill(rules, aggregation, tasks.len())?);
            }
            progress.end();
            repaired.rounds += 1;
            let changed = work_list.apply(intervals, &mut knowledge, (self.published, &declared, self.earlier), &tasks, &round);
            level = if changed { 0 } else { level + 1 };
            repaired.widenings.extend(round.widenings);
        }
        Ok(repaired)
    }

    /// Widens a subproblem's own copy of its cells, at each centre, until it proves nothing too well.
    fn examine(
        &self,
        rules: Rules<'_>,
        composed: &Composed,
        task: usize,
        subproblem: &Subproblem,
        centres: &[usize],
    ) -> Result<(Work, u64)> {
        let (centres, _) = composed.left(rules, self.policy.threshold(), subproblem, centres);
        if centres.is_empty() {
            return Ok((Work::default(), 0));
        }
        let systems = SubproblemSystem::of_versions(rules, subproblem);
        let (mut work, mut programs) = (Work::default(), 0);
        for (system, &centre) in systems.iter().flat_map(|system| centres.iter().map(move |centre| (system, centre))) {
            // What was widened just now, earlier releases do not say.
            let is_as_it_was = || work.widenings.iter().all(|widening| widening.by != (task, centre));
            if system.is_joint() && is_as_it_was() && rules.is_implied(system, centre) {
                continue;
            }
            let bounds = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
            let mut attacker = Attacker::new(system, self.policy.threshold(), bounds, rules.facts(system, centre));
            let mut stuck = None;
            let outcome = attacker.solve(&mut |unsafe_target, bounds| {
                let choice = self.choose(rules, system, centre, unsafe_target, bounds);
                let Some((cell, to)) = choice else {
                    stuck.get_or_insert_with(|| Violation::new(rules, system, centre, unsafe_target));
                    return None;
                };
                work.widenings.push(Widening {
                    cell: rules.release_cell(&system.cells[cell], centre),
                    from: bounds[cell],
                    to,
                    because: Violation::new(rules, system, centre, unsafe_target),
                    id: system.cells[cell].id(rules.intervals, centre),
                    by: (task, centre),
                });
                Some((cell, to))
            });
            programs += attacker.programs;
            let is_undecided = matches!(outcome, Outcome::Undecided);
            let is_impossible = matches!(outcome, Outcome::Impossible) || is_undecided && system.is_joint();
            if is_impossible {
                work.unexplained.insert((task, centre));
            }
            let may_be = subproblem.kind == SubproblemKind::Aggregation || system.is_joint();
            let undecided = is_undecided && !system.is_joint() || is_impossible && !may_be;
            if let Some(violation) = stuck.or_else(|| undecided.then(|| Violation::undecided(subproblem, centre))) {
                return Err(not_helped(self.published, &violation));
            }
        }
        Ok((work, programs))
    }

    /// The cell to widen for an unsafe target: of those that prove it the one whose interval becomes least vague, ties by the order of
    /// labels.
    fn choose(
        &self,
        rules: Rules<'_>,
        system: &SubproblemSystem,
        centre: usize,
        unsafe_target: &UnsafeTarget,
        bounds: &[(u32, u32)],
    ) -> Option<(usize, (u32, u32))> {
        let own = || unsafe_target.witness.iter().filter(|&&(cell, _)| system.cells[cell].earlier.is_none());
        let wider = |&(cell, dual): &(usize, f64), fixed_cells: FixedCells| {
            let buckets = (unsafe_target.gap / (dual.abs() * f64::from(self.policy.base())) - 1e-6).ceil().max(1.0) as u32;
            let id = system.cells[cell].id(rules.intervals, centre);
            let to = self.wider(
                rules,
                &system.cells[cell],
                id,
                bounds[cell],
                RequestedWidening { lower: dual > 0.0, buckets },
                fixed_cells,
            )?;
            Some((cell, to))
        };
        let kept: Vec<_> = own().filter_map(|proof| wider(proof, FixedCells::Fixed)).collect();
        let all = if kept.is_empty() { own().filter_map(|proof| wider(proof, FixedCells::Loosened)).collect() } else { kept };
        let place = |cell: usize| self.order.of(rules.intervals, system.cells[cell].id(rules.intervals, centre));
        let (cell, to) = all.into_iter().reduce(|a, b| {
            let order = self.vagueness(bounds[a.0], bounds[b.0]).then_with(|| place(a.0).cmp(&place(b.0)));
            if order.is_le() { a } else { b }
        })?;
        Some((cell, to))
    }

    /// An interval some buckets wider on one side; nothing where that would give a repair away.
    fn wider(
        &self,
        rules: Rules<'_>,
        cell: &SubproblemCell,
        id: CellId,
        (lo, hi): (u32, u32),
        request: RequestedWidening,
        fixed_cells: FixedCells,
    ) -> Option<(u32, u32)> {
        let RequestedWidening { lower, buckets } = request;
        let (k, far) = (self.policy.threshold(), buckets.saturating_mul(self.policy.base()));
        let table = &rules.intervals.tables[cell.table];
        let is_fixed = cell.number == 0 && table.codes.len() == 1 && self.fixed.get(table.codes[0]).copied().unwrap_or(false);
        if lower {
            let floor = if is_fixed && fixed_cells == FixedCells::Fixed { k } else { 0 };
            let to = lo.saturating_sub(far);
            let to = if to < k { floor } else { to };
            return (to < lo).then_some((to, hi));
        }
        // A suppressed cell is published by a decoy only where all cells around it are published: so it is by repair.
        let is_published = rules.intervals.is_published(id) || hi >= k;
        (is_published || (!is_fixed && rules.may_be_published(cell, id))).then_some((lo, hi.saturating_add(far)))
    }

    /// Orders intervals by how wide they would be beside their upper end, one bucket wider: `(hi - lo + base) / hi`.
    fn vagueness(&self, a: (u32, u32), b: (u32, u32)) -> std::cmp::Ordering {
        let width = |(lo, hi): (u32, u32)| u64::from(hi - lo) + u64::from(self.policy.base());
        (width(a) * u64::from(b.1)).cmp(&(width(b) * u64::from(a.1)))
    }

    /// The same for an aggregation with many children, on a copy of its own.
    fn fill(&self, rules: Rules<'_>, aggregation: &LargeAggregation, by: usize) -> Result<Vec<Widening>> {
        let mut widenings = Vec::new();
        let mut own: BTreeMap<CellId, (u32, u32)> = BTreeMap::new();
        let bounds = |own: &BTreeMap<CellId, (u32, u32)>, id| own.get(&id).copied().unwrap_or_else(|| rules.intervals.bounds(id));
        while let Some(found) = shortfalls(rules, aggregation, self.policy.threshold(), &|id| bounds(&own, id)).first() {
            let buckets = found.gap.div_ceil(u64::from(self.policy.base())) as u32;
            let Shortfall { parent, siblings, .. } = found;
            let cell = |id: CellId| {
                let (table, combination, _) = rules.intervals.place(id);
                SubproblemCell { table, combination, number: found.cell, has: 0, members: Vec::new(), earlier: None }
            };
            let parent = [(*parent, true)].into_iter();
            let wider = parent.chain(siblings.iter().map(|&id| (id, false))).filter_map(|(id, lower)| {
                Some((
                    id,
                    self.wider(
                        rules,
                        &cell(id),
                        id,
                        bounds(&own, id),
                        RequestedWidening { lower, buckets },
                        FixedCells::Loosened,
                    )?,
                ))
            });
            let place = |id: CellId| self.order.of(rules.intervals, id);
            let chosen = wider.reduce(|a, b| {
                let order = self.vagueness(bounds(&own, a.0), bounds(&own, b.0)).then_with(|| place(a.0).cmp(&place(b.0)));
                if order.is_le() { a } else { b }
            });
            let violation = found.violation(rules);
            let Some((id, to)) = chosen else {
                return Err(not_helped(self.published, &violation));
            };
            widenings.push(Widening {
                cell: rules.intervals.cell(id, None),
                from: bounds(&own, id),
                to,
                because: violation,
                id,
                by: (by, aggregation.centre),
            });
            own.insert(id, to);
        }
        Ok(widenings)
    }
}

/// The kinds of subproblems, level by level.
const LEVELS: [&[SubproblemKind]; 5] = [
    &[SubproblemKind::Base],
    &[SubproblemKind::Code],
    &[SubproblemKind::AncestorChain, SubproblemKind::Aggregation],
    &[SubproblemKind::Pair],
    &[SubproblemKind::AncestorClosure, SubproblemKind::Descendants, SubproblemKind::Triple],
];
/// The level of aggregations, large ones included.
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

impl WorkList {
    fn new(threshold: u32) -> Self {
        Self { threshold, round: 1, became_target: HashMap::new(), protected: HashMap::new() }
    }

    /// A task at the centres where there are targets that were not protected yet.
    fn still_open(&self, rules: Rules<'_>, (subproblem, centres): Task) -> Option<Task> {
        let combinations = rules.combinations(&subproblem);
        let is_open = |&centre: &usize| {
            let protected = self.protected.get(&(subproblem.kind, subproblem.codes.clone(), centre)).copied().unwrap_or(0);
            let became_target = |&(table, combination): &(usize, usize)| {
                self.became_target.get(&(table, combination, centre)).copied().unwrap_or(1)
            };
            combinations.iter().any(|combination| became_target(combination) > protected)
        };
        let centres: Vec<usize> = centres.into_iter().filter(is_open).collect();
        (!centres.is_empty()).then_some((subproblem, centres))
    }

    /// Makes the hull of all copies the next round's intervals, and what these leave open the next round's knowledge; whether anything
    /// changed.
    fn apply(
        &mut self,
        intervals: &mut CellIntervals,
        knowledge: &mut Knowledge,
        (published, declared, earlier): (&Published, &Declared, &[Earlier]),
        tasks: &[Task],
        work: &Work,
    ) -> bool {
        self.round += 1;
        let mut new_targets: HashSet<CellId> = HashSet::new();
        // Those that a task made targets itself, and protected.
        let mut seen: HashSet<((usize, usize), CellId)> = HashSet::new();
        let mut changed = false;
        for &Widening { id, to, by, .. } in &work.widenings {
            let was_target = intervals.bounds(id).0 < self.threshold;
            changed |= intervals.widen(id, to);
            if to.0 < self.threshold {
                seen.insert((by, id));
                if !was_target {
                    let (table, combination, centre) = intervals.place(id);
                    self.became_target.insert((table, combination, centre), self.round);
                    new_targets.insert(id);
                }
            }
        }
        if changed {
            for id in intervals.lower_inside(&published.dimensions, declared, self.threshold) {
                let (table, combination, centre) = intervals.place(id);
                self.became_target.insert((table, combination, centre), self.round);
                new_targets.insert(id);
                seen.retain(|of| of.1 != id);
            }
            let now = Knowledge::new(&published.dimensions, declared, intervals, earlier);
            for id in now.new_since(knowledge) {
                let (table, combination, centre) = intervals.place(id);
                self.became_target.insert((table, combination, centre), self.round);
                new_targets.insert(id);
                seen.retain(|of| of.1 != id);
            }
            *knowledge = now;
        }
        let rules = Rules { dimensions: &published.dimensions, declared, intervals, earlier: &[], knowledge };
        for (at, (subproblem, centres)) in tasks.iter().enumerate() {
            let combinations = rules.combinations(subproblem);
            for &centre in centres {
                let is_new = |id: CellId| new_targets.contains(&id) && !seen.contains(&((at, centre), id));
                let has_new = combinations.iter().any(|&(table, combination)| {
                    self.became_target.get(&(table, combination, centre)) == Some(&self.round)
                        && intervals.cells(table, combination, centre).any(is_new)
                });
                let key = (subproblem.kind, subproblem.codes.clone(), centre);
                if work.unexplained.contains(&(at, centre)) {
                    self.protected.remove(&key);
                } else {
                    self.protected.insert(key, if has_new { self.round - 1 } else { self.round });
                }
            }
        }
        changed
    }
}
