//! TypeScript's types are written from Rust's: `NINZU_WRITE=1 cargo test -p ninzu-wasm` writes them anew.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/committed.rs"]
mod committed;

use ninzu_engine::answer::{
    Basis, Bounds, ByAnswer, CentreAnswer, CentreDescription, Combined, Count, Description, DimensionDescription, Explanation,
    Facet, FacetValue, FileRange, MaybeCount, Method, Rest, Status, TableDescription, UnknownCode,
};
use ninzu_engine::format::manifest::{Additivity, CentreInfo, ObservationRule, Protection, SumsInfo};
use ninzu_engine::model::{Decoy, Kind, Label, Listed, Policy, Preset, Role};
use ninzu_engine::release::{DictionaryEntry, FileSize, OnsetEntry};
use ninzu_engine::{Answer, Asking, ErrorKind, Query, UnknownCodes};
use serde::{Deserialize, Serialize};
use ts_rs::{Config, TS};

/// The JSON form of a query. Reading it is the engine's; this mirror only has its shape.
#[derive(Debug, PartialEq, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
struct QueryJson {
    /// Whom to count; everyone if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    filter: Option<Filter>,
    /// Dimensions to break down by, or `centre`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    by: Option<Vec<String>>,
}

/// A condition on a person at a centre.
#[derive(Debug, PartialEq, Deserialize, Serialize, TS)]
#[serde(untagged, deny_unknown_fields)]
enum Filter {
    /// No restriction.
    Everyone(Everyone),
    /// One value.
    Is { dimension: String, is: String },
    /// One of several values.
    In { dimension: String, r#in: Vec<String> },
    /// A range of an ordered dimension, both ends in it.
    Range {
        dimension: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        from: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        to: Option<String>,
    },
    /// Any code of a dimension.
    Has { has: String },
    /// Not this.
    Not { not: Box<Filter> },
    /// All of these.
    And { and: Vec<Filter> },
    /// One or more of these.
    Or { or: Vec<Filter> },
    /// At least so many of these.
    AtLeast { at_least: usize, of: Vec<Filter> },
}

#[derive(Debug, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "lowercase")]
enum Everyone {
    Everyone,
}

/// The file as it must be.
fn generated() -> String {
    let config = Config::new().with_large_int("number");
    let mut text = String::from("// Written from Rust's types by wasm/tests/types.rs: do not edit.\n");
    macro_rules! write {
        ($($type:ty),* $(,)?) => {$(
            text.push('\n');
            text.push_str(&<$type as TS>::docs().unwrap_or_default());
            text.push_str("export ");
            text.push_str(&<$type as TS>::decl(&config));
            text.push('\n');
        )*};
    }
    write!(
        QueryJson,
        Filter,
        Everyone,
        Asking,
        UnknownCodes,
        Answer,
        UnknownCode,
        Combined,
        Bounds,
        Count,
        CentreAnswer,
        MaybeCount,
        Basis,
        ByAnswer,
        Status,
        Label,
        Facet,
        FacetValue,
        Explanation,
        Method,
        FileRange,
        Rest,
        Description<'static>,
        CentreDescription<'static>,
        CentreInfo,
        ObservationRule,
        DimensionDescription<'static>,
        Listed,
        Kind,
        Role,
        DictionaryEntry<'static>,
        OnsetEntry<'static>,
        TableDescription<'static>,
        Protection,
        Additivity,
        SumsInfo,
        Policy,
        Decoy,
        Preset,
        FileSize,
        ErrorKind,
    );
    text
}

#[test]
fn committed_types_are_the_generated_ones() {
    committed::is_generated("types.ts", &generated());
}

#[test]
fn mirror_has_the_shape_that_the_engine_writes() {
    let texts = [
        "everyone",
        "sex = female",
        "sex != male and has specimen",
        "life_stage in a..b or life_stage in ..b or life_stage in a..",
        "diagnosis in (E10, G40) by centre, sex",
        "at least 2 of (a = b, c = d, e = f) and not g = h",
    ];
    for text in texts {
        let written = text.parse::<Query>().unwrap().to_json();
        let mirror: QueryJson = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&mirror).unwrap(), written, "{text}");
    }
}
