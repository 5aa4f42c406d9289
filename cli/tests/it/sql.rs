//! SQL over a release says what the other commands say, and only reads.

use arrow::array::Array;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::fixtures::{Run, arg, ninzu, release};

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
fn numbers_do_not_wrap() {
    for statement in [
        "select 9223372036854775807 + 1",
        "select -9223372036854775807 - 2",
        "select 3037000500 * 3037000500",
        "select -x from (select cast('-9223372036854775808' as bigint) x)",
        "select lo - hi from cells_diagnosis where hi > lo",
        "select sum(x) from (values (9223372036854775807), (1)) t(x)",
        "select k, sum(x) from (values (1, 9223372036854775807), (1, 1)) t(k, x) group by k",
        "select sum(distinct x) from (values (9223372036854775807), (1)) t(x)",
        "select sum(x) over (order by x) from (values (9223372036854775807), (1)) t(x)",
        "select x + y from (values (cast(200 as tinyint unsigned), cast(100 as tinyint unsigned))) t(x, y)",
    ] {
        let run = sql(statement, &["--format", "json"]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{statement}");
        assert!(run.err.contains("does not fit"), "{statement}: {}", run.err);
    }
    // What fits is what it was, with the name that it had.
    let fits = "select sum(hi) s, sum(distinct lo) d, max(lo + 1) m, max(lo * 2 - 1) n, count(*) c from cells_diagnosis";
    let all = rows("select lo, hi from cells_diagnosis");
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let mut different: Vec<i64> = all.iter().map(|row| number(row, "lo")).collect();
    different.sort_unstable();
    different.dedup();
    let most = *different.last().unwrap();
    let found = &rows(fits)[0];
    assert_eq!(number(found, "s"), all.iter().map(|row| number(row, "hi")).sum::<i64>());
    assert_eq!(number(found, "d"), different.iter().sum::<i64>());
    assert_eq!(
        (number(found, "m"), number(found, "n"), number(found, "c")),
        (most + 1, 2 * most - 1, i64::try_from(all.len()).unwrap())
    );
    let named = sql("select lo + 1, lo * 2, sum(lo) from cells_diagnosis group by lo limit 1", &["--format", "csv"]);
    let expected = "cells_diagnosis.lo + Int64(1),cells_diagnosis.lo * Int64(2),sum(cells_diagnosis.lo)";
    assert_eq!(named.out.lines().next(), Some(expected), "{}", named.err);
    // Brackets are kept, and what differs by brackets alone has two results.
    let values = "from (values (7, 3, 2)) t(x, y, z)";
    let found = &rows(&format!("select (x + y) * z a, x + y * z b, x - (y - z) c, x - y - z d {values}"))[0];
    assert_eq!(["a", "b", "c", "d"].map(|name| number(found, name)), [20, 13, 6, 2]);
    for (sum, expected) in [("(x + y) * z", 20), ("x + y * z", 13)] {
        assert_eq!(number(&rows(&format!("select sum({sum}) s {values}"))[0], "s"), expected);
    }
    let windows =
        "select x, sum(x) over (order by x rows between 1 preceding and current row) s from (values (1), (2), (3)) t(x)";
    assert_eq!(rows(windows).iter().map(|row| number(row, "s")).collect::<Vec<_>>(), [1, 3, 5]);
    assert!(rows("select sum(x) s from (select 1 x where false)")[0]["s"].is_null());
}

#[test]
fn large_statements_are_refused_and_long_lists_are_not() {
    let many = |count: usize, one: &str, between: &str| vec![one; count].join(between);
    let names = |from: usize| (1..from).map(|i| format!("x{i} as (select * from x{} a cross join x{} b)", i - 1, i - 1));
    for statement in [
        format!("select {}", many(20_000, "1", " + ")),
        format!("select 1 where {}", many(20_000, "1 = 1", " and ")),
        many(20_000, "select 1", " union all "),
        format!("select {}1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("select {} true", "not ".repeat(20_000)),
        format!("select 1{}", "::int".repeat(20_000)),
        format!("select {}1{}", "abs(".repeat(3_000), ")".repeat(3_000)),
        format!("select 1 from {}", many(3_000, "dimensions", ", ")),
        format!("with x0 as (select 1 a), {} select count(*) from x29", names(30).collect::<Vec<_>>().join(", ")),
        format!("select 1 {}", " ".repeat(4 << 20)),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &statement).unwrap();
        let run = sql(&format!("@{}", arg(file.path())), &[]);
        assert!(run.code == 2 && run.out.is_empty(), "{}: {}", &statement[..60], run.code);
        let is_told = run.err.contains("too") || run.err.contains("has more than");
        assert!(is_told && run.err.len() < 2_000, "{}: {}", &statement[..60], run.err);
    }
    for statement in [
        format!("select {}", many(1_000, "1", " + ")),
        format!("select {} n from cells_diagnosis limit 1", many(1_000, "lo", " * 0 + ")),
        format!("select count(*) n from dimensions where {}", many(1_000, "code = 'E10'", " or ")),
        format!("select count(*) n from dimensions where code in ({})", many(20_000, "'E10'", ", ")),
        many(1_000, "select 1", " union all "),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &statement).unwrap();
        let run = sql(&format!("@{}", arg(file.path())), &["--format", "json"]);
        assert_eq!(run.code, 0, "{}: {}", &statement[..60], run.err);
    }
}

#[test]
fn rows_go_out_as_they_come_and_memory_holds() {
    let rows = 3_000_000;
    let statement = format!("select value, value * 2 as twice from generate_series(1, {rows})");
    let folder = tempfile::tempdir().unwrap();
    for (format, lines) in [("csv", rows + 1), ("json", rows + 2)] {
        let out = folder.path().join(format);
        let run = sql(&statement, &["--format", format, "--out", arg(&out), "--memory", "100"]);
        assert_eq!(run.code, 0, "{format}: {}", run.err);
        assert_eq!(std::fs::read_to_string(&out).unwrap().lines().count(), lines, "{format}");
    }
    let found: Value = serde_json::from_slice(&std::fs::read(folder.path().join("json")).unwrap()).unwrap();
    assert_eq!(found.as_array().unwrap().len(), rows);
    // A table for people must be there as a whole.
    let run = sql(&statement, &["--memory", "100"]);
    assert!(run.code == 2 && run.err.contains("more memory"), "{}", run.err);
    // One value that nothing counts.
    let run = sql("select length(repeat('x', 2000000000)) n", &["--memory", "100"]);
    assert!(run.code == 2 && run.err.contains("more memory"), "{}", run.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing unfinished is left");
}

#[test]
fn errors_are_for_whoever_wrote_the_statement() {
    for statement in [
        "selec 1",
        "select",
        "select 1; select 2",
        "select cast('a' as int)",
        "select 1/0",
        "select lo from cells_base group by centre",
        "select * from cells_base a join cells_base b using (nothing)",
        "select array_agg(lo)[1] from cells_base",
        "select max(lo) over (range between interval '1' day preceding and current row) from cells_base",
        "select sum(centre) from cells_base",
        "select (select lo from cells_base)",
        "select * from cells_base where lo in (select lo, hi from cells_base)",
        "select * from cells_base limit -1",
        "select * from cells_base pivot (sum(lo) for sex in ('female'))",
        "select first_value(lo) from cells_base qualify 1",
        "select * from cohort('everyone', 2)",
        "select cohort('everyone')",
        "select exists (select 1) = (select max(hi) from cells_base)",
        "with recursive r as (select 1 a union all select a + 1 from r where a < 5) select sum(a), b from r",
    ] {
        let run = sql(statement, &[]);
        if run.code == 0 {
            continue;
        }
        assert_eq!(run.code, 2, "{statement}: {}", run.err);
        for word in ["bug", "DataFusion's code", "backtrace", "panicked", "Internal error", "Help us"] {
            assert!(!run.err.contains(word), "{statement}: {}", run.err);
        }
        assert!(run.err.contains("help:"), "{statement}: {}", run.err);
    }
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
