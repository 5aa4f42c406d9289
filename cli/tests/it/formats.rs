//! Every format parses, and they all say the same.

use std::fs::File;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Float64Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::fixtures::{arg, ninzu, release};

const QUERY: &str = "diagnosis = I10 by life_stage, centre";

#[test]
fn json_is_the_contract() {
    let run = ninzu(&["query", arg(&release()), QUERY, "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(answer["unit"], "person at a centre");
    assert_eq!(answer["query"], QUERY);
    assert_eq!(answer["hash"].as_str().unwrap().len(), 64);
    for key in ["persons", "records", "status", "sharp"] {
        assert!(!answer["answer"][key].is_null(), "{key}");
    }
    assert_eq!(answer["centres"].as_array().unwrap().len(), 6);
    for key in ["centre", "lower", "upper", "estimate", "status", "sharp", "basis"] {
        assert!(answer["centres"][0].get(key).is_some(), "{key}");
    }
    assert_eq!(answer["by"].as_array().unwrap().len(), 6 * 8);
    assert!(answer["by"][0]["key"]["life_stage"].is_string());
    assert!(answer.get("at_least").is_none());
}

#[test]
fn csv_and_parquet_say_what_json_says() {
    let release = release();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answer.parquet");
    let run = ninzu(&["query", arg(&release), QUERY, "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let run = ninzu(&["query", arg(&release), QUERY, "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(run.bytes.as_slice());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let columns = ["life_stage", "centre", "lower", "upper", "estimate", "status", "sharp", "persons_lower", "persons_upper"];
    assert_eq!(header, columns);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();

    let run = ninzu(&["query", arg(&release), QUERY, "--format", "parquet", "--out", arg(&path)]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
    let piped = ninzu(&["query", arg(&release), QUERY, "--format", "parquet"]);
    assert_eq!(piped.bytes, std::fs::read(&path).unwrap());
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let about = builder.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(about.iter().any(|pair| pair.key == "ninzu.query" && pair.value.as_deref() == Some(QUERY)));
    let batch = builder.build().unwrap().next().unwrap().unwrap();
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, columns);

    let parts = answer["by"].as_array().unwrap();
    assert_eq!((rows.len(), batch.num_rows()), (parts.len(), parts.len()));
    for (at, part) in parts.iter().enumerate() {
        let row = &rows[at];
        assert_eq!(&row[0], part["key"]["life_stage"].as_str().unwrap());
        assert_eq!(&row[1], part["key"]["centre"].as_str().unwrap());
        assert_eq!(row[2].parse::<u64>().ok(), part["lower"].as_u64());
        assert_eq!(row[3].parse::<u64>().ok(), part["upper"].as_u64());
        assert_eq!(row[4].parse::<f64>().ok(), part["estimate"].as_f64());
        assert_eq!(&row[5], part["status"].as_str().unwrap());
        assert_eq!(batch.column(1).as_string::<i32>().value(at), &row[1]);
        let upper = batch.column(3).as_primitive::<UInt64Type>();
        assert_eq!(upper.is_valid(at).then(|| upper.value(at)), part["upper"].as_u64());
        let estimate = batch.column(4).as_primitive::<Float64Type>();
        assert_eq!(estimate.is_valid(at).then(|| estimate.value(at)), part["estimate"].as_f64());
    }
}

#[test]
fn tables_and_markdown_read_well() {
    let release = release();
    let table = ninzu(&["query", arg(&release), "diagnosis = I10 by sex"]);
    insta::assert_snapshot!("table", without_ids(&table.out));
    let markdown = ninzu(&["query", arg(&release), "diagnosis = I10 by sex", "--format", "markdown"]);
    insta::assert_snapshot!("markdown", without_ids(&markdown.out));
    let japanese = ninzu(&["query", arg(&release), "diagnosis = I10", "--lang", "ja"]);
    insta::assert_snapshot!("table_ja", without_ids(&japanese.out));
}

/// Hashes change with every change of the format: they say nothing here.
fn without_ids(text: &str) -> String {
    let is_hash = |word: &&str| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let hashes: Vec<&str> = text.split_whitespace().filter(is_hash).collect();
    hashes.iter().fold(text.to_owned(), |text, hash| text.replace(hash, "HASH"))
}
