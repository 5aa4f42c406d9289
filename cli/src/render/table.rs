//! Tables for people.

use comfy_table::{Cell, CellAlignment, Table};
use ninzu::text::visible;

use super::ResultTable;

/// A line below the header, and no other.
const LINE_BELOW_HEADER: &str = "     ──            ";

/// A table of lines; wide characters count as two.
pub(crate) fn render(sheet: &ResultTable) -> String {
    let mut table = Table::new();
    table.load_preset(LINE_BELOW_HEADER);
    let align = |c: usize| if sheet.columns[c].is_number() { CellAlignment::Right } else { CellAlignment::Left };
    let cell = |(c, text): (usize, String)| Cell::new(text).set_alignment(align(c));
    table.set_header(sheet.columns.iter().map(|column| visible(&column.heading).into_owned()).enumerate().map(cell));
    for row in &sheet.rows {
        table.add_row(row.iter().map(super::Value::shown).enumerate().map(cell));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}
