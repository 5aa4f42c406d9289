//! The demo.

use crate::fixtures::{arg, ninzu};

#[test]
fn the_demo_answers_four_questions() {
    let run = ninzu(&["demo", "--persons", "3000"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.is_empty(), "{}", run.err);
    for number in ["1. ", "2. ", "3. ", "4. "] {
        assert!(run.out.lines().any(|line| line.starts_with(number)), "{}", run.out);
    }
    assert!(run.out.contains("direct:") && run.out.contains("program:"), "{}", run.out);
    assert!(run.out.contains('░'), "{}", run.out);
    let japanese = ninzu(&["demo", "--persons", "1000", "--lang", "ja"]);
    assert_eq!(japanese.code, 0, "{}", japanese.err);
    assert!(japanese.out.contains("推定"), "{}", japanese.out);
}

#[test]
fn the_demo_keeps_what_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("demo");
    let run = ninzu(&["demo", "--persons", "1000", "--keep", arg(&keep)]);
    assert_eq!(run.code, 0, "{}", run.err);
    let release = keep.join("release");
    let asked = ninzu(&["query", arg(&release), "everyone"]);
    assert_eq!(asked.code, 0, "{}", asked.err);
    let again = ninzu(&["demo", "--persons", "1000", "--keep", arg(&keep)]);
    assert_eq!(again.code, 2, "what was kept is not overwritten");
}
