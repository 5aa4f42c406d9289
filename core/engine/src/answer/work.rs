//! How much may be computed for one question: counted, not timed, so that the same question has the same answer everywhere.
//!
//! What a question needs is reckoned while it is planned: what does not fit is answered by a quicker way, with wider bounds. So the
//! bytes that it reads do not depend on the machine either.

use std::cell::Cell;

/// What is left to compute, in steps of about a nanosecond.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    left: Cell<u64>,
    is_short: Cell<bool>,
}

/// Steps of one unit: about a second's worth.
const UNIT: f64 = 1e9;

/// Steps to plan and to answer a group that margins count.
pub(crate) const GROUP: u64 = 4_000;

/// Steps for each of the covers of a group.
pub(crate) const COVER: u64 = 500;

impl Work {
    /// So many units of work.
    pub(crate) fn units(units: f64) -> Self {
        // What is no number is no work.
        Self { left: Cell::new((units.max(0.0) * UNIT).min(1e18) as u64), is_short: Cell::new(false) }
    }

    /// No limit: for what is bounded otherwise.
    pub(crate) fn unlimited() -> Self {
        Self { left: Cell::new(u64::MAX), is_short: Cell::new(false) }
    }

    /// Takes steps off, if so many are left; notes that they were not.
    pub(crate) fn take(&self, steps: u64) -> bool {
        let left = self.left.get().checked_sub(steps);
        match left {
            Some(left) => self.left.set(left),
            None => self.is_short.set(true),
        }
        left.is_some()
    }

    /// Takes steps off that are made anyhow.
    pub(crate) fn spend(&self, steps: u64) {
        self.left.set(self.left.get().saturating_sub(steps));
    }

    /// How many steps are left.
    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }

    /// Whether more was wanted than was left, since this was last asked.
    pub(crate) fn was_short(&self) -> bool {
        self.is_short.take()
    }
}
