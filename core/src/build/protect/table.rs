//! One table while it is protected: which of its cells are declared, which are listed.

use std::collections::BTreeMap;

use ninzu_engine::{Declared, Dimensions, MarginLayout};
use rayon::prelude::*;

use super::decoy::Labels;
use crate::Row;

/// The cells of a layout, for every tuple of codes the same.
///
/// Layouts over the same partitions number alike the cells that they share.
pub(super) struct Cells<'a> {
    pub(super) layout: MarginLayout,
    /// For each cell, the partitions' values.
    values: Vec<Vec<Option<u32>>>,
    /// For each cell, the cells with one value less: with smaller numbers.
    pub(super) parents: Vec<Vec<u32>>,
    /// For each cell, its values as (partition, value).
    pub(super) labels: Vec<Labels<'a>>,
}

impl<'a> Cells<'a> {
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
            value.map(|value| (partitions[p].name.as_str(), partitions[p].dictionary.code(value).name.as_str()))
        };
        let labels = values.iter().map(|values| values.iter().enumerate().filter_map(label).collect()).collect();
        Self { layout, values, parents, labels }
    }
}

/// One table while it is protected.
pub(super) struct Sheet {
    /// The codes dimensions; none for the base table.
    pub(super) of: Vec<usize>,
    /// The tuples of codes, ascending; one for the base table.
    pub(super) tuples: Vec<[u32; 2]>,
    /// The listed cells.
    pub(super) rows: Vec<Row>,
    /// The cells that decoys changed, as they were.
    pub(super) decoys: Vec<Row>,
    cells: usize,
    /// 64-bit words for the cells of one tuple.
    words: usize,
    centres: usize,
    /// For each tuple, which cells are declared.
    declared: Vec<u64>,
    /// For each tuple and centre, which cells are listed.
    listed: Vec<u64>,
}

impl Sheet {
    /// A table without a listed cell.
    pub(super) fn new(
        declared: &Declared,
        dimensions: &Dimensions,
        cells: &Cells<'_>,
        of: Vec<usize>,
        tuples: Vec<[u32; 2]>,
        centres: usize,
    ) -> Self {
        let words = cells.layout.len().div_ceil(64);
        let mut bits = vec![0; tuples.len() * words];
        bits.par_chunks_mut(words).zip(&tuples).for_each(|(bits, tuple)| {
            let codes: Vec<(usize, u32)> = of.iter().copied().zip(*tuple).collect();
            for (cell, values) in cells.values.iter().enumerate() {
                if declared.is_cell(dimensions, &codes, values) {
                    set(bits, cell);
                }
            }
        });
        let listed = vec![0; tuples.len() * centres * words];
        Self {
            of,
            tuples,
            rows: Vec::new(),
            decoys: Vec::new(),
            cells: cells.layout.len(),
            words,
            centres,
            declared: bits,
            listed,
        }
    }

    /// Lists cells.
    pub(super) fn add(&mut self, rows: impl Iterator<Item = Row>) {
        for row in rows {
            if let Some(tuple) = self.tuple(row.codes) {
                let from = (tuple * self.centres + row.centre as usize) * self.words;
                set(&mut self.listed[from..from + self.words], row.cell as usize);
                self.rows.push(row);
            }
        }
    }

    /// The position of a tuple.
    fn tuple(&self, codes: [u32; 2]) -> Option<usize> {
        self.tuples.binary_search(&codes).ok()
    }

    /// How many cells are declared at a centre that collects the dimensions.
    pub(super) fn declared_cells(&self) -> u64 {
        self.declared.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether a cell of a tuple is declared.
    pub(super) fn is_declared(&self, tuple: usize, cell: usize) -> bool {
        bit(&self.declared[tuple * self.words..][..self.words], cell)
    }

    /// Which cells of a tuple are listed at a centre.
    pub(super) fn listed(&self, tuple: usize, centre: usize) -> &[u64] {
        &self.listed[(tuple * self.centres + centre) * self.words..][..self.words]
    }

    /// Of each 64 cells of a tuple those that are listed or not declared: these do not forbid a decoy below them.
    fn allows(&self, tuple: usize, centre: usize, word: usize) -> u64 {
        if word >= self.words {
            return !0;
        }
        self.listed(tuple, centre)[word] | !self.declared[tuple * self.words + word]
    }

    /// The declared, unlisted cells of a tuple that every one of `covers` allows, ascending.
    pub(super) fn open<'s>(&self, tuple: usize, centre: usize, covers: impl Iterator<Item = (&'s Self, usize)>) -> Vec<usize> {
        let mut open: Vec<u64> = (0..self.words).map(|word| !self.allows(tuple, centre, word)).collect();
        for (sheet, above) in covers {
            for (word, bits) in open.iter_mut().enumerate() {
                *bits &= sheet.allows(above, centre, word);
            }
        }
        (0..self.cells).filter(|&cell| bit(&open, cell)).collect()
    }

    /// The tuples of this table with one code replaced by a parent.
    pub(super) fn parents(&self, dimensions: &Dimensions, tuple: usize) -> Vec<usize> {
        let codes = self.tuples[tuple];
        let mut parents = Vec::new();
        for (i, &d) in self.of.iter().enumerate() {
            for &parent in dimensions.get(d).dictionary.parents(codes[i]) {
                let mut above = codes;
                above[i] = parent;
                if self.of.len() == 2 && self.of[0] == self.of[1] {
                    above.sort_unstable();
                }
                parents.extend(self.tuple(above));
            }
        }
        parents
    }

    /// The tuples' positions in groups, parents in an earlier group than children.
    pub(super) fn levels(&self, dimensions: &Dimensions) -> Vec<Vec<usize>> {
        let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (position, tuple) in self.tuples.iter().enumerate() {
            // A parent has fewer ancestors than its child.
            let ancestors = |(&d, &code): (&usize, &u32)| dimensions.get(d).dictionary.ancestors(code).len();
            levels.entry(self.of.iter().zip(tuple).map(ancestors).sum()).or_default().push(position);
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
