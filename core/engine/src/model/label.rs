//! Texts in both languages of the project. Files may have them in more.

use serde::{Deserialize, Serialize};

use crate::Language;

/// A text in both languages of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(from = "Written")]
pub struct Label {
    /// English.
    pub en: String,
    /// Japanese; where a file has none, the English text.
    pub ja: String,
}

/// A label as files have it: English, and any other languages by their tags.
#[derive(Deserialize)]
struct Written {
    en: String,
    ja: Option<String>,
}

impl From<Written> for Label {
    fn from(Written { en, ja }: Written) -> Self {
        Self { ja: ja.unwrap_or_else(|| en.clone()), en }
    }
}

impl Label {
    /// The same text in both languages.
    pub fn same(text: &str) -> Self {
        Self { en: text.to_owned(), ja: text.to_owned() }
    }

    /// How many bytes both have.
    pub(crate) fn bytes(&self) -> usize {
        self.en.len() + self.ja.len()
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ja => &self.ja,
        }
    }
}
