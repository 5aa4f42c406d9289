//! The published interval of every declared cell, published or suppressed, by number.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::{Declared, Dimensions, MarginLayout, Policy};
use ninzu_engine::{Interval, Result};
use serde::{Deserialize, Serialize};

use crate::{Published, Row};

/// What an earlier release says of a cell that it did not declare.
pub(crate) const UNDECLARED: (u32, u32) = (0, u32::MAX);

/// A code with its dimension.
pub(crate) type Code = (usize, u32);

/// A cell of a release that is audited, or of a release before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReleaseCell {
    /// The table, as its position.
    pub table: usize,
    /// The codes, as a [`Row`] has them.
    pub codes: [u32; 2],
    /// The centre, as its position.
    pub centre: usize,
    /// The cell's number in the table's `MarginLayout` over all partitions.
    pub cell: usize,
    /// Of which earlier release it is, by position; nothing: of the one that is audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<usize>,
}

/// A cell's number.
pub(crate) type CellId = usize;

/// The cells of one table.
#[derive(Debug, Clone)]
pub(crate) struct LinkedTable {
    /// The codes dimensions; none for the base table.
    pub(crate) codes: Vec<usize>,
    pub(crate) layout: MarginLayout,
    /// The combinations of codes that are declared, ascending.
    pub(crate) combinations: Vec<[u32; 2]>,
    first: CellId,
    centres: usize,
}

/// The intervals of a release: what the audit reads, and what repair widens.
#[derive(Debug, Clone)]
pub(crate) struct CellIntervals {
    pub(crate) tables: Vec<LinkedTable>,
    /// The table of some codes dimensions, ascending.
    by_codes: BTreeMap<Vec<usize>, usize>,
    bounds: Vec<(u32, u32)>,
    suppressed: (u32, u32),
}

/// What an earlier release said of each cell of a later one.
#[derive(Debug, Clone)]
pub struct Earlier {
    pub(crate) intervals: CellIntervals,
    /// The codes of the later release that it had, too.
    pub(crate) codes: BTreeSet<Code>,
}

impl LinkedTable {
    /// The number of a cell.
    pub(crate) fn id(&self, combination: usize, centre: usize, cell: usize) -> CellId {
        self.first + (combination * self.centres + centre) * self.layout.len() + cell
    }

    /// The number of a cell among those of one centre.
    pub(super) fn at_any_centre(&self, combination: usize, cell: usize) -> usize {
        self.first / self.centres.max(1) + combination * self.layout.len() + cell
    }

    /// The position of a combination of codes.
    pub(crate) fn position(&self, codes: [u32; 2]) -> Option<usize> {
        self.combinations.binary_search(&codes).ok()
    }

    /// How many centres there are.
    pub(crate) fn centres(&self) -> usize {
        self.centres
    }

    /// How many cells there are, declared or not.
    fn len(&self) -> usize {
        self.combinations.len() * self.centres * self.layout.len()
    }
}

impl CellIntervals {
    /// The intervals of a release's cells; those without a row are suppressed.
    pub(crate) fn new(published: &Published, policy: &Policy) -> Self {
        let suppressed = bounds_of(policy.unlisted());
        let (mut tables, mut by_codes, mut first) = (Vec::new(), BTreeMap::new(), 0);
        for table in &published.tables {
            let linked = LinkedTable {
                codes: table.codes.clone(),
                layout: published.layout(table.order),
                combinations: table.combinations(&published.dimensions),
                first,
                centres: published.centres.len(),
            };
            first += linked.len();
            by_codes.insert(table.codes.clone(), tables.len());
            tables.push(linked);
        }
        let mut bounds = vec![suppressed; first];
        for (linked, table) in tables.iter().zip(&published.tables) {
            for row in &table.rows {
                if let Some(combination) = linked.position(row.codes) {
                    bounds[linked.id(combination, row.centre as usize, row.cell as usize)] = bounds_of(row.interval);
                }
            }
        }
        Self { tables, by_codes, bounds, suppressed }
    }

    /// The table of some codes dimensions, ascending.
    pub(crate) fn table(&self, codes: &[usize]) -> Option<usize> {
        self.by_codes.get(codes).copied()
    }

    /// The table and the combination that count some codes, in any order, if they are declared.
    pub(crate) fn counting(&self, codes: &[(usize, u32)]) -> Option<(usize, usize)> {
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        let dims: Vec<usize> = codes.iter().map(|code| code.0).collect();
        let mut combination = [0; 2];
        if codes.len() > combination.len() {
            return None;
        }
        for (slot, code) in combination.iter_mut().zip(&codes) {
            *slot = code.1;
        }
        let table = self.table(&dims)?;
        Some((table, self.tables[table].position(combination)?))
    }

    /// How many cells there are, declared or not.
    pub(crate) fn cell_count(&self) -> usize {
        self.bounds.len()
    }

    /// The interval of a cell.
    pub(crate) fn get(&self, id: CellId) -> Interval {
        let (lo, hi) = self.bounds[id];
        Interval::exact(u64::from(lo)).hull(Interval::exact(u64::from(hi)))
    }

    /// The bounds of a cell's interval.
    pub(crate) fn bounds(&self, id: CellId) -> (u32, u32) {
        self.bounds[id]
    }

    /// Whether a cell has a row.
    pub(crate) fn is_published(&self, id: CellId) -> bool {
        self.bounds[id] != self.suppressed
    }

    /// The table, the combination and the centre of a cell.
    pub(crate) fn place(&self, id: CellId) -> (usize, usize, usize) {
        // Tables without a combination begin where the next one does.
        let table = self.tables.partition_point(|table| table.first <= id) - 1;
        let of = &self.tables[table];
        let margins = (id - of.first) / of.layout.len();
        (table, margins / of.centres, margins % of.centres)
    }

    /// A cell by its codes.
    pub(super) fn cell(&self, id: CellId, earlier: Option<usize>) -> ReleaseCell {
        let (table, combination, centre) = self.place(id);
        let of = &self.tables[table];
        let cell = id - of.id(combination, centre, 0);
        ReleaseCell { table, codes: of.combinations[combination], centre, cell, earlier }
    }

    /// The number of a cell among those of its centre.
    pub(super) fn at_any_centre(&self, id: CellId) -> usize {
        let cell = self.cell(id, None);
        let (table, combination, _) = self.place(id);
        self.tables[table].at_any_centre(combination, cell.cell)
    }

    /// The cells of a combination at a centre.
    pub(crate) fn cells(&self, table: usize, combination: usize, centre: usize) -> std::ops::Range<CellId> {
        let first = self.tables[table].id(combination, centre, 0);
        first..first + self.tables[table].layout.len()
    }

    /// Widens a cell to what it was and this; whether that changed it.
    pub(crate) fn widen(&mut self, id: CellId, to: (u32, u32)) -> bool {
        let now = &mut self.bounds[id];
        let hull = (now.0.min(to.0), now.1.max(to.1));
        let changed = hull != *now;
        *now = hull;
        changed
    }

    /// Lowers the lower end of each declared cell to that of every declared cell that covers it; those that it lowered. Whoever is in
    /// the smaller one is in the larger one, so that a larger lower end would take back how the other one was widened.
    pub(crate) fn lower_inside(&mut self, dimensions: &Dimensions, declared: &Declared, threshold: u32) -> Vec<CellId> {
        let mut lowered = Vec::new();
        let depth = |table: &LinkedTable, combination: usize| -> usize {
            let codes = table.codes.iter().zip(&table.combinations[combination]);
            codes.map(|(&d, &code)| dimensions.get(d).dictionary.ancestors(code).len()).sum()
        };
        for table in 0..self.tables.len() {
            let of = &self.tables[table];
            let values: Vec<Vec<Option<u32>>> = (0..of.layout.len()).map(|cell| of.layout.values(cell)).collect();
            let fewer: Vec<Vec<usize>> = values.iter().map(|values| without_one(&of.layout, values)).collect();
            let mut combinations: Vec<usize> = (0..of.combinations.len()).collect();
            combinations.sort_by_key(|&combination| depth(of, combination));
            for combination in combinations {
                let of = &self.tables[table];
                let codes: Vec<Code> = of.codes.iter().copied().zip(of.combinations[combination]).collect();
                let around: Vec<(Vec<Code>, usize, usize)> = codes_around(dimensions, &codes)
                    .into_iter()
                    .filter_map(|codes| self.counting(&codes).map(|(table, combination)| (codes, table, combination)))
                    .collect();
                for (centre, cell) in (0..of.centres).flat_map(|centre| (0..of.layout.len()).map(move |cell| (centre, cell))) {
                    let of = &self.tables[table];
                    let id = of.id(combination, centre, cell);
                    let lo = self.bounds[id].0;
                    if lo == 0 {
                        continue;
                    }
                    let own = fewer[cell].iter().map(|&cell| (&codes, of.id(combination, centre, cell), cell));
                    let other = around
                        .iter()
                        .filter(|(_, table, _)| cell < self.tables[*table].layout.len())
                        .map(|(codes, table, combination)| (codes, self.tables[*table].id(*combination, centre, cell), cell));
                    let is_declared = |codes: &[Code], cell: usize| declared.is_cell(dimensions, codes, &values[cell]);
                    let least = own
                        .chain(other)
                        .filter(|&(codes, cover, cell)| self.bounds[cover].0 < lo && is_declared(codes, cell))
                        .map(|(_, cover, _)| self.bounds[cover].0)
                        .min();
                    if let Some(least) = least {
                        self.bounds[id].0 = if least < threshold { 0 } else { least };
                        lowered.push(id);
                    }
                }
            }
        }
        lowered
    }

    /// The tables of a release with these intervals in place of theirs.
    pub(crate) fn write(&self, published: &mut Published) {
        for (linked, table) in self.tables.iter().zip(&mut published.tables) {
            table.rows.clear();
            for (t, &codes) in linked.combinations.iter().enumerate() {
                for centre in 0..linked.centres {
                    let cells = (0..linked.layout.len()).map(|cell| (cell, linked.id(t, centre, cell)));
                    let with_row = cells.filter(|&(_, id)| self.is_published(id));
                    table.rows.extend(with_row.map(|(cell, id)| Row {
                        codes,
                        centre: centre as u32,
                        cell: cell as u32,
                        interval: self.get(id),
                    }));
                }
            }
        }
    }

    /// For each table, how many cells are declared at the centres that collect its dimensions.
    pub(crate) fn declared(&self, published: &Published) -> Result<Vec<u64>> {
        let rules = published.declared()?;
        let count = |table: &LinkedTable| {
            let centres = (0..published.centres.len()).filter(|&c| published.collects(c, &table.codes)).count() as u64;
            let values: Vec<Vec<Option<u32>>> = (0..table.layout.len()).map(|cell| table.layout.values(cell)).collect();
            let of_combination = |combination: &[u32; 2]| declared_cells(&rules, published, table, *combination, &values);
            table.combinations.iter().map(of_combination).sum::<u64>() * centres
        };
        Ok(self.tables.iter().map(count).collect())
    }
}

#[cfg(feature = "publish")]
impl CellIntervals {
    /// The same cells, of which nothing is known.
    pub(crate) fn unknown(published: &Published, policy: &Policy) -> Self {
        let mut intervals = Self::new(published, policy);
        intervals.bounds.fill(UNDECLARED);
        intervals
    }

    /// Suppresses all cells of a combination at a centre, if the combination is declared.
    pub(crate) fn suppress(&mut self, table: usize, codes: [u32; 2], centre: usize) {
        if let Some(combination) = self.tables[table].position(codes) {
            for id in self.cells(table, combination, centre) {
                self.bounds[id] = self.suppressed;
            }
        }
    }

    /// Gives a cell an interval, if its combination is declared.
    pub(crate) fn set(&mut self, table: usize, codes: [u32; 2], centre: usize, cell: usize, interval: Interval) {
        if let Some(combination) = self.tables[table].position(codes) {
            let id = self.tables[table].id(combination, centre, cell);
            self.bounds[id] = bounds_of(interval);
        }
    }

    /// Gives a cell an interval.
    pub(crate) fn put(&mut self, id: CellId, to: (u32, u32)) {
        self.bounds[id] = to;
    }

    /// The cells of a centre.
    pub(crate) fn cells_of_centre(&self, centre: usize) -> impl Iterator<Item = CellId> + '_ {
        let combinations = self
            .tables
            .iter()
            .enumerate()
            .flat_map(|(t, table)| (0..table.combinations.len()).map(move |combination| (t, combination)));
        combinations.flat_map(move |(table, combination)| self.cells(table, combination, centre))
    }
}

/// The cells of a layout with one value less.
fn without_one(layout: &MarginLayout, values: &[Option<u32>]) -> Vec<usize> {
    let without = |p: usize| {
        let mut values = values.to_vec();
        values[p] = None;
        layout.index(&values)
    };
    (0..values.len()).filter(|&p| values[p].is_some()).filter_map(without).collect()
}

/// What covers a combination of codes: one code less, or one that it lies in instead. Whoever has a code first in the first stage has
/// those above it first in it too.
fn codes_around(dimensions: &Dimensions, codes: &[Code]) -> Vec<Vec<Code>> {
    let mut around = Vec::new();
    for (i, &(d, code)) in codes.iter().enumerate() {
        let dictionary = &dimensions.get(d).dictionary;
        let mut rest = codes.to_vec();
        rest.remove(i);
        let first = dictionary.onset(code).filter(|onset| onset.stage == 0);
        let first = first.into_iter().flat_map(|onset| dictionary.parents(onset.code)).filter_map(|&parent| {
            let is_first = |&id: &u32| dictionary.onset(id).is_some_and(|onset| onset.stage == 0);
            dictionary.children(parent).iter().copied().find(is_first)
        });
        let instead = dictionary.parents(code).iter().copied().chain(first);
        around.extend(instead.map(|code| rest.iter().copied().chain([(d, code)]).collect()));
        around.push(rest);
    }
    around
}

fn declared_cells(
    rules: &Declared,
    published: &Published,
    table: &LinkedTable,
    combination: [u32; 2],
    values: &[Vec<Option<u32>>],
) -> u64 {
    let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(combination).collect();
    values.iter().filter(|values| rules.is_cell(&published.dimensions, &codes, values)).count() as u64
}

/// The bounds of an interval; releases of ours have both.
fn bounds_of(interval: Interval) -> (u32, u32) {
    let bound = |bound: u64| u32::try_from(bound).unwrap_or(u32::MAX);
    (bound(interval.lower()), interval.upper().map_or(u32::MAX, bound))
}
