//! What strangers hand to a reader, for `cargo fuzz run TARGET`.
//!
//! Seeds: `NINZU_FUZZ_CORPUS=fuzz/corpus cargo test --release -p ninzu-engine --test fuzz`. A steward's files (specs, CSV) are tried by
//! `core/tests/it/fuzz.rs` only: what reads them is too large for a sanitizer.

#[path = "../../core/engine/tests/fuzz/targets.rs"]
mod targets;

/// The text of a question.
pub fn query_text(data: &[u8]) {
    targets::query_text(data);
}

/// The JSON of a question.
pub fn query_json(data: &[u8]) {
    targets::query_json(data);
}

/// A release's descriptor.
pub fn descriptor(data: &[u8]) {
    targets::descriptor_bytes(data);
}

/// A row group of a table.
pub fn cells(data: &[u8]) {
    targets::cells(data);
}

/// A dictionary.
pub fn dictionary(data: &[u8]) {
    targets::dictionary(data);
}
