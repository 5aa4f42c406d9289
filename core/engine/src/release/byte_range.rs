//! What the engine asks its host for, and how what comes is verified.

use std::ops::Range;

use crate::format::sha256_hex;
use crate::text::visible;
use crate::{Error, ErrorKind, Result};

/// Bytes that the engine asks its host for: a range of a file of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteRange {
    /// The file's path inside the release.
    pub path: String,
    /// The bytes of it.
    pub range: Range<u64>,
    pub(super) sha256: String,
}

impl ByteRange {
    /// Checks that bytes are the ones that were asked for.
    pub(super) fn verify(&self, bytes: &[u8]) -> Result<()> {
        let Range { start, end } = self.range;
        if bytes.len() as u64 != end.saturating_sub(start) {
            return Err(Error::new(
                ErrorKind::Tampered,
                format!(
                    "{}: {} bytes came for the {} asked for at {start}",
                    visible(&self.path),
                    bytes.len(),
                    end.saturating_sub(start)
                ),
            )
            .with_hint("the release is truncated: fetch it again"));
        }
        if sha256_hex(bytes) != self.sha256 {
            return Err(Error::new(
                ErrorKind::Tampered,
                format!("{}: bytes {start}..{end} do not have the hash that the release promises", visible(&self.path)),
            )
            .with_hint("the release is damaged or was changed: fetch it again"));
        }
        Ok(())
    }
}
