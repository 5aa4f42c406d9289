//! Closed intervals of counts, and arithmetic on them that only widens.

use std::fmt;

/// A closed interval of counts, `[lo, hi]`, with `lo <= hi`; `hi` may be open-ended.
///
/// # Examples
/// ```
/// use ninzu_engine::Interval;
/// let parent = Interval::new(20, 29).unwrap();
/// let child = Interval::new(0, 9).unwrap();
/// assert_eq!(parent - child, Interval::new(11, 29).unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    lo: u64,
    hi: u64,
}

impl Interval {
    /// "No upper bound", inside this type only: `upper()` answers `None`.
    const OPEN: u64 = u64::MAX;
    /// Exactly zero.
    pub const ZERO: Self = Self { lo: 0, hi: 0 };
    /// Nothing known: zero or more.
    pub const ANY: Self = Self { lo: 0, hi: Self::OPEN };

    /// The interval `[lo, hi]`, or `None` if it would be empty.
    pub fn new(lo: u64, hi: u64) -> Option<Self> {
        (lo <= hi).then_some(Self { lo, hi })
    }

    /// Exactly `count`.
    pub fn exact(count: u64) -> Self {
        Self { lo: count, hi: count }
    }

    /// `lo` or more.
    pub fn at_least(lo: u64) -> Self {
        Self { lo, hi: Self::OPEN }
    }

    /// The least possible count.
    pub fn lower(self) -> u64 {
        self.lo
    }

    /// The greatest possible count; `None` if nothing bounds it.
    pub fn upper(self) -> Option<u64> {
        (self.hi != Self::OPEN).then_some(self.hi)
    }

    /// Whether one count only is possible.
    pub fn is_exact(self) -> bool {
        self.lo == self.hi
    }

    /// Whether `count` is possible.
    pub fn contains(self, count: u64) -> bool {
        self.lo <= count && count <= self.hi
    }

    /// The counts possible in both, or `None` if there is none.
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.lo.max(other.lo), self.hi.min(other.hi))
    }

    /// The sum of `n` such counts.
    #[must_use]
    pub fn times(self, n: u64) -> Self {
        let hi = if self.hi == Self::OPEN && n > 0 { Self::OPEN } else { self.hi.saturating_mul(n) };
        Self { lo: self.lo.saturating_mul(n).min(Self::OPEN - 1), hi }
    }

    /// What is known of any part of such a group: at most its upper end.
    #[must_use]
    pub fn or_less(self) -> Self {
        Self { lo: 0, hi: self.hi }
    }

    /// The smallest interval that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

/// The sum of two counts. Overflow widens: the lower end stops, the upper end opens.
impl std::ops::Add for Interval {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl, reason = "one below OPEN: a lower end is never open")]
    fn add(self, other: Self) -> Self {
        let lo = self.lo.saturating_add(other.lo);
        Self { lo: lo.min(Self::OPEN - 1), hi: self.hi.saturating_add(other.hi) }
    }
}

/// The count of a group without a part of it: never below zero.
impl std::ops::Sub for Interval {
    type Output = Self;
    fn sub(self, part: Self) -> Self {
        let hi = if self.hi == Self::OPEN { Self::OPEN } else { self.hi.saturating_sub(part.lo) };
        Self { lo: self.lo.saturating_sub(part.hi), hi }
    }
}

impl std::iter::Sum for Interval {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upper() {
            Some(hi) if hi == self.lo => write!(f, "{hi}"),
            Some(hi) => write!(f, "{}–{hi}", self.lo),
            None => write!(f, "{} or more", self.lo),
        }
    }
}
