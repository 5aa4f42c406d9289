//! Which release an `audit.json` is of.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ninzu_engine::format::manifest::DESCRIPTOR;
use ninzu_engine::format::sha256_hex;
use ninzu_engine::{Engine, Error, ErrorKind, Message, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "publish")]
use super::audit::AuditTotals;
use crate::catalogue::message;

/// The file of an audit's totals inside a release.
pub const AUDIT: &str = "audit.json";

/// `audit.json`: what was found, and in what.
#[cfg(feature = "publish")]
#[derive(Debug, Serialize)]
pub(crate) struct AuditFile<'a> {
    /// What was found.
    #[serde(flatten)]
    pub(crate) totals: &'a AuditTotals,
    /// The hash of what was audited: see [`audited_content`].
    pub(crate) of: &'a str,
}

/// The parts of an `audit.json` that bind it.
#[derive(Deserialize)]
struct Bound {
    violations: u64,
    /// Releases of before this was written have none.
    of: Option<String>,
    #[serde(default)]
    previous: Vec<String>,
}

/// The SHA-256 of what an audit is of: the descriptor's own part with its policy and the hashes of tables and dictionaries, less
/// what the audit itself adds: that it passed, and its file. Keys in the order of their names, without spaces.
pub(crate) fn audited_content(descriptor: &[u8]) -> Result<String> {
    let malformed = |e: &dyn std::fmt::Display| {
        Error::new(ErrorKind::InvalidRelease, message!("audit.no_descriptor", reason = e.to_string()))
    };
    let mut whole: Value = serde_json::from_slice(descriptor).map_err(|e| malformed(&e))?;
    let mut manifest = whole.get_mut("ninzu").map(Value::take).unwrap_or_default();
    if let Some(protection) = manifest.get_mut("protection").and_then(Value::as_object_mut) {
        protection.remove("audited");
    }
    if let Some(files) = manifest.get_mut("files").and_then(Value::as_array_mut) {
        files.retain(|file| file["path"] != AUDIT);
    }
    let text = serde_json::to_vec(&Sorted(&manifest)).map_err(|e| malformed(&e))?;
    Ok(sha256_hex(&text))
}

/// Refuses an open release that says it was audited where its own `audit.json` does not say so of it. Its bytes are those that the
/// descriptor promises when the release was verified; whether the audit was run, only another one shows.
pub fn check_audit(engine: &Engine, folder: &Path) -> Result<()> {
    audited_with(engine, folder).map(|_| ())
}

/// The same; the ids of the releases that it was audited together with, oldest first.
pub(crate) fn audited_with(engine: &Engine, folder: &Path) -> Result<Vec<String>> {
    let protection = &engine.release().manifest().protection;
    if !protection.is_ours() || !protection.audited {
        return Ok(Vec::new());
    }
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|e| {
            let message = message!("file.unread", file = path.display().to_string(), reason = e.to_string());
            Error::new(ErrorKind::Io, message).caused_by(e)
        })
    };
    let descriptor = read(DESCRIPTOR)?;
    if sha256_hex(&descriptor) != engine.release().id() {
        return Err(Error::new(ErrorKind::Tampered, message!("file.changed", file = DESCRIPTOR)));
    }
    if !engine.release().manifest().files.iter().any(|file| file.path == AUDIT) {
        return check_binding(&descriptor, b"");
    }
    check_binding(&descriptor, &read(AUDIT)?)
}

/// Refuses a descriptor that says it was audited where its `audit.json` does not say so of it; what that was audited with.
fn check_binding(descriptor: &[u8], audit: &[u8]) -> Result<Vec<String>> {
    let refuse = |what: Message| {
        Err(Error::new(ErrorKind::Tampered, message!("audit.unbound", what = what)).with_hint(message!("hint.audit_again")))
    };
    let Ok(Bound { violations, of, previous }) = serde_json::from_slice(audit) else {
        return refuse(message!("audit.unread", file = AUDIT));
    };
    if violations > 0 {
        return refuse(message!("audit.violations", file = AUDIT));
    }
    match of {
        Some(of) if of != audited_content(descriptor)? => refuse(message!("audit.of_another", file = AUDIT)),
        _ => Ok(previous),
    }
}

/// A value whose keys are written in the order of their names, however its library keeps them.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(map) => to.collect_map(map.iter().map(|(key, value)| (key, Sorted(value))).collect::<BTreeMap<_, _>>()),
            Value::Array(list) => to.collect_seq(list.iter().map(Sorted)),
            other => other.serialize(to),
        }
    }
}

#[cfg(test)]
mod tests;
