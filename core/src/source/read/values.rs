//! Cells of a batch as what they mean: keys, texts, days.

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use ninzu_engine::{Error, ErrorKind, Result};

use crate::catalogue::message;
use crate::source::grammar::{self, NullWords, UnknownDates, When};

/// A person's key: integers before texts. Text that is an integer is one, so that files of any format agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum PersonKey<'a> {
    Int(i64),
    Text(&'a str),
}

impl<'a> PersonKey<'a> {
    /// `7` and `7.0` are the integer 7; `007` is a text.
    pub(super) fn of(text: &'a str) -> Self {
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let is_usual = match digits {
            [b'0'] | [b'0', b'.', ..] => text.len() == digits.len(),
            [b'1'..=b'9', ..] => true,
            _ => false,
        };
        Some(text).filter(|_| is_usual).and_then(grammar::whole).map_or(Self::Text(text), Self::Int)
    }
}

/// A column of keys.
pub(super) enum Keys {
    Int(Int64Array),
    Text(StringViewArray),
}

impl Keys {
    pub(super) fn new(batch: &RecordBatch, column: usize) -> Result<Self> {
        let array = batch.column(column);
        match array.as_primitive_opt::<Int64Type>() {
            Some(ints) => Ok(Self::Int(ints.clone())),
            None => Ok(Self::Text(texts(batch, column)?)),
        }
    }

    /// The key of a row; nothing if its cell is empty or holds a word for nothing.
    pub(super) fn get(&self, row: usize, nulls: &NullWords) -> Option<PersonKey<'_>> {
        match self {
            Self::Int(array) => array.is_valid(row).then(|| PersonKey::Int(array.value(row))),
            Self::Text(array) => match text(array, row).map(PersonKey::of) {
                Some(PersonKey::Text(word)) if nulls.has(word) => None,
                key => key,
            },
        }
    }
}

/// A column of texts.
pub(super) fn texts(batch: &RecordBatch, column: usize) -> Result<StringViewArray> {
    let array: &ArrayRef = batch.column(column);
    if let Some(view) = array.as_string_view_opt() {
        return Ok(view.clone());
    }
    let unreadable = |e: &dyn std::fmt::Display| {
        Error::new(ErrorKind::InvalidSource, message!("source.no_text_column", reason = e.to_string()))
    };
    let view = cast(array, &DataType::Utf8View).map_err(|e| unreadable(&e))?;
    view.as_string_view_opt().cloned().ok_or_else(|| unreadable(array.data_type()))
}

/// A cell's text without blanks around it; nothing if there is none.
pub(super) fn text(array: &StringViewArray, row: usize) -> Option<&str> {
    if array.is_null(row) {
        return None;
    }
    Some(array.value(row).trim()).filter(|text| !text.is_empty())
}

/// What a cell of a column of dates says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateCell {
    /// Nothing is there.
    Empty,
    /// A word for nothing.
    NullWord,
    /// A date or a word that the spec reads as an unknown day.
    Unknown,
    /// A date.
    Day(When),
    /// No date, or none of our era.
    NoDate,
}

/// A column of dates.
pub(super) enum Days {
    Day(Date32Array),
    Text(StringViewArray),
}

impl Days {
    pub(super) fn new(batch: &RecordBatch, column: usize) -> Result<Self> {
        match batch.column(column).as_primitive_opt::<Date32Type>() {
            Some(days) => Ok(Self::Day(days.clone())),
            None => Ok(Self::Text(texts(batch, column)?)),
        }
    }

    pub(super) fn get(&self, row: usize, nulls: &NullWords, unknown: &UnknownDates) -> DateCell {
        let when = match self {
            Self::Day(array) if array.is_null(row) => return DateCell::Empty,
            Self::Day(array) => When::exactly(array.value(row)),
            Self::Text(array) => {
                let Some(cell) = text(array, row) else { return DateCell::Empty };
                if unknown.has_word(cell) {
                    return DateCell::Unknown;
                }
                match grammar::date(cell) {
                    Some(when) => when,
                    None if nulls.has(cell) => return DateCell::NullWord,
                    None => return DateCell::NoDate,
                }
            }
        };
        if when.earliest == when.latest && unknown.has_day(when.day) {
            DateCell::Unknown
        } else if ERA.contains(&when.earliest) {
            DateCell::Day(when)
        } else {
            DateCell::NoDate
        }
    }
}

/// The days that dates may be: years 1800 to 9998. Before them lie typing errors and nobody whom records are kept of.
const ERA: std::ops::Range<i32> = -62_091..2_932_532;
