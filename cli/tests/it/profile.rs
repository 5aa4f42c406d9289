//! What tables hold, before anything is made of them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::fixtures::{arg, ninzu};

/// A folder of OMOP tables of 90 people with everything that is odd, and a table of the steward's own beside.
fn odd(folder: &Path) -> PathBuf {
    let cdm = folder.join("cdm");
    std::fs::create_dir(&cdm).unwrap();
    let mut person = "person_id,gender_concept_id,birth_datetime,race_concept_id\n".to_owned();
    let mut conditions = "person_id,condition_concept_id,condition_start_date\n".to_owned();
    let mut periods = "person_id,observation_period_start_date,observation_period_end_date\n".to_owned();
    let mut deaths = "person_id,death_date\n".to_owned();
    for i in 0..90 {
        writeln!(person, "{i},8507,{}-{:02}-{:02},0", 1934 + i % 60, 1 + i % 12, 1 + i % 28).unwrap();
        let day = if i < 30 { "2001-01-01".to_owned() } else { format!("20{:02}-{:02}-{:02}", i % 19, 1 + i % 12, 1 + i % 28) };
        writeln!(conditions, "{i},{},{day}", if i % 9 == 0 { 0 } else { 201_826 }).unwrap();
        writeln!(periods, "{i},{},2024-12-31", if i % 10 == 0 { "2015-01-01" } else { "1999-01-01" }).unwrap();
        if i % 15 == 1 {
            writeln!(deaths, "{i},2000-06-01").unwrap();
        }
    }
    conditions += "5,201826,2109-03-01\n";
    for (name, text) in [
        ("person.csv", &person),
        ("condition_occurrence.csv", &conditions),
        ("observation_period.csv", &periods),
        ("death.csv", &deaths),
        ("visit_occurrence.csv", &"visit_occurrence_id\n1\n".to_owned()),
    ] {
        std::fs::write(cdm.join(name), text).unwrap();
    }
    cdm
}

#[test]
fn a_profile_says_what_is_odd_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let cdm = odd(folder.path());
    for language in ["en", "ja"] {
        let run = ninzu(&["profile", arg(&cdm), "--lang", language]);
        assert_eq!(run.code, 0, "{}", run.err);
        insta::assert_snapshot!(format!("profile_{language}"), run.out);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a profile writes nothing");
}

#[test]
fn programs_read_the_same_profile() {
    let folder = tempfile::tempdir().unwrap();
    let cdm = odd(folder.path());
    let run = ninzu(&["profile", arg(&cdm), "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let profile: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(profile["persons"], 90);
    assert_eq!(profile["observation_periods"], "inside");
    for table in profile["tables"].as_array().unwrap() {
        let left_out: u64 = table["left_out"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(table["rows"].as_u64().unwrap(), table["counted"].as_u64().unwrap() + left_out);
    }
    let diagnosis = &profile["tables"][2];
    assert_eq!((&diagnosis["table"], &diagnosis["left_out"]["unmapped"]), (&"diagnosis".into(), &10.into()));
    assert_eq!(profile["dates"][0]["peaks"][0]["day"], "2001-01-01");
    assert_eq!(profile["deaths"]["people"], 6);
    assert!(profile["notes"][0]["ja"].is_string());
}

#[test]
fn a_spec_that_is_wrong_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.toml");
    std::fs::write(&spec, "[release]\nname = 1\n").unwrap();
    let run = ninzu(&["profile", arg(&spec)]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("spec.toml:2") && run.err.contains("name = 1"), "{}", run.err);
}
