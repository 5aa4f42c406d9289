//! Whether a few people more or less still fit a system's bounds.

use super::problem::SLACK;
use crate::disclosure::system::SubproblemSystem;

/// How far the sums of a system are from their bounds at a feasible point.
pub(super) struct Sums {
    /// For each variable, its sums, each with its multiplier.
    of: Vec<Vec<(usize, f64)>>,
    /// How much less and how much more each sum may become.
    room: Vec<(f64, f64)>,
}

impl Sums {
    /// At a point, with these bounds of cells.
    pub(super) fn new(system: &SubproblemSystem, bounds: &[(u32, u32)], point: &[f64]) -> Self {
        let mut of: Vec<Vec<(usize, f64)>> = vec![Vec::new(); system.variables];
        for (number, cell) in system.cells.iter().enumerate() {
            for &u in &cell.members {
                of[u as usize].push((number, 1.0));
            }
        }
        for (number, sum) in (system.cells.len()..).zip(&system.inequalities) {
            for &(u, a) in sum {
                of[u as usize].push((number, f64::from(a)));
            }
        }
        let mut values = vec![0.0; system.cells.len() + system.inequalities.len()];
        for (of, &people) in of.iter().zip(point).filter(|(_, people)| **people != 0.0) {
            for &(sum, a) in of {
                values[sum] += a * people;
            }
        }
        let most = |hi: u32| if hi == u32::MAX { f64::INFINITY } else { f64::from(hi) };
        let bounds = bounds.iter().map(|&(lo, hi)| (f64::from(lo), most(hi)));
        let bounds = bounds.chain(system.inequalities.iter().map(|_| (0.0, f64::INFINITY)));
        Self { of, room: values.into_iter().zip(bounds).map(|(value, (lo, hi))| (value - lo, hi - value)).collect() }
    }

    /// Whether all sums are within their bounds if variables have so many people more or less.
    pub(super) fn allow(&self, changes: &[(u32, f64)]) -> bool {
        let mut sums: Vec<(usize, f64)> = Vec::new();
        for &(u, people) in changes {
            sums.extend(self.of[u as usize].iter().map(|&(sum, a)| (sum, a * people)));
        }
        sums.sort_unstable_by_key(|entry| entry.0);
        sums.chunk_by(|a, b| a.0 == b.0).all(|entries| {
            let change: f64 = entries.iter().map(|entry| entry.1).sum();
            let (less, more) = self.room[entries[0].0];
            change < more + SLACK && -change < less + SLACK
        })
    }
}
