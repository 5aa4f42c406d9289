//! Verified means verified: the bytes of a release, all of them and no others, and nothing outside its folder.

use std::fs;
use std::path::Path;

use crate::fixtures::{arg, copy_of_release, ninzu};

/// A release that may be damaged, in a folder that goes when it is over.
fn copy() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_of_release(folder.path());
    (folder, copy)
}

/// It cannot be verified, and says of which file and why.
fn is_refused(release: &Path, file: &str, why: &str) {
    let run = ninzu(&["describe", arg(release), "--verify"]);
    assert_eq!(run.code, 1, "a failed check: {}", run.err);
    assert!(run.out.is_empty(), "{}", run.out);
    assert!(run.err.contains(file) && run.err.contains(why), "{}", run.err);
}

#[test]
fn bytes_that_no_hash_covers_are_refused() {
    for file in ["cells/diagnosis.parquet", "cells/base.parquet", "dimensions/sex.csv", "audit.json"] {
        let (_folder, copy) = copy();
        let mut bytes = fs::read(copy.join(file)).unwrap();
        bytes.extend(b"smuggled");
        fs::write(copy.join(file), bytes).unwrap();
        is_refused(&copy, file, "no hash covers the others");
    }
}

#[test]
fn the_first_bytes_of_a_table_are_verified_too() {
    let (_folder, copy) = copy();
    let table = copy.join("cells/base.parquet");
    let mut bytes = fs::read(&table).unwrap();
    bytes[..4].copy_from_slice(b"EVIL");
    fs::write(&table, bytes).unwrap();
    is_refused(&copy, "cells/base.parquet", "do not have the hash");
}

#[test]
fn bytes_between_row_groups_are_refused_even_if_the_descriptor_makes_room() {
    let (_folder, copy) = copy();
    let path = copy.join("datapackage.json");
    let mut descriptor: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let table = descriptor["ninzu"]["tables"].as_array_mut().unwrap().iter_mut().find(|t| t["name"] == "diagnosis").unwrap();
    let file = copy.join(table["path"].as_str().unwrap());
    let at = table["footer"]["offset"].as_u64().unwrap();
    table["footer"]["offset"] = (at + 8).into();
    let mut bytes = fs::read(&file).unwrap();
    bytes.splice(at as usize..at as usize, *b"smuggled");
    fs::write(&file, bytes).unwrap();
    fs::write(&path, serde_json::to_vec(&descriptor).unwrap()).unwrap();
    let run = ninzu(&["describe", arg(&copy)]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("covered by no hash"), "{}", run.err);
}

#[test]
#[cfg(unix)]
fn links_are_followed_inside_the_folder_only() {
    let (folder, copy) = copy();
    let table = copy.join("cells/base.parquet");
    // Moved within the folder: as some systems mount files.
    fs::rename(&table, copy.join("cells/real.parquet")).unwrap();
    std::os::unix::fs::symlink("real.parquet", &table).unwrap();
    assert_eq!(ninzu(&["describe", arg(&copy), "--verify"]).code, 0);
    let outside = folder.path().join("outside.parquet");
    fs::rename(copy.join("cells/real.parquet"), &outside).unwrap();
    fs::remove_file(&table).unwrap();
    std::os::unix::fs::symlink(&outside, &table).unwrap();
    is_refused(&copy, "cells/base.parquet", "leads out of the release");
    let run = ninzu(&["query", arg(&copy), "everyone"]);
    assert_eq!(run.code, 2, "{}", run.err);
}
