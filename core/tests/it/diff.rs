//! Comparing two releases: nothing for the same, and every change is seen.

use ninzu::model::{Dimension, Dimensions};
use ninzu::{CellCounts, Change, Interval, MetadataField, Published, Row, Snapshot, Table, diff};
use proptest::prelude::*;

use crate::merge::Plan;
use crate::people::{DIAGNOSIS, crowd, population_with};
use crate::properties::policy;

fn plan() -> Plan {
    Plan::of(&[0, 1])
}

fn sum(cells: impl Iterator<Item = CellCounts>) -> CellCounts {
    cells.fold(CellCounts::default(), CellCounts::with)
}

fn table<'a>(published: &'a mut Published, codes: &[usize]) -> &'a mut Table {
    published.tables.iter_mut().find(|table| table.codes == codes).unwrap()
}

/// The same release with other cells.
fn changed(of: &Snapshot, change: impl FnOnce(&mut Published)) -> Snapshot {
    let mut changed = of.clone();
    change(&mut changed.published);
    changed
}

#[test]
fn a_release_is_no_different_from_itself() {
    let release = plan().snapshot(plan().cells());
    let difference = diff(&release, &release, 10).unwrap();
    assert!(difference.is_empty() && difference.largest.is_empty());
    let published: usize = release.published.tables.iter().map(|table| table.rows.len()).sum();
    assert_eq!(
        sum(difference.cells.iter().map(|cells| cells.counts)),
        CellCounts { unchanged: published as u64, ..CellCounts::default() }
    );
    assert!(published > 100);
}

#[test]
fn names_count_not_numbers() {
    let of = |reversed: bool| {
        let mut plan = Plan::of(&[0, 1, 2]);
        plan.population = population_with(&crowd(300), reversed);
        plan.snapshot(plan.cells())
    };
    let difference = diff(&of(false), &of(true), 10).unwrap();
    assert!(difference.is_empty(), "{difference:?}");
}

#[test]
fn one_changed_bucket_is_seen() {
    let old = plan().snapshot(plan().cells());
    let at = old
        .published
        .tables
        .iter()
        .find(|table| table.codes == [DIAGNOSIS])
        .unwrap()
        .rows
        .iter()
        .position(|row| row.centre == 1 && row.interval.lower() >= 10);
    let at = at.unwrap();
    let step = |lo: i64, hi: i64| {
        changed(&old, |published| {
            let Row { interval, .. } = &mut table(published, &[DIAGNOSIS]).rows[at];
            let moved = |end: u64, by: i64| end.checked_add_signed(by).unwrap();
            *interval = Interval::new(moved(interval.lower(), lo), moved(interval.upper().unwrap(), hi)).unwrap();
        })
    };
    let was = old.published.tables.iter().find(|table| table.codes == [DIAGNOSIS]).unwrap().rows[at];
    let cases = [
        (5, 5, Change::Up),
        (-5, -5, Change::Down),
        (-5, 5, Change::Widened),
        (0, 5, Change::Widened),
        (1, -1, Change::Narrowed),
    ];
    for (lo, hi, change) in cases {
        let difference = diff(&old, &step(lo, hi), 10).unwrap();
        assert!(!difference.is_empty());
        let changed: Vec<_> = difference.cells.iter().filter(|cells| cells.counts.changed() > 0).collect();
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!((changed[0].table.as_str(), changed[0].centre.as_str(), changed[0].counts.changed()), ("diagnosis", "Y", 1));
        let CellCounts { widened, narrowed, up, down, .. } = changed[0].counts;
        let of = [(Change::Widened, widened), (Change::Narrowed, narrowed), (Change::Up, up), (Change::Down, down)];
        assert!(of.iter().all(|&(of, count)| count == u64::from(of == change)), "{of:?}");
        assert_eq!(difference.largest.len(), 1);
        let largest = &difference.largest[0];
        assert_eq!((largest.old.lower, largest.change), (was.interval.lower(), change));
        assert_eq!(largest.cell[0].0, "diagnosis");
        let by_centre = difference.by_centre();
        assert_eq!(by_centre.iter().map(|(name, counts)| (*name, counts.changed())).collect::<Vec<_>>(), [("X", 0), ("Y", 1)]);
        assert_eq!(sum(difference.by_table().into_iter().map(|of| of.1)), sum(by_centre.into_iter().map(|of| of.1)));
    }
}

#[test]
fn cells_that_begin_or_end_being_published_are_compared_with_what_suppression_means() {
    let old = plan().snapshot(plan().cells());
    let new = changed(&old, |published| {
        table(published, &[]).rows.remove(0);
    });
    let gone = diff(&old, &new, 10).unwrap();
    let counts = sum(gone.cells.iter().map(|cells| cells.counts));
    assert_eq!((counts.changed(), counts.no_longer_published), (1, 1));
    let came = diff(&new, &old, 10).unwrap();
    let counts = sum(came.cells.iter().map(|cells| cells.counts));
    assert_eq!((counts.changed(), counts.newly_published), (1, 1));
    for (difference, suppressed) in [(&gone, gone.largest[0].new), (&came, came.largest[0].old)] {
        assert_eq!((suppressed.lower, suppressed.upper), (0, Some(4)));
        assert!(difference.largest[0].cell.is_empty(), "everybody at X is the first cell");
    }
}

#[test]
fn the_largest_changes_come_first_and_no_more_than_asked_for() {
    let old = plan().snapshot(plan().cells());
    let new = changed(&old, |published| {
        for (by, row) in table(published, &[DIAGNOSIS]).rows.iter_mut().take(20).enumerate() {
            row.interval = row.interval + Interval::exact(by as u64 + 1);
        }
    });
    let difference = diff(&old, &new, 6).unwrap();
    let moved: Vec<u64> = difference.largest.iter().map(|change| change.new.lower - change.old.lower).collect();
    assert_eq!(moved, [20, 19, 18, 17, 16, 15]);
    assert!(diff(&old, &new, 0).unwrap().largest.is_empty());
    assert_eq!(diff(&old, &new, 100).unwrap().largest.len(), 20);
}

#[test]
fn metadata_and_names_that_differ_are_shown() {
    let old = plan().snapshot(plan().cells());
    let mut other = Plan { policy: policy(7, 5), date: "2025-12-31", pairs: vec!["A", "B", "dna"], ..Plan::of(&[1, 2]) };
    let mut all = other.population.dimensions.all().to_vec();
    let mut codes = all[DIAGNOSIS].dictionary.codes();
    codes.push(ninzu::model::Code { name: "D".into(), ..codes[4].clone() });
    codes[4].label.en = "another".into();
    all[DIAGNOSIS] = Dimension { dictionary: ninzu::model::Dictionary::new(codes).unwrap(), ..all[DIAGNOSIS].clone() };
    other.population.dimensions = Dimensions::new(all).unwrap();
    let new = other.snapshot(other.cells());
    let difference = diff(&old, &new, 10).unwrap();
    let changes: Vec<(MetadataField, Option<&str>, Option<&str>)> =
        difference.metadata.iter().map(|change| (change.field, change.old.as_deref(), change.new.as_deref())).collect();
    assert_eq!(
        changes,
        [
            (MetadataField::ReferenceDate, Some("2024-12-31"), Some("2025-12-31")),
            (MetadataField::Threshold, Some("5"), Some("7"))
        ]
    );
    assert_eq!((difference.centres.added, difference.centres.removed), (vec!["Z".to_owned()], vec!["X".to_owned()]));
    let codes = &difference.codes["diagnosis"];
    assert_eq!(
        (&codes.added[..], &codes.removed[..], &codes.changed[..]),
        (&["D".to_owned()][..], &[][..], &["B".to_owned()][..])
    );
    let pairs = &difference.pairs["diagnosis+diagnosis"].removed;
    assert_eq!(pairs, &["diagnosis = A, diagnosis = C", "diagnosis = B, diagnosis = C"]);
    let of_x = difference.cells.iter().filter(|cells| cells.centre == "X").map(|cells| cells.counts);
    assert!(sum(of_x).no_longer_published > 0);
    assert!(difference.largest.iter().all(|change| change.centre == "Y"), "only Y is in both");
}

#[test]
fn imports_are_compared_too() {
    let mut old = plan().snapshot(plan().cells());
    old.manifest.policy = None;
    old.manifest.protection.by = "A registry".into();
    for table in &mut old.published.tables {
        table.suppressed = None;
    }
    let new = changed(&old, |published| {
        let rows = &mut table(published, &[]).rows;
        rows[0].interval = Interval::at_least(rows[0].interval.lower());
        rows.pop();
    });
    let difference = diff(&old, &new, 10).unwrap();
    let counts = sum(difference.cells.iter().map(|cells| cells.counts));
    assert_eq!((counts.changed(), counts.widened, counts.no_longer_published), (2, 1, 1));
    assert_eq!(difference.largest.len(), 1, "what is suppressed there means nothing");
    assert_eq!(difference.largest[0].new.upper, None);
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..6_u64, 0..6_u64, prop::bool::weighted(0.2))
        .prop_map(|(lo, more, open)| if open { Interval::at_least(lo) } else { Interval::new(lo, lo + more).unwrap() })
}

proptest! {
    #[test]
    fn a_change_the_other_way_round_is_the_opposite(a in interval(), b in interval()) {
        let opposite = match Change::between(a, b) {
            Change::Unchanged => Change::Unchanged,
            Change::Widened => Change::Narrowed,
            Change::Narrowed => Change::Widened,
            Change::Up => Change::Down,
            Change::Down => Change::Up,
        };
        prop_assert_eq!(Change::between(b, a), opposite);
        prop_assert_eq!(Change::between(a, b) == Change::Unchanged, a == b);
    }
}
