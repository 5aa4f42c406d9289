//! Errors as JavaScript gets them.

use ninzu_engine::{Error, ErrorKind, Message};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A result whose error is thrown in JavaScript.
pub type Result<T> = std::result::Result<T, Failure>;

/// An error, its span counted as JavaScript counts.
#[derive(Debug)]
pub struct Failure {
    error: Error,
    span: Option<(usize, usize)>,
}

/// An error as data: the package around the module has the words.
#[derive(Serialize)]
struct Data<'a> {
    kind: ErrorKind,
    message: &'a Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<(usize, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a Message>,
}

impl Failure {
    /// An error about a text.
    pub(crate) fn about(text: &str, error: Error) -> Self {
        let units = |bytes: usize| text.get(..bytes).map(|before| before.encode_utf16().count());
        let span = error.span().and_then(|span| Some((units(span.start)?, units(span.end)?)));
        Self { error, span }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, span: None }
    }
}

impl From<Failure> for JsValue {
    fn from(Failure { error, span }: Failure) -> Self {
        let data = Data { kind: error.kind(), message: error.what(), span, hint: error.remedy() };
        JsValue::from_str(&ninzu_engine::answer::json(&data).unwrap_or_else(|_| error.what().code().to_owned()))
    }
}
