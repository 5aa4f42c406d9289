//! Properties of protection: buckets and decoys.

use std::collections::{BTreeMap, BTreeSet};

use ninzu::build::{Key, MarginPlan, PairPlan, Protected, protect_release};
use ninzu::model::{Declared, Decoy, MarginLayout, Policy, StructuralZero};
use ninzu::source::{PairCodes, Population};
use ninzu::{DeclaredCodes, ErrorKind, Interval, Table};
use proptest::prelude::*;

use crate::people::{DIAGNOSIS, Person, SPECIMEN, brute_force, crowd, people, population, population_with};

const ORDER: usize = 3;
const PAIR_ORDER: usize = 2;

fn plan(population: &Population, pairs: Vec<PairPlan>) -> MarginPlan {
    MarginPlan::new(&population.dimensions, ORDER, PAIR_ORDER, pairs).expect("a plan")
}

/// Pairs within the diagnoses, and of diagnoses with specimens given in the opposite order.
fn both() -> Vec<PairPlan> {
    let list = ["A", "A1", "B", "C", "A1@child", "dna", "serum", "*"].map(str::to_owned).to_vec();
    vec![
        PairPlan { of: [DIAGNOSIS, DIAGNOSIS], codes: PairCodes::Top(3) },
        PairPlan { of: [SPECIMEN, DIAGNOSIS], codes: PairCodes::List(list) },
    ]
}

fn zeros() -> Vec<StructuralZero> {
    vec![[("sex", "male"), ("diagnosis", "A2")].into_iter().map(|(d, v)| (d.to_owned(), v.to_owned())).collect()]
}

fn policy(threshold: u32, base: u32) -> Policy {
    Policy::new(threshold, base, Decoy { published: 0.3, unlisted: 0.5 }).expect("a policy")
}

fn protect(population: &Population, policy: &Policy) -> Protected {
    let key = Key::new([3; 32]);
    protect_release(population, &plan(population, both()), policy, &zeros(), &key, &()).expect("tables")
}

/// A cell of a table: its codes, centre, cell number and values.
type Cell = ([u32; 2], usize, usize, Vec<Option<u32>>);

/// Every declared cell of a table.
fn declared(population: &Population, table: &Table) -> Vec<Cell> {
    let rules = Declared::new(&population.dimensions, &zeros()).expect("rules");
    let layout = MarginLayout::new(&[2, 1, 3], table.order);
    let combinations: Vec<[u32; 2]> = match &table.declared {
        DeclaredCodes::Dictionary => {
            (0..population.dimensions.get(table.codes[0]).dictionary.len() as u32).map(|code| [code, 0]).collect()
        }
        DeclaredCodes::List(list) => list.clone(),
    };
    let mut cells = Vec::new();
    for (centre, _) in population.centres.iter().enumerate().filter(|(_, c)| table.codes.iter().all(|d| c.collects.contains(d))) {
        for &combination in &combinations {
            let codes: Vec<_> = table.codes.iter().copied().zip(combination).collect();
            for cell in 0..layout.len() {
                let values = layout.values(cell);
                if rules.is_cell(&population.dimensions, &codes, &values) {
                    cells.push((combination, centre, cell, values));
                }
            }
        }
    }
    cells
}

fn rows(table: &Table) -> BTreeMap<([u32; 2], usize, usize), Interval> {
    let rows: BTreeMap<_, _> =
        table.rows.iter().map(|row| ((row.codes, row.centre as usize, row.cell as usize), row.interval)).collect();
    assert_eq!(rows.len(), table.rows.len(), "a cell is published once");
    rows
}

/// Rows by names: what a reader sees whatever the order of dictionaries.
fn named(population: &Population, tables: &[Table]) -> BTreeSet<String> {
    let name = |d: usize, code: u32| population.dimensions.get(d).dictionary.name(code).to_owned();
    let mut names = BTreeSet::new();
    for table in tables {
        for row in &table.rows {
            let mut codes: Vec<_> = table.codes.iter().zip(row.codes).map(|(&d, code)| (d, name(d, code))).collect();
            codes.sort();
            names.insert(format!("{codes:?} {} {} {}", row.centre, row.cell, row.interval));
        }
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn intervals_contain_the_truth_and_unlisted_cells_are_small(people in people(200), k in 2_u32..12, base in 1_u32..12) {
        let population = population(&people);
        let policy = policy(k, base);
        let protected = protect(&population, &policy);
        let mut published = Vec::new();
        let mut total = Vec::new();
        for table in &protected.tables {
            let mut rows = rows(table);
            let cells = declared(&population, table);
            published.push(rows.len() as u64);
            total.push(cells.len() as u64);
            for (codes, centre, cell, values) in cells {
                let of: Vec<_> = table.codes.iter().copied().zip(codes).collect();
                let truth = u64::from(brute_force(&population, centre, &of, &values));
                let interval = rows.remove(&(codes, centre, cell)).unwrap_or(policy.unlisted());
                prop_assert!(interval.contains(truth), "{truth} in {interval}");
                let lower = interval.lower();
                prop_assert!(lower == 0 || lower >= u64::from(k));
                prop_assert!(lower == 0 || (lower - u64::from(k)).is_multiple_of(u64::from(base)));
            }
            prop_assert!(rows.is_empty(), "only declared cells are published");
        }
        prop_assert_eq!(&protected.summary.published, &published);
        prop_assert_eq!(&protected.summary.declared, &total);
        prop_assert_eq!(protected.summary.persons, population.len() as u64);
    }

    /// A decoy published from below the threshold has every declared cell around it published.
    #[test]
    fn listed_cells_lie_inside_listed_cells(people in people(200), k in 2_u32..8) {
        let population = population(&people);
        let tables = protect(&population, &policy(k, 3)).tables;
        let published: Vec<_> = tables.iter().map(rows).collect();
        let cells: Vec<BTreeSet<_>> = tables.iter().map(|t| declared(&population, t).into_iter().map(|c| (c.0, c.1, c.2)).collect()).collect();
        let at = |codes: &[usize]| tables.iter().position(|t| t.codes == codes);
        for (t, table) in tables.iter().enumerate() {
            let layout = MarginLayout::new(&[2, 1, 3], table.order);
            for &(codes, centre, cell) in published[t].keys() {
                let mut above: Vec<(usize, [u32; 2], usize)> = Vec::new();
                let values = layout.values(cell);
                for p in (0..values.len()).filter(|&p| values[p].is_some()) {
                    let mut values = values.clone();
                    values[p] = None;
                    above.push((t, codes, layout.index(&values).expect("a margin")));
                }
                for (i, &d) in table.codes.iter().enumerate() {
                    for &parent in population.dimensions.get(d).dictionary.parents(codes[i]) {
                        let mut codes = codes;
                        codes[i] = parent;
                        above.push((t, codes, cell));
                        if table.codes == [DIAGNOSIS; 2] {
                            above.push((t, [codes[1], codes[0]], cell));
                        }
                    }
                }
                match table.codes[..] {
                    [_] => above.extend(at(&[]).map(|base| (base, [0; 2], cell))),
                    [a, b] => {
                        above.extend(at(&[a]).map(|single| (single, [codes[0], 0], cell)));
                        above.extend(at(&[b]).map(|single| (single, [codes[1], 0], cell)));
                    }
                    _ => {}
                }
                for (t, codes, cell) in above {
                    let place = (codes, centre, cell);
                    prop_assert!(!cells[t].contains(&place) || published[t].contains_key(&place), "{place:?} of table {t}");
                }
            }
        }
    }

    /// Without a dictionary in the spec a code is named by a count at or above the threshold, and by nothing else.
    #[test]
    fn codes_are_named_by_published_counts_only(people in people(120), k in 2_u32..12) {
        let mut population = population(&people);
        population.named_by_spec[DIAGNOSIS] = false;
        let tables = protect(&population, &policy(k, 4)).tables;
        for table in tables.iter().filter(|t| t.codes.contains(&DIAGNOSIS)) {
            let i = table.codes.iter().position(|&d| d == DIAGNOSIS).expect("a position");
            for row in &table.rows {
                let total = brute_force(&population, row.centre as usize, &[(DIAGNOSIS, row.codes[i])], &[None; 3]);
                prop_assert!(total >= k);
                prop_assert!(table.codes.len() > 1 || row.cell > 0 || row.interval.lower() >= u64::from(k));
            }
        }
    }

    /// Names and the key decide, not the order of persons or of dictionaries.
    #[test]
    fn decoys_depend_on_labels_and_key_only(mut people in people(150)) {
        let policy = policy(4, 3);
        let one = population(&people);
        let first = protect(&one, &policy);
        people.reverse();
        let two = population_with(&people, true);
        prop_assert_eq!(named(&one, &first.tables), named(&two, &protect(&two, &policy).tables));
    }
}

#[test]
fn another_key_draws_other_decoys() {
    let population = population(&crowd(2_000));
    let policy = policy(10, 10);
    let with = |byte| {
        protect_release(&population, &plan(&population, both()), &policy, &[], &Key::new([byte; 32]), &()).expect("tables")
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1).tables, with(2).tables);
    assert!(!format!("{:?}", Key::new([171; 32])).contains("171"));
}

#[test]
fn same_tables_for_any_thread_count() {
    let population = population(&crowd(5_000));
    let protect = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| protect(&population, &policy(10, 10)))
    };
    let one = protect(1);
    assert!(one.tables.iter().all(|table| !table.rows.is_empty()));
    assert_eq!(one, protect(2));
    assert_eq!(one, protect(5));
}

/// Two populations with the same bucket in every declared cell and the same key give the same tables.
#[test]
fn function_of_buckets() {
    let policy = policy(10, 10);
    let buckets = |population: &Population, tables: &[Table]| -> Vec<Option<Interval>> {
        let mut buckets = Vec::new();
        for table in tables {
            for (codes, centre, _, values) in declared(population, table) {
                let of: Vec<_> = table.codes.iter().copied().zip(codes).collect();
                buckets.push(policy.bucket(u64::from(brute_force(population, centre, &of, &values))));
            }
        }
        buckets
    };
    let people = crowd(400);
    let whole = population(&people);
    let tables = protect(&whole, &policy).tables;
    let truth = buckets(&whole, &tables);
    let (mut same, mut other) = (0, 0);
    for leave in 0..120 {
        let fewer: Vec<Person> = people.iter().enumerate().filter(|(i, _)| *i != leave).map(|(_, p)| p.clone()).collect();
        let fewer = population(&fewer);
        let without = protect(&fewer, &policy).tables;
        // `top:N` is a function of buckets too: the same pairs are declared.
        if buckets(&fewer, &tables) == truth {
            assert_eq!(tables, without);
            same += 1;
        } else {
            other += usize::from(tables != without);
        }
    }
    assert!(same > 0 && other > 0, "{same} the same, {other} not");
}

#[test]
fn plans_take_the_codes_that_they_name() {
    let population = population(&crowd(3_000));
    let policy = policy(10, 10);
    let pairs = |of: [usize; 2], codes| {
        let plan = plan(&population, vec![PairPlan { of, codes }]);
        let mut tables = protect_release(&population, &plan, &policy, &[], &Key::new([0; 32]), &())?.tables;
        let Some(DeclaredCodes::List(list)) = tables.pop().map(|table| table.declared) else { panic!("a list") };
        let name = |d: usize, code| population.dimensions.get(d).dictionary.name(code).to_owned();
        let sorted = [of[0].min(of[1]), of[0].max(of[1])];
        Ok::<_, ninzu::Error>(
            list.iter().map(|&[a, b]| format!("{}+{}", name(sorted[0], a), name(sorted[1], b))).collect::<Vec<_>>(),
        )
    };
    let list = |names: &[&str]| PairCodes::List(names.iter().map(|&n| n.to_owned()).collect());
    // A and A2 (0.7 and 0.5 of the people) are parent and child, hence no pair; A1 has 0.4.
    assert_eq!(pairs([DIAGNOSIS, DIAGNOSIS], PairCodes::Top(3)).expect("pairs"), ["A1+A2"]);
    assert_eq!(pairs([DIAGNOSIS, DIAGNOSIS], PairCodes::Level(1)).expect("pairs"), ["A+B", "A+C", "B+C"]);
    assert_eq!(pairs([DIAGNOSIS, DIAGNOSIS], PairCodes::Level(2)).expect("pairs"), ["A1+A2"]);
    assert_eq!(pairs([SPECIMEN, DIAGNOSIS], PairCodes::Top(1)).expect("pairs"), ["A+dna"]);
    let every = ["A+B", "A+C", "A1+A2", "A1+B", "A1+C", "A2+B", "A2+C", "B+C"];
    assert_eq!(pairs([DIAGNOSIS, DIAGNOSIS], PairCodes::Every).expect("pairs"), every);
    assert_eq!(pairs([DIAGNOSIS, SPECIMEN], list(&["A1@child", "*"])).expect("pairs"), ["*+*", "A1@child+*"]);
    assert_eq!(pairs([DIAGNOSIS, SPECIMEN], list(&["nothing"])).expect_err("an error").kind(), ErrorKind::UnknownName);
    assert_eq!(pairs([DIAGNOSIS, SPECIMEN], list(&["A"])).expect_err("an error").kind(), ErrorKind::InvalidSpec);
    let new =
        |order, pair_order, of, codes| MarginPlan::new(&population.dimensions, order, pair_order, vec![PairPlan { of, codes }]);
    for plan in [
        new(1, 2, [DIAGNOSIS; 2], PairCodes::Top(1)),
        new(2, 2, [0, DIAGNOSIS], PairCodes::Top(1)),
        new(2, 2, [DIAGNOSIS, 99], PairCodes::Top(1)),
        new(2, 2, [DIAGNOSIS; 2], PairCodes::Top(0)),
        new(2, 2, [DIAGNOSIS; 2], PairCodes::Level(0)),
    ] {
        assert_eq!(plan.expect_err("an error").kind(), ErrorKind::InvalidSpec);
    }
}
