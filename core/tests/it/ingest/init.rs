//! The first spec that `init` writes builds as it is.

use std::fs;
use std::path::PathBuf;

use ninzu::source::{Spec, TextFormat, ingest, init};

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files};

fn first(files: &[PathBuf]) -> ninzu::Result<String> {
    init(files, &TextFormat::default())
}

#[test]
fn first_spec_builds_as_it_is() {
    let case = Case::new(&files());
    let text = first(&files().map(|(name, _)| case.path(name))).unwrap();
    let spec = Spec::parse(&text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let (population, _) = ingest(&spec, &()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let named: Vec<&str> = spec.dimensions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(named, ["sex", "life_stage", "diagnosis"], "{text}");
    // The same but for the reference date, which is the latest date there is.
    let written = SPEC.replace("2024-12-31", "2020-01-01");
    let (expected, _) = case.ingest(&written).unwrap();
    assert_eq!(population.records, expected.records);
    assert_eq!(population.centre, expected.centre);
}

#[test]
fn centres_collect_what_they_have_rows_of() {
    let rows = DIAGNOSES.replace("2,B,E10,\n", "");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &rows), ("icd10.csv", DICTIONARY)]);
    let spec = Spec::parse(&first(&[case.folder().to_owned()]).unwrap()).unwrap();
    let collects: Vec<usize> = spec.centres.iter().map(|c| c.collects.as_ref().map_or(0, Vec::len)).collect();
    assert_eq!(collects, [1, 0]);
    assert!(ingest(&spec, &()).is_ok());
}

#[test]
fn omop_folder_gives_an_omop_spec() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507,1980\n";
    let case = Case::new(&[("person.csv", person)]);
    let text = first(&[case.folder().to_owned()]).unwrap();
    let (population, _) = ingest(&Spec::parse(&text).unwrap(), &()).unwrap();
    assert_eq!(population.len(), 1);
}

#[test]
fn files_without_persons_are_refused() {
    let case = Case::new(&[("icd10.csv", DICTIONARY)]);
    let error = first(&[case.path("icd10.csv")]).expect_err("no persons");
    assert!(error.hint().is_some());
    fs::write(case.path("note.md"), "nothing").unwrap();
    assert!(first(&[case.path("note.md")]).is_err());
}

#[test]
fn the_reference_date_is_never_in_the_future_and_later_records_are_told() {
    let rows = DIAGNOSES.replace("2015-03-01", "2109-03-01").replace("1990-01-01", "1990/1/1");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &rows), ("icd10.csv", DICTIONARY)]);
    let text = first(&files().map(|(name, _)| case.path(name))).unwrap();
    assert!(text.contains("reference_date = 2020-01-01"), "{text}");
    assert!(text.contains("diagnoses.csv, line 3, column first_date is after today"), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("bad_rows") && line.contains("= \"drop\"")), "{text}");
}

#[test]
fn what_is_left_out_and_what_is_unusual_is_told() {
    let row = |i| format!("{i};female;{};{i:03};\n", if i == 7 { "?" } else { "1980/4/1" });
    let persons = format!("person_id;sex;birth_date;postcode;empty\n{}", (0..30).map(row).collect::<Vec<_>>().concat());
    let rows = "person_id\tcode\tnote\n1\tE10.9\tx\n2\tE109\ty\n3\te10.9\tz\n";
    let case = Case::new(&[("persons.csv", &persons), ("diagnoses.tsv", rows), ("sites.csv", "site,name\n1,x\n")]);
    let text = first(&["persons.csv", "diagnoses.tsv", "sites.csv"].map(|name| case.path(name))).unwrap();
    for said in [
        "persons.csv: cells are separated by ';'",
        "persons.csv, column birth_date: dates are written with slashes, the year first",
        "persons.csv, line 9, column birth_date is not a date",
        "persons.csv: column postcode is left out: 30 values are too many",
        "persons.csv: column empty is left out: all its cells are empty",
        "diagnoses.tsv: not used, code being the column of codes: note",
        "codes that differ only by a dot, width, case or padding are counted apart (groups: 1)",
        "sites.csv is left out: it has no column that names people",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(Spec::parse(&text).is_ok(), "{text}");
    let none = Case::new(&[("persons.csv", &PERSONS.replace("1950-06-15", "15/06/1950"))]);
    let text = first(&[none.path("persons.csv")]).unwrap();
    assert!(text.contains("birth_date is left out, and life stages with it: line 2 is not a date"), "{text}");
}

#[test]
fn an_encoding_is_asked_for_and_kept() {
    let persons = PERSONS.replace("female", "女性").replace("male", "男性");
    let case = Case::new(&files());
    fs::write(case.path("persons.csv"), encoding_rs::SHIFT_JIS.encode(&persons).0).unwrap();
    let files = files().map(|(name, _)| case.path(name));
    let error = first(&files).expect_err("the encoding is not known");
    assert!(error.hint().unwrap().contains("encoding"), "{error:?}");
    let text = init(&files, &TextFormat::encoded("cp932").unwrap()).unwrap();
    assert!(text.contains("encoding = \"shift_jis\"") && text.contains("女性"), "{text}");
    assert!(ingest(&Spec::parse(&text).unwrap(), &()).is_ok());
    assert!(TextFormat::encoded("cp9999").is_err());
}

#[test]
fn omop_tables_that_are_not_read_are_told_and_packed_ones_are_read() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507,1980\n";
    let case = Case::new(&[("death.csv", "person_id\n"), ("visit_occurrence.csv", "person_id\n")]);
    super::csv::write_packed(&case.path("PERSON.csv.gz"), person);
    fs::write(case.path("cdm_source.csv"), "cdm_source_name,cdm_source_abbreviation\nHospital X,HX\n").unwrap();
    let text = first(&[case.folder().to_owned()]).unwrap();
    for said in
        ["PERSON.csv.gz: it is packed with gzip", "death.csv is there and is not used", "visit_occurrence.csv", "centre = \"HX\""]
    {
        assert!(text.contains(said), "{said}\n{text}");
    }
    let (population, _) = ingest(&Spec::parse(&text).unwrap(), &()).unwrap();
    assert_eq!((population.len(), population.centres[0].name.as_str()), (1, "HX"));
}

#[test]
fn a_dictionary_of_icd_10_gets_the_list_of_what_nobody_can_have() {
    let case = Case::new(&files());
    let paths = files().map(|(name, _)| case.path(name));
    let text = first(&paths).unwrap();
    assert!(text.contains("\nstructural_zeros = \"icd10\""), "{text}");
    // Sexes by other names: the steward says which they are.
    fs::write(case.path("persons.csv"), PERSONS.replace("female", "w").replace("male", "m")).unwrap();
    let text = first(&paths).unwrap();
    assert!(text.contains("\n# structural_zeros = { list = \"icd10\", sex = \"sex\", female"), "{text}");
    assert!(Spec::parse(&text).is_ok(), "{text}");
    // Other codes get none.
    fs::write(case.path("icd10.csv"), DICTIONARY.replace("E1", "x-1")).unwrap();
    assert!(!first(&paths).unwrap().contains("structural_zeros"));
}
