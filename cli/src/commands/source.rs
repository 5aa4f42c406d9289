//! The release that a command reads.

use std::path::{Path, PathBuf};

use ninzu::{Engine, Language, Release, Trust};

use crate::args;
use crate::context::Context;
use crate::errors::Result;

/// A release folder, and whether it must be audited.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The folder.
    pub(crate) folder: PathBuf,
    trust: Trust,
}

impl From<&args::Source> for Source {
    fn from(typed: &args::Source) -> Self {
        let trust = if typed.unaudited { Trust::Unaudited } else { Trust::Audited };
        Self { folder: typed.release.clone(), trust }
    }
}

impl Source {
    /// A release folder that was typed among others.
    pub(crate) fn new(folder: &Path, unaudited: bool) -> Self {
        Self::from(&args::Source { release: folder.to_owned(), unaudited })
    }

    /// A release of our own making.
    pub(crate) fn fresh(folder: PathBuf) -> Self {
        Self { folder, trust: Trust::Audited }
    }

    /// Opens it.
    pub(crate) fn open(&self) -> Result<Engine> {
        Ok(ninzu::open_folder(&self.folder, self.trust)?)
    }
}

/// Whose protection a release carries, in a sentence.
pub(crate) fn protection(release: &Release, context: &Context) -> String {
    let manifest = release.manifest();
    let by = &manifest.protection.by;
    let Some(policy) = manifest.policy.as_ref().filter(|_| manifest.protection.is_ours()) else {
        return match context.language {
            Language::En => format!("as published by {by}; Ninzu added nothing"),
            Language::Ja => format!("{by}の公表時の保護のまま（Ninzuによる追加なし）"),
        };
    };
    let (k, base) = (policy.threshold(), policy.base());
    match (context.language, manifest.protection.audited) {
        (Language::En, true) => format!("Ninzu, threshold {k}, buckets of {base}, audited"),
        (Language::En, false) => format!("Ninzu, threshold {k}, buckets of {base}, NOT audited"),
        (Language::Ja, true) => format!("Ninzu、閾値{k}、区間幅{base}、監査済み"),
        (Language::Ja, false) => format!("Ninzu、閾値{k}、区間幅{base}、未監査"),
    }
}
