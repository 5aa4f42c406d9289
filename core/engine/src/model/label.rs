//! Texts in both languages of the project.

use serde::{Deserialize, Serialize};

use crate::Language;

/// A text in both languages of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

impl Label {
    /// The same text in both languages.
    pub fn same(text: &str) -> Self {
        Self { en: text.to_owned(), ja: text.to_owned() }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}
