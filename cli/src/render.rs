//! Tables of results, and how they are written.

pub(crate) mod answer;
pub(crate) mod bars;
pub(crate) mod csv;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod parquet;
pub(crate) mod table;

use ninzu::text::{thousands, visible};

/// A table of results.
#[derive(Debug, Clone)]
pub(crate) struct ResultTable {
    /// The columns.
    pub(crate) columns: Vec<Column>,
    /// The rows, each with a value for each column.
    pub(crate) rows: Vec<Vec<Value>>,
}

/// A column of results.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name for programs, the same in every language.
    pub(crate) name: String,
    /// Its heading for people.
    pub(crate) heading: String,
    /// What its values are.
    pub(crate) kind: ValueKind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// [`Value::Text`].
    Text,
    /// [`Value::Text`], which is a number.
    Number,
    /// [`Value::Count`].
    Count,
    /// [`Value::Estimate`].
    Estimate,
    /// [`Value::Flag`].
    Flag,
}

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A name for programs, and what people read instead.
    Text {
        /// For programs.
        name: String,
        /// For people.
        shown: String,
    },
    /// A count, or nothing where nothing is known.
    Count(Option<u64>),
    /// An estimate, or nothing where there is none.
    Estimate(Option<f64>),
    /// Yes or no.
    Flag(Flag),
}

/// Yes or no, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flag {
    /// For programs.
    pub(crate) is: bool,
    /// For people.
    pub(crate) shown: &'static str,
}

impl Column {
    /// A column.
    pub(crate) fn new(name: &str, heading: &str, kind: ValueKind) -> Self {
        Self { name: name.to_owned(), heading: heading.to_owned(), kind }
    }

    /// Whether its values are numbers, which stand at the right.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.kind, ValueKind::Number | ValueKind::Count | ValueKind::Estimate)
    }
}

impl Value {
    /// A text that is the same for programs and people.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let name = text.into();
        Self::Text { shown: name.clone(), name }
    }

    /// A name for programs with a label for people.
    pub(crate) fn named(name: &str, shown: &str) -> Self {
        Self::Text { name: name.to_owned(), shown: shown.to_owned() }
    }

    /// What people read.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text { shown, .. } => visible(shown).into_owned(),
            Self::Count(count) => count.map_or_else(|| "–".to_owned(), thousands),
            Self::Estimate(estimate) => estimate.map_or_else(|| "–".to_owned(), shown_estimate),
            Self::Flag(flag) => flag.shown.to_owned(),
        }
    }
}

/// Begins what is bold.
pub(crate) const BOLD: &str = "\x1b[1m";
/// Begins what is dim.
pub(crate) const DIM: &str = "\x1b[2m";
/// Ends both.
pub(crate) const PLAIN: &str = "\x1b[0m";

/// A text for people in which nothing acts but line breaks and our own styles: names and labels come from anywhere.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            safe.push('\n');
        }
        let mut rest = line;
        while let Some((style, at)) =
            [BOLD, DIM, PLAIN].iter().filter_map(|style| Some((style, rest.find(style)?))).min_by_key(|found| found.1)
        {
            safe += &visible(&rest[..at]);
            safe += style;
            rest = &rest[at + style.len()..];
        }
        safe += &visible(rest);
    }
    safe
}

/// An estimate with thousands separated and one decimal.
pub(crate) fn shown_estimate(estimate: f64) -> String {
    let tenths = (estimate * 10.0).round() as u64;
    format!("{}.{}", thousands(tenths / 10), tenths % 10)
}
