//! Which texts are counts.

use super::{Wrong, parse};

#[test]
fn counts_are_whole_numbers_with_or_without_commas() {
    for (text, count) in [("0", 0), ("12", 12), ("007", 7), ("1,234", 1_234), ("12,345,678", 12_345_678), ("12.0", 12)] {
        assert_eq!(parse(text), Ok(count), "{text}");
    }
}

#[test]
fn nothing_else_is_a_count() {
    let cases = [
        ("", Wrong::Empty),
        ("-5", Wrong::Negative),
        ("\u{2212}1,234", Wrong::Negative),
        ("1.5", Wrong::Fractional),
        ("1.00", Wrong::Fractional),
        ("1e3", Wrong::Fractional),
        ("12,34", Wrong::NoNumber),
        ("1234,567", Wrong::NoNumber),
        (",123", Wrong::NoNumber),
        ("-", Wrong::NoNumber),
        ("--3", Wrong::Negative),
        ("<10", Wrong::NoNumber),
        ("NaN", Wrong::NoNumber),
        ("99999999999999999999", Wrong::TooLarge),
    ];
    for (text, wrong) in cases {
        assert_eq!(parse(text), Err(wrong), "{text}");
    }
}
