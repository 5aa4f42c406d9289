//! From tables to a release.

use std::fs;
use std::path::Path;

use crate::world::{arg, ninzu, people};

#[test]
fn the_same_key_gives_the_same_release_and_no_key_says_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let spec = people().join("spec.toml");
    let key = folder.path().join("key");
    let build = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let run = ninzu(&[&["build", arg(&spec), "--out", arg(&out), "--unaudited"][..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.is_empty());
        assert!(run.err.contains("--unaudited"), "{}", run.err);
        (run.err, id(&out))
    };
    let (told, first) = build("first", &["--key-file", arg(&key)]);
    assert!(told.contains(&first) && told.contains("at 6 centres") && !told.contains("forgotten"), "{told}");
    let (_, second) = build("second", &["--key-file", arg(&key)]);
    assert_eq!(first, second);
    let (told, third) = build("third", &[]);
    assert_ne!(first, third);
    assert!(told.contains("--key-file"), "{told}");
    assert_eq!(fs::metadata(&key).unwrap().len(), 32);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&key).unwrap().permissions()) & 0o777, 0o600);
}

fn id(release: &Path) -> String {
    let run = ninzu(&["describe", arg(release), "--unaudited", "--format", "json"]);
    let description: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    description["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_mistake_in_a_spec_is_shown_in_the_spec_and_makes_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.toml");
    let text = fs::read_to_string(people().join("spec.toml")).unwrap();
    fs::write(&spec, text.replace("preset = \"ndb\"", "preset = \"nbd\"")).unwrap();
    let (out, key) = (folder.path().join("release"), folder.path().join("key"));
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key)]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("spec.toml:") && run.err.contains("preset = \"nbd\""), "{}", run.err);
    assert!(!out.exists() && !key.exists());
}

#[test]
fn a_first_spec_is_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let people = people();
    let files = ["persons.parquet", "diagnoses.parquet"].map(|name| people.join(name));
    let spec = folder.path().join("spec.toml");
    let printed = ninzu(&["init", arg(&files[0]), arg(&files[1])]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("[release]") && printed.out.contains("[[centre]]"), "{}", printed.out);
    let written = ninzu(&["init", arg(&files[0]), arg(&files[1]), "--out", arg(&spec)]);
    assert_eq!((written.code, written.out.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(&spec).unwrap(), printed.out);
    let again = ninzu(&["init", arg(&files[0]), arg(&files[1]), "--out", arg(&spec)]);
    assert_eq!(again.code, 2, "a spec is not overwritten");
}
