//! The steward's key, and the file that it is kept in.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ninzu_engine::{Error, ErrorKind, Message, Result};

use crate::catalogue::message;
use crate::private_file;

/// The steward's secret, from which all decoys of a release are drawn. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// A key of 256 bits, which should come from a good source of randomness.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept in the steward's file.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

impl Key {
    /// A key from the operating system's randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::new(ErrorKind::Io, message!("key.no_randomness", reason = e.to_string())))?;
        Ok(Self::new(bytes))
    }

    /// The key in a file; where there is none, a new one is written whole, with mode 0600.
    ///
    /// The file must be its owner's alone and no link: who can read it can undo a part of the protection.
    pub fn from_file(path: &Path) -> Result<Self> {
        let refused = |e: &io::Error| {
            let message = message!("key.unusable", file = path.display().to_string(), reason = e.to_string());
            Error::new(ErrorKind::Io, message).with_hint(message!("hint.key_folder"))
        };
        let flaw = match private_file::flaw(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let key = Self::random()?;
                return match private_file::write_new(path, key.bytes()) {
                    Ok(()) => Ok(key),
                    // Another run was faster: its key is the steward's.
                    Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Self::from_file(path),
                    Err(e) => Err(refused(&e)),
                };
            }
            found => found.map_err(|e| refused(&e))?,
        };
        let unsafe_key = |flaw: Message, hint: Message| {
            let message = message!("key.flaw", file = path.display().to_string(), flaw = flaw);
            Err(Error::new(ErrorKind::InvalidPolicy, message).with_hint(hint))
        };
        if let Some(flaw) = flaw {
            return unsafe_key(flaw, message!("hint.key_private", file = path.display().to_string()));
        }
        let mut bytes = Vec::new();
        File::open(path).and_then(|file| file.take(33).read_to_end(&mut bytes)).map_err(|e| refused(&e))?;
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) if bytes == [0; 32] => unsafe_key(message!("key.zeros"), message!("hint.key_restore_or_new")),
            Ok(bytes) => Ok(Self::new(bytes)),
            Err(bytes) if bytes.len() > 32 => unsafe_key(message!("key.longer"), message!("hint.key_restore")),
            Err(bytes) => unsafe_key(message!("key.shorter", bytes = bytes.len()), message!("hint.key_restore")),
        }
    }
}
