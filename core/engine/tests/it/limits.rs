//! What comes from outside has limits, and what is beyond them is refused at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ninzu_engine::model::{Code, Dictionary, Label, MarginLayout};
use ninzu_engine::text::visible;
use ninzu_engine::{Error, ErrorKind, Query, limits};

/// Refused, quickly (a machine may be busy: what is not refused at once takes minutes and gigabytes) and in few words.
fn refused<T: std::fmt::Debug>(what: impl FnOnce() -> Result<T, Error>) -> Error {
    let began = Instant::now();
    let error = what().expect_err("beyond a limit");
    assert!(began.elapsed() < Duration::from_mins(1), "{error} took {:?}", began.elapsed());
    assert!(error.message().len() <= 4 * limits::MESSAGE, "{} bytes of message", error.message().len());
    error
}

fn chain(length: usize) -> Vec<Code> {
    let parents = |at: usize| if at == 0 { Vec::new() } else { vec![format!("c{}", at - 1)] };
    (0..length).map(|at| Code { name: format!("c{at}"), parents: parents(at), label: Label::default() }).collect()
}

#[test]
fn a_hierarchy_has_as_many_levels_as_any_in_use_and_no_more() {
    let deepest = Dictionary::new(chain(limits::HIERARCHY_DEPTH + 1)).expect("the deepest that may be");
    assert_eq!(deepest.ancestors(limits::HIERARCHY_DEPTH as u32).len(), limits::HIERARCHY_DEPTH);
    let error = refused(|| Dictionary::new(chain(40_000)));
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("levels of a hierarchy"), "{error}");
}

#[test]
fn a_hierarchy_that_is_wide_on_every_level_is_refused_before_it_fills_the_memory() {
    // Each code of a level lies under every code of the level above.
    let (levels, width) = (4, 1_000);
    let parents = |level: usize| if level == 0 { Vec::new() } else { (0..width).map(|i| format!("{}-{i}", level - 1)).collect() };
    let code = |level: usize, i: usize| Code { name: format!("{level}-{i}"), parents: parents(level), label: Label::default() };
    let codes = (0..levels).flat_map(|level| (0..width).map(move |i| (level, i))).map(|(level, i)| code(level, i)).collect();
    assert_eq!(refused(|| Dictionary::new(codes)).kind(), ErrorKind::Unsupported);
}

#[test]
fn a_cycle_is_shown_however_long_it_is() {
    let mut codes = chain(200_000);
    codes[0].parents = vec!["c199999".into()];
    let error = refused(|| Dictionary::new(codes));
    assert_eq!(error.kind(), ErrorKind::InvalidRelease);
    assert!(error.message().contains("the hierarchy has a cycle: c0 < c199999 < "), "{error}");
}

#[test]
fn names_and_labels_have_an_end() {
    let code = |name: String, label: &str| vec![Code { name, parents: Vec::new(), label: Label::same(label) }];
    assert_eq!(refused(|| Dictionary::new(code("x".repeat(limits::NAME_BYTES + 1), ""))).kind(), ErrorKind::Unsupported);
    assert_eq!(refused(|| Dictionary::new(code("x".into(), &"x".repeat(65_000)))).kind(), ErrorKind::Unsupported);
    assert_eq!(refused(|| Dictionary::new(code(String::new(), "nothing"))).kind(), ErrorKind::InvalidRelease);
    assert!(Dictionary::new(code("x".repeat(limits::NAME_BYTES), &"x".repeat(limits::LABEL_BYTES))).is_ok());
}

#[test]
fn derived_onsets_have_an_end() {
    let label = Label::same(&"x".repeat(limits::LABEL_BYTES));
    let code = |name: String| Code { name, parents: Vec::new(), label: label.clone() };
    let codes = |count: usize, bytes: usize| (0..count).map(|i| code(format!("{i:0bytes$}"))).collect::<Vec<_>>();
    let stages = Dictionary::new((0..4_096).map(|i| Code { label: Label::default(), ..code(format!("s{i}")) }).collect());
    let stages = Arc::new(stages.expect("as many stages as may be"));
    let all = |of: u32| (0..of).collect::<Vec<_>>();
    let refused = |codes: Vec<Code>, of: u32| {
        let onsets = vec![all(of); codes.len()];
        refused(|| Dictionary::with_onsets(codes, &onsets, Some(&stages))).message().to_owned()
    };
    assert!(refused(codes(300, 1), 4_096).contains("codes in a dictionary"));
    assert!(refused(codes(1, limits::NAME_BYTES), 1).contains("name"));
    assert!(refused(codes(10, 4), 4_096).contains("labels of onsets"));
    assert!(Dictionary::with_onsets(codes(7, 4), &vec![all(4_096); 7], Some(&stages)).is_ok());
}

#[test]
fn an_absurd_order_ends_where_the_partitions_do() {
    let began = Instant::now();
    let layout = MarginLayout::new(&[3, 9], usize::MAX);
    assert_eq!(layout.len(), 1 + 3 + 9 + 27);
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn questions_have_an_end() {
    let long = format!("sex = {}", "x".repeat(limits::QUERY_TEXT));
    assert_eq!(refused(|| Query::parse(&long)).kind(), ErrorKind::Syntax);
    let deep = format!("{}sex = female{}", "(".repeat(30_000), ")".repeat(30_000));
    assert_eq!(refused(|| Query::parse(&deep)).kind(), ErrorKind::Syntax);
    assert_eq!(refused(|| Query::parse(&"not ".repeat(16_000))).kind(), ErrorKind::Syntax);
    let many = vec!["a = b"; 5_000].join(" or ");
    assert_eq!(refused(|| Query::parse(&many)).kind(), ErrorKind::Syntax);
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(refused(|| Query::from_json(&nested)).kind(), ErrorKind::Syntax);
    let not = format!("{}\"everyone\"{}", "{\"not\": ".repeat(100), "}".repeat(100));
    assert_eq!(refused(|| Query::from_json(&format!("{{\"filter\": {not}}}"))).kind(), ErrorKind::Syntax);
    assert_eq!(refused(|| Query::from_json(&" ".repeat(limits::QUERY_JSON + 1))).kind(), ErrorKind::Syntax);
}

#[test]
fn messages_have_an_end_and_nothing_in_them_acts() {
    let hostile = "\u{1b}]0;title\u{7}\u{9b}31m\u{202e}evil\u{2066}\n".repeat(5_000);
    let error = Error::new(ErrorKind::Io, &hostile).with_hint(&hostile);
    for text in [error.message(), error.hint().unwrap_or_default()] {
        assert!(text.chars().count() <= limits::MESSAGE + 1, "{} characters", text.chars().count());
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c)), "{text:?}");
    }
    assert_eq!(visible("a\tb\r\n\u{1b}[2J\u{85}"), "a\\tb\\r\\n\\u{1b}[2J\\u{85}");
    let label = Label::same("\u{1b}[31m \u{9b}31m \u{202e} \u{7f}");
    let json = ninzu_engine::answer::json(&label).expect("labels are JSON");
    assert!(json.chars().all(|c| c == '\n' || ('\u{20}'..'\u{7f}').contains(&c)), "{json:?}");
    assert_eq!(serde_json::from_str::<Label>(&json).expect("labels are read"), label);
}
