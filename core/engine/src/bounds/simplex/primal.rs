//! From one feasible point to another: a bounded primal simplex that stops as soon as a sum is small enough.

use super::{FEASIBLE, Simplex, Solution, Termination, shift};

/// Smaller reduced costs promise nothing.
const GAIN: f64 = 1e-9;
/// More room than this makes no column better.
const AMPLE: f64 = 1e4;
/// Smaller entries of a column stop nothing.
const SMALL: f64 = 1e-5;
/// How far beyond its bound a value may be carried for a better pivot.
const SLACK: f64 = 1e-9;
/// Steps after which a question is given up: the dual rounds answer it.
const MOST_STEPS: usize = 100;
/// The same for an optimum.
const MOST_OPTIMUM_STEPS: usize = 400;

impl Simplex {
    /// Lowers a sum of multiples of the variables until it is at most `enough`, or for as long as steps help, by feasible points
    /// only, from the last optimum on: a few pivots, where a new optimum takes many. The point that it came to, no optimum;
    /// nothing if the last objective found none, or floats drifted.
    ///
    /// # Examples
    /// ```
    /// use ninzu_engine::{Interval, bounds::{Program, Simplex}};
    /// let mut program = Program::new(3);
    /// program.constrain(0..3, Interval::new(10, 19).unwrap()).unwrap();
    /// program.constrain([0, 1], Interval::new(0, 9).unwrap()).unwrap();
    /// let mut simplex = Simplex::new(&program);
    /// assert_eq!(simplex.step_until(&[-1, 0, 0], -9.0), None); // no point is known
    /// simplex.minimise(&[1, 0, 0]);
    /// let point = simplex.step_until(&[-1, 0, 0], -9.0).unwrap();
    /// assert!((point[0] - 9.0).abs() < 1e-6 && point[1].abs() < 1e-6 && point[2] > 1.0 - 1e-6);
    /// ```
    ///
    /// # Panics
    /// If there are not as many coefficients as variables.
    pub fn step_until(&mut self, objective: &[i64], enough: f64) -> Option<Vec<f64>> {
        self.lower_sum(objective, enough, MOST_STEPS)?;
        Some(self.value[..self.structurals].to_vec())
    }

    /// Minimises like [`minimise`](Self::minimise), but by feasible points only, from the last one: much faster where that is
    /// near. Nothing if no point is known, or the optimum is far.
    ///
    /// # Panics
    /// If there are not as many coefficients as variables.
    pub fn reoptimise(&mut self, objective: &[i64]) -> Option<Solution> {
        let steps = self.lower_sum(objective, f64::NEG_INFINITY, MOST_OPTIMUM_STEPS)?;
        (steps < MOST_OPTIMUM_STEPS).then(|| self.solution(Termination::Optimal, steps))
    }

    /// Takes steps while they help; how many. Nothing if no point was known, or floats drifted.
    fn lower_sum(&mut self, objective: &[i64], enough: f64, most: usize) -> Option<usize> {
        assert_eq!(objective.len(), self.structurals, "one coefficient for each variable");
        if !self.is_feasible {
            return None;
        }
        self.cost.clear();
        self.cost.extend(objective.iter().map(|&c| c as f64));
        self.price();
        let (mut value, mut steps) = (self.dual_value(), 0);
        while steps < most && value > enough + FEASIBLE {
            let Some(gain) = self.descend() else { break };
            value -= gain;
            steps += 1;
        }
        self.weight.fill(1.0);
        self.is_feasible = self.recompute_values() && self.feasible();
        self.is_feasible.then_some(steps)
    }

    /// One step along the most promising edge, if there is one: by how much it lowers the sum.
    fn descend(&mut self) -> Option<f64> {
        let (q, side) = self.steepest()?;
        let (entering, slope) = (self.nonbasic[q] as usize, self.reduced[q].abs());
        self.load_column(q);
        let (leaving, far) = self.first_stop(entering, side)?;
        shift(&mut self.value, &self.column, side * far);
        match leaving {
            None => self.value[entering] = if side > 0.0 { self.upper[entering] } else { self.lower[entering] },
            Some(p) => {
                self.value[entering] += side * far;
                self.value[p] = if self.column[p] * side > 0.0 { self.upper[p] } else { self.lower[p] };
                self.load_row(p);
                self.pivot(p, q);
            }
        }
        Some(slope * far)
    }

    /// The column that promises most, and whether upwards: one that lowers the sum fast, and has room itself, which takes a
    /// tenth fewer steps than speed alone.
    fn steepest(&mut self) -> Option<(usize, f64)> {
        // Without a branch: which of them are at their lower bounds, a processor cannot guess.
        self.promise.clear();
        self.promise.extend(self.reduced.iter().zip(&self.nonbasic).map(|(&d, &v)| {
            let (x, lo, hi) = (self.value[v as usize], self.lower[v as usize], self.upper[v as usize]);
            // A widened interval may have left it between its bounds.
            let room = if d < 0.0 { hi - x } else { x - lo };
            d * d * (hi - lo).min(AMPLE) * f64::from(u8::from(room > 0.0))
        }));
        let mut best = None;
        let mut most = 0.0;
        for (q, &promise) in self.promise.iter().enumerate() {
            let d = self.reduced[q];
            if promise > most && d.abs() > GAIN {
                most = promise;
                best = Some((q, -d.signum()));
            }
        }
        best
    }

    /// What stops the loaded column: a basic variable, or its own other bound; and how far it can go. Of those that stop it at
    /// nearly the same place, the one with the largest pivot (Harris).
    fn first_stop(&mut self, entering: usize, side: f64) -> Option<(Option<usize>, f64)> {
        let at = self.value[entering];
        let mut most = if side > 0.0 { self.upper[entering] - at } else { at - self.lower[entering] };
        let own = most;
        self.stops.clear();
        let bounds = self.lower.iter().zip(&self.upper);
        let all = self.column.iter().zip(self.value.iter().zip(bounds));
        for (v, (&c, (&x, (&lo, &hi)))) in (0..).zip(all) {
            if c.abs() <= SMALL {
                continue;
            }
            let room = if c * side > 0.0 { hi - x } else { x - lo };
            let (room, rate) = (room.max(0.0), c.abs());
            if room <= most * rate {
                most = most.min((room + SLACK) / rate);
                self.stops.push((v, room / rate, rate));
            }
        }
        let close = self.stops.iter().filter(|stop| stop.1 <= most);
        let stop = close.reduce(|a, b| if b.2 > a.2 + 1e-9 { b } else { a });
        let stop = stop.filter(|stop| stop.1 < own).map(|&(v, far, _)| (Some(v as usize), far));
        stop.or(own.is_finite().then_some((None, own)))
    }
}
