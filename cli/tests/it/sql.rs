//! SQL over a release says what the other commands say, and only reads.

use arrow::array::Array;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::world::{Run, arg, ninzu, release};

fn sql(statement: &str, more: &[&str]) -> Run {
    ninzu(&[&["sql", arg(&release()), statement], more].concat())
}

fn rows(statement: &str) -> Vec<Value> {
    let run = sql(statement, &["--format", "json"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{statement}");
    serde_json::from_str(&run.out).unwrap()
}

fn query(question: &str) -> Value {
    let run = ninzu(&["query", arg(&release()), question, "--format", "json"]);
    serde_json::from_str(&run.out).unwrap()
}

/// `upper` is left out where nothing bounds it and counts are integers in both.
fn same(row: &Value, answer: &Value) {
    for name in ["lower", "upper", "estimate", "status", "sharp"] {
        assert_eq!(row[name], answer[name], "{name} of {row} and {answer}");
    }
}

#[test]
fn cohort_says_what_query_says() {
    for question in ["diagnosis = I10", "sex = female and diagnosis = I10 and not specimen = dna", "life_stage in aya..adulthood"]
    {
        let (rows, answer) = (rows(&format!("select * from cohort('{question}')")), query(question));
        let centres = answer["centres"].as_array().unwrap();
        assert_eq!(rows.len(), centres.len());
        for (row, centre) in rows.iter().zip(centres) {
            assert_eq!(row["centre"], centre["centre"]);
            same(row, centre);
        }
    }
    let question = "diagnosis = I10 by life_stage, centre";
    let (rows, answer) = (rows(&format!("select * from cohort('{question}')")), query(question));
    let parts = answer["by"].as_array().unwrap();
    assert_eq!(rows.len(), parts.len());
    for (row, part) in rows.iter().zip(parts) {
        assert_eq!((&row["life_stage"], &row["centre"]), (&part["key"]["life_stage"], &part["key"]["centre"]));
        same(row, part);
    }
}

#[test]
fn cells_and_dimensions_are_the_release() {
    let tables: Vec<String> = rows("show tables")
        .iter()
        .map(|row| row["table_name"].as_str().unwrap().to_owned())
        .filter(|t| !t.contains("schema"))
        .collect();
    for table in ["cells_base", "cells_diagnosis", "cells_diagnosis_specimen", "cells_diagnosis_diagnosis", "dimensions"] {
        assert!(tables.iter().any(|t| t == table), "{table} in {tables:?}");
    }
    // The total of a centre is what the engine answers for everyone there.
    let totals = rows("select centre, lo, hi from cells_base where sex is null and life_stage is null order by centre");
    let answer = query("everyone");
    let mut centres = answer["centres"].as_array().unwrap().clone();
    centres.sort_by_key(|c| c["centre"].as_str().unwrap().to_owned());
    for (total, centre) in totals.iter().zip(&centres) {
        assert!(total["lo"].as_u64() <= centre["lower"].as_u64() && centre["upper"].as_u64() <= total["hi"].as_u64());
    }
    assert_eq!(totals.len(), centres.len());
    // Both orders of a dimension with itself, as in the file.
    let pairs =
        rows("select count(*) n, sum(case when diagnosis < diagnosis_2 then 1 else 0 end) half from cells_diagnosis_diagnosis");
    assert_eq!(pairs[0]["n"].as_u64().unwrap(), 2 * pairs[0]["half"].as_u64().unwrap());
    assert!(pairs[0]["n"].as_u64().unwrap() > 0);
    let parents = rows("select code, parent, label_ja from dimensions where dimension = 'diagnosis' and code = 'I10'");
    assert_eq!(parents.len(), 1);
    assert!(!parents[0]["label_ja"].as_str().unwrap().is_empty());
    // Answers join cells.
    let joined = rows(
        "select c.centre from cohort('diagnosis = I10') c join cells_diagnosis d on c.centre = d.centre \
         where d.diagnosis = 'I10' and d.sex is null and d.life_stage is null and (c.lower < d.lo or c.upper > d.hi)",
    );
    assert!(joined.is_empty(), "{joined:?}");
}

#[test]
fn statements_only_read() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.csv");
    let out = arg(&out);
    for statement in [
        format!("copy (select 1) to '{out}'"),
        format!("create external table t stored as csv location '{out}'"),
        "create table t as select 1".to_owned(),
        "drop table dimensions".to_owned(),
        "insert into dimensions select * from dimensions".to_owned(),
        "set datafusion.execution.batch_size = 1".to_owned(),
        "select * from '/etc/hostname'".to_owned(),
    ] {
        let run = sql(&statement, &[]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{statement}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn errors_say_what_to_do() {
    let run = sql("select * from cohort('diagnosis = I1O')", &[]);
    assert!(run.code == 2 && run.err.contains("I1O") && run.err.contains("I10"), "{}", run.err);
    let run = sql("select * from cohort(1)", &[]);
    assert!(run.code == 2 && run.err.contains("cohort takes one query"), "{}", run.err);
    let run = sql("select nothing from nowhere", &[]);
    assert!(run.code == 2 && run.err.contains("nowhere") && run.err.contains("show tables"), "{}", run.err);
    let slow = "select count(*) from cells_diagnosis a, cells_diagnosis b, cells_diagnosis c, cells_diagnosis d where a.lo + b.lo + c.lo > d.lo";
    let run = sql(slow, &["--timeout", "1"]);
    assert!(run.code == 2 && run.err.contains("longer than 1 s"), "{}", run.err);
    let large = "select a.diagnosis || b.diagnosis x, count(*) from cells_diagnosis a, cells_diagnosis b group by 1";
    let run = sql(large, &["--memory", "1"]);
    assert!(run.code == 2 && run.err.contains("more memory"), "{}", run.err);
}

#[test]
fn formats_agree() {
    let statement =
        "select diagnosis, centre, sex, lo, hi from cells_diagnosis where centre = 'NCNP' order by 1, 2, 3, lo limit 20";
    let json = rows(statement);
    let csv = sql(statement, &["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.bytes.as_slice());
    let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    assert_eq!(sql(statement, &["--format", "parquet", "--out", arg(&path)]).code, 0);
    let batch = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(&path).unwrap())
        .unwrap()
        .build()
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!((json.len(), lines.len(), batch.num_rows()), (20, 20, 20));
    for (row, line) in json.iter().zip(&lines) {
        assert_eq!(row["diagnosis"], line[0]);
        assert_eq!(row["lo"].to_string(), line[3]);
        assert_eq!(row["sex"].as_str().unwrap_or(""), &line[2]);
    }
    assert_eq!(batch.column(2).null_count(), json.iter().filter(|row| row["sex"].is_null()).count());
    let table = sql(statement, &[]);
    assert!(table.out.contains("NCNP") && table.err.contains("20 rows"), "{}{}", table.out, table.err);
    assert!(sql(statement, &["--format", "markdown"]).out.starts_with("| diagnosis |"));
    assert_eq!(sql("select 1 as one where false", &["--format", "json"]).out, "[]\n");
}
