//! Codes that a release does not name: what a question about them means.

use serde::Serialize;

use super::Name;
use super::suggest::{self, Known, Patience, offered};
use crate::message::{Message, message};
use crate::model::{Dimension, Listed};
use crate::text::{bare, word as shown};
use crate::{Error, ErrorKind, Result, limits};

/// What is known of people with a code that the release does not name.
///
/// Whatever the rule, another spelling of a code that is named, a slip in a label, a code of another dimension and the beginning of
/// codes that are named are errors: they mean something else. Under `Anything` they are taken at their word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum UnknownCodes {
    /// Nothing is answered.
    Error,
    /// Fewer than the threshold have it, at each centre that collects the dimension: true where the dictionary came from the rows.
    Rare,
    /// From nobody to everybody.
    Anything,
}

impl UnknownCodes {
    /// Its name, as programs write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Rare => "rare",
            Self::Anything => "anything",
        }
    }

    /// The rule of a dimension, and why another that was asked for does not hold of it.
    pub(super) fn of(asked: Option<Self>, dimension: &Dimension, has_threshold: bool, word: &Name) -> Result<Self> {
        let is_rare = dimension.dictionary.listed() == Some(Listed::Rows) && has_threshold;
        match asked {
            None => Ok(if is_rare { Self::Rare } else { Self::Error }),
            Some(Self::Rare) if !is_rare => {
                let message = message!("query.not_rare", word = shown(&word.text), dimension = &dimension.name);
                Err(Error::new(ErrorKind::InvalidQuery, message).with_hint(message!("hint.ask_anything")))
            }
            Some(rule) => Ok(rule),
        }
    }
}

/// The names of a dimension, found by their letters and digits alone.
pub(super) struct Spellings<'a> {
    known: Vec<Known<'a>>,
    /// Letters and digits of names and labels, each with the place of its name.
    bare: Vec<(String, usize)>,
}

impl<'a> Spellings<'a> {
    pub(super) fn new(dimension: &'a Dimension) -> Self {
        let known = offered(dimension);
        let texts =
            known.iter().enumerate().flat_map(|(at, (name, label))| [name, &*label.en, &*label.ja].map(|text| (bare(text), at)));
        Self { bare: texts.collect(), known }
    }

    /// The names that a hint may offer.
    pub(super) fn known(&self) -> &[Known<'a>] {
        &self.known
    }

    /// Names spelled like this or beginning so, each with its spelling.
    fn from<'b>(&'b self, plain: &'b str) -> impl Iterator<Item = (&'b str, &'a str)> + 'b {
        let spelled = self.bare.iter().filter(move |(bare, _)| bare.starts_with(plain));
        spelled.map(|(bare, at)| (&**bare, self.known[*at].0))
    }

    /// What a word that is no name of the dimension rather means than a rare code, as a hint; nothing if it may be one.
    pub(super) fn meant(&self, word: &str, patience: &Patience) -> Option<Message> {
        let plain = bare(word);
        if let Some((_, name)) = self.from(&plain).find(|(bare, _)| *bare == plain) {
            return suggest::did_you_mean(vec![suggest::plain(name)]);
        }
        // `G40` where G40.1 and G40.2 are named; not 401 where 40123 is: numbers have no chapters.
        let is_number = plain.chars().all(|c| c.is_ascii_digit());
        let below = self.from(&plain).filter(|(bare, name)| *bare != plain && suggest::begins(name, &plain));
        let mut below: Vec<&str> = below.map(|(_, name)| name).filter(|name| !is_number || is_apart(name, plain.len())).collect();
        // A name stands beside its labels.
        below.dedup();
        if !below.is_empty() {
            return Some(suggest::listed("hint.codes_begin_so", below.into_iter()));
        }
        let is_slip = !word.contains(|c: char| c.is_ascii_digit()) && suggest::is_like_a_label(word, &self.known, patience);
        if is_slip { suggest::did_you_mean(suggest::nearest(word, &self.known, patience)) } else { None }
    }
}

/// Whether a sign stands behind so many letters and digits of a name.
fn is_apart(name: &str, letters: usize) -> bool {
    let mut seen = 0;
    let behind = name.chars().find(|c| {
        seen += usize::from(c.is_alphanumeric());
        seen > letters || (seen == letters && !c.is_alphanumeric())
    });
    behind.is_some_and(|c| !c.is_alphanumeric())
}

/// Whether a word can be a code at all.
pub(super) fn is_code(word: &str) -> bool {
    !word.trim().is_empty() && word.len() <= limits::NAME_BYTES && !bare(word).is_empty()
}
