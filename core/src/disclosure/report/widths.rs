//! How wide a table's published intervals are.

use std::collections::BTreeMap;

use ninzu_engine::{Interval, Policy};

/// The widths of listed cells, in totals.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Widths {
    /// Listed cells.
    pub(super) listed: u64,
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
            widths.listed += 1;
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
            listed: self.listed + other.listed,
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
mod tests {
    use super::*;
    use ninzu_engine::Decoy;

    #[test]
    fn one_bucket_is_what_the_policy_costs() {
        for (k, base) in [(10, 10), (10, 1), (5, 7), (21, 21)] {
            let policy = Policy::new(k, base, Decoy::DEFAULT).expect("valid");
            for count in u64::from(k)..200 {
                let interval = policy.bucket(count).expect("published");
                assert_eq!(buckets(&policy, interval.lower(), interval.upper().expect("closed")), 1);
            }
            let (k, base) = (u64::from(k), u64::from(base));
            assert_eq!(buckets(&policy, 0, k - 1), 1);
            assert_eq!(buckets(&policy, 0, k - 1 + 3 * base), 4);
            assert_eq!(buckets(&policy, k, k + 2 * base - 1), 2);
        }
    }

    #[test]
    fn widths_do_not_depend_on_the_order_of_rows() {
        let policy = Policy::new(10, 10, Decoy::DEFAULT).expect("valid");
        let rows: Vec<Interval> =
            [(10, 19), (0, 19), (110, 129), (10, 19), (20, 69)].iter().filter_map(|&(lo, hi)| Interval::new(lo, hi)).collect();
        let there = Widths::new(rows.iter().copied(), Some(&policy));
        assert_eq!(there, Widths::new(rows.iter().rev().copied(), Some(&policy)));
        assert_eq!(there.buckets, [2, 2, 0, 1]);
        assert!((there.beyond_one().expect("cells") - 6.0 / 5.0).abs() < 1e-12);
        let relative = (2.0 * 10.0 / 19.0 + 20.0 / 19.0 + 20.0 / 129.0 + 50.0 / 69.0) / 5.0;
        assert!((there.relative().expect("cells") - relative).abs() < 1e-12);
    }

    #[test]
    fn open_intervals_have_no_width() {
        let widths = Widths::new([Interval::at_least(3), Interval::exact(4)].into_iter(), None);
        assert_eq!((widths.listed, widths.closed), (2, 1));
        assert_eq!(Widths::default().relative(), None);
    }
}
