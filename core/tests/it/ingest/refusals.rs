//! What is refused, and that the error says where and how to mend it.

use ninzu::ErrorKind;
use ninzu::source::{Reason, Spec};

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files};

/// Refused with these files instead of the sound ones.
fn refused(name: &str, text: &str) -> ninzu::Error {
    let mut files = files();
    for file in &mut files {
        if file.0 == name {
            file.1 = text;
        }
    }
    Case::new(&files.map(|(name, text)| (name, text))).error(SPEC)
}

#[test]
fn missing_column_lists_those_present() {
    let case = Case::new(&files());
    let error = case.error(&SPEC.replace("birth_date = \"birth_date\"", "birth_date = \"birthdate\""));
    assert_eq!(error.kind(), ErrorKind::InvalidSource);
    assert_eq!(error.message(), "persons.csv has no column \"birthdate\"");
    assert_eq!(error.hint(), Some("did you mean \"birth_date\"? the columns are person_id, centre, sex, birth_date"));
}

#[test]
fn unparsable_date_names_its_line() {
    let error = refused("diagnoses.csv", &DIAGNOSES.replace("2015-03-01", "01.03.2015"));
    assert_eq!(error.kind(), ErrorKind::InvalidSource);
    assert_eq!(error.message(), "diagnoses.csv, line 3, column \"first_date\" is not a date");
    assert!(error.hint().unwrap().contains("2024-12-31"));
}

#[test]
fn dates_before_birth_or_after_the_reference_date_are_refused() {
    let error = refused("diagnoses.csv", &DIAGNOSES.replace("2001-02-27", "1999-12-31"));
    assert_eq!(error.message(), "diagnoses.csv, line 2, column \"first_date\" is a date before the person's birth");
    let error = refused("diagnoses.csv", &DIAGNOSES.replace("2001-02-27", "2025-01-01"));
    assert_eq!(error.message(), "diagnoses.csv, line 2, column \"first_date\" is a date after the reference date");
}

#[test]
fn a_person_twice_with_other_cells_is_refused_even_when_dropping() {
    let twice = format!("{PERSONS}10,A,male,2000-02-29\n10,A,female,2000-02-28\n");
    let case = Case::new(&[("persons.csv", &twice), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", DICTIONARY)]);
    let error = case.error(&SPEC.replace("kind = \"table\"\n", "kind = \"table\"\nbad_rows = \"drop\"\n"));
    let said = "a person is listed twice at one centre, first in line 3 (2 such rows, which say something else of the person)";
    assert_eq!(error.message(), format!("persons.csv, line 6: {said}"));
}

#[test]
fn a_person_twice_with_equal_cells_is_refused_once_for_all() {
    let twice = format!("{PERSONS}10,A,female,2000-02-29\n2,B,male,1950-06-15\n");
    let error = refused("persons.csv", &twice);
    let said = "a person is listed twice at one centre, first in line 3 (2 such rows, each equal to the one before)";
    assert_eq!(error.message(), format!("persons.csv, line 6: {said}"));
    assert!(error.hint().unwrap().contains("bad_rows = \"drop\""));
}

#[test]
fn unknown_centre_is_refused() {
    let error = refused("persons.csv", &PERSONS.replace("2,B", "2,Z"));
    assert_eq!(error.message(), "persons.csv, line 4, column \"centre\" names a centre that the spec does not have");
}

#[test]
fn value_outside_the_spec_is_refused() {
    let error = refused("persons.csv", &PERSONS.replace("10,A,female", "10,A,f"));
    assert_eq!(error.message(), "persons.csv, line 3, column \"sex\" has a value that the spec does not list");
}

#[test]
fn person_outside_the_persons_table_is_refused() {
    let error = refused("diagnoses.csv", &format!("{DIAGNOSES}10,B,E10,\n"));
    assert_eq!(
        error.message(),
        "diagnoses.csv, line 8, column \"person_id\" names a person who is not in the persons table at that centre"
    );
}

#[test]
fn unknown_code_is_refused() {
    let error = refused("diagnoses.csv", &DIAGNOSES.replace("2,B,E10", "2,B,X99"));
    assert_eq!(error.message(), "diagnoses.csv, line 6, column \"icd10\" has a code that the dictionary does not list");
    assert!(!error.to_string().contains("X99"));
}

#[test]
fn record_at_a_centre_that_does_not_collect_is_refused() {
    let case = Case::new(&files());
    let error = case.error(&SPEC.replace("name = \"B\"\ncollects = [\"diagnosis\"]", "name = \"B\"\ncollects = []"));
    assert_eq!(
        error.message(),
        "diagnoses.csv, line 6, column \"icd10\" has a record for a centre that does not collect this dimension"
    );
}

#[test]
fn cycle_in_the_hierarchy_is_named() {
    let error = refused("icd10.csv", &format!("{DICTIONARY}E10-E14,E11,,\n"));
    assert_eq!(error.kind(), ErrorKind::InvalidSpec);
    assert!(error.message().contains("icd10.csv, line "), "{error}");
    assert!(error.message().contains("the hierarchy has a cycle: "), "{error}");
    let ring = ["E10-E14 < E11 < E10-E14", "E11 < E10-E14 < E11"];
    assert!(ring.iter().any(|ring| error.message().ends_with(ring)), "{error}");
}

#[test]
fn parent_that_is_not_listed_is_refused() {
    let error = refused("icd10.csv", &DICTIONARY.replace("E11,E10-E14", "E11,E1"));
    assert_eq!(error.kind(), ErrorKind::InvalidSpec);
    assert_eq!(error.message(), "icd10.csv, line 4: parent \"E1\" of code \"E11\" is not listed");
}

#[test]
fn empty_source_is_refused() {
    let error = refused("persons.csv", "person_id,centre,sex,birth_date\n");
    assert_eq!(error.message(), "persons.csv has no persons");
}

#[test]
fn ragged_rows_are_refused_with_their_line() {
    let error = refused("diagnoses.csv", &DIAGNOSES.replace("2,A,E11,\n", "2,A,E11\n"));
    assert_eq!(error.message(), "diagnoses.csv, line 4 has 3 cells, its header 4");
}

#[test]
fn dropped_rows_are_counted() {
    let bad = DIAGNOSES.replace("2001-02-27", "1999-12-31").replace("2,B,E10", "2,B,X99").replace("7,A,E10", "8,A,E10");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &bad), ("icd10.csv", DICTIONARY)]);
    let drop = "kind = \"table\"\nbad_rows = \"drop\"\nbad_rows_limit = { diagnosis = 0.5 }\n";
    let (population, report) = case.ingest(&SPEC.replace("kind = \"table\"\n", drop)).unwrap();
    assert_eq!(population.len(), 4);
    let table = report.table("diagnosis").unwrap();
    let dropped: Vec<(Reason, u64)> = table.left_out.iter().map(|(&reason, &count)| (reason, count)).collect();
    assert_eq!(dropped, [(Reason::UnknownPerson, 1), (Reason::UnknownCode, 1), (Reason::BeforeBirth, 1)]);
    assert_eq!((table.rows, table.counted), (6, 3));
    assert_eq!(super::with_any(&population.records[0]), 2);
}

/// The error of a spec's text, and the text it points at.
fn pointed(spec: &str) -> (ninzu::Error, String) {
    let error = Spec::parse(spec).expect_err("this must be refused");
    let at = error.span().map(|span| spec[span].to_owned()).unwrap_or_default();
    (error, at)
}

#[test]
fn threshold_below_two_is_refused() {
    let (error, at) = pointed(&SPEC.replace("preset = \"ndb\"", "threshold = 1\nbase = 10"));
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
    assert_eq!(error.message(), "threshold = 1 hides nothing");
    assert!(at.contains("[policy]") || at.contains("threshold"), "{at}");
    assert!(error.hint().is_some());
}

#[test]
fn spec_errors_point_at_the_text() {
    let (error, at) = pointed(&SPEC.replace("scheme = \"jh\"", "scheme = \"jp\""));
    assert_eq!((error.kind(), at.as_str()), (ErrorKind::InvalidSpec, "\"jp\""));
    let (error, at) = pointed(&SPEC.replace("code = \"icd10\"", "code = \"icd10\"\ncolour = \"red\""));
    assert_eq!((error.kind(), at.as_str()), (ErrorKind::InvalidSpec, "colour"));
    let (error, at) = pointed(&SPEC.replacen("[\"diagnosis\"]", "[\"diagnoses\"]", 1));
    assert_eq!((error.kind(), at.as_str()), (ErrorKind::UnknownName, "\"diagnoses\""));
    let (error, _) = pointed("[release");
    assert_eq!(error.kind(), ErrorKind::InvalidSpec);
}

#[test]
fn settings_without_effect_are_refused() {
    for (from, to, at) in [
        ("code = \"icd10\"", "code = \"icd10\"\nscheme = \"jh\"", "\"jh\""),
        ("scheme = \"jh\"", "scheme = \"jh\"\nvalues = [\"x\"]", "[\"x\"]"),
        ("code = \"icd10\"", "code = \"icd10\"\nmissing = \"unknown\"", "\"unknown\""),
        ("\"male\"]\nmissing = \"unknown\"", "\"male\", \"unknown\"]\nmissing = \"unknown\"", "\"unknown\""),
        ("person = \"person_id\"", "person = \"person_id\"\nmissing = { sex = \"unknown\" }", "{ sex = \"unknown\" }"),
        ("person = \"person_id\"", "person = \"person_id\"\nvocabulary = \"v\"", "\"v\""),
        ("[policy]", "[margins]\npair_order = 2\n[policy]", "2"),
    ] {
        let (error, pointed) = pointed(&SPEC.replace(from, to));
        assert_eq!(error.kind(), ErrorKind::InvalidSpec);
        assert!(error.message().contains("has no effect"), "{error}");
        assert_eq!(pointed, at);
    }
}
