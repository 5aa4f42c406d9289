//! Questions: what is answered, and the exit code.

use std::fs;

use crate::fixtures::{arg, ninzu, ninzu_reading, release};

#[test]
fn a_question_may_be_text_json_a_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("question.txt");
    fs::write(&file, "sex = female and\nlife_stage = aya").unwrap();
    let json = r#"{"filter": {"and": [{"dimension": "sex", "is": "female"}, {"dimension": "life_stage", "is": "aya"}]}}"#;
    let release = release();
    let ask = |query: &str| ninzu(&["query", arg(&release), query, "--format", "json"]);
    let text = ask("life_stage = aya and sex = female");
    assert_eq!(text.code, 0, "{}", text.err);
    assert_eq!(ask(json).out, text.out);
    assert_eq!(ask(&format!("@{}", arg(&file))).out, text.out);
    let read = ninzu_reading(&["query", arg(&release), "-", "--format", "json"], json);
    assert_eq!(read.out, text.out);
    assert!(text.err.is_empty(), "not quiet in a pipe: {}", text.err);
}

#[test]
fn at_least_says_yes_no_or_cannot_tell() {
    let release = release();
    let ask = |n: &str, format: &str| ninzu(&["query", arg(&release), "sex = female", "--at-least", n, "--format", format]);
    let answer: serde_json::Value = serde_json::from_str(&ask("1", "json").out).unwrap();
    let persons = &answer["answer"]["persons"];
    let (lower, upper) = (persons["lower"].as_u64().unwrap(), persons["upper"].as_u64().unwrap());
    assert!(lower < upper);
    for (n, verdict, code, start) in
        [(lower, "yes", 0, "Yes"), (upper, "cannot_tell", 1, "Cannot tell"), (upper + 1, "no", 1, "No")]
    {
        let run = ask(&n.to_string(), "json");
        assert_eq!(run.code, code);
        let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(answer["at_least"], serde_json::json!({"n": n, "verdict": verdict}));
        let run = ask(&n.to_string(), "table");
        assert_eq!(run.code, code);
        assert!(run.out.starts_with(start), "{}", run.out);
    }
}

#[test]
fn nobody_is_exit_code_1() {
    let run = ninzu(&["query", arg(&release()), "sex = female and sex = male"]);
    assert_eq!(run.code, 1, "{}", run.err);
    let run = ninzu(&["query", arg(&release()), "sex = female or sex = male"]);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn by_adds_to_the_question() {
    let release = release();
    let keys = |args: &[&str]| {
        let run = ninzu(&[&["query", arg(&release)][..], args, &["--format", "csv"]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out.lines().next().unwrap().split_once(",lower").unwrap().0.to_owned()
    };
    assert_eq!(keys(&["everyone"]), "centre");
    assert_eq!(keys(&["everyone by sex"]), "sex");
    assert_eq!(keys(&["everyone by sex", "--by", "centre,sex"]), "sex,centre");
    assert_eq!(keys(&["everyone", "--by", "life_stage", "--by", "sex"]), "life_stage,sex");
    let run = ninzu(&["query", arg(&release), "everyone", "--by", "sexx"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("did you mean `sex`"), "{}", run.err);
}

#[test]
fn a_dimension_that_a_centre_does_not_collect_is_not_zero() {
    let release = release();
    let run = ninzu(&["query", arg(&release), "data = ehr", "--format", "csv"]);
    let line = run.out.lines().find(|line| line.starts_with("JIHS")).unwrap();
    assert_eq!(line, "JIHS,,,,not_collected,false,,");
    let run = ninzu(&["query", arg(&release), "data = ehr"]);
    assert!(run.out.contains("1 centre does not collect this"), "{}", run.out);
}

#[test]
fn japanese_is_spoken_when_asked_or_found() {
    let release = release();
    let args = ["query", arg(&release), "specimen = dna by sex"];
    let asked = ninzu(&[&args[..], &["--lang", "ja"]].concat());
    assert!(asked.out.contains("センター") && asked.out.contains("下限"), "{}", asked.out);
    let found = crate::fixtures::command(&args).env("LC_ALL", "ja_JP.UTF-8").output().unwrap();
    assert_eq!(String::from_utf8(found.stdout).unwrap(), asked.out);
    let english = ninzu(&args);
    assert!(english.out.is_ascii() || !english.out.contains('人'), "{}", english.out);
}

#[test]
fn an_explanation_names_the_way_the_bytes_and_the_basis() {
    let release = release();
    let explain = |query: &str| {
        let run = ninzu(&["explain", arg(&release), query, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str::<serde_json::Value>(&run.out).unwrap()
    };
    let direct = explain("diagnosis = I10 and sex = female");
    assert_eq!(direct["path"], "direct");
    assert!(direct["basis"].as_array().unwrap().iter().any(|b| b["table"] == "diagnosis" && b["codes"][0] == "I10"));
    assert!(direct["reads"].as_array().unwrap().iter().any(|r| r["path"] == "cells/diagnosis.parquet"));
    let program = explain("diagnosis = I10 and not specimen = dna");
    assert_eq!(program["path"], "program");
    assert!(program["unknowns"].as_u64().unwrap() > 1);
    let run = ninzu(&["explain", arg(&release), "diagnosis = I10"]);
    assert!(run.out.contains("en: ") && run.out.contains("ja: "), "{}", run.out);
}

#[test]
fn facets_count_every_value_and_the_top_is_the_top() {
    let release = release();
    let run = ninzu(&["facets", arg(&release), "sex = female", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let facets: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(facets.as_array().unwrap().len(), 6);
    let run = ninzu(&["facets", arg(&release), "--dimension", "diagnosis", "--top", "5", "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(run.bytes.as_slice());
    let upper = reader.headers().unwrap().iter().position(|name| name == "upper").unwrap();
    let uppers: Vec<u64> = reader.records().map(|row| row.unwrap()[upper].parse().unwrap()).collect();
    assert_eq!(uppers.len(), 5);
    assert!(uppers.is_sorted_by(|a, b| a >= b), "{uppers:?}");
    assert_eq!(ninzu(&["facets", arg(&release), "--dimension", "nothing"]).code, 2);
}
