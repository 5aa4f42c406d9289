//! A value may be missing where the spec says so; elsewhere its row is a bad row.

use ninzu::source::{Reason, Spec, TextFormat, ingest, init};

use super::{Case, DIAGNOSES, DICTIONARY, OMOP, PERSONS, SPEC};

const LINE: &str = "missing = \"unknown\"\n";

/// No value may be missing.
fn strict() -> String {
    SPEC.replace(LINE, "")
}

fn case(persons: &str) -> Case {
    let persons = persons.to_owned();
    Case::new(&[("persons.csv", &persons), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)])
}

fn values(case: &Case, spec: &str, dimension: usize) -> Vec<String> {
    let (population, _) = case.ingest(spec).unwrap();
    population.dimensions.get(dimension).dictionary.names().map(str::to_owned).collect()
}

/// Nobody's sex or birth date is missing.
fn whole() -> String {
    PERSONS.replace("7,A,,", "7,A,male,1990-01-01")
}

#[test]
fn a_partition_has_unknown_only_where_the_spec_says_it() {
    let case = case(&whole());
    for (spec, sex, stage) in [
        (strict(), false, false),
        (SPEC.to_owned(), true, true),
        (strict().replace("scheme = \"jh\"\n", &format!("scheme = \"jh\"\n{LINE}")), false, true),
        (strict().replace("\"male\"]", "\"male\", \"unknown\"]"), true, false),
    ] {
        let has = |dimension| values(&case, &spec, dimension).contains(&"unknown".to_owned());
        assert_eq!((has(0), has(1)), (sex, stage), "{spec}");
    }
}

#[test]
fn elsewhere_a_row_without_a_value_is_a_bad_row() {
    let said = |persons: &str, spec: &str| case(persons).error(spec);
    let error = said(PERSONS, &strict());
    let what = "has no value, or one that stands for none, and the spec does not say that it may be missing";
    // The first column that is read is that of the births.
    assert_eq!(error.message(), format!("persons.csv, line 5, column \"birth_date\" {what}"));
    assert!(error.hint().unwrap().contains("missing = \"unknown\""), "{error:?}");
    for cell in ["", "NA"] {
        let error = said(&whole().replace("7,A,male", &format!("7,A,{cell}")), &strict());
        assert_eq!(error.message(), format!("persons.csv, line 5, column \"sex\" {what}"));
    }
    let drop = "kind = \"table\"\nbad_rows = \"drop\"\nbad_rows_limit = { base = 0.25, diagnosis = 0.25 }\n";
    let (population, report) = case(PERSONS).ingest(&strict().replace("kind = \"table\"\n", drop)).unwrap();
    assert_eq!(population.len(), 3);
    assert_eq!(report.table("base").unwrap().left_out, [(Reason::NoValue, 1)].into());
    // Their records are of nobody then, and told as such.
    assert_eq!(report.table("diagnosis").unwrap().left_out, [(Reason::UnknownPerson, 1)].into());
    let less = strict().replace("kind = \"table\"\n", "kind = \"table\"\nbad_rows = \"drop\"\n");
    assert!(said(PERSONS, &less).message().contains("1 of 4 rows (25.0 %) would be lost"));
}

#[test]
fn a_birth_date_that_is_set_aside_needs_a_stage_for_it() {
    let set = |spec: &str, line: &str| spec.replace("kind = \"table\"\n", &format!("kind = \"table\"\n{line}\n"));
    let late = whole().replace("1990-01-01", "2109-01-01");
    let undated = "bad_dates = \"undated\"";
    assert!(case(&late).error(&set(&strict(), undated)).message().contains("a date after the reference date"));
    assert!(case(&late).ingest(&set(SPEC, undated)).is_ok());
    let stand_in = "unknown_dates = [\"1990-01-01\"]";
    assert!(case(&whole()).error(&set(&strict(), stand_in)).message().contains("stands for none"));
    assert!(case(&whole()).ingest(&set(SPEC, stand_in)).is_ok());
    let old = "too_old = \"unknown\"";
    let error = Spec::parse(&set(&strict(), old)).expect_err("no such stage");
    assert!(error.message().contains("a life stage that the spec does not have") && error.hint().is_some(), "{error}");
    assert!(Spec::parse(&set(SPEC, old)).is_ok());
}

#[test]
fn omop_tables_say_in_the_source_what_may_be_missing() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507,1980\n2,0,1990\n";
    let case = Case::new(&[("person.csv", person)]);
    let error = case.error(OMOP);
    assert!(error.message().starts_with("person.csv, line 3, column \"gender_concept_id\" has no value"), "{error}");
    let with = |setting: &str| OMOP.replace("centre = \"NCC\"\n", &format!("centre = \"NCC\"\n{setting}\n"));
    let sexes = values(&case, &with("missing = { sex = \"unknown\" }"), 0);
    assert_eq!(sexes, ["female", "male", "unknown"]);
    assert_eq!(values(&case, &with("missing = { sex = \"unknown\" }"), 1).len(), 8);
    assert_eq!(values(&case, &with("missing = { sex = \"unknown\", life_stage = \"unknown\" }"), 1).len(), 9);
    assert!(Spec::parse(&with("missing = { region = \"unknown\" }")).is_err());
    assert!(Spec::parse(&with("too_old = \"unknown\"")).is_err());
}

#[test]
fn the_first_spec_says_what_is_missing_exactly_where_something_is() {
    let first = |case: &Case, names: &[&str]| {
        let paths: Vec<_> = names.iter().map(|name| case.path(name)).collect();
        let text = init(&paths, &TextFormat::default()).unwrap();
        let spec = Spec::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert!(ingest(&spec, &()).is_ok(), "{text}");
        text
    };
    let names = ["persons.csv", "diagnoses.csv", "icd10.csv"];
    let count = |text: &str| text.matches("\nmissing = ").count();
    assert_eq!(count(&first(&case(PERSONS), &names)), 2);
    assert_eq!(count(&first(&case(&whole()), &names)), 0);
    for missing in ["7,A,,1990-01-01", "7,A,male,", "7,A,NA,1990-01-01"] {
        let text = first(&case(&PERSONS.replace("7,A,,", missing)), &names);
        assert_eq!(count(&text), 1, "{text}");
        assert!(text.contains("values = [\"female\", \"male\"]"), "{text}");
    }
    // A value that is in the rows is listed as it stands there.
    let text = first(&case(&PERSONS.replace("7,A,,", "7,A,unknown,1990-01-01").replace("10,A,female", "10,A,")), &names);
    assert!(text.contains("values = [\"female\", \"male\", \"unknown\"]") || text.contains("\"unknown\"]"), "{text}");
    assert_eq!(count(&text), 0, "{text}");
    for (gender, year, said) in [
        ("8507.0", "1980", ""),
        ("0", "1980", "missing = { sex = \"unknown\" }"),
        ("", "", "sex = \"unknown\", life_stage = \"unknown\""),
    ] {
        let person = format!("person_id,gender_concept_id,year_of_birth\n1,8532,1970\n2,{gender},{year}\n");
        let text = first(&Case::new(&[("person.csv", &person)]), &["."]);
        assert!(text.contains(said) && (!said.is_empty() || !text.contains("\nmissing")), "{text}");
    }
}
