//! How a question is to be understood, and how much may be computed for it.

use serde_json::Value;

use crate::message::message;
use crate::text::word;
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
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Asking {
    /// What is known of people with a code that the release does not name. Nothing: fewer than the threshold have it where the
    /// dictionary came from the rows; elsewhere it is an error.
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub unknown_codes: Option<UnknownCodes>,
    /// How much may be computed: 1 is about a second. What does not fit is answered by quicker ways, with wider bounds.
    #[cfg_attr(feature = "typescript", ts(as = "Option<f64>", optional))]
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
        let wrong = || {
            Error::new(ErrorKind::InvalidQuery, message!("query.asking", json = word(json))).with_hint(message!("hint.asking"))
        };
        let value = serde_json::from_slice(json.as_bytes()).map_err(|_| wrong())?;
        let Value::Object(fields) = value else { return Err(wrong()) };
        let mut asking = Self::default();
        for (name, value) in &fields {
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("unknown_codes", Value::String(rule)) => {
                    let rule =
                        [UnknownCodes::Error, UnknownCodes::Rare, UnknownCodes::Anything].into_iter().find(|r| r.name() == rule);
                    asking.unknown_codes = Some(rule.ok_or_else(wrong)?);
                }
                ("work", Value::Number(work)) => asking.work = work.as_f64().unwrap_or(asking.work),
                _ => return Err(wrong()),
            }
        }
        Ok(asking)
    }
}
