//! The question that was typed: text, JSON, a file or standard input.

use std::io::Read;
use std::path::Path;

use ninzu::{Engine, Error, ErrorKind, Name, Prepared, Query};

use crate::errors::{Result, Text, refused};

/// A question, parsed, and the text that it came from.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    text: Text,
    /// What it says.
    pub(crate) query: Query,
}

impl Question {
    /// Reads what was typed: text, JSON, `@file` or `-`.
    pub(crate) fn read(typed: &str) -> Result<Self> {
        let text = read_text(typed, "query")?;
        let parsed =
            if text.text.trim_start().starts_with('{') { Query::from_json(&text.text) } else { Query::parse(&text.text) };
        match parsed {
            Ok(query) => Ok(Self { text, query }),
            Err(error) => Err(text.blame(error)),
        }
    }

    /// The same question, broken down by more; what it is broken down by already stays once.
    #[must_use]
    pub(crate) fn with_by(mut self, names: &[String]) -> Self {
        for name in names.iter().map(|name| name.trim()) {
            if !self.query.by.iter().any(|by| by.text == name) {
                self.query.by.push(Name::new(name));
            }
        }
        self
    }

    /// Resolves and plans it.
    pub(crate) fn prepare(&self, engine: &Engine) -> Result<Prepared> {
        engine.prepare(&self.query).map_err(|error| self.text.blame(error))
    }

    /// A failure that is about this question.
    pub(crate) fn blame(&self, error: Error) -> crate::errors::Failure {
        self.text.blame(error)
    }
}

/// What was typed: a text, which is called so, `@file`, or `-` for standard input.
pub(crate) fn read_text(typed: &str, name: &str) -> Result<Text> {
    if let Some(path) = typed.strip_prefix('@') {
        let text = std::fs::read_to_string(path).map_err(|e| refused(Path::new(path), "read", &e))?;
        return Ok(Text { name: path.to_owned(), text });
    }
    if typed != "-" {
        return Ok(Text { name: name.to_owned(), text: typed.to_owned() });
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|e| Error::new(ErrorKind::Io, format!("standard input cannot be read: {e}")))?;
    Ok(Text { name: "standard input".to_owned(), text })
}
