//! Widths of intervals.

use ninzu_engine::model::Decoy;

use super::*;

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
    assert_eq!((widths.published, widths.closed), (2, 1));
    assert_eq!(Widths::default().relative(), None);
}
