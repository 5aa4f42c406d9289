#![expect(clippy::unwrap_used, reason = "tests")]

use super::super::icd10::CodeRange;
use super::{KnownList, Sex, Who};

fn is_listed(code: &str, who: Who) -> bool {
    let code = CodeRange::parse(code).unwrap();
    KnownList::Icd10.lines().unwrap().iter().any(|line| line.who == who && line.codes.holds(&code))
}

#[test]
fn every_line_has_a_source_and_a_note() {
    let text = include_str!("../data/impossible_icd10.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["codes", "sex", "under", "source", "note"]);
    for line in reader.records() {
        let line = line.unwrap();
        assert!(
            line.get(3).is_some_and(|source| !source.is_empty()) && line.get(4).is_some_and(|note| !note.is_empty()),
            "{line:?}"
        );
    }
    assert!(!KnownList::Icd10.lines().unwrap().is_empty());
}

#[test]
fn the_list_holds_what_the_classification_defines_by_sex_and_nothing_that_both_have() {
    for code in ["C53", "C53.1", "C51-C58", "D25", "N80", "O00-O99", "O14", "R87"] {
        assert!(is_listed(code, Who::Sex(Sex::Male)) && !is_listed(code, Who::Sex(Sex::Female)), "{code}");
    }
    for code in ["C61", "C60-C63", "N40", "N40-N51"] {
        assert!(is_listed(code, Who::Sex(Sex::Female)) && !is_listed(code, Who::Sex(Sex::Male)), "{code}");
    }
    // Breast cancer, osteoporosis (M80.0 is of both sexes in ICD-10-CM), disorders of sex development, and whole chapters.
    for code in ["C50", "M80.0", "M81.0", "Q51", "Q53", "E29.1", "E34.5", "Q56", "N00-N99", "C00-C97", "D07", "Z32", "A33"] {
        assert!(!is_listed(code, Who::Sex(Sex::Male)) && !is_listed(code, Who::Sex(Sex::Female)), "{code}");
    }
    assert!(is_listed("O14", Who::Under(9)) && !is_listed("P07", Who::Under(9)));
}

#[test]
fn sexes_have_the_names_that_are_usual() {
    for value in ["female", "Female", "F", "女性", "女", "8532"] {
        assert_eq!(Sex::of(value), Some(Sex::Female), "{value}");
    }
    for value in ["male", "M", "男性", "男", "8507"] {
        assert_eq!(Sex::of(value), Some(Sex::Male), "{value}");
    }
    for value in ["unknown", "1", "2", "x", "", "diverse", "w"] {
        assert_eq!(Sex::of(value), None, "{value}");
    }
    assert_eq!((Sex::of_column("1"), Sex::of_column("2")), (Some(Sex::Male), Some(Sex::Female)));
}
