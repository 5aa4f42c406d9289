//! Who published a release.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fixtures::{Run, arg, command, copy_of_release, ninzu};

/// A release that is signed with a new key, and the key.
fn signed(folder: &Path) -> (PathBuf, PathBuf) {
    let (release, key) = (copy_of_release(folder), folder.join("centre.key"));
    let made = ninzu(&["sign", "--new-key", arg(&key), "--name", "Centre A"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.starts_with("RW") && made.out.len() == 57, "{}", made.out);
    let run = ninzu(&["sign", arg(&release), "--key", arg(&key)]);
    assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
    (release, key.with_added_extension("pub"))
}

fn ask(release: &Path, trust: &str) -> Run {
    ninzu(&["query", arg(release), "everyone", "--trust", trust])
}

#[test]
fn a_signed_release_says_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    let (release, public) = signed(folder.path());
    let run = ask(&release, arg(&public));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("audited, signed by Centre A (key "), "{}", run.out);
    let key = fs::read_to_string(&public).unwrap().lines().nth(1).unwrap().to_owned();
    assert!(ask(&release, &key).out.contains("audited, signed by key "));
    assert!(ask(&release, &format!("my own name={key}")).out.contains("signed by my own name (key "));
    let described = ninzu(&["describe", arg(&release), "--trust", &key, "--verify", "--format", "json"]);
    let described: Value = serde_json::from_str(&described.out).unwrap();
    assert!(described["signed"]["comment"].as_str().unwrap().contains(described["id"].as_str().unwrap()), "{described}");
    let by_environment = command(&["query", arg(&release), "everyone"]).env("NINZU_TRUST", &public).output().unwrap();
    assert!(String::from_utf8_lossy(&by_environment.stdout).contains("signed by Centre A"));
    let unasked = ninzu(&["query", arg(&release), "everyone"]);
    assert!(unasked.out.contains("audited, by its publisher's word"), "{}", unasked.out);
    let japanese = ninzu(&["query", arg(&release), "everyone", "--trust", &key, "--lang", "ja"]);
    assert!(japanese.out.contains("監査済み、鍵"), "{}", japanese.out);
    let audited = ninzu(&["audit", arg(&release)]);
    assert!(audited.out.contains("proved here"), "{}", audited.out);
}

#[test]
fn what_is_not_signed_by_a_trusted_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (release, public) = signed(folder.path());
    let refused = |release: &Path, trust: &str, word: &str| {
        for command in [&["query"][..], &["describe"], &["facets"], &["explain"], &["sql"]] {
            let question = if command[0] == "sql" { "select 1" } else { "everyone" };
            let question = if command[0] == "describe" { &[][..] } else { &[question] };
            let run = ninzu(&[command, &[arg(release)], question, &["--trust", trust]].concat());
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{command:?}");
            assert!(run.err.contains(word), "{command:?} {word}: {}", run.err);
        }
    };
    let other = folder.path().join("other.key");
    assert_eq!(ninzu(&["sign", "--new-key", arg(&other)]).code, 0);
    refused(&release, arg(&other.with_added_extension("pub")), "not trusted");
    let unsigned = folder.path().join("unsigned");
    fs::create_dir(&unsigned).unwrap();
    refused(&copy_of_release(&unsigned), arg(&public), "not signed");
    // One letter of the title: another release, which nobody signed.
    let descriptor = release.join("datapackage.json");
    let text = fs::read_to_string(&descriptor).unwrap();
    fs::write(&descriptor, text.replacen("synthetic", "Synthetic", 1)).unwrap();
    refused(&release, arg(&public), "does not fit");
    fs::write(release.join("datapackage.json.minisig"), "no signature").unwrap();
    refused(&release, arg(&public), "no signature of minisign");
    refused(&release, "nobody", "no public key");
}

#[test]
fn nobody_signs_what_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (release, _) = signed(folder.path());
    let key = folder.path().join("centre.key");
    let again = ninzu(&["sign", arg(&release), "--key", arg(&key)]);
    assert_eq!(again.code, 2, "a signature is not overwritten");
    fs::remove_file(release.join("datapackage.json.minisig")).unwrap();
    let table = release.join("cells/diagnosis.parquet");
    let mut bytes = fs::read(&table).unwrap();
    bytes[100] ^= 1;
    fs::write(&table, bytes).unwrap();
    let damaged = ninzu(&["sign", arg(&release), "--key", arg(&key)]);
    assert_eq!(damaged.code, 1, "a failed check: {}", damaged.err);
    assert!(!release.join("datapackage.json.minisig").exists());
    #[cfg(unix)]
    {
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let open = ninzu(&["sign", arg(&release), "--key", arg(&key)]);
        assert!(open.code == 2 && open.err.contains("others"), "{}", open.err);
    }
    assert_eq!(ninzu(&["sign", "--new-key", arg(&key)]).code, 2, "a key is not overwritten");
}

#[test]
fn an_audit_of_another_release_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let release = copy_of_release(folder.path());
    let descriptor = release.join("datapackage.json");
    let mut text: Value = serde_json::from_slice(&fs::read(&descriptor).unwrap()).unwrap();
    text["ninzu"]["policy"]["decoy"]["published"] = serde_json::json!(0.2);
    fs::write(&descriptor, serde_json::to_vec(&text).unwrap()).unwrap();
    let run = ninzu(&["describe", arg(&release), "--verify"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
    assert!(run.err.contains("audit.json is of another one"), "{}", run.err);
}
