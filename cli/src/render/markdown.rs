//! Tables for documents.

use super::Sheet;

/// A pipe table, as GitHub and many others read it.
pub(crate) fn render(sheet: &Sheet) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(sheet.columns.iter().map(|column| escaped(&column.heading)).collect());
    let rule = |column: &super::Column| if column.is_number() { "--:" } else { "---" };
    text += &line(sheet.columns.iter().map(|column| rule(column).to_owned()).collect());
    for row in &sheet.rows {
        text += &line(row.iter().map(|value| escaped(&value.shown())).collect());
    }
    text
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
