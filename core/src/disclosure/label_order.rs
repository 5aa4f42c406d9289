//! The order of a release's cells by their labels, made once: ties are then broken by numbers.

use rayon::prelude::*;

use super::cell_intervals::{CellId, CellIntervals};
use crate::Published;

/// For each cell, the place of its label among those of its centre. Equal labels have the same place.
#[derive(Debug)]
pub(super) struct LabelOrder {
    places: Vec<u32>,
}

impl LabelOrder {
    /// Sorts the labels of all cells. A label is that of the codes with that of the values behind it, so only these are held.
    pub(super) fn new(published: &Published, intervals: &CellIntervals) -> Self {
        let label = |d: usize, id: u32| {
            let dimension = published.dimensions.get(d);
            format!(", {} = {}", dimension.name, dimension.dictionary.name(id))
        };
        // For each table, the labels of its combinations of codes and of its cells' values.
        let labels = |table: &super::cell_intervals::LinkedTable| -> (Vec<String>, Vec<String>) {
            let of_codes = |codes: &[u32; 2]| table.codes.iter().zip(codes).map(|(&d, &code)| label(d, code)).collect();
            let of_values = |cell: usize| {
                let values = table.layout.values(cell);
                let valued = published.dimensions.partitions().zip(values).filter_map(|(d, value)| Some((d, value?)));
                valued.map(|(d, value)| label(d, value)).collect()
            };
            (table.combinations.iter().map(of_codes).collect(), (0..table.layout.len()).map(of_values).collect())
        };
        let labels: Vec<(Vec<String>, Vec<String>)> = intervals.tables.iter().map(labels).collect();
        let mut order: Vec<(u32, u32, u32)> = Vec::new();
        for ((codes, values), t) in labels.iter().zip(0..) {
            order.extend((0..codes.len() as u32).flat_map(|c| (0..values.len() as u32).map(move |v| (t, c, v))));
        }
        let bytes = |&(t, c, v): &(u32, u32, u32)| {
            let (codes, values) = &labels[t as usize];
            codes[c as usize].bytes().chain(values[v as usize].bytes())
        };
        order.par_sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
        let mut places = vec![0; order.len()];
        let mut place = 0;
        for (i, at) in order.iter().enumerate() {
            if i > 0 && bytes(&order[i - 1]).ne(bytes(at)) {
                place += 1;
            }
            let &(t, c, v) = at;
            places[intervals.tables[t as usize].at_any_centre(c as usize, v as usize)] = place;
        }
        Self { places }
    }

    /// The place of a cell's label.
    pub(super) fn of(&self, intervals: &CellIntervals, id: CellId) -> u32 {
        self.places[intervals.at_any_centre(id)]
    }
}

#[cfg(test)]
mod tests;
