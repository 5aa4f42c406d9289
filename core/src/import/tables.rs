//! The cells of a long table as the tables of a release.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::Result;
use ninzu_engine::model::Kind;

use super::cell_table::ImportedTable;
use super::read::{ALL, LongTable};
use super::spec::TableSpec;
use super::{consistency, totals};
use crate::catalogue::message;
use crate::{Centre, Consistency, Progress, Published, examine};

/// The release's tables: the base, then one for each dimension or pair of dimensions of codes that has rows; and what their
/// cells say together.
pub(super) fn assemble(cells: &LongTable, table: &TableSpec, progress: &dyn Progress) -> Result<(Published, Consistency)> {
    let suppressed = table.suppressed;
    let tables = tables(cells)?;
    progress.begin("totals", None);
    totals::refuse_totals(cells, table, suppressed)?;
    progress.end();
    consistency::check(cells, &tables, suppressed)?;
    let collects = |centre: u32| -> Vec<usize> {
        let tables = tables.iter().filter(|table| table.centres.contains(&centre));
        tables.flat_map(|table| table.codes.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let centres = cells.centres.iter().enumerate().map(|(c, (name, label))| Centre {
        name: name.clone(),
        label: label.clone(),
        collects: collects(c as u32),
    });
    let centres: Vec<Centre> = centres.collect();
    let of_cells = tables.iter().map(|table| table.table(cells, &centres, suppressed)).collect::<Result<_>>()?;
    let published = Published { dimensions: cells.dimensions.clone(), centres, structural_zeros: Vec::new(), tables: of_cells };
    let consistency = examine(&published, progress).map_err(|clash| consistency::clash(cells, &tables, &published, &clash))?;
    Ok((published, consistency))
}

/// The rows by their dimensions of codes. The base comes first, whether it has rows or not.
fn tables(cells: &LongTable) -> Result<Vec<ImportedTable>> {
    let is_codes: Vec<bool> = cells.dimensions.all().iter().map(|d| d.kind == Kind::Codes).collect();
    let mut groups: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::from([(Vec::new(), Vec::new())]);
    for row in 0..cells.rows.len() {
        let values = cells.values(row);
        let codes: Vec<usize> = (0..values.len()).filter(|&d| is_codes[d] && values[d] != ALL).collect();
        if codes.len() > 2 {
            let names: Vec<&str> = codes.iter().map(|&d| cells.dimensions.get(d).name.as_str()).collect();
            return Err(cells
                .refuse(row, message!("import.many_codes", codes = codes.len(), dimensions = names))
                .with_hint(message!("hint.two_codes")));
        }
        groups.entry(codes).or_default().push(row);
    }
    let mut tables =
        groups.into_iter().map(|(codes, rows)| ImportedTable::new(codes, &rows, cells)).collect::<Result<Vec<_>>>()?;
    tables.sort_by_key(|table| table.codes.len());
    Ok(tables)
}
