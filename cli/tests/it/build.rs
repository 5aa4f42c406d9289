//! From tables to a release.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::fixtures::{arg, ninzu, people};

#[test]
fn the_same_key_gives_the_same_release_and_no_key_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let spec = people().join("spec.toml");
    let key = folder.path().join("key");
    let build = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let run = ninzu(&[&["build", arg(&spec), "--out", arg(&out), "--unaudited"][..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.is_empty());
        assert!(run.err.contains("--unaudited"), "{}", run.err);
        (run.err, id(&out))
    };
    let (told, first) = build("first", &["--key-file", arg(&key)]);
    assert!(told.contains(&first) && told.contains("at 6 centres") && !told.contains("forgotten"), "{told}");
    let (_, second) = build("second", &["--key-file", arg(&key)]);
    assert_eq!(first, second);
    let (told, third) = build("third", &[]);
    assert_ne!(first, third);
    assert!(told.contains("--key-file"), "{told}");
    assert_eq!(fs::metadata(&key).unwrap().len(), 32);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions()) & 0o777, 0o600);
}

fn id(release: &Path) -> String {
    let run = ninzu(&["describe", arg(release), "--unaudited", "--format", "json"]);
    let description: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    description["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_mistake_in_a_spec_is_shown_in_the_spec_and_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.toml");
    let text = fs::read_to_string(people().join("spec.toml")).unwrap();
    fs::write(&spec, text.replace("preset = \"ndb\"", "preset = \"nbd\"")).unwrap();
    let (out, key) = (folder.path().join("release"), folder.path().join("key"));
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key)]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("spec.toml:") && run.err.contains("preset = \"nbd\""), "{}", run.err);
    assert!(!out.exists() && !key.exists());
}

#[test]
fn a_first_spec_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let people = people();
    let files = ["persons.parquet", "diagnoses.parquet"].map(|name| people.join(name));
    let spec = folder.path().join("spec.toml");
    let printed = ninzu(&["init", arg(&files[0]), arg(&files[1])]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("[release]") && printed.out.contains("[[centre]]"), "{}", printed.out);
    let written = ninzu(&["init", arg(&files[0]), arg(&files[1]), "--out", arg(&spec)]);
    assert_eq!((written.code, written.out.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(&spec).unwrap(), printed.out);
    let again = ninzu(&["init", arg(&files[0]), arg(&files[1]), "--out", arg(&spec)]);
    assert_eq!(again.code, 2, "a spec is not overwritten");
}

#[test]
fn every_row_is_told_in_both_languages_and_exactly_to_the_steward() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut persons = "person_id,sex,birth_date\n".to_owned();
    let mut diagnoses = "person_id,code,date\n".to_owned();
    for i in 0..400 {
        let birth = if i < 100 { "1900-01-01" } else { "1980/4/1" };
        writeln!(persons, "{i},{},{birth}", ["female", "male"][i % 2]).unwrap();
        writeln!(diagnoses, "{i},E10,2001-0{}-01", 1 + i % 9).unwrap();
    }
    // One person is not in the persons table, and one row repeats another.
    fs::write(path("diagnoses.csv"), format!("{diagnoses}9999,E10,2001-01-01\n")).unwrap();
    fs::write(path("persons.csv"), format!("{persons}399,male,1980-04-01\n\n(401 rows affected)\n")).unwrap();
    let spec = r#"
[release]
name = "told"
title = { en = "Told", ja = "報告" }
reference_date = 2024-12-31
[source]
kind = "table"
persons = "persons.csv"
person = "person_id"
bad_rows = "drop"
[[centre]]
name = "A"
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", "male"]
[[dimension]]
name = "life_stage"
kind = "partition"
birth_date = "birth_date"
scheme = "jh"
[[dimension]]
name = "diagnosis"
kind = "codes"
table = "diagnoses.csv"
code = "code"
date = "date"
[margins]
order = 1
[policy]
preset = "ndb"
"#;
    fs::write(path("spec.toml"), spec).unwrap();
    let build = |out: &str, more: &[&str]| {
        let run = ninzu(&[&["build", arg(&path("spec.toml")), "--out", arg(&path(out))][..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.err
    };
    let report = path("report.json");
    let english = build("en", &["--private-report", arg(&report)]);
    for line in [
        "persons.csv (base): 402 rows read, 400 counted, 2 left out (0.5 %)",
        "left out: 1 (0.2 %): stands below the table",
        "left out: 1 (0.2 %): repeats a person's row",
        "diagnoses.csv (diagnosis): 401 rows read, 400 counted, 1 left out (0.2 %)",
        "names a person who is not in the persons table",
        "100 people would be older than 120; 100 of them were born on 1900-01-01",
        "300 of 400 people were born on 1980-04-01",
    ] {
        assert!(english.contains(line), "{line}\n{english}");
    }
    let japanese = build("ja", &["--unaudited", "--lang", "ja"]);
    for line in ["402行を読み込み", "除外 1行（0.2 %）：表の下の文字列", "100人が120歳を超えます"] {
        assert!(japanese.contains(line), "{line}\n{japanese}");
    }
    let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert_eq!(report["rows"][0]["left_out"], serde_json::json!({"footer": 1, "repeated": 1}));
    assert_eq!(report["rows"][1]["left_out"], serde_json::json!({"unknown_person": 1}));
    assert_eq!(report["notes"].as_array().map(Vec::len), Some(2));
    // The release tells a coarse share and no number of rows.
    let described = ninzu(&["describe", arg(&path("en"))]);
    assert!(described.out.contains("source rows left out: base none, diagnosis at most 5 %"), "{}", described.out);
    let text = fs::read_to_string(path("en").join("datapackage.json")).unwrap();
    assert!(!text.contains("unknown_person") && !text.contains("repeated"), "{text}");
    // What would lose too much is not built, and the row account says why.
    fs::write(path("diagnoses.csv"), diagnoses.replace("2001-01", "1850-01")).unwrap();
    let run = ninzu(&["build", arg(&path("spec.toml")), "--out", arg(&path("much")), "--unaudited"]);
    assert_eq!(run.code, 2, "{}", run.err);
    let said = run.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("45 of 400 rows (11.3 %) would be lost, and the limit is 1 %"), "{said}");
    assert!(!path("much").exists());
}
