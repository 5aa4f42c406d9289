//! Small random populations with hierarchies and onsets, and counting by brute force.

use std::collections::BTreeSet;

use ninzu::Centre;
use ninzu::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Role};
use ninzu::source::{CodeRecords, Population};
use proptest::prelude::*;

/// Positions of the dimensions of `population`.
pub(crate) const DIAGNOSIS: usize = 3;
pub(crate) const SPECIMEN: usize = 4;

/// A person before hierarchies: centre, sex, stage, which leaf codes, and the stage of the onset of A1.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) centre: u32,
    pub(crate) sex: u32,
    pub(crate) stage: u32,
    pub(crate) leaves: Vec<&'static str>,
    pub(crate) onset: u32,
}

const STAGES: [&str; 3] = ["child", "adult", "old"];

pub(crate) fn person() -> impl Strategy<Value = Person> {
    let leaf = |name: &'static str, share: f64| prop::bool::weighted(share).prop_map(move |has| has.then_some(name));
    let leaves = (leaf("A1", 0.4), leaf("A2", 0.5), leaf("B", 0.06), leaf("C", 0.04), leaf("dna", 0.5), leaf("serum", 0.07));
    (0..2_u32, 0..2_u32, 0..3_u32, leaves, 0..3_u32).prop_map(|(centre, sex, stage, l, onset)| Person {
        centre,
        sex,
        stage,
        leaves: [l.0, l.1, l.2, l.3, l.4, l.5].into_iter().flatten().collect(),
        onset: onset.min(stage),
    })
}

pub(crate) fn people(most: usize) -> impl Strategy<Value = Vec<Person>> {
    prop::collection::vec(person(), 0..most)
}

/// The same persons every time: `n` of them.
pub(crate) fn crowd(n: u32) -> Vec<Person> {
    let mut state = 7_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let shares = [("A1", 40), ("A2", 50), ("B", 6), ("C", 4), ("dna", 50), ("serum", 7)];
    let mut one = || {
        let stage = below(3) as u32;
        Person {
            centre: below(2) as u32,
            sex: below(2) as u32,
            stage,
            leaves: shares.iter().filter(|(_, share)| below(100) < *share).map(|(name, _)| *name).collect(),
            onset: (below(3) as u32).min(stage),
        }
    };
    (0..n).map(|_| one()).collect()
}

pub(crate) fn dimension(name: &str, kind: Kind, codes: &[(&str, &[&str])]) -> Dimension {
    let code = |(name, parents): &(&str, &[&str])| Code {
        name: (*name).to_owned(),
        parents: parents.iter().map(|&p| p.to_owned()).collect(),
        label: Label::same(name),
    };
    let dictionary = Dictionary::new(codes.iter().map(code).collect()).expect("a dictionary");
    let role = (name == "life_stage").then_some(Role::LifeStage);
    Dimension { name: name.into(), label: Label::same(name), kind, ordered: false, role, closed: false, dictionary }
}

/// Three centres (the second has no specimens, the third nobody), three partitions (one with one value), two code dimensions.
pub(crate) fn population(people: &[Person]) -> Population {
    population_with(people, false)
}

/// The same; with `reversed`, both code dictionaries stand in the opposite order.
pub(crate) fn population_with(people: &[Person], reversed: bool) -> Population {
    let mut diagnoses: Vec<(&str, &[&str])> = vec![
        ("*", &[]),
        ("A", &[]),
        ("A1", &["A"]),
        ("A2", &["A"]),
        ("B", &[]),
        ("C", &[]),
        ("A1@child", &["A1"]),
        ("A1@adult", &["A1"]),
        ("A1@old", &["A1"]),
    ];
    let mut specimens: Vec<(&str, &[&str])> = vec![("*", &[]), ("dna", &[]), ("serum", &[])];
    if reversed {
        diagnoses.reverse();
        specimens.reverse();
    }
    let stages: Vec<(&str, &[&str])> = STAGES.iter().map(|&s| (s, &[][..])).collect();
    let dimensions = Dimensions::new(vec![
        dimension("sex", Kind::Partition, &[("female", &[]), ("male", &[])]),
        dimension("country", Kind::Partition, &[("jp", &[])]),
        dimension("life_stage", Kind::Partition, &stages),
        dimension("diagnosis", Kind::Codes, &diagnoses),
        dimension("specimen", Kind::Codes, &specimens),
    ])
    .expect("dimensions");
    let records = [DIAGNOSIS, SPECIMEN].map(|d| {
        let dictionary = &dimensions.get(d).dictionary;
        let mut records = CodeRecords { offsets: vec![0], codes: Vec::new() };
        for person in people {
            let mut codes = BTreeSet::new();
            if d == DIAGNOSIS || person.centre == 0 {
                for leaf in &person.leaves {
                    codes.extend(dictionary.id(leaf));
                    if *leaf == "A1" {
                        codes.extend(dictionary.id(&format!("A1@{}", STAGES[person.onset as usize])));
                    }
                }
            }
            let above: Vec<u32> = codes.iter().flat_map(|&code| dictionary.ancestors(code).to_vec()).collect();
            codes.extend(above);
            records.codes.extend(codes);
            records.offsets.push(records.codes.len());
        }
        records
    });
    let centre =
        |name: &str, collects: &[usize]| Centre { name: name.into(), label: Label::same(name), collects: collects.to_vec() };
    Population {
        dimensions,
        named_by_spec: vec![true; 5],
        centres: vec![centre("X", &[DIAGNOSIS, SPECIMEN]), centre("Y", &[DIAGNOSIS]), centre("Z", &[DIAGNOSIS])],
        centre: people.iter().map(|p| p.centre).collect(),
        partitions: vec![people.iter().map(|p| p.sex).collect(), vec![0; people.len()], people.iter().map(|p| p.stage).collect()],
        records: records.to_vec(),
    }
}

/// Persons at a centre with these codes and values, one after the other.
pub(crate) fn brute_force(population: &Population, centre: usize, codes: &[(usize, u32)], values: &[Option<u32>]) -> u32 {
    let counts = |&person: &usize| {
        population.centre[person] as usize == centre
            && values.iter().zip(&population.partitions).all(|(value, of)| value.is_none_or(|value| of[person] == value))
            && codes.iter().all(|&(d, code)| population.records[d - DIAGNOSIS].of(person).contains(&code))
    };
    (0..population.len()).filter(counts).count() as u32
}
