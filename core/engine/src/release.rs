//! An open release, and the bytes that it needs.

mod byte_range;
mod entries;
mod open;

pub use byte_range::ByteRange;
pub use entries::{DictionaryEntry, OnsetEntry};
pub(crate) use open::ReadSet;
pub use open::{FileSize, Opening, Release, TableRow, TableRows, Trust};
