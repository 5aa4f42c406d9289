//! The release in `examples/`, which examples and documentation ask.

use std::fs;
use std::path::{Path, PathBuf};

use ninzu::build::{BuildOptions, Key, Proof, build};
use ninzu::{ErrorKind, Release, Trust};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

/// Paths inside a folder, in order, with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(folder).unwrap().display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// With `NINZU_WRITE=1` it is built anew.
#[test]
fn the_example_release_is_built_from_the_example_people() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("release");
    let key = Key::new([7; 32]);
    let options = BuildOptions { key, proof: Proof::Audited, previous: Vec::new(), private_report: None };
    build(&examples().join("people/spec.toml"), &options, &out, &()).unwrap();
    let (built, committed) = (files(&out), examples().join("release"));
    if std::env::var_os("NINZU_WRITE").is_some() {
        fs::remove_dir_all(&committed).unwrap();
        for (path, bytes) in &built {
            fs::create_dir_all(committed.join(path).parent().unwrap()).unwrap();
            fs::write(committed.join(path), bytes).unwrap();
        }
    }
    assert!(built == files(&committed), "run with NINZU_WRITE=1 and commit examples/release");
}

#[test]
fn a_release_is_verified_and_an_unaudited_one_must_be_accepted() {
    let release = Release::open(examples().join("release")).unwrap();
    let bytes: usize = files(release.folder()).iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(release.verify().unwrap(), bytes as u64);
    let error = Release::open(examples().join("nowhere")).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().downcast_ref::<std::io::Error>();
    assert_eq!(cause.map(std::io::Error::kind), Some(std::io::ErrorKind::NotFound));
    assert_eq!(release.dictionary("drug").unwrap_err().hint(), Some("the dimensions are sex, diagnosis"));

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("release");
    let options = BuildOptions { key: Key::new([7; 32]), proof: Proof::Unaudited, previous: Vec::new(), private_report: None };
    build(&examples().join("people/spec.toml"), &options, &out, &()).unwrap();
    assert_eq!(Release::open(&out).unwrap_err().kind(), ErrorKind::Unaudited);
    let release = Release::open_with(&out, Trust::Unaudited).unwrap();
    assert!(release.query("sex = female").unwrap().answer().is_ok());
}
