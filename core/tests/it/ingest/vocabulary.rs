//! OMOP vocabularies: every row of `CONCEPT_ANCESTOR` counts, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use ninzu::source::{Note, Population, TextFormat};
use proptest::prelude::*;

use super::Case;

const SPEC: &str = r#"
[release]
name = "cdm"
title = { en = "CDM", ja = "CDM" }
reference_date = 2024-12-31
[source]
kind = "omop"
path = "."
centre = "NCC"
vocabulary = "."
[policy]
preset = "ohdsi"
"#;

/// Rows of `CONCEPT_ANCESTOR`: upper, lower, levels.
type Rows = [(u32, u32, u8)];

fn ancestors(rows: &Rows) -> String {
    let mut text = "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n".to_owned();
    for (upper, lower, levels) in rows {
        writeln!(text, "{upper}\t{lower}\t{levels}\t{levels}").unwrap();
    }
    text
}

/// A folder whose person `n` has the concepts `records[n]` as diagnoses.
fn case(rows: &Rows, records: &[Vec<u32>]) -> Case {
    let mut persons = "person_id,gender_concept_id,year_of_birth\n".to_owned();
    let mut conditions = "person_id,condition_concept_id,condition_start_date\n".to_owned();
    for (person, concepts) in records.iter().enumerate() {
        writeln!(persons, "{person},8507,1950").unwrap();
        for concept in concepts {
            writeln!(conditions, "{person},{concept},2000-01-01").unwrap();
        }
    }
    let ancestors = ancestors(rows);
    Case::new(&[("person.csv", &persons), ("condition_occurrence.csv", &conditions), ("CONCEPT_ANCESTOR.csv", &ancestors)])
}

/// Who has each code of the first dimension of codes, root and onsets left out.
fn who(population: &Population) -> BTreeMap<u32, BTreeSet<usize>> {
    let dictionary = &population.dimensions.get(2).dictionary;
    let mut all = BTreeMap::new();
    for person in 0..population.len() {
        for &id in population.records[0].of(person) {
            if let Ok(concept) = dictionary.name(id).parse() {
                all.entry(concept).or_insert_with(BTreeSet::new).insert(person);
            }
        }
    }
    all
}

/// The same by the rows themselves.
fn by_rows(rows: &Rows, records: &[Vec<u32>]) -> BTreeMap<u32, BTreeSet<usize>> {
    let mut all = BTreeMap::new();
    for (person, concepts) in records.iter().enumerate() {
        for &concept in concepts {
            let uppers = rows.iter().filter(|&&(_, lower, _)| lower == concept).map(|&(upper, ..)| upper);
            for code in uppers.chain([concept]) {
                all.entry(code).or_insert_with(BTreeSet::new).insert(person);
            }
        }
    }
    all
}

fn parents(population: &Population, code: &str) -> Vec<String> {
    let dictionary = &population.dimensions.get(2).dictionary;
    dictionary.codes().swap_remove(dictionary.id(code).unwrap() as usize).parents
}

/// Rows of ancestors (upper, lower, levels), and the concepts of some people.
type Vocabularies = (Vec<(u32, u32, u8)>, Vec<Vec<u32>>);

/// Rows without a cycle, closed or not: an upper concept has a lower number.
fn vocabularies() -> impl Strategy<Value = Vocabularies> {
    let rows = prop::collection::vec((1_u32..14, 1_u32..14, 0_u8..4), 0..40).prop_map(|rows| {
        let distinct: BTreeMap<(u32, u32), u8> = rows.into_iter().map(|(a, b, levels)| ((a.min(b), a.max(b)), levels)).collect();
        distinct.into_iter().map(|((upper, lower), levels)| (upper, lower, levels)).collect()
    });
    (rows, prop::collection::vec(prop::collection::vec(1_u32..14, 0..3), 1..12))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_concept_ancestor_counts_and_nothing_else((rows, records) in vocabularies()) {
        let (population, _) = case(&rows, &records).ingest(SPEC).unwrap();
        prop_assert_eq!(who(&population), by_rows(&rows, &records));
    }

    #[test]
    fn facts_stay_closed_under_the_hierarchy((rows, records) in vocabularies()) {
        let (population, _) = case(&rows, &records).ingest(SPEC).unwrap();
        let dictionary = &population.dimensions.get(2).dictionary;
        for person in 0..population.len() {
            let codes = population.records[0].of(person);
            for &code in codes {
                prop_assert!(dictionary.ancestors(code).iter().all(|above| codes.binary_search(above).is_ok()));
            }
        }
    }

    /// Whether somebody has a rare concept must not show in what lies above what.
    #[test]
    fn the_hierarchy_does_not_tell_who_has_what((rows, records) in vocabularies(), person in 0_usize..12, concept in 1_u32..14) {
        let (before, _) = case(&rows, &records).ingest(SPEC).unwrap();
        let mut more = records.clone();
        let at = person % records.len();
        more[at].push(concept);
        let (after, _) = case(&rows, &more).ingest(SPEC).unwrap();
        let (before, after) = (&before.dimensions.get(2).dictionary, &after.dimensions.get(2).dictionary);
        let above = |of: &ninzu::model::Dictionary, id: u32| -> BTreeSet<String> {
            of.ancestors(id).iter().map(|&id| of.name(id).to_owned()).collect()
        };
        for id in 0..before.len() as u32 {
            let again = after.id(before.name(id)).unwrap();
            let known: BTreeSet<String> =
                above(after, again).into_iter().filter(|name| before.id(name).is_some()).collect();
            prop_assert_eq!(above(before, id), known);
        }
    }
}

#[test]
fn rows_of_any_level_are_links_and_the_nearest_are_parents() {
    // 4 under 3 under 2 under 1, written out as the table is; 5 above 4 at level 0; nothing at level 1 between 2 and 1.
    let rows = [(3, 4, 1), (2, 4, 2), (1, 4, 3), (2, 3, 1), (1, 3, 3), (1, 2, 2), (5, 4, 0), (4, 4, 0)];
    let (population, _) = case(&rows, &[vec![4], vec![3], vec![]]).ingest(SPEC).unwrap();
    assert_eq!(parents(&population, "4"), ["3", "5"]);
    assert_eq!(parents(&population, "3"), ["2"]);
    assert_eq!(parents(&population, "2"), ["1"]);
    assert_eq!(who(&population)[&1], BTreeSet::from([0, 1]));
    assert_eq!(who(&population)[&5], BTreeSet::from([0]));
}

#[test]
fn an_ingredient_counts_for_classes_that_its_tablets_do_not_count_for() {
    // The tablet 30 lies under its ingredient 20, and that under the class 10, which is not the tablet's.
    let rows = [(20, 30, 1), (10, 20, 1)];
    let (population, _) = case(&rows, &[vec![30], vec![20]]).ingest(SPEC).unwrap();
    assert_eq!(who(&population)[&10], BTreeSet::from([1]));
    assert_eq!(who(&population)[&20], BTreeSet::from([0, 1]));
    // So the class is not above the ingredient: more people have the ingredient.
    assert_eq!(parents(&population, "20"), Vec::<String>::new());
    // Nor would it be if nobody had the tablet: a release must not tell whether somebody has.
    let (population, _) = case(&rows, &[vec![20]]).ingest(SPEC).unwrap();
    assert_eq!(parents(&population, "20"), Vec::<String>::new());
}

#[test]
fn concepts_under_themselves_are_refused() {
    let error = case(&[(1, 3, 2), (2, 3, 1), (1, 2, 1), (2, 1, 0)], &[vec![3]]).error(SPEC);
    assert!(error.to_string().contains("CONCEPT_ANCESTOR.csv: concepts lie under themselves: 1 < 2 < 1"), "{error}");
    assert!(error.hint().unwrap().contains("take one of these rows out"));
}

#[test]
fn a_row_without_a_concept_id_is_named() {
    let text = ancestors(&[(1, 2, 1)]) + "oops\t2\t1\t1\n";
    let case = case(&[], &[vec![2]]);
    std::fs::write(case.path("CONCEPT_ANCESTOR.csv"), text).unwrap();
    let error = case.error(SPEC);
    assert!(error.to_string().contains("CONCEPT_ANCESTOR.csv, line 3, column \"ancestor_concept_id\""), "{error}");
}

#[test]
fn a_folder_that_has_a_vocabulary_uses_it_from_the_first_spec_on() {
    let records: Vec<Vec<u32>> = std::iter::repeat_n(vec![2], 30).collect();
    let case = case(&[(1, 2, 1)], &records);
    let spec = ninzu::source::init(&[case.folder().to_owned()], &TextFormat::default()).unwrap();
    let (population, report) = case.ingest(&spec).unwrap();
    assert_eq!(who(&population)[&1].len(), 30);
    assert!(!report.notes.iter().any(|note| matches!(note, Note::Unread { .. })), "{:?}", report.notes);
}

#[test]
fn one_vocabulary_serves_all_dimensions() {
    let case = case(&[(1, 2, 1), (7, 8, 1), (1, 9, 2)], &[vec![2]]);
    let drugs = "person_id,drug_concept_id,drug_exposure_start_date\n0,8,2000-01-01\n0,77,2000-01-01\n";
    std::fs::write(case.path("drug_exposure.csv"), drugs).unwrap();
    std::fs::write(case.path("CONCEPT.csv"), "concept_id\tconcept_name\n1\tDiabetes\n7\tAntidiabetics\n9\tUnused\n").unwrap();
    let (population, _) = case.ingest(SPEC).unwrap();
    let names = |dimension: usize| -> Vec<(String, String)> {
        let codes = population.dimensions.get(dimension).dictionary.codes().into_iter().filter(|code| !code.name.contains('@'));
        codes.map(|code| (code.name, code.label.en)).collect()
    };
    let pair = |name: &str, label: &str| (name.to_owned(), label.to_owned());
    assert_eq!(names(2), [pair("*", "any"), pair("1", "Diabetes"), pair("2", "2")]);
    assert_eq!(names(3), [pair("*", "any"), pair("7", "Antidiabetics"), pair("8", "8"), pair("77", "77")]);
}
