//! How CSV files are written, as far as a spec says so: delimiter, quotes, encoding. What it leaves out is found out.

use crate::catalogue::message;
use encoding_rs::{Encoding, REPLACEMENT, SHIFT_JIS, X_USER_DEFINED};
use ninzu_engine::{Error, ErrorKind, Result};
use serde::Deserialize;
use toml::Spanned;

/// What double quotes in a CSV file mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quotes {
    /// A cell that begins with one ends with one, as RFC 4180 says; whatever else is refused.
    Strict,
    /// They are characters like any other.
    Literal,
}

/// How CSV files are written, as far as it is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextFormat {
    /// What stands between cells; else what the header has most of: tabs, commas, semicolons or bars.
    pub delimiter: Option<char>,
    /// What quotes mean; else they are strict where that cannot swallow rows, and characters in tab-separated files where
    /// only that fits.
    pub quotes: Option<Quotes>,
    /// The encoding of files that are not UTF-8; else what a byte order mark says.
    pub(crate) encoding: Option<&'static Encoding>,
    /// The line that names the columns; else the first that is not blank.
    pub(crate) header: Option<u64>,
    /// The first line that is no part of the table any more.
    pub(crate) end: Option<u64>,
}

impl TextFormat {
    /// The settings `delimiter`, `quotes` and `encoding` of a spec.
    pub(crate) fn of(
        delimiter: Option<&Spanned<String>>,
        quotes: Option<Quotes>,
        encoding: Option<&Spanned<String>>,
    ) -> Result<Self> {
        let delimiter = delimiter.map(delimiter_of).transpose()?;
        let encoding = encoding.map(encoding_of).transpose()?;
        Ok(Self { delimiter, quotes, encoding, header: None, end: None })
    }

    /// An encoding by its name, as `encoding = "..."` in a spec has it; the rest is found out.
    pub fn encoded(name: &str) -> Result<Self> {
        let encoding = encoding_named(name)?;
        Ok(Self { encoding: Some(encoding), ..Self::default() })
    }

    /// The encoding alone: a dictionary beside a table is written by the same hands, in a layout of its own.
    pub(crate) fn encoding_alone(&self) -> Self {
        Self { encoding: self.encoding, ..Self::default() }
    }

    /// These settings where there are any, else those of another.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            delimiter: self.delimiter.or(other.delimiter),
            quotes: self.quotes.or(other.quotes),
            encoding: self.encoding.or(other.encoding),
            header: self.header.or(other.header),
            end: self.end.or(other.end),
        }
    }
}

fn delimiter_of(typed: &Spanned<String>) -> Result<char> {
    let text = typed.get_ref().as_str();
    if text.eq_ignore_ascii_case("tab") {
        return Ok('\t');
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '"' | '\n' | '\r' | ' ' | '\0') => Ok(c),
        _ => Err(Error::new(ErrorKind::InvalidSpec, message!("spec.delimiter", delimiter = format!("{text:?}")))
            .at(typed.span())
            .with_hint(message!("hint.delimiter"))),
    }
}

fn encoding_of(typed: &Spanned<String>) -> Result<&'static Encoding> {
    encoding_named(typed.get_ref()).map_err(|e| e.at(typed.span()))
}

fn encoding_named(name: &str) -> Result<&'static Encoding> {
    let label = name.trim();
    let found = match label.to_ascii_lowercase().as_str() {
        "cp932" | "ms932" | "932" => Some(SHIFT_JIS),
        "utf16" | "utf16le" => Encoding::for_label(b"utf-16le"),
        "utf16be" => Encoding::for_label(b"utf-16be"),
        "eucjp" | "euc_jp" => Encoding::for_label(b"euc-jp"),
        other => Encoding::for_label(other.as_bytes()),
    };
    found.filter(|&e| e != REPLACEMENT && e != X_USER_DEFINED).ok_or_else(|| {
        Error::new(ErrorKind::InvalidSpec, message!("spec.encoding", encoding = label)).with_hint(message!("hint.write_encoding"))
    })
}
