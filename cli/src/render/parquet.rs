//! Tables as Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use ninzu::sql::Selected;
use ninzu::{Error, ErrorKind};

use super::{Column, ResultTable, Value, ValueKind};
use crate::catalogue::message;
use crate::errors::Result;

/// One row group, with facts about the table in the file's metadata.
pub(crate) fn render(sheet: &ResultTable, about: &[(&str, &str)]) -> Result<Vec<u8>> {
    let columns = sheet.columns.iter().enumerate();
    let arrays: Vec<ArrayRef> =
        columns.clone().map(|(c, column)| array(column, sheet.rows.iter().map(move |row| &row[c]))).collect();
    let fields = columns.zip(&arrays).map(|((_, column), array)| {
        let is_nullable = matches!(column.kind, ValueKind::Count | ValueKind::Estimate);
        Field::new(&column.name, DataType::clone(array.data_type()), is_nullable)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays);
    let batch = batch.map_err(|e| Error::new(ErrorKind::Io, message!("cli.parquet", reason = e.to_string())))?;
    Ok(Selected { schema, batches: vec![batch] }.parquet(about)?)
}

fn array<'a>(column: &Column, values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    match column.kind {
        ValueKind::Text | ValueKind::Number => Arc::new(
            values.map(|v| Some(if let Value::Text { name, .. } = v { name.as_str() } else { "" })).collect::<StringArray>(),
        ),
        ValueKind::Count => {
            Arc::new(values.map(|v| if let Value::Count(count) = v { *count } else { None }).collect::<UInt64Array>())
        }
        ValueKind::Estimate => {
            Arc::new(values.map(|v| if let Value::Estimate(estimate) = v { *estimate } else { None }).collect::<Float64Array>())
        }
        ValueKind::Flag => Arc::new(values.map(|v| Some(matches!(v, Value::Flag(flag) if flag.is))).collect::<BooleanArray>()),
    }
}
