//! Tables as Parquet.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use ninzu::{Error, ErrorKind};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{Column, Sheet, Value, ValueKind};
use crate::errors::Result;

/// One row group, with facts about the table in the file's metadata.
pub(crate) fn render(sheet: &Sheet, about: &[(&str, &str)]) -> Result<Vec<u8>> {
    let columns = sheet.columns.iter().enumerate();
    let arrays: Vec<ArrayRef> =
        columns.clone().map(|(c, column)| array(column, sheet.rows.iter().map(move |row| &row[c]))).collect();
    let fields = columns.zip(&arrays).map(|((_, column), array)| {
        let is_nullable = matches!(column.kind, ValueKind::Count | ValueKind::Estimate);
        Field::new(&column.name, DataType::clone(array.data_type()), is_nullable)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|e| failed(&e))?;
    write(schema, &[batch], about)
}

/// Batches of one schema, with facts about them in the file's metadata.
pub(crate) fn write(schema: SchemaRef, batches: &[RecordBatch], about: &[(&str, &str)]) -> Result<Vec<u8>> {
    let metadata = about.iter().map(|&(key, value)| KeyValue::new(format!("ninzu.{key}"), value.to_owned())).collect();
    let properties =
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_key_value_metadata(Some(metadata)).build();
    let written = || {
        let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
        batches.iter().try_for_each(|batch| writer.write(batch))?;
        writer.into_inner()
    };
    Ok(written().map_err(|e| failed(&e))?)
}

fn failed(e: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the table cannot be written as Parquet: {e}"))
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
