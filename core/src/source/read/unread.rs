//! Columns that no setting reads.

use serde::Serialize;

use super::table::{Expr, SourceTable};

/// Columns of a table that no setting reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct UnreadColumns {
    /// The file's name.
    pub file: String,
    /// The columns, in the file's order.
    pub columns: Vec<String>,
}

/// The columns of a table that these expressions do not use.
pub(super) fn unread(table: &SourceTable, read: &[Expr]) -> Option<UnreadColumns> {
    let is_read = |column: usize| read.iter().any(|expr| expr.uses.contains(&column));
    let columns = table.columns().iter().enumerate().filter(|&(column, name)| !is_read(column) && !name.is_empty());
    let columns: Vec<String> = columns.map(|(_, name)| name.clone()).collect();
    (!columns.is_empty()).then(|| UnreadColumns { file: table.name().to_owned(), columns })
}
