//! Cells mean the same in CSV and Parquet, however they are written; and codes are no numbers.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use ninzu::source::{Mended, Note, Population};
use parquet::arrow::ArrowWriter;

use super::{Case, DICTIONARY, SPEC, names, same};

const DIAGNOSES: &str = "person_id,centre,icd10,first_date\n10,A,E10,2001-02-27\n2,A,E11,1990-01-01\n2,B,E10,\n";
const PERSONS: &str = "person_id,centre,sex,birth_date\n2,A,male,1950-06-15\n10,A,female,2000-02-29\n2,B,male,1950-06-15\n";

fn read(persons: &str, diagnoses: &str, spec: &str) -> (Population, ninzu::source::IngestReport) {
    let case = Case::new(&[("persons.csv", persons), ("diagnoses.csv", diagnoses), ("icd10.csv", DICTIONARY)]);
    case.ingest(spec).unwrap()
}

#[test]
fn the_way_a_cell_is_written_changes_no_count() {
    let (expected, _) = read(PERSONS, DIAGNOSES, SPEC);
    let floats = PERSONS.replace("\n2,", "\n2.0,").replace("\n10,", "\n10.0,");
    let slashes = PERSONS.replace("1950-06-15", "1950/6/15").replace("2000-02-29", "20000229");
    for persons in [&floats, &slashes] {
        same(&expected, &read(persons, DIAGNOSES, SPEC).0);
    }
    let records =
        DIAGNOSES.replace("2001-02-27", "27-FEB-2001").replace("1990-01-01", "1990年1月1日").replace("E10,\n", "E10,NULL\n");
    let (population, report) = read(PERSONS, &records, SPEC);
    same(&expected, &population);
    assert_eq!(report.table("diagnosis").unwrap().mended, [(Mended::NullWord, 1)].into());
}

#[test]
fn parquet_of_floats_and_integers_means_the_same() {
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    let (expected, _) = case.ingest(SPEC).unwrap();
    let text = |cells: [Option<&str>; 3]| Arc::new(StringArray::from(cells.to_vec())) as ArrayRef;
    let persons: [(&str, ArrayRef); 4] = [
        ("person_id", Arc::new(Float64Array::from(vec![2.0, 10.0, 2.0]))),
        ("centre", text([Some("A"), Some("A"), Some("B")])),
        ("sex", text([Some("male"), Some("female"), Some("male")])),
        ("birth_date", Arc::new(Int64Array::from(vec![19_500_615, 20_000_229, 19_500_615]))),
    ];
    let diagnoses: [(&str, ArrayRef); 4] = [
        ("person_id", Arc::new(Int32Array::from(vec![10, 2, 2]))),
        ("centre", text([Some("A"), Some("A"), Some("B")])),
        ("icd10", text([Some("E10"), Some("E11"), Some("E10")])),
        ("first_date", Arc::new(Float64Array::from(vec![Some(20_010_227.0), Some(19_900_101.0), None]))),
    ];
    for (name, columns) in [("persons.parquet", persons), ("diagnoses.parquet", diagnoses)] {
        let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
        let mut writer = ArrowWriter::try_new(File::create(case.path(name)).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
    same(
        &expected,
        &case.ingest(&SPEC.replace("persons.csv", "persons.parquet").replace("diagnoses.csv", "diagnoses.parquet")).unwrap().0,
    );
}

#[test]
fn values_written_as_decimals_and_words_for_nothing_are_understood() {
    let spec = SPEC.replace("[\"female\", \"male\"]", "[\"1\", \"2\", \"NA\"]");
    let persons = PERSONS.replace("female", "2.0").replace("A,male", "A,1").replace("B,male", "B,NA");
    let value = |spec: &str, persons: &str, person: usize| {
        let (population, _) = read(persons, DIAGNOSES, spec);
        population.dimensions.get(0).dictionary.name(population.partitions[0][person]).to_owned()
    };
    assert_eq!([0, 1, 2].map(|p| value(&spec, &persons, p)), ["1", "2", "NA"]);
    let spec = spec.replace(", \"NA\"]", "]");
    assert_eq!(value(&spec, &persons, 2), "unknown");
    let own = spec.replace("person = \"person_id\"", "person = \"person_id\"\nnull = [\"-99\"]");
    assert_eq!(value(&own, &persons.replace(",NA,", ",-99,"), 2), "unknown");
    let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    assert!(case.error(&own).message().contains("a value that the spec does not list"));
}

#[test]
fn codes_stay_what_they_are() {
    let codes = ["NA", "T", "null", "1E10", "0012", "12", "12.0", "\\N"];
    let rows = codes.map(|code| format!("10,A,{code},\n")).concat();
    let spec = SPEC.replace("dictionary = \"icd10.csv\"\n", "");
    let (population, report) = read(PERSONS, &format!("person_id,centre,icd10,first_date\n{rows}"), &spec);
    let mut found: Vec<&str> = names(&population, 1);
    found.retain(|&code| code != "*");
    found.sort_unstable();
    let mut expected = codes.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    // What looks strange is told, and counted all the same.
    let is_told = |of: fn(&Note) -> bool| report.notes.iter().any(of);
    assert!(
        is_told(|note| matches!(note, Note::Spellings { groups: 1, examples, .. } if examples[0] == ["12 (A)", "0012 (A)"])),
        "{:?}",
        report.notes
    );
    assert!(is_told(|note| matches!(note, Note::NullCodes { codes, .. } if codes.contains(&"NA".to_owned()))));
    // A word that the spec lists is no code.
    let none = spec.replace("code = \"icd10\"\n", "code = \"icd10\"\nnull = [\"NA\"]\n");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &format!("person_id,centre,icd10,first_date\n{rows}"))]);
    assert_eq!(case.error(&none).message(), "diagnoses.csv, line 2, column \"icd10\" has no code");
}

#[test]
fn a_month_of_birth_is_read_as_omop_reads_it() {
    // Records of that month may be true, and lie in the first stage.
    let persons = PERSONS.replace("2000-02-29", "2001-02").replace("1950-06-15", "1950");
    let records = DIAGNOSES.replace("1990-01-01", "1990");
    let (population, report) = read(&persons, &records, SPEC);
    assert_eq!(names(&population, 1), ["*", "E10-E14", "E10-E14@perinatal", "E10", "E10@perinatal"]);
    // Born on 1 July 1950, a record on 1 July 1990: the 40th birthday.
    assert_eq!(names(&population, 0), ["*", "E10-E14", "E10-E14@adulthood", "E11", "E11@adulthood"]);
    assert_eq!(report.table("base").unwrap().mended, [(Mended::PartOfDate, 3)].into());
    let case = Case::new(&[
        ("persons.csv", &persons),
        ("diagnoses.csv", &records.replace("2001-02-27", "2001-01")),
        ("icd10.csv", DICTIONARY),
    ]);
    assert!(case.error(SPEC).message().contains("a date before the person's birth"));
}

#[test]
fn nobody_is_too_old_without_a_word() {
    let old = PERSONS.replace("1950-06-15", "1900-01-01");
    let stage = |population: &Population| population.dimensions.get(1).dictionary.name(population.partitions[1][0]).to_owned();
    let (population, report) = read(&old, DIAGNOSES, SPEC);
    assert_eq!(stage(&population), "late_old_age");
    let note = report.notes.iter().find(|note| matches!(note, Note::TooOld { .. })).unwrap();
    assert!(
        matches!(note, Note::TooOld { people: 2, with_it: 2, birth, is_unknown: false, .. } if birth == "1900-01-01"),
        "{note:?}"
    );
    for setting in ["too_old = \"unknown\"", "unknown_dates = [\"1900-01-01\"]"] {
        let (population, report) =
            read(&old, DIAGNOSES, &SPEC.replace("person = \"person_id\"", &format!("person = \"person_id\"\n{setting}")));
        assert_eq!(stage(&population), "unknown");
        assert_eq!(report.table("base").unwrap().mended.values().sum::<u64>(), 2);
    }
    let case = Case::new(&[("persons.csv", &old), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    let error = case.error(&SPEC.replace("person = \"person_id\"", "person = \"person_id\"\ntoo_old = \"stop\""));
    assert!(error.message().starts_with("persons.csv, line 2, column \"birth_date\""), "{error}");
    // Who is 120 is not older than 120.
    let (_, report) = read(&PERSONS.replace("1950-06-15", "1904-01-01"), DIAGNOSES, SPEC);
    assert!(report.notes.is_empty(), "{:?}", report.notes);
    // Nobody was born in the year 54.
    let case = Case::new(&[
        ("persons.csv", &PERSONS.replace("1950-06-15", "0054-06-15")),
        ("diagnoses.csv", DIAGNOSES),
        ("icd10.csv", DICTIONARY),
    ]);
    assert!(case.error(SPEC).message().contains("is not a date"));
}
