//! Pairs of codes: where each pair is counted, and the counting of one stratum.
//!
//! Two frequent codes are intersected as roaring bitmaps of the stratum's persons; every other pair is counted person by person.

use std::ops::Range;

use ninzu_engine::model::Kind;
use rayon::prelude::*;
use roaring::RoaringBitmap;

use crate::source::{CodeRecords, Population};

/// A code that at least one person in so many has is frequent: an intersection then costs less than its persons.
const FREQUENT: usize = 8;

/// "This code is in no pair."
const NONE: u32 = u32::MAX;

/// The codes of one side of the pairs, numbered densely: frequent ones first, then the rest, each in dictionary order.
#[derive(Debug, Clone)]
struct Side<'a> {
    records: &'a CodeRecords,
    /// From code to slot, or `NONE`.
    slots: Vec<u32>,
    /// How many slots are frequent codes.
    frequent: usize,
    /// How many slots there are.
    len: usize,
}

/// The counters of a list of pairs: a matrix of the two sides' slots, or the triangle above the diagonal where both sides
/// are one dimension.
#[derive(Debug, Clone)]
pub(super) struct Slots<'a> {
    row: Side<'a>,
    /// `None`: the same side as the rows.
    column: Option<Side<'a>>,
    /// Row slot, column slot and number of each pair, in this order.
    pairs: Vec<(u32, u32, u32)>,
}

impl<'a> Side<'a> {
    fn new(population: &'a Population, dimension: usize, codes: impl Iterator<Item = u32>) -> Self {
        let records = records_of(population, dimension);
        let mut used = vec![false; population.dimensions.get(dimension).dictionary.len()];
        for code in codes {
            used[code as usize] = true;
        }
        let persons = frequencies(records, used.len());
        let is_frequent = |code: usize| persons[code] as usize * FREQUENT >= population.len().max(1);
        let (mut slots, mut frequent, mut len) = (vec![NONE; used.len()], 0, 0);
        for pass in [true, false] {
            for code in (0..used.len()).filter(|&code| used[code] && is_frequent(code) == pass) {
                slots[code] = len as u32;
                len += 1;
            }
            if pass {
                frequent = len;
            }
        }
        Self { records, slots, frequent, len }
    }

    /// The slots of a person, ascending, and how many of them are frequent codes.
    fn of(&self, person: u32, slots: &mut Vec<u32>, frequent: &mut Vec<u32>) -> usize {
        slots.clear();
        frequent.clear();
        for &code in self.records.of(person as usize) {
            let slot = self.slots[code as usize];
            if (slot as usize) < self.frequent {
                frequent.push(slot);
            } else if slot != NONE {
                slots.push(slot);
            }
        }
        frequent.len()
    }
}

/// How many persons have each code.
fn frequencies(records: &CodeRecords, len: usize) -> Vec<u32> {
    let add = |mut counts: Vec<u32>, codes: &[u32]| {
        for &code in codes {
            counts[code as usize] += 1;
        }
        counts
    };
    let sum = |mut a: Vec<u32>, b: Vec<u32>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let piece = records.codes.len().div_ceil(rayon::current_num_threads().max(1) * 4).max(1);
    records.codes.par_chunks(piece).fold(|| vec![0; len], add).reduce(|| vec![0; len], sum)
}

impl<'a> Slots<'a> {
    /// Places for these pairs.
    pub(super) fn new(population: &'a Population, of: [usize; 2], pairs: &[[u32; 2]]) -> Self {
        let (row, column) = if of[0] == of[1] {
            (Side::new(population, of[0], pairs.iter().flatten().copied()), None)
        } else {
            let side = |i: usize| Side::new(population, of[i], pairs.iter().map(|pair| pair[i]));
            (side(0), Some(side(1)))
        };
        let columns = column.as_ref().unwrap_or(&row);
        let places = pairs.par_iter().enumerate().map(|(number, pair)| {
            let (a, b) = (row.slots[pair[0] as usize], columns.slots[pair[1] as usize]);
            let (a, b) = if column.is_none() { (a.min(b), a.max(b)) } else { (a, b) };
            assert!(column.is_some() || a != b, "a pair of a code with itself");
            (a, b, number as u32)
        });
        let mut pairs: Vec<(u32, u32, u32)> = places.collect();
        pairs.par_sort_unstable();
        Self { row, column, pairs }
    }

    /// Where the counters of a row begin.
    pub(super) fn start(&self, row: usize) -> usize {
        match &self.column {
            Some(column) => row * column.len,
            None => row * (2 * self.row.len).saturating_sub(row + 1) / 2,
        }
    }

    /// What to add to a column slot of a row for its place.
    fn shift(&self, row: usize) -> usize {
        // In the triangle, row r begins at column r + 1.
        self.start(row).wrapping_sub(if self.column.is_some() { 0 } else { row + 1 })
    }

    /// Ranges of rows, each with at most so many counters (or one row).
    pub(super) fn chunks(&self, counters: usize) -> Vec<Range<usize>> {
        let mut chunks = Vec::new();
        let mut from = 0;
        for row in 1..=self.row.len {
            if row == self.row.len || self.start(row + 1) - self.start(from) > counters {
                chunks.push(from..row);
                from = row;
            }
        }
        chunks
    }

    /// The positions of the pairs in a range of rows.
    pub(super) fn combinations(&self, rows: &Range<usize>) -> Range<usize> {
        let at = |row: usize| self.pairs.partition_point(|pair| (pair.0 as usize) < row);
        at(rows.start)..at(rows.end)
    }

    /// The number of the pair at a position, and its place among the counters.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let (row, column, number) = self.pairs[at];
        (number as usize, self.shift(row as usize).wrapping_add(column as usize))
    }

    /// Counts every pair of a range of rows among these persons.
    pub(super) fn count(&self, persons: &[u32], rows: &Range<usize>) -> Vec<u32> {
        let start = self.start(rows.start);
        let mut counter = vec![0; self.start(rows.end) - start];
        let mut row_bits = vec![RoaringBitmap::new(); self.row.frequent];
        let mut column_bits = vec![RoaringBitmap::new(); self.column.as_ref().map_or(0, |side| side.frequent)];
        let (mut sparse, mut frequent) = (Vec::new(), Vec::new());
        let (mut sparse_columns, mut frequent_columns) = (Vec::new(), Vec::new());
        let shifts: Vec<usize> = rows.clone().map(|row| self.shift(row).wrapping_sub(start)).collect();
        let mut add = |row: u32, columns: &[u32]| {
            if let Some(&shift) = shifts.get((row as usize).wrapping_sub(rows.start)) {
                for &column in columns {
                    counter[shift.wrapping_add(column as usize)] += 1;
                }
            }
        };
        for (i, &person) in persons.iter().enumerate() {
            let mark = |bits: &mut [RoaringBitmap], slots: &[u32]| {
                for &slot in slots {
                    bits[slot as usize].insert(i as u32);
                }
            };
            self.row.of(person, &mut sparse, &mut frequent);
            mark(&mut row_bits, &frequent);
            if let Some(side) = &self.column {
                side.of(person, &mut sparse_columns, &mut frequent_columns);
                mark(&mut column_bits, &frequent_columns);
                for &row in &frequent {
                    add(row, &sparse_columns);
                }
                for &row in &sparse {
                    add(row, &frequent_columns);
                    add(row, &sparse_columns);
                }
            } else {
                for &row in &frequent {
                    add(row, &sparse);
                }
                for (j, &row) in sparse.iter().enumerate() {
                    add(row, &sparse[j + 1..]);
                }
            }
        }
        let (bits, frequent) = self.column.as_ref().map_or((&row_bits, self.row.frequent), |side| (&column_bits, side.frequent));
        for row in rows.start..rows.end.min(self.row.frequent) {
            let first = if self.column.is_some() { 0 } else { row + 1 };
            for column in first..frequent {
                counter[shifts[row - rows.start].wrapping_add(column)] = row_bits[row].intersection_len(&bits[column]) as u32;
            }
        }
        counter
    }
}

/// The records of a codes dimension.
///
/// # Panics
/// If `dimension` is not a codes dimension of the population.
pub(super) fn records_of(population: &Population, dimension: usize) -> &CodeRecords {
    let codes = |d: &usize| population.dimensions.get(*d).kind == Kind::Codes;
    assert!(codes(&dimension), "dimension {dimension} has no codes");
    &population.records[(0..dimension).filter(codes).count()]
}
