//! From values to rows of one chunk: roaring bitmaps.

use std::cmp::Ordering;

use roaring::{MultiOps, RoaringBitmap};

use super::schema::ALL;
use crate::message::message;
use crate::model::distinct;
use crate::{Error, ErrorKind, Result};

/// Rows by value, by margin, and by codes and centre.
#[derive(Debug)]
pub(crate) struct Index {
    /// For each partition, for each value that a row has, the rows that have it.
    values: Vec<RowsOf>,
    /// For each margin (bit `p`: partition `p` is crossed), its rows.
    margins: RowsOf,
    /// Where each run of equal codes begins.
    runs: Vec<([u32; 2], u32)>,
    rows: u32,
}

/// Rows by something that each may have: only what some row has, however much there is that it could have.
#[derive(Debug)]
struct RowsOf {
    /// Ascending.
    keys: Vec<u64>,
    rows: Vec<RoaringBitmap>,
}

impl RowsOf {
    fn new(of: &[Option<u64>]) -> Self {
        let keys = distinct(of.iter().copied().flatten().collect());
        let mut rows = vec![RoaringBitmap::new(); keys.len()];
        for (row, key) in (0..).zip(of) {
            if let Some(at) = key.and_then(|key| keys.binary_search(&key).ok()) {
                rows[at].insert(row);
            }
        }
        Self { keys, rows }
    }

    fn get(&self, key: u64) -> Option<&RoaringBitmap> {
        self.keys.binary_search(&key).ok().map(|at| &self.rows[at])
    }
}

impl Index {
    /// Indexes rows that are sorted by codes, then by centre.
    pub(crate) fn new(codes: &[Vec<u32>], centre: &[u32], partitions: &[Vec<u32>]) -> Result<Self> {
        let rows = centre.len();
        let mut margins = Vec::with_capacity(rows);
        let mut runs: Vec<([u32; 2], u32)> = Vec::new();
        for row in 0..rows {
            let mut combination = [0; 2];
            for (slot, column) in combination.iter_mut().zip(codes) {
                *slot = column[row];
            }
            if row > 0 && compare_rows(codes, centre, partitions, row - 1, row) != Ordering::Less {
                return Err(Error::new(ErrorKind::InvalidRelease, message!("release.unsorted_rows")));
            }
            if runs.last().is_none_or(|run| run.0 != combination) {
                runs.push((combination, row as u32));
            }
            let mut margin = 0;
            for (p, column) in partitions.iter().enumerate() {
                if column[row] != ALL {
                    margin |= 1 << p;
                }
            }
            margins.push(Some(margin));
        }
        let of = |column: &Vec<u32>| {
            RowsOf::new(&column.iter().map(|&value| (value != ALL).then_some(value.into())).collect::<Vec<Option<u64>>>())
        };
        Ok(Self { values: partitions.iter().map(of).collect(), margins: RowsOf::new(&margins), runs, rows: rows as u32 })
    }

    /// The rows of one combination of codes.
    pub(crate) fn run(&self, combination: [u32; 2]) -> std::ops::Range<u32> {
        match self.runs.binary_search_by_key(&combination, |run| run.0) {
            Ok(at) => self.runs[at].1..self.runs.get(at + 1).map_or(self.rows, |next| next.1),
            Err(_) => 0..0,
        }
    }

    /// The rows of a margin (bit `p`: partition `p` is crossed), if it has any.
    pub(crate) fn margin(&self, margin: u64) -> Option<&RoaringBitmap> {
        self.margins.get(margin)
    }

    /// The rows of a margin whose values lie in the given sets, one for each partition; `None`: any value.
    pub(crate) fn select(&self, margin: u64, sets: &[Option<Vec<u32>>]) -> RoaringBitmap {
        let mut rows = self.margin(margin).cloned().unwrap_or_default();
        for (values, set) in self.values.iter().zip(sets) {
            if let Some(set) = set {
                rows &= set.iter().filter_map(|&value| values.get(value.into())).union();
            }
        }
        rows
    }
}

/// The order of rows: by codes, centre, partition values, "all" first.
fn compare_rows(codes: &[Vec<u32>], centre: &[u32], partitions: &[Vec<u32>], a: usize, b: usize) -> Ordering {
    let codes = codes.iter().map(|column| column[a].cmp(&column[b]));
    // `ALL` is the greatest number; one more wraps it to the front.
    let partitions = partitions.iter().map(|column| column[a].wrapping_add(1).cmp(&column[b].wrapping_add(1)));
    codes.chain([centre[a].cmp(&centre[b])]).chain(partitions).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
