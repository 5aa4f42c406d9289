//! The cells of one table, by their codes, centre and number.

use std::collections::{BTreeSet, HashMap};

use ninzu_engine::model::MarginLayout;
use ninzu_engine::{Error, ErrorKind, Interval, Result};

use super::read::{ALL, LongTable};
use crate::catalogue::message;
use crate::{Centre, DeclaredCodes, Row, Table};

/// A cell's codes, centre and number in its table's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CellKey {
    pub(super) codes: [u32; 2],
    pub(super) centre: u32,
    pub(super) cell: u32,
}

/// The rows of one table of the release: those with the same dimensions of codes.
pub(super) struct ImportedTable {
    /// Dimension ids, ascending.
    pub(super) codes: Vec<usize>,
    pub(super) layout: MarginLayout,
    /// Rows in the order of the file, as numbers of [`LongTable`].
    pub(super) rows: Vec<(CellKey, usize)>,
    by_key: HashMap<CellKey, usize>,
    combinations: BTreeSet<[u32; 2]>,
    pub(super) centres: BTreeSet<u32>,
    /// For each margin, whether it has rows.
    has_rows: Vec<bool>,
}

/// What is known of a cell, and the row that says so.
pub(super) struct KnownInterval {
    pub(super) interval: Interval,
    pub(super) row: Option<usize>,
}

/// More cells than this for one combination of codes, and more rows for cells without one, are refused.
const MOST_CELLS: u128 = 1 << 22;
const MOST_FILLED: usize = 1 << 24;
/// More combinations of all partitions, each with "all", no release may have that crosses any of them.
const MOST_COMBINATIONS: u128 = 1 << 26;

impl ImportedTable {
    pub(super) fn new(codes: Vec<usize>, rows: &[usize], cells: &LongTable) -> Result<Self> {
        let sizes: Vec<u32> = cells.dimensions.partitions().map(|p| cells.dimensions.get(p).dictionary.len() as u32).collect();
        let crossed =
            |row: usize| partition_values(cells, row).iter().zip(&sizes).filter(|(v, size)| v.is_some() && **size > 1).count();
        let order = rows.iter().map(|&row| crossed(row)).max().unwrap_or(0);
        let combinations = sizes.iter().fold(1_u128, |n, &size| n.saturating_mul(u128::from(size) + 1));
        let is_too_wide = sizes.len() > 64 || (order > 1 && combinations > MOST_COMBINATIONS);
        if is_too_wide || cells_of(&sizes, order) > MOST_CELLS {
            let message = message!("import.too_wide", file = cells.texts.name(), order = order);
            return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.fewer_dimensions")));
        }
        let layout = MarginLayout::new(&sizes, order);
        let mut table = Self {
            codes,
            has_rows: vec![false; layout.margins().len()],
            layout,
            rows: Vec::with_capacity(rows.len()),
            by_key: HashMap::with_capacity(rows.len()),
            combinations: BTreeSet::new(),
            centres: BTreeSet::new(),
        };
        for &row in rows {
            let values = partition_values(cells, row);
            // Within the order by construction.
            let Some(cell) = table.layout.index(&values) else { continue };
            let mut codes = [0; 2];
            for (slot, &d) in codes.iter_mut().zip(&table.codes) {
                *slot = cells.values(row)[d];
            }
            let key = CellKey { codes, centre: cells.rows[row].centre, cell: cell as u32 };
            if let Some(before) = table.by_key.insert(key, row) {
                return Err(twice(cells, before, row));
            }
            let margin = table.margin_of(cell);
            table.has_rows[margin] = true;
            table.combinations.insert(codes);
            table.centres.insert(key.centre);
            table.rows.push((key, row));
        }
        Ok(table)
    }

    fn margin_of(&self, cell: usize) -> usize {
        self.layout.margins().partition_point(|margin| margin.offset <= cell).saturating_sub(1)
    }

    /// The row of a cell.
    pub(super) fn row(&self, key: CellKey) -> Option<usize> {
        self.by_key.get(&key).copied()
    }

    /// What is known of a cell: its row, or what a missing row means in a margin, for codes and at a centre that have rows.
    pub(super) fn known(&self, key: CellKey, cells: &LongTable, suppressed: Option<Interval>) -> Option<KnownInterval> {
        if let Some(&row) = self.by_key.get(&key) {
            return Some(KnownInterval { interval: cells.rows[row].interval, row: Some(row) });
        }
        let is_meant = self.has_rows[self.margin_of(key.cell as usize)]
            && self.combinations.contains(&key.codes)
            && self.centres.contains(&key.centre);
        suppressed.filter(|_| is_meant).map(|interval| KnownInterval { interval, row: None })
    }

    pub(super) fn table(&self, cells: &LongTable, centres: &[Centre], suppressed: Option<Interval>) -> Result<Table> {
        let row = |&(key, row): &(CellKey, usize)| Row {
            codes: key.codes,
            centre: key.centre,
            cell: key.cell,
            interval: cells.rows[row].interval,
        };
        let mut table = Table {
            codes: self.codes.clone(),
            order: self.layout.order(),
            declared: DeclaredCodes::List(self.combinations.iter().copied().collect()),
            suppressed: None,
            rows: self.rows.iter().map(row).collect(),
        };
        if self.codes.is_empty() || (self.codes.len() == 1 && suppressed.is_none()) {
            table.declared = DeclaredCodes::Dictionary;
        }
        let Some(interval) = suppressed.filter(|_| !self.rows.is_empty()) else { return Ok(table) };
        let collects = |centre: &Centre| self.codes.iter().all(|d| centre.collects.contains(d));
        let is_everywhere = (0..centres.len()).all(|c| self.centres.contains(&(c as u32)) || !collects(&centres[c]));
        if is_everywhere && self.has_rows.iter().all(|&has| has) {
            table.suppressed = Some(interval);
        } else {
            self.fill(interval, cells, &mut table.rows)?;
        }
        Ok(table)
    }

    /// Adds a row for each cell that the spec's `unlisted` covers: not all declared cells are such.
    fn fill(&self, interval: Interval, cells: &LongTable, rows: &mut Vec<Row>) -> Result<()> {
        let meant: Vec<u32> =
            (0..self.layout.len()).filter(|&cell| self.has_rows[self.margin_of(cell)]).map(|cell| cell as u32).collect();
        let all = self.combinations.len().saturating_mul(self.centres.len()).saturating_mul(meant.len());
        if all > MOST_FILLED {
            let message = message!("import.many_missing", file = cells.texts.name(), combinations = all);
            return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.add_totals")));
        }
        for &codes in &self.combinations {
            for &centre in &self.centres {
                let keys = meant.iter().map(|&cell| CellKey { codes, centre, cell }).filter(|key| !self.by_key.contains_key(key));
                rows.extend(keys.map(|key| Row { codes, centre, cell: key.cell, interval }));
            }
        }
        Ok(())
    }
}

/// The values of a row's partitions, `None` meaning "all".
pub(super) fn partition_values(cells: &LongTable, row: usize) -> Vec<Option<u32>> {
    let values = cells.values(row);
    cells.dimensions.partitions().map(|p| Some(values[p]).filter(|&value| value != ALL)).collect()
}

/// How many cells the margins over up to `order` partitions of these sizes have.
fn cells_of(sizes: &[u32], order: usize) -> u128 {
    // By the number of partitions crossed.
    let mut cells = vec![0_u128; order + 1];
    cells[0] = 1;
    for &size in sizes.iter().filter(|&&size| size > 1) {
        for crossed in (1..=order).rev() {
            cells[crossed] = cells[crossed].saturating_add(cells[crossed - 1].saturating_mul(u128::from(size)));
        }
    }
    cells.into_iter().fold(0, u128::saturating_add)
}

/// Two rows that count the same people.
fn twice(cells: &LongTable, before: usize, row: usize) -> Error {
    let error = cells.refuse(row, message!("import.cell_twice", row = cells.texts.row(cells.rows[before].number)));
    let partitions: Vec<usize> = cells.dimensions.partitions().collect();
    let differs = partitions.iter().find(|&&p| cells.values(before)[p] != cells.values(row)[p]);
    match differs.map(|&p| &cells.dimensions.get(p).name) {
        Some(name) => error.with_hint(message!("hint.one_value_only", dimension = name)),
        None => error.with_hint(message!("hint.cell_twice")),
    }
}
