//! What the page is about.

use ninzu_engine::Language;
use ninzu_engine::format::manifest::Manifest;
use ninzu_engine::model::Policy;

use super::html::{escape, label, say};
use crate::disclosure::Audit;
use crate::disclosure::shown::ShownViolation;
use crate::{Published, Table};

/// What the page is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) id: &'a str,
    pub(super) manifest: &'a Manifest,
    pub(super) published: &'a Published,
    pub(super) audit: &'a Audit,
    /// Its violations in words, as many as are shown.
    pub(super) shown: &'a [ShownViolation],
}

impl Subject<'_> {
    pub(super) fn policy(&self) -> Option<&Policy> {
        self.manifest.policy.as_ref()
    }

    /// How many violations there are, however they are told.
    pub(super) fn violations(&self) -> u64 {
        self.audit.totals.violations.max(self.audit.violations.len() as u64)
    }

    /// k and k - 1, as numbers where there is a policy.
    pub(super) fn threshold(&self) -> (String, String) {
        let k = self.policy().map(Policy::threshold);
        (k.map_or_else(|| "k".into(), |k| k.to_string()), k.map_or_else(|| "k − 1".into(), |k| (k - 1).to_string()))
    }

    /// A table in words: its dimensions.
    pub(super) fn table_name(&self, table: &Table, language: Language) -> String {
        let names: Vec<String> = table
            .codes
            .iter()
            .map(|&d| {
                let dimension = self.published.dimensions.get(d);
                escape(label(&dimension.label, &dimension.name, language))
            })
            .collect();
        if names.is_empty() {
            say(language, "everyone, no code", "全員（コードなし）").into()
        } else {
            names.join(" × ")
        }
    }
}
