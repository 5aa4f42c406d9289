//! A steward's files end in a population or an error: specs, and tables cell by cell. Each input is small and read whole, by the way that
//! a build takes; `NINZU_FUZZ_SECONDS` says how long.

#[path = "../../engine/tests/fuzz/mutate.rs"]
mod mutate;

use std::path::Path;
use std::sync::LazyLock;

use ninzu::source::{Spec, ingest};
use tempfile::TempDir;

const SPEC: &str = include_str!("../../src/synthetic/data/spec.toml");

fn fuzz(name: &str, target: fn(&[u8]), seeds: &[&str], words: &[&str]) {
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let inputs = mutate::fuzz(name, target, &seeds, words, Path::new(env!("CARGO_TARGET_TMPDIR")));
    assert!(inputs > seeds.len(), "{name}: only the seeds were tried");
}

fn spec(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        drop(Spec::parse(text));
    }
}

#[test]
fn spec_text() {
    let short = "[release]\nname = \"x\"\ntitle = { en = \"X\" }\nreference_date = 2024-12-31\n[source]\nkind = \"omop\"\npath = \"cdm\"\n[policy]\npreset = \"ndb\"\n";
    let words = [
        "[[dimension]]\n",
        "[[centre]]\n",
        "[policy]\n",
        "kind = \"codes\"\n",
        "bands = []\n",
        "order = 99999999999\n",
        "codes = \"top:18446744073709551615\"\n",
        "\"\"\"",
        "[[",
        "{ en = ",
        "0001-01-01",
    ];
    fuzz("spec", spec, &[SPEC, short], &words);
}

/// The tables of a small spec, the persons' the bytes that are tried.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().expect("a folder");
    let spec = "[release]\nname = \"x\"\ntitle = { en = \"X\", ja = \"X\" }\nreference_date = 2024-12-31\n[source]\nkind = \"table\"\n\
                persons = \"persons.csv\"\nperson = \"person\"\ncentre = \"centre\"\nbad_rows = \"drop\"\n\
                [[centre]]\nname = \"A\"\ncollects = []\n\
                [[dimension]]\nname = \"sex\"\nkind = \"partition\"\nvalues = [\"female\", \"male\", \"unknown\"]\n\
                [[dimension]]\nname = \"life_stage\"\nkind = \"partition\"\nbirth_date = \"born\"\nscheme = \"jh\"\nmissing = \"unknown\"\n\
                [policy]\npreset = \"ndb\"\n";
    std::fs::write(folder.path().join("spec.toml"), spec).expect("a spec");
    folder
});

fn csv(data: &[u8]) {
    std::fs::write(FOLDER.path().join("persons.csv"), data).expect("a table");
    drop(Spec::read(&FOLDER.path().join("spec.toml")).and_then(|spec| ingest(&spec, &())));
}

#[test]
fn csv_cells() {
    let seeds = [
        "person,centre,sex,born\n1,A,female,1980-01-31\n2,A,male,2001/2/3\n3,A,,1950\n",
        "\u{feff}person;centre;sex;born\r\n\"1\";\"A\";\"fe\"\"male\";\"1980-01-31\"\r\n",
        "person\tcentre\tsex\tborn\n7.0\tA\tNA\t19800131\n\n8e0\tA\tNULL\t1980-01-31T23:59:60Z\n",
    ];
    let words = [
        "\"",
        ",",
        ";",
        "\t",
        "\n",
        "\r\n",
        "0000-00-00",
        "9999-12-31",
        "-1",
        "1e400",
        "NaN",
        "\\N",
        "\u{0}",
        "２０２４",
        "1980-02-30",
    ];
    fuzz("csv", csv, &seeds, &words);
}
