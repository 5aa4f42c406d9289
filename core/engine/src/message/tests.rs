use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Argument, CATALOGUE, Catalogue, Message};
use crate::Language;

fn codes(language: Language) -> BTreeMap<&'static str, &'static str> {
    let mut codes = BTreeMap::new();
    for (code, text) in CATALOGUE.texts(language) {
        assert_eq!(codes.insert(code, text), None, "{code} is there twice in {}", language.tag());
    }
    codes
}

/// The names between the braces of a text.
fn places(text: &str) -> BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|behind| behind.split_once('}')).map(|(place, _)| place);
    let names = inside.map(|place| place.split_once(", ").map_or(place, |(name, _)| name));
    names.filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_')).collect()
}

/// The sources of the engine and of the module, tests left out.
fn sources() -> String {
    fn read(folder: &Path, all: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                read(&path, all);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                *all += &std::fs::read_to_string(&path).expect("a file of Rust");
            }
        }
    }
    let mut all = String::new();
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    read(&home.join("src"), &mut all);
    read(&home.join("../../wasm/src"), &mut all);
    all
}

#[test]
fn every_message_of_the_sources_has_a_text_with_a_place_for_each_argument() {
    let (sources, english) = (sources(), codes(Language::En));
    let mut seen = 0;
    for call in sources.split("message!(\"").skip(1) {
        let (code, rest) = call.split_once('"').expect("a code");
        let text = english.get(code).unwrap_or_else(|| panic!("{code} has no text"));
        // A call ends with the parenthesis that closes it.
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        let mut given = BTreeSet::new();
        let mut depth = 0;
        for part in rest[..end.expect("an end")].split_inclusive([',', '(', ')']) {
            let part_depth = depth;
            depth += i32::from(part.ends_with('(')) - i32::from(part.ends_with(')'));
            if let (0, Some((name, _))) = (part_depth, part.split_once(" = ")) {
                given.insert(name.trim());
            }
        }
        let places = places(text);
        let missing: Vec<_> = places.difference(&given).collect();
        assert!(missing.is_empty(), "{code}: the sources do not give {missing:?}");
        let unsaid: Vec<_> = given.difference(&places).filter(|name| !is_of_reason(text, name)).collect();
        assert!(unsaid.is_empty(), "{code}: no place for {unsaid:?}");
        seen += 1;
    }
    assert!(seen > 150, "{seen} messages found");
}

/// What a library says in English has its own place in the text; other languages name the line instead.
fn is_of_reason(english: &str, name: &str) -> bool {
    places(english).contains("reason") && ["reason", "line", "column"].contains(&name)
}

#[test]
fn every_text_is_of_a_message_of_the_sources() {
    let sources = sources();
    let of_lists = ["list.separator", "list.or"];
    for code in codes(Language::En).keys() {
        assert!(of_lists.contains(code) || sources.contains(&format!("\"{code}\"")), "nothing says {code}");
    }
}

#[test]
fn languages_have_the_same_codes_with_the_same_arguments() {
    let (english, other) = (codes(Language::En), codes(Language::Ja));
    assert_eq!(english.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (code, text) in &english {
        let differ: Vec<&str> = places(text).symmetric_difference(&places(other[code])).copied().collect();
        assert!(differ.iter().all(|name| is_of_reason(text, name)), "{code}: {differ:?}");
    }
}

#[test]
fn files_are_toml() {
    for (language, file) in [(Language::En, CATALOGUE.en), (Language::Ja, CATALOGUE.ja)] {
        let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines.clone() {
            let value = line.split_once(" = ").map_or("", |entry| entry.1);
            let is_double = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
            let inner = &value[1..value.len() - 1];
            let is_single = value.starts_with('\'') && value.ends_with('\'');
            let is_triple = value.starts_with("'''") && value.ends_with("'''") && value.len() > 6;
            let is_plain = (is_double && !inner.contains(['"', '\\'])) || is_triple || (is_single && !inner.contains('\''));
            assert!(is_plain, "{line}");
        }
        assert_eq!(lines.count(), CATALOGUE.texts(language).count());
    }
}

#[test]
fn arguments_are_said_in_their_places() {
    static OWN: Catalogue = Catalogue::new(
        "text = \"<{text}>\"\nall = '{\"a\": {n}} {n, grouped}: {names}; {names, or} {what}{nothing}'",
        "all = '{what}'\n",
    );
    let names = || Argument::List(["a", "b", "c"].map(|name| Argument::name(name, None)).into());
    let of = |arguments| Message::new(&OWN, "all", arguments);
    let message = of(vec![("n", 12_345_u32.into()), ("names", names()), ("what", Message::from("x").into())]);
    assert_eq!(message.to_string(), "{\"a\": 12345} 12,345: `a`, `b`, `c`; `a`, `b` or `c` x{nothing}");
    assert_eq!(message.in_words_of(&OWN, Language::En), message.to_string().replace(" x{", " <x>{"));
    assert_eq!(message.in_language(Language::Ja), "x");
    let label = Argument::name("G40", Some("Epilepsy".into()));
    assert_eq!((label.to_string(), Argument::from(7_u64).to_string()), ("`G40` (Epilepsy)".to_owned(), "7".to_owned()));
    assert_eq!(Message::new(&OWN, "no.text", Vec::new()).to_string(), "no.text");
}

#[test]
fn programs_get_codes_arguments_and_words() {
    let message = Message::of("hint.did_you_mean", vec![("names", vec![Argument::name("a", Some("A".into()))].into())]);
    let json = serde_json::to_value(&message).expect("JSON");
    let wanted = serde_json::json!({"code": "hint.did_you_mean", "args": {"names": [{"name": "a", "label": "A"}]},
                                    "text": "did you mean {names, or}?"});
    assert_eq!(json, wanted);
}
