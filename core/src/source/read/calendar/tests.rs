use proptest::prelude::*;

use super::*;

fn calendar(days: impl IntoIterator<Item = (i32, u64)>) -> Calendar {
    let mut all = Calendar::default();
    for (day, count) in days {
        (0..count).for_each(|_| all.add(day));
    }
    all
}

#[test]
fn a_day_that_stands_for_unknown_is_a_peak() {
    // 1,000 ordinary days, and 1900-01-01 for a tenth of all dates.
    let ordinary = (10_000..11_000).map(|day| (day, 2));
    let peaks = calendar(ordinary.chain([(-25_567, 220)])).peaks();
    assert_eq!(peaks, [(-25_567, 220, 2)]);
}

#[test]
fn one_day_for_everything_is_a_peak() {
    assert_eq!(calendar([(5, 400)]).peaks(), [(5, 400, 0)]);
    // A handful of dates says nothing.
    assert_eq!(calendar([(5, 19)]).peaks(), []);
}

#[test]
fn weekdays_and_weekends_are_no_peaks() {
    let days = (0..700).map(|day| (day, if day % 7 < 5 { 40 } else { 4 }));
    assert_eq!(calendar(days).peaks(), []);
}

proptest! {
    #[test]
    fn even_days_have_no_peaks(from in -20_000_i32..20_000, days in 2_i32..400, each in 1_u64..60, more in 0_u64..60) {
        let all = calendar((from..from + days).map(|day| (day, each + (u64::from(day.unsigned_abs()) * 7919) % (more.min(8 * each) + 1))));
        prop_assert_eq!(all.peaks(), vec![]);
    }

    #[test]
    fn a_stand_in_is_found_whatever_lies_around_it(
        others in prop::collection::btree_map(0_i32..3_000, 1_u64..4, 1..300),
        day in 5_000_i32..6_000,
        share in 2_u64..10,
    ) {
        let rest: u64 = others.values().sum();
        let count = (rest / share).max(40);
        let peaks = calendar(others.into_iter().chain([(day, count)])).peaks();
        prop_assert_eq!(peaks.first().map(|&(found, dates, _)| (found, dates)), Some((day, count)));
    }

    #[test]
    fn parts_add_up(days in prop::collection::vec(0_i32..200, 0..300), cut in 0_usize..300, today in 0_i32..200) {
        let cut = cut.min(days.len());
        let mut parts = calendar(days[..cut].iter().map(|&day| (day, 1)));
        parts.merge(&calendar(days[cut..].iter().map(|&day| (day, 1))));
        prop_assert_eq!(parts.total(), days.len() as u64);
        prop_assert_eq!(parts.after(today), days.iter().filter(|&&day| day > today).count() as u64);
        prop_assert_eq!(parts.peaks(), calendar(days.iter().map(|&day| (day, 1))).peaks());
    }
}
