//! What the rows come to mean: order of persons, closure, onsets, and that formats do not matter.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use ninzu::model::Kind;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files, names, same};

#[test]
fn facts_are_closed_and_onsets_take_the_first_dated_record() {
    let (population, report) = Case::new(&files()).ingest(SPEC).unwrap();
    assert_eq!(report.persons, 4);
    // By centre in the spec's order, then by key: 2, 7, 10 at A, then 2 at B.
    assert_eq!(population.centre, [0, 0, 0, 1]);
    let sexes = &population.dimensions.get(0).dictionary;
    assert_eq!(sexes.names().collect::<Vec<_>>(), ["female", "male", "unknown"]);
    assert_eq!(population.partitions[0], [1, 2, 0, 1]);
    let stages = &population.dimensions.get(1).dictionary;
    let stage = |p: usize| stages.name(population.partitions[1][p]);
    assert_eq!([stage(0), stage(1), stage(2), stage(3)], ["early_old_age", "unknown", "aya", "early_old_age"]);
    // E11 undated and in 1990 at 39: the dated one counts.
    assert_eq!(names(&population, 0), ["*", "E10-E14", "E10-E14@aya", "E11", "E11@aya"]);
    // No birth date: no onset.
    assert_eq!(names(&population, 1), ["*", "E10-E14", "E10"]);
    // The parent's first record is the earliest of its descendants: E10 on the day before the first birthday on 28 February.
    assert_eq!(names(&population, 2), ["*", "E10-E14", "E10-E14@infancy", "E10", "E10@infancy", "E11", "E11@aya"]);
    // No date: no onset.
    assert_eq!(names(&population, 3), ["*", "E10-E14", "E10"]);
    assert_eq!(population.named_by_spec, [true, true, true]);
}

#[test]
fn onsets_follow_their_code_for_every_stage_but_unknown() {
    let (population, _) = Case::new(&files()).ingest(SPEC).unwrap();
    let stages = population.dimensions.get(1).dictionary.len() - 1;
    let dictionary = &population.dimensions.get(2).dictionary;
    assert_eq!(dictionary.len(), 1 + 3 * (1 + stages));
    for id in 0..dictionary.len() as u32 {
        if let Some(onset) = dictionary.onset(id) {
            assert_eq!(id, onset.code + 1 + onset.stage);
            assert_eq!(dictionary.parents(id), [onset.code]);
        }
    }
    assert_eq!(dictionary.label(0).ja, "すべて");
}

#[test]
fn a_child_has_all_its_parents() {
    let dictionary = format!("{DICTIONARY}immune,,Immune,免疫\nE10,immune,,\n");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", DIAGNOSES), ("icd10.csv", &dictionary)]);
    let (population, _) = case.ingest(SPEC).unwrap();
    assert_eq!(names(&population, 3), ["*", "E10-E14", "E10", "immune"]);
}

#[test]
fn without_a_dictionary_codes_come_from_the_rows() {
    let case = Case::new(&files());
    let spec = SPEC.replace("dictionary = \"icd10.csv\"\n", "").replace("date = \"first_date\"\n", "");
    let (population, _) = case.ingest(&spec).unwrap();
    assert_eq!(population.named_by_spec, [true, true, false]);
    assert_eq!(names(&population, 2), ["*", "E10", "E11"]);
}

#[test]
fn a_table_without_centres_speaks_of_the_person_everywhere() {
    let rows = "person_id,icd10,first_date\n2,E10,\n";
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", rows), ("icd10.csv", DICTIONARY)]);
    let (population, _) = case.ingest(SPEC).unwrap();
    let having: Vec<usize> = (0..4).filter(|&p| !population.records[0].of(p).is_empty()).collect();
    assert_eq!(having, [0, 3]);
}

#[test]
fn dirty_csv_means_the_same_as_clean() {
    let (clean, _) = Case::new(&files()).ingest(SPEC).unwrap();
    let persons = format!("\u{feff}{}", PERSONS.replace("person_id,centre,sex,birth_date", "PERSON_ID ,Centre, SEX,Birth_Date "));
    let persons = persons.replace("2,B,male,1950-06-15", "PERSON_ID,CENTRE,SEX,BIRTH_DATE\r\n2 ,B, male ,1950-06-15 00:00:00");
    let diagnoses = DIAGNOSES.replace(',', "\t").replace('\n', "\r\n");
    let dirty = Case::new(&[("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("icd10.csv", DICTIONARY)]);
    same(&clean, &dirty.ingest(SPEC).unwrap().0);
}

#[test]
fn line_numbers_count_every_line() {
    let diagnoses = DIAGNOSES.replace('\n', "\r\n").replace("2,B,E10", "\r\n\r\n2,B,X99");
    let case = Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &diagnoses), ("icd10.csv", DICTIONARY)]);
    let error = case.error(SPEC);
    assert!(error.message().starts_with("diagnoses.csv, line 8, "), "{error}");
}

/// Writes a Parquet table, a few rows a group, so that there are several.
fn write(case: &Case, name: &str, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(2)).build();
    let mut writer = ArrowWriter::try_new(File::create(case.path(name)).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn cells(text: &str, column: usize) -> Vec<Option<&str>> {
    text.lines().skip(1).map(|line| line.split(',').nth(column).filter(|c| !c.is_empty())).collect()
}

fn texts(text: &str, column: usize) -> ArrayRef {
    Arc::new(StringArray::from(cells(text, column)))
}

fn ints(text: &str, column: usize) -> ArrayRef {
    Arc::new(cells(text, column).into_iter().map(|c| c.map(|c| c.parse::<i64>().unwrap())).collect::<Int64Array>())
}

fn dates(text: &str, column: usize) -> ArrayRef {
    let day = |c: &str| c.parse::<jiff::civil::Date>().unwrap().duration_since(jiff::civil::date(1970, 1, 1)).as_hours() / 24;
    Arc::new(cells(text, column).into_iter().map(|c| c.map(|c| day(c) as i32)).collect::<Date32Array>())
}

#[test]
fn csv_and_parquet_give_the_same_population() {
    let case = Case::new(&files());
    let (csv, _) = case.ingest(SPEC).unwrap();
    let persons = vec![
        ("person_id", ints(PERSONS, 0)),
        ("centre", texts(PERSONS, 1)),
        ("sex", texts(PERSONS, 2)),
        ("birth_date", dates(PERSONS, 3)),
    ];
    write(&case, "persons.parquet", persons);
    let diagnoses = vec![
        ("person_id", ints(DIAGNOSES, 0)),
        ("centre", texts(DIAGNOSES, 1)),
        ("icd10", texts(DIAGNOSES, 2)),
        ("first_date", dates(DIAGNOSES, 3)),
    ];
    write(&case, "diagnoses.parquet", diagnoses);
    let spec = SPEC.replace("persons.csv", "persons.parquet").replace("diagnoses.csv", "diagnoses.parquet");
    same(&csv, &case.ingest(&spec).unwrap().0);

    let bad = DIAGNOSES.replace("7,A,E10", "7,A,X99");
    let diagnoses = vec![
        ("person_id", texts(&bad, 0)),
        ("centre", texts(&bad, 1)),
        ("icd10", texts(&bad, 2)),
        ("first_date", texts(&bad, 3)),
    ];
    write(&case, "diagnoses.parquet", diagnoses);
    let error = case.error(&spec);
    assert!(error.message().starts_with("diagnoses.parquet, row 6, column \"icd10\""), "{error}");
}

#[test]
fn any_number_of_threads_gives_the_same_population() {
    let case = Case::new(&files());
    let (many, _) = case.ingest(SPEC).unwrap();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    same(&many, &one.install(|| case.ingest(SPEC)).unwrap().0);
    assert_eq!(many.dimensions.all().iter().filter(|d| d.kind == Kind::Codes).count(), 1);
}
