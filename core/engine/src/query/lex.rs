//! Text to tokens.

use std::ops::Range;

use crate::message::{Message, message};
use crate::text::{ascii, same, word};
use crate::{Error, ErrorKind, Result};

/// The smallest parts of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word: a keyword, a number, a name.
    Bare(String),
    /// A text in double quotes, escapes resolved: always a name.
    Quoted(String),
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `..`
    Dots,
    /// The end of the text.
    End,
}

/// Words that are never names unless quoted.
const RESERVED: [&str; 7] = ["and", "or", "not", "in", "by", "has", "everyone"];

/// Words that are read as names in some places only.
const CONTEXTUAL: [&str; 3] = ["at", "least", "of"];

impl Token {
    /// Whether this is a keyword, given in lower case.
    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        matches!(self, Self::Bare(text) if same(text, keyword))
    }

    /// Whether this is a bare word that cannot be a name.
    pub(super) fn is_reserved(&self) -> bool {
        RESERVED.iter().any(|keyword| self.is_keyword(keyword))
    }
}

/// The length of the bare word with which a text starts. With `prefixes`, a colon between letters or digits belongs to it, as in
/// `LOINC:4548-4`.
fn bare_len(text: &str, prefixes: bool) -> usize {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let c = ascii(c);
        let mut next = |is: fn(char) -> bool| chars.peek().is_some_and(|&(_, next)| is(ascii(next)));
        let ends = match c {
            '.' => next(|c| c == '.'),
            ':' => !prefixes || at == 0 || !next(char::is_alphanumeric),
            _ => !(c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '*' | '/')),
        };
        if ends {
            return at;
        }
    }
    text.len()
}

/// Whether a name may be written without quotes wherever a name may stand.
pub(super) fn is_bare(text: &str) -> bool {
    let is_dot = |c: Option<char>| c.map(ascii) == Some('.');
    !text.is_empty()
        && bare_len(text, false) == text.len()
        && !is_dot(text.chars().next())
        && !is_dot(text.chars().next_back())
        && !RESERVED.iter().chain(&CONTEXTUAL).any(|keyword| same(text, keyword))
}

/// Whether a character takes no room: it comes along when texts are copied.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// All tokens of a text with their byte ranges; the last one is `End`.
pub(super) fn lex(text: &str) -> Result<Vec<(Token, Range<usize>)>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let mut chars = rest.chars();
        let first = chars.next().map(ascii);
        let second = chars.next();
        let two = c.len_utf8() + second.map_or(0, char::len_utf8);
        let (token, len) = match (first, second.map(ascii)) {
            (Some(' '), _) => {
                at += c.len_utf8();
                continue;
            }
            (Some('='), Some('=')) => {
                return Err(meaningless("==", at..at + two).with_hint(message!("hint.use", what = "=")));
            }
            (Some('='), _) => (Token::Equal, c.len_utf8()),
            (Some('!'), Some('=')) => (Token::NotEqual, two),
            (Some('('), _) => (Token::Open, c.len_utf8()),
            (Some(')'), _) => (Token::Close, c.len_utf8()),
            (Some(','), _) => (Token::Comma, c.len_utf8()),
            (Some('.'), Some('.')) => (Token::Dots, two),
            (Some('‥'), _) => (Token::Dots, c.len_utf8()),
            (Some('"'), _) => quoted(text, at)?,
            (Some(c), next) if c.is_whitespace() || is_invisible(c) => {
                let splits = is_invisible(c) && ends_word(&tokens, at) && next.is_some_and(char::is_alphanumeric);
                if splits {
                    let message = message!("query.invisible_character", character = c.escape_unicode().to_string());
                    return Err(syntax(message, at..at + c.len_utf8()).with_hint(message!("hint.take_out")));
                }
                at += c.len_utf8();
                continue;
            }
            _ => match bare_len(rest, wants_value(&tokens)) {
                0 => return Err(unexpected(rest, c, at, wants_value(&tokens) || ends_word(&tokens, at) && names_value(&tokens))),
                len => (Token::Bare(rest[..len].to_owned()), len),
            },
        };
        tokens.push((token, at..at + len));
        at += len;
    }
    tokens.push((Token::End, at..at));
    Ok(tokens)
}

/// Tokens with their byte ranges.
type Tokens = [(Token, Range<usize>)];

/// Whether what comes next may be a value.
fn wants_value(tokens: &Tokens) -> bool {
    tokens.last().is_some_and(|(last, _)| match last {
        Token::Equal | Token::NotEqual | Token::Open | Token::Comma | Token::Dots => true,
        word => word.is_keyword("in"),
    })
}

/// Whether the last token is a value behind a sign.
fn names_value(tokens: &Tokens) -> bool {
    tokens.split_last().is_some_and(|(_, before)| matches!(before.last(), Some((Token::Equal | Token::NotEqual, _))))
}

/// Whether a bare word ends here.
fn ends_word(tokens: &Tokens, at: usize) -> bool {
    matches!(tokens.last(), Some((Token::Bare(_), span)) if span.end == at)
}

/// The quoted text that opens at a byte, and its length with the quotes.
fn quoted(text: &str, open: usize) -> Result<(Token, usize)> {
    let mut inner = String::new();
    let mut chars = text[open..].char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((Token::Quoted(inner), at + 1)),
            '\\' => match chars.next() {
                Some((_, escaped @ ('"' | '\\'))) => inner.push(escaped),
                Some((_, other)) => {
                    let start = open + at;
                    let message = message!("query.no_escape", word = format!("\\{}", other.escape_debug()));
                    return Err(syntax(message, start..start + 1 + other.len_utf8()).with_hint(message!("hint.escapes")));
                }
                None => break,
            },
            other => inner.push(other),
        }
    }
    Err(syntax(message!("query.quote_not_closed"), open..open + 1).with_hint(message!("hint.close_quote")))
}

/// A character that starts no token; `in_value`: it stands where a value does.
fn unexpected(rest: &str, c: char, at: usize, in_value: bool) -> Error {
    let run: usize = rest.chars().take_while(|&next| next == c && matches!(ascii(c), '&' | '|')).map(char::len_utf8).sum();
    let mut len = run.max(c.len_utf8());
    let hint = match ascii(c) {
        '&' => message!("hint.use", what = "and"),
        '|' => message!("hint.use", what = "or"),
        '!' => message!("hint.use_not"),
        '<' if rest[len..].starts_with('>') => {
            len += 1;
            message!("hint.use", what = "!=")
        }
        '≠' => message!("hint.use", what = "!="),
        '<' | '>' | '≤' | '≥' => {
            len += usize::from(rest[len..].starts_with('='));
            message!("hint.ordered_ranges")
        }
        '~' | '〜' | '…' | '–' | '—' => message!("hint.ranges"),
        '‐' | '‑' | '−' => message!("hint.hyphen"),
        '\'' | '`' | '‘' | '’' | '“' | '”' | '＂' | '「' | '」' | '『' | '』' => message!("hint.double_quotes"),
        ':' if !in_value => message!("hint.use", what = "="),
        '[' | ']' | '{' | '}' => message!("hint.parentheses"),
        _ => message!("hint.other_characters"),
    };
    meaningless(&rest[..len], at..at + len).with_hint(hint)
}

/// What means nothing where it stands.
pub(super) fn meaningless(text: &str, span: Range<usize>) -> Error {
    syntax(message!("query.means_nothing", word = word(text)), span)
}

/// A syntax error at a place.
pub(super) fn syntax(message: Message, span: Range<usize>) -> Error {
    Error::new(ErrorKind::Syntax, message).at(span)
}
