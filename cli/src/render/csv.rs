//! Tables as lines of comma-separated values.

use ninzu::text::visible;

use super::{ResultTable, Value};
use crate::errors::Result;

/// One line for the names of the columns and one for each row; nothing known is an empty field. No character
/// acts on the terminal that shows it.
pub(crate) fn render(sheet: &ResultTable) -> Result<Vec<u8>> {
    let mut bytes = header(sheet)?;
    bytes.extend(rows(sheet)?);
    Ok(bytes)
}

/// The line for the names of the columns.
pub(crate) fn header(sheet: &ResultTable) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(sheet.columns.iter().map(|column| visible(&column.name).into_owned())).map_err(std::io::Error::from)?;
    Ok(writer.into_inner().map_err(::csv::IntoInnerError::into_error)?)
}

/// The lines for the rows.
pub(crate) fn rows(sheet: &ResultTable) -> Result<Vec<u8>> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    for row in &sheet.rows {
        writer.write_record(row.iter().map(field)).map_err(std::io::Error::from)?;
    }
    Ok(writer.into_inner().map_err(::csv::IntoInnerError::into_error)?)
}

fn field(value: &Value) -> String {
    match value {
        Value::Text { name, .. } => visible(name).into_owned(),
        Value::Count(count) => count.map_or_else(String::new, |count| count.to_string()),
        Value::Estimate(estimate) => estimate.map_or_else(String::new, |estimate| estimate.to_string()),
        Value::Flag(flag) => flag.is.to_string(),
    }
}
