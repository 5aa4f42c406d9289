//! What the engine asks its host for, and how what comes is verified.

use std::ops::Range;

use crate::format::sha256_hex;
use crate::message::message;
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
            let wanted = end.saturating_sub(start);
            let message = message!("bytes.number", file = &self.path, came = bytes.len(), wanted = wanted, start = start);
            return Err(Error::new(ErrorKind::Tampered, message).with_hint(message!("hint.truncated")));
        }
        if sha256_hex(bytes) != self.sha256 {
            let message = message!("bytes.hash", file = &self.path, start = start, end = end);
            return Err(Error::new(ErrorKind::Tampered, message).with_hint(message!("hint.damaged")));
        }
        Ok(())
    }
}
