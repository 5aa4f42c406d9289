//! What must hold between the cells of a table, whatever they hide.

use ninzu_engine::{Error, Interval, Message, Result};

use super::cell_table::{CellKey, ImportedTable, KnownInterval, partition_values};
use super::read::LongTable;
use crate::catalogue::message;
use crate::consistency::counts;
use crate::{CellPlace, Clash, Published};

/// So many other rows an error names.
const MOST_NAMED: usize = 8;

/// Refuses totals that cannot be the sums of their parts, and groups that cannot be inside those that hold them.
pub(super) fn check(cells: &LongTable, tables: &[ImportedTable], suppressed: Option<Interval>) -> Result<()> {
    for table in tables {
        for &(key, row) in &table.rows {
            adds_up(cells, table, key, row, suppressed)?;
            is_inside(cells, tables, table, key, row, suppressed)?;
        }
    }
    Ok(())
}

/// A count of all values of a partition is the sum over its values: everybody has exactly one.
fn adds_up(cells: &LongTable, table: &ImportedTable, key: CellKey, row: usize, suppressed: Option<Interval>) -> Result<()> {
    let mut values = partition_values(cells, row);
    for (p, d) in cells.dimensions.partitions().enumerate() {
        let size = table.layout.sizes()[p];
        if values[p].is_some() || size < 2 {
            continue;
        }
        let mut sum = Interval::ZERO;
        let mut is_declared = true;
        for value in 0..size {
            values[p] = Some(value);
            let Some(cell) = table.layout.index(&values) else {
                is_declared = false;
                break;
            };
            let part = table.known(CellKey { cell: cell as u32, ..key }, cells, suppressed);
            sum = sum + part.map_or(Interval::ANY, |known| known.interval);
        }
        values[p] = None;
        let total = cells.rows[row].interval;
        if is_declared && total.intersect(sum).is_none() {
            let name = &cells.dimensions.get(d).name;
            return Err(cells
                .refuse(row, message!("import.no_sum", dimension = name, total = counts(total), sum = counts(sum)))
                .with_hint(hint(cells)));
        }
    }
    Ok(())
}

/// People with codes are among those with fewer codes, and among those with the codes above.
fn is_inside(
    cells: &LongTable,
    tables: &[ImportedTable],
    table: &ImportedTable,
    key: CellKey,
    row: usize,
    suppressed: Option<Interval>,
) -> Result<()> {
    let lower = cells.rows[row].interval.lower();
    if lower == 0 {
        return Ok(());
    }
    let refuse_above = |outer: Option<KnownInterval>| match outer {
        Some(known) if known.interval.upper().is_some_and(|upper| upper < lower) => Err(larger(cells, row, &known)),
        _ => Ok(()),
    };
    let values = partition_values(cells, row);
    for (i, &d) in table.codes.iter().enumerate() {
        for &ancestor in cells.dimensions.get(d).dictionary.ancestors(key.codes[i]) {
            let mut above = key;
            above.codes[i] = ancestor;
            refuse_above(table.known(above, cells, suppressed))?;
        }
        let mut fewer = table.codes.clone();
        fewer.remove(i);
        let outer = tables.iter().find(|other| other.codes == fewer);
        if let Some((outer, cell)) = outer.and_then(|outer| outer.layout.index(&values).map(|cell| (outer, cell))) {
            let codes = if fewer.is_empty() { [0; 2] } else { [key.codes[1 - i], 0] };
            refuse_above(outer.known(CellKey { codes, cell: cell as u32, ..key }, cells, suppressed))?;
        }
    }
    Ok(())
}

/// How counts come not to be sums.
fn hint(cells: &LongTable) -> Message {
    let hint = message!("hint.everybody_once");
    match cells.seems_rounded() {
        Some(to) => message!("hint.rounded_else", to = to, otherwise = hint),
        None => hint,
    }
}

/// The error of cells that exclude each other, with the rows that say so.
pub(super) fn clash(cells: &LongTable, tables: &[ImportedTable], published: &Published, clash: &Clash) -> Error {
    let row = |place: &CellPlace| {
        let table = &tables[place.table];
        let cell = table.layout.index(&place.values)? as u32;
        table.row(CellKey { codes: place.codes, centre: place.centre as u32, cell })
    };
    let mut rows: Vec<usize> = clash.places().into_iter().filter_map(row).collect();
    let first = rows.first().copied().unwrap_or_default();
    rows.drain(..rows.len().min(1));
    rows.truncate(MOST_NAMED);
    let others: Vec<Message> = rows.iter().map(|&row| cells.texts.row(cells.rows[row].number)).collect();
    let mut what = clash.message(published);
    if !others.is_empty() {
        what = message!("import.see", what = what, rows = others);
    }
    cells.refuse(first, what).with_hint(hint(cells))
}

fn larger(cells: &LongTable, row: usize, outer: &KnownInterval) -> Error {
    let says = match outer.row {
        Some(row) => message!("import.in_row", row = cells.texts.row(cells.rows[row].number)),
        None => message!("import.by_unlisted"),
    };
    let (inner, outer) = (counts(cells.rows[row].interval), counts(outer.interval));
    cells.refuse(row, message!("import.larger", inner = inner, outer = outer, says = says)).with_hint(message!("hint.among"))
}
