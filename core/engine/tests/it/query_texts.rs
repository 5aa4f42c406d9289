//! Queries by example: spellings, precedence, the published schema.

use ninzu_engine::Query;
use ninzu_engine::query::{By, Cohort, QUERY_SCHEMA};

use crate::query::{DIAGNOSIS, SEX, SPECIMEN, STAGE, dimensions};

fn resolve(text: &str) -> Cohort {
    Query::parse(text).and_then(|q| q.resolve(&dimensions())).unwrap_or_else(|e| panic!("{text}: {e} {:?}", e.hint()))
}

#[test]
fn equivalent_texts_share_canonical_text() {
    for (canonical, spellings) in [
        (
            "everyone",
            &["", "  ", "everyone", "register = yes", "sex = female or not sex = female", "at least 1 of (everyone, sex = male)"]
                [..],
        ),
        (
            "not everyone",
            &["not everyone", "sex = female and sex = male", "has diagnosis and not diagnosis = *", "register = unknown"],
        ),
        (
            "sex = female",
            &[
                "SEX=FEMALE",
                "性別 = 女性",
                "性別＝女性",
                "sex != male and sex != unknown",
                "not sex in (male, \"不明\")",
                "((sex = Female))",
            ],
        ),
        ("everyone", &["everyone", "register in (yes, unknown)", "register != unknown"]),
        ("everyone by life_stage, centre", &["by life_stage, centre", "everyone by \"life stage\"、 CENTRE"]),
        (
            "life_stage in adolescent..adult",
            &[
                "life_stage = adolescent..adult",
                "\"Life Stage\" in (Adulthood, 思春期)",
                "life_stage in adolescent.. and life_stage in ..adult",
            ],
        ),
        ("life_stage in adolescent..elderly", &["life_stage in adolescent..", "not life_stage in (child, unknown)"]),
        ("life_stage in (child, unknown)", &["life_stage != adolescent..elderly", "life_stage not in adolescent..elderly"]),
        (
            "diagnosis in (G40, G41)",
            &["diagnosis = G41 or 病名 = てんかん", "diagnosis in (g40, G41, G40)", "diagnosis = Ｇ４０ or diagnosis = G41"],
        ),
        (
            "not diagnosis = G40 and not diagnosis = G41",
            &["diagnosis not in (G41, G40)", "not (diagnosis = G40 or diagnosis = G41)"],
        ),
        ("has specimen", &["has specimen", "specimen = *", "specimen = Any", "has 検体"]),
        ("diagnosis = G40@child", &["diagnosis = Epilepsy@childhood", "病名 = てんかん@小児期"]),
        ("diagnosis = I10", &["diagnosis = \"高血圧（本態性）\"", "diagnosis = hypertension"]),
        ("diagnosis = \"and\" or sex = male", &["sex = male or diagnosis = \"AND\""]),
    ] {
        for spelling in spellings {
            assert_eq!(resolve(spelling).canonical(), canonical, "{spelling}");
        }
    }
}

#[test]
fn design_example_resolves() {
    let cohort = resolve(
        "sex = female and life_stage in adolescent..adult and diagnosis = G40 and not diagnosis = I10
           and at least 2 of (specimen = dna, specimen = serum, data = wgs)  by centre, life_stage",
    );
    assert_eq!(
        cohort.canonical(),
        "at least 2 of (data = wgs, specimen = dna, specimen = serum) and diagnosis = G40 and life_stage in adolescent..adult \
         and not diagnosis = I10 and sex = female by centre, life_stage"
    );
    assert_eq!(cohort.by(), [By::Centre, By::Dimension(STAGE)]);
    assert_eq!(cohort.predicate().partitions(), [SEX, STAGE]);
    assert_eq!(cohort.predicate().codes(), [(DIAGNOSIS, 1), (DIAGNOSIS, 3), (SPECIMEN, 1), (SPECIMEN, 2), (5, 0)]);
}

#[test]
fn hash_is_the_sha256_of_the_canonical_text() {
    // printf everyone | sha256sum
    assert_eq!(resolve("").hash(), "5d67991ae967994c94b2e21a4d639c659d357a6fbd3fa743e4f6638a440d35c7");
}

#[test]
fn not_binds_closer_than_and_than_or() {
    let [plain, grouped] =
        ["not sex = male and has diagnosis or has specimen", "((not (sex = male)) and has diagnosis) or has specimen"]
            .map(|text| Query::parse(text).expect("a query"));
    assert_eq!(plain, grouped);
    assert_ne!(plain, Query::parse("not (sex = male and (has diagnosis or has specimen))").expect("a query"));
}

#[test]
fn schema_lists_every_form_and_its_examples_are_queries() {
    let schema: serde_json::Value = serde_json::from_str(QUERY_SCHEMA).expect("JSON");
    let forms = schema["$defs"]["condition"]["oneOf"].as_array().expect("forms");
    let keys: Vec<Vec<&str>> = forms
        .iter()
        .map(|form| form["properties"].as_object().map_or(Vec::new(), |fields| fields.keys().map(String::as_str).collect()))
        .collect();
    let written: Vec<Vec<String>> = [
        "everyone",
        "sex = a",
        "sex in (a, b)",
        "sex in a..b",
        "has sex",
        "not everyone",
        "everyone and everyone",
        "everyone or everyone",
        "at least 1 of (everyone)",
    ]
    .iter()
    .map(|text| {
        let json = Query::parse(text).expect("a query").to_json();
        json["filter"].as_object().map_or(Vec::new(), |fields| fields.keys().cloned().collect())
    })
    .collect();
    assert_eq!(keys, written);
    for form in forms {
        assert!(
            form["description"].is_string() && (form["const"] == "everyone" || form["additionalProperties"] == false),
            "{form}"
        );
    }
    for example in schema["examples"].as_array().expect("examples") {
        let query = Query::from_json(&example.to_string()).unwrap_or_else(|e| panic!("{example}: {e}"));
        assert_eq!(Query::from_json(&query.to_json().to_string()), Ok(query));
    }
}
