//! One table while it is protected: which of its cells are declared, which are published.

use std::collections::BTreeMap;

use ninzu_engine::model::{Declared, Dimensions, MarginLayout};
use rayon::prelude::*;

use super::decoy::CellLabels;
use crate::Row;

/// The cells of a layout, for every combination of codes the same.
///
/// Layouts over the same partitions number alike the cells that they share.
pub(super) struct LayoutCells<'a> {
    pub(super) layout: MarginLayout,
    /// For each cell, the partitions' values.
    values: Vec<Vec<Option<u32>>>,
    /// For each cell, the cells with one value less: with smaller numbers.
    pub(super) parents: Vec<Vec<u32>>,
    /// For each cell, its values as (partition, value).
    pub(super) labels: Vec<CellLabels<'a>>,
}

impl<'a> LayoutCells<'a> {
    /// The cells of all margins over up to `order` partitions.
    pub(super) fn new(dimensions: &'a Dimensions, order: usize) -> Self {
        let partitions: Vec<_> = dimensions.partitions().map(|d| dimensions.get(d)).collect();
        let sizes: Vec<u32> = partitions.iter().map(|p| p.dictionary.len() as u32).collect();
        let layout = MarginLayout::new(&sizes, order);
        let values: Vec<Vec<Option<u32>>> = (0..layout.len()).into_par_iter().map(|cell| layout.values(cell)).collect();
        let parents = values.par_iter().map(|values| {
            let without = |p: usize| {
                let mut values = values.clone();
                values[p].take()?;
                layout.index(&values).map(|cell| cell as u32)
            };
            (0..values.len()).filter_map(without).collect()
        });
        let parents = parents.collect();
        let label = |(p, value): (usize, &Option<u32>)| {
            value.map(|value| (partitions[p].name.as_str(), partitions[p].dictionary.name(value)))
        };
        let labels = values.iter().map(|values| values.iter().enumerate().filter_map(label).collect()).collect();
        Self { layout, values, parents, labels }
    }
}

/// One table while it is protected.
pub(super) struct CellTable {
    /// The codes dimensions; none for the base table.
    pub(super) of: Vec<usize>,
    /// The combinations of codes, ascending; one for the base table.
    pub(super) combinations: Vec<[u32; 2]>,
    /// The published cells.
    pub(super) rows: Vec<Row>,
    /// The cells that decoys changed, as they were.
    pub(super) decoys: Vec<Row>,
    cells: usize,
    /// 64-bit words for the cells of one combination.
    words: usize,
    centres: usize,
    /// For each combination, which cells are declared.
    declared: Vec<u64>,
    /// For each combination and centre, which cells are published.
    published: Vec<u64>,
}

impl CellTable {
    /// A table without a published cell.
    pub(super) fn new(
        declared: &Declared,
        dimensions: &Dimensions,
        cells: &LayoutCells<'_>,
        of: Vec<usize>,
        combinations: Vec<[u32; 2]>,
        centres: usize,
    ) -> Self {
        let words = cells.layout.len().div_ceil(64);
        let mut bits = vec![0; combinations.len() * words];
        bits.par_chunks_mut(words).zip(&combinations).for_each(|(bits, combination)| {
            let codes: Vec<(usize, u32)> = of.iter().copied().zip(*combination).collect();
            for (cell, values) in cells.values.iter().enumerate() {
                if declared.is_cell(dimensions, &codes, values) {
                    set(bits, cell);
                }
            }
        });
        let published = vec![0; combinations.len() * centres * words];
        Self {
            of,
            combinations,
            rows: Vec::new(),
            decoys: Vec::new(),
            cells: cells.layout.len(),
            words,
            centres,
            declared: bits,
            published,
        }
    }

    /// Lists cells.
    pub(super) fn add(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            if let Some(combination) = self.combination(row.codes) {
                let from = (combination * self.centres + row.centre as usize) * self.words;
                set(&mut self.published[from..from + self.words], row.cell as usize);
                self.rows.push(row);
            }
        }
    }

    /// The position of a combination.
    fn combination(&self, codes: [u32; 2]) -> Option<usize> {
        self.combinations.binary_search(&codes).ok()
    }

    /// How many cells are declared at a centre that collects the dimensions.
    pub(super) fn declared_cells(&self) -> u64 {
        self.declared.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether a cell of a combination is declared.
    pub(super) fn is_declared(&self, combination: usize, cell: usize) -> bool {
        bit(&self.declared[combination * self.words..][..self.words], cell)
    }

    /// Which cells of a combination are published at a centre.
    pub(super) fn published(&self, combination: usize, centre: usize) -> &[u64] {
        &self.published[(combination * self.centres + centre) * self.words..][..self.words]
    }

    /// Of each 64 cells of a combination those that are published or not declared: these do not forbid a decoy below them.
    fn allows(&self, combination: usize, centre: usize, word: usize) -> u64 {
        if word >= self.words {
            return !0;
        }
        self.published(combination, centre)[word] | !self.declared[combination * self.words + word]
    }

    /// The declared, suppressed cells of a combination that every one of `covers` allows, ascending.
    pub(super) fn open<'s>(
        &self,
        combination: usize,
        centre: usize,
        covers: impl Iterator<Item = (&'s Self, usize)>,
    ) -> Vec<usize> {
        let mut open: Vec<u64> = (0..self.words).map(|word| !self.allows(combination, centre, word)).collect();
        for (table, above) in covers {
            for (word, bits) in open.iter_mut().enumerate() {
                *bits &= table.allows(above, centre, word);
            }
        }
        (0..self.cells).filter(|&cell| bit(&open, cell)).collect()
    }

    /// The combinations of this table with one code replaced by a parent.
    pub(super) fn parents(&self, dimensions: &Dimensions, combination: usize) -> Vec<usize> {
        let codes = self.combinations[combination];
        let mut parents = Vec::new();
        for (i, &d) in self.of.iter().enumerate() {
            for &parent in dimensions.get(d).dictionary.parents(codes[i]) {
                let mut above = codes;
                above[i] = parent;
                if self.of.len() == 2 && self.of[0] == self.of[1] {
                    above.sort_unstable();
                }
                parents.extend(self.combination(above));
            }
        }
        parents
    }

    /// The combinations' positions in groups, parents in an earlier group than children.
    pub(super) fn levels(&self, dimensions: &Dimensions) -> Vec<Vec<usize>> {
        let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (position, combination) in self.combinations.iter().enumerate() {
            // A parent has fewer ancestors than its child.
            let ancestors = |(&d, &code): (&usize, &u32)| dimensions.get(d).dictionary.ancestors(code).len();
            levels.entry(self.of.iter().zip(combination).map(ancestors).sum()).or_default().push(position);
        }
        levels.into_values().collect()
    }
}

/// Whether a bit is set.
pub(super) fn bit(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

/// Sets a bit.
pub(super) fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}
