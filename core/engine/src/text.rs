//! Texts from outside: how they are shown, and when two spellings are one.

use std::borrow::Cow;

/// Whether a character does something instead of being seen: it moves a cursor, starts a terminal's command, or turns the
/// order of what stands around it.
///
/// Joiners and direction marks stay, which some scripts need.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A text with every character that acts instead of being seen written out, such as `\u{1b}`.
///
/// Everything that comes from a release, a file or a question goes through it before it is shown to people.
///
/// # Examples
/// ```
/// assert_eq!(ninzu_engine::text::visible("red: \u{1b}[31m"), "red: \\u{1b}[31m");
/// assert_eq!(ninzu_engine::text::visible("てんかん"), "てんかん");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    visible_but(text, &[])
}

/// The same, some characters left as they are.
pub(crate) fn visible_but<'a>(text: &'a str, kept: &[char]) -> Cow<'a, str> {
    let hides = |c: char| acts(c) && !kept.contains(&c);
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !hides(c) => shown.push(c),
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            _ => shown.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(shown)
}

/// JSON in which such characters are escaped too: JSON itself asks that only of those below a blank. They stand in texts only.
pub(crate) fn visible_json(json: String) -> String {
    use std::fmt::Write;
    let hides = |c: char| c != '\n' && acts(c);
    if !json.contains(hides) {
        return json;
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hides(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a string succeeds.
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

/// How many characters of a word a message shows.
const WORD: usize = 60;

/// A word as messages show it: not too long, and nothing in it acts.
pub(crate) fn word(word: &str) -> String {
    visible(&cut(word, WORD)).into_owned()
}

/// The ASCII twin of a character that Japanese input methods produce, or the character itself.
///
/// The full-width double quote stays: a quoted text ends at an ASCII one only.
pub(crate) fn ascii(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '、' | '､' => ',',
        '＂' => c,
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Characters by which two spellings of a name are compared: lower case, full-width forms as ASCII.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(|c| ascii(c).to_lowercase())
}

/// Whether two texts are the same but for case and full-width forms.
pub(crate) fn same(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    folded(a).eq(folded(b))
}

/// A text in lower case, full-width forms as ASCII.
pub(crate) fn fold(text: &str) -> String {
    folded(text).collect()
}

/// Letters and digits alone, as two spellings of a code have them: no dots, dashes, blanks, case, width, dagger.
pub(crate) fn bare(text: &str) -> String {
    folded(text).filter(|c| c.is_alphanumeric()).collect()
}

/// A number by which equal spellings are found (FNV-1a of the folded characters).
pub(crate) fn spelling(text: &str) -> u64 {
    folded(text).fold(0xcbf2_9ce4_8422_2325, |hash, c| (hash ^ u64::from(c)).wrapping_mul(0x100_0000_01b3))
}

/// A count with thousands separated by commas, as both languages write it.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
