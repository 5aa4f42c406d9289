//! Totals, and bands inside bands, that a spec takes for values.

use super::{Case, RELEASE};
use std::fmt::Write as _;

/// A spec of counts by some partitions; all other settings stand in `table`.
fn spec(table: &str, partitions: &[&str]) -> String {
    let dimension = |name: &&str| format!("[[dimension]]\nname = {name:?}\nkind = \"partition\"\ncolumn = {name:?}\n");
    let dimensions: String = partitions.iter().map(dimension).collect();
    format!("{RELEASE}\n[table]\npath = \"counts.csv\"\ncount = \"persons\"\ncentre = \"area\"\n{table}\n{dimensions}")
}

#[track_caller]
fn refuses(counts: &str, spec: &str, parts: &[&str]) {
    let error = Case::counts(counts).error(spec);
    let said = format!("{} / {}", error.message(), error.hint().unwrap_or_default());
    for part in parts {
        assert!(said.contains(part), "{part:?} is not in {said:?}");
    }
}

#[track_caller]
fn imports(counts: &str, spec: &str) {
    Case::counts(counts).import(spec, "release").unwrap();
}

/// Two areas, two sexes, three bands and a name for all of them.
fn by_age(total: &str) -> String {
    let counts =
        [("A", "F", [293, 325, 204]), ("A", "M", [133, 150, 190]), ("B", "F", [204, 54, 223]), ("B", "M", [394, 288, 223])];
    let mut lines = String::from("area,sex,age,persons\n");
    for (area, sex, ages) in counts {
        for (age, count) in ["0-14", "15-59", "60+"].iter().zip(ages) {
            writeln!(lines, "{area},{sex},{age},{count}").expect("a text grows");
        }
        writeln!(lines, "{area},{sex},{total},{}", ages.iter().sum::<i32>()).expect("a text grows");
    }
    lines
}

#[test]
fn a_value_that_is_the_sum_of_the_others_is_a_total() {
    for total in ["0+", "00+", "Total", "T", "All", "総数", "計", "全年齢", "X9", "999"] {
        let table = by_age(total);
        let quoted = format!("{total:?}");
        refuses(&table, &spec("", &["sex", "age"]), &["counts.csv, line ", &quoted, "age"]);
        imports(&table, &spec(&format!("total = [\"\", {quoted}]"), &["sex", "age"]));
    }
    refuses(
        &by_age("X9"),
        &spec("", &["sex", "age"]),
        &["line 5", "the sum of the other values", "822", "total = [\"\", \"X9\"]"],
    );
}

#[test]
fn a_total_is_found_behind_hidden_cells() {
    let table = by_age("T").replace(",54\n", ",*\n").replace(",133\n", ",<200\n").replace(",288\n", ",-\n");
    let marks = "[table.markers]\n\"*\" = [50, 59]\n\"<200\" = [0, 199]\n\"-\" = \"unknown\"\n";
    refuses(&table, &spec(marks, &["sex", "age"]), &["\"T\" of age", "not_total = [\"T\"]"]);
    let rounded = by_age("X9")
        .replace("822", "820")
        .replace("473", "475")
        .replace("481", "480")
        .replace("293", "295")
        .replace("133", "135");
    let rounded: String = rounded
        .lines()
        .map(|line| match line.rsplit_once(',') {
            Some((cells, count)) => {
                count.parse::<u32>().map_or(format!("{line}\n"), |n| format!("{cells},{}\n", (n + 2) / 5 * 5))
            }
            None => format!("{line}\n"),
        })
        .collect();
    refuses(&rounded, &spec("rounded_to = 5", &["sex", "age"]), &["\"X9\" of age"]);
}

#[test]
fn a_total_without_its_nobodies_is_found() {
    // Rows of nobody are left out, as many tables do.
    let table = by_age("X9").replace("A,M,0-14,133\n", "").replace("A,M,X9,473", "A,M,X9,340");
    refuses(&table, &spec("", &["sex", "age"]), &["\"X9\" of age"]);
}

#[test]
fn totals_over_several_columns_at_once_are_found() {
    // No row is a total of the sexes or of the ages alone, as in Japan's claims data.
    let table = |sex: &str, age: &str| {
        let mut lines = String::from("area,sex,age,persons\n");
        for (area, counts) in [("A", [293, 325, 204, 133]), ("B", [511, 90, 17, 260])] {
            writeln!(lines, "{area},{sex},{age},{}", counts.iter().sum::<i32>()).expect("a text grows");
            for (i, count) in counts.iter().enumerate() {
                writeln!(lines, "{area},{},{},{count}", ["F", "M"][i % 2], ["young", "old"][i / 2]).expect("a text grows");
            }
        }
        lines
    };
    for (sex, age) in [("計", "総計"), ("T", "T"), ("9", "999"), ("F+M", "0-120")] {
        let totals = format!("total = [{sex:?}, {age:?}]");
        refuses(&table(sex, age), &spec("", &["sex", "age"]), &["counts.csv, line 2", &format!("{sex:?} of sex")]);
        imports(&table(sex, age), &spec(&totals, &["sex", "age"]));
    }
    refuses(&table("9", "999"), &spec("", &["sex", "age"]), &["total = [\"\", \"9\", \"999\"]"]);
}

#[test]
fn a_total_with_a_mistake_is_found_all_the_same() {
    let mut table = String::from("area,sex,persons\n");
    for area in 0..24 {
        let (women, men) = (100 + 7 * area, 300 - 5 * area);
        // In one row the men stand in the total's column.
        let total = if area == 9 { men } else { women + men };
        write!(table, "a{area},F,{women}\na{area},M,{men}\na{area},X9,{total}\n").expect("a text grows");
    }
    refuses(&table, &spec("", &["sex"]), &["\"X9\" of sex", "23 of 24 rows", "not in line 31"]);
}

#[test]
fn a_row_for_all_centres_is_no_centre() {
    let table = "area,sex,persons\n北海道,F,120\n北海道,M,90\n沖縄県,F,61\n沖縄県,M,70\n全国,F,181\n全国,M,160\n";
    refuses(table, &spec("", &["sex"]), &["\"全国\" of the centres", "total = [\"\", \"全国\"]"]);
    let case = Case::counts(table);
    assert_eq!(case.import(&spec("total = [\"全国\"]", &["sex"]), "release").unwrap().centre_totals, 2);
    // People who went to several centres are counted once over all.
    refuses(&table.replace("181", "170"), &spec("", &["sex"]), &["\"全国\" of the centres"]);
    let mut table = String::from("area,sex,persons\n");
    for (sex, counts) in [("F", [410, 388, 120, 517, 96]), ("M", [433, 401, 99, 533, 110])] {
        let region = counts[0] + counts[1];
        for (area, count) in ["Tokyo", "Kanagawa", "Nara", "Osaka", "Shiga"].iter().zip(counts) {
            writeln!(table, "{area},{sex},{count}").expect("a text grows");
        }
        writeln!(table, "Kanto,{sex},{region}").expect("a text grows");
    }
    refuses(&table, &spec("", &["sex"]), &["\"Kanto\" of the centres is the sum of \"Tokyo\", \"Kanagawa\""]);
}

#[test]
fn one_centre_may_be_the_whole_country() {
    imports("area,sex,persons\n全国,F,120\n全国,M,90\n", &spec("", &["sex"]));
}

#[test]
fn bands_inside_bands_are_refused() {
    let bands = |rows: &[(&str, u32)]| {
        rows.iter()
            .fold(String::from("area,age,persons\n"), |lines, (age, n)| lines + &format!("A,{age},{n}\nB,{age},{}\n", n + 3))
    };
    let inside = bands(&[("0-9", 40), ("10-19", 50), ("0-19", 93), ("20-39", 70), ("40+", 61)]);
    refuses(&inside, &spec("", &["age"]), &["\"0-19\" of age overlaps \"0-9\", \"10-19\"", "leave_out = [\"0-19\"]"]);
    let case = Case::counts(&inside);
    let left_out = spec("", &["age"]).replace("column = \"age\"", "column = \"age\"\nleave_out = [\"0-19\"]");
    let summary = case.import(&left_out, "release").unwrap();
    assert_eq!((summary.rows, summary.left_out), (8, 2));
    assert_eq!(case.open("release").at("A", "everyone"), Some((221, Some(221))));

    let elderly = bands(&[("0～64歳", 40), ("65歳以上", 50), ("75歳以上", 21)]);
    refuses(&elderly, &spec("", &["age"]), &["\"65歳以上\" of age overlaps \"75歳以上\""]);
    let across = bands(&[("0-10", 40), ("5-15", 50), ("16+", 21)]);
    refuses(&across, &spec("", &["age"]), &["\"0-10\" of age overlaps \"5-15\""]);
    // Bands that end where the next begins are common.
    imports(&bands(&[("0-10", 40), ("10-20", 50), ("20+", 21)]), &spec("", &["age"]));
    imports(&inside, &spec("not_total = [\"0-19\"]", &["age"]));
}

#[test]
fn values_that_only_look_like_totals_are_values() {
    // Numbers of questions, blood groups, equal sexes, sums by accident in one row.
    imports("area,part,persons\nA,1-1,5\nA,1-2,9\nA,1-3,11\nA,2-1,12\n", &spec("", &["part"]));
    imports("area,blood,persons\nA,A+,50\nA,A-,9\nA,0+,61\nA,0-,12\n", &spec("", &["blood"]));
    imports("area,sex,persons\nA,F,50\nA,M,50\nB,F,71\nB,M,71\nC,F,812\nC,M,812\n", &spec("", &["sex"]));
    imports("area,sex,persons\nA,F,3\nA,M,2\nA,unknown,5\n", &spec("", &["sex"]));
    imports("area,tumour,persons\nA,T,50\nA,N,9\nA,M,12\nB,T,40\nB,N,80\nB,M,7\n", &spec("", &["tumour"]));
    // Insisting on a value that is none is a mistake.
    refuses("area,sex,persons\nA,F,3\nA,M,2\n", &spec("not_total = [\"X\"]", &["sex"]), &["\"X\", which is no value"]);
}

#[test]
fn a_code_for_everybody_is_no_code() {
    let codes = |total: &str| format!("area,icd10,persons\nA,E10,30\nA,I10,80\nA,{total},95\nB,E10,20\nB,I10,31\nB,{total},44\n");
    let spec = format!("{}[[dimension]]\nname = \"diagnosis\"\nkind = \"codes\"\ncolumn = \"icd10\"\n", spec("", &[]));
    refuses(&codes("Total"), &spec, &["\"Total\" of diagnosis is a word for everybody", "recode"]);
    // Of whoever has fewer people than another code nobody thinks that it is everybody.
    imports(&codes("ALL").replace("95", "9"), &spec);
}

#[test]
fn dates_among_bands_are_bands_that_a_spreadsheet_changed() {
    let table = "area,age,persons\nA,0-4,30\nA,9-May,80\nA,14-Oct,95\n";
    refuses(table, &spec("", &["age"]), &["line 3", "\"9-May\" of age", "5-9", "recode"]);
    imports("area,month,persons\nA,9-May,80\nA,14-Oct,95\n", &spec("", &["month"]));
}
