//! The maximum-entropy estimate of a program's variables, by iterative proportional fitting.

use super::program::Program;

/// How often the sums are brought to the middle of their intervals.
const MIDDLE_SWEEPS: usize = 10;
/// How often, at most, sums outside their intervals are brought back.
const RETURN_SWEEPS: usize = 100;
/// How far outside its interval a sum may be left, relative to the bound that it misses.
const TOLERANCE: f64 = 1e-6;

/// An estimate of a program's variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The variables: real numbers, none below zero.
    pub point: Vec<f64>,
    /// The sweeps made.
    pub sweeps: usize,
    /// Whether every constraint that was fitted holds, within a millionth.
    pub converged: bool,
}

/// The table nearest to uniform (in relative entropy) whose sums lie amid the published intervals.
///
/// Constraints are fitted in the given order, coarse ones first; those with a negative coefficient are left out. Only additions,
/// subtractions, multiplications and divisions, in a fixed order: the same bits on every platform.
///
/// # Formula
/// From `x = 1`: for each constraint in turn, `x_j *= m / sum x` over its members, `m` the middle of its interval (of an open one, its
/// lower bound, if the sum is below); ten sweeps. Then the same with `m` the nearest bound of the interval, for sums outside it,
/// until all are inside or a hundred sweeps have passed.
///
/// # Citation
/// Deming and Stephan, Annals of Mathematical Statistics 11 (1940); Csiszár, Annals of Probability 3 (1975).
///
/// # Panics
/// If the order names a constraint that does not exist.
pub fn fit(program: &Program, order: &[usize]) -> Fit {
    let mut x = vec![1.0; program.variables()];
    let fitted: Vec<usize> = order.iter().copied().filter(|&i| program.members(i).iter().all(|&(_, a)| a > 0)).collect();
    for _ in 0..MIDDLE_SWEEPS {
        for &i in &fitted {
            let interval = program.interval(i);
            let lo = interval.lower() as f64;
            let target = |sum: f64| interval.upper().map_or(sum.max(lo), |hi| lo + (hi as f64 - lo) / 2.0);
            scale(program, i, &mut x, target);
        }
    }
    let mut sweeps = MIDDLE_SWEEPS;
    let mut converged = false;
    while !converged && sweeps < MIDDLE_SWEEPS + RETURN_SWEEPS {
        sweeps += 1;
        converged = true;
        for &i in &fitted {
            let interval = program.interval(i);
            let lo = interval.lower() as f64;
            let hi = interval.upper().map_or(f64::INFINITY, |hi| hi as f64);
            converged &= scale(program, i, &mut x, |sum| sum.max(lo).min(hi));
        }
    }
    Fit { point: x, sweeps, converged }
}

/// Scales a constraint's members so that their sum is the target of what it was; whether that hardly changed it.
fn scale(program: &Program, constraint: usize, x: &mut [f64], target: impl Fn(f64) -> f64) -> bool {
    let members = program.members(constraint);
    let sum: f64 = members.iter().map(|&(j, a)| f64::from(a) * x[j as usize]).sum();
    let target = target(sum);
    if sum <= 0.0 || (target - sum).abs() <= TOLERANCE * target {
        return sum > 0.0 || target <= 0.0;
    }
    let factor = target / sum;
    for &(j, _) in members {
        x[j as usize] *= factor;
    }
    false
}

/// Rounds to one decimal, halves away from zero; never to a negative zero.
pub fn round1(x: f64) -> f64 {
    (x * 10.0).round() / 10.0 + 0.0
}
