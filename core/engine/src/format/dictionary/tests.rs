//! A library for all formats is the oracle.
#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{Records, read_dictionary};
use crate::model::Label;

fn field() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['a', '1', ',', '"', '\n', ' ', '病', '-']), 0..6).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn what_a_library_writes_is_read(records in prop::collection::vec([field(), field(), field(), field()], 1..8), crlf: bool) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        for record in &records {
            writer.write_record(record).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let mut read = Records { rest: &text, line: 1 };
        let mut found = Vec::new();
        while let Some(record) = read.next_record(4).unwrap() {
            found.push(<[String; 4]>::try_from(record).unwrap());
        }
        prop_assert_eq!(&found, &records, "{}", text);
        prop_assert_eq!(read.line, 1 + text.matches('\n').count());
    }
}

#[test]
fn what_is_not_by_the_rule_is_refused_with_its_line() {
    let begin = "code,parent,label_en,label_ja";
    let error = |rows: &str| read_dictionary("d.csv", format!("{begin}\n{rows}").as_bytes()).unwrap_err().message().to_owned();
    assert_eq!(error("A,,x,x\nB,,x\n"), "\"d.csv\", line 3: there are fewer fields than columns");
    assert_eq!(error("A,,x,x,x\n"), "\"d.csv\", line 2: there are more fields than columns");
    assert_eq!(error("A,,x,\"x\n"), "\"d.csv\", line 2: a quote is not closed");
    assert_eq!(error("A,,\"x\ny\",x\n\nB,,\"x\"y,x\n"), "\"d.csv\", line 5: text stands behind a closing quote");
    assert_eq!(error("A,,x\"y,x\n"), "\"d.csv\", line 2: a quote stands inside a field without quotes");
    assert_eq!(error(",,x,x\n"), "\"d.csv\", line 2: there is no code");
    let other = read_dictionary("d.csv", b"code,label\nA,x\n").unwrap_err();
    assert!(other.message().contains("line 1"), "{other}");
    assert!(read_dictionary("d.csv", b"\xff\xfe").unwrap_err().message().contains("UTF-8"));
    assert_eq!(read_dictionary("d.csv", format!("\u{feff}{begin}\r\nA,,x,y\r\nA,B,x,y\r\n").as_bytes()).unwrap().codes.len(), 1);
}

#[test]
fn labels_are_in_any_languages_and_fall_back_to_english() {
    let label = |text: &str| read_dictionary("d.csv", text.as_bytes()).map(|listed| listed.codes[0].label.clone());
    let of = |en: &str, ja: &str| Ok(Label { en: en.into(), ja: ja.into() });
    assert_eq!(label("code,parent,label_en,label_ja,label_fr\nA,,x,y,z\n"), of("x", "y"));
    assert_eq!(label("code,parent,label_fr,label_ja,label_zh-Hant,label_en\nA,,f,j,z,e\n"), of("e", "j"));
    assert_eq!(label("code,parent,label_en\nA,,x\n"), of("x", "x"));
    assert_eq!(label("code,parent,label_ja\nA,,x\n"), of("A", "x"), "without English the code");
    assert_eq!(label("code,parent\nA,\n"), of("A", "A"));
    assert!(label(&format!("code,parent,label_en{}\n", ",x".repeat(200))).is_err(), "without an end");
    let read = |json: &str| serde_json::from_str::<Label>(json).ok();
    assert_eq!(read(r#"{"en": "x", "fr": "y"}"#), of("x", "x").ok());
    assert_eq!(read(r#"{"ja": "x"}"#), None);
}

#[test]
fn onsets_are_places_of_life_stages() {
    let read = |rows: &str| read_dictionary("d.csv", format!("code,parent,onsets,label_en\n{rows}").as_bytes());
    let onsets = read("*,,,any\nA,,0-2 5,a\nB,A,,b\nB,*,3,b\nC,,7,c\n").unwrap().onsets;
    assert_eq!(onsets, [vec![], vec![0, 1, 2, 5], vec![], vec![7]], "the first record of a code says");
    for wrong in ["x", "2-1", "-1", "1-", "1,2", "0-4096", "0-4294967295", "1-2-3", " 1", "1  2", "+1"] {
        let error = read(&format!("A,,\"{wrong}\",a\n")).unwrap_err();
        assert_eq!(error.message(), "\"d.csv\", line 2: its onsets are not places of life stages", "{wrong}");
    }
    let many: Vec<String> = (0..300).map(|i| format!("A{i},,0-4095,a\n")).collect();
    assert!(read(&many.concat()).unwrap_err().message().contains("codes in a dictionary"), "before they are held");
}
