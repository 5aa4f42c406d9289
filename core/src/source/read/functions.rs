//! The grammar of cells as functions of SQL.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::cast::as_string_view_array;
use datafusion::execution::SessionStateBuilder;
use datafusion::functions::{core, string, unicode};
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::source::grammar;

/// A whole number as text, whichever way it is written; null for words that stand for nothing. What is no number stays.
pub(super) const WHOLE: &str = "whole";
/// A text; null for words that stand for nothing.
pub(super) const FILLED: &str = "filled";

/// What a cell's text means, if anything.
type Meaning = for<'a> fn(&'a str) -> Option<Cow<'a, str>>;

/// A session that knows these functions, and of DataFusion's what the statements of this module use.
pub(super) fn session(config: SessionConfig) -> SessionContext {
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_expr_planners(vec![Arc::new(core::planner::CoreFunctionPlanner::default())])
        .with_scalar_functions(vec![core::coalesce(), core::nullif(), string::btrim(), unicode::lpad()])
        .build();
    let context = SessionContext::new_with_state(state);
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
    context
}

fn whole(cell: &str) -> Option<Cow<'_, str>> {
    filled(cell.trim()).map(|_| grammar::plain(cell.trim()))
}

fn filled(cell: &str) -> Option<Cow<'_, str>> {
    Some(cell.trim()).filter(|cell| !grammar::is_null(cell)).map(Cow::Borrowed)
}
