use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, MarginLayout};

use super::{Counted, Counter};
use crate::Centre;
use crate::source::{CodeRecords, Population};

/// 300 persons at two centres, each with some of nine codes, a few of them frequent.
fn population() -> Population {
    let dimension = |name: &str, kind, len: u32| {
        let code = |id: u32| Code { name: id.to_string(), parents: Vec::new(), label: Label::default() };
        let dictionary = Dictionary::new((0..len).map(code).collect()).expect("a dictionary");
        Dimension { name: name.into(), label: Label::default(), kind, ordered: false, role: None, closed: false, dictionary }
    };
    let dimensions = vec![dimension("sex", Kind::Partition, 3), dimension("a", Kind::Codes, 9), dimension("b", Kind::Codes, 9)];
    let records = |shift: u32| {
        let mut records = CodeRecords { offsets: vec![0], codes: Vec::new() };
        for person in 0..300_u32 {
            records.codes.extend((0..9).filter(|code| (person * 7 + shift).is_multiple_of(2 + code * code)));
            records.offsets.push(records.codes.len());
        }
        records
    };
    let centre = |name: &str| Centre { name: name.into(), label: Label::default(), collects: vec![1, 2] };
    Population {
        dimensions: Dimensions::new(dimensions).expect("dimensions"),
        named_by_spec: vec![true; 3],
        centres: vec![centre("x"), centre("y")],
        centre: (0..300).map(|person| person % 2).collect(),
        partitions: vec![(0..300).map(|person| person % 5 % 3).collect()],
        records: vec![records(0), records(4)],
    }
}

#[test]
fn few_counters_at_a_time_give_the_same_counts() {
    let population = population();
    let layout = MarginLayout::new(&[3], 1);
    let visit =
        |visits: &mut Vec<_>, counted: Counted<'_>| visits.push((counted.centre, counted.combination, counted.cells.to_vec()));
    let cross: Vec<[u32; 2]> = (0..81).map(|i| [i / 9, i % 9]).collect();
    let count = |most| {
        let counter = Counter { most, ..Counter::new(&population) };
        let within = counter.every_pair(1);
        let visits = [
            counter.singles(1, &layout, Vec::new, visit),
            counter.pairs([1, 1], &within, &layout, Vec::new, visit),
            counter.pairs([1, 2], &cross, &layout, Vec::new, visit),
        ];
        visits.map(|pieces| {
            let mut visits = pieces.concat();
            visits.sort();
            visits
        })
    };
    let whole = count(super::COUNTERS);
    assert_eq!([2 * 9, 2 * 36, 2 * 81], [whole[0].len(), whole[1].len(), whole[2].len()]);
    assert!(whole.iter().flatten().any(|(_, _, cells)| cells[0] > 10));
    for most in [0, 1, 7, 40] {
        assert_eq!(whole, count(most));
    }
}
