//! Bounds that hold whatever the floats did: weak duality, recomputed in whole numbers.

use super::program::{Program, contradiction};
use super::simplex::{Simplex, Solution, Termination};
use crate::{Interval, Result};

/// Multipliers are rounded to fractions over this: fractions up to sixteenths are exact, all others within 1e-11.
const DENOMINATOR: i64 = 720_720 << 16;

/// How far a float optimum may lie beyond a whole number and still mean it.
const TOLERANCE: f64 = 1e-6;

/// One bound of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertifiedBound {
    /// The certified bound; `None` if there is none.
    pub value: Option<i64>,
    /// Whether it is the real-valued optimum, rounded to the whole number inside.
    pub sharp: bool,
}

/// What a program says about a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProgramBounds {
    /// The certified bounds.
    pub interval: Interval,
    /// Whether both are the real-valued optima, rounded to the whole numbers inside.
    pub sharp: bool,
}

/// Answers many questions about one program, each from where the last one ended.
///
/// A question whose iteration stalls gets certified bounds that are not sharp.
#[derive(Debug, Clone)]
pub struct Solver {
    program: Program,
    simplex: Simplex,
    pivots: usize,
}

impl Program {
    /// Certified bounds of a count, as [`Solver::bounds`].
    pub fn bounds(&self, objective: &[i64]) -> Result<ProgramBounds> {
        Solver::new(self.clone()).bounds(objective)
    }
}

impl Solver {
    /// A solver of a program.
    pub fn new(program: Program) -> Self {
        let simplex = Simplex::new(&program);
        Self { program, simplex, pivots: 0 }
    }

    /// Gives up a question after so many pivots: its bounds are then certified, and not sharp.
    pub fn give_up_after(&mut self, pivots: usize) {
        self.simplex.give_up_after(pivots);
    }

    /// How many pivots all questions took.
    pub fn pivots(&self) -> usize {
        self.pivots
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The least value of a sum of multiples of the variables.
    pub fn least(&mut self, objective: &[i64]) -> Result<CertifiedBound> {
        Ok(self.solve(objective)?.0)
    }

    /// The greatest value of a sum of multiples of the variables.
    pub fn greatest(&mut self, objective: &[i64]) -> Result<CertifiedBound> {
        let Some(negated) = objective.iter().map(|c| c.checked_neg()).collect::<Option<Vec<i64>>>() else {
            return Ok(CertifiedBound { value: None, sharp: false });
        };
        let CertifiedBound { value, sharp } = self.least(&negated)?;
        Ok(CertifiedBound { value: value.map(i64::saturating_neg), sharp })
    }

    /// The least value with the point and the multipliers that show it.
    pub fn solve(&mut self, objective: &[i64]) -> Result<(CertifiedBound, Solution)> {
        let solution = self.simplex.minimise(objective);
        self.pivots += solution.pivots;
        if solution.status == Termination::Infeasible {
            // Believed only if the multipliers prove it: zero would have to be at least one.
            if certified_minimum(&self.program, &vec![0; objective.len()], &solution.constraint_duals) > Some(0) {
                return Err(contradiction());
            }
            return Ok((CertifiedBound { value: certified_minimum(&self.program, objective, &[]), sharp: false }, solution));
        }
        let value = certified_minimum(&self.program, objective, &solution.constraint_duals);
        let optimum = (solution.value - TOLERANCE * (1.0 + 1e-6 * solution.value.abs())).ceil();
        let unbounded = -f64::from(u32::MAX) / 2.0;
        let sharp = solution.status == Termination::Optimal && value.map_or(optimum < unbounded, |v| v as f64 >= optimum);
        Ok((CertifiedBound { value, sharp }, solution))
    }

    /// Certified bounds of a count. A count is not below zero: where the sum could be, the bound is zero.
    pub fn bounds(&mut self, objective: &[i64]) -> Result<ProgramBounds> {
        let least = self.least(objective)?;
        let greatest = self.greatest(objective)?;
        let lo = u64::try_from(least.value.unwrap_or(0)).unwrap_or(0);
        let interval = match greatest.value {
            None => Interval::at_least(lo),
            Some(hi) => Interval::new(lo, u64::try_from(hi).unwrap_or(0)).ok_or_else(contradiction)?,
        };
        Ok(ProgramBounds { interval, sharp: least.sharp && greatest.sharp })
    }
}

/// A number that no solution's sum is below, from approximate multipliers of the constraints (missing ones are zero).
///
/// Valid for any multipliers, not-a-numbers included; good ones make it the optimum. `None`: no bound.
///
/// # Formula
/// Weak duality. For multipliers `y_i` and `r = c - A'y`,
/// `c.x >= sum_i (y_i > 0 ? y_i lo_i : y_i hi_i) + sum_j (r_j > 0 ? r_j lo_j : r_j hi_j)`, over a common denominator, rounded up
/// because solutions are whole numbers.
///
/// # Panics
/// If there are not as many coefficients as variables.
pub fn certified_minimum(program: &Program, objective: &[i64], constraint_duals: &[f64]) -> Option<i64> {
    assert_eq!(objective.len(), program.variables(), "one coefficient for each variable");
    let with = weak_duality(program, objective, constraint_duals);
    // Worth its few additions: bad multipliers are then never worse than none.
    with.max(weak_duality(program, objective, &[]))
}

fn weak_duality(program: &Program, objective: &[i64], constraint_duals: &[f64]) -> Option<i64> {
    let denominator = i128::from(DENOMINATOR);
    let mut duals: Vec<i128> = constraint_duals.iter().take(program.constraints()).map(|&y| scaled(y)).collect();
    let mut reduced: Vec<i128> = objective.iter().map(|&c| i128::from(c) * denominator).collect();
    for (i, y) in duals.iter_mut().enumerate() {
        if *y < 0 && program.interval(i).upper().is_none() {
            *y = 0;
        }
        for &(j, a) in if *y == 0 { &[] } else { program.members(i) } {
            reduced[j as usize] = reduced[j as usize].checked_sub(y.checked_mul(i128::from(a))?)?;
        }
    }
    relax_for_unbounded(program, &mut duals, &mut reduced)?;
    let mut total = 0i128;
    for (i, &y) in duals.iter().enumerate().filter(|(_, y)| **y != 0) {
        total = total.checked_add(least_product(y, program.interval(i))?)?;
    }
    for (j, &r) in reduced.iter().enumerate().filter(|(_, r)| **r != 0) {
        total = total.checked_add(least_product(r, program.variable_bounds(j))?)?;
    }
    let ceiling = -(-total).div_euclid(denominator);
    // A bound above what `i64` holds is cut, which is still a bound; one below is none.
    i64::try_from(ceiling).ok().or((ceiling > 0).then_some(i64::MAX))
}

/// A variable without an upper bound needs `r_j >= 0`: where rounding left it a little below, lower a constraint's multiplier by
/// that.
fn relax_for_unbounded(program: &Program, duals: &mut [i128], reduced: &mut [i128]) -> Option<()> {
    let short = |j: usize, reduced: &[i128]| reduced[j] < 0 && program.variable_bounds(j).upper().is_none();
    if !(0..reduced.len()).any(|j| short(j, reduced)) {
        return Some(());
    }
    for (i, y) in duals.iter_mut().enumerate().filter(|(_, y)| **y > 0) {
        let sum = program.members(i);
        if sum.iter().any(|&(_, a)| a < 0) {
            continue;
        }
        let needed = sum.iter().filter(|(j, _)| short(*j as usize, reduced)).map(|&(j, a)| {
            let (lack, a) = (reduced[j as usize].unsigned_abs(), u128::from(a.unsigned_abs()));
            i128::try_from(lack.div_ceil(a)).unwrap_or(i128::MAX)
        });
        let step = needed.max().unwrap_or(0).min(*y);
        *y -= step;
        for &(j, a) in sum {
            reduced[j as usize] = reduced[j as usize].checked_add(step.checked_mul(i128::from(a))?)?;
        }
    }
    Some(())
}

/// A multiplier over the denominator; 0 for what is no sensible number.
fn scaled(y: f64) -> i128 {
    let y = (y * DENOMINATOR as f64).round();
    if y.abs() < 1e24 { y as i128 } else { 0 }
}

/// The least of `factor * x` for `x` in the interval; `None` if there is no least.
fn least_product(factor: i128, x: Interval) -> Option<i128> {
    let bound = if factor > 0 { x.lower() } else { x.upper()? };
    factor.checked_mul(i128::from(bound))
}
