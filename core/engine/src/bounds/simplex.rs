//! A bounded dual simplex for small programs.
//!
//! Every variable has bounds, so any basis is dual feasible once each non-basic variable sits at the bound that its reduced cost
//! asks for: there is no first phase, and another objective goes on from the last basis.

mod primal;

use super::program::Program;

/// How far outside its interval a value may lie.
const FEASIBLE: f64 = 1e-7;
/// How near a non-basic sum is to that of its members, if nothing drifted.
const CLEAR: f64 = 1e-9;
/// Smaller entries of the tableau are noise.
const NOISE: f64 = 1e-11;
/// Smaller entries of the leaving row are no pivots.
const PIVOT: f64 = 1e-8;
/// The upper bound of a variable that has none.
const CAP: f64 = u32::MAX as f64;
/// How much of the largest cost each cost is moved by: too little to change which basis is best, but ties are rare.
const PERTURB: f64 = 1e-6;
/// Rounds without progress after which the lowest numbers decide, which cannot cycle.
const PATIENCE: usize = 200;

/// How an optimisation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// At the optimum, as far as floats can tell.
    Optimal,
    /// No point satisfies the constraints, as far as floats can tell: `constraint_duals` are then the proof, for an objective of zero.
    Infeasible,
    /// Given up; point and multipliers are the last ones.
    Stalled,
}

/// Where an optimisation ended. Floats: what is printed goes through [`certified_minimum`](super::certified_minimum).
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// The objective at `point`.
    pub value: f64,
    /// The variables of the program.
    pub point: Vec<f64>,
    /// What one more at the constraint's binding bound adds to the minimum: positive at the lower bound, negative at the upper.
    pub constraint_duals: Vec<f64>,
    /// What is left for the variables themselves: positive only for one at zero. What a variable's bound owes to a constraint is the
    /// constraint's.
    pub variable_duals: Vec<f64>,
    /// How it ended.
    pub status: Termination,
    /// Pivots made.
    pub pivots: usize,
}

/// Where a variable is: the structural ones (those of the program) come first, then a logical one for each constraint, its sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Non-basic, in this column of the tableau.
    Column(u32),
    /// A basic structural variable, in this row of the tableau.
    Row(u32),
    /// A basic sum. Its row is not stored: it is the sum of its members' rows.
    Sum,
}

/// Compressed sparse vectors.
#[derive(Debug, Clone, Default)]
struct Sparse {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Sparse {
    fn get(&self, i: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }
}

/// A program and the basis that the last objective ended with.
///
/// Only the rows of basic *structural* variables are stored, each a combination of the non-basic variables: as many as there are
/// non-basic sums. A sum enters this small tableau when it is violated and leaves it when it is basic again.
///
/// Chosen by measurement (`benches/src/bin/simplex.rs`, least and greatest together, cold p50/p99): on 64 variables 0.24/0.34 ms, on
/// 128 1.0/1.6 ms. Without moved costs 128 variables took 240 pivots, now 150 to 190; steepest-edge weights instead of Devex make
/// a fifth fewer pivots, but 2.0 ms at p99 and slower restarts.
#[derive(Debug, Clone)]
pub struct Simplex {
    structurals: usize,
    constraints: Sparse,
    columns: Sparse,
    lower: Vec<f64>,
    upper: Vec<f64>,
    lower_from: Vec<Option<(usize, f64)>>,
    upper_from: Vec<Option<(usize, f64)>>,
    /// Whether a constraint's upper bound is only what the bounds of its members imply.
    implied: Vec<bool>,

    nonbasic: Vec<u32>,
    place: Vec<Place>,
    basic: Vec<u32>,
    tableau: Vec<f64>,
    reduced: Vec<f64>,
    value: Vec<f64>,
    weight: Vec<f64>,

    cost: Vec<f64>,
    leaving: Vec<f64>,
    support: Vec<u32>,
    column: Vec<f64>,
    change: Vec<f64>,
    candidates: Vec<(f64, u32)>,
    promise: Vec<f64>,
    stops: Vec<(u32, f64, f64)>,
    blocked: Option<(usize, f64)>,
    /// Whether every value is in its interval.
    is_feasible: bool,
    most_pivots: usize,
}

/// What one round did.
enum Round {
    Optimal,
    Infeasible,
    Pivoted,
}

impl Simplex {
    /// A solver of a program, at the basis of its sums.
    pub fn new(program: &Program) -> Self {
        let (n, m) = (program.variables(), program.constraints());
        let mut constraints = Sparse { starts: vec![0], entries: Vec::new() };
        let mut counts = vec![0usize; n + 1];
        for i in 0..m {
            let members = program.members(i);
            constraints.entries.extend(members.iter().map(|&(j, a)| (j, f64::from(a))));
            constraints.starts.push(constraints.entries.len());
            for &(j, _) in members {
                counts[j as usize + 1] += 1;
            }
        }
        for j in 0..n {
            counts[j + 1] += counts[j];
        }
        let mut columns = Sparse { starts: counts.clone(), entries: vec![(0, 0.0); constraints.entries.len()] };
        for i in 0..m {
            for &(j, a) in constraints.get(i) {
                columns.entries[counts[j as usize]] = (i as u32, a);
                counts[j as usize] += 1;
            }
        }
        let mut simplex = Self {
            structurals: n,
            constraints,
            columns,
            lower: Vec::new(),
            upper: Vec::new(),
            lower_from: Vec::new(),
            upper_from: Vec::new(),
            implied: Vec::new(),
            nonbasic: Vec::new(),
            place: Vec::new(),
            basic: Vec::new(),
            tableau: Vec::new(),
            reduced: vec![0.0; n],
            value: vec![0.0; n + m],
            weight: Vec::new(),
            cost: vec![0.0; n],
            leaving: vec![0.0; n],
            support: Vec::new(),
            column: vec![0.0; n + m],
            change: vec![0.0; n + m],
            candidates: Vec::new(),
            promise: Vec::new(),
            stops: Vec::new(),
            blocked: None,
            is_feasible: false,
            most_pivots: 1000 + 20 * (n + m),
        };
        simplex.load_bounds(program);
        simplex.reset();
        simplex
    }

    /// Gives up after so many pivots, if that is fewer than a program of this size should take.
    pub(super) fn give_up_after(&mut self, pivots: usize) {
        self.most_pivots = (1000 + 20 * self.value.len()).min(pivots);
    }

    /// Gives the same constraints other intervals: the next objective goes on from this basis. The last point stays known if it fits.
    ///
    /// # Examples
    /// ```
    /// use ninzu_engine::{Interval, bounds::{Program, Simplex}};
    /// let with = |hi| {
    ///     let mut program = Program::new(2);
    ///     program.constrain([0, 1], Interval::new(0, hi).unwrap()).unwrap();
    ///     program
    /// };
    /// let mut simplex = Simplex::new(&with(9));
    /// assert!((simplex.minimise(&[-1, 0]).value + 9.0).abs() < 1e-6);
    /// simplex.set_bounds(&with(19));
    /// assert!((simplex.minimise(&[-1, 0]).value + 19.0).abs() < 1e-6);
    /// ```
    ///
    /// # Panics
    /// If it is a program of other constraints.
    pub fn set_bounds(&mut self, program: &Program) {
        assert_eq!(
            (program.variables(), program.constraints()),
            (self.structurals, self.constraints.starts.len() - 1),
            "the same constraints"
        );
        self.load_bounds(program);
        self.is_feasible = self.is_feasible && self.feasible();
    }

    /// Takes the bounds of every variable from a program.
    fn load_bounds(&mut self, program: &Program) {
        let (n, m) = (program.variables(), program.constraints());
        let own = (0..n).map(|j| program.variable_bounds(j));
        self.lower = own.clone().map(|b| b.lower() as f64).collect();
        self.upper = own.map(|b| b.upper().map_or(CAP.max(b.lower() as f64), |hi| hi as f64)).collect();
        for i in 0..m {
            let most = |&(j, a): &(u32, i32)| (f64::from(a) * self.lower[j as usize]).max(f64::from(a) * self.upper[j as usize]);
            let interval = program.interval(i);
            let most: f64 = program.members(i).iter().map(most).sum();
            self.lower.push(interval.lower() as f64);
            self.upper.push(interval.upper().map_or(most.max(interval.lower() as f64), |hi| hi as f64));
        }
        let source = |j: usize, i: Option<u32>| {
            let i = i? as usize;
            self.constraints.get(i).iter().find(|e| e.0 as usize == j).map(|&(_, a)| (i, a))
        };
        self.lower_from = (0..n).map(|j| source(j, program.sources(j).0)).collect();
        self.upper_from = (0..n).map(|j| source(j, program.sources(j).1)).collect();
        self.implied = (0..m).map(|i| program.interval(i).upper().is_none()).collect();
    }

    /// Minimises a sum of multiples of the variables, from the last basis. To maximise, minimise the negation.
    ///
    /// # Panics
    /// If there are not as many coefficients as variables.
    pub fn minimise(&mut self, objective: &[i64]) -> Solution {
        assert_eq!(objective.len(), self.structurals, "one coefficient for each variable");
        self.cost.clear();
        self.cost.extend(objective.iter().map(|&c| c as f64));
        self.perturb();
        self.start();
        let mut perturbed = true;
        let (mut best, mut idle, mut repairs, mut pivots) = (f64::MIN, 0, 0, 0);
        let status = loop {
            if pivots >= self.most_pivots {
                break Termination::Stalled;
            }
            let round = self.round(idle >= PATIENCE);
            match round {
                Round::Pivoted => {
                    pivots += 1;
                    let bound = self.dual_value();
                    let progress = bound > best + 1e-9 * (1.0 + best.abs());
                    (best, idle) = if progress { (bound, 0) } else { (best, idle + 1) };
                }
                // The values were carried from round to round: only fresh ones end the work.
                Round::Optimal | Round::Infeasible => {
                    if repairs > 3 {
                        break Termination::Stalled;
                    }
                    if self.recompute_values() {
                        match round {
                            Round::Optimal if self.feasible() => {
                                if !perturbed {
                                    break Termination::Optimal;
                                }
                                perturbed = false;
                                (best, idle) = (f64::MIN, 0);
                                self.cost.clear();
                                self.cost.extend(objective.iter().map(|&c| c as f64));
                                self.start();
                            }
                            Round::Infeasible => break Termination::Infeasible,
                            _ => repairs += 1,
                        }
                    } else {
                        repairs += 1;
                        self.rebuild();
                    }
                }
            }
        };
        self.is_feasible = status == Termination::Optimal;
        self.solution(status, pivots)
    }

    /// Moves each cost a little, each by another amount, so that hardly any two ratios tie.
    fn perturb(&mut self) {
        let scale = PERTURB * self.cost.iter().fold(0.0, |most: f64, c| most.max(c.abs())).max(1e-3);
        for (j, c) in (0u32..).zip(&mut self.cost) {
            let spread = f64::from(j.wrapping_mul(0x9e37_79b9) >> 8) / f64::from(1 << 24);
            *c += scale * (0.5 + spread);
        }
    }

    /// Back to the basis of the sums.
    fn reset(&mut self) {
        let n = self.structurals;
        self.nonbasic = (0..n as u32).collect();
        self.place = (0..n as u32).map(Place::Column).chain((n..self.value.len()).map(|_| Place::Sum)).collect();
        self.basic.clear();
        self.tableau.clear();
        self.weight = vec![1.0; self.value.len()];
    }

    /// Reduced costs of this objective at the present basis, every non-basic variable at the bound that they ask for.
    fn start(&mut self) {
        self.price();
        for (d, &v) in self.reduced.iter_mut().zip(&self.nonbasic) {
            let v = v as usize;
            if d.abs() < 1e-9 {
                *d = 0.0;
            }
            let at_upper = self.value[v] >= self.upper[v];
            self.value[v] = if *d < 0.0 || (*d == 0.0 && at_upper) { self.upper[v] } else { self.lower[v] };
        }
        self.recompute_values();
    }

    /// Reduced costs of this objective at the present basis.
    fn price(&mut self) {
        for (d, &v) in self.reduced.iter_mut().zip(&self.nonbasic) {
            *d = self.cost.get(v as usize).copied().unwrap_or(0.0);
        }
        for (row, &v) in self.tableau.chunks_exact(self.structurals.max(1)).zip(&self.basic) {
            let c = self.cost[v as usize];
            if c != 0.0 {
                self.reduced.iter_mut().zip(row).for_each(|(d, t)| *d += c * t);
            }
        }
    }

    /// Values of the basic variables from those of the non-basic ones; whether the non-basic sums still are what they should.
    fn recompute_values(&mut self) -> bool {
        let n = self.structurals;
        // Most non-basic variables are at zero.
        self.support.clear();
        for (q, &v) in (0u32..).zip(&self.nonbasic) {
            let x = self.value[v as usize];
            if x != 0.0 {
                self.support.push(q);
                self.leaving[q as usize] = x;
            }
        }
        for (row, &v) in self.tableau.chunks_exact(n.max(1)).zip(&self.basic) {
            self.value[v as usize] = self.support.iter().map(|&q| row[q as usize] * self.leaving[q as usize]).sum();
        }
        self.add_up(CLEAR) || {
            self.refine();
            self.add_up(FEASIBLE)
        }
    }

    /// Values of the basic sums from those of their members; whether the non-basic ones are as near to theirs.
    fn add_up(&mut self, near: f64) -> bool {
        let n = self.structurals;
        let mut consistent = true;
        for i in n..self.value.len() {
            let sum = self.sum(i - n);
            if self.place[i] == Place::Sum {
                self.value[i] = sum;
            } else {
                consistent &= (sum - self.value[i]).abs() <= near * (1.0 + 1e-5 * sum.abs());
            }
        }
        consistent
    }

    /// What the members of a constraint make of its sum.
    fn sum(&self, i: usize) -> f64 {
        self.constraints.get(i).iter().map(|&(j, a)| a * self.value[j as usize]).sum()
    }

    /// Iterative refinement: moves the basic structural variables by what the non-basic sums lack. The tableau drifts with every
    /// pivot, the constraints do not, so thousands of steps need no fresh tableau.
    fn refine(&mut self) {
        let n = self.structurals;
        self.support.clear();
        for q in 0..n {
            let v = self.nonbasic[q] as usize;
            if v >= n {
                self.leaving[q] = self.value[v] - self.sum(v - n);
                self.support.push(q as u32);
            }
        }
        for (row, &v) in self.tableau.chunks_exact(n.max(1)).zip(&self.basic) {
            self.value[v as usize] += self.support.iter().map(|&q| row[q as usize] * self.leaving[q as usize]).sum::<f64>();
        }
    }

    /// The objective's value at the present, possibly infeasible, point: a lower bound that only grows.
    fn dual_value(&self) -> f64 {
        self.cost.iter().zip(&self.value).map(|(c, x)| c * x).sum()
    }

    /// Whether every variable is in its interval, said so that a not-a-number is not.
    fn feasible(&self) -> bool {
        let bounds = self.lower.iter().zip(&self.upper);
        self.value.iter().zip(bounds).all(|(&x, (lo, hi))| {
            let slack = FEASIBLE + 1e-12 * x.abs();
            lo - slack <= x && x <= hi + slack
        })
    }

    /// The basic variable furthest outside its interval by its weight (or the first one), and how far below (+) or above (-).
    fn most_violated(&self, first: bool) -> Option<(usize, f64)> {
        let mut worst = None;
        let mut most = 0.0;
        for (v, &x) in self.value.iter().enumerate() {
            // Non-basic variables are at one of their bounds, never outside.
            let gap = (self.lower[v] - x).max(x - self.upper[v]);
            if gap > FEASIBLE + 1e-12 * x.abs() && gap * gap > most * self.weight[v] {
                most = gap * gap / self.weight[v];
                worst = Some((v, if x < self.lower[v] { gap } else { -gap }));
                if first {
                    break;
                }
            }
        }
        worst
    }

    /// One round: a violated variable leaves the basis for the bound that it violates.
    fn round(&mut self, careful: bool) -> Round {
        let Some((p, gap)) = self.most_violated(careful) else { return Round::Optimal };
        self.load_row(p);
        let Some(q) = self.ratio_test(gap, careful) else {
            // Flipping every candidate does not close the gap: as a multiplier, this row shows that.
            self.blocked = Some((p, gap.signum()));
            return Round::Infeasible;
        };
        self.exchange(p, gap, q);
        Round::Pivoted
    }

    /// The leaving variable as a combination of the non-basic ones, into `leaving` and `support`.
    fn load_row(&mut self, p: usize) {
        let n = self.structurals;
        match self.place[p] {
            Place::Row(r) => self.leaving.copy_from_slice(&self.tableau[r as usize * n..][..n]),
            Place::Sum => {
                self.leaving.fill(0.0);
                for &(j, a) in self.constraints.get(p - n) {
                    match self.place[j as usize] {
                        Place::Column(q) => self.leaving[q as usize] += a,
                        Place::Row(r) => {
                            let row = &self.tableau[r as usize * n..][..n];
                            self.leaving.iter_mut().zip(row).for_each(|(l, t)| *l += a * t);
                        }
                        Place::Sum => {}
                    }
                }
            }
            Place::Column(_) => self.leaving.fill(0.0),
        }
        self.support.clear();
        for (q, l) in self.leaving.iter_mut().enumerate() {
            if l.abs() > NOISE {
                self.support.push(q as u32);
            } else {
                *l = 0.0;
            }
        }
    }

    /// The column that enters. Columns passed on the way flip to their other bound: their indices stay at the
    /// front of `candidates`, whose length is then cut to them.
    fn ratio_test(&mut self, gap: f64, careful: bool) -> Option<usize> {
        let side = gap.signum();
        self.candidates.clear();
        for &q in &self.support {
            let (v, l) = (self.nonbasic[q as usize] as usize, side * self.leaving[q as usize]);
            let helps = if self.value[v] < self.upper[v] { l > PIVOT } else { l < -PIVOT };
            if helps && self.lower[v] < self.upper[v] {
                self.candidates.push(((self.reduced[q as usize] / l).max(0.0), q));
            }
        }
        let (mut flipped, mut slope) = (0, gap.abs());
        loop {
            let rest = &mut self.candidates[flipped..];
            let least = rest.iter().map(|c| c.0).reduce(f64::min)?;
            // All within rounding of the least ratio, to the front.
            let mut group = 0;
            for i in 0..rest.len() {
                if rest[i].0 <= least + 1e-11 * (1.0 + least) {
                    rest.swap(i, group);
                    group += 1;
                }
            }
            let range = |q: u32| {
                let v = self.nonbasic[q as usize] as usize;
                self.leaving[q as usize].abs() * (self.upper[v] - self.lower[v])
            };
            let total: f64 = rest[..group].iter().map(|c| range(c.1)).sum();
            if slope - total > FEASIBLE * 1e-2 * (1.0 + gap.abs()) {
                slope -= total;
                flipped += group;
                continue;
            }
            // The largest pivot of the last group, or the lowest variable.
            let better = |a: u32, b: u32| {
                let (x, y) = (self.leaving[a as usize].abs(), self.leaving[b as usize].abs());
                let (u, v) = (self.nonbasic[a as usize], self.nonbasic[b as usize]);
                if careful || (x - y).abs() <= 1e-9 { u < v } else { x > y }
            };
            let entering = rest[..group].iter().map(|c| c.1).reduce(|a, b| if better(b, a) { b } else { a })?;
            self.candidates.truncate(flipped);
            return Some(entering as usize);
        }
    }

    /// Flips, moves the values, and exchanges the leaving variable `p` with column `q`.
    fn exchange(&mut self, p: usize, gap: f64, q: usize) {
        let n = self.structurals;
        let entering = self.nonbasic[q] as usize;
        let alpha = self.leaving[q];
        // The flips close a part of the gap, the entering variable the rest.
        let mut rest = gap;
        if !self.candidates.is_empty() {
            self.change.fill(0.0);
            for c in 0..self.candidates.len() {
                let f = self.candidates[c].1 as usize;
                let v = self.nonbasic[f] as usize;
                let to = if self.value[v] < self.upper[v] { self.upper[v] } else { self.lower[v] };
                let step = to - self.value[v];
                rest -= self.leaving[f] * step;
                self.value[v] = to;
                if v < n {
                    self.change[v] = step;
                }
                for (row, &b) in self.tableau.chunks_exact(n.max(1)).zip(&self.basic) {
                    self.change[b as usize] += row[f] * step;
                }
            }
            add_sums(&self.columns, &mut self.change, n);
            forget(&mut self.change, &self.nonbasic);
            shift(&mut self.value, &self.change, 1.0);
        }
        let step = rest / alpha;
        self.load_column(q);
        self.update_weights(p, entering, alpha);
        shift(&mut self.value, &self.column, step);
        self.value[entering] += step;
        self.value[p] = if gap > 0.0 { self.lower[p] } else { self.upper[p] };
        self.pivot(p, q);
    }

    /// What one more of column `q` adds to each basic variable, into `column`.
    fn load_column(&mut self, q: usize) {
        let n = self.structurals;
        let entering = self.nonbasic[q] as usize;
        self.column.fill(0.0);
        if entering < n {
            self.column[entering] = 1.0;
        }
        for (row, &b) in self.tableau.chunks_exact(n.max(1)).zip(&self.basic) {
            self.column[b as usize] = row[q];
        }
        add_sums(&self.columns, &mut self.column, n);
        forget(&mut self.column, &self.nonbasic);
    }

    /// Devex: an estimate of the squared norm of each basic variable's multipliers, carried along.
    fn update_weights(&mut self, p: usize, entering: usize, alpha: f64) {
        let leaving = self.weight[p];
        for v in 0..self.weight.len() {
            let c = self.column[v];
            if c != 0.0 {
                let k = c / alpha;
                let w = self.weight[v].max(k * k * leaving);
                self.weight[v] = w.min(1e12);
            }
        }
        self.weight[entering] = (leaving / (alpha * alpha)).clamp(1.0, 1e12);
        self.weight[p] = 1.0;
    }

    /// Exchanges basic `p`, whose row is loaded, with column `q` in the tableau and in the reduced costs.
    fn pivot(&mut self, p: usize, q: usize) {
        let n = self.structurals;
        let entering = self.nonbasic[q] as usize;
        let alpha = self.leaving[q];
        for &s in &self.support {
            self.leaving[s as usize] /= -alpha;
        }
        self.leaving[q] = 1.0 / alpha;
        if let Place::Row(r) = self.place[p] {
            let (r, last) = (r as usize, self.basic.len() - 1);
            self.tableau.copy_within(last * n.., r * n);
            self.tableau.truncate(last * n);
            self.basic.swap_remove(r);
            if r < last {
                self.place[self.basic[r] as usize] = Place::Row(r as u32);
            }
        }
        let sparse = self.support.len() * 3 < n;
        for row in self.tableau.chunks_exact_mut(n.max(1)).chain([&mut self.reduced[..]]) {
            let f = std::mem::take(&mut row[q]);
            if f.abs() <= NOISE {
                continue;
            }
            if sparse {
                for &s in &self.support {
                    row[s as usize] += f * self.leaving[s as usize];
                }
            } else {
                row.iter_mut().zip(&self.leaving).for_each(|(t, l)| *t += f * l);
            }
        }
        self.place[p] = Place::Column(q as u32);
        self.nonbasic[q] = p as u32;
        self.place[entering] = Place::Sum;
        if entering < n {
            self.place[entering] = Place::Row(self.basic.len() as u32);
            self.basic.push(entering as u32);
            self.tableau.extend_from_slice(&self.leaving);
        }
    }

    /// The same basis from the program's own numbers, when the tableau has drifted.
    fn rebuild(&mut self) {
        let n = self.structurals;
        let values: Vec<f64> = self.nonbasic.iter().map(|&v| self.value[v as usize]).collect();
        let old = std::mem::take(&mut self.nonbasic);
        self.reset();
        for &p in old.iter().filter(|&&p| p as usize >= n) {
            self.load_row(p as usize);
            let free = |q: u32| !old.contains(&self.nonbasic[q as usize]);
            let size = |q: u32| self.leaving[q as usize].abs();
            let entering = self.support.iter().copied().filter(|&q| free(q)).reduce(|a, b| if size(b) > size(a) { b } else { a });
            if let Some(q) = entering.filter(|&q| size(q) > PIVOT) {
                self.pivot(p as usize, q as usize);
            }
        }
        for (&v, x) in old.iter().zip(values) {
            self.value[v as usize] = x;
        }
        self.start();
    }

    /// The present point and multipliers; what a variable's bound owes to a constraint is given to the constraint.
    fn solution(&mut self, status: Termination, pivots: usize) -> Solution {
        let n = self.structurals;
        let mut constraint_duals = vec![0.0; self.value.len() - n];
        let mut variable_duals = vec![0.0; n];
        if status == Termination::Infeasible {
            self.farkas(&mut constraint_duals);
        } else {
            for (&d, &v) in self.reduced.iter().zip(&self.nonbasic) {
                match (v as usize).checked_sub(n) {
                    Some(i) => constraint_duals[i] = d,
                    None => variable_duals[v as usize] = d,
                }
            }
            // What an implied bound gives is owed to the members' own bounds.
            for i in (0..constraint_duals.len()).filter(|&i| self.implied[i]) {
                if constraint_duals[i] < 0.0 {
                    let d = std::mem::take(&mut constraint_duals[i]);
                    for &(k, b) in self.constraints.get(i) {
                        variable_duals[k as usize] += d * b;
                    }
                }
            }
            for j in 0..n {
                let d = variable_duals[j];
                let source = if d < 0.0 { self.upper_from[j] } else { self.lower_from[j] };
                if let Some((i, a)) = source.filter(|_| d != 0.0) {
                    constraint_duals[i] += d / a;
                    for &(k, b) in self.constraints.get(i) {
                        variable_duals[k as usize] -= d / a * b;
                    }
                    variable_duals[j] = 0.0;
                }
            }
        }
        Solution { value: self.dual_value(), point: self.value[..n].to_vec(), constraint_duals, variable_duals, status, pivots }
    }

    /// Multipliers which show that the blocked variable cannot reach its interval.
    fn farkas(&mut self, constraint_duals: &mut [f64]) {
        let n = self.structurals;
        let Some((p, side)) = self.blocked else { return };
        self.load_row(p);
        for &q in &self.support {
            if let Some(i) = (self.nonbasic[q as usize] as usize).checked_sub(n) {
                constraint_duals[i] = -side * self.leaving[q as usize];
            }
        }
        if p >= n {
            constraint_duals[p - n] = side;
        }
    }
}

/// Adds to each sum what its structural variables, the first `n`, make of it.
fn add_sums(columns: &Sparse, values: &mut [f64], n: usize) {
    let (structurals, sums) = values.split_at_mut(n);
    for (j, &x) in structurals.iter().enumerate().filter(|(_, x)| **x != 0.0) {
        for &(i, a) in columns.get(j) {
            sums[i as usize] += a * x;
        }
    }
}

/// Leaves a direction to the basic variables.
fn forget(along: &mut [f64], nonbasic: &[u32]) {
    for &v in nonbasic {
        along[v as usize] = 0.0;
    }
}

/// Moves all variables along a direction.
fn shift(value: &mut [f64], along: &[f64], far: f64) {
    for (x, d) in value.iter_mut().zip(along) {
        *x += d * far;
    }
}
