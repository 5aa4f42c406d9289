//! The first spec that `init` writes builds as it is.

use std::fs;

use ninzu::publish::{Spec, ingest, init};

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files};

#[test]
fn first_spec_builds_as_it_is() {
    let case = Case::new(&files());
    let text = init(&files().map(|(name, _)| case.path(name))).unwrap();
    let spec = Spec::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let (population, _) = ingest(&spec, &()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let named: Vec<&str> = spec.dimensions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(named, ["sex", "life_stage", "diagnosis"], "{text}");
    // The same but for the reference date, which is the latest date there is.
    let written = SPEC.replace("2024-12-31", "2020-01-01");
    let (expected, _) = case.ingest(&written).unwrap();
    assert_eq!(population.facts, expected.facts);
    assert_eq!(population.centre, expected.centre);
}

#[test]
fn centres_collect_what_they_have_rows_of() {
    let rows = DIAGNOSES.replace("2,B,E10,\n", "");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &rows), ("icd10.csv", DICTIONARY)]);
    let spec = Spec::parse(&init(&[case.folder().to_owned()]).unwrap()).unwrap();
    let collects: Vec<usize> = spec.centres.iter().map(|c| c.collects.as_ref().map_or(0, Vec::len)).collect();
    assert_eq!(collects, [1, 0]);
    assert!(ingest(&spec, &()).is_ok());
}

#[test]
fn omop_folder_gives_an_omop_spec() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507,1980\n";
    let case = Case::new(&[("person.csv", person)]);
    let text = init(&[case.folder().to_owned()]).unwrap();
    let (population, _) = ingest(&Spec::parse(&text).unwrap(), &()).unwrap();
    assert_eq!(population.len(), 1);
}

#[test]
fn files_without_persons_are_refused() {
    let case = Case::new(&[("icd10.csv", DICTIONARY)]);
    let error = init(&[case.path("icd10.csv")]).expect_err("no persons");
    assert!(error.hint().is_some());
    fs::write(case.path("note.md"), "nothing").unwrap();
    assert!(init(&[case.path("note.md")]).is_err());
}
