//! How everything that is serialised is written: the same bytes from every surface.

use serde::Serialize;

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
    let text = serde_json::to_string_pretty(value)
        .map_err(|e| Error::new(ErrorKind::Unsupported, format!("the result cannot be written as JSON: {e}")))?;
    let mut text = visible_json(text);
    text.push('\n');
    Ok(text)
}
