//! Readers who know some of the facts.
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::Trust;

use super::*;
use crate::build::{BuildOptions, Key, Proof, build};
use crate::disclosure::cell_intervals::CellIntervals;
use crate::disclosure::subproblems::Subproblems;
use crate::disclosure::system::{Knowledge, Rules, SubproblemKind, SubproblemSystem};
use crate::synthetic::{GenerateOptions, generate};
use crate::{Published, open_folder};

/// Cells and policy of a small release that was built with its proof.
fn audited() -> (Published, ninzu_engine::model::Policy) {
    let folder = tempfile::tempdir().unwrap();
    let [people, out] = ["people", "release"].map(|name| folder.path().join(name));
    generate(&GenerateOptions { persons: 1_000, seed: 5 }, &people, &()).unwrap();
    let options = BuildOptions { key: Key::new([3; 32]), proof: Proof::Audited, previous: Vec::new(), private_report: None };
    build(&people.join("spec.toml"), &options, &out, &()).unwrap();
    let engine = open_folder(&out, Trust::Audited).unwrap();
    (Published::read(&engine, &out).unwrap(), engine.release().manifest().policy.clone().unwrap())
}

/// The audit asks about a reader who knows every fact, and says that this is enough for all readers: here are others.
#[test]
fn a_reader_who_knows_any_of_the_facts_proves_nothing_either() {
    let (published, policy) = audited();
    let (declared, intervals) = (published.declared().unwrap(), CellIntervals::new(&published, &policy));
    let dimensions = &published.dimensions;
    let knowledge = Knowledge::new(dimensions, &declared, &intervals, &[]);
    let rules = Rules { dimensions, declared: &declared, intervals: &intervals, earlier: &[], knowledge: &knowledge };
    let subproblems = Subproblems::new(&published, &declared, &intervals, &[], policy.threshold());
    let mut state = 11_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let (mut readers, mut known) = (0, 0);
    for (subproblem, centres) in subproblems.tasks(&SubproblemKind::ALL) {
        let system = SubproblemSystem::new(rules, subproblem);
        for &centre in &centres {
            let facts = rules.facts(&system, centre);
            if !facts.contains(&true) || below(8) > 0 {
                continue;
            }
            let share = [1, 5, 9][below(3) as usize];
            let some: Vec<bool> = facts.iter().map(|&fact| fact && below(10) < share).collect();
            readers += 1;
            known += some.iter().filter(|&&fact| fact).count();
            let bounds = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
            let mut attacker = Attacker::new(&system, policy.threshold(), bounds, some);
            let mut unsafe_targets = Vec::new();
            let outcome = attacker.solve(&mut |unsafe_target, _| {
                unsafe_targets.push(unsafe_target.clone());
                None
            });
            let may_be_impossible = system.subproblem.kind == SubproblemKind::Aggregation;
            assert!(matches!(outcome, Outcome::Decided) || may_be_impossible, "{:?}", system.subproblem);
            assert!(unsafe_targets.is_empty(), "{:?} {unsafe_targets:?}", system.subproblem);
        }
    }
    assert!(readers > 50 && known > readers, "{readers} readers of {known} facts");
}
