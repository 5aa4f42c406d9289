//! Builds a release of a spec and its tables, and proves that it keeps its promise:
//!
//! ```text
//! cargo run --release --example build -- examples/people/spec.toml new-release
//! ```
#![expect(clippy::print_stdout, reason = "it prints what was built")]

use std::path::Path;

use ninzu::Error;
use ninzu::build::{BuildOptions, Key, Proof, build};

fn main() -> Result<(), Error> {
    let mut typed = std::env::args().skip(1);
    let spec = typed.next().unwrap_or_else(|| "examples/people/spec.toml".to_owned());
    let out = typed.next().unwrap_or_else(|| "new-release".to_owned());

    // All random widening is drawn from the key. Keep it in a file (`Key::from_file`), so that the next release can be built with
    // the same one; whoever has it can undo a part of the protection.
    let options = BuildOptions { key: Key::random()?, proof: Proof::Audited, previous: Vec::new(), private_report: None };
    let summary = build(Path::new(&spec), &options, Path::new(&out), &())?;
    println!("{out}: {} persons at {} centres, {} cells published", summary.persons, summary.centres, summary.published);
    Ok(())
}
