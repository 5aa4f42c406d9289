//! What was written: a query before its names are looked up.

use std::ops::Range;

/// A word of a query: a dimension, a value or a code, by its name or a label.
///
/// Two names are equal if their texts are; where they stood does not matter.
#[derive(Debug, Clone)]
pub struct Name {
    /// The word without quotes.
    pub text: String,
    /// The byte range of the text that was parsed, if it came from text.
    pub span: Option<Range<usize>>,
}

impl Name {
    /// A name that comes from no text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: None }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Name {}

/// A condition on a person at a centre.
///
/// What the parser and the JSON reader build has two or more terms in `And` and `Or`, one or more in `In`, an end in
/// `Range`, and an `n` between 1 and the number of terms in `AtLeast`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// No restriction.
    Everyone,
    /// `dimension = value`.
    Is {
        /// The dimension.
        dimension: Name,
        /// Its value or code.
        value: Name,
    },
    /// `dimension in (a, b)`.
    In {
        /// The dimension.
        dimension: Name,
        /// Its values or codes.
        values: Vec<Name>,
    },
    /// `dimension in a..b`: both ends belong to it.
    Range {
        /// An ordered partition.
        dimension: Name,
        /// The first value; the first of all if absent.
        from: Option<Name>,
        /// The last value; the last of all if absent.
        to: Option<Name>,
    },
    /// `has dimension`: any code of it.
    Has(Name),
    /// `not a`.
    Not(Box<Expr>),
    /// `a and b`.
    And(Vec<Expr>),
    /// `a or b`.
    Or(Vec<Expr>),
    /// `at least n of (a, b, c)`.
    AtLeast {
        /// How many must hold.
        n: usize,
        /// The terms that are counted; one written twice counts twice.
        of: Vec<Expr>,
    },
}

impl Expr {
    /// The number of levels, 1 for a term.
    pub(super) fn height(&self) -> usize {
        let below = match self {
            Self::Everyone | Self::Is { .. } | Self::In { .. } | Self::Range { .. } | Self::Has(_) => None,
            Self::Not(term) => Some(term.height()),
            Self::And(terms) | Self::Or(terms) | Self::AtLeast { of: terms, .. } => terms.iter().map(Self::height).max(),
        };
        1 + below.unwrap_or(0)
    }

    /// The number of dimensions and values named.
    fn words(&self) -> usize {
        match self {
            Self::Everyone | Self::Has(_) => 1,
            Self::Is { .. } => 2,
            Self::In { values, .. } => 1 + values.len(),
            Self::Range { from, to, .. } => 1 + usize::from(from.is_some()) + usize::from(to.is_some()),
            Self::Not(term) => term.words(),
            Self::And(terms) | Self::Or(terms) | Self::AtLeast { of: terms, .. } => terms.iter().map(Self::words).sum(),
        }
    }
}

/// A query as it was written: whom to count, and by which dimensions to break the count down.
///
/// # Examples
/// ```
/// use ninzu_engine::Query;
/// let query = Query::parse("sex=female AND not (diagnosis = G40) by centre")?;
/// assert_eq!(query.to_string(), "sex = female and not diagnosis = G40 by centre");
/// assert_eq!(Query::from_json(&query.to_json().to_string())?, query);
/// # Ok::<(), ninzu_engine::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Whom to count.
    pub filter: Expr,
    /// Dimensions, or the word `centre`, in the order of the answer's columns.
    pub by: Vec<Name>,
}

impl Query {
    /// The same query, broken down by more dimensions, or `centre`; by which it is broken down already, it stays once.
    #[must_use]
    pub fn with_by(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            if !self.by.iter().any(|by| by.text == name) {
                self.by.push(Name::new(name));
            }
        }
        self
    }

    /// The number of dimensions and values named.
    pub(super) fn words(&self) -> usize {
        self.filter.words() + self.by.len()
    }
}
