//! How wide a table's published intervals are.

use std::collections::BTreeMap;

use ninzu_engine::Interval;
use ninzu_engine::model::Policy;

/// The widths of published cells, in totals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Widths {
    /// Published cells.
    pub(super) published: u64,
    /// Those with an upper end: all but in imports.
    pub(super) closed: u64,
    /// Cells of one bucket, two, three, and more.
    pub(super) buckets: [u64; 4],
    /// The buckets of all of them.
    all_buckets: u64,
    /// The relative widths of all of them.
    all_relative: f64,
}

impl Widths {
    /// The widths of these intervals, in whatever order they come.
    pub(super) fn new(intervals: impl Iterator<Item = Interval>, policy: Option<&Policy>) -> Self {
        let mut widths = Self::default();
        let mut same: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for interval in intervals {
            widths.published += 1;
            if let Some(hi) = interval.upper() {
                *same.entry((interval.lower(), hi)).or_default() += 1;
            }
        }
        for ((lo, hi), cells) in same {
            let buckets = policy.map_or(1, |policy| buckets(policy, lo, hi));
            widths.closed += cells;
            widths.buckets[(buckets.clamp(1, 4) - 1) as usize] += cells;
            widths.all_buckets = widths.all_buckets.saturating_add(buckets.saturating_mul(cells));
            widths.all_relative += (hi - lo).saturating_add(1) as f64 / hi.max(1) as f64 * cells as f64;
        }
        widths
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            published: self.published + other.published,
            closed: self.closed + other.closed,
            buckets: std::array::from_fn(|i| self.buckets[i] + other.buckets[i]),
            all_buckets: self.all_buckets.saturating_add(other.all_buckets),
            all_relative: self.all_relative + other.all_relative,
        }
    }

    /// Mean of `(hi - lo + 1) / hi`.
    pub(super) fn relative(self) -> Option<f64> {
        (self.closed > 0).then(|| self.all_relative / self.closed as f64)
    }

    /// Mean number of buckets, less the one that the policy costs.
    pub(super) fn beyond_one(self) -> Option<f64> {
        (self.closed > 0).then(|| self.all_buckets as f64 / self.closed as f64 - 1.0)
    }
}

/// How many buckets an interval spans. All that lies below the threshold is one bucket.
fn buckets(policy: &Policy, lo: u64, hi: u64) -> u64 {
    let (k, base) = (u64::from(policy.threshold()), u64::from(policy.base()));
    match (lo < k, hi < k) {
        (true, true) => 1,
        (true, false) => 1 + (hi - k).saturating_add(1).div_ceil(base),
        (false, _) => (hi - lo).saturating_add(1).div_ceil(base),
    }
}

#[cfg(test)]
mod tests;
