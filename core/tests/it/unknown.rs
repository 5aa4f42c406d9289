//! Codes that a release does not name: questions about them have answers, and the answers hold the truth.

use std::cell::Cell;

use ninzu::answer::Description;
use ninzu::model::{Kind, Listed};
use ninzu::source::Population;
use ninzu::{Asking, Error, ErrorKind, Interval, Query, UnknownCodes};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::people::{DIAGNOSIS, SPECIMEN, crowd, people, population};
use crate::properties::{Memory, policy, question, release};

/// A release that names only codes with a published row.
fn named_by_rows(mut population: Population, threshold: u32) -> (Population, Memory) {
    population.named_by_spec[DIAGNOSIS] = false;
    population.named_by_spec[SPECIMEN] = false;
    let memory = Memory::open(release(&population, &policy(threshold, threshold), 2)).unwrap();
    (population, memory)
}

/// How many persons at each centre match: every code that anybody has is known here.
fn truth(population: &Population, text: &str) -> Vec<u64> {
    let dimensions = &population.dimensions;
    let cohort = Query::parse(text).unwrap().resolve(dimensions).unwrap();
    let of_kind = |kind| (0..dimensions.all().len()).filter(move |&d| dimensions.get(d).kind == kind);
    let place = |kind, d: usize| of_kind(kind).position(|e| e == d).unwrap();
    let mut counts = vec![0; population.centres.len()];
    for person in 0..population.len() {
        let value = |d: usize| population.partitions[place(Kind::Partition, d)][person];
        let has = |d: usize, code: u32| population.records[place(Kind::Codes, d)].of(person).contains(&code);
        counts[population.centre[person] as usize] += u64::from(cohort.predicate().matches(&value, &has));
    }
    counts
}

fn count(memory: &Memory, text: &str, unknown_codes: Option<UnknownCodes>) -> Result<Vec<Option<Interval>>, Error> {
    let asking = Asking { unknown_codes, ..Asking::default() };
    let prepared = memory.engine.prepare_as(&Query::parse(text).unwrap(), &asking)?;
    memory.load(&memory.engine.needs(&prepared))?;
    Ok(memory.engine.count(&prepared)?.centres.into_iter().map(|centre| centre.map(|centre| centre.interval)).collect())
}

/// Questions in which rare codes stand often.
fn rare_question() -> impl Strategy<Value = String> {
    let rare = prop::sample::select(vec![
        "diagnosis = B",
        "diagnosis = C",
        "diagnosis in (A, B, C)",
        "not diagnosis = B",
        "specimen = serum",
        "diagnosis = A1@old",
        "at least 2 of (diagnosis = B, diagnosis = C, specimen = serum)",
    ]);
    let join = prop::sample::select(vec!["and", "or", "and not", "or not"]);
    (rare, join, question()).prop_map(|(rare, join, other)| format!("{rare} {join} ({other})"))
}

#[test]
fn bounds_contain_truth_whatever_codes_are_not_named() {
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let (answered, of_unnamed) = (Cell::new(0), Cell::new(0));
    let questions = prop::collection::vec(prop_oneof![question(), rare_question(), rare_question()], 12);
    let test = |(people, threshold, questions): (Vec<_>, u32, Vec<String>)| {
        let (population, memory) = named_by_rows(population(&people), threshold);
        for text in &questions {
            for rule in [None, Some(UnknownCodes::Rare), Some(UnknownCodes::Anything)] {
                let found = match count(&memory, text, rule) {
                    Ok(found) => found,
                    // The first A1 was not counted by life stage, as far as anybody can tell.
                    Err(error) if error.kind() == ErrorKind::UnknownName && text.contains('@') => continue,
                    Err(error) => panic!("{text}: {error} {:?}", error.hint()),
                };
                answered.set(answered.get() + 1);
                let strict = count(&memory, text, Some(UnknownCodes::Error));
                of_unnamed.set(of_unnamed.get() + usize::from(strict.is_err()));
                for (truth, bounds) in truth(&population, text).into_iter().zip(&found) {
                    let Some(interval) = bounds else { continue };
                    prop_assert!(interval.contains(truth), "{text} ({rule:?}): {truth} is outside {interval}");
                }
                if let Ok(strict) = strict {
                    prop_assert_eq!(strict, found, "{}: a rule matters only where a code is not named", text);
                }
            }
        }
        Ok(())
    };
    TestRunner::new(config).run(&(people(250), 3..13_u32, questions), test).unwrap();
    let (answered, of_unnamed) = (answered.get(), of_unnamed.get());
    assert!(of_unnamed > 100, "of {answered} questions only {of_unnamed} named such a code");
}

#[test]
fn a_rare_code_is_fewer_than_the_threshold_at_each_centre_that_collects_it() {
    let (_, memory) = named_by_rows(population(&crowd(400)), 10);
    let below = |k: u64| Interval::new(0, k - 1);
    assert_eq!(count(&memory, "diagnosis = Z99", None).unwrap(), [below(10), below(10), below(10)]);
    assert_eq!(count(&memory, "diagnosis = Z99@adult", None).unwrap(), [below(10), below(10), below(10)]);
    // Only the first centre has specimens.
    assert_eq!(count(&memory, "specimen = Z99", None).unwrap(), [below(10), None, None]);
    // Whoever has both has the first.
    assert_eq!(count(&memory, "diagnosis = Z98 and diagnosis = Z99", None).unwrap()[0], below(10));
    assert_eq!(count(&memory, "diagnosis in (Z98, Z99)", None).unwrap()[0], below(19));
    let everyone = count(&memory, "everyone", None).unwrap()[0].unwrap();
    let without = count(&memory, "not diagnosis = Z99", None).unwrap()[0].unwrap();
    assert_eq!(without, Interval::new(everyone.lower() - 9, everyone.upper().unwrap()).unwrap());
    let anybody = count(&memory, "diagnosis = Z99 and sex = female", Some(UnknownCodes::Anything)).unwrap()[0].unwrap();
    let women = count(&memory, "sex = female", None).unwrap()[0].unwrap();
    assert_eq!(anybody, women.or_less());
}

#[test]
fn the_answer_says_which_codes_are_not_named() {
    let (_, memory) = named_by_rows(population(&crowd(400)), 10);
    let prepared = memory.engine.prepare(&Query::parse("diagnosis = A3 and sex = female by sex").unwrap()).unwrap();
    memory.load(&memory.engine.needs(&prepared)).unwrap();
    let answer = memory.engine.answer(&prepared).unwrap();
    let [code] = &answer.unknown_codes[..] else { panic!("{:?}", answer.unknown_codes) };
    assert_eq!((&*code.dimension, &*code.code, code.rule, code.most), ("diagnosis", "A3", UnknownCodes::Rare, Some(9)));
    assert!(code.near.iter().any(|near| near.contains("`A1`")), "{:?}", code.near);
    assert!(answer.words.en.contains("A3, which the release does not name"), "{}", answer.words.en);
    assert!(answer.words.ja.contains("公開データにないコード"), "{}", answer.words.ja);
    assert!(answer.by.unwrap().iter().all(|by| by.count.upper.is_some_and(|most| most <= 27)));
    assert_eq!(memory.engine.explain(&prepared).unwrap().unknown_codes, answer.unknown_codes);
    // The canonical text asks the same again.
    let again = memory.engine.prepare(&Query::parse(&answer.query).unwrap()).unwrap();
    assert_eq!(again.cohort().hash(), answer.hash);
}

#[test]
fn facets_answer_too() {
    let (population, memory) = named_by_rows(population(&crowd(400)), 10);
    let query = Query::parse("not diagnosis = Z99 and sex = female").unwrap();
    let prepared = memory.engine.prepare_facets(&query).unwrap();
    memory.load(&memory.engine.needs_of_facets(&prepared)).unwrap();
    for facet in memory.engine.facets(&prepared).unwrap() {
        for value in facet.values {
            let text = format!("sex = female and {} = {}", facet.dimension, value.value);
            let collected = count(&memory, &text, None).unwrap();
            let truth: u64 = truth(&population, &text).iter().zip(&collected).filter(|(_, c)| c.is_some()).map(|(t, _)| t).sum();
            let records = value.combined.records;
            assert!(records.lower <= truth && records.upper.is_none_or(|upper| truth <= upper), "{text}: {truth} in {records:?}");
        }
    }
}

#[test]
fn what_means_something_else_is_an_error_with_a_suggestion() {
    let (_, memory) = named_by_rows(population(&crowd(400)), 10);
    let error = |text: &str, rule| count(&memory, text, rule).expect_err(text);
    for rule in [None, Some(UnknownCodes::Rare)] {
        for (text, hint) in [
            ("diagnosis = \"a.1\"", "`A1`"),
            ("diagnosis = \"Ａ－１\"", "`A1`"),
            ("specimen = A1", "`diagnosis`"),
            ("specimen = d", "`dna`"),
        ] {
            let error = error(text, rule);
            assert_eq!(error.kind(), ErrorKind::UnknownName, "{text}");
            assert!(error.hint().unwrap_or_default().contains(hint), "{text}: {:?}", error.hint());
        }
        // A partition has all its values; a life stage too.
        assert_eq!(error("sex = diverse", rule).kind(), ErrorKind::UnknownName);
        assert_eq!(error("diagnosis = Z99@juvenile", rule).kind(), ErrorKind::UnknownName);
        assert_eq!(error("drug = aspirin", rule).kind(), ErrorKind::UnknownName);
        assert_eq!(error("diagnosis = \"--\"", rule).kind(), ErrorKind::UnknownName);
    }
    assert_eq!(error("diagnosis = Z99", Some(UnknownCodes::Error)).kind(), ErrorKind::UnknownName);
}

#[test]
fn a_code_that_a_list_lacks_is_not_taken_to_be_rare() {
    let memory = Memory::open(release(&population(&crowd(400)), &policy(10, 10), 2)).unwrap();
    assert_eq!(count(&memory, "diagnosis = Z99", None).unwrap_err().kind(), ErrorKind::UnknownName);
    let error = count(&memory, "diagnosis = Z99", Some(UnknownCodes::Rare)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidQuery);
    assert!(error.hint().unwrap().contains("anything"), "{error}");
    let anything = count(&memory, "diagnosis = Z99", Some(UnknownCodes::Anything)).unwrap()[0].unwrap();
    let everyone = count(&memory, "everyone", None).unwrap()[0].unwrap();
    assert_eq!(anything, everyone.or_less());
    let listed = |memory: &Memory| {
        let description = Description::new(memory.engine.release(), None).unwrap();
        description.dimensions.iter().map(|d| d.dictionary).collect::<Vec<_>>()
    };
    assert_eq!(listed(&memory), [None, None, None, Some(Listed::Spec), Some(Listed::Spec)]);
    let (_, memory) = named_by_rows(population(&crowd(400)), 10);
    assert_eq!(listed(&memory), [None, None, None, Some(Listed::Rows), Some(Listed::Rows)]);
}
