//! The grammar of cells as functions of SQL.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::cast::as_string_view_array;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::SessionContext;

use super::super::grammar;

/// A whole number as text, whichever way it is written; null for words that stand for nothing. What is no number stays.
pub(super) const WHOLE: &str = "whole";
/// A text; null for words that stand for nothing.
pub(super) const FILLED: &str = "filled";

/// What a cell's text means, if anything.
type Meaning = for<'a> fn(&'a str) -> Option<Cow<'a, str>>;

/// Makes the functions known to a session.
pub(super) fn register(context: &SessionContext) {
    for (name, of) in [(WHOLE, whole as Meaning), (FILLED, filled)] {
        let each = move |arguments: &[ColumnarValue]| {
            let columns = ColumnarValue::values_to_arrays(arguments)?;
            let text = cast(&columns[0], &DataType::Utf8View)?;
            let text = as_string_view_array(&text)?;
            let mut out = StringViewBuilder::with_capacity(text.len());
            for cell in text {
                out.append_option(cell.and_then(of));
            }
            Ok(ColumnarValue::Array(Arc::new(out.finish()) as ArrayRef))
        };
        let text = DataType::Utf8View;
        context.register_udf(create_udf(name, vec![text.clone()], text, Volatility::Immutable, Arc::new(each)));
    }
}

fn whole(cell: &str) -> Option<Cow<'_, str>> {
    filled(cell.trim()).map(|_| grammar::plain(cell.trim()))
}

fn filled(cell: &str) -> Option<Cow<'_, str>> {
    Some(cell.trim()).filter(|cell| !grammar::is_null(cell)).map(Cow::Borrowed)
}
