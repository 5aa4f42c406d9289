//! Questions over a release of 10^6 cells: direct, by programs, broken down, and facets.
//!
//! `cargo run --release -p ninzu-benches --bin query -- [--out DIR]`; with `--out` the release stays in `DIR/release` and the
//! direct questions in `DIR/queries.json`, where `python benches/query_duckdb.py DIR` asks DuckDB the same.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ninzu::answer::Method;
use ninzu::build::{Key, MarginPlan, PairPlan, protect_release};
use ninzu::format::manifest::Protection;
use ninzu::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Policy, Preset};
use ninzu::source::{CodeRecords, PairCodes, Population};
use ninzu::write::{ReleaseMeta, write_release};
use ninzu::{Centre, Engine, Prepared, Query, Trust, load, open_folder};
use ninzu_benches::Random;
use serde_json::{Value, json};

const PERSONS: u32 = 1_000_000;
const CODES: u32 = 1_000;
const CENTRES: u32 = 6;
/// Name and number of values of each partition; margins cross all three.
const PARTITIONS: [(&str, u32); 3] = [("sex", 2), ("life_stage", 8), ("region", 6)];
const QUESTIONS: usize = 1_000;
/// Each direct question is timed as the mean of so many calls.
const CALLS: u32 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--out"), Some(dir)) => Some(PathBuf::from(dir)),
        (None, _) => None,
        _ => return Err("usage: query [--out DIR]".into()),
    };
    let scratch = std::env::temp_dir().join(format!("ninzu-query-{}", std::process::id()));
    let folder = out.clone().unwrap_or_else(|| scratch.clone());
    let release = folder.join("release");
    if !release.exists() {
        build(&release)?;
    }
    let engine = open_folder(&release, Trust::Unaudited)?;
    let bytes = ninzu::verify_folder(&engine, &release, &|_| {})?;
    load(&engine, &release, &engine.release().contents())?;
    println!("release: {} listed rows, {:.1} MB", rows(&engine), bytes as f64 / 1e6);

    let direct = direct_questions();
    let asked = time_direct(&engine, &direct)?;
    if out.is_some() {
        std::fs::write(folder.join("queries.json"), serde_json::to_vec(&asked)?)?;
    }
    time_programs(&engine)?;
    time_breakdown(&engine, &release)?;
    time_facets(&engine, &release)?;
    if out.is_none() {
        std::fs::remove_dir_all(&scratch)?;
    }
    Ok(())
}

/// A million persons at six centres, a thousand codes whose shares fall with their rank.
fn build(out: &Path) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut random = Random(11);
    let names = |prefix: &str, n: u32| (0..n).map(|i| format!("{prefix}{i:03}")).collect::<Vec<_>>();
    let dimension = |name: &str, kind: Kind, values: Vec<String>| -> Result<Dimension, ninzu::Error> {
        let code = |name: String| Code { label: Label::same(&name), name, parents: Vec::new() };
        let dictionary = Dictionary::new(values.into_iter().map(code).collect())?;
        Ok(Dimension { name: name.into(), label: Label::same(name), kind, ordered: true, role: None, closed: false, dictionary })
    };
    let mut dimensions = Vec::new();
    for (name, size) in PARTITIONS {
        dimensions.push(dimension(name, Kind::Partition, names(&name[..1], size))?);
    }
    dimensions.push(dimension("diagnosis", Kind::Codes, names("D", CODES))?);
    let mut draw = |n: u32| (0..PERSONS).map(|_| random.below(n)).collect::<Vec<u32>>();
    let centre = draw(CENTRES);
    let partitions = PARTITIONS.iter().map(|p| draw(p.1)).collect();
    let mut records = CodeRecords { offsets: vec![0], codes: Vec::new() };
    let shares: Vec<u32> = (1..=CODES).map(|rank| (0.62 / f64::from(rank).powf(0.65) * f64::from(u32::MAX)) as u32).collect();
    for _ in 0..PERSONS {
        records.codes.extend((0..CODES).filter(|&code| (random.bits() >> 32) as u32 <= shares[code as usize]));
        records.offsets.push(records.codes.len());
    }
    let centres = names("C", CENTRES).into_iter().map(|name| Centre { label: Label::same(&name), name, collects: vec![3] });
    let population = Population {
        dimensions: Dimensions::new(dimensions)?,
        named_by_spec: vec![true; 4],
        centres: centres.collect(),
        centre,
        partitions,
        records: vec![records],
    };
    let policy = Policy::preset(Preset::Ndb);
    let pairs = vec![PairPlan { of: [3, 3], codes: PairCodes::Top(12) }];
    let plan = MarginPlan::new(&population.dimensions, 3, 2, pairs)?;
    let protected = protect_release(&population, &plan, &policy, &[], &Key::new([1; 32]), &())?;
    let meta = ReleaseMeta {
        name: "bench".into(),
        title: Label::same("Benchmark"),
        reference_date: None,
        policy: Some(policy),
        as_of: std::collections::BTreeMap::new(),
        left_out_percent: None,
        observation: std::collections::BTreeMap::new(),
        protected_by: Protection::OURS.into(),
        audit: None,
        additivity: None,
        licenses: Vec::new(),
        sources: Vec::new(),
    };
    write_release(&meta, &population.published(protected.tables, &[])?, out)?;
    let declared: u64 = protected.summary.declared.iter().sum();
    println!("built {declared} declared cells in {:.1} s, persons drawn included", started.elapsed().as_secs_f64());
    Ok(())
}

fn rows(engine: &Engine) -> u64 {
    engine.release().manifest().tables.iter().flat_map(|t| &t.chunks).map(|c| u64::from(c.rows)).sum()
}

/// A conjunction: perhaps a code, and for each partition a range or nothing.
fn direct_questions() -> Vec<BTreeMap<&'static str, Vec<String>>> {
    let mut random = Random(5);
    let question = |_| {
        let mut question = BTreeMap::new();
        if random.below(10) > 0 {
            question.insert("diagnosis", vec![format!("D{:03}", random.below(CODES))]);
        }
        for (name, size) in PARTITIONS {
            if random.below(2) == 0 {
                let from = random.below(size);
                let to = from + random.below(size - from);
                question.insert(name, (from..=to).map(|v| format!("{}{v:03}", &name[..1])).collect());
            }
        }
        question
    };
    (0..QUESTIONS).map(question).collect()
}

fn text_of(question: &BTreeMap<&'static str, Vec<String>>) -> String {
    let terms: Vec<String> = question.iter().map(|(d, values)| format!("{d} in ({})", values.join(", "))).collect();
    if terms.is_empty() { "everyone".into() } else { terms.join(" and ") }
}

fn time_direct(engine: &Engine, questions: &[BTreeMap<&'static str, Vec<String>>]) -> Result<Vec<Value>, Box<dyn Error>> {
    let (mut asking, mut preparing, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    for question in questions {
        let text = text_of(question);
        let started = Instant::now();
        let prepared = engine.prepare(&Query::parse(&text)?)?;
        preparing.push(started.elapsed());
        assert_eq!(prepared.method(), Method::Direct, "{text}");
        let numbers = engine.count(&prepared)?;
        let started = Instant::now();
        for _ in 0..CALLS {
            std::hint::black_box(engine.count(std::hint::black_box(&prepared))?);
        }
        asking.push(started.elapsed() / CALLS);
        asked.push(json!({"where": question, "lower": numbers.combined.records.lower, "upper": numbers.combined.records.upper}));
    }
    report("direct, parse to plan", &mut preparing);
    report("direct, plan to numbers", &mut asking);
    Ok(asked)
}

/// A random combination of up to three of the twelve most frequent codes, over sex and life stage.
fn program_question(random: &mut Random) -> String {
    let n = 1 + random.below(3);
    let mut codes: Vec<u32> = Vec::new();
    while codes.len() < n as usize {
        let code = random.below(12);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let terms: Vec<String> = codes
        .iter()
        .map(|c| if random.below(3) == 0 { format!("not diagnosis = D{c:03}") } else { format!("diagnosis = D{c:03}") })
        .collect();
    let codes = match random.below(3) {
        0 if n > 2 => format!("at least 2 of ({})", terms.join(", ")),
        1 => format!("({})", terms.join(" or ")),
        _ => terms.join(" and "),
    };
    let (from, sex) = (random.below(8), random.below(2));
    let to = from + random.below(8 - from);
    format!("sex = s{sex:03} and life_stage in l{from:03}..l{to:03} and {codes}")
}

fn time_programs(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let mut random = Random(9);
    let (mut times, mut all, mut shares) = (Vec::new(), Vec::new(), BTreeMap::new());
    for _ in 0..QUESTIONS {
        let prepared = engine.prepare(&Query::parse(&program_question(&mut random))?)?;
        let elapsed = time_one(engine, &prepared)?;
        *shares.entry(format!("{:?}", prepared.method())).or_insert(0) += 1;
        all.push(elapsed);
        if prepared.method() == Method::Program {
            times.push(elapsed);
        }
    }
    println!("up to three codes on 2 x 8 strata, six centres: answered {shares:?}");
    report("all of them", &mut all);
    report("programs", &mut times);
    Ok(())
}

fn time_one(engine: &Engine, prepared: &Prepared) -> Result<Duration, Box<dyn Error>> {
    let started = Instant::now();
    std::hint::black_box(engine.count(prepared)?);
    Ok(started.elapsed())
}

fn time_breakdown(engine: &Engine, release: &Path) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for code in 0..50 {
        let text = format!("diagnosis = D{:03} by centre, sex, life_stage, region", code * 20);
        let started = Instant::now();
        let prepared = engine.prepare(&Query::parse(&text)?)?;
        load(engine, release, &engine.needs(&prepared))?;
        let answer = engine.answer(&prepared)?;
        times.push(started.elapsed());
        assert_eq!(answer.by.map(|by| by.len()), Some(6 * 2 * 8 * 6));
    }
    report("breakdown by centre, sex, life_stage, region (576 keys), text to answer", &mut times);
    Ok(())
}

fn time_facets(engine: &Engine, release: &Path) -> Result<(), Box<dyn Error>> {
    let mut times = Vec::new();
    for from in 0..8 {
        let query = Query::parse(&format!("sex = s001 and life_stage in l{from:03}..l007"))?;
        let prepared = engine.prepare_facets(&query)?;
        load(engine, release, &engine.needs_of_facets(&prepared))?;
        for _ in 0..CALLS {
            let started = Instant::now();
            std::hint::black_box(engine.facets(&prepared)?);
            times.push(started.elapsed());
        }
    }
    report("facets of every value of every dimension, plan to numbers", &mut times);
    Ok(())
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() as f64 * share) as usize).min(times.len() - 1)].as_secs_f64() * 1e6;
    println!("{what}: p50 {:.1} us, p99 {:.1} us (n = {})", at(0.5), at(0.99), times.len());
}
