//! The attacker's problem of a subproblem: for every target a feasible point in which it is empty, and one in which it is not small.
//!
//! One point protects many targets, so sums of targets come first; then one point is changed into the next, just as far as a target
//! needs, and only what is left is optimised.

use ninzu_engine::Interval;
use ninzu_engine::bounds::{Program, Simplex, Solution, Termination, certified_minimum};
use ninzu_engine::system::Sum;

use super::system::SubproblemSystem;

/// How far floats may be from what they mean.
pub(crate) const SLACK: f64 = 1e-6;
/// Smaller multipliers are none.
const NO_DUAL: f64 = 1e-7;

/// A sensitive sum of variables, with what must be possible for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A cell whose interval begins below the threshold: it can be empty, and it can be `k - 1` or more.
    Cell(usize),
    /// A difference: it can be `k` or more; or it can be `k - 1`, and empty.
    Difference(usize),
}

/// A target that fails, and why.
#[derive(Debug, Clone)]
pub(crate) struct UnsafeTarget {
    pub(crate) target: Target,
    /// Whether its least value is at fault, or its greatest.
    pub(crate) is_least: bool,
    /// How far that is from what is promised.
    pub(crate) gap: f64,
    /// The dual certificate: cells of the system, each with its multiplier, positive where the lower bound is used.
    pub(crate) witness: Vec<(usize, f64)>,
}

/// What a subproblem came to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Every target is protected, or failed.
    Decided,
    /// No point is feasible: children visibly do not fill their parent.
    Impossible,
    /// Floats did not decide.
    Undecided,
}

/// Widens a cell (of the system) for an unsafe target, or not.
pub(crate) type WidenCallback<'w> = dyn FnMut(&UnsafeTarget, &[(u32, u32)]) -> Option<(usize, (u32, u32))> + 'w;

/// What was shown of a target.
#[derive(Debug, Clone, Copy)]
struct TargetState {
    target: Target,
    least: f64,
    greatest: f64,
    failed: bool,
}

/// A program being solved, and for each of its constraints, the cells of the system that it stands for.
struct Solving {
    program: Program,
    simplex: Simplex,
    stands_for: Vec<Vec<usize>>,
}

/// The attacker of a subproblem at one centre.
pub(crate) struct Attacker<'a> {
    pub(crate) system: &'a SubproblemSystem,
    threshold: f64,
    /// The interval of each cell of the system.
    pub(crate) bounds: Vec<(u32, u32)>,
    states: Vec<TargetState>,
    /// The program of all variables.
    whole: Option<Solving>,
    /// How many programs were solved.
    pub(crate) programs: u64,
}

impl TargetState {
    fn new(target: Target) -> Self {
        Self { target, least: f64::INFINITY, greatest: f64::NEG_INFINITY, failed: false }
    }

    /// Records what a point shows.
    fn record(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }

    /// Whether a point shows that it may be empty.
    fn is_empty(&self) -> bool {
        self.least < SLACK
    }

    /// How many point some point must show: a difference that can be `k - 1` must be empty in another one.
    fn needed(&self, threshold: f64) -> f64 {
        match self.target {
            Target::Difference(_) if !self.is_empty() => threshold,
            _ => threshold - 1.0,
        }
    }

    /// Whether a point in which nobody is in it is still to be found.
    fn needs_empty(&self) -> bool {
        !self.failed && matches!(self.target, Target::Cell(_)) && !self.is_empty()
    }

    /// Whether a point with more point is still to be found.
    fn needs_more(&self, threshold: f64) -> bool {
        !self.failed && self.greatest <= self.needed(threshold) - SLACK
    }

    /// Whether it could be `k - 1`, and is not known to be possibly empty: that would do.
    fn would_do_if_empty(&self, threshold: f64) -> bool {
        self.needs_more(threshold) && self.greatest > threshold - 1.0 - SLACK
    }
}

impl<'a> Attacker<'a> {
    /// A subproblem with the intervals of its cells.
    pub(crate) fn new(system: &'a SubproblemSystem, threshold: u32, bounds: Vec<(u32, u32)>) -> Self {
        let states = (0..system.differences.len()).map(|i| TargetState::new(Target::Difference(i))).collect();
        let threshold = f64::from(threshold);
        let mut attacker = Self { system, threshold, bounds, states, whole: None, programs: 0 };
        (0..system.cells.len()).for_each(|cell| attacker.target(cell));
        // Points for sums of few variables protect many larger ones.
        let size = |state: &TargetState| match state.target {
            Target::Cell(cell) => system.cells[cell].members.len(),
            Target::Difference(i) => system.differences[i].sum.iter().filter(|(_, a)| *a > 0).count(),
        };
        attacker.states.sort_by_key(size);
        attacker
    }

    /// How many targets there are.
    pub(crate) fn targets(&self) -> u64 {
        self.states.len() as u64
    }

    /// Makes a cell a target, if its interval begins below the threshold.
    fn target(&mut self, cell: usize) {
        let target = Target::Cell(cell);
        if f64::from(self.bounds[cell].0) < self.threshold && self.states.iter().all(|state| state.target != target) {
            self.states.push(TargetState::new(target));
        }
    }

    /// Solves for every target. What fails is shown to `widen`, with the cells' intervals: it widens a cell, and the target gets another
    /// chance, or lets the target fail.
    pub(crate) fn solve(&mut self, widen: &mut WidenCallback<'_>) -> Outcome {
        let decide = |attacker: &mut Self, widen: &mut WidenCallback<'_>| {
            while attacker.decide_least(widen)? | attacker.decide_greatest(widen)? {}
            Ok(())
        };
        decide(self, widen).err().unwrap_or(Outcome::Decided)
    }

    /// Finds a point in which each target cell is empty; whether a cell was widened.
    fn decide_least(&mut self, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        self.decide_together(1, TargetState::needs_empty)?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].needs_empty() {
                self.step_until(&self.objective(1, at..=at), 0.0)?;
            }
            if self.states[at].needs_empty() {
                let solution = self.optimise(&self.objective(1, at..=at))?;
                if self.states[at].needs_empty() {
                    let unsafe_target = self.unsafe_target(at, true, solution.value, &solution);
                    if self.is_widened(at, &unsafe_target, widen) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// Finds a point in which each target is large enough; whether a cell was widened.
    fn decide_greatest(&mut self, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        let threshold = self.threshold;
        self.decide_together(-1, |state| state.needs_more(threshold))?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].needs_more(threshold) {
                self.step_until(&self.objective(-1, at..=at), -self.states[at].needed(threshold))?;
                if self.states[at].would_do_if_empty(threshold) {
                    self.step_until(&self.objective(1, at..=at), 0.0)?;
                }
            }
            if self.states[at].needs_more(threshold) {
                let solution = self.optimise(&self.objective(-1, at..=at))?;
                let greatest = -solution.value;
                if self.states[at].would_do_if_empty(threshold) {
                    self.optimise(&self.objective(1, at..=at))?;
                }
                if self.states[at].needs_more(threshold) {
                    let gap = self.states[at].needed(threshold) - greatest;
                    let unsafe_target = self.unsafe_target(at, false, gap, &solution);
                    if self.is_widened(at, &unsafe_target, widen) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// Optimises sums of all open targets, as long as that protects more than one.
    fn decide_together(&mut self, sign: i64, is_open: impl Fn(&TargetState) -> bool) -> Result<(), Outcome> {
        let mut left = usize::MAX;
        loop {
            let open: Vec<usize> = (0..self.states.len()).filter(|&at| is_open(&self.states[at])).collect();
            if open.is_empty() || open.len() + 1 >= left {
                return Ok(());
            }
            left = open.len();
            self.step_until(&self.objective(sign, open), f64::NEG_INFINITY)?;
        }
    }

    /// Asks for a cell to be widened: what was shown stays shown. Else the target failed.
    fn is_widened(&mut self, at: usize, unsafe_target: &UnsafeTarget, widen: &mut WidenCallback<'_>) -> bool {
        let Some((cell, bounds)) = widen(unsafe_target, &self.bounds) else {
            self.states[at].failed = true;
            return false;
        };
        self.bounds[cell] = bounds;
        self.target(cell);
        if let (Some((program, _)), Some(whole)) = (self.program(), &mut self.whole) {
            whole.simplex.set_bounds(&program);
            whole.program = program;
        }
        true
    }

    fn unsafe_target(&self, at: usize, is_least: bool, gap: f64, solution: &Solution) -> UnsafeTarget {
        let mut witness = Vec::new();
        let cells = self.whole.iter().flat_map(|whole| &whole.stands_for);
        for (stands_for, &dual) in cells.zip(&solution.constraint_duals) {
            if dual.abs() > NO_DUAL {
                let bounds = stands_for.iter().map(|&cell| self.bounds[cell]);
                // Of cells with the same sum, those count whose bound is the tightest.
                let tightest = if dual > 0.0 { bounds.map(|e| e.0).max() } else { bounds.map(|e| e.1).min() };
                let binds =
                    |&&cell: &&usize| Some(if dual > 0.0 { self.bounds[cell].0 } else { self.bounds[cell].1 }) == tightest;
                witness.extend(stands_for.iter().filter(binds).map(|&cell| (cell, dual)));
            }
        }
        UnsafeTarget { target: self.states[at].target, is_least, gap, witness }
    }

    /// The sum of a target.
    fn sum(&self, target: Target) -> Vec<(u32, i32)> {
        match target {
            Target::Cell(cell) => self.system.cells[cell].members.iter().map(|&u| (u, 1)).collect(),
            Target::Difference(i) => self.system.differences[i].sum.clone(),
        }
    }

    /// The sum of some targets, or its negative.
    fn objective(&self, sign: i64, targets: impl IntoIterator<Item = usize>) -> Vec<i64> {
        let mut objective = vec![0; self.system.variables];
        for at in targets {
            for (u, a) in self.sum(self.states[at].target) {
                objective[u as usize] += sign * i64::from(a);
            }
        }
        objective
    }

    /// Minimises, and records what the point that it finds shows.
    fn optimise(&mut self, objective: &[i64]) -> Result<Solution, Outcome> {
        for _ in 0..2 {
            let mut whole = if let Some(whole) = self.whole.take() {
                whole
            } else {
                let (program, stands_for) = self.program().ok_or(Outcome::Impossible)?;
                Solving { simplex: Simplex::new(&program), program, stands_for }
            };
            self.programs += 1;
            let solution = whole.simplex.reoptimise(objective).unwrap_or_else(|| whole.simplex.minimise(objective));
            if solution.status == Termination::Infeasible && whole.is_impossible(&solution) {
                return Err(Outcome::Impossible);
            }
            if solution.status == Termination::Optimal {
                self.whole = Some(whole);
                self.record(&solution.point);
                return Ok(solution);
            }
            // Once more, from the beginning.
        }
        Err(Outcome::Undecided)
    }

    /// The program of the present intervals, and for each of its constraints, the cells of the system; nothing if they exclude each other.
    fn program(&self) -> Option<(Program, Vec<Vec<usize>>)> {
        let mut program = Program::new(self.system.variables);
        let mut stands_for: Vec<Vec<usize>> = Vec::new();
        for (i, cell) in self.system.cells.iter().enumerate() {
            let (lo, hi) = self.bounds[i];
            let interval = Interval::new(u64::from(lo), u64::from(hi))?;
            let number = program.constrain(cell.members.iter().copied(), interval).ok()?;
            if stands_for.len() <= number {
                stands_for.resize(number + 1, Vec::new());
            }
            stands_for[number].push(i);
        }
        for sum in &self.system.inequalities {
            program.constrain_weighted(sum.iter().copied(), Interval::ANY).ok()?;
        }
        Some((program, stands_for))
    }

    /// Records what a point shows of each target.
    fn record(&mut self, point: &[f64]) {
        let threshold = self.threshold;
        for state in self.states.iter_mut().filter(|state| state.needs_empty() || state.needs_more(threshold)) {
            let value = match state.target {
                Target::Cell(cell) => self.system.cells[cell].members.iter().map(|&u| point[u as usize]).sum(),
                Target::Difference(i) => value_of(&self.system.differences[i].sum, point),
            };
            state.record(value);
        }
    }

    /// Looks for a point near the last one where a sum is small enough.
    fn step_until(&mut self, objective: &[i64], enough: f64) -> Result<(), Outcome> {
        let Some(whole) = &mut self.whole else { return self.optimise(objective).map(|_| ()) };
        if let Some(point) = whole.simplex.step_until(objective, enough) {
            self.record(&point);
        }
        Ok(())
    }
}

impl Solving {
    /// Whether multipliers prove that no point is feasible: zero would have to be at least one.
    fn is_impossible(&self, solution: &Solution) -> bool {
        certified_minimum(&self.program, &vec![0; self.program.variables()], &solution.constraint_duals) > Some(0)
    }
}

/// The value of a sum at a point.
fn value_of(sum: &Sum, point: &[f64]) -> f64 {
    sum.iter().map(|&(u, a)| f64::from(a) * point[u as usize]).sum()
}
