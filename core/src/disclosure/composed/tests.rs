//! What tables show, programs decide alike.
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::Trust;

use super::*;
use crate::build::{BuildOptions, Key, Proof, build};
use crate::disclosure::attacker::{Attacker, Outcome};
use crate::disclosure::cell_intervals::CellIntervals;
use crate::disclosure::subproblems::Subproblems;
use crate::disclosure::system::{Knowledge, SubproblemSystem};
use crate::synthetic::{GenerateOptions, generate};
use crate::{Published, open_folder};

/// Cells and policy of a small release whose pairs are counted by centre alone.
fn release() -> (Published, ninzu_engine::model::Policy) {
    let folder = tempfile::tempdir().unwrap();
    let [people, out] = ["people", "release"].map(|name| folder.path().join(name));
    generate(&GenerateOptions { persons: 1_500, seed: 8 }, &people, &()).unwrap();
    let spec = people.join("spec.toml");
    let text = std::fs::read_to_string(&spec).unwrap();
    let (before, after) = text.split_once("pairs = [").unwrap();
    let after = after.split_once("\n]").unwrap().1.replace("pair_order = 2", "pair_order = 0");
    let codes = "\"C00-C97\", \"E10-E14\", \"E11\", \"G40\", \"I10\", \"C50\", \"Q20-Q28\", \"serum\", \"dna\", \"tissue\"";
    let plans = ["\"diagnosis\", \"specimen\"", "\"diagnosis\", \"diagnosis\"", "\"specimen\", \"specimen\""];
    let plans = plans.map(|of| {
        format!(
            "{{ of = [{of}], codes = [{}] }}",
            if of.contains("diagnosis") && of.contains("spec") {
                codes.to_owned()
            } else if of.contains("diagnosis") {
                codes.split(", \"serum\"").next().unwrap().to_owned()
            } else {
                "\"serum\", \"dna\", \"tissue\"".to_owned()
            }
        )
    });
    std::fs::write(&spec, format!("{before}pairs = [{}\n]{after}", plans.join(", "))).unwrap();
    let options = BuildOptions { key: Key::new([5; 32]), proof: Proof::Audited, previous: Vec::new(), private_report: None };
    build(&spec, &options, &out, &()).unwrap();
    let engine = open_folder(&out, Trust::Audited).unwrap();
    (Published::read(&engine, &out).unwrap(), engine.release().manifest().policy.clone().unwrap())
}

/// As it is, and with pairs whose intervals were narrowed at random, so that some can be proved to be small.
#[test]
fn what_is_composed_no_program_refutes() {
    let (published, policy) = release();
    let (declared, dimensions, k) = (published.declared().unwrap(), &published.dimensions, policy.threshold());
    let mut state = 3_u64;
    let mut below = |n: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % n
    };
    let (mut shown, mut refuted, mut missed) = (0, 0, 0);
    for round in 0..8 {
        let mut intervals = CellIntervals::new(&published, &policy);
        let pairs: Vec<usize> = (0..intervals.tables.len()).filter(|&table| intervals.tables[table].codes.len() == 2).collect();
        for table in pairs {
            let combinations = 0..intervals.tables[table].combinations.len();
            let places = combinations.flat_map(|c| (0..published.centres.len()).map(move |at| (c, at)));
            let ids: Vec<_> = places.flat_map(|(c, at)| intervals.cells(table, c, at).collect::<Vec<_>>()).collect();
            for id in ids {
                let (lo, hi) = intervals.bounds(id);
                let narrower = (lo + below(2) * below(1 + (hi - lo) / 2), hi - below(2) * below(1 + (hi - lo) / 2));
                if round > 0 && below(2) == 0 {
                    intervals.put(id, narrower);
                }
            }
        }
        let knowledge = Knowledge::new(dimensions, &declared, &intervals, &[]);
        let rules = Rules { dimensions, declared: &declared, intervals: &intervals, earlier: &[], knowledge: &knowledge };
        let kinds = [SubproblemKind::Pair, SubproblemKind::AncestorClosure, SubproblemKind::Triple];
        let tasks = Subproblems::new(&published, &declared, &intervals, &[], k).tasks(&kinds);
        let mut composed = Composed::default();
        composed.find(rules, k, &tasks);
        for (subproblem, centres) in tasks {
            let composition = Composition::new(rules, &subproblem);
            let system = SubproblemSystem::new(rules, subproblem);
            for centre in centres {
                let is_shown =
                    composition.as_ref().is_some_and(|composition| composed.shows(rules, k, composition, centre).is_some());
                // Of those that are left to programs, a few.
                if !is_shown && below(8) > 0 {
                    continue;
                }
                let bounds = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
                let mut attacker = Attacker::new(&system, k, bounds, rules.facts(&system, centre));
                let mut unsafe_targets = Vec::new();
                let outcome = attacker.solve(&mut |unsafe_target, _| {
                    unsafe_targets.push(unsafe_target.clone());
                    None
                });
                let is_safe = unsafe_targets.is_empty() && matches!(outcome, Outcome::Decided);
                assert!(is_safe || !is_shown, "{:?} at {centre}: {outcome:?} {unsafe_targets:?}", system.subproblem);
                shown += u32::from(is_shown);
                refuted += u32::from(!is_safe);
                missed += u32::from(is_safe && !is_shown);
            }
        }
    }
    assert!(shown > 1_000 && refuted > 30, "{shown} shown, {refuted} refuted, {missed} left to programs");
}
