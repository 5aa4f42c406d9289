//! Specs, life stages and reading tables.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use ninzu::source::{BadRows, CodeRecords, IngestReport, PairCodes, Population, Since, Spec, ValuesSpec, ingest};
use ninzu::{Error, Result};
use tempfile::TempDir;

use crate::files::folder;

mod cells;
mod csv;
mod impossible;
mod init;
mod missing;
mod observed;
mod omop;
mod profile;
mod refusals;
mod row_account;
mod scheme;
mod semantics;
mod vocabulary;

/// OMOP tables beside the spec, all of one centre.
const OMOP: &str = r#"
[release]
name = "cdm"
title = { en = "CDM", ja = "CDM" }
reference_date = 2024-12-31
[source]
kind = "omop"
path = "."
centre = "NCC"
[policy]
preset = "ohdsi"
"#;

/// A folder with files, and a spec over them.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        Self { folder: folder(files) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn ingest(&self, spec: &str) -> Result<(Population, IngestReport)> {
        let path = self.path("spec.toml");
        fs::write(&path, spec).unwrap();
        ingest(&Spec::read(&path)?, &())
    }

    fn error(&self, spec: &str) -> Error {
        self.ingest(spec).expect_err("this must be refused")
    }
}

/// Two centres, sex, life stage, and diagnoses with a hierarchy.
const SPEC: &str = r#"
[release]
name = "test"
title = { en = "Test", ja = "テスト" }
reference_date = 2024-12-31
[source]
kind = "table"
persons = "persons.csv"
person = "person_id"
centre = "centre"
[[centre]]
name = "A"
collects = ["diagnosis"]
[[centre]]
name = "B"
collects = ["diagnosis"]
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", "male"]
missing = "unknown"
[[dimension]]
name = "life_stage"
kind = "partition"
birth_date = "birth_date"
scheme = "jh"
missing = "unknown"
[[dimension]]
name = "diagnosis"
kind = "codes"
table = "diagnoses.csv"
code = "icd10"
date = "first_date"
dictionary = "icd10.csv"
[policy]
preset = "ndb"
"#;

const PERSONS: &str = "person_id,centre,sex,birth_date
2,A,male,1950-06-15
10,A,female,2000-02-29
2,B,male,1950-06-15
7,A,,
";

const DIAGNOSES: &str = "person_id,centre,icd10,first_date
10,A,E10,2001-02-27
10,A,E11,2015-03-01
2,A,E11,
2,A,E11,1990-01-01
2,B,E10,
7,A,E10,2020-01-01
";

const DICTIONARY: &str = "code,parent,label_en,label_ja
E10-E14,,Diabetes,糖尿病
E10,E10-E14,Type 1,1型
E11,E10-E14,Type 2,2型
";

fn files() -> [(&'static str, &'static str); 3] {
    [("persons.csv", PERSONS), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]
}

/// A person's codes of the first codes dimension, by name.
fn names(population: &Population, person: usize) -> Vec<&str> {
    let dimension = population.dimensions.all().iter().find(|d| d.kind == ninzu::model::Kind::Codes).unwrap();
    population.records[0].of(person).iter().map(|&id| dimension.dictionary.name(id)).collect()
}

fn same(a: &Population, b: &Population) {
    let dictionaries = |p: &Population| p.dimensions.all().iter().map(|d| d.dictionary.codes()).collect::<Vec<_>>();
    assert_eq!(dictionaries(a), dictionaries(b));
    assert_eq!(a.named_by_spec, b.named_by_spec);
    assert_eq!(a.centres, b.centres);
    assert_eq!(a.centre, b.centre);
    assert_eq!(a.partitions, b.partitions);
    assert_eq!(a.records, b.records);
}

/// How many persons have any code of a dimension.
fn with_any(records: &CodeRecords) -> usize {
    records.offsets.windows(2).filter(|w| w[1] > w[0]).count()
}

#[test]
fn every_pair_is_a_word() {
    let spec = |margins: &str| Spec::parse(&OMOP.replace("[policy]", &format!("[margins]\norder = 2\n{margins}\n[policy]")));
    let margins = |text: &str| spec(text).unwrap_or_else(|e| panic!("{text}: {e}")).margins;
    assert_eq!((margins("pairs = \"every\"").every_pair, margins("pairs = \"every\"").pair_order), (true, 0));
    assert_eq!(margins("pairs = \"every\"\npair_order = 1").pair_order, 1);
    assert_eq!((margins("").every_pair, margins("pairs = []").every_pair), (false, false));
    let some = margins("pairs = [{ of = [\"diagnosis\", \"drug\"], codes = \"every\" }]");
    assert_eq!((some.every_pair, some.pair_order, &some.pairs[0].codes), (false, 2, &PairCodes::Every));
    let wrong = spec("pairs = \"all\"").expect_err("no word for pairs");
    assert!(wrong.message().contains("\"every\" or a list"), "{wrong}");
    assert!(wrong.span().is_some(), "it says where");
}

#[test]
fn every_setting_of_a_spec_is_understood() {
    let spec = Spec::parse(
        r#"
[release]
name = "jh-demo"
title = { en = "Six centres, synthetic", ja = "6センター合成データ" }
reference_date = 2024-12-31
licence = "CC-BY-4.0"
sources = [{ title = "NDB Open Data" }]
[source]
kind = "table"
persons = "persons.parquet"
person = "person_id"
centre = "centre"
bad_rows = "drop"
[[centre]]
name = "NCCHD"
label = { en = "Child health", ja = "国立成育医療研究センター" }
collects = ["diagnosis", "specimen"]
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", { code = "male", label = { en = "male", ja = "男" } }]
[[dimension]]
name = "grade"
kind = "partition"
column = "tumour_grade"
values = ["1", "2", "3"]
ordered = true
missing = "unknown"
[[dimension]]
name = "life_stage"
kind = "partition"
birth_date = "birth_date"
bands = [{ code = "newborn", from = "0 days" }, { code = "child", from = "28 days" }, { code = "adult", from = 18 }]
[[dimension]]
name = "diagnosis"
kind = "codes"
table = "diagnoses.parquet"
code = "icd10"
date = "first_date"
dictionary = "icd10.csv"
[[dimension]]
name = "specimen"
kind = "codes"
table = "specimens.csv"
code = "material"
[margins]
order = 3
pairs = [{ of = ["diagnosis", "specimen"], codes = "top:12" }, { of = ["diagnosis", "diagnosis"], codes = ["E10", "I10", "G40"] }]
pair_order = 1
[policy]
preset = "ndb"
[[structural_zero]]
sex = "male"
diagnosis = "O00-O99"
"#,
    )
    .unwrap();
    assert_eq!(spec.rules.bad_rows, BadRows::Drop);
    assert_eq!(spec.margins.pairs[0].codes, PairCodes::Top(12));
    assert_eq!((spec.margins.order, spec.margins.pair_order, spec.margins.every_pair), (3, 1, false));
    assert_eq!(spec.policy.threshold(), 10);
    let ValuesSpec::Column { values, ordered, .. } = &spec.dimensions[1].values else { panic!("a column") };
    assert_eq!((values.last().unwrap().name.as_str(), *ordered), ("unknown", true));
    let ValuesSpec::Column { values, .. } = &spec.dimensions[0].values else { panic!("a column") };
    assert_eq!(values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>(), ["female", "male"]);
    let ValuesSpec::LifeStage { scheme, missing: None, .. } = &spec.dimensions[2].values else { panic!("life stages") };
    assert_eq!(scheme.bands()[1].since, Since::Days(28));
    assert_eq!(spec.release.reference_date, jiff::civil::date(2024, 12, 31));
}
