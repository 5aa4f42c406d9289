//! How everything that is serialised is written: the same bytes from every surface.

use serde::Serialize;
use serde_json::Serializer;

use crate::message::message;
use crate::text::visible_json;
use crate::{Error, ErrorKind, Result};

/// A value as JSON over several lines, with a line break at its end: what the command line prints and the browser returns.
///
/// # Examples
/// ```
/// use ninzu_engine::answer::json;
/// use ninzu_engine::model::Label;
///
/// assert_eq!(json(&Label::same("x"))?, "{\n  \"en\": \"x\",\n  \"ja\": \"x\"\n}\n");
/// # Ok::<(), ninzu_engine::Error>(())
/// ```
pub fn json(value: &impl Serialize) -> Result<String> {
    let mut text = Vec::new();
    let result = value.serialize(&mut Serializer::pretty(&mut text));
    finished(text, result)
}

/// What is the same for every type, compiled once.
fn finished(text: Vec<u8>, result: serde_json::Result<()>) -> Result<String> {
    let failed =
        |e: &dyn std::fmt::Display| Error::new(ErrorKind::Unsupported, message!("answer.not_json", reason = e.to_string()));
    result.map_err(|e| failed(&e))?;
    let mut text = visible_json(String::from_utf8(text).map_err(|e| failed(&e))?);
    text.push('\n');
    Ok(text)
}
