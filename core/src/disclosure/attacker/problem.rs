//! The program of a subproblem with its targets: what is looked for, what points show, and what proves that there are none.

use ninzu_engine::Interval;
use ninzu_engine::bounds::{Program, Simplex, Solution, Termination, certified_minimum};

use super::denials::{Denial, Denied};
use crate::disclosure::cell_intervals::UNDECLARED;
use crate::disclosure::system::{DifferenceTarget, SubproblemSystem};

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
    /// The groups that facts say to be empty: all of them can be, at once.
    Facts,
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
    /// The cells that it takes to be empty.
    pub(crate) facts: Vec<usize>,
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
#[derive(Debug, Clone)]
pub(super) struct TargetState {
    pub(super) target: Target,
    least: f64,
    pub(super) greatest: f64,
    pub(super) failed: bool,
    /// What denies all its people; nothing if somebody may be in it.
    pub(super) denials: Vec<Denial>,
}

/// What minimising came to.
pub(super) enum Attempt {
    Solved(Solution),
    /// No point is feasible, by these multipliers of cells: how many people are lacking.
    Refuted {
        gap: f64,
        witness: Vec<(usize, f64)>,
    },
}

/// The proof that no point is feasible: how many people are lacking, by multipliers of the constraints, and what these leave for each
/// variable.
pub(super) struct Lack {
    gap: f64,
    duals: Vec<f64>,
    reduced: Vec<f64>,
}

/// A program being solved, and for each of its constraints, the cells of the system that it stands for.
pub(super) struct Solving {
    program: Program,
    pub(super) simplex: Simplex,
    stands_for: Vec<Vec<usize>>,
}

/// The attacker of a subproblem at one centre.
pub(crate) struct Attacker<'a> {
    pub(crate) system: &'a SubproblemSystem,
    pub(super) threshold: f64,
    /// The published interval of each cell of the system.
    pub(crate) bounds: Vec<(u32, u32)>,
    /// For each cell of the system, whether it is taken to be empty.
    pub(super) facts: Vec<bool>,
    /// What these facts say.
    pub(super) denied: Denied,
    pub(super) states: Vec<TargetState>,
    /// The program of all variables.
    pub(super) whole: Option<Solving>,
    /// How many programs were solved.
    pub(crate) programs: u64,
    /// Whether points show what they show: not those that break facts for a while.
    pub(super) is_recording: bool,
    /// The points that showed something new, if they are kept.
    pub(super) kept: Option<Vec<KeptPoint>>,
}

/// A point that showed something new.
pub(crate) struct KeptPoint {
    pub(crate) people: Vec<f64>,
    /// Whether that was about codes, or about partitions alone.
    pub(crate) is_of_codes: bool,
}

impl TargetState {
    fn new(target: Target, denials: Vec<Denial>) -> Self {
        Self { target, least: f64::INFINITY, greatest: f64::NEG_INFINITY, failed: false, denials }
    }

    /// Records what a point shows; whether that is nearer to what is needed.
    pub(super) fn record(&mut self, value: f64, threshold: f64) -> bool {
        let reached = |greatest: f64| [threshold - 1.0, threshold].map(|enough| greatest > enough - SLACK);
        let before = (self.is_empty(), reached(self.greatest));
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        (self.is_empty(), reached(self.greatest)) != before
    }

    /// Whether a point shows that it may be empty.
    pub(super) fn is_empty(&self) -> bool {
        self.least < SLACK
    }

    /// How many point some point must show: a difference that can be `k - 1` must be empty in another one.
    pub(super) fn needed(&self, threshold: f64) -> f64 {
        match self.target {
            Target::Difference(_) if !self.is_empty() => threshold,
            _ => threshold - 1.0,
        }
    }

    /// Whether a point in which nobody is in it is still to be found.
    pub(super) fn needs_empty(&self) -> bool {
        !self.failed && matches!(self.target, Target::Cell(_)) && !self.is_empty()
    }

    /// Whether a point with more point is still to be found.
    pub(super) fn needs_more(&self, threshold: f64) -> bool {
        !self.failed && self.denials.is_empty() && self.greatest <= self.needed(threshold) - SLACK
    }

    /// Whether it could be `k - 1`, and is not known to be possibly empty: that would do.
    pub(super) fn would_do_if_empty(&self, threshold: f64) -> bool {
        self.needs_more(threshold) && self.greatest > threshold - 1.0 - SLACK
    }
}

impl<'a> Attacker<'a> {
    /// A subproblem with the intervals of its cells, and which of them a reader may know to be empty.
    pub(crate) fn new(system: &'a SubproblemSystem, threshold: u32, bounds: Vec<(u32, u32)>, facts: Vec<bool>) -> Self {
        let denied = Denied::new(system, &facts);
        let threshold = f64::from(threshold);
        let mut attacker = Self {
            system,
            threshold,
            bounds,
            facts,
            denied,
            states: Vec::new(),
            whole: None,
            programs: 0,
            is_recording: true,
            kept: None,
        };
        for (i, difference) in system.differences.iter().enumerate() {
            if difference.parts.is_empty() && attacker.is_difference(difference) {
                attacker.push(Target::Difference(i));
            }
        }
        (0..system.cells.len()).for_each(|cell| attacker.target(cell));
        // Points for sums of few variables protect many larger ones.
        let size = |state: &TargetState| match state.target {
            Target::Cell(cell) => system.cells[cell].members.len(),
            Target::Difference(i) => system.sum(i).iter().filter(|(_, a)| *a > 0).count(),
            Target::Facts => 0,
        };
        attacker.states.sort_by_key(size);
        attacker
    }

    /// Looks for points within other intervals, for a while.
    pub(crate) fn within<T>(&mut self, bounds: Vec<(u32, u32)>, find: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.bounds, bounds);
        self.load_bounds();
        let found = find(self);
        self.bounds = before;
        // Where no point was found, the program begins anew.
        self.whole = None;
        found
    }

    /// A point at which a sum is least, all facts holding.
    pub(crate) fn optimum(&mut self, objective: &[i64]) -> Option<Vec<f64>> {
        self.optimise(objective).ok().map(|solution| solution.point)
    }

    /// Keeps the points that show something new.
    pub(crate) fn keep_points(&mut self) {
        self.kept = Some(Vec::new());
    }

    /// The points that were kept since this was last asked.
    pub(crate) fn take_kept(&mut self) -> Vec<KeptPoint> {
        self.kept.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Keeps a point that shows something new of some targets, if points are kept.
    pub(super) fn keep(&mut self, point: &[f64], targets: &[usize]) {
        let is_of_codes = targets.iter().any(|&at| self.is_of_codes(self.states[at].target));
        if let Some(kept) = &mut self.kept {
            kept.push(KeptPoint { people: point.to_vec(), is_of_codes });
        }
    }

    /// Whether the interval of the cell, or of the larger one, lets a target have so many people.
    pub(super) fn may_reach(&self, target: Target, people: f64) -> bool {
        let of = match target {
            Target::Cell(cell) => cell,
            Target::Difference(i) => self.system.differences[i].of,
            Target::Facts => return false,
        };
        f64::from(self.interval(of).1) >= people
    }

    pub(super) fn is_of_codes(&self, target: Target) -> bool {
        let counts_codes = |cell: usize| self.system.cells[cell].has != 0;
        match target {
            Target::Cell(cell) => counts_codes(cell),
            Target::Difference(i) => {
                let DifferenceTarget { of, without, .. } = self.system.differences[i];
                counts_codes(of) || counts_codes(without)
            }
            Target::Facts => false,
        }
    }

    /// The cells of the facts that deny the people of a variable.
    pub(crate) fn denied_by(&self, variable: usize) -> &[usize] {
        &self.denied.by[variable]
    }

    /// How many targets there are, those among them that need no point of their own.
    pub(crate) fn targets(&self) -> u64 {
        let cells = self.states.iter().filter(|state| matches!(state.target, Target::Cell(_))).count();
        (cells + self.system.differences.len()) as u64
    }

    /// Makes a cell a target, if its interval begins below the threshold.
    pub(super) fn target(&mut self, cell: usize) {
        if f64::from(self.bounds[cell].0) < self.threshold && self.is_declared(cell) {
            self.push_once(Target::Cell(cell));
        }
    }

    /// Makes those differences of several steps targets of which no part is known to reach the threshold; whether there are any.
    /// Where facts deny all people of one, they deny those of its parts, and what must be possible of these is enough.
    pub(super) fn target_wide(&mut self) -> bool {
        let mut is_protected = vec![false; self.system.differences.len()];
        for state in &self.states {
            if let Target::Difference(i) = state.target {
                is_protected[i] = state.greatest > self.threshold - SLACK;
            }
        }
        let before = self.states.len();
        for (i, difference) in self.system.differences.iter().enumerate() {
            let is_open = !difference.parts.is_empty()
                && self.is_difference(difference)
                && !difference.parts.iter().any(|&i| is_protected[i]);
            if is_open && self.denied.is_possible(self.system, &self.system.sum(i)) {
                self.push_once(Target::Difference(i));
            }
        }
        self.states.len() > before
    }

    /// Whether both cells of a difference are declared.
    fn is_difference(&self, difference: &DifferenceTarget) -> bool {
        self.is_declared(difference.of) && self.is_declared(difference.without)
    }

    fn push_once(&mut self, target: Target) {
        if self.states.iter().all(|state| state.target != target) {
            self.push(target);
        }
    }

    /// Whether its release declares a cell: an earlier one may not, and then promised nothing about it.
    fn is_declared(&self, cell: usize) -> bool {
        self.system.cells[cell].earlier.is_none() || self.bounds[cell] != UNDECLARED
    }

    fn push(&mut self, target: Target) {
        let denials = self.denied.denials(self.system, &self.sum(target));
        self.states.push(TargetState::new(target, denials));
    }

    /// Asks for a cell to be widened: what was shown stays shown. Else the target failed.
    pub(super) fn is_widened(&mut self, at: usize, unsafe_target: &UnsafeTarget, widen: &mut WidenCallback<'_>) -> bool {
        let Some((cell, bounds)) = widen(unsafe_target, &self.bounds) else {
            self.states[at].failed = true;
            return false;
        };
        self.bounds[cell] = bounds;
        self.target(cell);
        self.load_bounds();
        true
    }

    /// Gives the program of all variables the present intervals.
    pub(super) fn load_bounds(&mut self) {
        if let (Some((program, _)), Some(whole)) = (self.program(), &mut self.whole) {
            whole.simplex.set_bounds(&program);
            whole.program = program;
        }
    }

    /// What holds of a cell: its published interval, or nobody.
    fn interval(&self, cell: usize) -> (u32, u32) {
        let (lo, hi) = self.bounds[cell];
        (lo, if self.facts[cell] { 0 } else { hi })
    }

    pub(super) fn unsafe_target(&self, at: usize, is_least: bool, gap: f64, solution: &Solution) -> UnsafeTarget {
        let stands_for = self.whole.as_ref().map_or(&[][..], |whole| &whole.stands_for);
        let witness = self.binding(stands_for, &solution.constraint_duals);
        self.unsafe_by(self.states[at].target, is_least, gap, witness)
    }

    /// An unsafe target with its certificate.
    pub(super) fn unsafe_by(&self, target: Target, is_least: bool, gap: f64, witness: Vec<(usize, f64)>) -> UnsafeTarget {
        let (facts, witness): (Vec<_>, Vec<_>) = witness.into_iter().partition(|&(cell, dual)| dual < 0.0 && self.facts[cell]);
        UnsafeTarget { target, is_least, gap, witness, facts: facts.into_iter().map(|(cell, _)| cell).collect() }
    }

    /// The cells whose bounds a dual certificate uses, with their multipliers.
    fn binding(&self, stands_for: &[Vec<usize>], duals: &[f64]) -> Vec<(usize, f64)> {
        let mut witness = Vec::new();
        for (stands_for, &dual) in stands_for.iter().zip(duals).filter(|(_, dual)| dual.abs() > NO_DUAL) {
            let bound = |cell: usize| if dual > 0.0 { self.interval(cell).0 } else { self.interval(cell).1 };
            let bounds = stands_for.iter().map(|&cell| bound(cell));
            // Of cells with the same sum, those count whose bound is the tightest.
            let tightest = if dual > 0.0 { bounds.max() } else { bounds.min() };
            witness.extend(stands_for.iter().filter(|&&cell| Some(bound(cell)) == tightest).map(|&cell| (cell, dual)));
        }
        witness
    }

    /// The sum of a target.
    pub(super) fn sum(&self, target: Target) -> Vec<(u32, i32)> {
        match target {
            Target::Cell(cell) => self.system.cells[cell].members.iter().map(|&u| (u, 1)).collect(),
            Target::Difference(i) => self.system.sum(i).into_owned(),
            Target::Facts => Vec::new(),
        }
    }

    /// The sum of some targets, or its negative.
    pub(super) fn objective(&self, sign: i64, targets: impl IntoIterator<Item = usize>) -> Vec<i64> {
        let mut objective = vec![0; self.system.variables];
        for at in targets {
            for (u, a) in self.sum(self.states[at].target) {
                objective[u as usize] += sign * i64::from(a);
            }
        }
        objective
    }

    /// The cells whose intervals are bounds of single variables that a proof uses, with what it leaves for these.
    fn bounding(&self, program: &Program, reduced: &[f64]) -> Vec<(usize, f64)> {
        let mut witness = Vec::new();
        for (u, &left) in (0..).zip(reduced).filter(|(_, left)| left.abs() > NO_DUAL) {
            let bounds = program.variable_bounds(u as usize);
            let gives_bound = |cell: &usize| {
                let (lo, hi) = self.interval(*cell);
                let members = &self.system.cells[*cell].members;
                if left > 0.0 {
                    lo > 0 && *members == [u] && u64::from(lo) == bounds.lower()
                } else {
                    members.contains(&u) && Some(u64::from(hi)) == bounds.upper()
                }
            };
            witness.extend((0..self.system.cells.len()).filter(gives_bound).map(|cell| (cell, left)));
        }
        witness
    }

    /// Minimises, and records what the point that it finds shows.
    pub(super) fn optimise(&mut self, objective: &[i64]) -> Result<Solution, Outcome> {
        match self.attempt(objective)? {
            Attempt::Solved(solution) => Ok(solution),
            Attempt::Refuted { .. } => Err(Outcome::Impossible),
        }
    }

    /// The same, or the proof that there is no point.
    pub(super) fn attempt(&mut self, objective: &[i64]) -> Result<Attempt, Outcome> {
        for _ in 0..2 {
            let mut whole = if let Some(whole) = self.whole.take() {
                whole
            } else if let Some((program, stands_for)) = self.program() {
                Solving { simplex: Simplex::new(&program), program, stands_for }
            } else {
                let (gap, witness) = self.clash().ok_or(Outcome::Undecided)?;
                return Ok(Attempt::Refuted { gap, witness });
            };
            self.programs += 1;
            let solution = whole.simplex.reoptimise(objective).unwrap_or_else(|| whole.simplex.minimise(objective));
            if solution.status == Termination::Infeasible
                && let Some(Lack { gap, duals, reduced }) = whole.lack(&solution)
            {
                let mut witness = self.binding(&whole.stands_for, &duals);
                witness.extend(self.bounding(&whole.program, &reduced));
                return Ok(Attempt::Refuted { gap, witness });
            }
            if solution.status == Termination::Optimal {
                self.whole = Some(whole);
                self.record(&solution.point);
                return Ok(Attempt::Solved(solution));
            }
            // Once more, from the beginning.
        }
        Err(Outcome::Undecided)
    }

    /// Two cells, one inside the other, whose intervals exclude each other: by how much, and the two.
    fn clash(&self) -> Option<(f64, Vec<(usize, f64)>)> {
        let cells = &self.system.cells;
        let is_inside = |inner: usize, outer: usize| cells[inner].members.iter().all(|u| cells[outer].members.contains(u));
        let gap = |inner: usize, outer: usize| i64::from(self.interval(inner).0) - i64::from(self.interval(outer).1);
        let pairs = (0..cells.len()).flat_map(|inner| (0..cells.len()).map(move |outer| (inner, outer)));
        let (inner, outer) =
            pairs.filter(|&(inner, outer)| gap(inner, outer) > 0).find(|&(inner, outer)| is_inside(inner, outer))?;
        Some((gap(inner, outer) as f64, vec![(inner, 1.0), (outer, -1.0)]))
    }

    /// The program of the present intervals, and for each of its constraints, the cells of the system; nothing if they exclude each other.
    fn program(&self) -> Option<(Program, Vec<Vec<usize>>)> {
        let mut program = Program::new(self.system.variables);
        let mut stands_for: Vec<Vec<usize>> = Vec::new();
        for (i, cell) in self.system.cells.iter().enumerate() {
            let (lo, hi) = self.interval(i);
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
    pub(super) fn record(&mut self, point: &[f64]) {
        let threshold = self.threshold;
        let system = self.system;
        if !self.is_recording {
            return;
        }
        let mut new: Vec<usize> = Vec::new();
        let open = |(_, state): &(usize, &mut TargetState)| state.needs_empty() || state.needs_more(threshold);
        for (at, state) in self.states.iter_mut().enumerate().filter(open) {
            if state.record(value_at(system, state.target, point), threshold) {
                new.push(at);
            }
        }
        if !new.is_empty() {
            self.keep(point, &new);
        }
    }
}

impl Solving {
    /// How many people are lacking, by multipliers that prove that no point is feasible, the largest of which is one: zero would have to
    /// be at least that.
    fn lack(&self, solution: &Solution) -> Option<Lack> {
        let program = &self.program;
        let duals = &solution.constraint_duals;
        if certified_minimum(program, &vec![0; program.variables()], duals) <= Some(0) {
            return None;
        }
        let largest = duals.iter().fold(0.0_f64, |most, dual| most.max(dual.abs()));
        let duals: Vec<f64> = duals.iter().map(|dual| dual / largest).collect();
        let least = |dual: f64, bounds: Interval| {
            let bound = if dual > 0.0 { Some(bounds.lower()) } else { bounds.upper() };
            bound.map_or(0.0, |bound| dual * bound as f64)
        };
        let (mut lack, mut reduced) = (0.0, vec![0.0; program.variables()]);
        for (i, &dual) in duals.iter().enumerate().filter(|(_, dual)| dual.abs() > NO_DUAL) {
            lack += least(dual, program.interval(i));
            program.members(i).iter().for_each(|&(u, a)| reduced[u as usize] -= dual * f64::from(a));
        }
        lack += reduced.iter().enumerate().map(|(u, &reduced)| least(reduced, program.variable_bounds(u))).sum::<f64>();
        Some(Lack { gap: lack, duals, reduced })
    }
}

/// How many people a target has at a point.
pub(super) fn value_at(system: &SubproblemSystem, target: Target, point: &[f64]) -> f64 {
    match target {
        Target::Cell(cell) => system.cells[cell].members.iter().map(|&u| point[u as usize]).sum(),
        Target::Difference(i) => system.sum(i).iter().map(|&(u, a)| f64::from(a) * point[u as usize]).sum(),
        Target::Facts => 0.0,
    }
}
