use super::{Argument, Catalogue, Message, message};
use crate::Language;

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

#[test]
fn an_error_for_a_developer_does_not_print_its_catalogue() {
    let error = crate::Error::new(crate::ErrorKind::Syntax, message!("query.too_deep", most = 3_u32));
    let shown = format!("{error:?}");
    assert!(shown.contains("query.too_deep") && shown.len() < 400, "{shown}");
}
