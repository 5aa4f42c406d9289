//! What queries that cannot be answered are told: kind, place, message, hint.

use std::fmt::Write as _;

use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label};
use ninzu_engine::{Error, ErrorKind, Query};

use crate::query::dimensions;

fn error(text: &str) -> Error {
    Query::parse(text).and_then(|q| q.resolve(&dimensions())).expect_err(text)
}

/// Every text with the part that the error points at underlined, and what it says.
fn report(texts: &[&str]) -> String {
    let mut all = String::new();
    for text in texts {
        let error = error(text);
        let span = error.span().expect("a span");
        let marked = format!("{}[{}]{}", &text[..span.start], &text[span.clone()], &text[span.end..]);
        writeln!(all, "{marked}\n  {:?}: {}\n  {}", error.kind(), error, error.hint().unwrap_or("-")).expect("text");
    }
    all
}

#[test]
fn syntax_errors_point_and_help() {
    insta::assert_snapshot!(report(&[
        "sex == female",
        "sex = female && has diagnosis",
        "sex = female || has diagnosis",
        "!(sex = female)",
        "sex <> female",
        "life_stage >= adult",
        "sex = 'female'",
        "sex = “female”",
        "sex: female",
        "diagnosis in [G40, G41]",
        "diagnosis = G40+G41",
        "diagnosis = \"G40",
        "diagnosis = \"G\\40\"",
        "sex =",
        "sex",
        "G40 and sex = female",
        "sex is female",
        "life stage = adult",
        "sex = and",
        "sex = (female, male)",
        "sex = female male",
        "sex = female, has diagnosis",
        "sex in female",
        "sex in ()",
        "sex in (female, male",
        "life_stage in (child..adult)",
        "life_stage in ..",
        "life_stage in (child, adult.. )",
        "(sex = female or (has diagnosis",
        "(sex = female by centre",
        "sex = female)",
        "and sex = female",
        "sex = female or",
        "not",
        "has",
        "at least two of (has diagnosis)",
        "at least 2 (has diagnosis, has specimen)",
        "at least 2 of has diagnosis",
        "at least 2 of (has diagnosis, has specimen",
        "at least 0 of (has diagnosis)",
        "at least 3 of (has diagnosis, has specimen)",
        "sex = female by",
        "by sex life_stage",
        "by sex and life_stage",
        "by sex, ",
        "sex = \"tab\t\" x",
    ]));
}

#[test]
fn unknown_names_are_guessed() {
    insta::assert_snapshot!(report(&[
        "sex = femal",
        "sx = female",
        "sex = 女",
        "sex = xyz",
        "sex = G40",
        "diagnosis = G4O",
        "diagnosis = epilepsi",
        "diagnosis = status",
        "diagnosis = Diabetes",
        "diagnosis = 糖尿病",
        "diagnosis = G40@adult",
        "diagnosis = I10@adult",
        "diagnosis = Z99999999",
        "zzz = 1",
        "centre = NCC",
        "has data",
        "by centr",
        "by center",
        "diagnosis = \"\"",
    ]));
}

#[test]
fn meaningless_queries_say_why() {
    insta::assert_snapshot!(report(&[
        "life_stage in adult..child",
        "life_stage in child..unknown",
        "sex in female..male",
        "diagnosis in G40..G41",
        "has sex",
        "has register",
        "sex = *",
        "by sex, centre, 性別",
        "by centre, Centre",
    ]));
}

#[test]
fn json_errors_name_the_place() {
    let mut all = String::new();
    for json in [
        "{",
        "[]",
        "{\"filters\": \"everyone\"}",
        "{\"filter\": \"all\"}",
        "{\"filter\": {}}",
        "{\"filter\": {\"dimension\": \"sex\"}}",
        "{\"filter\": {\"dimension\": \"sex\", \"is\": 1}}",
        "{\"filter\": {\"dimension\": \"sex\", \"is\": \"a\", \"in\": [\"b\"]}}",
        "{\"filter\": {\"dimension\": \"sex\", \"in\": []}}",
        "{\"filter\": {\"and\": []}}",
        "{\"filter\": {\"and\": [\"everyone\", {\"not\": {\"or\": [\"everyone\", {\"is\": \"a\"}]}}]}}",
        "{\"filter\": {\"at_least\": 2, \"of\": [\"everyone\"]}}",
        "{\"filter\": {\"at_least\": 1}}",
        "{\"by\": \"centre\"}",
    ] {
        let error = Query::from_json(json).expect_err(json);
        assert_eq!((error.kind(), error.span()), (ErrorKind::Syntax, None), "{json}");
        writeln!(all, "{json}\n  {error}\n  {}", error.hint().unwrap_or("-")).expect("text");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn names_from_json_have_no_span() {
    let query = Query::from_json(r#"{"filter": {"dimension": "sex", "is": "femal"}}"#).expect("a query");
    let error = query.resolve(&dimensions()).expect_err("an unknown value");
    assert_eq!((error.kind(), error.span(), error.hint()), (ErrorKind::UnknownName, None, Some("did you mean `female`?")));
}

#[test]
fn hostile_texts_are_refused() {
    let deep = |n: usize| format!("{}everyone{}", "(".repeat(n), ")".repeat(n));
    assert!(Query::parse(&deep(60)).is_ok());
    for text in [
        deep(61),
        deep(30_000),
        "not ".repeat(16_000),
        "at least 1 of (".repeat(4_000),
        format!("not {}", "(sex = a and (sex = b or ".repeat(31)) + "sex = c" + &"))".repeat(31),
        format!("sex in ({}a)", "a,".repeat(3_000)),
        format!("by {}a", "a,".repeat(3_000)),
        "everyone or ".repeat(3_000) + "everyone",
        "x".repeat(70_000),
        format!("sex = \"{}", "é".repeat(30_000)),
    ] {
        assert_eq!(Query::parse(&text).map_err(|e| e.kind()), Err(ErrorKind::Syntax), "{}", &text[..40]);
    }
    let json = |n: usize| format!("{{\"filter\": {}\"everyone\"{}}}", "{\"not\": ".repeat(n), "}".repeat(n));
    assert!(Query::from_json(&json(59)).is_ok());
    assert!(Query::from_json(&json(60)).is_err());
    assert!(Query::from_json(&json(30_000)).is_err());
}

#[test]
fn deepest_query_survives_json() {
    let mut text = "everyone".to_owned();
    for level in 0..29 {
        text = format!("(sex = v{level} or {text}) and has b");
    }
    let query = Query::parse(&text).expect("a query");
    assert_eq!(Query::from_json(&query.to_json().to_string()).as_ref(), Ok(&query));
    assert_eq!(Query::parse(&query.to_string()), Ok(query));
}

#[test]
fn long_words_are_not_guessed() {
    let error = error(&format!("sex = {}", "female".repeat(2_000)));
    assert_eq!(error.hint(), Some("the values are `female`, `male`, `unknown`"));
}

#[test]
fn cohorts_too_long_to_write_out_are_refused() {
    let codes = (0..4_000).map(|i| Code { name: format!("v{i}"), parents: Vec::new(), label: Label::default() }).collect();
    let age = Dimension {
        name: "age".to_owned(),
        label: Label::same("age"),
        kind: Kind::Partition,
        ordered: true,
        role: None,
        closed: false,
        dictionary: Dictionary::new(codes).expect("a dictionary"),
    };
    let dimensions = Dimensions::new(vec![age]).expect("dimensions");
    let resolve = |text: &str| Query::parse(text).and_then(|q| q.resolve(&dimensions));
    assert_eq!(resolve("age != v0").expect("a run").canonical(), "age in v1..v3999");
    assert_eq!(resolve("age != v2500").map_err(|e| e.kind()), Err(ErrorKind::InvalidQuery));
}
