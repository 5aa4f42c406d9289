//! The published interval of every declared cell, listed or not, by number.

use std::collections::BTreeMap;

use ninzu_engine::{Declared, Interval, MarginLayout, Policy, Result};

use crate::{Published, Row};

/// A code with its dimension.
pub(crate) type Code = (usize, u32);

/// A cell's number in the ledger.
pub(crate) type CellId = usize;

/// The cells of one table.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    /// The codes dimensions; none for the base table.
    pub(crate) codes: Vec<usize>,
    pub(crate) layout: MarginLayout,
    /// The tuples of codes that are declared, ascending.
    pub(crate) tuples: Vec<[u32; 2]>,
    first: CellId,
    centres: usize,
}

/// The intervals of a release: what the audit reads, and what repair widens.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    pub(crate) sheets: Vec<Sheet>,
    /// The sheet of some codes dimensions, ascending.
    by_codes: BTreeMap<Vec<usize>, usize>,
    intervals: Vec<(u32, u32)>,
    unlisted: (u32, u32),
}

/// What an earlier release said of each cell of a later one.
#[derive(Debug, Clone)]
pub struct Earlier(pub(crate) Ledger);

impl Sheet {
    /// The number of a cell.
    pub(crate) fn id(&self, tuple: usize, centre: usize, cell: usize) -> CellId {
        self.first + (tuple * self.centres + centre) * self.layout.len() + cell
    }

    /// The position of a tuple of codes.
    pub(crate) fn tuple(&self, codes: [u32; 2]) -> Option<usize> {
        self.tuples.binary_search(&codes).ok()
    }

    /// How many cells there are, declared or not.
    fn len(&self) -> usize {
        self.tuples.len() * self.centres * self.layout.len()
    }
}

impl Ledger {
    /// The intervals of a release's cells; those without a row are unlisted.
    pub(crate) fn new(published: &Published, policy: &Policy) -> Self {
        let unlisted = ends(policy.unlisted());
        let (mut sheets, mut by_codes, mut first) = (Vec::new(), BTreeMap::new(), 0);
        for table in &published.tables {
            let sheet = Sheet {
                codes: table.codes.clone(),
                layout: published.layout(table.order),
                tuples: table.tuples(&published.dimensions),
                first,
                centres: published.centres.len(),
            };
            first += sheet.len();
            by_codes.insert(table.codes.clone(), sheets.len());
            sheets.push(sheet);
        }
        let mut intervals = vec![unlisted; first];
        for (sheet, table) in sheets.iter().zip(&published.tables) {
            for row in &table.rows {
                if let Some(tuple) = sheet.tuple(row.codes) {
                    intervals[sheet.id(tuple, row.centre as usize, row.cell as usize)] = ends(row.interval);
                }
            }
        }
        Self { sheets, by_codes, intervals, unlisted }
    }

    /// The sheet of some codes dimensions, ascending.
    pub(crate) fn sheet(&self, codes: &[usize]) -> Option<usize> {
        self.by_codes.get(codes).copied()
    }

    /// The sheet and the tuple that count some codes, in any order, if they are declared.
    pub(crate) fn counting(&self, codes: &[(usize, u32)]) -> Option<(usize, usize)> {
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        let dims: Vec<usize> = codes.iter().map(|code| code.0).collect();
        let mut tuple = [0; 2];
        if codes.len() > tuple.len() {
            return None;
        }
        for (slot, code) in tuple.iter_mut().zip(&codes) {
            *slot = code.1;
        }
        let sheet = self.sheet(&dims)?;
        Some((sheet, self.sheets[sheet].tuple(tuple)?))
    }

    /// The interval of a cell.
    pub(crate) fn get(&self, id: CellId) -> Interval {
        let (lo, hi) = self.intervals[id];
        Interval::exact(u64::from(lo)).hull(Interval::exact(u64::from(hi)))
    }

    /// The ends of a cell's interval.
    pub(crate) fn ends(&self, id: CellId) -> (u32, u32) {
        self.intervals[id]
    }

    /// Whether a cell has a row.
    pub(crate) fn is_listed(&self, id: CellId) -> bool {
        self.intervals[id] != self.unlisted
    }

    /// The sheet, the tuple and the centre of a cell.
    pub(crate) fn place(&self, id: CellId) -> (usize, usize, usize) {
        // Sheets without a tuple begin where the next one does.
        let sheet = self.sheets.partition_point(|sheet| sheet.first <= id) - 1;
        let of = &self.sheets[sheet];
        let block = (id - of.first) / of.layout.len();
        (sheet, block / of.centres, block % of.centres)
    }

    /// The cells of a tuple at a centre.
    pub(crate) fn cells(&self, sheet: usize, tuple: usize, centre: usize) -> std::ops::Range<CellId> {
        let first = self.sheets[sheet].id(tuple, centre, 0);
        first..first + self.sheets[sheet].layout.len()
    }

    /// Widens a cell to what it was and this; whether that changed it.
    pub(crate) fn widen(&mut self, id: CellId, to: (u32, u32)) -> bool {
        let now = &mut self.intervals[id];
        let hull = (now.0.min(to.0), now.1.max(to.1));
        let changed = hull != *now;
        *now = hull;
        changed
    }

    /// The tables of a release with these intervals in place of theirs.
    pub(crate) fn write(&self, published: &mut Published) {
        for (sheet, table) in self.sheets.iter().zip(&mut published.tables) {
            table.rows.clear();
            for (t, &codes) in sheet.tuples.iter().enumerate() {
                for centre in 0..sheet.centres {
                    let cells = (0..sheet.layout.len()).map(|cell| (cell, sheet.id(t, centre, cell)));
                    let listed = cells.filter(|&(_, id)| self.is_listed(id));
                    table.rows.extend(listed.map(|(cell, id)| Row {
                        codes,
                        centre: centre as u32,
                        cell: cell as u32,
                        interval: self.get(id),
                    }));
                }
            }
        }
    }

    /// For each sheet, how many cells are declared at the centres that collect its dimensions.
    pub(crate) fn declared(&self, published: &Published) -> Result<Vec<u64>> {
        let rules = published.declared()?;
        let count = |sheet: &Sheet| {
            let centres = (0..published.centres.len()).filter(|&c| published.collects(c, &sheet.codes)).count() as u64;
            let values: Vec<Vec<Option<u32>>> = (0..sheet.layout.len()).map(|cell| sheet.layout.values(cell)).collect();
            let of_tuple = |tuple: &[u32; 2]| declared_cells(&rules, published, sheet, *tuple, &values);
            sheet.tuples.iter().map(of_tuple).sum::<u64>() * centres
        };
        Ok(self.sheets.iter().map(count).collect())
    }
}

#[cfg(feature = "publish")]
impl Ledger {
    /// A ledger of the same cells of which nothing is known.
    pub(crate) fn unknown(published: &Published, policy: &Policy) -> Self {
        let mut ledger = Self::new(published, policy);
        ledger.intervals.fill((0, u32::MAX));
        ledger
    }

    /// Makes all cells of a tuple at a centre unlisted, if the tuple is declared.
    pub(crate) fn set_unlisted(&mut self, sheet: usize, codes: [u32; 2], centre: usize) {
        if let Some(tuple) = self.sheets[sheet].tuple(codes) {
            for id in self.cells(sheet, tuple, centre) {
                self.intervals[id] = self.unlisted;
            }
        }
    }

    /// Gives a cell an interval, if its tuple is declared.
    pub(crate) fn set(&mut self, sheet: usize, codes: [u32; 2], centre: usize, cell: usize, interval: Interval) {
        if let Some(tuple) = self.sheets[sheet].tuple(codes) {
            let id = self.sheets[sheet].id(tuple, centre, cell);
            self.intervals[id] = ends(interval);
        }
    }

    /// Gives a cell an interval.
    pub(crate) fn put(&mut self, id: CellId, to: (u32, u32)) {
        self.intervals[id] = to;
    }

    /// The cells of a centre.
    pub(crate) fn cells_of_centre(&self, centre: usize) -> impl Iterator<Item = CellId> + '_ {
        let tuples = self.sheets.iter().enumerate().flat_map(|(s, sheet)| (0..sheet.tuples.len()).map(move |tuple| (s, tuple)));
        tuples.flat_map(move |(sheet, tuple)| self.cells(sheet, tuple, centre))
    }
}

fn declared_cells(rules: &Declared, published: &Published, sheet: &Sheet, tuple: [u32; 2], values: &[Vec<Option<u32>>]) -> u64 {
    let codes: Vec<(usize, u32)> = sheet.codes.iter().copied().zip(tuple).collect();
    values.iter().filter(|values| rules.is_cell(&published.dimensions, &codes, values)).count() as u64
}

/// The ends of an interval; releases of ours have both.
fn ends(interval: Interval) -> (u32, u32) {
    let end = |end: u64| u32::try_from(end).unwrap_or(u32::MAX);
    (end(interval.lower()), interval.upper().map_or(u32::MAX, end))
}
