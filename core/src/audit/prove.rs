//! Whether a block keeps the promise: for every target a world in which it is empty, and one in which it is not small.
//!
//! A world is a feasible point of the block's program. One world clears many targets, so sums of targets are optimised first,
//! then single persons are moved, and only what is left is asked one by one.

use ninzu_engine::Interval;
use ninzu_engine::bounds::{Program, Solution, Solver, Status};

use super::moves::{World, value_of};
use super::shape::Shape;

/// How far floats may be from what they mean.
pub(crate) const SLACK: f64 = 1e-6;
/// Smaller multipliers are none.
const NO_DUAL: f64 = 1e-7;

/// How much more one target counts than each other.
const FAVOUR: i64 = 1 << 14;
/// So many worlds are tried to move people in.
const MOST_WORLDS: usize = 4;

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
    /// The optimum.
    pub(crate) value: f64,
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

/// A program, and what its parts stand for.
struct Solving {
    solver: Solver,
    /// Its unknowns, as unknowns of the shape.
    unknowns: Vec<u32>,
    /// For each of its rows, the rows of the shape that it stands for.
    stands_for: Vec<Vec<usize>>,
}

/// A program of fewer strata.
enum Thin {
    /// Not made yet.
    Unknown,
    /// No use: hardly smaller, or without a world.
    Useless,
    /// Ready.
    Ready(Box<Solving>),
}

/// A block at one centre, while it is proved.
pub(crate) struct Prover<'a> {
    pub(crate) shape: &'a Shape,
    threshold: f64,
    /// The interval of each row of the shape.
    pub(crate) ends: Vec<(u32, u32)>,
    states: Vec<State>,
    worlds: Vec<World>,
    /// The last sum of open targets.
    together: Vec<i64>,
    /// The program of all unknowns.
    whole: Option<Solving>,
    /// The program of those strata where people must be. Its worlds are worlds of the whole.
    thin: Thin,
    /// How many programs were solved.
    pub(crate) programs: u64,
}

impl State {
    /// Whether a world with more people is needed.
    fn is_open(&self, threshold: f64) -> bool {
        !self.failed && !self.is_large(threshold)
    }

    fn is_large(&self, threshold: f64) -> bool {
        let (empty, full) = (self.least < SLACK, self.greatest > threshold - 1.0 - SLACK);
        match self.target {
            Target::Cell(_) => full,
            Target::Difference(_) => self.greatest > threshold - SLACK || (empty && full),
        }
    }
}

impl<'a> Prover<'a> {
    /// A block with the intervals of its rows.
    pub(crate) fn new(shape: &'a Shape, threshold: u32, ends: Vec<(u32, u32)>) -> Self {
        let states = (0..shape.differences.len()).map(|i| State::new(Target::Difference(i))).collect();
        let threshold = f64::from(threshold);
        let mut prover = Self {
            shape,
            threshold,
            ends,
            states,
            worlds: Vec::new(),
            together: vec![0; shape.unknowns],
            whole: None,
            thin: Thin::Unknown,
            programs: 0,
        };
        (0..shape.rows.len()).for_each(|row| prover.target(row));
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
        let open = |state: &State| matches!(state.target, Target::Cell(_)) && !state.failed && state.least >= SLACK;
        self.clear_together(1, open)?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if open(&self.states[at]) && !self.move_people(at, true) {
                self.optimise_thin(&self.objective_of(at, 1));
            }
            if open(&self.states[at]) {
                let solution = self.optimise(&self.objective_of(at, 1))?;
                if open(&self.states[at]) {
                    let finding = self.finding(at, true, solution.value, solution.value, &solution);
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
        self.clear_together(-1, |state| state.is_open(threshold))?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].is_open(threshold) && !self.move_people(at, false) {
                self.favour(at)?;
            }
            if self.states[at].is_open(threshold) {
                let solution = self.optimise(&self.objective_of(at, -1))?;
                let greatest = -solution.value;
                // A difference that can be k - 1 must be empty in another world.
                if self.states[at].is_open(threshold) && greatest > threshold - 1.0 - SLACK {
                    self.optimise(&self.objective_of(at, 1))?;
                }
                if self.states[at].is_open(threshold) {
                    let needed = if self.states[at].least < SLACK { threshold - 1.0 } else { threshold };
                    let finding = self.finding(at, false, greatest, needed - greatest, &solution);
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

    /// Optimises the sum of all open targets, one of them before the others: a small change of the last objective.
    fn favour(&mut self, at: usize) -> Result<(), Outcome> {
        let mut objective = self.together.clone();
        for (u, a) in self.sum(self.states[at].target) {
            objective[u as usize] -= FAVOUR * i64::from(a);
        }
        if !self.optimise_thin(&objective) {
            self.optimise(&objective)?;
        }
        Ok(())
    }

    /// Optimises sums of all open targets, as long as that clears more than one.
    fn clear_together(&mut self, sign: i64, open: impl Fn(&State) -> bool) -> Result<(), Outcome> {
        let mut left = usize::MAX;
        loop {
            let count = self.states.iter().filter(|state| open(state)).count();
            if count == 0 || count + 1 >= left {
                return Ok(());
            }
            left = count;
            let mut objective = vec![0; self.shape.unknowns];
            for state in self.states.iter().filter(|state| open(state)) {
                for (u, a) in self.sum(state.target) {
                    objective[u as usize] += sign * i64::from(a);
                }
            }
            if !self.optimise_thin(&objective) {
                self.optimise(&objective)?;
            }
            self.together = objective;
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
        (self.whole, self.thin) = (None, Thin::Unknown);
        true
    }

    fn finding(&self, at: usize, is_least: bool, value: f64, gap: f64, solution: &Solution) -> Finding {
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
        Finding { target: self.states[at].target, is_least, value, gap, proof }
    }

    /// The sum of a target.
    fn sum(&self, target: Target) -> Vec<(u32, i32)> {
        match target {
            Target::Cell(row) => self.shape.rows[row].members.iter().map(|&u| (u, 1)).collect(),
            Target::Difference(i) => self.shape.differences[i].sum.clone(),
        }
    }

    fn objective_of(&self, at: usize, sign: i64) -> Vec<i64> {
        let mut objective = vec![0; self.shape.unknowns];
        for (u, a) in self.sum(self.states[at].target) {
            objective[u as usize] += sign * i64::from(a);
        }
        objective
    }

    /// Minimises, and clears what the world that it finds clears.
    fn optimise(&mut self, objective: &[i64]) -> Result<Solution, Outcome> {
        for _ in 0..2 {
            let mut whole = match self.whole.take() {
                Some(whole) => whole,
                None => self.program((0..self.shape.unknowns as u32).collect()).ok_or(Outcome::Impossible)?,
            };
            self.programs += 1;
            let (_, solution) = whole.solver.solve(objective).map_err(|_| Outcome::Impossible)?;
            if solution.status == Status::Optimal {
                self.whole = Some(whole);
                self.keep(solution.point.clone());
                return Ok(solution);
            }
            // Once more, from the beginning.
        }
        Err(Outcome::Undecided)
    }

    /// The same with nobody in strata where nobody must be: quicker, and what it clears is cleared. Whether it could.
    fn optimise_thin(&mut self, objective: &[i64]) -> bool {
        if matches!(self.thin, Thin::Unknown) {
            let unknowns = self.needed();
            let is_thin = unknowns.len() * 4 <= self.shape.unknowns * 3;
            let solving = if is_thin { self.program(unknowns) } else { None };
            self.thin = solving.map_or(Thin::Useless, |solving| Thin::Ready(Box::new(solving)));
        }
        let Thin::Ready(thin) = &mut self.thin else { return false };
        let thinned: Vec<i64> = thin.unknowns.iter().map(|&u| objective[u as usize]).collect();
        self.programs += 1;
        let Some(solution) = thin.solver.solve(&thinned).ok().map(|(_, s)| s).filter(|s| s.status == Status::Optimal) else {
            self.thin = Thin::Useless;
            return false;
        };
        let mut people = vec![0.0; self.shape.unknowns];
        for (&u, &x) in thin.unknowns.iter().zip(&solution.point) {
            people[u as usize] = x;
        }
        self.keep(people);
        true
    }

    /// The unknowns of strata that rows with a lower end above zero speak of, the smallest rows first.
    fn needed(&self) -> Vec<u32> {
        let stratum = &self.shape.stratum;
        let mut needed = vec![false; stratum.iter().map(|&s| s as usize + 1).max().unwrap_or(0)];
        for &row in &self.shape.by_size {
            let members = &self.shape.rows[row].members;
            if self.ends[row].0 > 0 && !members.iter().any(|&u| needed[stratum[u as usize] as usize]) {
                members.iter().for_each(|&u| needed[stratum[u as usize] as usize] = true);
            }
        }
        (0..self.shape.unknowns as u32).filter(|&u| needed[stratum[u as usize] as usize]).collect()
    }

    /// Keeps a world, and clears what it clears.
    fn keep(&mut self, people: Vec<f64>) {
        self.look(&people);
        self.worlds.push(World::new(people, &self.shape.rows, &self.shape.laws));
    }

    /// The program of the present intervals over some unknowns, all others being zero; nothing if they exclude each other.
    fn program(&self, unknowns: Vec<u32>) -> Option<Solving> {
        let mut place = vec![None; self.shape.unknowns];
        for (&u, at) in unknowns.iter().zip(0_u32..) {
            place[u as usize] = Some(at);
        }
        let mut program = Program::new(unknowns.len());
        let mut stands_for: Vec<Vec<usize>> = Vec::new();
        for (i, row) in self.shape.rows.iter().enumerate() {
            let (lo, hi) = self.ends[i];
            let interval = Interval::new(u64::from(lo), u64::from(hi))?;
            let members: Vec<u32> = row.members.iter().filter_map(|&u| place[u as usize]).collect();
            if members.is_empty() && lo == 0 {
                continue;
            }
            let number = program.row(members, interval).ok()?;
            if stands_for.len() <= number {
                stands_for.resize(number + 1, Vec::new());
            }
            stands_for[number].push(i);
        }
        for sum in &self.shape.laws {
            let members = sum.iter().filter_map(|&(u, a)| Some((place[u as usize]?, a)));
            program.weighted_row(members, Interval::ANY).ok()?;
        }
        Some(Solving { solver: Solver::new(program), unknowns, stands_for })
    }

    /// Takes from a world what it shows.
    fn look(&mut self, world: &[f64]) {
        for state in &mut self.states {
            let value = match state.target {
                Target::Cell(row) => self.shape.rows[row].members.iter().map(|&u| world[u as usize]).sum(),
                Target::Difference(i) => value_of(&self.shape.differences[i].sum, world),
            };
            state.see(value);
        }
    }

    /// Looks for a world near a known one that clears a target.
    fn move_people(&mut self, at: usize, empty: bool) -> bool {
        let sum = self.sum(self.states[at].target);
        let wanted = match self.states[at].least < SLACK {
            _ if empty => 0.0,
            true => self.threshold - 1.0,
            false => self.threshold,
        };
        let ends: Vec<(f64, f64)> = self.ends.iter().map(|&(lo, hi)| (f64::from(lo), f64::from(hi))).collect();
        let laws = self.shape.laws.iter().map(|_| (0.0, f64::INFINITY));
        let ends: Vec<(f64, f64)> = ends.into_iter().chain(laws).collect();
        for w in (0..self.worlds.len()).rev().take(MOST_WORLDS - 1).chain([0]) {
            let Some(mut world) = self.worlds.get(w).cloned() else { break };
            if self.shape.moves.reach(&mut world, &sum, wanted, &ends) {
                self.look(&world.people);
                let state = &self.states[at];
                return if empty { state.least < SLACK } else { state.is_large(self.threshold) };
            }
        }
        false
    }
}

impl State {
    fn new(target: Target) -> Self {
        Self { target, least: f64::INFINITY, greatest: f64::NEG_INFINITY, failed: false }
    }

    fn see(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }
}
