//! Profiles: what tables hold, and what is odd about them.

use std::collections::BTreeMap;
use std::fmt::Write;

use ninzu::source::{Profile, Reason, TextFormat, profile};

use super::{Case, DICTIONARY, OMOP, SPEC};

impl Case {
    fn profile(&self, spec: &str) -> Profile {
        let path = self.path("spec.toml");
        std::fs::write(&path, spec).unwrap();
        profile(&[path], &TextFormat::default(), &()).unwrap()
    }
}

/// People of two centres, the first `a` of them at A, all born on different days.
fn persons(a: usize, b: usize) -> String {
    let mut text = "person_id,centre,sex,birth_date,postcode\n".to_owned();
    for i in 0..a + b {
        let (centre, year, month) = (if i < a { "A" } else { "B" }, 1930 + i % 70, 1 + i % 12);
        writeln!(text, "{i},{centre},female,{year}-{month:02}-{:02},1234", 1 + i / 12 % 28).unwrap();
    }
    text
}

/// Without a dictionary, as a first spec is.
fn flat() -> String {
    SPEC.replace("dictionary = \"icd10.csv\"\n", "")
}

#[test]
fn spellings_are_told_with_the_centres_where_they_are_used() {
    let mut diagnoses = "person_id,centre,icd10,first_date\n".to_owned();
    for i in 0..40 {
        writeln!(diagnoses, "{i},A,{},2015-01-{:02}", if i % 2 == 0 { "E10.9" } else { "I10" }, 1 + i % 28).unwrap();
    }
    for i in 40..70 {
        writeln!(diagnoses, "{i},B,E109,2015-02-{:02}", 1 + i % 28).unwrap();
    }
    let case = Case::new(&[("persons.csv", &persons(40, 30)), ("diagnoses.csv", &diagnoses)]);
    let found = case.profile(&flat());
    let [group] = &found.spellings[..] else { panic!("{:?}", found.spellings) };
    let told: Vec<(&str, Vec<(&str, u64)>)> = group
        .spellings
        .iter()
        .map(|s| (s.code.as_str(), s.people.iter().map(|(centre, &people)| (centre.as_str(), people)).collect()))
        .collect();
    assert_eq!(told, [("E10.9", vec![("A", 20)]), ("E109", vec![("B", 30)])]);
    let note = found.notes.iter().find(|note| note.en.contains("E10.9 (A) / E109 (B)"));
    assert!(note.is_some_and(|note| note.ja.contains("E109 (B)")), "{:?}", found.notes);
}

#[test]
fn codes_that_the_dictionary_spells_otherwise_are_told() {
    let diagnoses = "person_id,centre,icd10,first_date\n0,A,E10,2015-01-01\n1,A,e1.0,2015-01-02\n2,A,X99,2015-01-03\n";
    let case = Case::new(&[("persons.csv", &persons(5, 5)), ("diagnoses.csv", diagnoses), ("icd10.csv", DICTIONARY)]);
    let found = case.profile(SPEC);
    let [group] = &found.spellings[..] else { panic!("{:?}", found.spellings) };
    let told: Vec<(&str, bool)> = group.spellings.iter().map(|s| (s.code.as_str(), s.is_left_out)).collect();
    assert_eq!(told, [("E10", false), ("e1.0", true)]);
}

#[test]
fn no_row_stops_a_profile_and_every_row_is_accounted_for() {
    let diagnoses = "person_id,centre,icd10,first_date\n0,A,E10,2015-01-01\n99,A,E10,2015-01-01\n1,A,X99,\n2,A,E11,2109-01-01\n";
    let case = Case::new(&[("persons.csv", &persons(5, 5)), ("diagnoses.csv", diagnoses), ("icd10.csv", DICTIONARY)]);
    assert!(case.ingest(SPEC).is_err());
    let found = case.profile(SPEC);
    let table = found.tables.iter().find(|table| table.table == "diagnosis").unwrap();
    assert_eq!((table.rows, table.counted), (4, 1));
    let reasons = BTreeMap::from([(Reason::UnknownPerson, 1), (Reason::UnknownCode, 1), (Reason::AfterReference, 1)]);
    assert_eq!(table.left_out, reasons);
    let [dates] = &found.dates[..] else { panic!("{:?}", found.dates) };
    assert_eq!(
        (dates.dates, dates.earliest.as_str(), dates.latest.as_str(), dates.after_today),
        (2, "2015-01-01", "2109-01-01", 1)
    );
    assert!(found.notes.iter().any(|note| note.en.contains("1 dates in first_date lie after today, the latest is 2109-01-01")));
    assert_eq!(found.unread_columns[0].columns, ["postcode"]);
}

#[test]
fn a_day_that_stands_for_unknown_is_told() {
    let mut diagnoses = "person_id,centre,icd10,first_date\n".to_owned();
    for i in 0..400 {
        let day =
            if i % 4 == 0 { "1970-01-01".to_owned() } else { format!("20{:02}-{:02}-{:02}", i % 20, 1 + i % 12, 1 + i % 28) };
        writeln!(diagnoses, "{},A,E10,{day}", i % 40).unwrap();
    }
    let persons = persons(40, 5).replace(",19", ",18");
    let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("icd10.csv", DICTIONARY)]);
    let found = case.profile(&SPEC.replace("kind = \"table\"\n", "kind = \"table\"\noldest = 200\n"));
    let peaks: Vec<(&str, u64)> = found.dates[0].peaks.iter().map(|peak| (peak.day.as_str(), peak.dates)).collect();
    assert_eq!(peaks, [("1970-01-01", 100)]);
    assert!(
        found.notes.iter().any(|note| note.en.contains("100 of 400 dates in first_date are 1970-01-01")),
        "{:?}",
        found.notes
    );
}

#[test]
fn the_greatest_ages_are_told() {
    let persons =
        "person_id,centre,sex,birth_date\n1,A,female,1920-12-31\n2,A,male,1921-01-01\n3,A,male,1921-06-01\n4,B,male,2000-01-01\n";
    let case = Case::new(&[
        ("persons.csv", persons),
        ("diagnoses.csv", "person_id,centre,icd10,first_date\n"),
        ("icd10.csv", DICTIONARY),
    ]);
    let ages: Vec<(u32, u64)> = case.profile(SPEC).oldest.iter().map(|age| (age.years, age.people)).collect();
    assert_eq!(ages, [(104, 1), (103, 2), (24, 1)]);
}

#[test]
fn tables_without_a_spec_are_profiled_by_the_first_one() {
    let diagnoses = "person_id,centre,icd10,first_date\n0,A,E10,2015-01-01\n";
    let case = Case::new(&[("persons.csv", &persons(5, 5)), ("diagnoses.csv", diagnoses)]);
    let found = profile(&[case.path("persons.csv"), case.path("diagnoses.csv")], &TextFormat::default(), &()).unwrap();
    assert_eq!(found.persons, 10);
    let found = profile(&[case.folder().to_owned()], &TextFormat::default(), &()).unwrap();
    assert_eq!(found.persons, 10);
}

#[test]
fn deaths_that_the_persons_contradict_are_told() {
    let person = "person_id,gender_concept_id,year_of_birth\n1,8507,1950\n2,8532,1960\n3,8532,1970\n4,8532,1980\n";
    let conditions = "person_id,condition_concept_id,condition_start_date
1,10,2000-01-01\n1,10,2010-01-02\n2,10,2005-01-01\n2,10,2006-01-01\n3,10,2020-01-01\n3,0,2024-01-01\n";
    let deaths = "person_id,death_date\n1,2010-01-02\n2,2004-12-31\n3,1969-12-31\n4,\n4,2015-01-01\n99,2000-01-01\n";
    let case = Case::new(&[("person.csv", person), ("condition_occurrence.csv", conditions), ("death.csv", deaths)]);
    let found = case.profile(OMOP);
    let deaths = found.deaths.as_ref().unwrap();
    assert_eq!((deaths.rows, deaths.people), (6, 4));
    assert_eq!((deaths.unknown, deaths.repeated, deaths.undated, deaths.before_birth), (1, 1, 1, 1));
    // A record on the day of death is none after it; a death before birth tells nothing of later records.
    assert_eq!(deaths.records_after, [("diagnosis".to_owned(), 2)].into());
    assert_eq!(deaths.people_after, 1);
    let note = found.notes.iter().find(|note| note.en.contains("records of 1 people after their death (diagnosis 2)"));
    assert!(note.is_some_and(|note| note.ja.contains("死亡日より後の記録がある人 1人")), "{:?}", found.notes);
    let table = found.tables.iter().find(|table| table.table == "diagnosis").unwrap();
    assert_eq!(table.left_out, [(Reason::Unmapped, 1)].into());
}
