//! Distinct persons for every declared cell.
//!
//! Persons are sorted by centre and stratum (the values of all partitions). Codes and pairs are counted stratum by
//! stratum, in one dense counter each, and rolled up to the margins' cells, one combination of codes after the other.

mod pairs;
mod strata;

use std::ops::Range;

use ninzu_engine::model::{Declared, MarginLayout};
use rayon::prelude::*;

use crate::source::{CodeRecords, Population};
use pairs::{Slots, records_of};
use strata::Strata;

/// Counters that take 64 MB.
const COUNTERS: usize = 1 << 24;

/// How many combinations are rolled up as one piece of work.
const PIECE: usize = 4096;

/// Counts the persons of a population: alone, with one code, with two.
///
/// Every method visits each combination of codes at each centre once, with the counts of all cells of a layout. Work is cut into
/// pieces; `init` makes the state of one piece, `visit` adds to it. The pieces come back in an order that depends on the
/// population and not on threads.
#[derive(Debug)]
pub struct Counter<'a> {
    population: &'a Population,
    strata: Strata,
    /// How many counters are held at a time, all strata of a centre together.
    most: usize,
}

/// The counts of one combination of codes at one centre.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The combination's position in the list that was counted; for single codes, the code.
    pub combination: usize,
    /// The centre's position in the population's list.
    pub centre: usize,
    /// Persons in each cell of the layout.
    pub cells: &'a [u32],
}

/// One dense counter per stratum of a centre, and how to read them.
struct Chunk<'a> {
    /// For each stratum, its counter.
    counters: Vec<Vec<u32>>,
    /// The combinations that these counters hold.
    combinations: Range<usize>,
    /// From a position among the combinations to the combination and its place in each counter.
    place: &'a (dyn Fn(usize) -> (usize, usize) + Sync),
}

impl<'a> Counter<'a> {
    /// Sorts the population's persons by stratum.
    pub fn new(population: &'a Population) -> Self {
        Self { population, strata: Strata::new(population), most: COUNTERS }
    }

    /// Persons without regard to codes: one combination, number 0.
    pub fn base<T: Send>(
        &self,
        layout: &MarginLayout,
        init: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, Counted<'_>) + Sync,
    ) -> Vec<T> {
        let mut out = Vec::new();
        for centre in 0..self.population.centres.len() {
            let counters = self.strata.of_centre(centre).iter().map(|stratum| vec![stratum.range.len() as u32]).collect();
            let chunk = Chunk { counters, combinations: 0..1, place: &|_| (0, 0) };
            out.extend(self.roll_up(centre, layout, &chunk, &init, &visit));
        }
        out
    }

    /// Persons with each code of a dimension; a combination's number is the code's id.
    ///
    /// # Panics
    /// If `dimension` is not a codes dimension of the population.
    pub fn singles<T: Send>(
        &self,
        dimension: usize,
        layout: &MarginLayout,
        init: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, Counted<'_>) + Sync,
    ) -> Vec<T> {
        let records = records_of(self.population, dimension);
        let len = self.population.dimensions.get(dimension).dictionary.len();
        let mut out = Vec::new();
        for centre in 0..self.population.centres.len() {
            let strata = self.strata.of_centre(centre);
            let step = (self.most / strata.len().max(1)).max(1);
            for start in (0..len).step_by(step) {
                let codes = start as u32..(start + step).min(len) as u32;
                let counters = strata.par_iter().map(|stratum| count_codes(records, self.strata.persons(stratum), &codes));
                let counters = counters.collect();
                let chunk = Chunk { counters, combinations: start..codes.end as usize, place: &|code| (code, code - start) };
                out.extend(self.roll_up(centre, layout, &chunk, &init, &visit));
            }
        }
        out
    }

    /// Persons with both codes of each listed pair, the first of `of[0]` and the second of `of[1]`; a combination's number is
    /// the pair's position in the list.
    ///
    /// # Panics
    /// If one of `of` is not a codes dimension of the population, or a pair of one dimension names one code twice.
    pub fn pairs<T: Send>(
        &self,
        of: [usize; 2],
        pairs: &[[u32; 2]],
        layout: &MarginLayout,
        init: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, Counted<'_>) + Sync,
    ) -> Vec<T> {
        let slots = Slots::new(self.population, of, pairs);
        let mut out = Vec::new();
        for centre in 0..self.population.centres.len() {
            let strata = self.strata.of_centre(centre);
            for rows in slots.chunks(self.most / strata.len().max(1)) {
                let counters = strata.par_iter().map(|stratum| slots.count(self.strata.persons(stratum), &rows)).collect();
                let start = slots.start(rows.start);
                let place = |at: usize| {
                    let (combination, place) = slots.place(at);
                    (combination, place - start)
                };
                let chunk = Chunk { counters, combinations: slots.combinations(&rows), place: &place };
                out.extend(self.roll_up(centre, layout, &chunk, &init, &visit));
            }
        }
        out
    }

    /// Every pair of codes of one dimension that may stand in a release, in dictionary order.
    ///
    /// # Panics
    /// If `dimension` is not of the population.
    pub fn every_pair(&self, dimension: usize) -> Vec<[u32; 2]> {
        let dimensions = &self.population.dimensions;
        let len = dimensions.get(dimension).dictionary.len() as u32;
        let later = |a: u32| (a + 1..len).filter(move |&b| Declared::is_pair(dimensions, (dimension, a), (dimension, b)));
        (0..len).into_par_iter().flat_map_iter(|a| later(a).map(move |b| [a, b])).collect()
    }

    /// From counts per stratum to counts per cell.
    fn roll_up<T: Send>(
        &self,
        centre: usize,
        layout: &MarginLayout,
        chunk: &Chunk<'_>,
        init: &(impl Fn() -> T + Sync),
        visit: &(impl Fn(&mut T, Counted<'_>) + Sync),
    ) -> Vec<T> {
        let cells: Vec<Vec<u32>> = self.strata.of_centre(centre).iter().map(|stratum| stratum.cells(layout)).collect();
        let Range { start, end } = chunk.combinations;
        let pieces = (end - start).div_ceil(PIECE);
        let piece = |piece: usize| {
            let mut state = init();
            let mut sums = vec![0; layout.len()];
            let from = start + piece * PIECE;
            for at in from..(from + PIECE).min(end) {
                let (combination, place) = (chunk.place)(at);
                sums.fill(0);
                for (counter, cells) in chunk.counters.iter().zip(&cells) {
                    let count = counter[place];
                    if count > 0 {
                        for &cell in cells {
                            sums[cell as usize] += count;
                        }
                    }
                }
                visit(&mut state, Counted { combination, centre, cells: &sums });
            }
            state
        };
        (0..pieces).into_par_iter().map(piece).collect()
    }
}

/// How many of these persons have each code of a range.
fn count_codes(records: &CodeRecords, persons: &[u32], codes: &Range<u32>) -> Vec<u32> {
    let mut counter = vec![0; codes.len()];
    for &person in persons {
        for &code in records.of(person as usize) {
            if let Some(count) = counter.get_mut(code.wrapping_sub(codes.start) as usize) {
                *count += 1;
            }
        }
    }
    counter
}

#[cfg(test)]
mod tests;
