//! Texts and numbers as HTML.

use ninzu_engine::Language;
use ninzu_engine::model::Label;
use ninzu_engine::text::{thousands, visible};

/// The text in one language.
pub(super) fn say<'a>(language: Language, en: &'a str, ja: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

/// A label in one language, or what else there is.
pub(super) fn label<'a>(label: &'a Label, name: &'a str, language: Language) -> &'a str {
    let texts = [label.get(language), &label.en, &label.ja, name];
    texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or(name)
}

/// A text from outside: nothing in it is markup, also inside of attributes, and nothing turns what stands around it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text from outside as an element that keeps its writing direction to itself.
pub(super) fn isolated(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// A share in per cent, with one decimal.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match (part, whole) {
        (_, 0) => "–".into(),
        (0, _) => "0%".into(),
        (part, whole) if part == whole => "100%".into(),
        (part, whole) => match part as f64 / whole as f64 * 100.0 {
            share if share < 0.1 => "&lt;0.1%".into(),
            share if share > 99.9 => "&gt;99.9%".into(),
            share => format!("{share:.1}%"),
        },
    }
}

/// A rate in per cent, as short as it can be.
pub(super) fn rate(rate: f64) -> String {
    format!("{}%", (rate * 10_000.0).round() / 100.0)
}

/// A mean with two decimals.
pub(super) fn mean(mean: Option<f64>) -> String {
    mean.map_or_else(|| "–".into(), |mean| format!("{mean:.2}"))
}

/// An interval's text with thousands separated, as the language writes ranges.
pub(super) fn interval(text: &str, language: Language) -> String {
    let mut words = String::new();
    let mut digits = String::new();
    let flush = |digits: &mut String, words: &mut String| {
        words.push_str(&digits.parse().map_or_else(|_| digits.clone(), thousands));
        digits.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        flush(&mut digits, &mut words);
        words.push(if c == '–' && language == Language::Ja { '〜' } else { c });
    }
    flush(&mut digits, &mut words);
    match language {
        Language::En => escape(&words),
        Language::Ja => escape(&words.replace(" or more", "以上")),
    }
}

/// Bytes written in hexadecimal, in base 64.
pub(super) fn base64_of_hex(hex: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let nibbles: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
    let mut text = String::new();
    // Three bytes are six nibbles and four digits.
    for group in nibbles.chunks(6) {
        let bits = (0..6).fold(0, |bits, i| bits << 4 | group.get(i).copied().unwrap_or(0));
        let used = (group.len() * 4).div_ceil(6);
        for i in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * i) & 63) as usize];
            text.push(if i < used { char::from(digit) } else { '=' });
        }
    }
    text
}

/// A section with its heading.
pub(super) fn section(heading: &str, body: &str) -> String {
    format!("<section>\n<h2>{heading}</h2>\n{body}</section>\n")
}
