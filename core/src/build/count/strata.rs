//! Persons sorted by centre and partition values: every occupied stratum is one contiguous range.

use std::ops::Range;

use ninzu_engine::model::MarginLayout;
use rayon::prelude::*;

use crate::source::Population;

/// The persons of one centre who have the same value in every partition.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// Where they are in the order of `Strata`.
    pub(super) range: Range<usize>,
    /// Their value of each partition.
    values: Vec<u32>,
}

/// Persons in the order of centre, then partition values, then number.
///
/// Person-code records are not moved: a stratum's persons have ascending numbers, so that reading their codes runs forward.
#[derive(Debug, Clone)]
pub(super) struct Strata {
    /// Numbers of the persons, in order.
    persons: Vec<u32>,
    /// The occupied strata, in order.
    occupied: Vec<Stratum>,
    /// For each centre, where its strata are in `occupied`.
    centres: Vec<Range<usize>>,
}

impl Strata {
    /// Sorts the persons; the same order with any number of threads.
    pub(super) fn new(population: &Population) -> Self {
        let mut sorted: Vec<(u64, u32)> =
            keys(population).into_par_iter().enumerate().map(|(person, key)| (key, person as u32)).collect();
        sorted.par_sort_unstable();
        let mut occupied: Vec<Stratum> = Vec::new();
        let mut centres = vec![0..0; population.centres.len()];
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let start = occupied.last().map_or(0, |s| s.range.end);
            let person = group[0].1 as usize;
            let centre = &mut centres[population.centre[person] as usize];
            if centre.start == centre.end {
                centre.start = occupied.len();
            }
            centre.end = occupied.len() + 1;
            let values = population.partitions.iter().map(|of| of[person]).collect();
            occupied.push(Stratum { range: start..start + group.len(), values });
        }
        let persons = sorted.into_par_iter().map(|(_, person)| person).collect();
        Self { persons, occupied, centres }
    }

    /// The strata of one centre.
    pub(super) fn of_centre(&self, centre: usize) -> &[Stratum] {
        &self.occupied[self.centres[centre].clone()]
    }

    /// The numbers of a stratum's persons, ascending.
    pub(super) fn persons(&self, stratum: &Stratum) -> &[u32] {
        &self.persons[stratum.range.clone()]
    }
}

impl Stratum {
    /// The cells that count this stratum's persons, one of each margin.
    pub(super) fn cells(&self, layout: &MarginLayout) -> Vec<u32> {
        layout.margins().iter().map(|margin| margin.cell(|d| self.values[d]) as u32).collect()
    }
}

/// A number for each person that orders them by centre, then partition values.
fn keys(population: &Population) -> Vec<u64> {
    /// Numbers below this stay so small that one more partition cannot overflow them.
    const SMALL: u64 = 1 << 32;
    let mut keys: Vec<u64> = population.centre.par_iter().map(|&centre| u64::from(centre)).collect();
    let mut below = population.centres.len() as u64;
    for of in &population.partitions {
        let size = of.par_iter().max().map_or(1, |&value| u64::from(value) + 1);
        if below > SMALL {
            below = rank(&mut keys);
        }
        keys.par_iter_mut().zip(of).for_each(|(key, &value)| *key = *key * size + u64::from(value));
        below *= size;
    }
    keys
}

/// Replaces each key by its rank among the distinct ones; answers how many there are.
fn rank(keys: &mut [u64]) -> u64 {
    let mut distinct = keys.to_vec();
    distinct.par_sort_unstable();
    distinct.dedup();
    keys.par_iter_mut().for_each(|key| *key = distinct.partition_point(|&other| other < *key) as u64);
    distinct.len() as u64
}
