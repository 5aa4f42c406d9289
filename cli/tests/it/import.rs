//! Published counts as a release.

use std::fs;

use crate::fixtures::{arg, ninzu};

const SPEC: &str = r#"
[release]
name = "exported"
title = { en = "Exported", ja = "集計表" }
protection = "A registry"
[table]
path = "counts.csv"
count = "persons"
centre = "area"
[table.markers]
"<10" = [0, 9]
[[dimension]]
name = "sex"
kind = "partition"
column = "sex"
"#;

#[test]
fn an_import_needs_no_audit_and_names_its_protection() {
    let folder = tempfile::tempdir().unwrap();
    let (spec, out) = (folder.path().join("spec.toml"), folder.path().join("release"));
    fs::write(&spec, SPEC).unwrap();
    fs::write(folder.path().join("counts.csv"), "area,sex,persons\nnorth,,25\nnorth,f,20\nnorth,m,<10\n").unwrap();
    let run = ninzu(&["import", arg(&spec), "--out", arg(&out)]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("Ninzu added none"), "{}", run.err);
    let described = ninzu(&["describe", arg(&out)]);
    assert!(described.out.contains("A registry"), "{}", described.out);
    let asked = ninzu(&["query", arg(&out), "sex = m", "--format", "csv"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    assert!(!run.err.contains("not read") && !run.err.contains("note:"), "{}", run.err);
    // 25 people, of whom 20 are female.
    assert!(asked.out.lines().any(|line| line.starts_with("north,5,5,5,exact,")), "{}", asked.out);
}

#[test]
fn an_import_says_what_looks_odd() {
    let folder = tempfile::tempdir().unwrap();
    let (spec, out) = (folder.path().join("spec.toml"), folder.path().join("release"));
    let codes = "[[dimension]]\nname = \"dx\"\nkind = \"codes\"\ncolumn = \"code\"\n";
    fs::write(&spec, format!("{SPEC}{codes}")).unwrap();
    let rows =
        "area,sex,code,persons,remark\nnorth,,,125,\nnorth,f,,70,\nnorth,m,,55,\nnorth,,G40.1,31,checked\nnorth,,g401,17,\n";
    fs::write(folder.path().join("counts.csv"), rows).unwrap();
    let run = ninzu(&["import", arg(&spec), "--out", arg(&out)]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("columns that are not read: remark\n"), "{}", run.err);
    assert!(run.err.contains("note: dx:") && run.err.contains("G40.1 / g401"), "{}", run.err);
    assert!(!run.err.contains("note: sex"), "{}", run.err);
}
