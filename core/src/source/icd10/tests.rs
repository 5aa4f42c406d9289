#![expect(clippy::unwrap_used, reason = "tests")]

use super::CodeRange;

fn range(text: &str) -> CodeRange {
    CodeRange::parse(text).unwrap()
}

#[test]
fn a_range_holds_its_categories_their_subcategories_and_ranges_inside_it() {
    for (outer, inner) in [
        ("C51-C58", "C53"),
        ("C51-C58", "C53.1"),
        ("C51-C58", "c531"),
        ("C51-C58", "C58.9"),
        ("C51-C58", "C51-C52"),
        ("C51-C58", "C51\u{2013}C58"),
        ("C53", "C53.-"),
        ("C53", "ICD10:C53.8"),
        ("D07.0-D07.3", "D07.3"),
        ("O00-O9A", "O00-O99"),
        ("O00-O9A", "O9A.1"),
        ("S31.4", "S31.40XA"),
        ("A34", "A34\u{2020}"),
    ] {
        assert!(range(outer).holds(&range(inner)), "{outer} holds {inner}");
    }
    for (outer, inner) in [
        ("C51-C58", "C50"),
        ("C51-C58", "C50-C58"),
        ("C51-C58", "C00-C97"),
        ("C51-C58", "C59"),
        ("D07.0-D07.3", "D07"),
        ("D07.0-D07.3", "D07.4"),
        ("N70-N98", "N99"),
        ("B37.3", "B37"),
    ] {
        assert!(!range(outer).holds(&range(inner)), "{outer} does not hold {inner}");
    }
}

#[test]
fn what_is_no_code_of_icd_10_is_none() {
    for text in ["*", "", "serum", "dna", "201826", "C5", "E10@aya", "C58-C51", "NA", "T", "1E10", "X-Y", "LOINC:4548-4"] {
        let parsed = CodeRange::parse(text);
        assert!(parsed.is_none(), "{text}: {parsed:?}");
    }
}
