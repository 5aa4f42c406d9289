//! What strangers hand to a reader: each function takes any bytes and must end, soon, without a panic.

use std::sync::{Arc, LazyLock};

use ninzu_engine::answer::Description;
use ninzu_engine::format::{ListedCodes, read_dictionary, sha256_hex};
use ninzu_engine::model::{Dictionary, Dimension, Dimensions, Kind, Label, Role};
use ninzu_engine::{Asking, Engine, Opening, Query, Trust, UnknownCodes};
use serde_json::{Value, json};

/// Dictionaries of a small release.
pub(crate) const DICTIONARIES: [(&str, &str); 4] = [
    ("sex", "code,parent,label_en,label_ja\nfemale,,Female,女性\nmale,,Male,男性\nunknown,,Unknown,不明\n"),
    ("life_stage", "code,parent,label_en,label_ja\nchild,,Child,小児\nadult,,Adult,成人\nold,,Old,老年\n"),
    (
        "diagnosis",
        "code,parent,label_en,label_ja\n*,,any,すべて\nA,,Chapter A,章\nA1,A,First,一\nA2,A,Second,二\nB,,Other,他\n\
         A1@child,A1,\"First, as a child\",小児\nLOINC:4548-4,,HbA1c,ヘモグロビン\n",
    ),
    ("specimen", "code,parent,label_en,label_ja\n*,,any,すべて\ndna,,DNA,DNA\nserum,,Serum,血清\n"),
];

fn path(name: &str) -> String {
    format!("dimensions/{name}.csv")
}

/// A descriptor of a release without a row; `cells`: the one row group of its table of diagnoses, and how many rows it has.
pub(crate) fn descriptor(cells: Option<(&[u8], u32)>) -> Value {
    let table = |name: &str, codes: &[&str], declared: Value, cells: Option<(&[u8], u32)>| {
        let group = |(bytes, rows): (&[u8], u32)| json!({"offset": 4, "length": bytes.len(), "rows": rows, "sha256": sha256_hex(bytes), "first": ["*"]});
        let end = cells.map_or(0, |(bytes, _)| 4 + bytes.len());
        json!({
            "name": name, "path": format!("cells/{name}.parquet"), "codes": codes, "order": 2, "declared": declared,
            "unlisted": [0, 9], "chunks": cells.map(group).into_iter().collect::<Vec<_>>(),
            "footer": {"offset": end, "length": 9, "sha256": "0"},
        })
    };
    let label = json!({"en": "x", "ja": "x"});
    let dimension = |name: &str, kind: &str, more: Value| {
        let mut all = json!({"name": name, "label": label, "kind": kind});
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    let files =
        DICTIONARIES.map(|(name, text)| json!({"path": path(name), "length": text.len(), "sha256": sha256_hex(text.as_bytes())}));
    json!({
        "name": "fuzz", "title": "Fuzz", "resources": [],
        "ninzu": {
            "format": 1, "title": label, "policy": {"threshold": 10, "base": 10}, "protection": {"by": "ninzu", "audited": true},
            "centres": [{"name": "X", "label": label}, {"name": "Y", "label": label}],
            "collects": {"X": ["diagnosis", "specimen"], "Y": ["diagnosis"]},
            "dimensions": [
                dimension("sex", "partition", json!({})),
                dimension("life_stage", "partition", json!({"ordered": true, "role": "life_stage"})),
                dimension("diagnosis", "codes", json!({"dictionary": "rows"})),
                dimension("specimen", "codes", json!({"dictionary": "spec"})),
            ],
            "tables": [
                table("base", &[], json!([[]]), None),
                table("diagnosis", &["diagnosis"], json!("dictionary"), cells),
                table("specimen", &["specimen"], json!("dictionary"), None),
                table("diagnosis+specimen", &["diagnosis", "specimen"], json!([["A", "dna"]]), None),
            ],
            "structural_zeros": [{"sex": "male", "diagnosis": "B"}],
            "files": files,
        },
    })
}

/// Opens a release whose dictionaries are those above, if it can be opened.
fn open(descriptor: &[u8]) -> Option<Engine> {
    let mut opening = Opening::new(descriptor, Trust::Audited).ok()?;
    for need in opening.needs() {
        let (_, text) = DICTIONARIES.iter().find(|(name, _)| path(name) == need.path)?;
        let range = usize::try_from(need.range.start).ok()?..usize::try_from(need.range.end).ok()?;
        opening.supply(&need, text.as_bytes().get(range)?).ok()?;
    }
    Some(Engine::new(opening.finish().ok()?))
}

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| open(descriptor(None).to_string().as_bytes()).expect("a release without rows can be opened"));

/// Asks it in every way.
fn ask(engine: &Engine, query: &Query) {
    for unknown_codes in [None, Some(UnknownCodes::Anything)] {
        let asking = Asking { unknown_codes, work: 0.3 };
        if let Ok(prepared) = engine.prepare_as(query, &asking) {
            // Cells that did not come are an error; those of a release without rows are none.
            if let Ok(answer) = engine.answer(&prepared) {
                let again = Query::parse(&answer.query).expect("a canonical text parses");
                let again = engine.prepare_as(&again, &asking).expect("a canonical text can be asked");
                assert_eq!(again.cohort().hash(), answer.hash, "a canonical text asks something else");
                ninzu_engine::answer::json(&answer).expect("an answer is written");
            }
        }
        if let Ok(prepared) = engine.prepare_facets_as(query, &asking) {
            drop(engine.facets(&prepared));
        }
    }
}

/// The text of a question.
pub(crate) fn query_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Query::parse(text) {
        Ok(query) => {
            assert_eq!(Query::parse(&query.to_string()).expect("a printed query parses"), query, "{text}");
            assert_eq!(Query::from_json(&query.to_json().to_string()).expect("its JSON is read"), query, "{text}");
            ask(&ENGINE, &query);
        }
        Err(error) => assert!(error.span().is_none_or(|span| span.end <= text.len() && span.start <= span.end), "{text}"),
    }
}

/// The JSON of a question.
pub(crate) fn query_json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(query) = Query::from_json(text) {
        assert_eq!(Query::parse(&query.to_string()).expect("a printed query parses"), query, "{text}");
        ask(&ENGINE, &query);
    }
    drop(Asking::from_json(text));
}

/// A release's descriptor.
pub(crate) fn descriptor_bytes(data: &[u8]) {
    let Some(engine) = open(data) else { return };
    drop(Description::new(engine.release(), None).map(|description| ninzu_engine::answer::json(&description)));
    assert_eq!(
        engine.release().contents().iter().map(|need| need.range.end - need.range.start).sum::<u64>() + data.len() as u64,
        engine.release().bytes()
    );
    for text in [
        "everyone by sex, centre",
        "diagnosis = A and not specimen = dna",
        "at least 2 of (diagnosis = A, diagnosis = B, has specimen)",
    ] {
        if let Ok(query) = Query::parse(text) {
            ask(&engine, &query);
        }
    }
}

/// A row group of a table, its hash the right one: the first byte says how many more rows than 24 it is said to have.
pub(crate) fn cells(data: &[u8]) {
    let Some((&rows, bytes)) = data.split_first() else { return };
    let descriptor = descriptor(Some((bytes, 24 + u32::from(rows) * 64))).to_string();
    let Some(engine) = open(descriptor.as_bytes()) else { return };
    for need in engine.release().contents().iter().filter(|need| need.path == "cells/diagnosis.parquet" && need.range.start == 4)
    {
        drop(engine.supply(need, bytes));
    }
    ask(&engine, &Query { filter: ninzu_engine::query::Expr::Has(ninzu_engine::query::Name::new("diagnosis")), by: Vec::new() });
}

/// A dictionary.
pub(crate) fn dictionary(data: &[u8]) {
    let stages = read_dictionary("stages", DICTIONARIES[1].1.as_bytes()).and_then(|listed| Dictionary::new(listed.codes));
    let stages = Arc::new(stages.expect("three stages"));
    let Ok(ListedCodes { codes, onsets }) = read_dictionary("dimensions/diagnosis.csv", data) else { return };
    let Ok(dictionary) = Dictionary::with_onsets(codes, &onsets, Some(&stages)) else { return };
    for id in 0..dictionary.len() as u32 {
        assert!(!dictionary.ancestors(id).contains(&id), "a code lies above itself");
        assert_eq!(dictionary.id(dictionary.name(id)), Some(id), "a code is not found by its name");
    }
    let dimension = |name: &str, kind, role, dictionary| Dimension {
        name: name.into(),
        label: Label::default(),
        kind,
        ordered: true,
        role,
        closed: false,
        dictionary,
    };
    let stages = dimension("life_stage", Kind::Partition, Some(Role::LifeStage), (*stages).clone());
    let Ok(dimensions) = Dimensions::new(vec![stages, dimension("diagnosis", Kind::Codes, None, dictionary)]) else { return };
    for text in ["diagnosis = A1", "diagnosis = nothing", "diagnosis = A1@adult", "has diagnosis"] {
        if let Ok(query) = Query::parse(text) {
            drop(query.resolve(&dimensions));
        }
    }
}
