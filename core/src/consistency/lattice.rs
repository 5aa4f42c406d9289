//! The margins that a release has rows of, and how the cells of one are sums of the cells of another.

use std::collections::BTreeSet;

/// Margins over partitions, closed under intersection: what two margins both add up to is a margin too, with rows or without.
#[derive(Debug)]
pub(super) struct Lattice {
    /// How many values each partition has.
    sizes: Vec<usize>,
    /// By number of partitions: the grand total is the first.
    pub(super) margins: Vec<Margin>,
    pub(super) covers: Vec<Cover>,
    /// How many cells all margins have together.
    pub(super) len: usize,
}

/// One margin's cells, numbered from `offset` on.
#[derive(Debug)]
pub(super) struct Margin {
    /// The partitions that it crosses, as positions, ascending.
    pub(super) dims: Vec<usize>,
    pub(super) offset: usize,
    pub(super) len: usize,
}

/// Each cell of the coarse margin is the sum of some cells of the fine one, with no margin in between.
#[derive(Debug)]
pub(super) struct Cover {
    pub(super) coarse: usize,
    pub(super) fine: usize,
    /// For each cell of the fine margin, the cell of the coarse one that it is a part of.
    pub(super) into: Vec<u32>,
}

/// More margins, or more cells in them, are not held together.
const MOST_MARGINS: usize = 256;
const MOST_CELLS: usize = 1 << 20;

impl Lattice {
    /// The margins over these lists of partitions, and all that they have in common; nothing where that is too much.
    pub(super) fn new(sizes: &[u32], present: &BTreeSet<Vec<usize>>) -> Option<Self> {
        let sizes: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
        let mut all = present.clone();
        all.insert(Vec::new());
        loop {
            let lists: Vec<&Vec<usize>> = all.iter().collect();
            let mut common = BTreeSet::new();
            for (i, a) in lists.iter().enumerate() {
                for b in &lists[..i] {
                    let both: Vec<usize> = a.iter().copied().filter(|d| b.contains(d)).collect();
                    if !all.contains(&both) {
                        common.insert(both);
                    }
                }
            }
            if common.is_empty() {
                break;
            }
            all.extend(common);
            if all.len() > MOST_MARGINS {
                return None;
            }
        }
        let mut lists: Vec<Vec<usize>> = all.into_iter().collect();
        lists.sort_by_key(Vec::len);
        let mut len = 0_usize;
        let mut margins = Vec::with_capacity(lists.len());
        for dims in lists {
            let cells = dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(sizes[d]))?;
            margins.push(Margin { dims, offset: len, len: cells });
            len = len.checked_add(cells).filter(|&len| len <= MOST_CELLS)?;
        }
        let covers = covers(&margins, &sizes);
        Some(Self { sizes, margins, covers, len })
    }

    /// The margin over exactly these partitions.
    pub(super) fn margin(&self, dims: &[usize]) -> Option<usize> {
        self.margins.iter().position(|margin| margin.dims == dims)
    }

    /// The values of a cell, `None` meaning "all".
    pub(super) fn values(&self, cell: usize) -> Vec<Option<u32>> {
        let at = self.margins.partition_point(|margin| margin.offset <= cell).saturating_sub(1);
        let margin = &self.margins[at];
        let mut rest = cell - margin.offset;
        let mut values = vec![None; self.sizes.len()];
        for &d in margin.dims.iter().rev() {
            values[d] = Some((rest % self.sizes[d]) as u32);
            rest /= self.sizes[d];
        }
        values
    }

    /// The partitions that a cover's parts are counted by, and its totals are not.
    pub(super) fn over(&self, cover: &Cover) -> Vec<usize> {
        let [coarse, fine] = [cover.coarse, cover.fine].map(|m| &self.margins[m].dims);
        fine.iter().copied().filter(|d| !coarse.contains(d)).collect()
    }

    /// Whether each margin but the finest is the sum of just one other: then intervals say of each cell all that the cells say.
    pub(super) fn is_chain(&self) -> bool {
        let fines = |m: usize| self.covers.iter().filter(|cover| cover.fine == m).count();
        let coarses = |m: usize| self.covers.iter().filter(|cover| cover.coarse == m).count();
        (0..self.margins.len()).all(|m| fines(m) <= 1 && coarses(m) <= 1)
    }

    /// The margin that all others are sums of, where there is one.
    pub(super) fn finest(&self) -> Option<usize> {
        let last = self.margins.len() - 1;
        let dims = &self.margins[last].dims;
        self.margins.iter().all(|margin| margin.dims.iter().all(|d| dims.contains(d))).then_some(last)
    }

    /// The partitions that any margin crosses.
    pub(super) fn crossed(&self) -> Vec<usize> {
        let all: BTreeSet<usize> = self.margins.iter().flat_map(|margin| margin.dims.iter().copied()).collect();
        all.into_iter().collect()
    }

    /// How many cells crossing these partitions makes, up to a limit.
    pub(super) fn crossing(&self, dims: &[usize], most: usize) -> Option<usize> {
        dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(self.sizes[d])).filter(|&n| n <= most)
    }

    /// For each cell that crossing the partitions `fine` makes, the cell over `coarse` (some of them) that it is a part of.
    pub(super) fn into(&self, fine: &[usize], coarse: &[usize]) -> Vec<u32> {
        into(&self.sizes, fine, coarse)
    }
}

fn covers(margins: &[Margin], sizes: &[usize]) -> Vec<Cover> {
    let is_in = |a: usize, b: usize| a != b && margins[a].dims.iter().all(|d| margins[b].dims.contains(d));
    let mut covers = Vec::new();
    for fine in 0..margins.len() {
        for coarse in (0..fine).filter(|&coarse| is_in(coarse, fine)) {
            if !(0..margins.len()).any(|between| is_in(coarse, between) && is_in(between, fine)) {
                let into = into(sizes, &margins[fine].dims, &margins[coarse].dims);
                covers.push(Cover { coarse, fine, into });
            }
        }
    }
    covers
}

fn into(sizes: &[usize], fine: &[usize], coarse: &[usize]) -> Vec<u32> {
    // What one step in each partition of `fine` adds to the number of the coarse cell.
    let mut strides = vec![0_usize; fine.len()];
    let mut stride = 1;
    for (i, d) in fine.iter().enumerate().rev() {
        if coarse.contains(d) {
            strides[i] = stride;
            stride *= sizes[*d];
        }
    }
    let cells = fine.iter().map(|&d| sizes[d]).product();
    let mut into = Vec::with_capacity(cells);
    let mut at = vec![0_usize; fine.len()];
    let mut cell = 0_usize;
    for _ in 0..cells {
        into.push(cell as u32);
        for i in (0..fine.len()).rev() {
            at[i] += 1;
            cell += strides[i];
            if at[i] < sizes[fine[i]] {
                break;
            }
            cell -= strides[i] * at[i];
            at[i] = 0;
        }
    }
    into
}

#[cfg(test)]
mod tests;
