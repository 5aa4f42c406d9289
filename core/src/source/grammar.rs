//! What the text of a cell means: nothing, a whole number, a date. One grammar for CSV, for Parquet and for imported tables.
//!
//! Codes are no numbers: `NA` is sodium, and `0012` is not 12. A column of codes is never read by this grammar.

use std::borrow::Cow;

use jiff::civil::Date;
use toml::Spanned;

use ninzu_engine::{Error, ErrorKind, Result};

use super::life_stages::days;
use crate::catalogue::message;

/// Words that stand for nothing where a date, a number or a value of a partition is expected.
const NULLS: [&str; 16] = [
    "NULL",
    "\\N",
    "NA",
    "N/A",
    "#N/A",
    "NaN",
    "NaT",
    "None",
    "<NA>",
    "(null)",
    ".",
    "-",
    "－",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "00000000",
];

/// Which words stand for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NullWords(Option<Vec<String>>);

impl NullWords {
    /// These words; without any, those that are usual.
    pub fn new(words: Option<Vec<String>>) -> Self {
        Self(words.map(|words| words.into_iter().map(|word| word.trim().to_owned()).collect()))
    }

    /// Whether a cell of a date, a number or a partition's value says nothing.
    pub fn has(&self, cell: &str) -> bool {
        match &self.0 {
            Some(words) => cell.is_empty() || words.iter().any(|word| word == cell),
            None => is_null(cell),
        }
    }

    /// Whether a cell of a code says nothing: only words that the spec lists do.
    pub fn has_code(&self, cell: &str) -> bool {
        cell.is_empty() || self.0.as_ref().is_some_and(|words| words.iter().any(|word| word == cell))
    }
}

/// Whether a cell holds nothing or a word that usually stands for nothing.
pub(crate) fn is_null(cell: &str) -> bool {
    cell.is_empty() || NULLS.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

/// A whole number in the ways in which tables hold them: `7`, `7.0`, `7.`, `1e+05` as R writes it. At most 18 digits, and in
/// the other ways as many as a float keeps.
pub(crate) fn whole(cell: &str) -> Option<i64> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        // Without its sign the exponent may be a part of a hexadecimal id.
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+')?.parse::<usize>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let zeros = exponent.checked_sub(fraction.len())?;
    let most = if whole.len() == digits.len() { 18 } else { 15 };
    if whole.len() + fraction.len() + zeros > most {
        return None;
    }
    let number = format!("{whole}{fraction}{}", "0".repeat(zeros)).parse::<i64>().ok()?;
    Some(if cell.starts_with('-') { -number } else { number })
}

/// A whole number's usual notation, where the cell holds one in another; else the cell.
pub(crate) fn plain(cell: &str) -> Cow<'_, str> {
    if cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(cell);
    }
    whole(cell).map_or(Cow::Borrowed(cell), |number| Cow::Owned(number.to_string()))
}

/// A date as far as it is known, in days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct When {
    /// The day that is taken: of a month its first, of a year 1 July, so that the error is at most half a year.
    pub(crate) day: i32,
    /// The first day that is meant.
    pub(crate) earliest: i32,
    /// The last day that is meant.
    pub(crate) latest: i32,
}

impl When {
    pub(crate) fn exactly(day: i32) -> Self {
        Self { day, earliest: day, latest: day }
    }
}

/// A date that begins with its year, in digits with or without `-`, `/`, `.` or 年月日 between; with a time of day behind it;
/// a month or a year alone; `1-MAR-2015`.
///
/// Whatever else could be two dates is none: the order of day and month is not guessed, nor what a spreadsheet's number means.
pub(crate) fn date(cell: &str) -> Option<When> {
    let cell = narrow(cell);
    let cell = cell.trim();
    let lead = cell.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = cell.split_at(lead);
    match lead {
        4 => after_year(number(digits)?, rest),
        8 => {
            let time = rest.trim_start_matches('.').trim_end_matches('0').is_empty() && !rest.starts_with("..");
            let (year, month, day) = (number(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..])?);
            (time || is_time(rest)).then(|| when(year, month, day)).flatten()
        }
        12 | 14 => {
            let (hour, minute) = (number(&digits[8..10])?, number(&digits[10..12])?);
            let is_clock = hour < 24 && minute < 60 && (rest.is_empty() || rest.starts_with(['.', '+', '-', 'Z']));
            is_clock.then(|| when(number(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..8])?)).flatten()
        }
        1 | 2 => named_month(number(digits)?, rest),
        _ => None,
    }
}

/// Digits and signs of double width as those of ASCII; 年月日 as signs between.
fn narrow(cell: &str) -> Cow<'_, str> {
    if cell.is_ascii() {
        return Cow::Borrowed(cell);
    }
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '年' | '月' => '-',
        '\u{3000}' => ' ',
        _ => c,
    };
    let text: String = cell.chars().filter(|&c| c != '日').map(narrow).collect();
    Cow::Owned(text.trim_end_matches('-').to_owned())
}

fn number(digits: &str) -> Option<i16> {
    (!digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// What follows a year: nothing, a month, or a month and a day and perhaps a time.
fn after_year(year: i16, rest: &str) -> Option<When> {
    let mut signs = rest.chars();
    let Some(sign) = signs.next() else { return when(year, 0, 0) };
    if !matches!(sign, '-' | '/' | '.') {
        return None;
    }
    let rest = signs.as_str();
    let taken = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (month, rest) = rest.split_at(taken);
    if rest.is_empty() {
        // `1950.0` is a year that a float holds, `1950.4` is nothing that is sure.
        let is_float = sign == '.';
        let is_zero = month.bytes().all(|byte| byte == b'0');
        return if is_float { is_zero.then(|| when(year, 0, 0)).flatten() } else { two(month).and_then(|m| when(year, m, 0)) };
    }
    let rest = rest.strip_prefix(sign)?;
    let taken = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = rest.split_at(taken);
    (rest.is_empty() || is_time(rest)).then(|| when(year, two(month)?, two(day)?)).flatten()
}

/// A number of one or two digits.
fn two(digits: &str) -> Option<i16> {
    number(digits).filter(|_| digits.len() <= 2)
}

/// `-MAR-2015` behind a day.
fn named_month(day: i16, rest: &str) -> Option<When> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let rest = rest.strip_prefix(['-', '/', ' ', '.']).unwrap_or(rest);
    let (month, rest) = rest.split_at_checked(3)?;
    let month = (1..).zip(MONTHS).find(|(_, name)| name.eq_ignore_ascii_case(month))?.0;
    let rest = rest.strip_prefix(['-', '/', ' ', '.']).unwrap_or(rest);
    let (year, rest) = rest.split_at_checked(4)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    (rest.is_empty() || is_time(rest) || is_clock(rest)).then(|| when(number(year)?, month, day)).flatten()
}

/// Whether a text behind a date is a time of day, with or without a zone.
fn is_time(text: &str) -> bool {
    let rest = text.strip_prefix(['T', 't']).unwrap_or_else(|| text.trim_start_matches(' '));
    rest.len() < text.len() && is_clock(rest)
}

fn is_clock(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_digit() || ":.,+-/ zZUTCGMAPampJST".contains(c);
    text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(is_part)
}

/// A day; a month whose day is 0; a year whose month is 0 too.
fn when(year: i16, month: i16, day: i16) -> Option<When> {
    let at = |month: i16, day: i16| Some(days(Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?));
    match (month, day) {
        (0, 0) => Some(When { day: at(7, 1)?, earliest: at(1, 1)?, latest: at(12, 31)? }),
        (0, _) => None,
        (_, 0) => {
            let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
            Some(When { day: days(first), earliest: days(first), latest: days(first.last_of_month()) })
        }
        _ => at(month, day).map(When::exactly),
    }
}

/// Dates and words that stand for a day that nobody knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownDates {
    days: Vec<i32>,
    words: Vec<String>,
}

impl UnknownDates {
    /// The setting `unknown_dates`: dates, or words that are none.
    pub(crate) fn of(typed: &[Spanned<String>]) -> Result<Self> {
        let mut all = Self::default();
        for text in typed {
            let word = text.get_ref().trim();
            if word.is_empty() {
                return Err(Error::new(ErrorKind::InvalidSpec, message!("spec.empty_date"))
                    .at(text.span())
                    .with_hint(message!("hint.empty_date")));
            }
            match date(word) {
                Some(When { day, earliest, latest }) if earliest == latest => all.days.push(day),
                _ => all.words.push(word.to_owned()),
            }
        }
        Ok(all)
    }

    /// Whether a day stands for an unknown one.
    pub(crate) fn has_day(&self, day: i32) -> bool {
        self.days.contains(&day)
    }

    /// Whether a text stands for an unknown day.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|w| w == word)
    }
}

#[cfg(test)]
mod tests;
