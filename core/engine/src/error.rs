//! One opaque error for the whole engine: what happened, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use crate::Language;
use crate::message::Message;

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text of a query does not parse.
    Syntax,
    /// A query, or a spec, names something that the release or the spec does not have.
    UnknownName,
    /// A query parses and its names exist, but it has no meaning for this release.
    InvalidQuery,
    /// A steward's spec contradicts itself or lacks something.
    InvalidSpec,
    /// Source data cannot be read or is not what the spec says.
    InvalidSource,
    /// A protection policy is unsafe or contradicts itself.
    InvalidPolicy,
    /// A release's descriptor or dictionaries are malformed.
    InvalidRelease,
    /// Bytes do not have the hash that the release promises.
    Tampered,
    /// The release uses a format or a policy that this version does not know.
    Unsupported,
    /// The release carries no passed audit and the caller did not accept that.
    Unaudited,
    /// The release is not signed by a key that the caller trusts.
    Untrusted,
    /// An answer was asked for before the bytes that it needs were supplied.
    MissingBytes,
    /// Published intervals exclude each other: no population can have them.
    Contradiction,
    /// Releases that were to be merged say different things about the same.
    Conflict,
    /// The operating system refused to read or write something.
    Io,
}

/// An error with its place and a hint. Messages never print a withheld value.
///
/// What they quote may come from anywhere: characters that act on a terminal are written out, and what is endless is cut.
///
/// Two errors are equal if they say the same; what caused them does not matter.
#[derive(Debug, Clone)]
pub struct Error(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: ErrorKind,
    message: Said,
    span: Option<Range<usize>>,
    hint: Option<Said>,
    #[cfg(not(target_family = "wasm"))]
    source: Option<std::sync::Arc<dyn std::error::Error + Send + Sync>>,
}

/// A message, and its English once somebody asked for it.
#[derive(Debug, Clone)]
struct Said {
    message: Message,
    english: OnceLock<String>,
}

impl Said {
    fn new(message: impl Into<Message>) -> Self {
        Self { message: message.into(), english: OnceLock::new() }
    }

    fn english(&self) -> &str {
        self.english.get_or_init(|| self.message.in_language(Language::En))
    }
}

impl Error {
    /// An error of a kind, and what happened.
    pub fn new(kind: ErrorKind, message: impl Into<Message>) -> Self {
        Self(Box::new(Parts {
            kind,
            message: Said::new(message),
            span: None,
            hint: None,
            #[cfg(not(target_family = "wasm"))]
            source: None,
        }))
    }

    /// The same error, pointing at a byte range of the text that was read.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.0.span = Some(span);
        self
    }

    /// The same error with a sentence on how to mend it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Message>) -> Self {
        self.0.hint = Some(Said::new(hint));
        self
    }

    /// The same error with what caused it, of which the message speaks already. In the browser, where no operating system causes
    /// errors, nothing is kept of it.
    #[must_use]
    pub fn caused_by(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        #[cfg(not(target_family = "wasm"))]
        {
            let mut error = self;
            error.0.source = Some(std::sync::Arc::new(source));
            error
        }
        #[cfg(target_family = "wasm")]
        {
            drop(source);
            self
        }
    }

    /// What sort of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What happened, in an English sentence.
    pub fn message(&self) -> &str {
        self.0.message.english()
    }

    /// What happened, as data: for programs, and for other languages.
    pub fn what(&self) -> &Message {
        &self.0.message.message
    }

    /// The byte range of the text that it is about, if it is about text.
    pub fn span(&self) -> Option<Range<usize>> {
        self.0.span.clone()
    }

    /// How to mend it, in English, if that is known.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_ref().map(Said::english)
    }

    /// How to mend it, as data.
    pub fn remedy(&self) -> Option<&Message> {
        self.0.hint.as_ref().map(|hint| &hint.message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {
    #[cfg(not(target_family = "wasm"))]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let said = |error: &Self| (error.kind(), error.span());
        said(self) == said(other) && self.what() == other.what() && self.remedy() == other.remedy()
    }
}

impl Eq for Error {}
