//! Bytes from anywhere end in an answer or an error: within a second, within a gigabyte, without a panic.
//!
//! `NINZU_FUZZ_SECONDS` says how long each target is tried (2). The same targets are in `fuzz/`, for `cargo fuzz`.

mod mutate;
mod targets;

use std::path::Path;
use std::sync::Arc;

use ninzu_engine::format::cells_schema;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

/// Most memory of all targets together.
const MOST_MEMORY: u64 = 1 << 30;

/// Tries one target.
fn fuzz(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>], words: &[&str]) {
    if let Some(folder) = std::env::var_os("NINZU_FUZZ_CORPUS") {
        let folder = Path::new(&folder).join(name);
        std::fs::create_dir_all(&folder).expect("a folder for seeds");
        for (i, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{i}")), seed).expect("a seed is written");
        }
    }
    let inputs = mutate::fuzz(name, target, seeds, words, Path::new(env!("CARGO_TARGET_TMPDIR")));
    assert!(inputs > seeds.len(), "{name}: only the seeds were tried");
    if let Some(most) = most_memory() {
        assert!(most < MOST_MEMORY, "{name}: {most} bytes of memory");
    }
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

const QUERIES: [&str; 12] = [
    "sex = female and life_stage in child..adult and diagnosis = A1 and not diagnosis = B by centre, life_stage",
    "at least 2 of (specimen = dna, specimen = serum, diagnosis = A) or has specimen",
    "diagnosis in (A, A1, B, Z99, Z98) and sex != male",
    "diagnosis = LOINC:4548-4 or diagnosis = \"LOINC:4548-4\"",
    "diagnosis = A1@child and not (sex = unknown or life_stage in ..adult)",
    "診断 = A または",
    "性別 = 女性",
    "everyone by sex, life_stage, diagnosis, specimen, centre",
    "diagnosis = “A1” and sex\u{200b} = female",
    "not not not (diagnosis = A1x and (sex = female and (life_stage = old)))",
    "sex == female && x || y ≠ z <> 'a'",
    "diagnosis = \"a \\\"b\\\\c\" by",
];

const WORDS: [&str; 24] = [
    " and ",
    " or ",
    " not ",
    "(",
    ")",
    ", ",
    "..",
    " in ",
    " by ",
    " has ",
    "everyone",
    "at least 1 of (",
    "\"",
    "\\",
    "=",
    "!=",
    "A1",
    "diagnosis",
    "sex",
    "@child",
    "*",
    "\u{feff}",
    "\u{3000}",
    "centre",
];

#[test]
fn query_text() {
    fuzz("query_text", targets::query_text, &texts(&QUERIES), &WORDS);
}

#[test]
fn query_json() {
    let parsed = QUERIES.iter().filter_map(|text| ninzu_engine::Query::parse(text).ok());
    let mut seeds: Vec<Vec<u8>> = parsed.map(|query| query.to_json().to_string().into_bytes()).collect();
    seeds.extend(texts(&[r#"{"unknown_codes": "rare", "work": 2.5}"#]));
    let words = [
        "{\"not\": ",
        "{\"and\": [",
        "]}",
        "\"everyone\"",
        "\"at_least\": 1",
        "\"of\": []",
        "null",
        "\\u0000",
        "[",
        "]",
        "{",
        "}",
        ",",
    ];
    fuzz("query_json", targets::query_json, &seeds, &words);
}

#[test]
fn descriptor() {
    let base = targets::descriptor(None);
    let other = |change: fn(&mut serde_json::Value)| {
        let mut descriptor = targets::descriptor(None);
        change(&mut descriptor);
        serde_json::to_vec_pretty(&descriptor).expect("JSON")
    };
    let seeds = vec![
        base.to_string().into_bytes(),
        serde_json::to_vec_pretty(&base).expect("JSON"),
        other(|d| d["ninzu"]["tables"][0]["order"] = u64::MAX.into()),
        other(|d| d["ninzu"]["tables"][1]["unlisted"] = serde_json::Value::Null),
        other(|d| d["ninzu"]["policy"] = serde_json::Value::Null),
        other(|d| d["ninzu"]["dimensions"][2]["kind"] = "partition".into()),
        other(|d| d["ninzu"]["tables"][0]["path"] = "../../etc/passwd".into()),
    ];
    let words = [
        "null",
        "[]",
        "{}",
        "\"sex\"",
        "\"diagnosis\"",
        "\"dictionary\"",
        "\"partition\"",
        "\"codes\"",
        "18446744073709551615",
        "\"../x\"",
    ];
    fuzz("descriptor", targets::descriptor_bytes, &seeds, &words);
}

#[test]
fn dictionary() {
    let mut seeds: Vec<Vec<u8>> = targets::DICTIONARIES.iter().map(|(_, text)| text.as_bytes().to_vec()).collect();
    let rows = (0..5_000).map(|i| format!("A{i},A{},\"label, {i}\",名{i}\n", i / 3));
    seeds.push(format!("code,parent,label_en,label_ja\n{}", rows.collect::<String>()).into_bytes());
    let rows = (0..500).map(|i| format!("A{i},,{},label,名\n", ["0-2", "1", "0 2", ""][i % 4]));
    seeds.push(format!("code,parent,onsets,label_en,label_ja\n{}", rows.collect::<String>()).into_bytes());
    let words = ["A1,A,x,y\n", "A,A1,x,y\n", "A1@child,A1,0-1,x,y\n", ",", "\"", "\n", "*", "@child", "0-2", " ", "\u{feff}"];
    fuzz("dictionary", targets::dictionary, &seeds, &words);
}

/// Sex and life stage of a cell; nothing is everybody.
type Names = (Option<&'static str>, Option<&'static str>);

/// A row group of diagnoses, as a release has it.
fn cells(dictionary: bool) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(dictionary)
        .set_data_page_row_count_limit(40)
        .build();
    let schema = cells_schema(&["diagnosis"], &["sex", "life_stage"]);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("a schema");
    let mut group = writer.next_row_group().expect("a row group");
    let (codes, centres) = (["*", "A", "A1"], ["X", "Y"]);
    let cells = [(None, None), (Some("female"), None), (Some("female"), Some("adult")), (Some("male"), None)];
    let mut rows = Vec::new();
    for code in codes {
        for centre in centres {
            rows.extend(cells.map(|_| (code, centre)));
        }
    }
    let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
    let nullable = |value: fn(Names) -> Option<&'static str>| {
        let all: Vec<Option<&str>> = cells.iter().cycle().take(rows.len()).map(|&cell| value(cell)).collect();
        let present: Vec<i16> = all.iter().map(|value| i16::from(value.is_some())).collect();
        (all.into_iter().flatten().map(text).collect::<Vec<_>>(), present)
    };
    write::<ByteArrayType>(&mut group, &rows.iter().map(|row| text(row.0)).collect::<Vec<_>>(), None);
    write::<ByteArrayType>(&mut group, &rows.iter().map(|row| text(row.1)).collect::<Vec<_>>(), None);
    for (values, present) in [nullable(|cell| cell.0), nullable(|cell| cell.1)] {
        write::<ByteArrayType>(&mut group, &values, Some(&present));
    }
    write::<Int32Type>(&mut group, &vec![10; rows.len()], None);
    write::<Int32Type>(&mut group, &vec![19; rows.len()], Some(&vec![1; rows.len()]));
    let end: i64 = group.close().expect("a row group").columns().iter().map(ColumnChunkMetaData::compressed_size).sum();
    writer.finish().expect("a file");
    writer.inner()[4..4 + end as usize].to_vec()
}

fn write<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[T::T], present: Option<&[i16]>) {
    let mut column = group.next_column().expect("a column").expect("the schema has it");
    column.typed::<T>().write_batch(values, present, None).expect("values");
    column.close().expect("a column");
}

#[test]
fn cells_page() {
    // The seeds have 24 rows.
    let with = |rows: u8, cells: Vec<u8>| [vec![rows], cells].concat();
    let seeds = vec![with(0, cells(true)), with(1, cells(true)), with(0, cells(false)), with(255, cells(false))];
    fuzz("cells", targets::cells, &seeds, &["\u{0}", "\u{7f}", "\u{15}\u{4}", "\u{12}"]);
}

/// The most memory that this process ever had, in bytes; nothing where the system does not say.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
