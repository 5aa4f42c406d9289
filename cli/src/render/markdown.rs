//! Tables for documents.

use super::ResultTable;

/// A pipe table, as GitHub and many others read it.
pub(crate) fn render(sheet: &ResultTable) -> String {
    let rule = |column: &super::Column| if column.is_number() { "--:" } else { "---" };
    let heading = line(&sheet.columns.iter().map(|column| escaped(&column.heading)).collect::<Vec<_>>());
    heading + &line(&sheet.columns.iter().map(|column| rule(column).to_owned()).collect::<Vec<_>>()) + &rows(sheet)
}

/// The lines for the rows.
pub(crate) fn rows(sheet: &ResultTable) -> String {
    sheet.rows.iter().map(|row| line(&row.iter().map(|value| escaped(&value.shown())).collect::<Vec<_>>())).collect()
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// A text that Markdown takes as it is.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '\\' | '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}
