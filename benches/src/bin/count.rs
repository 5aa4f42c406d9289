//! Counting all pairs of 1,000 codes over 10^6 persons: seconds, memory, cells and a checksum.
//!
//! `cargo run --release -p ninzu-benches --bin count -- [--persons N] [--write DIR]`; with `--write` the same rows go to
//! Parquet, where `python benches/count_duckdb.py DIR` counts them with DuckDB.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};

use ninzu::Centre;
use ninzu::build::{Counted, Counter};
use ninzu::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, MarginLayout};
use ninzu::source::{CodeRecords, Population};
use ninzu_benches::Random;
use parquet::arrow::ArrowWriter;

const CODES: u32 = 1_000;
const CENTRES: u32 = 6;
const SEXES: u32 = 2;
const STAGES: u32 = 8;

/// Persons, and one row for each distinct (person, code), by person.
struct Rows {
    centre: Vec<u32>,
    sex: Vec<u32>,
    stage: Vec<u32>,
    person: Vec<u32>,
    code: Vec<u32>,
}

/// The code of rank r is had by a share 0.62 / r^0.65 of the persons, independently; ranks are spread over the codes.
fn generate(persons: u32) -> Rows {
    let mut random = Random(1);
    let mut draw = |n| (0..persons).map(|_| random.below(n)).collect::<Vec<u32>>();
    let (centre, sex, stage) = (draw(CENTRES), draw(SEXES), draw(STAGES));
    let mut rows: Vec<u64> = Vec::new();
    for rank in 0..CODES {
        let code = rank * 617 % CODES;
        let share = SHARE / f64::from(rank + 1).powf(SLOPE);
        let mut person = 0_f64;
        loop {
            // Gaps between the persons who have a code are geometric.
            person += (random.unit().ln() / (-share).ln_1p()).floor();
            if person >= f64::from(persons) {
                break;
            }
            rows.push((person as u64) << 32 | u64::from(code));
            person += 1.0;
        }
    }
    rows.sort_unstable();
    let (person, code) = rows.iter().map(|row| ((row >> 32) as u32, *row as u32)).unzip();
    Rows { centre, sex, stage, person, code }
}

const SHARE: f64 = 0.62;
const SLOPE: f64 = 0.65;

fn dimension(name: &str, kind: Kind, len: u32) -> Result<Dimension, ninzu::Error> {
    let code = |id: u32| Code { name: format!("{name}{id}"), parents: Vec::new(), label: Label::default() };
    let dictionary = Dictionary::new((0..len).map(code).collect())?;
    Ok(Dimension { name: name.into(), label: Label::default(), kind, ordered: false, role: None, closed: false, dictionary })
}

fn population(rows: &Rows) -> Result<Population, ninzu::Error> {
    let dimensions = Dimensions::new(vec![
        dimension("sex", Kind::Partition, SEXES)?,
        dimension("stage", Kind::Partition, STAGES)?,
        dimension("code", Kind::Codes, CODES)?,
    ])?;
    let mut offsets = vec![0; rows.centre.len() + 1];
    for &person in &rows.person {
        offsets[person as usize + 1] += 1;
    }
    for person in 0..rows.centre.len() {
        offsets[person + 1] += offsets[person];
    }
    let centre = |c| Centre { name: format!("centre{c}"), label: Label::default(), collects: vec![2] };
    Ok(Population {
        dimensions,
        named_by_spec: vec![true; 3],
        centres: (0..CENTRES).map(centre).collect(),
        centre: rows.centre.clone(),
        partitions: vec![rows.sex.clone(), rows.stage.clone()],
        records: vec![CodeRecords { offsets, codes: rows.code.clone() }],
    })
}

fn write(rows: &Rows, dir: &Path) -> Result<(), Box<dyn Error>> {
    let save = |name: &str, columns: &[(&str, &Vec<u32>)]| -> Result<(), Box<dyn Error>> {
        let mut arrays = Vec::new();
        for (name, values) in columns {
            arrays.push((*name, Arc::new(UInt32Array::from((*values).clone())) as ArrayRef));
        }
        let batch = RecordBatch::try_from_iter(arrays)?;
        let mut writer = ArrowWriter::try_new(File::create(dir.join(name))?, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    };
    std::fs::create_dir_all(dir)?;
    let person = (0..rows.centre.len() as u32).collect();
    save("persons.parquet", &[("person", &person), ("centre", &rows.centre), ("sex", &rows.sex), ("stage", &rows.stage)])?;
    save("rows.parquet", &[("person", &rows.person), ("code", &rows.code)])
}

/// The process's greatest memory so far, where the system tells.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

/// The processor time of all threads so far in seconds, where the system tells (in ticks of 10 ms).
fn processor() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut persons, mut dir) = (1_000_000, None);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match (arg.as_str(), args.next()) {
            ("--persons", Some(n)) => persons = n.parse()?,
            ("--write", Some(path)) => dir = Some(PathBuf::from(path)),
            _ => return Err("usage: count [--persons N] [--write DIR]".into()),
        }
    }
    let rows = generate(persons);
    if let Some(dir) = dir {
        write(&rows, &dir)?;
    }
    println!("persons      {persons}");
    println!("rows         {}", rows.code.len());
    println!("memory       {} MB before counting", peak_mb().unwrap_or_default());

    let (began, idle) = (Instant::now(), processor());
    let population = population(&rows)?;
    println!("population   {:.3} s", began.elapsed().as_secs_f64());
    let counter = Counter::new(&population);
    println!("sorted       {:.3} s", began.elapsed().as_secs_f64());
    let layout = MarginLayout::new(&[SEXES, STAGES], 2);
    let pairs = counter.every_pair(2);
    let visit = |(cells, increments, checksum): &mut (u64, u64, u64), counted: Counted<'_>| {
        let [a, b] = pairs[counted.combination];
        let weight = 1 + u64::from(a) + 3 * u64::from(b) + 5 * counted.centre as u64;
        *increments += u64::from(counted.cells[0]);
        for (cell, &count) in counted.cells.iter().enumerate() {
            *cells += u64::from(count > 0);
            *checksum += u64::from(count) * (weight + 7 * cell as u64);
        }
    };
    let pieces = counter.pairs([2, 2], &pairs, &layout, Default::default, visit);
    let (cells, increments, checksum) =
        pieces.iter().fold((0, 0, 0), |sum: (u64, u64, u64), piece| (sum.0 + piece.0, sum.1 + piece.1, sum.2 + piece.2));
    let seconds = began.elapsed().as_secs_f64();
    println!("increments   {increments}");
    println!("cells        {cells}");
    println!("checksum     {checksum}");
    println!("peak memory  {} MB", peak_mb().unwrap_or_default());
    if let (Some(idle), Some(busy)) = (idle, processor()) {
        println!("processor    {:.2} s, all threads", busy - idle);
    }
    println!("seconds      {seconds:.3}");
    Ok(())
}
