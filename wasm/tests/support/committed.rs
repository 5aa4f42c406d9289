//! Files of the package that are written from Rust, and committed.

use std::path::Path;

/// Holds a file of the package against what it must be; writes it anew where `NINZU_WRITE` is set.
pub(crate) fn is_generated(file: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("npm/src").join(file);
    if std::env::var_os("NINZU_WRITE").is_some() {
        std::fs::write(&path, generated).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == generated,
        "run with NINZU_WRITE=1 and commit {}",
        path.display()
    );
}
