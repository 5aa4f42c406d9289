//! What an import refuses, and how it says so.

use super::{COUNTS, Case, DIMENSIONS, Error, ErrorKind, RELEASE, TABLE, spec};

const SMALL: &str = "area,sex,age,icd10,specimen,persons\n";

/// A refusal of a table: what it says in full, and a part of its hint.
#[track_caller]
fn refuses(counts: &str, message: &str, hint: &str) {
    says(&Case::counts(counts).error(&spec()), ErrorKind::InvalidSource, message, hint);
}

#[track_caller]
fn says(error: &Error, kind: ErrorKind, message: &str, hint: &str) {
    assert_eq!(error.message(), message);
    assert_eq!(error.kind(), kind);
    let said = error.hint().unwrap_or_default();
    assert!(said.contains(hint), "the hint {said:?} does not contain {hint:?}");
}

/// A refusal of a spec, which points at `place`.
#[track_caller]
fn refuses_spec(spec: &str, place: &str, message: &str) {
    let error = Case::counts(COUNTS).error(spec);
    assert_eq!(error.message(), message);
    assert_eq!(error.kind(), ErrorKind::InvalidSpec);
    let span = error.span().expect("an error in a spec has a place");
    assert!(spec[span.clone()].contains(place), "it points at {:?}", &spec[span]);
}

#[test]
fn tables_without_rows() {
    refuses("", "counts.csv is empty", "a line of column names");
    refuses(SMALL, "counts.csv has no rows", "a row for each count");
    let filtered = spec().replace("count = ", "where = { sex = \"X\" }\ncount = ");
    let error = Case::counts(COUNTS).error(&filtered);
    says(&error, ErrorKind::InvalidSource, "counts.csv has no row that `where` lets through", "correct where");
    refuses(&format!("{SMALL}total,F,,,,5\n"), "counts.csv has no row of a single centre", "centre_name");
}

#[test]
fn columns_that_are_not_there() {
    refuses(
        "area,sexe,age,icd10,specimen,persons\nnorth,F,,,,1\n",
        "counts.csv has no column \"sex\"",
        "did you mean \"sexe\"? the columns are area, sexe,",
    );
    refuses("area,sex,sex,age,icd10,specimen,persons\n", "counts.csv has several columns \"sex\"", "a name of its own");
}

#[test]
fn counts_that_are_none() {
    let at = |cell: &str| format!("{SMALL}north,F,,,,4\n\nnorth,M,,,,{cell}\n");
    let says = |cell: &str, what: &str, hint: &str| {
        refuses(&at(cell), &format!("counts.csv, line 4, column \"persons\" {what}"), hint);
    };
    says("x", "has \"x\": it is no number", "[table.markers] \"x\" = [0, 9]");
    says("\"12,34\"", "has \"12,34\": it is no number", "[table.markers]");
    says("-3", "has \"-3\": it is negative", "[table.markers]");
    says("2.5", "has \"2.5\": it is not a whole number", "[table.markers]");
    says("99999999999999999999", "has \"99999999999999999999\": it is too large for a count", "[table.markers]");
    says("", "is empty", "[table.markers] \"\" = [0, 9]");
}

#[test]
fn bounds_that_cross() {
    let case = Case::counts(&SMALL.replace("persons", "lo,hi").replace('\n', "\nnorth,F,,,,9,3\n"));
    let table = TABLE.split("[table.markers]").next().unwrap().replace("count = \"persons\"", "lo = \"lo\"\nhi = \"hi\"");
    let error = case.error(&[RELEASE, &table, DIMENSIONS].concat());
    says(
        &error,
        ErrorKind::InvalidSource,
        "counts.csv, line 2, column \"lo\" has 9, more than 3 in column \"hi\"",
        "exchange lo and hi",
    );
}

#[test]
fn values_that_cannot_be() {
    let with = |row: &str| format!("{SMALL}{row}\n");
    refuses(
        &with("north,F,adlt,,,3"),
        "counts.csv, line 2, column \"age\" has \"adlt\", which values does not list",
        "did you mean \"adult\"?",
    );
    refuses(&with(",F,,,,3"), "counts.csv has no row of a single centre", "centre_name");
    refuses(
        &with("north,*,,,,3"),
        "counts.csv, line 2, column \"sex\" has \"*\": '*' is kept for any code, '@' for onsets",
        "total = [...]",
    );
    refuses(
        &with("north,F,,E10@child,,3"),
        "counts.csv, line 2, column \"icd10\" has \"E10@child\": '*' is kept for any code, '@' for onsets",
        "recode",
    );
    refuses(&with("north,F,,,"), "counts.csv, line 2 has 5 cells, its header 6", "double quotes");
    let strict = spec().replace("total = [\"\", \"total\"]", "total = [\"total\"]");
    let error = Case::counts(&with("north,F,,E10,dna,3")).error(&strict);
    says(&error, ErrorKind::InvalidSource, "counts.csv, line 2, column \"age\" is empty", "add \"\" to total");
    let error = Case::counts(&with(",F,adult,E10,dna,3")).error(&strict);
    says(&error, ErrorKind::InvalidSource, "counts.csv, line 2, column \"area\" names no centre", "fill in the cell");
}

#[test]
fn dimensions_without_values() {
    let message = "dimension \"sex\" has no value: every row means all";
    refuses(&format!("{SMALL}north,,child,,,3\n"), message, "leave the dimension out");
}

#[test]
fn codes_that_no_dictionary_lists() {
    let case = Case::new(&[
        ("counts.csv", "area,sex,age,icd10,specimen,persons\nnorth,F,,E1,,3\n"),
        ("codes.csv", "code,parent,label_en,label_ja\nE10,,Type 1,1型\n"),
    ]);
    let error = case.error(&spec().replace("column = \"icd10\"", "column = \"icd10\"\ndictionary = \"codes.csv\""));
    let message = "counts.csv, line 2, column \"icd10\" has \"E1\", which the dictionary does not list";
    says(&error, ErrorKind::InvalidSource, message, "did you mean \"E10\"?");
}

#[test]
fn rows_that_count_one_cell() {
    let rows = "north,F,child,,,3\nnorth,F,adult,,,3\nnorth,F,child,,,4\n";
    refuses(&format!("{SMALL}{rows}"), "counts.csv, line 4: the same cell is in line 2", "take one row out");
    let totals = "north,F,,,,3\nnorth,total,,,,3\nnorth,,,,,3\n";
    refuses(&format!("{SMALL}{totals}"), "counts.csv, line 3: the same cell is in line 2", "sex has one value only");
    let totals = "north,F,,,,3\nnorth,M,,,,3\nnorth,total,,,,6\nnorth,,,,,6\n";
    refuses(&format!("{SMALL}{totals}"), "counts.csv, line 5: the same cell is in line 4", "take one row out");
}

#[test]
fn rows_by_three_codes() {
    let three = "[[dimension]]\nname = \"drug\"\nkind = \"codes\"\ncolumn = \"age\"\n";
    let case = Case::counts(&format!("{SMALL}north,F,adult,E10,dna,3\n"));
    let error = case.error(&[&spec(), three].concat());
    let message = "counts.csv, line 2: the row counts people by 3 codes: diagnosis, specimen, drug";
    says(&error, ErrorKind::InvalidSource, message, "up to two codes");
}

#[test]
fn totals_that_are_no_sums() {
    let rows = "north,F,,,,30\nnorth,M,,,,<10\nnorth,,,,,40\n";
    let message = "counts.csv, line 4: the count over all of sex is 40, but its values add up to 30–39";
    refuses(&format!("{SMALL}{rows}"), message, "kind = \"codes\"");
    let rows = "north,F,child,E10,,30\nnorth,,child,E10,,29\n";
    let message = "counts.csv, line 3: the count over all of sex is 29, but its values add up to 30 or more";
    let sexes = spec().replace("column = \"sex\"", "column = \"sex\"\nvalues = [\"F\", \"M\"]");
    says(&Case::counts(&format!("{SMALL}{rows}")).error(&sexes), ErrorKind::InvalidSource, message, "values = [...]");
}

#[test]
fn groups_larger_than_what_holds_them() {
    let more = |line: u32, inner: &str, outer: &str, place: &str| {
        format!(
            "counts.csv, line {line}: the count is {inner}, more than the {outer} of a group that holds these people (in line {place})"
        )
    };
    let rows = "north,F,,,,30\nnorth,M,,,,5\nnorth,F,,E10,,31\n";
    refuses(&format!("{SMALL}{rows}"), &more(4, "31", "30", "2"), "not records");
    let rows = "north,F,,E10,,5\nnorth,M,,E10,,5\nnorth,F,,E10,dna,6\n";
    refuses(&format!("{SMALL}{rows}"), &more(4, "6", "5", "2"), "not records");
    let rows = "north,F,,*,,<10\nnorth,M,,*,,7\nnorth,F,,I10,,12\n";
    refuses(&format!("{SMALL}{rows}"), &more(4, "12", "0–9", "2"), "the codes above it");
}

#[test]
fn specs_that_say_too_little_or_too_much() {
    let table = |from: &str, to: &str| [RELEASE, &TABLE.replacen(from, to, 1), DIMENSIONS].concat();
    let release = |from: &str, to: &str| [&RELEASE.replacen(from, to, 1), TABLE, DIMENSIONS].concat();
    let dimension = |from: &str, to: &str| [RELEASE, TABLE, &DIMENSIONS.replacen(from, to, 1)].concat();

    refuses_spec(&release("\"A registry\"", "\"Ninzu\""), "Ninzu", "an imported table does not carry the protection of Ninzu");
    refuses_spec(&release("\"A registry\"", "\" \""), "\" \"", "protection is empty");
    refuses_spec(&release("protection = \"A registry\"\n", ""), "", "missing field `protection`");
    refuses_spec(&release("\"exported\"", "\"Exported!\""), "Exported!", "\"Exported!\" cannot name a release");
    refuses_spec(&release("2022-03-31", "2022-03-31T00:00:00Z"), "2022", "reference_date is not a day");

    refuses_spec(&table("count = \"persons\"", ""), "[table]", "the columns with the counts are missing");
    refuses_spec(&table("count =", "lo = \"persons\"\ncount ="), "persons", "count and lo or hi exclude each other");
    refuses_spec(&table("count = \"persons\"", "lo = \"a\"\nhi = \"b\""), "", "[table.markers] has no effect beside lo and hi");
    refuses_spec(&table("centre = \"area\"", ""), "[table]", "the centre is missing");
    refuses_spec(&table("centre =", "centre_name = \"J\"\ncentre ="), "\"J\"", "centre and centre_name exclude each other");
    refuses_spec(&table("[0, 9]", "[9, 0]"), "[9, 0]", "marker \"<10\" is not understood");
    refuses_spec(&table("[0, 9]", "[-1, 9]"), "[-1, 9]", "marker \"<10\" is not understood");
    refuses_spec(&table("\"unknown\"", "\"hidden\""), "hidden", "marker \"*\" is not understood");
    refuses_spec(&table("count =", "unlisted = \"none\"\ncount ="), "none", "unlisted is not understood");
    refuses_spec(
        &table("count =", "cnt = 1\ncount ="),
        "cnt",
        "unknown field `cnt`, expected one of `path`, `delimiter`, `quotes`, `encoding`, `header`, `stop_at`, `count`, \
        `lo`, `hi`, `total`, `unlisted`, `centre`, `centre_name`, `centre_labels`, `markers`, `thousands`, `flags`, `flag`, \
        `rounded_to`, `rounding`, `not_total`, `where`",
    );
    refuses_spec(
        &table("count =", "centre_labels = { nrth = { en = \"North\", ja = \"北\" } }\ncount ="),
        "nrth",
        "\"nrth\" has a label, but it is no centre of the table",
    );

    refuses_spec(&[RELEASE, TABLE].concat(), "[table]", "there is no [[dimension]]");
    refuses_spec(&dimension("name = \"age\"", "name = \"sex\""), "sex", "dimension \"sex\" is declared twice");
    refuses_spec(&dimension("name = \"age\"", "name = \"lo\""), "lo", "\"lo\" cannot name a dimension");
    refuses_spec(&dimension("column = \"age\"\n", ""), "age", "column is missing");
    refuses_spec(&dimension("labels = { F", "labels = { W"), "W", "\"W\" has a label, but it is no value of sex of the table");
    refuses_spec(&dimension("\"adult\"", "\"child\""), "child", "value \"child\" is listed twice");
    refuses_spec(&dimension("\"adult\"", "\"total\""), "total", "value \"total\" also stands for all, by total");
    refuses_spec(&dimension("\"adult\"", "\"*\""), "*", "\"*\" cannot be a value");
    refuses_spec(&dimension("[\"child\", \"adult\", \"old\"]", "[]"), "[]", "values is empty");
    refuses_spec(
        &dimension("column = \"icd10\"", "column = \"icd10\"\nordered = true"),
        "true",
        "ordered has no effect for kind = \"codes\"",
    );
    refuses_spec(
        &dimension("ordered = true", "dictionary = \"d.csv\""),
        "d.csv",
        "dictionary has no effect for kind = \"partition\"",
    );
    let stages = spec().replace("kind = \"partition\"", "kind = \"partition\"\nrole = \"life_stage\"");
    refuses_spec(&stages, "life_stage", "two dimensions are life stages");
    refuses_spec("[release", "", "unclosed table, expected `]`");
}

#[test]
fn a_release_is_never_overwritten() {
    let case = Case::counts(COUNTS);
    case.import(&spec(), "release").unwrap();
    let error = case.import(&spec(), "release").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.message().ends_with("exists already"), "{error}");
}

#[test]
fn a_table_that_is_not_there() {
    let case = Case::new(&[]);
    let error = case.error(&spec());
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.hint().unwrap_or_default().contains("relative to the spec's folder"));
}
