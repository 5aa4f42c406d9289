//! Errors: what is shown, and what is refused.

use std::fs;

use crate::fixtures::{arg, command, copy_of_release, ninzu, ninzu_reading, own_key, people, release};

#[test]
fn a_misspelt_value_is_shown_in_its_text_with_a_guess() {
    let run = ninzu(&["query", arg(&release()), "sex = femal and diagnosis = E10", "--unaudited"]);
    assert_eq!(run.code, 2);
    assert!(run.out.is_empty());
    insta::assert_snapshot!("misspelt_value", run.err);
}

#[test]
fn the_end_of_a_text_can_be_shown() {
    let run = ninzu(&["query", arg(&release()), "sex = ", "--unaudited"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!("end_of_text", run.err);
}

#[test]
fn errors_name_the_file_of_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("question.txt");
    fs::write(&file, "sex = female\n  and lifestage = aya\n").unwrap();
    let run = ninzu(&["explain", arg(&release()), &format!("@{}", arg(&file)), "--unaudited"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("question.txt:2:7"), "{}", run.err);
    assert!(run.err.contains("life_stage"), "{}", run.err);
    let run = ninzu_reading(&["query", arg(&release()), "-", "--unaudited"], "sex == female");
    assert_eq!(run.code, 2);
    assert!(run.err.contains("standard input:1:"), "{}", run.err);
}

#[test]
fn errors_are_plain_in_pipes_and_coloured_when_asked() {
    let release = release();
    let args = ["query", arg(&release), "sex = femal", "--unaudited"];
    assert!(ninzu(&args).err.is_ascii());
    let coloured = ninzu(&[&args[..], &["--color", "always"]].concat());
    assert!(coloured.err.contains("\x1b["), "{}", coloured.err);
    assert!(coloured.err.contains('╭'), "{}", coloured.err);
}

#[test]
fn an_unaudited_release_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let release = folder.path().join("release");
    let built = ninzu(&["build", arg(&people().join("spec.toml")), "--out", arg(&release), "--unaudited"]);
    assert_eq!(built.code, 0, "{}", built.err);
    for command in ["query", "explain", "facets"] {
        let run = ninzu(&[command, arg(&release), "everyone"]);
        assert_eq!(run.code, 2);
        assert!(run.out.is_empty());
        assert!(run.err.contains("no passed audit") && run.err.contains("--unaudited"), "{}", run.err);
    }
    assert_eq!(ninzu(&["describe", arg(&release)]).code, 2);
    assert_eq!(ninzu(&["query", arg(&release), "everyone", "--unaudited"]).code, 0);
}

#[test]
fn a_flipped_byte_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_of_release(folder.path());
    let table = copy.join("cells/diagnosis.parquet");
    let mut bytes = fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&table, bytes).unwrap();
    let verified = ninzu(&["describe", arg(&copy), "--unaudited", "--verify"]);
    assert_eq!(verified.code, 1, "a failed check: {}", verified.err);
    assert!(verified.out.is_empty());
    assert!(verified.err.contains("diagnosis.parquet") && verified.err.contains("hash"), "{}", verified.err);
    let whole = ninzu(&["facets", arg(&copy), "--unaudited"]);
    assert_eq!(whole.code, 2, "it is read for an answer: {}", whole.err);
    assert!(whole.out.is_empty());

    let dictionary = copy.join("dimensions/sex.csv");
    let text = fs::read_to_string(&dictionary).unwrap();
    fs::write(&dictionary, text.replace("female", "fomale")).unwrap();
    assert_eq!(ninzu(&["query", arg(&copy), "everyone", "--unaudited"]).code, 2);
}

#[test]
fn a_target_that_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    let inside = file.join("result.csv");
    let run = ninzu(&["query", arg(&release()), "everyone", "--unaudited", "--format", "csv", "--out", arg(&inside)]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("cannot be written"), "{}", run.err);
    let spec = crate::fixtures::people().join("spec.toml");
    let run = ninzu(&["build", arg(&spec), "--out", arg(&file.join("release"))]);
    assert_eq!(run.code, 2, "{}", run.err);
    let run = ninzu(&["build", arg(&spec), "--out", arg(&file)]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("exists already"), "{}", run.err);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left behind");
}

#[test]
fn what_is_no_release_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let run = ninzu(&["query", arg(folder.path()), "everyone"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("cannot be opened as a release"), "{}", run.err);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = command(&["facets", arg(&release()), "--unaudited"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn errors_are_said_in_japanese_and_hints_name_options() {
    let release = release();
    let japanese = ninzu(&["query", arg(&release), "sex = femal", "--unaudited", "--lang", "ja"]);
    assert_eq!(japanese.code, 2);
    assert!(japanese.err.contains("`femal`という値はsexにありません"), "{}", japanese.err);
    assert!(japanese.err.contains("`female`のことですか") && japanese.err.contains("ここ"), "{}", japanese.err);
    let folder = tempfile::tempdir().unwrap();
    let (key, unaudited) = (folder.path().join("key"), folder.path().join("unaudited"));
    own_key(&key, [7; 32]);
    let spec = people().join("spec.toml");
    let built = ninzu(&["build", arg(&spec), "--out", arg(&unaudited), "--key-file", arg(&key), "--unaudited"]);
    assert_eq!(built.code, 0, "{}", built.err);
    for language in ["en", "ja"] {
        let run = ninzu(&["query", arg(&unaudited), "everyone", "--lang", language]);
        assert_eq!(run.code, 2);
        assert!(run.err.contains("--unaudited"), "{}", run.err);
    }
}
