//! Counts as people write them in tables.

use std::collections::BTreeSet;

use ninzu_engine::{Interval, Message};

use crate::catalogue::message;

/// Why a text is no count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    Empty,
    Negative,
    Fractional,
    TooLarge,
    NoNumber,
    /// A number, and something beside it.
    Beside {
        number: String,
        sign: String,
    },
}

impl Wrong {
    /// What is wrong, after the text.
    pub(super) fn what(&self) -> Message {
        match self {
            Self::Empty => message!("count.empty"),
            Self::Negative => message!("count.negative"),
            Self::Fractional => message!("count.fractional"),
            Self::TooLarge => message!("count.too_large"),
            Self::NoNumber => message!("count.no_number"),
            Self::Beside { number, sign } => message!("count.beside", number = number, sign = format!("{sign:?}")),
        }
    }
}

/// How a table writes counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grammar {
    /// What stands between groups of three digits; `None`: a comma, a blank or an apostrophe.
    pub(super) thousands: Option<char>,
    /// Signs beside numbers that change nothing.
    pub(super) flags: BTreeSet<String>,
}

impl Grammar {
    /// A count: digits, perhaps in groups of three, perhaps with `.0` behind them, perhaps with flags beside them.
    pub(super) fn parse(&self, text: &str) -> Result<u64, Wrong> {
        if text.is_empty() {
            return Err(Wrong::Empty);
        }
        let text = &plain(text);
        if let Some(digits) = self.digits(text) {
            return count(&digits);
        }
        let is_decimal = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
        let unsigned = text.strip_prefix(['-', '\u{2212}']);
        match unsigned {
            Some(rest) if self.digits(rest).is_some() || is_decimal(rest) => Err(Wrong::Negative),
            None if is_decimal(text) => Err(Wrong::Fractional),
            _ if spoken(text).is_some() => Err(Wrong::NoNumber),
            _ => match self.beside(text) {
                Some((number, sign)) if self.are_flags(sign) => self.digits(number).map_or(Err(Wrong::NoNumber), |d| count(&d)),
                Some((number, sign)) => Err(Wrong::Beside { number: number.to_owned(), sign: sign.to_owned() }),
                None => Err(Wrong::NoNumber),
            },
        }
    }

    /// Whether a text has flags only, one or several.
    pub(super) fn are_flags(&self, text: &str) -> bool {
        let is_flag = |text: &str| self.flags.contains(text);
        let mut signs = text.split([' ', ',', ';']).filter(|sign| !sign.is_empty()).peekable();
        signs.peek().is_some() && signs.all(|sign| is_flag(sign) || sign.chars().all(|c| is_flag(c.encode_utf8(&mut [0; 4]))))
    }

    /// A number, and what stands behind it or before it.
    fn beside<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).skip(1).collect();
        let is_number = |text: &str| self.digits(text).is_some();
        let goes_on = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '\''));
        let behind = places.iter().rev().map(|&at| (text[..at].trim_end(), text[at..].trim_start()));
        let mut behind = behind.filter(|(number, sign)| is_number(number) && !sign.is_empty() && !goes_on(sign));
        let went_on = |text: &str| text.ends_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '<' | '>' | '='));
        let before = places.iter().map(|&at| (text[at..].trim_start(), text[..at].trim_end()));
        let mut before = before.filter(|(number, sign)| is_number(number) && !sign.is_empty() && !went_on(sign));
        behind.next().or_else(|| before.next())
    }

    /// The digits of a count without what is between and behind them.
    fn digits(&self, text: &str) -> Option<String> {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let point = if self.thousands == Some('.') { ",0" } else { ".0" };
        let whole = text.strip_suffix(point).unwrap_or(text);
        if is_digits(whole) {
            return Some(whole.to_owned());
        }
        let separators = self.thousands.map_or(vec![',', ' ', '\''], |thousands| vec![thousands]);
        let separator = separators.into_iter().find(|&separator| whole.contains(separator))?;
        let mut groups = whole.split(separator);
        let first = groups.next().unwrap_or_default();
        let is_grouped = is_digits(first) && first.len() <= 3 && groups.all(|group| group.len() == 3 && is_digits(group));
        is_grouped.then(|| whole.replace(separator, ""))
    }
}

/// The greatest count of a release is one below what its files have no number for.
fn count(digits: &str) -> Result<u64, Wrong> {
    digits.parse().ok().filter(|&count| count < u64::from(u32::MAX)).ok_or(Wrong::TooLarge)
}

/// Full-width digits and the many kinds of blanks and apostrophes as the plain ones.
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(c) - 0xff10 + u32::from('0')).unwrap_or(c),
        '\u{ff0c}' => ',',
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' | '\u{3000}' => ' ',
        '\u{2019}' => '\'',
        c => c,
    };
    text.chars().map(plain).collect::<String>().trim().to_owned()
}

/// The interval that a text seems to speak of: `<10`, `≤9`, `1-9`, `10+`, `≥10`.
pub(super) fn spoken(text: &str) -> Option<Interval> {
    let text: String = plain(text).chars().filter(|c| !c.is_whitespace()).collect();
    let grammar = Grammar::default();
    let number = |text: &str| grammar.parse(text).ok();
    let strip = |signs: &[&str]| signs.iter().find_map(|sign| text.strip_prefix(*sign));
    if let Some(most) = strip(&["<=", "≤", "≦"]) {
        return number(most).map(|most| Interval::exact(most).or_less());
    }
    if let Some(below) = strip(&["<", "＜"]) {
        return number(below)?.checked_sub(1).map(|most| Interval::exact(most).or_less());
    }
    if let Some(least) = strip(&[">=", "≥", "≧"]) {
        return number(least).map(Interval::at_least);
    }
    if let Some(above) = strip(&[">", "＞"]) {
        return number(above).map(|above| Interval::at_least(above + 1));
    }
    if let Some(least) = text.strip_suffix('+') {
        return number(least).map(Interval::at_least);
    }
    let (lower, upper) = text.split_once(['-', '–', '—', '~', '～', '〜'])?;
    Interval::new(number(lower)?, number(upper)?)
}

/// Counts that were rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rounding {
    /// Published counts are multiples of this.
    pub(super) to: u64,
    /// How far a count may be from the published one.
    pub(super) by: u64,
}

impl Rounding {
    /// To the nearest multiple: as far as half of it, because who rounds halves up is as common as who rounds them to even.
    pub(super) fn nearest(to: u64) -> Self {
        Self { to, by: to / 2 }
    }

    /// To a multiple below or above, by chance.
    pub(super) fn random(to: u64) -> Self {
        Self { to, by: to.saturating_sub(1) }
    }

    /// What a published count means; nothing if it is no multiple.
    pub(super) fn around(self, count: u64) -> Option<Interval> {
        let least = count.saturating_sub(self.by);
        count.is_multiple_of(self.to).then(|| Interval::new(least, count + self.by)).flatten()
    }
}

#[cfg(test)]
mod tests;
