//! Errors as JavaScript gets them.

use ninzu_engine::{Error, ErrorKind, Message};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A result whose error is thrown in JavaScript.
pub type Result<T> = std::result::Result<T, Failure>;

/// An error as data, its span counted as JavaScript counts: the package around the module has the words.
#[derive(Debug, Serialize)]
pub struct Failure {
    kind: ErrorKind,
    message: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<(usize, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<Message>,
}

impl Failure {
    /// An error about a text.
    pub(crate) fn about(text: &str, error: Error) -> Self {
        let units = |bytes: usize| text.get(..bytes).map(|before| before.encode_utf16().count());
        let span = error.span().and_then(|span| Some((units(span.start)?, units(span.end)?)));
        Self { span, ..Self::from(error) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { kind: error.kind(), message: error.what().clone(), span: None, hint: error.remedy().cloned() }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        JsValue::from_str(&ninzu_engine::answer::json(&failure).unwrap_or_else(|_| failure.message.code().to_owned()))
    }
}
