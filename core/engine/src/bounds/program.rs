//! Small programs: boxed unknowns, and rows of them whose sums lie in intervals.

use std::collections::HashMap;

use crate::{Error, ErrorKind, Interval, Result};

/// Unknown counts, and intervals that sums of them lie in.
///
/// Every unknown is boxed: a row whose coefficients are all positive bounds each of its members from above, a row with one
/// member bounds it from both sides. Every row keeps its number; the same sum stated twice is one row.
///
/// # Examples
/// ```
/// use ninzu_engine::{Interval, bounds::Program};
/// let mut program = Program::new(4); // neither, A, B, both
/// program.row(0..4, Interval::exact(100)).unwrap();
/// program.row([1, 3], Interval::exact(60)).unwrap();
/// program.row([2, 3], Interval::exact(70)).unwrap();
/// let both = program.bounds(&[0, 0, 0, 1]).unwrap();
/// assert_eq!(both.interval, Interval::new(30, 60).unwrap());
/// assert!(both.sharp);
/// ```
#[derive(Debug, Clone)]
pub struct Program {
    starts: Vec<usize>,
    members: Vec<(u32, i32)>,
    intervals: Vec<Interval>,
    boxes: Vec<Interval>,
    lower_from: Vec<Option<u32>>,
    upper_from: Vec<Option<u32>>,
    numbers: HashMap<Box<[(u32, i32)]>, usize>,
}

impl Program {
    /// A program that knows nothing about its unknowns, but that none is below zero.
    pub fn new(unknowns: usize) -> Self {
        Self {
            starts: vec![0],
            members: Vec::new(),
            intervals: Vec::new(),
            boxes: vec![Interval::ANY; unknowns],
            lower_from: vec![None; unknowns],
            upper_from: vec![None; unknowns],
            numbers: HashMap::new(),
        }
    }

    /// States that the sum of these unknowns lies in an interval; returns the row's number.
    ///
    /// # Panics
    /// If an unknown does not exist.
    pub fn row(&mut self, unknowns: impl IntoIterator<Item = u32>, interval: Interval) -> Result<usize> {
        self.weighted_row(unknowns.into_iter().map(|j| (j, 1)), interval)
    }

    /// States that a sum of multiples of unknowns lies in an interval; returns the row's number.
    ///
    /// # Panics
    /// If an unknown does not exist, or its coefficients in the row do not add up in `i32`.
    pub fn weighted_row(&mut self, members: impl IntoIterator<Item = (u32, i32)>, interval: Interval) -> Result<usize> {
        let mut row: Vec<(u32, i32)> = members.into_iter().collect();
        row.sort_unstable_by_key(|&(j, _)| j);
        row.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.checked_add(next.1).expect("small coefficients");
            }
            same
        });
        row.retain(|&(_, a)| a != 0);
        assert!(row.last().is_none_or(|&(j, _)| (j as usize) < self.boxes.len()), "no such unknown");
        let row = row.into_boxed_slice();
        let number = self.numbers.get(&row).copied();
        let interval = number.map_or(Some(interval), |i| self.intervals[i].intersect(interval)).ok_or_else(contradiction)?;
        if row.is_empty() && !interval.contains(0) {
            return Err(contradiction());
        }
        let i = number.unwrap_or(self.intervals.len());
        if number.is_some() {
            self.intervals[i] = interval;
        } else {
            self.members.extend_from_slice(&row);
            self.starts.push(self.members.len());
            self.intervals.push(interval);
        }
        self.tighten_boxes(i as u32, &row)?;
        self.numbers.insert(row, i);
        Ok(i)
    }

    /// What row `i` says about each of its members alone. Divisions round outwards: boxes never cut off a real solution.
    fn tighten_boxes(&mut self, i: u32, row: &[(u32, i32)]) -> Result<()> {
        if row.iter().any(|&(_, a)| a < 0) {
            return Ok(());
        }
        let interval = self.intervals[i as usize];
        for &(j, a) in row {
            let (j, a) = (j as usize, u64::from(a.unsigned_abs()));
            if let Some(hi) = interval.upper().map(|hi| hi.div_ceil(a))
                && self.boxes[j].upper().is_none_or(|now| hi < now)
            {
                self.boxes[j] = Interval::new(self.boxes[j].lower(), hi).ok_or_else(contradiction)?;
                self.upper_from[j] = Some(i);
            }
            let lo = interval.lower() / a;
            if row.len() == 1 && lo > self.boxes[j].lower() {
                self.boxes[j] = self.boxes[j].intersect(Interval::at_least(lo)).ok_or_else(contradiction)?;
                self.lower_from[j] = Some(i);
            }
        }
        Ok(())
    }

    /// How many unknowns there are.
    pub fn unknowns(&self) -> usize {
        self.boxes.len()
    }

    /// How many different rows there are.
    pub fn rows(&self) -> usize {
        self.intervals.len()
    }

    /// The members of a row with their coefficients, ascending.
    pub fn members(&self, row: usize) -> &[(u32, i32)] {
        &self.members[self.starts[row]..self.starts[row + 1]]
    }

    /// The interval that a row's sum lies in.
    pub fn interval(&self, row: usize) -> Interval {
        self.intervals[row]
    }

    /// The box of an unknown; no upper end if no row bounds it.
    pub fn unknown(&self, j: usize) -> Interval {
        self.boxes[j]
    }

    /// The rows that gave an unknown's box its lower and its upper end.
    pub(super) fn sources(&self, j: usize) -> (Option<u32>, Option<u32>) {
        (self.lower_from[j], self.upper_from[j])
    }
}

/// The error of rows that exclude each other.
pub(super) fn contradiction() -> Error {
    Error::new(ErrorKind::Contradiction, "published intervals exclude each other: no population can have them")
        .with_hint("the tables come from different data or were altered; check them against their source")
}
