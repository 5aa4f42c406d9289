//! What a reader may know beside the release: that nobody is where nothing published supports that anybody is.
//!
//! A *fact* is that a group is empty. It may be known of a cell of the partitions alone, and of a code within one value of one
//! partition: nobody's life stage is unknown, no man has a cervix. A published row with a lower bound above zero supports each such
//! group that its people lie in; what no row supports is a fact. Which of the facts a reader knows, and which are true, nobody can
//! say: the audit takes all of them as known.

use std::collections::BTreeSet;

use ninzu_engine::model::{Declared, Dictionary, Dimensions};

use super::cell_intervals::{CellId, CellIntervals, Code, LinkedTable};

/// The facts of a release, by the numbers of the cells that they say to be empty.
#[derive(Debug, Clone)]
pub(crate) struct PublicKnowledge {
    supported: Vec<bool>,
    /// Whether a fact may be known of a cell at all.
    is_open: Vec<bool>,
}

/// The larger groups of a cell that facts may be about, as cells of the base table and of tables of one code.
struct Around {
    base: Vec<usize>,
    /// Those of one value.
    single: Vec<usize>,
    is_first_stage: bool,
}

impl PublicKnowledge {
    /// The facts of a release; with earlier ones, those of all.
    pub(crate) fn new(
        dimensions: &Dimensions,
        declared: &Declared,
        intervals: &CellIntervals,
        earlier: &[&CellIntervals],
    ) -> Self {
        let (cells, life_stage) = (intervals.cell_count(), declared.life_stage());
        let mut knowledge = Self { supported: vec![false; cells], is_open: vec![false; cells] };
        for table in &intervals.tables {
            let around: Vec<Around> = (0..table.layout.len()).map(|cell| Around::of(table, cell, life_stage)).collect();
            for combination in 0..table.combinations.len() {
                knowledge.open(table, combination, &around);
                let codes: Vec<Code> = table.codes.iter().copied().zip(table.combinations[combination]).collect();
                let (groups, first) = (groups_of(dimensions, intervals, &codes), first_onsets(dimensions, intervals, &codes));
                for centre in 0..table.centres() {
                    let supports = |cell: &usize| {
                        let id = table.id(combination, centre, *cell);
                        intervals.bounds(id).0 > 0 || earlier.iter().any(|earlier| earlier.bounds(id).0 > 0)
                    };
                    for cell in (0..table.layout.len()).filter(supports) {
                        knowledge.support(intervals, &groups, centre, &around[cell]);
                        if around[cell].is_first_stage {
                            knowledge.support(intervals, &first, centre, &around[cell]);
                        }
                    }
                }
            }
        }
        knowledge
    }

    /// Marks the cells of a combination of codes that facts may be about.
    fn open(&mut self, table: &LinkedTable, combination: usize, around: &[Around]) {
        let may_be_known = |cell: usize| match table.codes[..] {
            [] => true,
            [_] => around[cell].single == [cell],
            _ => false,
        };
        for cell in (0..table.layout.len()).filter(|&cell| may_be_known(cell)) {
            for centre in 0..table.centres() {
                self.is_open[table.id(combination, centre, cell)] = true;
            }
        }
    }

    /// Marks what the people of a published cell support.
    fn support(&mut self, intervals: &CellIntervals, groups: &[(usize, usize)], centre: usize, around: &Around) {
        for &(table, combination) in groups {
            let table = &intervals.tables[table];
            let cells = if table.codes.is_empty() { &around.base } else { &around.single };
            for &cell in cells {
                self.supported[table.id(combination, centre, cell)] = true;
            }
        }
    }

    /// Whether a reader may know that a cell is empty.
    pub(crate) fn is_fact(&self, id: CellId) -> bool {
        self.is_open[id] && !self.supported[id]
    }

    /// Whether facts say that a cell of one code is empty, or a larger group around it.
    pub(crate) fn denies(&self, intervals: &CellIntervals, place: (usize, usize), centre: usize, cell: usize) -> bool {
        let table = &intervals.tables[place.0];
        let around = Around::of(table, cell, None);
        let by_code = around.single.iter().any(|&cell| self.is_fact(table.id(place.1, centre, cell)));
        by_code
            || intervals.counting(&[]).is_some_and(|(table, combination)| {
                let table = &intervals.tables[table];
                around.base.iter().any(|&cell| self.is_fact(table.id(combination, centre, cell)))
            })
    }

    /// The facts that were none before.
    pub(crate) fn new_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = CellId> + 'a {
        (0..self.supported.len()).filter(|&id| self.is_fact(id) && !before.is_fact(id))
    }
}

/// The tables and combinations that count the people of some codes: everybody, each code, and what it lies in. Whoever has a code
/// first in the first life stage has those above it first in it too.
fn groups_of(dimensions: &Dimensions, intervals: &CellIntervals, codes: &[Code]) -> Vec<(usize, usize)> {
    let mut all: BTreeSet<Code> = BTreeSet::new();
    for &(d, code) in codes {
        let dictionary = &dimensions.get(d).dictionary;
        all.extend(dictionary.ancestors(code).iter().chain([&code]).map(|&within| (d, within)));
        if let Some(onset) = dictionary.onset(code).filter(|onset| onset.stage == 0) {
            all.extend(with_first_onset(dictionary, onset.code).map(|first| (d, first)));
        }
    }
    intervals.counting(&[]).into_iter().chain(all.iter().filter_map(|&code| intervals.counting(&[code]))).collect()
}

/// Those that count who had some codes first in the first life stage, as everybody has who is in it.
fn first_onsets(dimensions: &Dimensions, intervals: &CellIntervals, codes: &[Code]) -> Vec<(usize, usize)> {
    let first = |&(d, code): &Code| with_first_onset(&dimensions.get(d).dictionary, code).map(move |first| (d, first));
    codes.iter().flat_map(first).filter_map(|code| intervals.counting(&[code])).collect()
}

/// The onsets in the first life stage of a code and of those that it lies in.
fn with_first_onset(dictionary: &Dictionary, code: u32) -> impl Iterator<Item = u32> {
    let onsets = dictionary.ancestors(code).iter().chain([&code]).flat_map(|&within| dictionary.children(within)).copied();
    let first: Vec<u32> = onsets.filter(|&id| dictionary.onset(id).is_some_and(|onset| onset.stage == 0)).collect();
    first.into_iter()
}

impl Around {
    /// The groups around a cell: every choice of some of its values.
    fn of(table: &LinkedTable, cell: usize, life_stage: Option<usize>) -> Self {
        let values = table.layout.values(cell);
        let is_first_stage = life_stage.is_some_and(|p| values[p] == Some(0));
        let crossed: Vec<usize> = (0..values.len()).filter(|&p| values[p].is_some() && table.layout.sizes()[p] > 1).collect();
        let mut around = Self { base: Vec::new(), single: Vec::new(), is_first_stage };
        for chosen in 0_u32..1 << crossed.len() {
            let mut some = vec![None; values.len()];
            for (_, &p) in crossed.iter().enumerate().filter(|(i, _)| chosen & (1 << i) != 0) {
                some[p] = values[p];
            }
            // Numbers are the same in every table, as far as they share cells.
            around.base.extend(table.layout.index(&some));
            if chosen.is_power_of_two() {
                around.single.extend(table.layout.index(&some));
            }
        }
        around
    }
}
