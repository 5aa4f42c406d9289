//! How a question is to be understood, and how much may be computed for it.

use serde::Deserialize;

use crate::text::quoted;
use crate::{Error, ErrorKind, Result, UnknownCodes};

/// How a question is to be understood, and how much may be computed for it.
///
/// # Examples
/// ```
/// use ninzu_engine::{Asking, UnknownCodes};
/// let asking = Asking::from_json(r#"{"unknown_codes": "rare"}"#)?;
/// assert_eq!(asking, Asking { unknown_codes: Some(UnknownCodes::Rare), ..Asking::default() });
/// # Ok::<(), ninzu_engine::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct Asking {
    /// What is known of people with a code that the release does not name. Nothing: fewer than the threshold have it where the
    /// dictionary came from the rows; elsewhere it is an error.
    pub unknown_codes: Option<UnknownCodes>,
    /// How much may be computed: 1 is about a second. What does not fit is answered by quicker ways, with wider bounds.
    pub work: f64,
}

impl Default for Asking {
    fn default() -> Self {
        Self { unknown_codes: None, work: 1.0 }
    }
}

impl Asking {
    /// Reads the JSON form, in which each field may be left out.
    pub fn from_json(json: &str) -> Result<Self> {
        let wrong =
            |e: serde_json::Error| Error::new(ErrorKind::InvalidQuery, format!("{} says not how to ask: {e}", quoted(json)));
        serde_json::from_str(json).map_err(wrong)
    }
}
