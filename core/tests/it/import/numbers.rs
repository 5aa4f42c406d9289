//! How tables write counts, and where they begin and end.

use super::{Case, RELEASE};

fn spec(table: &str) -> String {
    format!(
        "{RELEASE}\n[table]\npath = \"counts.csv\"\ncount = \"persons\"\ncentre = \"area\"\n{table}\n\
         [[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex\"\n"
    )
}

#[track_caller]
fn refused(counts: &str, table: &str) -> String {
    let error = Case::counts(counts).error(&spec(table));
    format!("{} / {}", error.message(), error.hint().unwrap_or_default())
}

#[test]
fn rounded_counts_are_intervals() {
    let counts = "area,sex,persons\nnorth,F,5\nnorth,M,0\nnorth,,10\n";
    for (table, women, men) in [("rounded_to = 5", (3, 7), (0, 2)), ("rounded_to = 5\nrounding = \"random\"", (1, 9), (0, 4))] {
        let case = Case::counts(&counts.replace("north,,10\n", ""));
        let summary = case.import(&spec(table), "release").unwrap();
        assert_eq!(summary.hidden, 2);
        let release = case.open("release");
        assert_eq!(release.at("north", "sex = F"), Some((women.0, Some(women.1))));
        assert_eq!(release.at("north", "sex = M"), Some((men.0, Some(men.1))));
    }
    // 5 and 0 are at most 9 people, and a 10 is at least 8 of them.
    let case = Case::counts(counts);
    case.import(&spec("rounded_to = 5"), "release").unwrap();
    assert_eq!(case.open("release").at("north", "everyone"), Some((8, Some(9))));
}

#[test]
fn what_is_not_rounded_as_the_spec_says_is_refused() {
    let counts = "area,sex,persons\nnorth,F,5\nnorth,M,7\n";
    assert!(refused(counts, "rounded_to = 5").contains("line 3, column \"persons\" has 7, which is not rounded to 5"));
    assert!(refused(counts, "rounded_to = 0").contains("counts cannot be rounded to this"));
    assert!(refused(counts, "rounding = \"random\"").contains("rounding has no effect without rounded_to"));
}

#[test]
fn tables_that_look_rounded_say_so_or_are_refused() {
    let table = |areas: u32| {
        (0..areas).fold(String::from("area,sex,persons\n"), |text, a| {
            text + &format!("a{a},F,{}\na{a},M,{}\n", 35 + 5 * a, 90 + 10 * a)
        })
    };
    let case = Case::counts(&table(5));
    assert_eq!(case.import(&spec(""), "release").unwrap().seems_rounded, Some(5));
    let said = refused(&table(20), "");
    assert!(said.contains("all 40 counts are multiples of 5") && said.contains("rounded_to = 1"), "{said}");
    let case = Case::counts(&table(20));
    assert_eq!(case.import(&spec("rounded_to = 1"), "release").unwrap().seems_rounded, None);
    // Sums that cannot be are more often rounded than wrong.
    let said = refused(&(table(5) + "a0,,120\na1,,145\n"), "");
    assert!(said.contains("add up to 125") && said.contains("rounded_to = 5"), "{said}");
}

#[test]
fn a_zero_of_a_rounded_table_is_a_few_people() {
    let counts = "area,sex,persons\nnorth,F,5\nnorth,M,-\nsouth,F,15\n";
    let case = Case::counts(counts);
    case.import(&spec("rounded_to = 5\nunlisted = \"zero\"\nmarkers = { \"-\" = \"zero\" }"), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("north", "sex = M"), Some((0, Some(2))));
    assert_eq!(release.at("south", "sex = M"), Some((0, Some(2))));
}

#[test]
fn flags_beside_numbers() {
    let counts = "area,sex,persons\nnorth,F,123 b\nnorth,M,1 204 bp\nsouth,F,: c\nsouth,M,66u\n";
    let said = refused(counts, "markers = { \": c\" = \"unknown\" }");
    assert!(said.contains("line 2") && said.contains("\"b\" beside it") && said.contains("flags = [\"b\"]"), "{said}");
    assert!(!said.contains("[0, 9]"), "{said}");
    let case = Case::counts(counts);
    case.import(&spec("flags = [\"b\", \"p\", \"u\"]\nmarkers = { \": c\" = \"unknown\" }"), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("north", "everyone"), Some((1_327, Some(1_327))));
    assert_eq!(release.at("south", "sex = F"), Some((0, None)));
}

#[test]
fn flags_in_a_column_of_their_own() {
    let counts = "area,sex,persons,OBS_FLAG\nnorth,F,123,b\nnorth,M,41,\nsouth,F,0,c\nsouth,M,66,bp\n";
    let table = "flag = \"OBS_FLAG\"\nflags = [\"b\", \"p\"]\nmarkers = { c = [0, 9] }";
    let case = Case::counts(counts);
    case.import(&spec(table), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("north", "everyone"), Some((164, Some(164))));
    assert_eq!(release.at("south", "sex = F"), Some((0, Some(9))), "a confidential 0 is no zero");
    let said = refused(counts, "flag = \"OBS_FLAG\"\nflags = [\"b\"]\nmarkers = { c = [0, 9] }");
    assert!(said.contains("line 5, column \"OBS_FLAG\" has \"bp\", which is no flag of the spec"), "{said}");
    assert!(refused(counts, "flags = [\"c\"]\nmarkers = { c = [0, 9] }").contains("\"c\" is a marker and a flag"));
}

#[test]
fn hints_say_what_a_mark_seems_to_mean() {
    for (mark, hint) in
        [("<10", "= [0, 9]"), ("≤9", "= [0, 9]"), ("1-9", "= [1, 9]"), ("100+", "= \"at least 100\""), ("x", "\"unknown\"")]
    {
        let said = refused(&format!("area,sex,persons\nnorth,F,{mark}\nnorth,M,4\n"), "");
        assert!(said.contains(&format!("[table.markers] {mark:?}")) && said.contains(hint), "{said}");
    }
    let case = Case::counts("area,sex,persons\nnorth,F,100+\nnorth,M,4\n");
    case.import(&spec("markers = { \"100+\" = \"at least 100\" }"), "release").unwrap();
    assert_eq!(case.open("release").at("north", "sex = F"), Some((100, None)));
}

#[test]
fn points_between_thousands_are_a_setting() {
    let counts = "area;sex;persons\nnorth;F;1.204\nnorth;M;66\n";
    assert!(refused(counts, "").contains("is not a whole number"));
    let case = Case::counts(counts);
    case.import(&spec("thousands = \".\""), "release").unwrap();
    assert_eq!(case.open("release").at("north", "everyone"), Some((1_270, Some(1_270))));
    assert!(refused(counts, "thousands = \"x\"").contains("thousands is not understood"));
}

#[test]
fn notes_above_the_header_and_below_the_table() {
    let table = "area,sex,persons\nnorth,F,120\nnorth,M,7\n";
    let notes = format!("統計名：,患者の集計\n***,,\n注,\"10未満は「-」\"\n\n{table}");
    let said = refused(&notes, "");
    assert!(said.contains("line 5 looks like the header") && said.contains("header = 5"), "{said}");
    let case = Case::counts(&notes);
    case.import(&spec("header = 5"), "release").unwrap();
    assert_eq!(case.open("release").at("north", "everyone"), Some((127, Some(127))));
    assert!(refused(&notes.replace("M,7", "M,x"), "header = 5").contains("counts.csv, line 7"), "lines are those of the file");
    assert!(refused(&notes, "header = 99").contains("counts.csv is empty"));
    assert!(refused(&notes, "header = 0").contains("header is no line"));

    let below = format!("{table}---,,\nDataset: Deaths,,\nnorth,F,8\n");
    assert!(refused(&below, "").contains("stop_at"));
    let case = Case::counts(&below);
    case.import(&spec("stop_at = \"---\""), "release").unwrap();
    assert_eq!(case.open("release").at("north", "everyone"), Some((127, Some(127))));
    assert!(refused(&below, "stop_at = \"***\"").contains("no line of counts.csv begins with \"***\""));
}

#[test]
fn texts_that_are_no_values_are_refused() {
    let long = "x".repeat(2_000);
    let said = refused(&format!("area,sex,persons\nnorth,{long},3\n"), "");
    assert!(said.contains("has a text of 2000 bytes") && said.len() < 500, "{said}");
}
