//! One release after another: what is kept, what is refreshed, and what both together may not prove.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use ninzu::build::{BuildOptions, BuildSummary, Key, Proof, build};
use ninzu::{ErrorKind, Interval, Published, Result, Trust, open_folder};

const SPEC: &str = r#"
[release]
name = "versions"
title = { en = "Versions", ja = "版" }
reference_date = DAY
[source]
kind = "table"
persons = "persons.csv"
person = "id"
centre = "centre"
[[centre]]
name = "X"
label = { en = "X", ja = "X" }
collects = ["diagnosis"]
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", "male"]
[[dimension]]
name = "stage"
kind = "partition"
values = ["young", "old"]
[[dimension]]
name = "diagnosis"
kind = "codes"
table = "diagnoses.csv"
code = "code"
dictionary = "codes.csv"
[margins]
order = 2
pairs = [{ of = ["diagnosis", "diagnosis"], codes = ["A", "B"] }]
pair_order = 1
[policy]
preset = "ndb"
"#;

/// Writes `n` persons, the first ones always the same, and returns the spec.
fn people(folder: &Path, n: u32, day: &str) -> PathBuf {
    let (mut persons, mut diagnoses) = ("id,centre,sex,stage\n".to_owned(), "id,code\n".to_owned());
    let mut state = 1_u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for id in 0..n {
        let (sex, stage) = (["female", "male"][below(2) as usize], ["young", "old"][usize::from(below(4) > 0)]);
        writeln!(persons, "{id},X,{sex},{stage}").unwrap();
        for (code, share) in [("A1", 12), ("A2", 5), ("B", 20)] {
            if below(100) < share {
                writeln!(diagnoses, "{id},{code}").unwrap();
            }
        }
    }
    std::fs::create_dir_all(folder).unwrap();
    let codes = "code,parent,label_en,label_ja\n*,,any,any\nA,,A,A\nA1,A,A1,A1\nA2,A,A2,A2\nB,,B,B\n";
    for (name, text) in [
        ("persons.csv", persons.as_str()),
        ("diagnoses.csv", &diagnoses),
        ("codes.csv", codes),
        ("spec.toml", &SPEC.replace("DAY", day)),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder.join("spec.toml")
}

fn make(spec: &Path, out: &Path, key: u8, previous: &[&Path]) -> Result<BuildSummary> {
    let options = BuildOptions {
        key: Key::new([key; 32]),
        proof: Proof::Audited,
        previous: previous.iter().map(|&folder| folder.to_owned()).collect(),
        private_report: None,
    };
    build(spec, &options, out, &())
}

type Cells = BTreeMap<(Vec<usize>, [u32; 2], u32), Interval>;

fn cells(folder: &Path) -> Cells {
    let engine = open_folder(folder, Trust::Audited).unwrap();
    let published = Published::read(&engine, folder).unwrap();
    let rows = published.tables.iter().flat_map(|table| table.rows.iter().map(|row| (table.codes.clone(), row)));
    rows.map(|(codes, row)| ((codes, row.codes, row.cell), row.interval)).collect()
}

/// Cells that two releases together prove to have people, though each alone does not.
fn proved(one: &Cells, two: &Cells) -> usize {
    let suppressed = Interval::ZERO.hull(Interval::exact(9));
    let get = |cells: &Cells, at| cells.get(at).copied().unwrap_or(suppressed);
    let both = |at| get(one, at).lower().max(get(two, at).lower());
    let small = |at| get(one, at).lower().min(get(two, at).lower()) < 10;
    let mut all: Vec<_> = one.keys().chain(two.keys()).collect();
    all.sort();
    all.dedup();
    all.into_iter().filter(|at| small(at) && both(at) > 0).count()
}

#[test]
fn two_versions_of_one_release() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let spec = people(&at("people"), 700, "2024-01-01");
    make(&spec, &at("first"), 1, &[]).unwrap();
    // The attack: the same people once more with other decoys. What one widened, another shows.
    let keys = (2..12).filter(|&key| {
        let out = at(&format!("again{key}"));
        make(&spec, &out, key, &[]).unwrap();
        proved(&cells(&at("first")), &cells(&out)) > 0
    });
    assert!(keys.count() > 0, "the attack succeeds without the earlier release");
    let summary = make(&spec, &at("next"), 2, &[&at("first")]).unwrap();
    assert_eq!(proved(&cells(&at("first")), &cells(&at("next"))), 0);
    let kept = summary.kept.unwrap();
    assert_eq!(kept.stale, [("X".to_owned(), "2024-01-01".to_owned())], "nothing has grown");
    assert_eq!(cells(&at("first")), cells(&at("next")));
}

#[test]
fn what_still_fits_is_kept_and_what_grew_is_refreshed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let first = people(&at("people1"), 600, "2024-01-01");
    make(&first, &at("first"), 1, &[]).unwrap();
    let second = people(&at("people2"), 1_800, "2025-01-01");
    let summary = make(&second, &at("second"), 1, &[&at("first")]).unwrap();
    let kept = summary.kept.unwrap();
    assert_eq!(kept.stale, []);
    assert!(kept.cells > 0, "some cells still fit");
    assert_ne!(cells(&at("first")), cells(&at("second")));
    let manifest = std::fs::read_to_string(at("second").join("audit.json")).unwrap();
    assert!(manifest.contains("unjoined"), "both were audited together");
    // The same input, policy, key and previous release: the same bytes.
    let again = make(&second, &at("again"), 1, &[&at("first")]).unwrap();
    assert_eq!(summary.id, again.id);
    // A year of hardly any growth: the centre stays as it was, and says its day.
    let third = people(&at("people3"), 1_820, "2026-01-01");
    let slow = make(&third, &at("third"), 1, &[&at("first"), &at("second")]).unwrap().kept.unwrap();
    assert_eq!(slow.stale, [("X".to_owned(), "2025-01-01".to_owned())]);
    assert_eq!(cells(&at("second")), cells(&at("third")));
    let engine = open_folder(&at("third"), Trust::Audited).unwrap();
    assert_eq!(engine.release().manifest().centres[0].as_of.as_deref(), Some("2025-01-01"));
}

#[test]
fn an_earlier_release_of_other_margins_or_policy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let spec = people(&at("people"), 300, "2024-01-01");
    make(&spec, &at("first"), 1, &[]).unwrap();
    let text = std::fs::read_to_string(&spec).unwrap();
    for (old, new, what) in [
        ("preset = \"ndb\"", "preset = \"cms\"", "policy"),
        ("\"young\", \"old\"", "\"young\", \"old\", \"older\"", "partitions"),
        ("order = 2", "order = 1", "crosses"),
    ] {
        std::fs::write(&spec, text.replacen(old, new, 1)).unwrap();
        let error = make(&spec, &at("second"), 1, &[&at("first")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPolicy, "{error}");
        assert!(error.message().contains(what), "{error}");
        assert!(!at("second").exists());
    }
}

/// What a release says that it was audited together with.
fn audited_with(folder: &Path) -> Vec<String> {
    let audit: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("audit.json")).unwrap()).unwrap();
    audit["previous"].as_array().into_iter().flatten().map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_third_release_is_audited_with_both_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let spec = |n: u32, day: &str| people(&at(&format!("people{n}")), n, day);
    let first = make(&spec(500, "2023-01-01"), &at("first"), 1, &[]).unwrap().id;
    let second = make(&spec(1_200, "2024-01-01"), &at("second"), 1, &[&at("first")]).unwrap().id;
    let last = spec(2_400, "2025-01-01");
    let refused = |previous: &[&Path], words: &str| {
        let error = make(&last, &at("third"), 1, previous).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPolicy, "{error}");
        assert!(error.message().contains(words) && error.hint().is_some(), "{error}");
        assert!(!at("third").exists());
    };
    refused(&[&at("second")], &first);
    refused(&[&at("second"), &at("first")], &first);
    refused(&[&at("first"), &at("first")], "twice");
    let summary = make(&last, &at("third"), 1, &[&at("first"), &at("second")]).unwrap();
    assert_eq!(audited_with(&at("third")), [first, second]);
    assert!(summary.audit.unwrap().unjoined.is_some());
    assert!(audited_with(&at("first")).is_empty());
    // Not before what it comes after.
    let early = people(&at("early"), 2_400, "2022-01-01");
    let error = make(&early, &at("fourth"), 1, &[&at("first")]).unwrap_err();
    assert!(error.message().contains("2023-01-01") && error.message().contains("2022-01-01"), "{error}");
}

#[test]
fn what_an_earlier_release_counts_stays() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    make(&people(&at("people1"), 500, "2023-01-01"), &at("first"), 1, &[]).unwrap();
    let spec = people(&at("people2"), 1_500, "2024-01-01");
    for (file, old, new, words) in [
        ("codes.csv", "A2,A,A2,A2\n", "", "A2"),
        ("codes.csv", "A2,A,A2,A2\n", "A2,,A2,A2\n", "diagnosis = A2 lies in other codes"),
        ("spec.toml", "codes = [\"A\", \"B\"]", "codes = [\"A1\", \"B\"]", "diagnosis = A, diagnosis = B"),
        (
            "spec.toml",
            "pairs = [{ of = [\"diagnosis\", \"diagnosis\"], codes = [\"A\", \"B\"] }]\npair_order = 1\n",
            "",
            "diagnosis+diagnosis",
        ),
    ] {
        let text = std::fs::read_to_string(at("people2").join(file)).unwrap();
        assert!(text.contains(old), "{old}");
        std::fs::write(at("people2").join(file), text.replace(old, new)).unwrap();
        if file == "codes.csv" && new.is_empty() {
            let records = std::fs::read_to_string(at("people2").join("diagnoses.csv")).unwrap();
            std::fs::write(at("people2").join("diagnoses.csv"), records.replace(",A2\n", ",A1\n")).unwrap();
        }
        let error = make(&spec, &at("second"), 1, &[&at("first")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidPolicy, "{error}");
        assert!(error.message().contains(words) && error.hint().is_some(), "{words}: {error}");
        std::fs::write(at("people2").join(file), text).unwrap();
    }
    // A code more is no hindrance, nor another order of the same.
    let codes = std::fs::read_to_string(at("people2").join("codes.csv")).unwrap();
    std::fs::write(at("people2").join("codes.csv"), codes.replace("B,,B,B\n", "C,,C,C\nB,,B,B\n")).unwrap();
    make(&spec, &at("second"), 1, &[&at("first")]).unwrap();
}
