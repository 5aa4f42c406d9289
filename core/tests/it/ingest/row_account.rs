//! Rows read are rows counted and rows left out for a reason; and what a release says of it says nothing of a single row.

use std::collections::BTreeMap;

use ninzu::build::{BuildOptions, Key, Proof, build};
use ninzu::source::{Class, Mended, Reason, RowAccount};
use proptest::prelude::*;

use super::{Case, DIAGNOSES, DICTIONARY, OMOP, PERSONS, SPEC, files, names, with_any};

const DROP: &str = "kind = \"table\"\nbad_rows = \"drop\"\nbad_rows_limit = 1.0\n";

fn set(settings: &str) -> String {
    SPEC.replace("kind = \"table\"\n", settings)
}

fn case_with(diagnoses: &str) -> Case {
    Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", diagnoses), ("icd10.csv", DICTIONARY)])
}

/// A line of the table of diagnoses: good, bad in one of many ways, or none.
fn line() -> impl Strategy<Value = String> {
    let cell = |some: &'static [&'static str]| proptest::sample::select(some);
    let row = (
        cell(&["2", "10", "7", "2.0", "99", "", "NULL", "x"]),
        cell(&["A", "B", "Z", ""]),
        cell(&["E10", "E11", "E10-E14", "X99", ""]),
        cell(&["", "2015-03-01", "1990", "2001-02", "1900-01-01", "2109-01-01", "01/02/2003", "NA", "unknown"]),
    );
    let row = row.prop_map(|(person, centre, code, date)| format!("{person},{centre},{code},{date}"));
    let other =
        cell(&["", "  ", ",,,", "person_id,centre,icd10,first_date", "2,A,E10", "2,A,E10,,", "(3 rows)", "2,A,\"E10\",\"\""]);
    prop_oneof![6 => row, 1 => other.prop_map(str::to_owned)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_counted_or_left_out_for_a_reason(
        lines in proptest::collection::vec(line(), 0..40),
        end in proptest::sample::select(vec!["\n", "\r\n", ""]),
        undated in any::<bool>(),
    ) {
        let mut text = format!("person_id,centre,icd10,first_date\n{}", lines.join("\n"));
        text.push_str(end);
        let undated = if undated { "bad_dates = \"undated\"\nunknown_dates = [\"1900-01-01\", \"unknown\"]\n" } else { "" };
        let (population, report) = case_with(&text).ingest(&set(&format!("{DROP}{undated}"))).unwrap();
        let table = report.table("diagnosis").unwrap();
        let full = lines.iter().filter(|line| !line.trim().is_empty()).count() as u64;
        prop_assert_eq!(table.rows, full, "{}\n{:?}", text, table);
        prop_assert_eq!(table.rows, table.counted + table.all_left_out(), "{}\n{:?}", text, table);
        prop_assert_eq!(table.records() + table.left_out.iter().filter(|(reason, _)| !reason.is_loss()).map(|(_, n)| n).sum::<u64>(), full);
        // Whoever has codes has a row that is counted, and no row is counted for nobody.
        prop_assert_eq!(with_any(&population.records[0]) > 0, table.counted > 0);
        prop_assert_eq!(report.table("base").unwrap().counted as usize, population.len());
        // Stopping stops exactly where dropping loses something.
        let stopped = case_with(&text).ingest(&set(&format!("kind = \"table\"\n{undated}")));
        let stops = table.left_out.keys().any(|reason| reason.class() != Class::Rule);
        prop_assert_eq!(stopped.is_err(), stops, "{}\n{:?}", text, table);
    }

    #[test]
    fn a_published_share_is_true_and_coarse(records in 1_u64..100_000, lost in 0_u64..100_000, base in 1_u64..20) {
        let lost = lost.min(records);
        let account = |lost: u64| {
            let mut account = RowAccount::default();
            (account.rows, account.counted) = (records, records - lost);
            account.left_out = BTreeMap::from([(Reason::UnknownPerson, lost)]);
            account
        };
        let step = account(lost).lost_percent(base);
        prop_assert!([0, 1, 2, 5, 10, 25, 100].contains(&step));
        prop_assert!(lost * 100 <= u64::from(step) * records, "{lost} of {records} are more than {step} %");
        prop_assert_eq!(step == 0, lost == 0);
        // One row more or less inside a bucket changes nothing.
        if lost > 0 && !lost.is_multiple_of(base) && lost < records {
            prop_assert_eq!(account(lost + 1).lost_percent(base), step);
        }
    }
}

#[test]
fn a_build_stops_where_too_much_would_be_lost_whatever_the_spec_drops() {
    let bad = DIAGNOSES.replace("2001-02-27", "1999-12-31").replace("2,B,E10", "2,B,X99");
    let drop = "kind = \"table\"\nbad_rows = \"drop\"\n";
    let error = case_with(&bad).error(&set(drop));
    assert_eq!(
        error.message(),
        "diagnoses.csv: 2 of 6 rows (33.3 %) would be lost, and the limit is 1 %: 1 (first in line 6): has a code that the \
         dictionary does not list; 1 (first in line 2): is a date before the person's birth"
    );
    assert!(error.hint().unwrap().contains("bad_rows_limit = 0.34"), "{error:?}");
    for (limit, passes) in
        [("0.34", true), ("0.33", false), ("{ diagnosis = 0.34 }", true), ("{ base = 0.34 }", false), ("0", false)]
    {
        let spec = set(&format!("{drop}bad_rows_limit = {limit}\n"));
        assert_eq!(case_with(&bad).ingest(&spec).is_ok(), passes, "{limit}");
    }
    for limit in ["2", "-0.1", "{ diagnoses = 0.5 }"] {
        assert!(case_with(DIAGNOSES).ingest(&set(&format!("{drop}bad_rows_limit = {limit}\n"))).is_err(), "{limit}");
    }
}

#[test]
fn a_record_without_a_date_that_can_be_true_keeps_its_code_and_has_no_onset() {
    // Not a date, before birth, after the reference date, a stand-in: the codes stay, their onsets go, also the parent's.
    for date in ["01.03.2015", "1850-01-01", "2109-03-01", "1900-01-01"] {
        let bad = DIAGNOSES.replace("10,A,E11,2015-03-01", &format!("10,A,E11,{date}"));
        let spec = set("kind = \"table\"\nbad_dates = \"undated\"\nunknown_dates = [\"1900-01-01\"]\n");
        let (population, report) = case_with(&bad).ingest(&spec).unwrap();
        // The lost date may have been the first of all: only E10 has an onset that is sure.
        assert_eq!(names(&population, 2), ["*", "E10-E14", "E10", "E10@infancy", "E11"], "{date}");
        let expected = if date == "1900-01-01" { Mended::UnknownDate } else { Mended::BadDate };
        let table = report.table("diagnosis").unwrap();
        assert_eq!(table.mended, [(expected, 1)].into(), "{date}");
        assert_eq!(table.counted, 6);
        // A dimension has the last word.
        let own = spec.replace("code = \"icd10\"\n", "code = \"icd10\"\nbad_dates = \"bad\"\n");
        assert_eq!(case_with(&bad).ingest(&own).is_ok(), date == "1900-01-01");
    }
    let error = case_with(&DIAGNOSES.replace("2015-03-01", "1850-01-01")).error(SPEC);
    assert!(error.hint().unwrap().contains("bad_dates = \"undated\""), "{error:?}");
}

#[test]
fn a_birth_date_that_cannot_be_true_loses_the_life_stage_only() {
    let persons = PERSONS.replace("2000-02-29", "2109-02-29").replace("7,A,,", "7,A,,31/12/1999");
    let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    let (population, report) = case.ingest(&set("kind = \"table\"\nbad_dates = \"undated\"\n")).unwrap();
    assert_eq!(population.len(), 4);
    assert_eq!(report.table("base").unwrap().mended, [(Mended::BadDate, 2)].into());
    assert_eq!(names(&population, 2), ["*", "E10-E14", "E10", "E11"]);
}

#[test]
fn equal_rows_of_a_person_count_once() {
    let twice = format!("{PERSONS}10,A,female,2000-02-29\n2,B,male,1950-06-15\n10.0,A,female,2000/2/29\n");
    let case = Case::new(&[("persons.csv", &twice), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    // They are nobody's loss: no limit speaks of them.
    let (population, report) = case.ingest(&set("kind = \"table\"\nbad_rows = \"drop\"\nbad_rows_limit = 0\n")).unwrap();
    let (expected, _) = Case::new(&files()).ingest(SPEC).unwrap();
    super::same(&expected, &population);
    let table = report.table("base").unwrap();
    assert_eq!((table.rows, table.counted, table.left_out[&Reason::Repeated], table.lost()), (7, 4, 3, 0));
}

#[test]
fn records_without_a_concept_are_told_or_count_as_any_code() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507.0,1980\n2,8532,1990.0\n3,8532,1990\n";
    let conditions =
        "person_id,condition_concept_id,condition_start_date\n1,0,2000-01-01\n1,201826.0,2001-01-01\n2,,2000-01-01\n";
    let case =
        Case::new(&[("person.csv", person), ("condition_occurrence.csv", conditions), ("death.csv", "person_id,death_date\n")]);
    let (population, report) = case.ingest(OMOP).unwrap();
    assert_eq!(report.table("diagnosis").unwrap().left_out, [(Reason::Unmapped, 2)].into());
    assert_eq!(with_any(&population.records[0]), 1);
    assert!(report.notes.iter().any(|note| note.words(ninzu::Language::En).contains("death.csv")), "{:?}", report.notes);
    let any = OMOP.replace("centre = \"NCC\"", "centre = \"NCC\"\nunmapped = \"any\"");
    let (population, report) = case.ingest(&any).unwrap();
    assert_eq!([0, 1, 2].map(|p| names(&population, p)), [vec!["*", "201826", "201826@aya"], vec!["*"], vec![]]);
    assert_eq!(report.table("diagnosis").unwrap().mended, [(Mended::Unmapped, 2)].into());
    let stop = OMOP.replace("centre = \"NCC\"", "centre = \"NCC\"\nunmapped = \"stop\"");
    assert!(case.error(&stop).message().starts_with("condition_occurrence.csv, line 2, column \"condition_concept_id\" has no"));
}

/// Two sources in the same buckets, one row apart among those left out, give the same release: the share that it tells is a
/// function of buckets as every count is.
#[test]
fn a_release_says_no_more_of_rows_left_out_than_a_bucket() {
    let all = |rows: Vec<String>| rows.concat();
    let sex = |i: usize| ["male", "female"][i % 2];
    let persons = all((0..600).map(|i| format!("{i},A,{},1980-01-01\n", sex(i))).collect());
    let diagnoses = |lost: usize| -> String {
        let rows = |from: usize, to: usize| all((from..to).map(|i| format!("{i},A,E10,2001-01-01\n")).collect());
        format!("person_id,centre,icd10,first_date\n{}{}", rows(0, 400), rows(9_000, 9_000 + lost))
    };
    let released = |lost: usize| {
        let persons = format!("person_id,centre,sex,birth_date\n{persons}");
        let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", &diagnoses(lost)), ("icd10.csv", DICTIONARY)]);
        std::fs::write(case.path("spec.toml"), set("kind = \"table\"\nbad_rows = \"drop\"\nbad_rows_limit = 0.05\n")).unwrap();
        let options =
            BuildOptions { key: Key::new([7; 32]), proof: Proof::Unaudited, previous: Vec::new(), private_report: None };
        build(&case.path("spec.toml"), &options, &case.path("out"), &()).unwrap();
        std::fs::read_to_string(case.path("out/datapackage.json")).unwrap()
    };
    let [three, four, none] = [3, 4, 0].map(released);
    assert_eq!(three, four);
    assert_ne!(three, none);
    let share = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["ninzu"]["left_out_percent"].clone();
    assert_eq!(share(&three), serde_json::json!({"base": 0, "diagnosis": 5}));
    assert_eq!(share(&none), serde_json::json!({"base": 0, "diagnosis": 0}));
}
