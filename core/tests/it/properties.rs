//! The promises of an answer, on random populations, policies and questions, against brute force over persons.

use std::collections::HashMap;
use std::sync::Arc;

use ninzu::answer::{CentreNumbers, Method};
use ninzu::build::{Key, MarginPlan, PairPlan, protect_release};
use ninzu::engine::testing::prepare_with_programs;
use ninzu::format::manifest::Protection;
use ninzu::model::{Decoy, Kind, Label, Policy};
use ninzu::source::{PairCodes, Population};
use ninzu::write::{ReleaseFiles, ReleaseMeta, release_files, write_release};
use ninzu::{ByteRange, Engine, ErrorKind, Opening, Prepared, Query, Result, Trust};
use proptest::prelude::*;

use crate::people::{DIAGNOSIS, Person, SPECIMEN, crowd, people, population};
use crate::redteam::protected;

pub(crate) fn meta(policy: &Policy) -> ReleaseMeta {
    ReleaseMeta {
        name: "test".into(),
        title: Label::same("Test"),
        reference_date: Some("2024-12-31".into()),
        policy: Some(policy.clone()),
        as_of: std::collections::BTreeMap::new(),
        left_out_percent: None,
        observation: std::collections::BTreeMap::new(),
        protected_by: Protection::OURS.into(),
        audit: None,
        additivity: None,
        licenses: Vec::new(),
        sources: Vec::new(),
    }
}

pub(crate) fn policy(threshold: u32, base: u32) -> Policy {
    Policy::new(threshold, base, Decoy::DEFAULT).unwrap()
}

pub(crate) fn release(population: &Population, policy: &Policy, order: usize) -> ReleaseFiles {
    let list = |codes: &[&str]| PairCodes::List(codes.iter().map(|&c| c.to_owned()).collect());
    let pairs = vec![
        PairPlan { of: [DIAGNOSIS, DIAGNOSIS], codes: list(&["A", "B", "C"]) },
        PairPlan { of: [DIAGNOSIS, SPECIMEN], codes: list(&["A", "B", "dna", "serum"]) },
    ];
    let plan = MarginPlan::new(&population.dimensions, order, order.min(2), pairs).unwrap();
    let protected = protect_release(population, &plan, policy, &[], &Key::new([7; 32]), &()).unwrap();
    release_files(&meta(policy), &population.published(protected.tables, &[]).unwrap()).unwrap()
}

fn are_honest(population: &Population, memory: &Memory, questions: &[String]) -> std::result::Result<(), TestCaseError> {
    for text in questions {
        let prepared = memory.prepare(text);
        let numbers = memory.engine.count(&prepared).unwrap();
        for (count, bounds) in truth(population, &prepared).into_iter().zip(&numbers.centres) {
            let Some(CentreNumbers { interval, .. }) = bounds else { continue };
            prop_assert!(interval.contains(count), "{text}: {count} is outside {interval} ({:?})", prepared.method());
        }
    }
    Ok(())
}

/// An engine over a release in memory, and its host.
pub(crate) struct Memory {
    pub(crate) engine: Arc<Engine>,
    pub(crate) files: HashMap<String, Vec<u8>>,
}

impl Memory {
    pub(crate) fn open(files: ReleaseFiles) -> Result<Self> {
        let files: HashMap<String, Vec<u8>> = files.files.into_iter().collect();
        let mut opening = Opening::new(&files["datapackage.json"], Trust::Unaudited)?;
        for need in opening.needs() {
            opening.supply(&need, bytes_of(&files, &need))?;
        }
        Ok(Self { engine: Arc::new(Engine::new(opening.finish()?)), files })
    }

    pub(crate) fn load(&self, needs: &[ByteRange]) -> Result<()> {
        needs.iter().try_for_each(|need| self.engine.supply(need, bytes_of(&self.files, need)))
    }

    pub(crate) fn prepare(&self, text: &str) -> Prepared {
        let prepared = self.engine.prepare(&Query::parse(text).unwrap()).unwrap();
        self.load(&self.engine.needs(&prepared)).unwrap();
        prepared
    }

    fn prepare_with_programs(&self, text: &str) -> Prepared {
        let prepared = prepare_with_programs(&self.engine, &Query::parse(text).unwrap()).unwrap();
        self.load(&self.engine.needs(&prepared)).unwrap();
        prepared
    }
}

pub(crate) fn bytes_of<'f>(files: &'f HashMap<String, Vec<u8>>, need: &ByteRange) -> &'f [u8] {
    let file = &files[&need.path];
    let end = (need.range.end as usize).min(file.len());
    &file[(need.range.start as usize).min(end)..end]
}

/// How many persons at each centre match, counted one by one.
fn truth(population: &Population, prepared: &Prepared) -> Vec<u64> {
    let partitions: Vec<usize> = population.dimensions.partitions().collect();
    let codes: Vec<usize> =
        (0..population.dimensions.all().len()).filter(|&d| population.dimensions.get(d).kind == Kind::Codes).collect();
    let place = |of: &[usize], d: usize| of.iter().position(|&e| e == d).unwrap();
    let mut counts = vec![0; population.centres.len()];
    for person in 0..population.len() {
        let value = |d: usize| population.partitions[place(&partitions, d)][person];
        let has = |d: usize, code: u32| population.records[place(&codes, d)].of(person).binary_search(&code).is_ok();
        if prepared.cohort().predicate().matches(&value, &has) {
            counts[population.centre[person] as usize] += 1;
        }
    }
    counts
}

/// A random question: conjunctions, nested or and not, at least, up to three codes, ranges.
pub(crate) fn question() -> impl Strategy<Value = String> {
    let atom = prop::sample::select(vec![
        "sex = female",
        "sex = male",
        "life_stage in (child, old)",
        "life_stage = adult",
        "life_stage != child",
        "country = jp",
        "diagnosis = A",
        "diagnosis = A1",
        "diagnosis = A2",
        "diagnosis = B",
        "diagnosis = C",
        "diagnosis = A1@child",
        "diagnosis = A1@adult",
        "has diagnosis",
        "specimen = dna",
        "specimen = serum",
        "has specimen",
        "everyone",
    ])
    .prop_map(str::to_owned);
    atom.prop_recursive(3, 6, 3, |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(|terms| format!("({})", terms.join(" and "))),
            1 => prop::collection::vec(inner.clone(), 2..4).prop_map(|terms| format!("({})", terms.join(" or "))),
            1 => inner.clone().prop_map(|term| format!("not ({term})")),
            1 => (prop::collection::vec(inner, 2..4), 1..3_usize).prop_map(|(terms, n)| format!("at least {n} of ({})", terms.join(", "))),
        ]
    })
}

/// Questions over six and seven codes and some values of a partition: more than a program holds with every stratum apart.
fn of_many_codes() -> impl Strategy<Value = String> {
    let terms = prop::sample::subsequence(
        vec![
            "diagnosis = A",
            "diagnosis = A1",
            "diagnosis = A2",
            "diagnosis = B",
            "diagnosis = C",
            "specimen = dna",
            "specimen = serum",
        ],
        6..=7,
    );
    let values = prop::sample::select(vec![
        "life_stage in (adult, old)",
        "life_stage = old",
        "life_stage = adult and sex != male",
        "sex = female",
    ]);
    let how = prop::sample::select(vec!["at least 1 of", "at least 2 of", "at least 3 of"]);
    (terms, values, how).prop_map(|(terms, values, how)| format!("{how} ({}) and {values}", terms.join(", ")))
}

pub(crate) fn release_of(people: &[Person], threshold: u32, base: u32, order: usize) -> (Population, Memory) {
    let population = population(people);
    let memory = Memory::open(release(&population, &policy(threshold, base), order)).unwrap();
    (population, memory)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_contain_truth(people in people(250), threshold in 2..13_u32, base in 1..13_u32, order in 1..4_usize, questions in prop::collection::vec(question(), 12)) {
        let (population, memory) = release_of(&people, threshold, base, order);
        are_honest(&population, &memory, &questions)?;
    }

    #[test]
    fn bounds_over_many_codes_contain_truth(people in people(250), (k, base) in prop::sample::select(vec![(10, 10), (3, 3), (2, 1)]), questions in prop::collection::vec(of_many_codes(), 6)) {
        let (population, memory) = release_of(&people, k, base, 2);
        are_honest(&population, &memory, &questions)?;
    }

    #[test]
    fn program_is_never_looser_than_direct(people in people(250), threshold in 2..13_u32, base in 1..13_u32, questions in prop::collection::vec(question(), 12)) {
        let (_, memory) = release_of(&people, threshold, base, 3);
        for text in &questions {
            let direct = memory.prepare(text);
            if direct.method() != Method::Direct {
                continue;
            }
            let program = memory.prepare_with_programs(text);
            let (direct, program) = (memory.engine.count(&direct).unwrap(), memory.engine.count(&program).unwrap());
            for (direct, program) in direct.centres.iter().zip(&program.centres) {
                let (Some(direct), Some(program)) = (direct, program) else { continue };
                prop_assert_eq!(program.interval.intersect(direct.interval), Some(program.interval), "{}", text);
            }
        }
    }

    #[test]
    fn estimate_lies_inside_bounds(people in people(250), threshold in 2..13_u32, questions in prop::collection::vec(question(), 12)) {
        let (_, memory) = release_of(&people, threshold, threshold, 2);
        for text in &questions {
            for CentreNumbers { interval, estimate, .. } in memory.engine.count(&memory.prepare(text)).unwrap().centres.into_iter().flatten() {
                let estimate = estimate.expect("every interval of a built release has an upper end");
                prop_assert!(interval.lower() as f64 <= estimate && estimate <= interval.upper().unwrap() as f64, "{text}: {estimate} in {interval}");
            }
        }
    }

    #[test]
    fn facets_contain_truth(people in people(250), threshold in 2..13_u32, base in 1..13_u32, order in 1..4_usize, text in question()) {
        let (population, memory) = release_of(&people, threshold, base, order);
        let prepared = memory.engine.prepare_facets(&Query::parse(&text).unwrap()).unwrap();
        memory.load(&memory.engine.needs_of_facets(&prepared)).unwrap();
        for facet in memory.engine.facets(&prepared).unwrap() {
            for value in facet.values {
                let prepared = memory.prepare(&format!("({text}) and {} = {}", facet.dimension, value.value));
                let collected = memory.engine.count(&prepared).unwrap().centres;
                let truth: u64 = truth(&population, &prepared).iter().zip(&collected).filter(|(_, c)| c.is_some()).map(|(t, _)| t).sum();
                let records = value.combined.records;
                prop_assert!(records.lower <= truth && records.upper.is_none_or(|upper| truth <= upper), "{text} and {}: {truth} in {records:?}", value.value);
            }
        }
    }

    #[test]
    fn same_bytes_for_any_thread_count(people in people(400), threads in 2..5_usize) {
        let population = population(&people);
        let files = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| release(&population, &policy(5, 5), 3).files)
        };
        prop_assert_eq!(files(1), files(threads));
    }

    #[test]
    fn flipped_bytes_are_refused(at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let files = release(&population(&crowd(300)), &policy(5, 5), 2);
        let total: usize = files.files.iter().map(|f| f.1.len()).sum();
        let mut flipped = files;
        let mut place = at.index(total);
        let file = flipped.files.iter_mut().find(|(_, bytes)| if place < bytes.len() { true } else { place -= bytes.len(); false }).unwrap();
        file.1[place] ^= 1 << bit;
        let is_descriptor = file.0 == "datapackage.json";
        match Memory::open(flipped) {
            // A changed descriptor is another release with another id, or none.
            Ok(_) | Err(_) if is_descriptor => {}
            Ok(memory) => {
                let error = memory.load(&memory.engine.release().contents()).expect_err("a flipped bit goes unnoticed");
                prop_assert_eq!(error.kind(), ErrorKind::Tampered);
            }
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Tampered),
        }
    }

    #[test]
    fn a_forged_release_never_panics(at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), text in question()) {
        let mut files = release(&population(&crowd(300)), &policy(5, 5), 2);
        let (mut cells, mut descriptor) = (files.files.split_off(0), serde_json::Value::Null);
        for (path, bytes) in &mut cells {
            if path.starts_with("cells/") {
                for (place, byte) in &at {
                    *place.get_mut(bytes) = *byte;
                }
            } else if path == "datapackage.json" {
                descriptor = serde_json::from_slice(bytes).unwrap();
            }
        }
        // The forger also corrects the hashes.
        let bytes_of = |path: &str| &cells.iter().find(|(p, _)| p == path).unwrap().1;
        for table in descriptor["ninzu"]["tables"].as_array_mut().unwrap() {
            let bytes = bytes_of(table["path"].as_str().unwrap());
            for chunk in table["chunks"].as_array_mut().unwrap() {
                let (offset, length) = (chunk["offset"].as_u64().unwrap() as usize, chunk["length"].as_u64().unwrap() as usize);
                chunk["sha256"] = ninzu::format::sha256_hex(&bytes[offset..offset + length]).into();
            }
        }
        let forged = serde_json::to_vec(&descriptor).unwrap();
        cells.iter_mut().filter(|(path, _)| path == "datapackage.json").for_each(|(_, bytes)| bytes.clone_from(&forged));
        let memory = Memory::open(ReleaseFiles { id: String::new(), files: cells }).unwrap();
        let prepared = memory.engine.prepare(&Query::parse(&text).unwrap()).unwrap();
        // An answer or an error, and the forged release has another id.
        let _ = memory.load(&memory.engine.needs(&prepared)).and_then(|()| memory.engine.answer(&prepared));
    }

    #[test]
    fn truncated_files_are_refused(cut in 1..400_usize, which in any::<prop::sample::Index>()) {
        let mut files = release(&population(&crowd(300)), &policy(5, 5), 2);
        let which = which.index(files.files.len() - 1);
        let bytes = &mut files.files[which].1;
        bytes.truncate(bytes.len().saturating_sub(cut));
        let error = match Memory::open(files) {
            Ok(memory) => memory.load(&memory.engine.release().contents()).expect_err("a truncated file goes unnoticed"),
            Err(error) => error,
        };
        prop_assert_eq!(error.kind(), ErrorKind::Tampered);
    }
}

#[test]
fn unknown_formats_and_unaudited_releases_are_refused() {
    let files = release(&population(&crowd(50)), &policy(5, 5), 2).files;
    let descriptor = String::from_utf8(files.last().unwrap().1.clone()).unwrap();
    assert_eq!(Opening::new(descriptor.as_bytes(), Trust::Audited).unwrap_err().kind(), ErrorKind::Unaudited);
    for format in [0, 3] {
        let other = descriptor.replace("\"format\": 2", &format!("\"format\": {format}"));
        assert_eq!(Opening::new(other.as_bytes(), Trust::Unaudited).unwrap_err().kind(), ErrorKind::Unsupported);
    }
    let preset = descriptor.replace("\"threshold\": 5", "\"threshold\": 5, \"noise\": 1");
    assert_eq!(Opening::new(preset.as_bytes(), Trust::Unaudited).unwrap_err().kind(), ErrorKind::InvalidRelease);
}

#[test]
fn breakdowns_add_up_to_more_than_the_whole_and_name_every_key() {
    let (population, memory) = release_of(&crowd(400), 5, 5, 3);
    let prepared = memory.prepare("diagnosis = A and not specimen = dna by centre, life_stage");
    let answer = memory.engine.answer(&prepared).unwrap();
    let by = answer.by.unwrap();
    assert_eq!(by.len(), population.centres.len() * 3);
    let at_first: u64 = by.iter().filter(|b| b.key["centre"] == population.centres[0].name).filter_map(|b| b.count.upper).sum();
    assert!(at_first >= truth(&population, &prepared)[0]);
    // The second centre has no specimens: never counted as zero.
    assert!(by.iter().filter(|b| b.key["centre"] == population.centres[1].name).all(|b| b.count.lower.is_none()));
}

#[test]
fn a_target_that_exists_is_left_alone_and_nothing_half_written_stays() {
    let population = population(&crowd(50));
    let plan = MarginPlan::new(&population.dimensions, 2, 0, Vec::new()).unwrap();
    let policy = policy(5, 5);
    let tables = protect_release(&population, &plan, &policy, &[], &Key::new([1; 32]), &()).unwrap().tables;
    let published = population.published(tables, &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("release");
    write_release(&meta(&policy), &published, &out).unwrap();
    let before = std::fs::read(out.join("datapackage.json")).unwrap();
    let again = write_release(&meta(&policy), &published, &out).unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Io);
    assert_eq!(std::fs::read(out.join("datapackage.json")).unwrap(), before);
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "x").unwrap();
    let error = write_release(&meta(&policy), &published, &blocked.join("release")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["file", "release"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same with repair: it only widens.
    #[test]
    fn bounds_of_audited_releases_contain_truth(people in people(300), (k, base) in prop::sample::select(vec![(10, 10), (5, 5), (8, 3), (6, 1)]), questions in prop::collection::vec(question(), 40)) {
        let population = population(&people);
        let policy = policy(k, base);
        let files = release_files(&meta(&policy), &protected(&population, &policy, &[])).unwrap();
        are_honest(&population, &Memory::open(files).unwrap(), &questions)?;
    }
}
