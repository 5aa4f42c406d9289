//! What a fault leaves: nothing, or what the next run goes on from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::audit::small_spec;
use crate::fixtures::{Run, arg, command, ninzu, own_key, people, release};

/// Every file under a folder, with its bytes.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().strip_prefix(folder).unwrap().to_owned(), fs::read(entry.path()).unwrap())).collect()
}

/// What lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A build.
fn start(spec: &Path, out: &Path, key: &Path) -> Child {
    command(&["build", arg(spec), "--out", arg(out), "--key-file", arg(key)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn end(child: Child) -> Run {
    child.wait_with_output().unwrap().into()
}

/// A spec that is built in a moment: it crosses less, and pairs no codes.
fn quick_spec(folder: &Path) -> PathBuf {
    let spec = small_spec(folder);
    let text = fs::read_to_string(&spec).unwrap();
    let (before, after) = (text.find("pairs = [").unwrap(), text.find("[policy]").unwrap());
    fs::write(&spec, format!("{}{}", &text[..before], &text[after..]).replace("order = 3", "order = 2")).unwrap();
    spec
}

#[test]
fn kills_lose_nothing() {
    let (folder, specs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (out, key, spec) = (folder.path().join("release"), folder.path().join("key"), quick_spec(specs.path()));
    own_key(&key, [7; 32]);
    let begin = Instant::now();
    assert_eq!(end(start(&spec, &specs.path().join("whole"), &key)).code, 0);
    let whole = begin.elapsed();
    let expected = bytes_of(&specs.path().join("whole"));
    // Moments all over the build, in an order that is not theirs.
    for moment in (0..24_u32).map(|i| 4 + 41 * i % 96) {
        let mut child = start(&spec, &out, &key);
        std::thread::sleep(whole * moment / 100);
        let is_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        let _ = child.wait();
        assert!(is_running || out.exists(), "a build that ended by itself wrote its release");
        if out.exists() {
            // Nothing of it is half there, and it is made again.
            assert_eq!(bytes_of(&out), expected, "after {moment} %");
            fs::remove_dir_all(&out).unwrap();
        }
    }
    let run = end(start(&spec, &out, &key));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(bytes_of(&out), expected);
    assert_eq!(names(folder.path()), ["key", "release"], "nothing is left beside it");
}

#[test]
fn two_builds_of_one_release_do_not_both_work() {
    let (folder, specs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (out, key, spec) = (folder.path().join("release"), folder.path().join("key"), small_spec(specs.path()));
    own_key(&key, [7; 32]);
    let first = start(&spec, &out, &key);
    let lock = folder.path().join(".ninzu-release.lock");
    let begin = Instant::now();
    while !lock.exists() {
        assert!(begin.elapsed() < Duration::from_mins(1), "the first build claims its target");
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = end(start(&spec, &out, &key));
    assert_eq!(second.code, 2, "{}", second.err);
    assert!(second.err.contains("being written by another run"), "{}", second.err);
    let first = end(first);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(names(folder.path()), ["key", "release"]);
}

#[test]
fn what_a_killed_run_left_is_removed_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("deep/release");
    let part = folder.path().join("deep/.ninzu-release.part");
    fs::create_dir_all(part.join("cells")).unwrap();
    fs::write(part.join("cells/base.parquet"), "half").unwrap();
    fs::write(folder.path().join("deep/.ninzu-release.lock"), "").unwrap();
    let spec = people().join("spec.toml");
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--unaudited"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("removed") && run.err.contains(".ninzu-release.part"), "{}", run.err);
    assert_eq!(names(&folder.path().join("deep")), ["release"]);
}

#[test]
fn a_spec_that_cannot_be_built_leaves_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec.toml");
    let text = fs::read_to_string(people().join("spec.toml")).unwrap();
    fs::write(&spec, text.replace("persons.parquet", "nobody.parquet")).unwrap();
    let run = ninzu(&["build", arg(&spec), "--out", arg(&folder.path().join("a/b/release"))]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(names(folder.path()), ["spec.toml"]);
}

#[test]
fn a_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (key, out) = (folder.path().join("key"), folder.path().join("release"));
    let spec = people().join("spec.toml");
    let refused = |words: &[&str]| {
        let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key), "--unaudited"]);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(words.iter().all(|word| run.err.contains(word)), "{words:?}: {}", run.err);
        assert!(!out.exists());
    };
    for (bytes, word) in [(vec![], "but 0"), (vec![7; 31], "but 31"), (vec![7; 4000], "more"), (vec![0; 32], "zeros")] {
        let _ = fs::remove_file(&key);
        own_key(&key, bytes);
        refused(&[word]);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        for mode in [0o644, 0o640, 0o602] {
            fs::remove_file(&key).unwrap();
            own_key(&key, [7; 32]);
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            refused(&["others", "chmod 600"]);
        }
        fs::remove_file(&key).unwrap();
        own_key(&folder.path().join("true"), [7; 32]);
        symlink(folder.path().join("true"), &key).unwrap();
        refused(&["is a link"]);
        fs::remove_file(&key).unwrap();
        fs::create_dir(&key).unwrap();
        refused(&["is no file"]);
    }
}

/// A disk that is full is one that no file grows on: `ulimit` without the signal that comes with it.
#[cfg(unix)]
fn on_a_full_disk(blocks: u32, args: &[&str]) -> Run {
    let mut shell = std::process::Command::new("sh");
    let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_ninzu")]).args(args).stdin(Stdio::null()).env("LC_ALL", "C");
    shell.output().unwrap().into()
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_what_it_says() {
    let (folder, specs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (out, key, spec) = (folder.path().join("release"), folder.path().join("key"), small_spec(specs.path()));
    // Nothing at all can be written: no key is half there, and none is in the way afterwards.
    let run = on_a_full_disk(0, &["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key)]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("key file"), "{}", run.err);
    assert_eq!(names(folder.path()), [""; 0]);
    own_key(&key, [7; 32]);
    // The release is larger than a file may be; what was proved before is not, and stays.
    let built = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key), "--unaudited"]);
    assert_eq!(built.code, 0, "{}", built.err);
    let largest = walkdir::WalkDir::new(&out).into_iter().map(|entry| entry.unwrap().metadata().unwrap().len()).max().unwrap();
    fs::remove_dir_all(&out).unwrap();
    let blocks = u32::try_from(largest / 512 / 2).unwrap();
    let run = on_a_full_disk(blocks, &["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key), "--unaudited"]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("cannot be written") && run.err.contains("nothing of it was left behind"), "{}", run.err);
    assert_eq!(names(folder.path()), ["key"]);
    // With the proof: whatever is left is named.
    let run = on_a_full_disk(blocks, &["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key)]);
    assert_eq!(run.code, 2, "{}", run.err);
    let left: Vec<String> = names(folder.path()).into_iter().filter(|name| name != "key").collect();
    assert!(left.iter().all(|name| run.err.contains(name)), "{left:?}: {}", run.err);
    let run = ninzu(&["build", arg(&spec), "--out", arg(&out), "--key-file", arg(&key)]);
    assert_eq!(run.code, 0, "{}", run.err);
    let whole = ninzu(&["build", arg(&spec), "--out", arg(&specs.path().join("whole")), "--key-file", arg(&key)]);
    assert_eq!(whole.code, 0, "{}", whole.err);
    assert_eq!(bytes_of(&out), bytes_of(&specs.path().join("whole")));
    assert_eq!(names(folder.path()), ["key", "release"]);
    // A result beside it is whole or not there.
    let result = folder.path().join("result.csv");
    let run = on_a_full_disk(0, &["query", arg(&out), "everyone", "--format", "csv", "--out", arg(&result)]);
    assert_eq!(run.code, 2, "{}", run.err);
    assert_eq!(names(folder.path()), ["key", "release"]);
}

#[test]
#[cfg(unix)]
fn a_result_replaces_what_it_should() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("result.csv"), folder.path().join("link.csv"));
    fs::write(&file, "before").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&file, &link).unwrap();
    let ask = |to: &str| ninzu(&["query", arg(&release()), "everyone", "--format", "csv", "--out", to]);
    assert_eq!(ask(arg(&link)).code, 0);
    assert!(link.symlink_metadata().unwrap().is_symlink(), "the link is still one");
    assert!(fs::read_to_string(&file).unwrap().starts_with("centre,"));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "nobody else reads it now");
    assert_eq!(ask("/dev/null").code, 0);
    assert!(!Path::new("/dev/null").metadata().unwrap().is_file(), "a device is written to, not replaced");
    assert_eq!(ask(arg(folder.path())).code, 2, "a folder is not replaced");
    assert_eq!(names(folder.path()), ["link.csv", "result.csv"]);
}
