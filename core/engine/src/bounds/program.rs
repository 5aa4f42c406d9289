//! Small linear programs: bounded variables, and constraints that keep sums of them in intervals.

use std::collections::HashMap;

use crate::message::message;
use crate::{Error, ErrorKind, Interval, Result};

/// Counts that are not known, as variables, and intervals that sums of them lie in.
///
/// Every variable has bounds: a constraint whose coefficients are all positive bounds each of its members from above, one with a
/// single member bounds it from both sides. Every constraint keeps its number; the same sum stated twice is one constraint.
///
/// # Examples
/// ```
/// use ninzu_engine::{Interval, bounds::Program};
/// let mut program = Program::new(4); // neither, A, B, both
/// program.constrain(0..4, Interval::exact(100)).unwrap();
/// program.constrain([1, 3], Interval::exact(60)).unwrap();
/// program.constrain([2, 3], Interval::exact(70)).unwrap();
/// let both = program.bounds(&[0, 0, 0, 1]).unwrap();
/// assert_eq!(both.interval, Interval::new(30, 60).unwrap());
/// assert!(both.sharp);
/// ```
#[derive(Debug, Clone)]
pub struct Program {
    starts: Vec<usize>,
    members: Vec<(u32, i32)>,
    intervals: Vec<Interval>,
    variable_bounds: Vec<Interval>,
    lower_from: Vec<Option<u32>>,
    upper_from: Vec<Option<u32>>,
    numbers: HashMap<Box<[(u32, i32)]>, usize>,
}

impl Program {
    /// A program that knows nothing about its variables, but that none is below zero.
    pub fn new(variables: usize) -> Self {
        Self {
            starts: vec![0],
            members: Vec::new(),
            intervals: Vec::new(),
            variable_bounds: vec![Interval::ANY; variables],
            lower_from: vec![None; variables],
            upper_from: vec![None; variables],
            numbers: HashMap::new(),
        }
    }

    /// States that the sum of these variables lies in an interval; returns the constraint's number.
    ///
    /// # Panics
    /// If a variable does not exist.
    pub fn constrain(&mut self, variables: impl IntoIterator<Item = u32>, interval: Interval) -> Result<usize> {
        self.constrain_weighted(variables.into_iter().map(|j| (j, 1)), interval)
    }

    /// States that a sum of multiples of variables lies in an interval; returns the constraint's number.
    ///
    /// # Panics
    /// If a variable does not exist, or its coefficients do not add up in `i32`.
    pub fn constrain_weighted(&mut self, members: impl IntoIterator<Item = (u32, i32)>, interval: Interval) -> Result<usize> {
        let mut sum: Vec<(u32, i32)> = members.into_iter().collect();
        sum.sort_unstable_by_key(|&(j, _)| j);
        sum.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.checked_add(next.1).expect("small coefficients");
            }
            same
        });
        sum.retain(|&(_, a)| a != 0);
        assert!(sum.last().is_none_or(|&(j, _)| (j as usize) < self.variable_bounds.len()), "no such variable");
        let sum = sum.into_boxed_slice();
        let number = self.numbers.get(&sum).copied();
        let interval = number.map_or(Some(interval), |i| self.intervals[i].intersect(interval)).ok_or_else(contradiction)?;
        if sum.is_empty() && !interval.contains(0) {
            return Err(contradiction());
        }
        let i = number.unwrap_or(self.intervals.len());
        if number.is_some() {
            self.intervals[i] = interval;
        } else {
            self.members.extend_from_slice(&sum);
            self.starts.push(self.members.len());
            self.intervals.push(interval);
        }
        self.tighten_variables(i as u32, &sum)?;
        self.numbers.insert(sum, i);
        Ok(i)
    }

    /// What constraint `i` says about each of its members alone. Divisions round outwards: bounds never cut off a real solution.
    fn tighten_variables(&mut self, i: u32, sum: &[(u32, i32)]) -> Result<()> {
        if sum.iter().any(|&(_, a)| a < 0) {
            return Ok(());
        }
        let interval = self.intervals[i as usize];
        for &(j, a) in sum {
            let (j, a) = (j as usize, u64::from(a.unsigned_abs()));
            if let Some(hi) = interval.upper().map(|hi| hi.div_ceil(a))
                && self.variable_bounds[j].upper().is_none_or(|now| hi < now)
            {
                self.variable_bounds[j] = Interval::new(self.variable_bounds[j].lower(), hi).ok_or_else(contradiction)?;
                self.upper_from[j] = Some(i);
            }
            let lo = interval.lower() / a;
            if sum.len() == 1 && lo > self.variable_bounds[j].lower() {
                self.variable_bounds[j] = self.variable_bounds[j].intersect(Interval::at_least(lo)).ok_or_else(contradiction)?;
                self.lower_from[j] = Some(i);
            }
        }
        Ok(())
    }

    /// How many variables there are.
    pub fn variables(&self) -> usize {
        self.variable_bounds.len()
    }

    /// How many different constraints there are.
    pub fn constraints(&self) -> usize {
        self.intervals.len()
    }

    /// The members of a constraint with their coefficients, ascending.
    pub fn members(&self, constraint: usize) -> &[(u32, i32)] {
        &self.members[self.starts[constraint]..self.starts[constraint + 1]]
    }

    /// The interval that a constraint's sum lies in.
    pub fn interval(&self, constraint: usize) -> Interval {
        self.intervals[constraint]
    }

    /// The bounds of a variable; no upper one if no constraint gives it.
    pub fn variable_bounds(&self, j: usize) -> Interval {
        self.variable_bounds[j]
    }

    /// The constraints that gave a variable its lower and its upper bound.
    pub(super) fn sources(&self, j: usize) -> (Option<u32>, Option<u32>) {
        (self.lower_from[j], self.upper_from[j])
    }
}

/// The error of constraints that exclude each other.
pub(super) fn contradiction() -> Error {
    Error::new(ErrorKind::Contradiction, message!("release.contradiction")).with_hint(message!("hint.different_data"))
}
