//! Which texts are counts.

use ninzu_engine::Interval;

use super::{Grammar, Rounding, Wrong, spoken};

fn parse(text: &str) -> Result<u64, Wrong> {
    Grammar::default().parse(text)
}

fn with(thousands: Option<char>, flags: &[&str]) -> Grammar {
    Grammar { thousands, flags: flags.iter().map(|&flag| flag.to_owned()).collect() }
}

#[test]
fn counts_are_whole_numbers_with_or_without_separators() {
    let cases = [
        ("0", 0),
        ("12", 12),
        ("007", 7),
        ("1,234", 1_234),
        ("12,345,678", 12_345_678),
        ("12.0", 12),
        ("1 204", 1_204),
        ("1\u{a0}204", 1_204),
        ("1\u{202f}204\u{202f}567", 1_204_567),
        ("1'204", 1_204),
        ("1\u{2019}204", 1_204),
        ("１２３", 123),
        ("4294967294", 4_294_967_294),
    ];
    for (text, count) in cases {
        assert_eq!(parse(text), Ok(count), "{text}");
    }
}

#[test]
fn nothing_else_is_a_count() {
    let beside = |number: &str, sign: &str| Wrong::Beside { number: number.into(), sign: sign.into() };
    let cases = [
        ("", Wrong::Empty),
        ("-5", Wrong::Negative),
        ("\u{2212}1,234", Wrong::Negative),
        ("1.5", Wrong::Fractional),
        ("1.00", Wrong::Fractional),
        ("1.234", Wrong::Fractional),
        ("1e3", Wrong::Fractional),
        ("12,34", Wrong::NoNumber),
        ("1 20", Wrong::NoNumber),
        ("1,234 567", Wrong::NoNumber),
        ("1234,567", Wrong::NoNumber),
        (",123", Wrong::NoNumber),
        ("-", Wrong::NoNumber),
        ("--3", Wrong::Negative),
        ("<10", Wrong::NoNumber),
        ("1-9", Wrong::NoNumber),
        ("NaN", Wrong::NoNumber),
        ("99999999999999999999", Wrong::TooLarge),
        ("4294967295", Wrong::TooLarge),
        ("123 b", beside("123", "b")),
        ("123b", beside("123", "b")),
        ("1 204 bp", beside("1 204", "bp")),
        ("123 (45.6%)", beside("123", "(45.6%)")),
        ("p 123", beside("123", "p")),
        ("12人", beside("12", "人")),
    ];
    for (text, wrong) in cases {
        assert_eq!(parse(text), Err(wrong), "{text}");
    }
}

#[test]
fn a_separator_that_is_set_is_the_only_one() {
    let points = with(Some('.'), &[]);
    assert_eq!(points.parse("1.234.567"), Ok(1_234_567));
    assert_eq!(points.parse("12"), Ok(12));
    assert_eq!(points.parse("1.23"), Err(Wrong::Fractional));
    assert_eq!(points.parse("1,234"), Err(Wrong::NoNumber));
    assert_eq!(with(Some(','), &[]).parse("1 234"), Err(Wrong::NoNumber));
}

#[test]
fn listed_flags_change_nothing() {
    let flags = with(None, &["b", "p", "**"]);
    for text in ["123 b", "123b", "123 bp", "123 b p", "123 b,p", "p 123", "123**"] {
        assert_eq!(flags.parse(text), Ok(123), "{text}");
    }
    assert_eq!(flags.parse("1 204 b"), Ok(1_204));
    for text in ["123 bx", "123 c", ": b", "b", "123 *"] {
        assert!(flags.parse(text).is_err(), "{text}");
    }
}

#[test]
fn texts_that_speak_of_intervals() {
    let of = |lo, hi| Interval::new(lo, hi);
    for (text, interval) in
        [("<10", of(0, 9)), ("≤9", of(0, 9)), ("< 1,000", of(0, 999)), ("1-9", of(1, 9)), ("10～50", of(10, 50))]
    {
        assert_eq!(spoken(text), interval, "{text}");
    }
    for (text, least) in [("10+", 10), (">=10", 10), (">10", 11)] {
        assert_eq!(spoken(text), Some(Interval::at_least(least)), "{text}");
    }
    for text in ["x", "-", "*", "9-1", ":", "< x", "<0"] {
        assert_eq!(spoken(text), None, "{text}");
    }
}

#[test]
fn rounded_counts_are_near_the_published_ones() {
    let of = |lo, hi| Interval::new(lo, hi);
    assert_eq!(Rounding::nearest(5).around(5), of(3, 7));
    assert_eq!(Rounding::nearest(5).around(0), of(0, 2));
    assert_eq!(Rounding::nearest(10).around(20), of(15, 25), "halves go up, or to even");
    assert_eq!(Rounding::random(5).around(5), of(1, 9));
    assert_eq!(Rounding::random(3).around(0), of(0, 2));
    assert_eq!(Rounding::nearest(5).around(7), None);
    assert_eq!(Rounding::nearest(1).around(7), of(7, 7));
}
