//! One release of several centres' releases.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fixtures::{arg, ninzu, own_key};

/// A release of one centre: so many women and men, half of them with E10, every fourth with I10.
pub(crate) fn centre(folder: &Path, name: &str, date: &str, people: usize) -> PathBuf {
    spelt(folder, name, date, people, "E10")
}

/// The same with another spelling of E10.
fn spelt(folder: &Path, name: &str, date: &str, people: usize, diabetes: &str) -> PathBuf {
    let here = folder.join(format!("{name}-{date}-{people}"));
    fs::create_dir(&here).unwrap();
    let (mut persons, mut diagnoses) = ("person_id,centre,sex\n".to_owned(), "person_id,icd10\n".to_owned());
    for person in 0..people {
        let sex = if person % 3 == 0 { "female" } else { "male" };
        writeln!(persons, "{person},{name},{sex}").unwrap();
        for (every, code) in [(2, diabetes), (4, "I10")] {
            if person % every == 0 {
                writeln!(diagnoses, "{person},{code}").unwrap();
            }
        }
    }
    let spec = format!(
        r#"[release]
name = "{name}"
title = {{ en = "People of {name}", ja = "{name}の人々" }}
reference_date = {date}
[source]
kind = "table"
persons = "persons.csv"
person = "person_id"
centre = "centre"
[[centre]]
name = "{name}"
label = {{ en = "{name}", ja = "{name}" }}
collects = ["diagnosis"]
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", "male"]
[[dimension]]
name = "diagnosis"
kind = "codes"
table = "diagnoses.csv"
code = "icd10"
dictionary = "icd10.csv"
[margins]
order = 1
[policy]
preset = "ndb"
"#
    );
    let dictionary = format!("code,parent,label_en,label_ja\n{diabetes},,diabetes,糖尿病\nI10,,hypertension,高血圧\n");
    for (file, text) in
        [("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("icd10.csv", &dictionary), ("spec.toml", &spec)]
    {
        fs::write(here.join(file), text).unwrap();
    }
    own_key(&folder.join("key"), [7; 32]);
    let (spec, out) = (here.join("spec.toml"), here.join("release"));
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&folder.join("key"))]);
    assert_eq!(run.code, 0, "{}", run.err);
    out
}

fn line_of(release: &Path, centre: &str) -> String {
    let run = ninzu(&["query", arg(release), "diagnosis = E10 and sex = female", "--format", "csv"]);
    assert_eq!(run.code, 0, "{}", run.err);
    run.out.lines().find(|line| line.starts_with(centre)).unwrap().to_owned()
}

#[test]
fn a_merged_release_answers_as_each_of_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [centre(folder.path(), "north", "2024-12-31", 400), centre(folder.path(), "south", "2024-12-31", 700)];
    let out = folder.path().join("both");
    let run = ninzu(&["merge", arg(&parts[0]), arg(&parts[1]), "--out", arg(&out), "--title-en", "Two centres"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    assert!(run.err.contains("2 centres of 2 releases") && run.err.contains("0 violations"), "{}", run.err);
    assert_eq!(line_of(&out, "north"), line_of(&parts[0], "north"));
    assert_eq!(line_of(&out, "south"), line_of(&parts[1], "south"));
    let described = ninzu(&["describe", arg(&out), "--format", "json", "--verify"]);
    let description: serde_json::Value = serde_json::from_str(&described.out).unwrap();
    assert_eq!(description["title"], serde_json::json!({"en": "Two centres", "ja": "northの人々・southの人々"}));
    assert_eq!(description["protection"], serde_json::json!({"by": "ninzu", "audited": true}));
    let descriptor: serde_json::Value = serde_json::from_slice(&fs::read(out.join("datapackage.json")).unwrap()).unwrap();
    assert_eq!(descriptor["name"], "north-south");
    let versions: Vec<&str> = descriptor["sources"].as_array().unwrap().iter().filter_map(|s| s["version"].as_str()).collect();
    assert_eq!(versions.len(), 2, "the releases that went in are cited");
    let again = ninzu(&["merge", arg(&parts[0]), arg(&parts[1]), "--out", arg(&out)]);
    assert_eq!(again.code, 2, "a release is not overwritten");
    let japanese = ninzu(&["merge", arg(&parts[1]), arg(&parts[0]), "--out", arg(&folder.path().join("ja")), "--lang", "ja"]);
    assert!(japanese.err.contains("2リリース、2センター"), "{}", japanese.err);
}

#[test]
fn all_conflicts_are_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let old = centre(folder.path(), "north", "2023-12-31", 300);
    let new = centre(folder.path(), "north", "2024-12-31", 400);
    let out = folder.path().join("both");
    let run = ninzu(&["merge", arg(&old), arg(&new), "--out", arg(&out)]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    for words in ["2 conflicts", "reference date: 2023-12-31 in", "centre north: in"] {
        assert!(run.err.contains(words), "{words}: {}", run.err);
    }
    assert!(!out.exists());
    let alone = ninzu(&["merge", arg(&old), "--out", arg(&out)]);
    assert_eq!(alone.code, 2, "{}", alone.err);
}

#[test]
fn codes_that_centres_spell_differently_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (a, b) = (spelt(folder, "a", "2024-12-31", 60, "E10"), spelt(folder, "b", "2024-12-31", 80, "e1.0"));
    for (language, told) in [("en", "differ only in how they are spelt"), ("ja", "表記だけが異なり")] {
        let both = folder.join(language);
        let run = ninzu(&["merge", arg(&a), arg(&b), "--out", arg(&both), "--lang", language]);
        assert_eq!(run.code, 0, "{}", run.err);
        let line = run.err.lines().find(|line| line.contains(told)).unwrap_or_else(|| panic!("{}", run.err));
        assert!(line.contains(&format!("E10 ({})", arg(&a))) && line.contains(&format!("e1.0 ({})", arg(&b))), "{line}");
        assert!(!line.contains("I10"), "{line}");
    }
}
