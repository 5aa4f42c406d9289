//! A question has one answer, whichever way it takes: by a margin, by a program, by closed forms, in SQL.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray, Float64Array, StringArray, UInt64Array};
use ninzu::answer::{CentreNumbers, Method, Numbers};
use ninzu::engine::testing::{prepare_with_programs, prepare_without_programs};
use ninzu::sql::{self, Host, Selected, SessionContext};
use ninzu::{ByteRange, Engine, Prepared, Query, Result};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::people::people;
use crate::properties::{Memory, bytes_of, question, release_of};

/// The files of a release, for SQL.
#[derive(Debug)]
struct Files(HashMap<String, Vec<u8>>);

impl Host for Files {
    fn load(&self, engine: &Engine, needs: &[ByteRange]) -> Result<()> {
        needs.iter().try_for_each(|need| engine.supply(need, bytes_of(&self.0, need)))
    }
}

/// Lower, upper, estimate and sharpness for each centre; nothing where it does not collect what is asked.
type Bounds = Vec<Option<(u64, Option<u64>, Option<f64>, bool)>>;

fn select(session: &SessionContext, statement: &str) -> Selected {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(sql::select(session, statement)).unwrap()
}

fn in_sql(session: &SessionContext, question: &str) -> Bounds {
    let found = select(session, &format!("select lower, upper, estimate, sharp, status from cohort('{question}')"));
    let mut rows = Vec::new();
    for batch in &found.batches {
        let count = |column: usize| batch.column(column).as_any().downcast_ref::<UInt64Array>().unwrap().clone();
        let (lower, upper) = (count(0), count(1));
        let estimate = batch.column(2).as_any().downcast_ref::<Float64Array>().unwrap();
        let sharp = batch.column(3).as_any().downcast_ref::<BooleanArray>().unwrap();
        let status = batch.column(4).as_any().downcast_ref::<StringArray>().unwrap();
        for i in 0..batch.num_rows() {
            let some = |column: &UInt64Array| column.is_valid(i).then(|| column.value(i));
            assert_eq!(lower.is_null(i), status.value(i) == "not_collected");
            rows.push(
                some(&lower).map(|lower| (lower, some(&upper), estimate.is_valid(i).then(|| estimate.value(i)), sharp.value(i))),
            );
        }
    }
    rows
}

fn bounds(numbers: &Numbers) -> Bounds {
    let one = |CentreNumbers { interval, estimate, sharp }| (interval.lower(), interval.upper(), estimate, sharp);
    numbers.centres.iter().map(|centre| centre.map(one)).collect()
}

fn count(memory: &Memory, prepared: &Prepared) -> Numbers {
    memory.load(&memory.engine.needs(prepared)).unwrap();
    memory.engine.count(prepared).unwrap()
}

/// A question whose program sees all that closed forms see: conditions on partitions stand beside the others, not inside them.
fn beside() -> impl Strategy<Value = String> {
    let code = prop::sample::select(vec![
        "diagnosis = A",
        "diagnosis = A1",
        "diagnosis = A2",
        "diagnosis = B",
        "diagnosis = C",
        "has diagnosis",
        "specimen = dna",
        "specimen = serum",
        "has specimen",
    ]);
    let codes = prop_oneof![
        prop::collection::vec(code.clone(), 2..4).prop_map(|codes| format!("({})", codes.join(" or "))),
        prop::collection::vec(code.clone(), 2..4).prop_map(|codes| codes.join(" and not ")),
        prop::collection::vec(code.clone(), 3..5).prop_map(|codes| format!("at least 2 of ({})", codes.join(", "))),
        code.prop_map(|code| format!("not {code}")),
    ];
    let values =
        prop::sample::select(vec!["everyone", "sex = female", "life_stage in (child, old)", "sex = male and life_stage = adult"]);
    (values, codes).prop_map(|(values, codes)| format!("{values} and {codes}"))
}

/// Whether the first of two answers lies inside the second at each centre, and is the same where both are exact for the block.
fn nests(text: &str, inner: &Numbers, outer: &Numbers) -> std::result::Result<(), TestCaseError> {
    for (inner, outer) in inner.centres.iter().zip(&outer.centres) {
        prop_assert_eq!(inner.is_some(), outer.is_some(), "{}", text);
        let (Some(inner), Some(outer)) = (inner, outer) else { continue };
        let is_sharp = inner.sharp && outer.sharp;
        let (inner, outer) = (inner.interval, outer.interval);
        prop_assert_eq!(inner.intersect(outer), Some(inner), "{}: {} in {}", text, inner, outer);
        prop_assert!(!is_sharp || inner == outer, "{text}: {inner} and {outer} are both sharp");
    }
    Ok(())
}

/// Whether two answers can both hold.
fn overlap(text: &str, one: &Numbers, other: &Numbers) -> std::result::Result<(), TestCaseError> {
    for (one, other) in one.centres.iter().zip(&other.centres) {
        let (Some(one), Some(other)) = (one, other) else { continue };
        let (one, other) = (one.interval, other.interval);
        prop_assert!(one.intersect(other).is_some(), "{}: {} and {}", text, one, other);
    }
    Ok(())
}

#[test]
fn every_path_gives_the_same_answer_or_a_wider_one() {
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let questions = prop::collection::vec(prop_oneof![question().prop_map(|q| (q, false)), beside().prop_map(|q| (q, true))], 16);
    let populations = (people(250), 2..13_u32, 1..13_u32, questions);
    // How many questions were answered otherwise by programs, otherwise without them, and by closed forms at all.
    let tally = Cell::new([0; 3]);
    let add = |at: usize, happened: bool| {
        let mut counts = tally.get();
        counts[at] += usize::from(happened);
        tally.set(counts);
    };
    let test = |(people, threshold, base, questions): (Vec<_>, u32, u32, Vec<(String, bool)>)| {
        let (_, memory) = release_of(&people, threshold, base, 3);
        let session = sql::small_session(1 << 28).unwrap();
        sql::register(&session, &memory.engine, Arc::new(Files(memory.files.clone()))).unwrap();
        for (text, is_beside) in &questions {
            let query = Query::parse(text).unwrap();
            let usual = memory.engine.prepare(&query).unwrap();
            let by_programs = prepare_with_programs(&memory.engine, &query).unwrap();
            let by_none = prepare_without_programs(&memory.engine, &query).unwrap();
            prop_assert!(by_none.method() != Method::Program);
            add(0, by_programs.method() != usual.method());
            add(1, by_none.method() != usual.method());
            add(2, by_none.method() == Method::ClosedForm);
            let (said, tight, wide) = (count(&memory, &usual), count(&memory, &by_programs), count(&memory, &by_none));
            nests(text, &tight, &said)?;
            if *is_beside || by_none.method() == Method::Direct {
                nests(text, &said, &wide)?;
            }
            overlap(text, &tight, &wide)?;
            prop_assert_eq!(in_sql(&session, text), bounds(&said), "{}", text);
        }
        Ok(())
    };
    TestRunner::new(config).run(&populations, test).unwrap();
    assert!(tally.get().iter().all(|&n| n > 20), "{:?} questions are too few to compare", tally.get());
}
