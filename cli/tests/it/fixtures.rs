//! The binary, and one release for all tests.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) err: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            bytes: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary in an English environment without colours.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ninzu"));
    command.args(args).stdin(Stdio::null()).env("LC_ALL", "C").env("COLUMNS", "100").env_remove("NO_COLOR");
    command
}

/// Runs the binary.
pub(crate) fn ninzu(args: &[&str]) -> Run {
    command(args).output().unwrap().into()
}

/// Runs the binary with a text on standard input.
pub(crate) fn ninzu_reading(args: &[&str], input: &str) -> Run {
    let mut child = command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().into()
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder with `people`, 3,000 synthetic people, and `release`, built of them once.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        // Fixed, so that repeated runs do not fill the disk.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("people");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let (people, release, key) = (folder.join("people"), folder.join("release"), folder.join("key"));
        own_key(&key, [7; 32]);
        let made = ninzu(&["generate", "--persons", "3000", "--seed", "7", "--out", arg(&people)]);
        assert_eq!(made.code, 0, "{}", made.err);
        let built = ninzu(&["build", arg(&people.join("spec.toml")), "--out", arg(&release), "--key-file", arg(&key)]);
        assert_eq!(built.code, 0, "{}", built.err);
        folder
    })
}

/// Writes a key's file, for its owner's eyes only.
pub(crate) fn own_key(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::write(path, bytes).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A release of 3,000 synthetic people.
pub(crate) fn release() -> PathBuf {
    folder().join("release")
}

/// The people that it is of, with their spec.
pub(crate) fn people() -> PathBuf {
    folder().join("people")
}

/// A copy of the release that may be damaged.
pub(crate) fn copy_of_release(into: &Path) -> PathBuf {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let to = into.join("release");
    copy(&release(), &to);
    to
}
