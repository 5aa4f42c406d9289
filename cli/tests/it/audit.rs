//! Proof on the command line.

use std::fs;

use crate::fixtures::{arg, copy_of_release, ninzu, own_key, people, release};

#[test]
fn an_audited_release_opens_without_more_and_stands() {
    let run = ninzu(&["audit", arg(&release())]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("0 violations"), "{}", run.out);
    let mut totals: serde_json::Value = serde_json::from_slice(&fs::read(release().join("audit.json")).unwrap()).unwrap();
    let of = totals.as_object_mut().unwrap().remove("of").unwrap();
    assert_eq!(of.as_str().unwrap().len(), 64, "what the audit is of");
    let run = ninzu(&["audit", arg(&release()), "--format", "json"]);
    let again: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(again["totals"], totals, "the same totals from the published files alone");
    assert_eq!(again["violations"], serde_json::json!([]));
}

#[test]
fn an_unrepaired_release_falls_with_witnesses_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let (out, page, key) = (folder.path().join("bare"), folder.path().join("report.html"), folder.path().join("key"));
    own_key(&key, [7; 32]);
    let spec = small_spec(folder.path());
    let built = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key), "--unaudited"]);
    assert_eq!(built.code, 0, "{}", built.err);
    assert!(built.err.contains("--unaudited"), "{}", built.err);
    let refused = ninzu(&["query", arg(&out), "everyone"]);
    assert_eq!(refused.code, 2);
    let run = ninzu(&["audit", arg(&out), "--most", "2", "--report", arg(&page)]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.out.contains("proved to be") && run.out.contains("more: --most N"), "{}", run.out);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("lang=\"ja\"") && page.contains("<svg"));
}

#[test]
fn the_private_report_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let (out, report, key) = (folder.path().join("release"), folder.path().join("private.json"), folder.path().join("key"));
    let spec = small_spec(folder.path());
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key), "--private-report", arg(&report)]);
    assert_eq!(run.code, 0, "{}", run.err);
    let private: serde_json::Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    assert!(!private["widenings"].as_array().unwrap().is_empty());
    assert!(private["decoys"]["base"]["cells"].is_u64());
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&report).unwrap().permissions()) & 0o777, 0o600);
    // Nothing of it is in the release, nor the key.
    for entry in ["audit.json", "datapackage.json"] {
        let text = fs::read_to_string(out.join(entry)).unwrap();
        assert!(!text.contains("widen") && !text.contains("repair"), "{entry}");
    }
    assert!(!folder.path().join("release.repair").exists(), "finished work is forgotten");
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = ninzu(&["build", arg(&small_spec(folder.path())), "--dry-run"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("triple") && run.out.contains("repair and audit"), "{}", run.out);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the spec alone");
}

/// A spec without onsets and with few codes: audited in a moment.
pub(crate) fn small_spec(folder: &std::path::Path) -> std::path::PathBuf {
    let text = fs::read_to_string(people().join("spec.toml")).unwrap();
    let text = text.replace("date = \"first_date\"\n", "");
    let path = |name: &str| format!("\"{}\"", people().join(name).display());
    let mut moved = String::new();
    for line in text.lines() {
        let quoted = line.split('"').nth(1).filter(|file| {
            let file = std::path::Path::new(file);
            file.extension().is_some_and(|e| e == "parquet" || e == "csv")
        });
        match quoted {
            Some(file) => moved.push_str(&line.replace(&format!("\"{file}\""), &path(file))),
            None => moved.push_str(line),
        }
        moved.push('\n');
    }
    let spec = folder.join("spec.toml");
    fs::write(&spec, moved).unwrap();
    spec
}

#[test]
fn an_altered_release_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let release = copy_of_release(folder.path());
    let file = release.join("cells/base.parquet");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(ninzu(&["audit", arg(&release)]).code, 2);
}
