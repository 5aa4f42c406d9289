//! What several releases prove together, on cells that are made up.
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::Interval;
use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Policy, Preset};

use crate::disclosure::cell_intervals::{CellIntervals, Earlier};
use crate::disclosure::{AuditTotals, audit_versions};
use crate::{Centre, DeclaredCodes, Published, Row, Table};

/// Everybody and the women of one centre; the men are suppressed.
fn release(everyone: (u64, u64), women: (u64, u64)) -> Published {
    let code = |name: &str| Code { name: name.into(), label: Label::same(name), parents: Vec::new() };
    let sex = Dimension {
        name: "sex".into(),
        label: Label::same("sex"),
        kind: Kind::Partition,
        ordered: false,
        role: None,
        closed: false,
        dictionary: Dictionary::new(vec![code("female"), code("male")]).unwrap(),
    };
    let row = |cell: u32, (lo, hi): (u64, u64)| Row { codes: [0; 2], centre: 0, cell, interval: Interval::new(lo, hi).unwrap() };
    let table = Table {
        codes: Vec::new(),
        order: 1,
        declared: DeclaredCodes::Dictionary,
        suppressed: Interval::new(0, 9),
        rows: vec![row(0, everyone), row(1, women)],
    };
    Published {
        dimensions: Dimensions::new(vec![sex]).unwrap(),
        centres: vec![Centre { name: "X".into(), label: Label::same("X"), collects: Vec::new() }],
        structural_zeros: Vec::new(),
        tables: vec![table],
    }
}

fn audited(new: &Published, old: &[&Published]) -> AuditTotals {
    let policy = Policy::preset(Preset::Ndb);
    let earlier = |published: &&Published| Earlier {
        intervals: CellIntervals::new(published, &policy),
        codes: std::collections::BTreeSet::new(),
    };
    let earlier: Vec<Earlier> = old.iter().map(earlier).collect();
    audit_versions(new, &earlier, &policy, &()).unwrap().totals
}

#[test]
fn releases_before_the_last_one_count() {
    let (first, second) = (release((60, 69), (60, 69)), release((60, 79), (50, 79)));
    // There were 60 women at first, and there are 67 people now: at most seven men.
    let third = release((60, 67), (50, 69));
    for (new, old) in [(&first, vec![]), (&second, vec![]), (&third, vec![]), (&second, vec![&first]), (&third, vec![&second])] {
        assert_eq!(audited(new, &old).violations, 0);
    }
    assert!(audited(&third, &[&first, &second]).violations > 0);
    assert!(audited(&third, &[&first]).violations > 0);
}

#[test]
fn a_release_that_says_the_same_again_costs_nothing() {
    let first = release((60, 69), (50, 69));
    let alone = audited(&first, &[]);
    let again = audited(&first, &[&first, &first]);
    assert_eq!((again.programs, again.violations, again.unjoined), (alone.programs, 0, Some(0)));
}

#[test]
fn where_people_left_it_is_said() {
    let (first, second) = (release((60, 69), (50, 69)), release((40, 49), (40, 49)));
    let audit = audited(&second, &[&first]);
    assert_eq!((audit.violations, audit.unjoined), (0, Some(1)));
    // Each of them, and all.
    assert_eq!(audited(&second, &[&first, &release((50, 59), (50, 59))]).unjoined, Some(3));
}
