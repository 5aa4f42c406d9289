//! The release that a command reads.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ninzu::engine::release::Release;
use ninzu::signature::{Signed, TrustedKeys};
use ninzu::{Engine, Language, Trust};

use crate::args;
use crate::context::Context;
use crate::errors::Result;

/// A release folder, whether it must be audited, and who must have signed it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// The folder.
    pub(crate) folder: PathBuf,
    trust: Trust,
    keys: Vec<String>,
    signed: OnceLock<Signed>,
}

impl From<&args::SourceArgs> for Source {
    fn from(typed: &args::SourceArgs) -> Self {
        Self::new(&typed.release, &typed.accepted)
    }
}

impl Source {
    /// A release folder that was typed among others.
    pub(crate) fn new(folder: &Path, accepted: &args::Accepted) -> Self {
        let trust = if accepted.unaudited { Trust::Unaudited } else { Trust::Audited };
        Self { folder: folder.to_owned(), trust, keys: accepted.trust.clone(), signed: OnceLock::new() }
    }

    /// A release of our own making.
    pub(crate) fn fresh(folder: PathBuf) -> Self {
        Self { folder, trust: Trust::Audited, keys: Vec::new(), signed: OnceLock::new() }
    }

    /// Opens it, and checks who signed it where that was asked for.
    pub(crate) fn open(&self) -> Result<Engine> {
        let engine = ninzu::open_folder(&self.folder, self.trust)?;
        let mut keys = TrustedKeys::default();
        self.keys.iter().filter(|key| !key.is_empty()).try_for_each(|key| keys.add(key))?;
        if !keys.is_empty() {
            let signed = keys.check(&engine, &self.folder)?;
            self.signed.get_or_init(|| signed);
        }
        Ok(engine)
    }

    /// Who signed it, once it is open.
    pub(crate) fn signed(&self) -> Option<&Signed> {
        self.signed.get()
    }

    /// Whose protection it carries, and by whose word, in a sentence.
    pub(crate) fn protection(&self, release: &Release, context: &Context) -> String {
        let manifest = release.manifest();
        let by = &manifest.protection.by;
        let policy = manifest.policy.as_ref().filter(|_| manifest.protection.is_ours());
        let whose = match (policy, context.language) {
            (None, Language::En) => format!("as published by {by}; Ninzu added nothing"),
            (None, Language::Ja) => format!("{by}の公表時の保護のまま（Ninzuによる追加なし）"),
            (Some(policy), Language::En) => format!("Ninzu, threshold {}, buckets of {}", policy.threshold(), policy.base()),
            (Some(policy), Language::Ja) => format!("Ninzu、閾値{}、区間幅{}", policy.threshold(), policy.base()),
        };
        let signed = self.signed().map(|signed| signer(signed, context));
        let word = match (policy.map(|_| manifest.protection.audited), signed, context.language) {
            (Some(false), None, Language::En) => "NOT audited".to_owned(),
            (Some(false), None, Language::Ja) => "未監査".to_owned(),
            (Some(false), Some(signed), Language::En) => format!("NOT audited, {signed}"),
            (Some(false), Some(signed), Language::Ja) => format!("未監査、{signed}"),
            (Some(true), None, Language::En) => "audited, by its publisher's word".to_owned(),
            (Some(true), None, Language::Ja) => "監査済み（公開者の申告）".to_owned(),
            (Some(true), Some(signed), Language::En) => format!("audited, {signed}"),
            (Some(true), Some(signed), Language::Ja) => format!("監査済み、{signed}"),
            (None, Some(signed), _) => signed,
            (None, None, _) => return whose,
        };
        format!("{whose}{}{word}", context.say(", ", "、"))
    }
}

/// Who signed a release: the name that the reader has for the key, and the key.
pub(crate) fn signer(signed: &Signed, context: &Context) -> String {
    let Signed { name, key, .. } = signed;
    match (name, context.language) {
        (Some(name), Language::En) => format!("signed by {name} (key {key})"),
        (Some(name), Language::Ja) => format!("{name}の署名（鍵 {key}）"),
        (None, Language::En) => format!("signed by key {key}"),
        (None, Language::Ja) => format!("鍵 {key} の署名"),
    }
}
