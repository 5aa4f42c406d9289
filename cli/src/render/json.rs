//! Values as JSON.

use serde::Serialize;

use crate::errors::Result;

/// JSON over several lines.
pub(crate) fn render(value: &impl Serialize) -> Result<Vec<u8>> {
    Ok(ninzu::answer::json(value)?.into_bytes())
}
