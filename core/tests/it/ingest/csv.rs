//! How text files are written must not matter; where it is not clear what they say, they are refused.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ninzu::ErrorKind;
use ninzu::source::Note;
use proptest::prelude::*;

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files, same};

/// The persons with Japanese values, and the spec for them.
fn japanese() -> (String, String) {
    let persons = PERSONS.replace("female", "女性").replace("male", "男性");
    (persons, SPEC.replace("[\"female\", \"male\"]", "[\"女性\", \"男性\"]"))
}

fn case_of(persons: &[u8]) -> Case {
    let case = Case::new(&files());
    fs::write(case.path("persons.csv"), persons).unwrap();
    case
}

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Writes a text, packed with gzip.
pub(super) fn write_packed(path: &std::path::Path, text: &str) {
    fs::write(path, packed(text.as_bytes())).unwrap();
}

#[test]
fn an_encoding_changes_no_count() {
    let (text, spec) = japanese();
    let (expected, report) = case_of(text.as_bytes()).ingest(&spec).unwrap();
    assert_eq!(report.notes, []);
    let crlf = text.replace('\n', "\r\n");
    let marked = |text: &str| format!("\u{feff}{text}");
    let sjis = encoding_rs::SHIFT_JIS.encode(&crlf).0.into_owned();
    let euc = encoding_rs::EUC_JP.encode(&text).0.into_owned();
    let own: Vec<(Vec<u8>, Option<&str>)> = vec![
        (crlf.clone().into_bytes(), None),
        (text.replace('\n', "\r").into_bytes(), None),
        (marked(&text).into_bytes(), None),
        (wide(&marked(&crlf), u16::to_le_bytes), None),
        (wide(&marked(&text), u16::to_be_bytes), None),
        (packed(marked(&text).as_bytes()), None),
        // Half of the bytes are zero: that is no guess at words.
        (wide(&text, u16::to_le_bytes), Some("UTF-16LE")),
        (wide(&crlf, u16::to_be_bytes), Some("UTF-16BE")),
    ];
    for (bytes, by_look) in own {
        let (population, report) = case_of(&bytes).ingest(&spec).unwrap_or_else(|e| panic!("{by_look:?}: {e}"));
        same(&expected, &population);
        let told = report.notes.iter().find_map(|note| match note {
            Note::Encoding { encoding, .. } => Some(*encoding),
            _ => None,
        });
        assert_eq!(told, by_look);
    }
    let named = [
        (sjis.clone(), "cp932"),
        (sjis.clone(), "Shift_JIS"),
        (packed(&sjis), "sjis"),
        (euc, "euc-jp"),
        (wide(&text, u16::to_le_bytes), "utf-16"),
        // What is UTF-8 is read as such: a spec may speak of the other tables.
        (text.clone().into_bytes(), "cp932"),
    ];
    for (bytes, name) in named {
        let spec = spec.replace("person = \"person_id\"", &format!("person = \"person_id\"\nencoding = \"{name}\""));
        let (population, report) = case_of(&bytes).ingest(&spec).unwrap_or_else(|e| panic!("{name}: {e}"));
        same(&expected, &population);
        assert_eq!(report.notes, []);
    }
    // An encoding that nobody names is named in the error.
    let persons = (0..50).map(|i| format!("{i},A,女性,\n")).collect::<Vec<_>>().concat();
    let long = format!("person_id,centre,sex,birth_date\n{persons}");
    for (encoding, name) in [(encoding_rs::SHIFT_JIS, "shift_jis"), (encoding_rs::EUC_JP, "euc-jp")] {
        let error = case_of(&encoding.encode(&long).0).error(&spec);
        assert_eq!(error.message(), "persons.csv, line 2 is not UTF-8");
        assert!(error.hint().unwrap().contains(&format!("encoding = \"{name}\"")), "{error:?}");
    }
}

#[test]
fn what_is_in_no_known_encoding_is_refused_with_its_line() {
    let (text, spec) = japanese();
    let mut bytes = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
    bytes.extend_from_slice(b"9,A,\xfd\xfe\xff,\n");
    let spec = spec.replace("person = \"person_id\"", "person = \"person_id\"\nencoding = \"cp932\"");
    let error = case_of(&bytes).error(&spec);
    assert_eq!(error.message(), "persons.csv, line 6 is not Shift_JIS");
    let latin =
        encoding_rs::WINDOWS_1252.encode(&PERSONS.replace("female", "weiblich, möglich").replace(", ", " ")).0.into_owned();
    let error = case_of(&latin).error(SPEC);
    assert_eq!(error.message(), "persons.csv, line 3 is not UTF-8");
    assert!(error.hint().unwrap().contains("encoding = \""), "{error:?}");
}

#[test]
fn files_of_another_kind_are_named() {
    for (bytes, what) in [(&b"PK\x03\x04rest"[..], "a zip archive or an Excel workbook"), (b"PAR1rest", "a Parquet file")] {
        let error = case_of(bytes).error(SPEC);
        assert_eq!(error.message(), format!("persons.csv is {what}, not a table of text"));
    }
}

#[test]
fn a_delimiter_changes_no_count() {
    let (expected, _) = Case::new(&files()).ingest(SPEC).unwrap();
    for (delimiter, setting) in [(";", ""), ("\t", ""), ("|", ""), ("~", "delimiter = \"~\"\n"), ("\t", "delimiter = \"tab\"\n")]
    {
        let [persons, diagnoses, _] = files().map(|(_, text)| text.replace(',', delimiter));
        let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("icd10.csv", DICTIONARY)]);
        let spec = SPEC.replace("person = \"person_id\"\n", &format!("person = \"person_id\"\n{setting}"));
        same(&expected, &case.ingest(&spec).unwrap_or_else(|e| panic!("{delimiter}: {e}")).0);
    }
    let persons = format!("sep=;\r\n{}", PERSONS.replace(',', ";"));
    let (population, _) = case_of(persons.as_bytes()).ingest(SPEC).unwrap();
    same(&expected, &population);
    let bad = format!("sep=;\n\n{}9;A;x;\n", PERSONS.replace(',', ";"));
    let error = case_of(bad.as_bytes()).error(SPEC);
    assert!(error.message().starts_with("persons.csv, line 8, column \"sex\""), "{error}");
}

#[test]
fn a_delimiter_that_is_not_found_is_asked_for() {
    let error = case_of(PERSONS.replace(',', "~").as_bytes()).error(SPEC);
    assert!(error.hint().unwrap().contains("delimiter = "), "{error:?}");
}

#[test]
fn quotes_around_cells_change_no_count() {
    let (expected, _) = Case::new(&files()).ingest(SPEC).unwrap();
    for delimiter in [",", "\t", ";"] {
        let quote = |text: &str| -> String {
            let cells = |line: &str| line.split(',').map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(delimiter);
            text.lines().map(|line| cells(line) + "\n").collect()
        };
        let [persons, diagnoses, _] = files().map(|(_, text)| quote(text));
        let case = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("icd10.csv", DICTIONARY)]);
        same(&expected, &case.ingest(SPEC).unwrap().0);
    }
}

/// Diagnoses with a column of notes, and the notes by row.
fn noted(delimiter: char, notes: &[&str]) -> String {
    let mut text = String::new();
    for (i, line) in DIAGNOSES.lines().enumerate() {
        let note = if i == 0 { "note" } else { notes[i - 1] };
        text.extend([&line.replace(',', &delimiter.to_string()), &delimiter.to_string(), note, "\n"]);
    }
    text
}

fn with_notes(text: &str, settings: &str) -> ninzu::Result<(ninzu::source::Population, ninzu::source::IngestReport)> {
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", text), ("icd10.csv", DICTIONARY)]);
    case.ingest(&SPEC.replace("code = \"icd10\"\n", &format!("code = \"icd10\"\n{settings}")))
}

#[test]
fn two_stray_quotes_never_swallow_the_rows_between() {
    // From the second row to the fifth, a cell that follows RFC 4180: the columns still fit.
    let stray = noted(',', &["a", "\"foot", "b", "c", "x\"", "d"]);
    let error = with_notes(&stray, "").expect_err("rows would vanish");
    assert!(
        error.message().starts_with("diagnoses.csv, line 3 has a quote that opens a cell; the cell ends in line 6"),
        "{error}"
    );
    let (_, report) = with_notes(&stray, "quotes = \"literal\"\n").unwrap();
    assert_eq!(report.table("diagnosis").unwrap().counted, 6);
    // Text follows the closing quote: whoever says strict is told as well.
    let text = noted(',', &["a", "\"foot", "b", "c", "\"knee", "d"]);
    for setting in ["", "quotes = \"strict\"\n"] {
        let error = with_notes(&text, setting).expect_err("text after a quote");
        assert!(error.message().starts_with("diagnoses.csv, line 3 has a quote"), "{error}");
    }
    let error = with_notes(&noted(',', &["a", "b", "\"never", "c", "d", "e"]), "").expect_err("a quote never closes");
    assert_eq!(error.message(), "diagnoses.csv, line 4 has a quote that opens a cell and never closes");
    // Quotes in tab-separated files are characters where only that fits.
    for notes in
        [["a", "\"foot", "b", "c", "\"knee", "d"], ["a", "\"foot", "b", "c", "x\"", "d"], ["\"a", "", "", "", "", "\"\""]]
    {
        let (_, report) = with_notes(&noted('\t', &notes), "").unwrap();
        assert_eq!(report.table("diagnosis").unwrap().counted, 6);
    }
}

#[test]
fn a_cell_may_have_several_lines() {
    let text = noted(',', &["a", "\"two\nlines, and a comma\"", "\"a \"\"word\"\"\"", "", "\"\n\n\"", ""]);
    let (_, report) = with_notes(&text, "").unwrap();
    assert_eq!(report.table("diagnosis").unwrap().counted, 6);
    let error = with_notes(&text.replace("2,B,E10", "2,B,X99"), "").expect_err("a code that is not listed");
    assert!(error.message().starts_with("diagnoses.csv, line 7, column \"icd10\""), "{error}");
}

#[test]
fn two_columns_of_one_name_are_refused_where_they_are_used() {
    let twice = PERSONS.replace("sex,birth_date", "sex,sex").replace("centre,sex", "birth_date,sex");
    let error = case_of(twice.as_bytes()).error(&SPEC.replace("centre = \"centre\"", "centre = \"birth_date\""));
    assert_eq!(error.message(), "persons.csv has several columns \"sex\"");
    let unused = PERSONS.replace("sex,birth_date", "sex,birth_date,note,note").replace(",1950-06-15", ",1950-06-15,,");
    let unused = unused.replace("2000-02-29\n", "2000-02-29,,\n").replace("7,A,,", "7,A,,,,");
    assert!(case_of(unused.as_bytes()).ingest(SPEC).is_ok());
}

#[test]
fn lines_cells_and_headers_have_limits() {
    let long = format!("{PERSONS}9,A,{},\n", "x".repeat(2 << 20));
    let error = case_of(long.as_bytes()).error(SPEC);
    assert_eq!(error.message(), "persons.csv, line 6 has a cell of more than 1 MiB");
    let error = case_of("x".repeat(20 << 20).as_bytes()).error(SPEC);
    assert_eq!((error.kind(), error.message()), (ErrorKind::InvalidSource, "persons.csv, line 1 is longer than 16 MiB"));
    let error = case_of("a,".repeat(10_001).as_bytes()).error(SPEC);
    assert_eq!(error.message(), "persons.csv, line 1 has 10002 columns");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in a column that nobody reads: every line is a row of the account, or the file is refused.
    #[test]
    fn stray_quotes_lose_no_row_without_a_word(
        notes in proptest::collection::vec("[a\" ]{0,4}", 6),
        delimiter in proptest::sample::select(vec![',', '\t', ';']),
    ) {
        let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
        match with_notes(&noted(delimiter, &notes), "") {
            Ok((_, report)) => prop_assert_eq!(report.table("diagnosis").map(|table| (table.rows, table.counted)), Some((6, 6))),
            Err(error) => prop_assert!(error.message().contains("quote") || error.message().contains("cell"), "{}", error),
        }
    }
}

#[test]
fn what_stands_below_a_table_is_refused_or_counted() {
    for footer in ["\n(4 rows affected)\n", "(4 rows affected)\n", "\n\n4 rows selected.\n\nElapsed: 00:00:01.20\n"] {
        let persons = format!("{PERSONS}{footer}");
        let error = case_of(persons.as_bytes()).error(SPEC);
        let line = 6 + footer.chars().take_while(|&c| c == '\n').count();
        assert!(error.message().starts_with(&format!("persons.csv, line {line} is no row")), "{error}");
        assert!(error.hint().unwrap().contains("take it out"), "{error:?}");
        let drop = SPEC.replace("kind = \"table\"\n", "kind = \"table\"\nbad_rows = \"drop\"\n");
        let (population, report) = case_of(persons.as_bytes()).ingest(&drop).unwrap();
        assert_eq!(population.len(), 4);
        let table = report.table("base").unwrap();
        assert_eq!((table.counted, table.lost()), (4, 0));
        assert!(table.all_left_out() >= 1);
    }
    // A last row that was cut off is a row that is lost.
    let error = case_of(format!("{PERSONS}12").as_bytes()).error(SPEC);
    assert_eq!(error.message(), "persons.csv, line 6 has 1 cell, its header 4");
}
