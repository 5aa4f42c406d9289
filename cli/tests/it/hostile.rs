//! What strangers hand to the command line: it says no in a few words, soon, and nothing that it prints acts.

use std::fs;

use crate::fixtures::{arg, copy_of_release, ninzu, ninzu_reading, people, release};

/// No more text than people read, and no control character but line breaks.
fn is_plain(text: &str) {
    assert!(text.len() < 20_000, "{} bytes", text.len());
    assert!(text.chars().all(|c| c == '\n' || !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c)), "{text:?}");
}

#[test]
fn long_questions_are_refused_in_few_words() {
    let wide = format!("sex = female and {}x", " ".repeat(60_000));
    for (text, says) in [
        (format!("sex = {}", "x".repeat(100_000)), "longer than 65536 bytes"),
        (wide, "expected `=`, `!=` or `in` after `x`"),
        (format!("diagnosis = \"{}\"", "x".repeat(60_000)), "is no code of diagnosis"),
        (format!("sex = female and \u{1b}[2J\u{202e} {}", "x".repeat(1_000)), "means nothing here"),
    ] {
        let run = ninzu_reading(&["query", arg(&release()), "-"], &text);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains(says), "{says}: {}", run.err);
        is_plain(&run.err);
    }
}

#[test]
#[cfg(unix)]
fn a_file_without_end_is_not_read_to_it() {
    let run = ninzu(&["query", arg(&release()), "@/dev/zero"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("/dev/zero has more than 1,048,576 bytes"), "{}", run.err);
    let run = ninzu(&["query", arg(&release()), &format!("@{}", arg(&release()))]);
    assert_eq!(run.code, 2, "a folder is no text");
}

#[test]
fn what_acts_on_a_terminal_is_shown_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_of_release(folder.path());
    let path = copy.join("datapackage.json");
    let mut descriptor: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let acting = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}evil";
    let label = serde_json::json!({"en": acting, "ja": acting});
    descriptor["ninzu"]["title"] = label.clone();
    for what in ["centres", "dimensions"] {
        for entry in descriptor["ninzu"][what].as_array_mut().unwrap() {
            entry["label"] = label.clone();
        }
    }
    fs::write(&path, serde_json::to_vec(&descriptor).unwrap()).unwrap();
    for command in ["describe", "query", "facets", "explain"] {
        for format in ["table", "markdown", "csv", "json"] {
            if matches!((command, format), ("describe" | "explain", "markdown" | "csv")) {
                continue;
            }
            let question = if command == "describe" { vec![] } else { vec!["sex = female"] };
            let run = ninzu(&[&[command, arg(&copy)], &question[..], &["--format", format]].concat());
            assert_eq!(run.code, 0, "{}", run.err);
            assert!(
                run.out.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'),
                "{command} {format}: {:?}",
                run.out
            );
            is_plain(&run.err);
        }
    }
    let shown = ninzu(&["describe", arg(&copy)]).out;
    assert!(shown.contains("\\u{1b}[2J") && shown.contains("\\u{202e}evil"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&ninzu(&["describe", arg(&copy), "--format", "json"]).out).unwrap();
    assert_eq!(json["title"]["en"], acting, "JSON says the same in another way");
    let coloured = ninzu(&["query", arg(&copy), "sex = female", "--color", "always"]);
    assert!(coloured.out.contains("\u{1b}[1m") && !coloured.out.contains("\u{1b}[2J"), "{:?}", coloured.out);
}

#[test]
fn no_work_at_all_is_answered_too_with_wider_bounds() {
    let question = "at least 2 of (diagnosis = E10, diagnosis = G40, specimen = dna) by life_stage";
    let json = |more: &[&str]| -> serde_json::Value {
        let run = ninzu(&[&["query", arg(&release()), question, "--format", "json"], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str(&run.out).unwrap()
    };
    let (usual, least) = (json(&[]), json(&["--work", "0"]));
    assert_eq!((&usual["limited"], &least["limited"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!(usual["hash"], least["hash"]);
    let end = |answer: &serde_json::Value, end: &str| answer["answer"]["records"][end].as_u64().unwrap();
    assert!(end(&least, "lower") <= end(&usual, "lower") && end(&usual, "upper") < end(&least, "upper"), "{usual} {least}");
    let table = ninzu(&["query", arg(&release()), question, "--work", "0"]);
    assert!(table.out.contains("More work would give tighter bounds"), "{}", table.out);
    assert_eq!(ninzu(&["query", arg(&release()), question, "--work", "-1"]).code, 2);
}

#[test]
fn a_question_ends_in_time() {
    let quick = ninzu(&["query", arg(&release()), "sex = female", "--timeout", "60", "--format", "json"]);
    assert_eq!(quick.code, 0, "{}", quick.err);
    assert_eq!(quick.out, ninzu(&["query", arg(&release()), "sex = female", "--format", "json"]).out);
    // Thousands of programs, if it were allowed to solve them.
    let codes = ["E10", "I10", "G40", "I50", "N18"].map(|code| format!("diagnosis = {code}")).join(", ");
    let question = format!("at least 3 of ({codes}, specimen = dna) by diagnosis, life_stage, sex, specimen");
    let began = std::time::Instant::now();
    let run = ninzu(&["query", arg(&release()), &question, "--work", "1000000", "--timeout", "1"]);
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("no answer after 1 seconds"), "{}", run.err);
}

#[test]
fn codes_that_a_release_does_not_name_have_answers_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let (listed, rows) = (release(), folder.path().join("rows"));
    // The same people, their codes those of the rows.
    let spec = fs::read_to_string(people().join("spec.toml")).unwrap();
    let (dimensions, _) = spec.split_once("[margins]").unwrap();
    let dimensions: Vec<&str> = dimensions.lines().filter(|line| !line.starts_with("dictionary")).collect();
    let spec = format!("{}\n[margins]\norder = 2\n[policy]\npreset = \"ndb\"\n", dimensions.join("\n"));
    let path = people().join("rows.toml");
    fs::write(&path, spec).unwrap();
    let built = ninzu(&["build", arg(&path), "--out", arg(&rows), "--unaudited"]);
    assert_eq!(built.code, 0, "{}", built.err);
    let ask = |release: &std::path::Path, more: &[&str]| {
        ninzu(&[&["query", arg(release), "diagnosis = Z99 and sex = female", "--unaudited"], more].concat())
    };
    assert_eq!(ask(&listed, &[]).code, 2, "not on a publisher's list");
    assert_eq!(ask(&listed, &["--unknown-codes", "rare"]).code, 2, "nothing says that it is rare");
    let anything = ask(&listed, &["--unknown-codes", "anything"]);
    assert_eq!(anything.code, 0, "{}", anything.err);
    assert!(anything.out.contains("anybody or nobody may have it"), "{}", anything.out);
    let rare = ask(&rows, &[]);
    assert_eq!(rare.code, 0, "{}", rare.err);
    assert!(rare.out.contains("at each centre fewer than 10 people have it"), "{}", rare.out);
    let japanese = ask(&rows, &["--lang", "ja"]);
    assert!(japanese.out.contains("公開データにないコード"), "{}", japanese.out);
    let json: serde_json::Value = serde_json::from_str(&ask(&rows, &["--format", "json"]).out).unwrap();
    assert_eq!(json["unknown_codes"][0]["most"], 9);
    assert!(json["centres"].as_array().unwrap().iter().all(|centre| centre["upper"].is_null() || centre["upper"] == 9));
    assert_eq!(ask(&rows, &["--unknown-codes", "error"]).code, 2);
    let csv = ask(&rows, &["--format", "csv"]);
    assert!(csv.err.contains("does not name"), "{}", csv.err);
}
