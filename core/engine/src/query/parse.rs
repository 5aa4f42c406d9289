//! Tokens to a query, by recursive descent of limited depth.

use std::ops::Range;
use std::str::FromStr;

use super::lex::{Token, lex, syntax};
use super::{Expr, Name, Query};
use crate::limits::{QUERY_DEPTH, QUERY_TEXT, QUERY_WORDS};
use crate::text::{ascii, fold, shown};
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
            return Err(syntax(format!("the query is longer than {QUERY_TEXT} bytes"), QUERY_TEXT..text.len())
                .with_hint("name a code higher in the hierarchy instead of many codes"));
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
    syntax(format!("the query nests more than {QUERY_DEPTH} levels deep"), span)
        .with_hint("leave out parentheses that change nothing")
}

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
                by.push(self.name("a dimension or `centre` after `by`")?);
                if !self.eat(&Token::Comma) {
                    break;
                }
            }
            if *self.peek() != Token::End {
                return Err(self
                    .expected("`,` or the end of the query")
                    .with_hint("`by` stands last, with commas: `... by centre, life_stage`"));
            }
        } else if *self.peek() != Token::End {
            return Err(self.unexpected_after_term("`and`, `or`, `by` or the end of the query"));
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
                return Err(self.not_closed(span, "`and`, `or` or `)`"));
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
            return Ok(Expr::Has(self.name("a dimension after `has`")?));
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
        .ok_or_else(|| {
            self.expected("a number after `at least`").with_hint("write `at least 2 of (a, b, c)`, the number in digits")
        })?;
        self.at += 1;
        if !self.eat_keyword("of") {
            return Err(self.expected("`of` and a list in parentheses").with_hint("write `at least 2 of (a, b, c)`"));
        }
        let open = self.span();
        if !self.eat(&Token::Open) {
            return Err(self.expected("a list in parentheses after `of`").with_hint("write `at least 2 of (a, b, c)`"));
        }
        let mut of = vec![self.or()?];
        while self.eat(&Token::Comma) {
            of.push(self.or()?);
        }
        if !self.eat(&Token::Close) {
            return Err(self.not_closed(open, "`,` or `)`"));
        }
        if n == 0 {
            return Err(syntax("`at least 0` holds for everyone", count).with_hint("leave it out, or ask for 1 or more"));
        }
        if n > of.len() {
            return Err(syntax(format!("`at least {n}` of {} holds for nobody", of.len()), count)
                .with_hint("the number is at most the number of terms in the list"));
        }
        Ok(Expr::AtLeast { n, of })
    }

    /// A dimension with a value, a list or a range.
    fn comparison(&mut self) -> Result<Expr> {
        let dimension = self.name("a dimension")?;
        if let Some((at, colon)) = dimension.text.char_indices().find(|&(_, c)| ascii(c) == ':')
            && let Some((Token::Bare(_), span)) = self.tokens.get(self.at - 1)
        {
            let at = span.start + at;
            return Err(syntax(format!("`{colon}` means nothing here"), at..at + colon.len_utf8()).with_hint("use `=`"));
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
                word if word.is_keyword("is") => "use `=`",
                Token::Bare(_) | Token::Quoted(_) if !self.peek().is_reserved() => {
                    "a name of several words goes in double quotes"
                }
                _ => "write `dimension = value`, or `has dimension`",
            };
            return Err(self.expected(&format!("`=`, `!=` or `in` after {}", shown(&dimension.text))).with_hint(hint));
        };
        let term = self.values(dimension, is_list)?;
        Ok(if negated { Expr::Not(Box::new(term)) } else { term })
    }

    /// What follows `=` or `in`.
    fn values(&mut self, dimension: Name, is_list: bool) -> Result<Expr> {
        if self.eat(&Token::Dots) {
            return Ok(Expr::Range { dimension, from: None, to: Some(self.name("a value after `..`")?) });
        }
        let open = self.span();
        if *self.peek() == Token::Open {
            if !is_list {
                return Err(self.expected("one value").with_hint("use `in` for a list: `in (a, b)`"));
            }
            self.at += 1;
            let mut values = vec![self.name("a value")?];
            while self.eat(&Token::Comma) {
                values.push(self.name("a value after `,`")?);
            }
            if !self.eat(&Token::Close) {
                return Err(self.not_closed(open, "`,` or `)`"));
            }
            return Ok(Expr::In { dimension, values });
        }
        let what = if is_list { "a list in parentheses or a range after `in`" } else { "a value" };
        let value = self.name(what)?;
        if self.eat(&Token::Dots) {
            let is_open = !matches!(self.peek(), Token::Bare(_) | Token::Quoted(_)) || self.peek().is_reserved();
            let to = if is_open { None } else { Some(self.name("a value after `..`")?) };
            return Ok(Expr::Range { dimension, from: Some(value), to });
        }
        if is_list {
            return Err(syntax(format!("expected {what}, found {} alone", shown(&value.text)), open)
                .with_hint("use `=` for one value, `in (a, b)` for several, `in a..b` for a range"));
        }
        Ok(Expr::Is { dimension, value })
    }

    /// A word that is no keyword, or a quoted text.
    fn name(&mut self, what: &str) -> Result<Name> {
        let span = self.span();
        let text = match self.peek() {
            token if token.is_reserved() => {
                return Err(self.expected(what).with_hint("a name that is also a keyword goes in double quotes"));
            }
            Token::Bare(text) | Token::Quoted(text) => text.clone(),
            _ => return Err(self.expected(what)),
        };
        self.count_word(&span)?;
        self.at += 1;
        Ok(Name { text, span: Some(span) })
    }

    /// Counts a dimension, a value or `everyone`.
    fn count_word(&mut self, span: &Range<usize>) -> Result<()> {
        self.words += 1;
        if self.words > QUERY_WORDS {
            return Err(syntax(format!("the query names more than {QUERY_WORDS} dimensions and values"), span.clone())
                .with_hint("name a code higher in the hierarchy instead of many codes"));
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

    fn expected(&self, what: &str) -> Error {
        let found = match self.peek() {
            Token::Bare(text) | Token::Quoted(text) => shown(text),
            Token::Equal => "`=`".to_owned(),
            Token::NotEqual => "`!=`".to_owned(),
            Token::Open => "`(`".to_owned(),
            Token::Close => "`)`".to_owned(),
            Token::Comma => "`,`".to_owned(),
            Token::Dots => "`..`".to_owned(),
            Token::End => "the end of the query".to_owned(),
        };
        syntax(format!("expected {what}, found {found}"), self.span())
    }

    /// A parenthesis without its twin, or something else where the twin should be.
    fn not_closed(&self, open: Range<usize>, what: &str) -> Error {
        if *self.peek() == Token::End {
            return syntax("this parenthesis is not closed", open).with_hint("add a `)`");
        }
        if self.peek().is_keyword("by") {
            return syntax("this parenthesis is not closed before `by`", open).with_hint("add a `)`");
        }
        self.unexpected_after_term(what)
    }

    /// Something that cannot follow a complete term.
    fn unexpected_after_term(&self, what: &str) -> Error {
        let error = self.expected(what);
        match self.peek() {
            Token::Close => {
                syntax("this parenthesis closes nothing", self.span()).with_hint("leave it out, or add a `(` before it")
            }
            Token::Comma => error.with_hint("join terms with `and` or `or`"),
            Token::Bare(_) | Token::Quoted(_) => {
                error.with_hint("join terms with `and` or `or`; a name of several words goes in double quotes")
            }
            Token::Dots => error.with_hint("a list cannot hold a range; join them with `or`"),
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
