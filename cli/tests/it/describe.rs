//! What a release says of itself.

use crate::fixtures::{arg, ninzu, people, release};

#[test]
fn a_description_counts_what_the_build_declared() {
    let release = release();
    let run = ninzu(&["describe", arg(&release), "--format", "json", "--verify"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let description: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(description["protection"], serde_json::json!({"by": "ninzu", "audited": true}));
    assert_eq!(description["policy"]["threshold"], 10);
    assert_eq!(description["centres"].as_array().unwrap().len(), 6);
    assert_eq!(description["verified"], description["bytes"]);
    let tables = description["tables"].as_array().unwrap();
    let base = tables.iter().find(|table| table["name"] == "base").unwrap();
    // Everyone, 3 sexes, 8 life stages and both, at 6 centres.
    assert_eq!(base["declared"], (1 + 3 + 8 + 24) * 6);
    for table in tables {
        let is_both_orders = table["codes"].as_array().unwrap().len() == 2 && table["codes"][0] == table["codes"][1];
        let rows = table["listed"].as_u64().unwrap() / if is_both_orders { 2 } else { 1 };
        assert!(rows <= table["declared"].as_u64().unwrap(), "{table}");
    }
    let once = tables.iter().filter(|table| table["mirror_of"].is_null());
    let declared: u64 = once.map(|table| table["declared"].as_u64().unwrap()).sum();
    let folder = tempfile::tempdir().unwrap();
    let built = ninzu(&["build", arg(&people().join("spec.toml")), "--out", arg(&folder.path().join("release"))]);
    let said = format!("{} cells declared", ::ninzu::text::thousands(declared));
    assert!(built.err.contains(&said), "{said}: {}", built.err);
    let of = |name: &str| tables.iter().find(|table| table["name"] == name).unwrap()["declared"].as_u64().unwrap();
    assert_eq!(of("diagnosis+specimen"), of("specimen+diagnosis"), "one table in two orders");
}

#[test]
fn a_description_is_spoken_in_both_languages() {
    let english = ninzu(&["describe", arg(&release())]);
    assert!(
        english.out.contains("audited") && !english.out.contains("NOT audited") && english.out.contains("threshold 10"),
        "{}",
        english.out
    );
    let japanese = ninzu(&["describe", arg(&release()), "--lang", "ja"]);
    assert!(japanese.out.contains("監査済み") && japanese.out.contains("国立成育医療研究センター"), "{}", japanese.out);
}
