//! Properties of counting.

use std::collections::BTreeSet;

use ninzu::build::{Counted, Counter};
use ninzu::model::MarginLayout;
use ninzu::source::Population;
use proptest::prelude::*;

use crate::people::{DIAGNOSIS, SPECIMEN, brute_force, crowd, people, population};

type Visits = Vec<Vec<(usize, usize, Vec<u32>)>>;

fn visit(visits: &mut Vec<(usize, usize, Vec<u32>)>, counted: Counted<'_>) {
    visits.push((counted.combination, counted.centre, counted.cells.to_vec()));
}

/// All pairs of both kinds: within the diagnoses, and of a diagnosis and a specimen.
fn pair_lists(counter: &Counter<'_>, population: &Population) -> [([usize; 2], Vec<[u32; 2]>); 2] {
    let len = |d: usize| population.dimensions.get(d).dictionary.len() as u32;
    let cross = (0..len(DIAGNOSIS)).flat_map(|a| (0..len(SPECIMEN)).map(move |b| [a, b])).collect();
    [([DIAGNOSIS; 2], counter.every_pair(DIAGNOSIS)), ([DIAGNOSIS, SPECIMEN], cross)]
}

/// Every combination at every centre once, each cell as counted person by person.
fn check(population: &Population, layout: &MarginLayout, combinations: &[Vec<(usize, u32)>], visits: Visits) {
    let mut visited = BTreeSet::new();
    for (combination, centre, cells) in visits.into_iter().flatten() {
        for (cell, &count) in cells.iter().enumerate() {
            let truth = brute_force(population, centre, &combinations[combination], &layout.values(cell));
            assert_eq!(count, truth, "{:?} at centre {centre}, cell {cell}", combinations[combination]);
        }
        assert!(visited.insert((combination, centre)), "visited twice");
    }
    assert_eq!(visited.len(), combinations.len() * population.centres.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn counts_equal_brute_force(people in people(150), order in 0_usize..4) {
        let population = population(&people);
        let layout = MarginLayout::new(&[2, 1, 3], order);
        let counter = Counter::new(&population);
        check(&population, &layout, &[vec![]], counter.base(&layout, Vec::new, visit));
        for d in [DIAGNOSIS, SPECIMEN] {
            let combinations: Vec<_> = (0..population.dimensions.get(d).dictionary.len() as u32).map(|code| vec![(d, code)]).collect();
            check(&population, &layout, &combinations, counter.singles(d, &layout, Vec::new, visit));
        }
        for (of, pairs) in pair_lists(&counter, &population) {
            let combinations: Vec<_> = pairs.iter().map(|pair| of.into_iter().zip(*pair).collect()).collect();
            check(&population, &layout, &combinations, counter.pairs(of, &pairs, &layout, Vec::new, visit));
        }
    }

    /// Any list of pairs, in any order, some of them twice.
    #[test]
    fn any_list_of_pairs_is_counted(people in people(80), list in prop::collection::vec((0_u32..9, 1_u32..9), 0..6)) {
        let population = population(&people);
        let layout = MarginLayout::new(&[2, 1, 3], 1);
        let pairs: Vec<[u32; 2]> = list.iter().map(|&(a, step)| [a, (a + step) % 9]).collect();
        let combinations: Vec<_> = pairs.iter().map(|pair| pair.iter().map(|&code| (DIAGNOSIS, code)).collect()).collect();
        let visits = Counter::new(&population).pairs([DIAGNOSIS; 2], &pairs, &layout, Vec::new, visit);
        check(&population, &layout, &combinations, visits);
    }
}

#[test]
fn same_counts_for_any_thread_count() {
    let population = population(&crowd(20_000));
    let layout = MarginLayout::new(&[2, 1, 3], 2);
    let count = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let counter = Counter::new(&population);
            let mut visits = counter.base(&layout, Vec::new, visit);
            visits.extend(counter.singles(DIAGNOSIS, &layout, Vec::new, visit));
            for (of, pairs) in pair_lists(&counter, &population) {
                visits.extend(counter.pairs(of, &pairs, &layout, Vec::new, visit));
            }
            visits
        })
    };
    let one = count(1);
    assert!(one.iter().flatten().any(|(_, _, cells)| cells[0] > 1_000));
    assert_eq!(one, count(2));
    assert_eq!(one, count(5));
}
