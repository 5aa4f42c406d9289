//! Values as JSON.

use serde::Serialize;

use crate::errors::Result;

/// JSON over several lines.
pub(crate) fn render(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(std::io::Error::from)?;
    bytes.push(b'\n');
    Ok(bytes)
}
