//! Synthetic people: reproducible, plausible, and as many of each kind as the embedded figures say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use ninzu::ErrorKind;
use ninzu::model::{Code, Dictionary, Label};
use ninzu::synthetic::{GenerateOptions, GenerateSummary, generate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

const PERSONS: u64 = 60_000;
const TABLES: [(&str, &str, &str); 4] = [
    ("diagnoses.parquet", "icd10", "icd10.csv"),
    ("specimens.parquet", "specimen", "specimen.csv"),
    ("data.parquet", "data", "data.csv"),
    ("consent.parquet", "consent", "consent.csv"),
];

/// A row of `persons.parquet`.
struct Person {
    id: i64,
    centre: String,
    sex: Option<String>,
    birth: i32,
}

/// A row of a code table.
struct Record {
    id: i64,
    centre: String,
    code: String,
    date: Option<i32>,
}

struct People {
    folder: TempDir,
    summary: GenerateSummary,
    persons: Vec<Person>,
    /// In the order of `TABLES`.
    records: Vec<Vec<Record>>,
}

/// One population for all tests that only read.
static PEOPLE: LazyLock<People> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(&GenerateOptions { persons: PERSONS, seed: 1 }, &folder.path().join("people"), &()).unwrap();
    let path = folder.path().join("people");
    let mut persons = Vec::new();
    for batch in batches(&path.join("persons.parquet")) {
        let id = batch["person_id"].as_primitive::<Int64Type>();
        let birth = batch["birth_date"].as_primitive::<Date32Type>();
        let (centre, sex) = (batch["centre"].as_string::<i32>(), batch["sex"].as_string::<i32>());
        persons.extend((0..id.len()).map(|i| Person {
            id: id.value(i),
            centre: centre.value(i).to_owned(),
            sex: sex.is_valid(i).then(|| sex.value(i).to_owned()),
            birth: birth.value(i),
        }));
    }
    let records = TABLES.map(|(file, column, _)| records(&path.join(file), column)).into();
    People { folder, summary, persons, records }
});

impl People {
    fn births(&self) -> BTreeMap<i64, i32> {
        self.persons.iter().map(|p| (p.id, p.birth)).collect()
    }
}

fn records(path: &Path, column: &str) -> Vec<Record> {
    let mut records = Vec::new();
    for batch in batches(path) {
        let id = batch["person_id"].as_primitive::<Int64Type>();
        let (centre, code) = (batch["centre"].as_string::<i32>(), batch[column].as_string::<i32>());
        let date = batch.get("first_date").map(AsArray::as_primitive::<Date32Type>);
        records.extend((0..id.len()).map(|i| Record {
            id: id.value(i),
            centre: centre.value(i).to_owned(),
            code: code.value(i).to_owned(),
            date: date.and_then(|date| date.is_valid(i).then(|| date.value(i))),
        }));
    }
    records
}

fn batches(path: &Path) -> Vec<BTreeMap<String, arrow::array::ArrayRef>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let columns = |batch: arrow::record_batch::RecordBatch| {
        let names = batch.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        names.into_iter().zip(batch.columns().iter().cloned()).collect()
    };
    reader.map(|batch| columns(batch.unwrap())).collect()
}

/// The rows of a CSV text by column name.
fn csv_rows(text: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn dictionary(file: &str) -> Dictionary {
    let text = fs::read_to_string(PEOPLE.folder.path().join("people").join(file)).unwrap();
    let code = |row: BTreeMap<String, String>| Code {
        name: row["code"].clone(),
        parents: Some(row["parent"].clone()).filter(|p| !p.is_empty()).into_iter().collect(),
        label: Label { en: row["label_en"].clone(), ja: row["label_ja"].clone() },
    };
    Dictionary::new(csv_rows(&text).into_iter().map(code).collect()).unwrap()
}

/// The reference date of the steward's file, in days since 1970.
fn reference_day() -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(jiff::civil::date(2024, 12, 31)).unwrap().get_days()
}

/// Age in years at the reference date, to a day.
fn age(birth: i32) -> i32 {
    (reference_day() - birth) * 4 / 1461
}

#[test]
fn same_seed_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let make = |name: &str, seed: u64, threads: usize| {
        let out = folder.path().join(name);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // More than a wave of blocks on one thread, and a block that is not full.
        pool.install(|| generate(&GenerateOptions { persons: 30_000, seed }, &out, &())).unwrap();
        fs::read_dir(&out).unwrap().map(|e| e.unwrap()).map(|e| (e.file_name(), fs::read(e.path()).unwrap())).collect()
    };
    let one: BTreeMap<_, _> = make("one", 7, 1);
    assert_eq!(one.len(), 10);
    assert!(one == make("three", 7, 3), "threads change the bytes");
    let other = make("other", 8, 2);
    for (name, bytes) in one.iter().filter(|(name, _)| name.to_string_lossy().ends_with(".parquet")) {
        assert!(bytes != &other[name], "the seed does not change {}", name.display());
    }
    // Nothing temporary is left beside.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn summary_counts_rows() {
    assert_eq!(PEOPLE.summary.persons, PERSONS);
    assert_eq!(PEOPLE.summary.rows["persons.parquet"], PEOPLE.persons.len() as u64);
    for (table, records) in TABLES.iter().zip(&PEOPLE.records) {
        assert_eq!(PEOPLE.summary.rows[table.0], records.len() as u64);
    }
}

#[test]
fn strings_and_dates_read_as_such() {
    let path = PEOPLE.folder.path().join("people").join("diagnoses.parquet");
    let batch = batches(&path).remove(0);
    let types: Vec<_> = ["person_id", "centre", "icd10", "first_date"].map(|c| batch[c].data_type().clone()).into();
    assert_eq!(types, [DataType::Int64, DataType::Utf8, DataType::Utf8, DataType::Date32]);
}

#[test]
fn everybody_is_at_one_or_two_centres() {
    let mut centres: BTreeMap<i64, BTreeSet<&str>> = BTreeMap::new();
    for person in &PEOPLE.persons {
        assert!(centres.entry(person.id).or_default().insert(&person.centre), "person {} twice at a centre", person.id);
    }
    assert_eq!(centres.len() as u64, PERSONS);
    assert_eq!(centres.first_key_value().unwrap().0, &1);
    let two = centres.values().filter(|c| c.len() == 2).count();
    assert!(centres.values().all(|c| (1..=2).contains(&c.len())));
    let share = two as f64 / PERSONS as f64;
    assert!((0.08..=0.10).contains(&share), "{share} at two centres");
}

#[test]
fn two_centres_share_diagnoses() {
    let mut centres: BTreeMap<(i64, &str), BTreeSet<&str>> = BTreeMap::new();
    for record in &PEOPLE.records[0] {
        centres.entry((record.id, &record.code)).or_default().insert(&record.centre);
    }
    let at_both: BTreeSet<i64> = centres.iter().filter(|(_, c)| c.len() == 2).map(|(key, _)| key.0).collect();
    let two = PEOPLE.persons.len() as u64 - PERSONS;
    assert!(at_both.len() as f64 > 0.8 * two as f64, "{} of {two} share a diagnosis", at_both.len());
}

#[test]
fn codes_are_in_their_dictionary_once_for_each_person_and_centre() {
    let present: BTreeSet<(i64, &str)> = PEOPLE.persons.iter().map(|p| (p.id, p.centre.as_str())).collect();
    for (table, records) in TABLES.iter().zip(&PEOPLE.records) {
        let dictionary = dictionary(table.2);
        let mut seen = BTreeSet::new();
        for record in records {
            assert!(dictionary.id(&record.code).is_some(), "{} is not in {}", record.code, table.2);
            assert!(present.contains(&(record.id, &record.centre)), "{} of nobody", table.0);
            assert!(seen.insert((record.id, &record.centre, &record.code)), "{} twice", record.code);
        }
    }
}

#[test]
fn every_code_without_children_occurs() {
    // At 60,000 people the rarest conditions have about ten; a dictionary entry that nobody can have would be noise.
    for (table, records) in TABLES.iter().zip(&PEOPLE.records) {
        let dictionary = dictionary(table.2);
        let seen: BTreeSet<&str> = records.iter().map(|r| r.code.as_str()).collect();
        for id in (0..dictionary.len() as u32).filter(|&id| dictionary.children(id).is_empty()) {
            let name = dictionary.name(id);
            assert!(seen.contains(name), "{name} of {} never occurs", table.2);
        }
    }
}

#[test]
fn labels_are_in_both_languages() {
    for (_, _, file) in TABLES {
        for code in dictionary(file).codes() {
            assert!(!code.label.en.is_empty() && !code.label.ja.is_empty(), "{} lacks a label", code.name);
        }
    }
}

#[test]
fn dates_lie_between_birth_and_reference_date() {
    let births = PEOPLE.births();
    assert!(births.values().all(|&birth| (0..106).contains(&age(birth)) && birth <= reference_day()));
    let dated = PEOPLE.records[0].iter().filter_map(|r| r.date.map(|date| (r, date)));
    for (record, date) in dated.clone() {
        assert!((births[&record.id]..=reference_day()).contains(&date), "{} of person {}", record.code, record.id);
    }
    let undated = 1.0 - dated.count() as f64 / PEOPLE.records[0].len() as f64;
    assert!((0.02..0.04).contains(&undated), "{undated} without a date");
}

#[test]
fn adults_have_epilepsy_from_childhood() {
    let births = PEOPLE.births();
    let from_childhood = PEOPLE.records[0].iter().filter(|r| {
        let birth = births[&r.id];
        r.code.starts_with("G40") && age(birth) >= 20 && r.date.is_some_and(|date| date - birth < 15 * 365)
    });
    let at: BTreeMap<&str, usize> = from_childhood.fold(BTreeMap::new(), |mut at, r| {
        *at.entry(r.centre.as_str()).or_default() += 1;
        at
    });
    assert!(at["NCNP"] > 300, "{at:?}");
}

#[test]
fn pregnancy_is_of_women() {
    let male: BTreeSet<i64> = PEOPLE.persons.iter().filter(|p| p.sex.as_deref() == Some("male")).map(|p| p.id).collect();
    let pregnant: Vec<_> = PEOPLE.records[0].iter().filter(|r| r.code.starts_with('O')).collect();
    assert!(pregnant.len() > 100);
    assert!(pregnant.iter().all(|r| !male.contains(&r.id)));
}

#[test]
fn centres_have_the_ages_and_dimensions_of_the_spec() {
    let spec = fs::read_to_string(PEOPLE.folder.path().join("people").join("spec.toml")).unwrap();
    let spec: toml::Table = toml::from_str(&spec).unwrap();
    let mut omitted = 0;
    for centre in spec["centre"].as_array().unwrap() {
        let name = centre["name"].as_str().unwrap();
        let collects: Vec<&str> = centre["collects"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        for (dimension, records) in ["diagnosis", "specimen", "data", "consent"].iter().zip(&PEOPLE.records) {
            let any = records.iter().any(|r| r.centre == name);
            assert_eq!(any, collects.contains(dimension), "{dimension} at {name}");
            omitted += usize::from(!any);
        }
    }
    assert!(omitted > 0, "no centre leaves a dimension out");
    let share = |centre: &str, is: &dyn Fn(i32) -> bool| {
        let ages: Vec<i32> = PEOPLE.persons.iter().filter(|p| p.centre == centre).map(|p| age(p.birth)).collect();
        ages.iter().filter(|&&age| is(age)).count() as f64 / ages.len() as f64
    };
    assert!(share("NCCHD", &|age| age < 18) > 0.6);
    assert!(share("NCCHD", &|age| age >= 45) == 0.0);
    assert!(share("NCGG", &|age| age >= 65) > 0.95);
}

/// The mix of sexes and ages is that of the services, divided as the census, computed here a second time.
#[test]
fn sex_and_age_follow_the_figures() {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let census = csv_rows(include_str!("../../src/synthetic/data/census.csv"));
    let services = csv_rows(include_str!("../../src/synthetic/data/services.csv"));
    let centres = csv_rows(include_str!("../../src/synthetic/data/centres.csv"));
    let shares: f64 = centres.iter().map(|c| number(&c["share"])).sum();
    let mut expected: BTreeMap<(String, i32), f64> = BTreeMap::new();
    for centre in &centres {
        let mut mix: BTreeMap<(String, i32), f64> = BTreeMap::new();
        for row in services.iter().filter(|row| row["centre"] == centre["centre"]) {
            let inside = |age: f64| (number(&row["age_from"])..=number(&row["age_to"])).contains(&age);
            let bands: Vec<_> = census.iter().filter(|c| c["sex"] == row["sex"] && inside(number(&c["age_from"]))).collect();
            let all: f64 = bands.iter().map(|c| number(&c["persons"])).sum();
            for band in bands {
                let age = number(&band["age_from"]);
                if (number(&centre["age_from"])..=number(&centre["age_to"])).contains(&age) {
                    let users = number(&row["weight"]) * number(&row["persons"]) * number(&band["persons"]) / all;
                    *mix.entry((row["sex"].clone(), age as i32)).or_default() += users;
                }
            }
        }
        let all: f64 = mix.values().sum();
        for (key, users) in mix {
            *expected.entry(key).or_default() += number(&centre["share"]) / shares * users / all;
        }
    }
    let mut found: BTreeMap<(String, i32), f64> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for person in PEOPLE.persons.iter().filter(|p| seen.insert(p.id)) {
        if let Some(sex) = &person.sex {
            *found.entry((sex.clone(), age(person.birth) / 5 * 5)).or_default() += 1.0 / PERSONS as f64;
        }
    }
    let unknown = 1.0 - found.values().sum::<f64>();
    assert!((0.003..0.007).contains(&unknown), "{unknown} without a sex");
    for (key, share) in &expected {
        let found = found.get(key).copied().unwrap_or(0.0);
        assert!((found - share).abs() < 0.003, "{key:?}: expected {share}, found {found}");
    }
}

/// Conditions outside a centre's field are as common there as the figures say, in spite of co-morbidity.
#[test]
fn prevalence_follows_the_figures() {
    let mut at: BTreeMap<i64, Vec<&Person>> = BTreeMap::new();
    for person in &PEOPLE.persons {
        at.entry(person.id).or_default().push(person);
    }
    let rows = csv_rows(include_str!("../../src/synthetic/data/prevalence.csv"));
    let only_ncc: Vec<&Person> = at.values().filter(|p| p.len() == 1 && p[0].centre == "NCC").map(|p| p[0]).collect();
    let mut tested = 0;
    for code in ["I10", "E78", "E11", "N18", "I50", "I25", "M81", "M54", "K21", "F32", "J45", "I63"] {
        let has: BTreeSet<i64> = PEOPLE.records[0].iter().filter(|r| r.code.starts_with(code)).map(|r| r.id).collect();
        for row in rows.iter().filter(|row| row["code"] == code) {
            let (from, to): (i32, i32) = (row["age_from"].parse().unwrap(), row["age_to"].parse().unwrap());
            let of = |p: &&&Person| {
                (from..=to).contains(&age(p.birth)) && (row["sex"] == "*" || p.sex.as_deref() == Some(&row["sex"]))
            };
            let people: Vec<_> = only_ncc.iter().filter(of).collect();
            if people.len() < 400 {
                continue;
            }
            let n = people.len() as f64;
            let found = people.iter().filter(|p| has.contains(&p.id)).count() as f64 / n;
            let expected: f64 = row["prevalence"].parse().unwrap();
            // Four standard errors, and a tenth for co-morbidity that is levelled only approximately.
            let tolerance = 4.0 * (expected * (1.0 - expected) / n).sqrt() + 0.1 * expected;
            assert!((found - expected).abs() < tolerance, "{code} {from}-{to}: expected {expected}, found {found} of {n}");
            tested += 1;
        }
    }
    assert!(tested >= 20, "only {tested} figures tested");
}

/// Co-morbidity: the marginals hold, the pairs do not come out as independent.
#[test]
fn conditions_come_together() {
    let with = |code: &str| -> BTreeSet<i64> {
        let records = PEOPLE.records[0].iter().filter(|r| r.centre == "NCC" && r.code.starts_with(code));
        records.map(|r| r.id).collect()
    };
    let births = PEOPLE.births();
    let old: BTreeSet<i64> =
        PEOPLE.persons.iter().filter(|p| p.centre == "NCC").map(|p| p.id).filter(|id| age(births[id]) >= 70).collect();
    for (a, b) in [("E11", "N18"), ("I10", "E79"), ("I48", "I50")] {
        let (a, b) = (&(&with(a) & &old), &(&with(b) & &old));
        let (both, n) = ((a & b).len() as f64, old.len() as f64);
        let lift = both * n / (a.len() as f64 * b.len() as f64);
        assert!(lift > 1.1, "lift {lift}");
    }
}

#[test]
fn a_folder_with_content_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("people");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("mine.txt"), "mine").unwrap();
    let error = generate(&GenerateOptions { persons: 1, seed: 1 }, &out, &()).unwrap_err();
    assert!(error.hint().is_some() && error.message().contains("not empty"));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    fs::remove_file(out.join("mine.txt")).unwrap();
    let summary = generate(&GenerateOptions { persons: 1, seed: 1 }, &out, &()).unwrap();
    assert_eq!(summary.persons, 1);
    assert!(out.join("spec.toml").is_file());
}

#[test]
fn nobody_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = generate(&GenerateOptions { persons: 0, seed: 1 }, &folder.path().join("people"), &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidSpec);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
