//! Counts as people write them in tables.

/// Why a text is no count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Empty,
    Negative,
    Fractional,
    TooLarge,
    NoNumber,
}

impl Wrong {
    /// What is wrong, after the text.
    pub(super) fn what(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::Negative => "is negative",
            Self::Fractional => "is not a whole number",
            Self::TooLarge => "is too large for a count",
            Self::NoNumber => "is no number",
        }
    }
}

/// A count: digits, perhaps in groups of three behind commas, perhaps with `.0` behind them.
pub(super) fn parse(text: &str) -> Result<u64, Wrong> {
    if text.is_empty() {
        return Err(Wrong::Empty);
    }
    if let Some(digits) = digits(text) {
        return digits.parse().map_err(|_| Wrong::TooLarge);
    }
    let is_decimal = |text: &str| text.parse::<f64>().is_ok_and(f64::is_finite);
    let unsigned = text.strip_prefix(['-', '\u{2212}']);
    Err(match unsigned {
        Some(rest) if digits(rest).is_some() || is_decimal(rest) => Wrong::Negative,
        None if is_decimal(text) => Wrong::Fractional,
        _ => Wrong::NoNumber,
    })
}

/// The digits of a count without what is between and behind them.
fn digits(text: &str) -> Option<String> {
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = first.len() <= 3 || first.len() == whole.len();
    (is_digits(first) && is_grouped && groups.all(|group| group.len() == 3 && is_digits(group))).then(|| whole.replace(',', ""))
}

#[cfg(test)]
mod tests;
