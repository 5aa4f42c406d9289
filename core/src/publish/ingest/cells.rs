//! Cells of a batch as what they mean: keys, texts, days.

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::compute::kernels::cast_utils::Parser;
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use ninzu_engine::{Error, ErrorKind, Result};

/// A person's key: integers before texts. Text that is an integer is one, so that files of any format agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key<'a> {
    Int(i64),
    Text(&'a str),
}

impl<'a> Key<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        canonical(text).map_or(Self::Text(text), Self::Int)
    }
}

/// The integer that a text is the usual decimal notation of.
fn canonical(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match digits {
        [b'0'] if text.len() == 1 => Some(0),
        [b'1'..=b'9', ..] if digits.len() <= 18 => text.parse().ok(),
        _ => None,
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

    pub(super) fn get(&self, row: usize) -> Option<Key<'_>> {
        match self {
            Self::Int(array) => array.is_valid(row).then(|| Key::Int(array.value(row))),
            Self::Text(array) => text(array, row).map(Key::of),
        }
    }
}

/// A column of texts.
pub(super) fn texts(batch: &RecordBatch, column: usize) -> Result<StringViewArray> {
    let array: &ArrayRef = batch.column(column);
    if let Some(view) = array.as_string_view_opt() {
        return Ok(view.clone());
    }
    let unreadable =
        |e: &dyn std::fmt::Display| Error::new(ErrorKind::InvalidSource, format!("a column cannot be read as text: {e}"));
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

    /// The day since 1970: nothing if the cell is empty, an error if it is not a date of our era.
    pub(super) fn get(&self, row: usize) -> std::result::Result<Option<i32>, ()> {
        let day = match self {
            Self::Day(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Text(array) => text(array, row).map(|text| day(text).ok_or(())).transpose()?,
        };
        if day.is_some_and(|day| !ERA.contains(&day)) { Err(()) } else { Ok(day) }
    }
}

/// The days that dates may be: years 1 to 9998.
const ERA: std::ops::Range<i32> = -719_162..2_932_532;

/// The day of `YYYY-MM-DD`, with or without a time of day behind it.
pub(super) fn day(text: &str) -> Option<i32> {
    let date = text.get(..10).filter(|_| matches!(text.as_bytes().get(10), Some(b'T' | b' '))).unwrap_or(text);
    Date32Type::parse(date)
}
