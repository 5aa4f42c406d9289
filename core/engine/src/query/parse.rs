//! Tokens to a query, by recursive descent of limited depth.

use std::ops::Range;
use std::str::FromStr;

use super::lex::{Token, lex, meaningless, syntax};
use super::{Expr, Name, Query};
use crate::limits::{QUERY_DEPTH, QUERY_TEXT, QUERY_WORDS};
use crate::message::{Message, message};
use crate::text::{ascii, fold, word};
use crate::{Error, Result};

impl Query {
    /// Reads a query as people and programs hand it over: JSON if it begins with `{`, else text.
    ///
    /// # Examples
    /// ```
    /// use ninzu_engine::Query;
    /// let json = r#"{"filter": {"dimension": "sex", "is": "female"}}"#;
    /// assert_eq!(Query::read(json)?, Query::read("sex = female")?);
    /// # Ok::<(), ninzu_engine::Error>(())
    /// ```
    pub fn read(query: &str) -> Result<Self> {
        if query.trim_start().starts_with('{') { Self::from_json(query) } else { Self::parse(query) }
    }

    /// Reads the text form of a query. An empty text asks for everyone.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > QUERY_TEXT {
            return Err(syntax(message!("query.too_long", most = QUERY_TEXT), QUERY_TEXT..text.len())
                .with_hint(message!("hint.higher_code")));
        }
        let mut parser = Parser { tokens: lex(text)?, at: 0, depth: 0, words: 0 };
        let query = parser.query()?;
        if query.filter.height() > QUERY_DEPTH {
            return Err(too_deep(0..text.len()));
        }
        Ok(query)
    }
}

impl FromStr for Query {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// The error for a query that nests beyond `QUERY_DEPTH`.
fn too_deep(span: Range<usize>) -> Error {
    syntax(message!("query.too_deep", most = QUERY_DEPTH), span).with_hint(message!("hint.needless_parentheses"))
}

/// How `at least` is written.
const AT_LEAST: &str = "at least 2 of (a, b, c)";

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
    words: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query> {
        let filter = match self.peek() {
            Token::End => Expr::Everyone,
            by if by.is_keyword("by") => Expr::Everyone,
            _ => self.or()?,
        };
        let mut by = Vec::new();
        if self.eat_keyword("by") {
            loop {
                by.push(self.name(&|| message!("part.by"))?);
                if !self.eat(&Token::Comma) {
                    break;
                }
            }
            if *self.peek() != Token::End {
                return Err(self.expected(message!("part.behind_by")).with_hint(message!("hint.by_is_last")));
            }
        } else if *self.peek() != Token::End {
            return Err(self.unexpected_after_term(message!("part.behind_term")));
        }
        Ok(Query { filter, by })
    }

    fn or(&mut self) -> Result<Expr> {
        let first = self.and()?;
        let rest = self.rest_of("or", Self::and)?;
        Ok(joined(first, rest, Expr::Or))
    }

    fn and(&mut self) -> Result<Expr> {
        let first = self.unary()?;
        let rest = self.rest_of("and", Self::unary)?;
        Ok(joined(first, rest, Expr::And))
    }

    /// The terms after the first, each behind a keyword.
    fn rest_of(&mut self, keyword: &str, term: impl Fn(&mut Self) -> Result<Expr>) -> Result<Vec<Expr>> {
        let mut rest = Vec::new();
        while self.eat_keyword(keyword) {
            rest.push(term(self)?);
        }
        Ok(rest)
    }

    fn unary(&mut self) -> Result<Expr> {
        let span = self.span();
        if self.eat_keyword("not") {
            let term = self.nested(span, Self::unary)?;
            return Ok(Expr::Not(Box::new(term)));
        }
        if self.eat(&Token::Open) {
            let term = self.nested(span.clone(), Self::or)?;
            if !self.eat(&Token::Close) {
                return Err(self.not_closed(span, message!("part.in_parentheses")));
            }
            return Ok(term);
        }
        if self.peek().is_keyword("at") && self.tokens.get(self.at + 1).is_some_and(|(next, _)| next.is_keyword("least")) {
            self.at += 2;
            return self.nested(span, Self::at_least);
        }
        if self.eat_keyword("everyone") {
            self.count_word(&span)?;
            return Ok(Expr::Everyone);
        }
        if self.eat_keyword("has") {
            return Ok(Expr::Has(self.name(&|| message!("part.has"))?));
        }
        self.comparison()
    }

    /// What follows `at least`.
    fn at_least(&mut self) -> Result<Expr> {
        let count = self.span();
        let n: usize = match self.peek() {
            Token::Bare(digits) => fold(digits).parse().ok(),
            _ => None,
        }
        .ok_or_else(|| self.expected(message!("part.number")).with_hint(message!("hint.number_in_digits")))?;
        self.at += 1;
        if !self.eat_keyword("of") {
            return Err(self.expected(message!("part.of")).with_hint(message!("hint.write", query = AT_LEAST)));
        }
        let open = self.span();
        if !self.eat(&Token::Open) {
            return Err(self.expected(message!("part.list_after_of")).with_hint(message!("hint.write", query = AT_LEAST)));
        }
        let mut of = vec![self.or()?];
        while self.eat(&Token::Comma) {
            of.push(self.or()?);
        }
        if !self.eat(&Token::Close) {
            return Err(self.not_closed(open, message!("part.in_list")));
        }
        if n == 0 {
            return Err(syntax(message!("query.at_least_zero"), count).with_hint(message!("hint.one_or_more")));
        }
        if n > of.len() {
            return Err(syntax(message!("query.at_least_too_many", n = n, terms = of.len()), count)
                .with_hint(message!("hint.at_most_terms")));
        }
        Ok(Expr::AtLeast { n, of })
    }

    /// A dimension with a value, a list or a range.
    fn comparison(&mut self) -> Result<Expr> {
        let dimension = self.name(&|| message!("part.dimension"))?;
        if let Some((from, colon)) = dimension.text.char_indices().find(|&(_, c)| ascii(c) == ':')
            && let Some((Token::Bare(_), span)) = self.tokens.get(self.at - 1)
        {
            let at = span.start + from;
            let colon = &dimension.text[from..from + colon.len_utf8()];
            return Err(meaningless(colon, at..at + colon.len()).with_hint(message!("hint.use", what = "=")));
        }
        let (negated, is_list) = if self.eat(&Token::Equal) {
            (false, false)
        } else if self.eat(&Token::NotEqual) {
            (true, false)
        } else if self.eat_keyword("in") {
            (false, true)
        } else if self.peek().is_keyword("not") && self.tokens.get(self.at + 1).is_some_and(|(next, _)| next.is_keyword("in")) {
            self.at += 2;
            (true, true)
        } else {
            let hint = match self.peek() {
                word if word.is_keyword("is") => message!("hint.use", what = "="),
                Token::Bare(_) | Token::Quoted(_) if !self.peek().is_reserved() => {
                    message!("hint.several_words")
                }
                _ => message!("hint.comparison"),
            };
            let what = message!("part.comparison", dimension = word(&dimension.text));
            return Err(self.expected(what).with_hint(hint));
        };
        let term = self.values(dimension, is_list)?;
        Ok(if negated { Expr::Not(Box::new(term)) } else { term })
    }

    /// What follows `=` or `in`.
    fn values(&mut self, dimension: Name, is_list: bool) -> Result<Expr> {
        if self.eat(&Token::Dots) {
            return Ok(Expr::Range {
                dimension,
                from: None,
                to: Some(self.name(&|| message!("part.value_after", sign = ".."))?),
            });
        }
        let open = self.span();
        if *self.peek() == Token::Open {
            if !is_list {
                return Err(self.expected(message!("part.one_value")).with_hint(message!("hint.list_with_in")));
            }
            self.at += 1;
            let mut values = vec![self.name(&|| message!("part.value"))?];
            while self.eat(&Token::Comma) {
                values.push(self.name(&|| message!("part.value_after", sign = ","))?);
            }
            if !self.eat(&Token::Close) {
                return Err(self.not_closed(open, message!("part.in_list")));
            }
            return Ok(Expr::In { dimension, values });
        }
        let what = || if is_list { message!("part.list_or_range") } else { message!("part.value") };
        let value = self.name(&what)?;
        if self.eat(&Token::Dots) {
            let is_open = !matches!(self.peek(), Token::Bare(_) | Token::Quoted(_)) || self.peek().is_reserved();
            let to = if is_open { None } else { Some(self.name(&|| message!("part.value_after", sign = ".."))?) };
            return Ok(Expr::Range { dimension, from: Some(value), to });
        }
        if is_list {
            let message = message!("query.expected_not_alone", what = what(), found = word(&value.text));
            return Err(syntax(message, open).with_hint(message!("hint.one_several_range")));
        }
        Ok(Expr::Is { dimension, value })
    }

    /// A word that is no keyword, or a quoted text.
    fn name(&mut self, what: &dyn Fn() -> Message) -> Result<Name> {
        let span = self.span();
        let text = match self.peek() {
            token if token.is_reserved() => {
                return Err(self.expected(what()).with_hint(message!("hint.keyword")));
            }
            Token::Bare(text) | Token::Quoted(text) => text.clone(),
            _ => return Err(self.expected(what())),
        };
        self.count_word(&span)?;
        self.at += 1;
        Ok(Name { text, span: Some(span) })
    }

    /// Counts a dimension, a value or `everyone`.
    fn count_word(&mut self, span: &Range<usize>) -> Result<()> {
        self.words += 1;
        if self.words > QUERY_WORDS {
            return Err(syntax(message!("query.too_many_words", most = QUERY_WORDS), span.clone())
                .with_hint(message!("hint.higher_code")));
        }
        Ok(())
    }

    /// One level deeper, if that is not too deep.
    fn nested(&mut self, span: Range<usize>, inner: impl Fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        if self.depth == QUERY_DEPTH {
            return Err(too_deep(span));
        }
        self.depth += 1;
        let term = inner(self);
        self.depth -= 1;
        term
    }

    fn peek(&self) -> &Token {
        // The last token is `End`, and nothing moves past it.
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Range<usize> {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0..0, |(_, span)| span.clone())
    }

    fn eat(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        self.at += usize::from(found);
        found
    }

    fn eat_keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek().is_keyword(keyword);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, what: Message) -> Error {
        let found = match self.peek() {
            Token::Bare(text) | Token::Quoted(text) => text,
            Token::Equal => "=",
            Token::NotEqual => "!=",
            Token::Open => "(",
            Token::Close => ")",
            Token::Comma => ",",
            Token::Dots => "..",
            Token::End => return syntax(message!("query.expected_at_end", what = what), self.span()),
        };
        syntax(message!("query.expected", what = what, found = word(found)), self.span())
    }

    /// A parenthesis without its twin, or something else where the twin should be.
    fn not_closed(&self, open: Range<usize>, what: Message) -> Error {
        if *self.peek() == Token::End {
            return syntax(message!("query.parenthesis_not_closed"), open).with_hint(message!("hint.close_parenthesis"));
        }
        if self.peek().is_keyword("by") {
            return syntax(message!("query.parenthesis_not_closed_before_by"), open)
                .with_hint(message!("hint.close_parenthesis"));
        }
        self.unexpected_after_term(what)
    }

    /// Something that cannot follow a complete term.
    fn unexpected_after_term(&self, what: Message) -> Error {
        let error = self.expected(what);
        match self.peek() {
            Token::Close => {
                syntax(message!("query.parenthesis_closes_nothing"), self.span()).with_hint(message!("hint.open_parenthesis"))
            }
            Token::Comma => error.with_hint(message!("hint.join")),
            Token::Bare(_) | Token::Quoted(_) => error.with_hint(message!("hint.join_or_quote")),
            Token::Dots => error.with_hint(message!("hint.range_in_list")),
            _ => error,
        }
    }
}

/// A list of terms, or its only one.
fn joined(first: Expr, rest: Vec<Expr>, join: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    if rest.is_empty() {
        return first;
    }
    join(std::iter::once(first).chain(rest).collect())
}
