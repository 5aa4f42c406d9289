//! Whether a block keeps the promise: for every target a world in which it is empty, and one in which it is not small.
//!
//! A world is a feasible point of the block's program. One world clears many targets, so sums of targets come first; then one
//! world is changed into the next, just as far as a target needs, and only what is left is optimised.

use ninzu_engine::Interval;
use ninzu_engine::bounds::{Program, Simplex, Solution, Status, certified_minimum};
use ninzu_engine::system::Sum;

use super::system::Shape;

/// How far floats may be from what they mean.
pub(crate) const SLACK: f64 = 1e-6;
/// Smaller multipliers are none.
const NO_DUAL: f64 = 1e-7;

/// What is promised about a sum of unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A row whose interval begins below the threshold: it can be empty, and it can be `k - 1` or more.
    Cell(usize),
    /// A difference: it can be `k` or more; or it can be `k - 1`, and empty.
    Difference(usize),
}

/// Why a target fails.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub(crate) target: Target,
    /// Whether its least value is at fault, or its greatest.
    pub(crate) is_least: bool,
    /// How far that is from what is promised.
    pub(crate) gap: f64,
    /// Rows that prove it, as rows of the shape: the multiplier, positive where the lower end is used.
    pub(crate) proof: Vec<(usize, f64)>,
}

/// What a block came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every target is cleared, or failed.
    Decided,
    /// No world fits: children visibly do not fill their parent.
    Impossible,
    /// Floats did not decide.
    Undecided,
}

/// Widens a row (of the shape) for a finding, or not.
pub(crate) type Judge<'j> = dyn FnMut(&Finding, &[(u32, u32)]) -> Option<(usize, (u32, u32))> + 'j;

/// What was shown of a target.
#[derive(Debug, Clone, Copy)]
struct State {
    target: Target,
    least: f64,
    greatest: f64,
    failed: bool,
}

/// A program being solved, and for each of its rows, the rows of the shape that it stands for.
struct Solving {
    program: Program,
    simplex: Simplex,
    stands_for: Vec<Vec<usize>>,
}

/// A block at one centre, while it is proved.
pub(crate) struct Prover<'a> {
    pub(crate) shape: &'a Shape,
    threshold: f64,
    /// The interval of each row of the shape.
    pub(crate) ends: Vec<(u32, u32)>,
    states: Vec<State>,
    /// The program of all unknowns.
    whole: Option<Solving>,
    /// How many programs were solved.
    pub(crate) programs: u64,
}

impl State {
    fn new(target: Target) -> Self {
        Self { target, least: f64::INFINITY, greatest: f64::NEG_INFINITY, failed: false }
    }

    /// Takes what a world shows.
    fn see(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }

    /// Whether a world shows that it may be empty.
    fn is_empty(&self) -> bool {
        self.least < SLACK
    }

    /// How many people some world must show: a difference that can be `k - 1` must be empty in another world.
    fn needed(&self, threshold: f64) -> f64 {
        match self.target {
            Target::Difference(_) if !self.is_empty() => threshold,
            _ => threshold - 1.0,
        }
    }

    /// Whether it may still be that nobody is in it in any world.
    fn wants_nobody(&self) -> bool {
        !self.failed && matches!(self.target, Target::Cell(_)) && !self.is_empty()
    }

    /// Whether a world with more people is needed.
    fn wants_more(&self, threshold: f64) -> bool {
        !self.failed && self.greatest <= self.needed(threshold) - SLACK
    }

    /// Whether it could be `k - 1`, and is not known to be possibly empty: that would do.
    fn would_do_if_empty(&self, threshold: f64) -> bool {
        self.wants_more(threshold) && self.greatest > threshold - 1.0 - SLACK
    }
}

impl<'a> Prover<'a> {
    /// A block with the intervals of its rows.
    pub(crate) fn new(shape: &'a Shape, threshold: u32, ends: Vec<(u32, u32)>) -> Self {
        let states = (0..shape.differences.len()).map(|i| State::new(Target::Difference(i))).collect();
        let threshold = f64::from(threshold);
        let mut prover = Self { shape, threshold, ends, states, whole: None, programs: 0 };
        (0..shape.rows.len()).for_each(|row| prover.target(row));
        // Worlds for sums of few unknowns clear many larger ones.
        let size = |state: &State| match state.target {
            Target::Cell(row) => shape.rows[row].members.len(),
            Target::Difference(i) => shape.differences[i].sum.iter().filter(|(_, a)| *a > 0).count(),
        };
        prover.states.sort_by_key(size);
        prover
    }

    /// How many targets there are.
    pub(crate) fn targets(&self) -> u64 {
        self.states.len() as u64
    }

    /// Makes a row a target, if its interval begins below the threshold.
    fn target(&mut self, row: usize) {
        let target = Target::Cell(row);
        if f64::from(self.ends[row].0) < self.threshold && self.states.iter().all(|state| state.target != target) {
            self.states.push(State::new(target));
        }
    }

    /// Clears targets. What fails is shown to `judge`, with the rows' intervals: it widens a row, and the target gets another
    /// chance, or lets the target fail.
    pub(crate) fn prove(&mut self, judge: &mut Judge<'_>) -> Outcome {
        let decide = |prover: &mut Self, judge: &mut Judge<'_>| {
            while prover.clear_least(judge)? | prover.clear_greatest(judge)? {}
            Ok(())
        };
        decide(self, judge).err().unwrap_or(Outcome::Decided)
    }

    /// A world in which each target cell is empty; whether a row was widened.
    fn clear_least(&mut self, judge: &mut Judge<'_>) -> Result<bool, Outcome> {
        self.clear_together(1, State::wants_nobody)?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].wants_nobody() {
                self.walk(&self.objective(1, at..=at), 0.0)?;
            }
            if self.states[at].wants_nobody() {
                let solution = self.optimise(&self.objective(1, at..=at))?;
                if self.states[at].wants_nobody() {
                    let finding = self.finding(at, true, solution.value, &solution);
                    if self.is_widened(at, &finding, judge) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// A world in which each target is large enough; whether a row was widened.
    fn clear_greatest(&mut self, judge: &mut Judge<'_>) -> Result<bool, Outcome> {
        let threshold = self.threshold;
        self.clear_together(-1, |state| state.wants_more(threshold))?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].wants_more(threshold) {
                self.walk(&self.objective(-1, at..=at), -self.states[at].needed(threshold))?;
                if self.states[at].would_do_if_empty(threshold) {
                    self.walk(&self.objective(1, at..=at), 0.0)?;
                }
            }
            if self.states[at].wants_more(threshold) {
                let solution = self.optimise(&self.objective(-1, at..=at))?;
                let greatest = -solution.value;
                if self.states[at].would_do_if_empty(threshold) {
                    self.optimise(&self.objective(1, at..=at))?;
                }
                if self.states[at].wants_more(threshold) {
                    let gap = self.states[at].needed(threshold) - greatest;
                    let finding = self.finding(at, false, gap, &solution);
                    if self.is_widened(at, &finding, judge) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// Optimises sums of all open targets, as long as that clears more than one.
    fn clear_together(&mut self, sign: i64, is_open: impl Fn(&State) -> bool) -> Result<(), Outcome> {
        let mut left = usize::MAX;
        loop {
            let open: Vec<usize> = (0..self.states.len()).filter(|&at| is_open(&self.states[at])).collect();
            if open.is_empty() || open.len() + 1 >= left {
                return Ok(());
            }
            left = open.len();
            self.walk(&self.objective(sign, open), f64::NEG_INFINITY)?;
        }
    }

    /// Lets the judge widen a row: what was shown stays shown. Else the target failed.
    fn is_widened(&mut self, at: usize, finding: &Finding, judge: &mut Judge<'_>) -> bool {
        let Some((row, ends)) = judge(finding, &self.ends) else {
            self.states[at].failed = true;
            return false;
        };
        self.ends[row] = ends;
        self.target(row);
        if let (Some((program, _)), Some(whole)) = (self.program(), &mut self.whole) {
            whole.simplex.rebound(&program);
            whole.program = program;
        }
        true
    }

    fn finding(&self, at: usize, is_least: bool, gap: f64, solution: &Solution) -> Finding {
        let mut proof = Vec::new();
        let rows = self.whole.iter().flat_map(|whole| &whole.stands_for);
        for (stands_for, &dual) in rows.zip(&solution.row_duals) {
            if dual.abs() > NO_DUAL {
                let ends = stands_for.iter().map(|&row| self.ends[row]);
                // Of rows with the same sum, those count whose end is the tightest.
                let tightest = if dual > 0.0 { ends.map(|e| e.0).max() } else { ends.map(|e| e.1).min() };
                let binds = |&&row: &&usize| Some(if dual > 0.0 { self.ends[row].0 } else { self.ends[row].1 }) == tightest;
                proof.extend(stands_for.iter().filter(binds).map(|&row| (row, dual)));
            }
        }
        Finding { target: self.states[at].target, is_least, gap, proof }
    }

    /// The sum of a target.
    fn sum(&self, target: Target) -> Vec<(u32, i32)> {
        match target {
            Target::Cell(row) => self.shape.rows[row].members.iter().map(|&u| (u, 1)).collect(),
            Target::Difference(i) => self.shape.differences[i].sum.clone(),
        }
    }

    /// The sum of some targets, or its negative.
    fn objective(&self, sign: i64, targets: impl IntoIterator<Item = usize>) -> Vec<i64> {
        let mut objective = vec![0; self.shape.unknowns];
        for at in targets {
            for (u, a) in self.sum(self.states[at].target) {
                objective[u as usize] += sign * i64::from(a);
            }
        }
        objective
    }

    /// Minimises, and clears what the world that it finds clears.
    fn optimise(&mut self, objective: &[i64]) -> Result<Solution, Outcome> {
        for _ in 0..2 {
            let mut whole = if let Some(whole) = self.whole.take() {
                whole
            } else {
                let (program, stands_for) = self.program().ok_or(Outcome::Impossible)?;
                Solving { simplex: Simplex::new(&program), program, stands_for }
            };
            self.programs += 1;
            let solution = whole.simplex.improve(objective).unwrap_or_else(|| whole.simplex.minimise(objective));
            if solution.status == Status::Infeasible && whole.is_impossible(&solution) {
                return Err(Outcome::Impossible);
            }
            if solution.status == Status::Optimal {
                self.whole = Some(whole);
                self.look(&solution.point);
                return Ok(solution);
            }
            // Once more, from the beginning.
        }
        Err(Outcome::Undecided)
    }

    /// The program of the present intervals, and for each of its rows, the rows of the shape; nothing if they exclude each other.
    fn program(&self) -> Option<(Program, Vec<Vec<usize>>)> {
        let mut program = Program::new(self.shape.unknowns);
        let mut stands_for: Vec<Vec<usize>> = Vec::new();
        for (i, row) in self.shape.rows.iter().enumerate() {
            let (lo, hi) = self.ends[i];
            let interval = Interval::new(u64::from(lo), u64::from(hi))?;
            let number = program.row(row.members.iter().copied(), interval).ok()?;
            if stands_for.len() <= number {
                stands_for.resize(number + 1, Vec::new());
            }
            stands_for[number].push(i);
        }
        for sum in &self.shape.laws {
            program.weighted_row(sum.iter().copied(), Interval::ANY).ok()?;
        }
        Some((program, stands_for))
    }

    /// Takes from a world what it shows.
    fn look(&mut self, world: &[f64]) {
        let threshold = self.threshold;
        for state in self.states.iter_mut().filter(|state| state.wants_nobody() || state.wants_more(threshold)) {
            let value = match state.target {
                Target::Cell(row) => self.shape.rows[row].members.iter().map(|&u| world[u as usize]).sum(),
                Target::Difference(i) => value_of(&self.shape.differences[i].sum, world),
            };
            state.see(value);
        }
    }

    /// Looks for a world near the last one where a sum is small enough.
    fn walk(&mut self, objective: &[i64], enough: f64) -> Result<(), Outcome> {
        let Some(whole) = &mut self.whole else { return self.optimise(objective).map(|_| ()) };
        if let Some(people) = whole.simplex.walk(objective, enough) {
            self.look(&people);
        }
        Ok(())
    }
}

impl Solving {
    /// Whether multipliers prove that no world exists: zero would have to be at least one.
    fn is_impossible(&self, solution: &Solution) -> bool {
        certified_minimum(&self.program, &vec![0; self.program.unknowns()], &solution.row_duals) > Some(0)
    }
}

/// The value of a sum in a world.
fn value_of(sum: &Sum, people: &[f64]) -> f64 {
    sum.iter().map(|&(u, a)| f64::from(a) * people[u as usize]).sum()
}
