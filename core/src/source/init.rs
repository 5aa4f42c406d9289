//! A first spec, with what a profile of the tables says.

use std::fmt::Write;
use std::path::PathBuf;

use ninzu_engine::Result;

use super::first_spec::first_spec;
use super::profile::profile_of;
use super::spec::Spec;
use super::text_format::TextFormat;

/// Writes a first spec, with comments, for a persons table with its code tables and dictionaries (CSV, TSV or Parquet),
/// or for a folder of OMOP tables. Paths stay as they are given.
///
/// Partition values, centres and what they collect are listed from the rows once, here, under the steward's eyes;
/// building takes them from the spec alone.
///
/// The format says how the text files are written, as far as they do not show it.
pub fn init(files: &[PathBuf], format: &TextFormat) -> Result<String> {
    let mut text = first_spec(files, format)?;
    // What else a profile by this spec says; a spec that cannot be used yet says why.
    let told = match Spec::parse(&text).and_then(|spec| profile_of(spec, &())) {
        Ok(profile) => profile.notes.into_iter().map(|note| note.en).filter(|note| !text.contains(note)).collect(),
        Err(error) => vec![format!("a build by this spec would stop: {error}")],
    };
    if !told.is_empty() {
        text.push_str("\n# To look at in these tables (`ninzu profile` says more):\n");
        for note in told {
            let _ = writeln!(text, "# - {}", note.replace(['\n', '\r'], " "));
        }
    }
    Ok(text)
}
