//! Signatures of releases: who published one, said by whoever holds a key.
//!
//! A signature is one of [minisign](https://jedisct1.github.io/minisign/) over the descriptor, which names every other file by its
//! hash: so it covers every byte. It says that the holder of a key signed exactly this release. It does not say that the counts are
//! right, that the audit was run, or who holds the key: that is what pinning a key is for.

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox, SignatureBox};
use ninzu_engine::format::manifest::DESCRIPTOR;
use ninzu_engine::format::sha256_hex;
use ninzu_engine::{Engine, Error, ErrorKind, Message, Result};
use serde::Serialize;

use crate::catalogue::message;

/// The path of the signature inside a release.
pub const SIGNATURE: &str = "datapackage.json.minisig";

/// More bytes than this are no signature, and no key.
const MOST_BYTES: u64 = 64 << 10;

/// The keys whose signatures are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(Vec<Trusted>);

#[derive(Debug, Clone)]
struct Trusted {
    name: Option<String>,
    key: PublicKey,
}

/// Who signed a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// What the reader calls the key, where the reader has named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The key's number.
    pub key: String,
    /// What the signer said with it, which the signature covers.
    pub comment: String,
}

impl TrustedKeys {
    /// Whether there are none: then signatures are not asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what was typed: a public key, `NAME=KEY`, or a file of keys.
    pub fn add(&mut self, typed: &str) -> Result<()> {
        let (name, key) = match typed.split_once('=') {
            // A key may end in `=` itself, where it is not a whole number of three bytes; these have 42.
            Some((name, key)) if key.starts_with("RW") => (Some(name.to_owned()), key),
            _ => (None, typed),
        };
        if let Ok(key) = PublicKey::from_base64(key.trim())
            && key.to_base64().starts_with("RW")
        {
            self.0.push(Trusted { name, key });
            return Ok(());
        }
        self.add_file(Path::new(typed))
    }

    /// Adds the keys of a file: each a line, after a line with its name as minisign writes it.
    fn add_file(&mut self, path: &Path) -> Result<()> {
        let wrong = |why: Message| {
            let message = message!("signature.no_public_key", file = path.display().to_string(), why = why);
            Error::new(ErrorKind::Untrusted, message).with_hint(message!("hint.public_key"))
        };
        let text = read_small(path).map_err(|e| wrong(e.to_string().into()))?;
        let (before, mut name) = (self.0.len(), None);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix("untrusted comment:") {
                name = Some(comment.trim().to_owned()).filter(|name| !name.is_empty());
                continue;
            }
            let key = PublicKey::from_base64(line).map_err(|_| wrong(message!("signature.other_line")))?;
            self.0.push(Trusted { name: name.take(), key });
        }
        if self.0.len() == before { Err(wrong(message!("signature.no_keys"))) } else { Ok(()) }
    }

    /// Checks that an open release is signed by one of these keys.
    pub fn check(&self, engine: &Engine, folder: &Path) -> Result<Signed> {
        let unsigned = || {
            Error::new(ErrorKind::Untrusted, message!("signature.unsigned"))
                .with_hint(message!("hint.ask_signature", file = SIGNATURE))
        };
        let signature = match read_small(&folder.join(SIGNATURE)) {
            Ok(signature) => signature,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(unsigned()),
            Err(e) => {
                let message = message!("file.unread", file = SIGNATURE, reason = e.to_string());
                return Err(Error::new(ErrorKind::Io, message).caused_by(e));
            }
        };
        self.verify(&descriptor(engine, folder)?, &signature)
    }

    /// Checks the signature of a descriptor.
    pub fn verify(&self, descriptor: &[u8], signature: &str) -> Result<Signed> {
        let malformed = || {
            Error::new(ErrorKind::Tampered, message!("signature.malformed", file = SIGNATURE))
                .with_hint(message!("hint.right_signature"))
        };
        let signature = SignatureBox::from_string(signature).map_err(|_| malformed())?;
        let number = number(signature.keynum());
        let Some(trusted) = self.0.iter().find(|trusted| trusted.key.keynum() == signature.keynum()) else {
            return Err(Error::new(ErrorKind::Untrusted, message!("signature.untrusted", key = number))
                .with_hint(message!("hint.pin_key")));
        };
        minisign::verify(&trusted.key, &signature, Cursor::new(descriptor), true, false, true).map_err(|_| {
            Error::new(ErrorKind::Tampered, message!("signature.unfit", key = &number))
                .with_hint(message!("hint.changed_after_signing"))
        })?;
        let comment = signature.trusted_comment().map_err(|_| malformed())?;
        Ok(Signed { name: trusted.name.clone(), key: number, comment })
    }
}

/// A new pair of keys, as texts of minisign: the secret one, and the public one with a name.
pub fn new_key(name: &str, password: Option<String>) -> Result<(String, String)> {
    let failed = |e: minisign::PError| Error::new(ErrorKind::Io, message!("signature.no_key_made", reason = e.to_string()));
    let pair = match password {
        Some(password) => KeyPair::generate_encrypted_keypair(Some(password)),
        None => KeyPair::generate_unencrypted_keypair(),
    };
    let KeyPair { pk, sk } = pair.map_err(failed)?;
    let secret = sk.to_box(Some("secret key of ninzu sign")).map_err(failed)?.into_string();
    Ok((secret, format!("untrusted comment: {}\n{}\n", one_line(name), pk.to_base64())))
}

/// A secret key of minisign.
pub struct SigningKey(SecretKey);

/// How the secret keys begin that a password opens.
const ENCRYPTED: &str = "RWRTY0Iy";

impl SigningKey {
    /// Reads it from its text. Where it needs a password and none is given, the terminal is asked.
    pub fn new(text: &str, password: Option<String>) -> Result<Self> {
        let boxed = SecretKeyBox::from_string(text);
        let key = if text.lines().nth(1).is_some_and(|line| line.starts_with(ENCRYPTED)) {
            boxed.and_then(|boxed| boxed.into_secret_key(password))
        } else {
            boxed.and_then(SecretKeyBox::into_unencrypted_secret_key)
        };
        key.map(Self).map_err(|_| {
            Error::new(ErrorKind::Untrusted, message!("signature.no_secret_key")).with_hint(message!("hint.secret_key"))
        })
    }

    /// The signature of an open release whose files lie in a folder.
    pub fn sign(&self, engine: &Engine, folder: &Path, comment: &str) -> Result<String> {
        let failed = |e: minisign::PError| Error::new(ErrorKind::Io, message!("signature.failed", reason = e.to_string()));
        let descriptor = descriptor(engine, folder)?;
        let comment = one_line(comment);
        let signed =
            minisign::sign(None, &self.0, Cursor::new(descriptor), Some(&comment), Some("signature of a release of Ninzu"));
        Ok(signed.map_err(failed)?.into_string())
    }

    /// The public key that fits it.
    pub fn public(&self) -> Result<String> {
        let failed = |e: minisign::PError| Error::new(ErrorKind::Io, message!("signature.no_public", reason = e.to_string()));
        Ok(PublicKey::from_secret_key(&self.0).map_err(failed)?.to_base64())
    }
}

/// The descriptor that an engine has opened.
fn descriptor(engine: &Engine, folder: &Path) -> Result<Vec<u8>> {
    let path = folder.join(DESCRIPTOR);
    let shown = || path.display().to_string();
    let bytes = fs::read(&path).map_err(|e| {
        let message = message!("file.unread", file = shown(), reason = e.to_string());
        Error::new(ErrorKind::Io, message).caused_by(e)
    })?;
    if sha256_hex(&bytes) == engine.release().id() {
        return Ok(bytes);
    }
    Err(Error::new(ErrorKind::Tampered, message!("file.changed", file = shown())))
}

/// A small plain file.
fn read_small(path: &Path) -> std::io::Result<String> {
    let not = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let found = fs::metadata(path)?;
    if !found.is_file() || found.len() > MOST_BYTES {
        return Err(not("it is no small file"));
    }
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

/// A key's number as minisign writes it.
fn number(bytes: &[u8]) -> String {
    bytes.iter().rev().fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests;
