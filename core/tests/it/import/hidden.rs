//! What the cells of a table say together: contradictions that no single sum shows, and hidden cells that are no secret.

use super::{Case, RELEASE, spec};
use std::fmt::Write as _;

const SMALL: &str = "area,sex,age,icd10,specimen,persons\n";

fn two_partitions(values: &str) -> String {
    format!(
        "{RELEASE}\n[table]\npath = \"counts.csv\"\ncount = \"persons\"\ntotal = [\"\"]\ncentre = \"area\"\n\
         markers = {{ \"<10\" = [0, 9], \"*\" = \"unknown\" }}\n\
         [[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex\"\n\
         [[dimension]]\nname = \"age\"\nkind = \"partition\"\ncolumn = \"age\"\n{values}"
    )
}

#[test]
fn sums_over_several_partitions_are_tested_without_a_total() {
    // 60 people by sex, 70 by age, and nobody says how many there are.
    let counts = "area,sex,age,persons\nnorth,F,,20\nnorth,M,,40\nnorth,,young,30\nnorth,,old,40\n";
    let error = Case::counts(counts).error(&two_partitions(""));
    let said = error.message();
    assert!(said.starts_with("counts.csv, line ") && said.contains("60") && said.contains("70"), "{said}");
}

/// Three partitions, every pair of them crossed: each margin can be, but not all at once.
#[test]
fn margins_that_no_people_can_have_are_refused() {
    let mut counts = String::from("area,a,b,c,persons\n");
    // Half of the people of each pair of equal values, for a-b and b-c; of different ones for a-c.
    for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let equal = if x == y { 10 } else { 0 };
        write!(counts, "north,a{x},b{y},,{equal}\nnorth,,b{x},c{y},{equal}\nnorth,a{x},,c{y},{}\n", 10 - equal)
            .expect("a text grows");
    }
    let dimension = |name: &str| format!("[[dimension]]\nname = {name:?}\nkind = \"partition\"\ncolumn = {name:?}\n");
    let spec = format!(
        "{RELEASE}\n[table]\npath = \"counts.csv\"\ncount = \"persons\"\ncentre = \"area\"\nrounded_to = 1\n{}{}{}",
        dimension("a"),
        dimension("b"),
        dimension("c")
    );
    let error = Case::counts(&counts).error(&spec);
    assert!(error.message().contains("no people can have all of these counts"), "{}", error.message());
    assert!(error.message().contains("counts.csv, line "), "{}", error.message());
}

#[test]
fn what_was_tested_and_what_was_not_is_said() {
    let case = Case::counts(super::COUNTS);
    let summary = case.import(&spec(), "release").unwrap();
    let of = |table: &str, over: &[&str]| {
        let info = summary.additivity.sums.iter().find(|info| info.table == table && info.over == over);
        info.map(|info| (info.sums, info.tested))
    };
    assert_eq!(of("base", &["sex"]), Some((1, 0)), "the men are hidden, and nothing bounds them");
    assert_eq!(of("base", &["age"]), Some((1, 1)));
    assert_eq!(of("diagnosis", &["sex"]), Some((2, 1)), "of I10 only some parts are there");
    assert_eq!(summary.additivity.systems, summary.additivity.tested);
    let release = case.open("release");
    let manifest = release.engine.release().manifest();
    assert_eq!(manifest.additivity.as_ref(), Some(&summary.additivity), "the release says it too");
    let case = Case::counts(&format!("{SMALL}north,F,child,,,3\nnorth,M,child,,,5\n"));
    let summary = case.import(&spec(), "release").unwrap();
    assert!(summary.additivity.sums.iter().all(|info| info.sums == 0), "no totals, no test: {:?}", summary.additivity);
    assert!(!summary.additivity.sums.is_empty());
}

#[test]
fn hidden_cells_that_the_others_determine_are_counted() {
    let counts = "area,sex,age,persons\nnorth,F,young,10\nnorth,F,mid,3\nnorth,F,old,<10\nnorth,F,,13\n\
                  north,M,young,40\nnorth,M,mid,<10\nnorth,M,old,<10\nnorth,M,,52\n";
    let case = Case::counts(counts);
    let summary = case.import(&two_partitions(""), "release").unwrap();
    assert_eq!((summary.hidden, summary.is_complete), (3, true));
    assert_eq!(summary.determined, [("north, sex = F, age = old".to_owned(), 0)]);
    // With the ages' totals the men's are no secret either: no single sum says so.
    let counts = format!("{counts}north,,young,50\nnorth,,mid,10\nnorth,,old,5\n");
    let case = Case::counts(&counts);
    let mut names: Vec<(String, u64)> = case.import(&two_partitions(""), "release").unwrap().determined;
    names.sort();
    let cell = |name: &str, count| (name.to_owned(), count);
    assert_eq!(
        names,
        [cell("north, sex = F, age = old", 0), cell("north, sex = M, age = mid", 7), cell("north, sex = M, age = old", 5)]
    );
}

/// Four hidden cells in a square, as secondary suppression leaves them, are a secret; their sums say so in a program only.
#[test]
fn programs_find_what_single_sums_do_not() {
    let square = "area,sex,age,persons\nnorth,F,a,<10\nnorth,F,b,<10\nnorth,F,c,5\nnorth,M,a,<10\nnorth,M,b,<10\nnorth,M,c,6\n\
                  north,F,,14\nnorth,M,,17\nnorth,,a,11\nnorth,,b,9\nnorth,,c,11\n";
    let case = Case::counts(square);
    let summary = case.import(&two_partitions(""), "release").unwrap();
    assert_eq!((summary.hidden, summary.determined.len()), (4, 0));
    // Women a + b are 9, men a + b are 11; where a has 18 together, both have 9.
    let full = square.replace("north,,a,11", "north,,a,18").replace("north,,b,9", "north,,b,2");
    let summary = Case::counts(&full).import(&two_partitions(""), "release").unwrap();
    assert_eq!(summary.determined.len(), 4, "{:?}", summary.determined);
}
