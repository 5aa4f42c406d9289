//! The values of one column of a long table, and the rows that differ in it only.

use std::cmp::Ordering;

use ninzu_engine::Interval;
use ninzu_engine::message::Argument;
use ninzu_engine::model::Kind;

use super::labels::{Word, word};
use super::read::{ALL, LongTable};
use crate::catalogue::message;

/// A column of values: a dimension, or the centres.
pub(super) struct Column<'a> {
    pub(super) cells: &'a LongTable,
    /// The dimension; `None`: the centres.
    pub(super) dimension: Option<usize>,
    /// What its values are called in messages.
    pub(super) what: Argument,
    pub(super) names: Vec<&'a str>,
    /// Which values have rows.
    pub(super) present: Vec<bool>,
    /// Rows that differ in this column only: each value with its row.
    pub(super) contexts: Vec<Vec<(u32, usize)>>,
    pub(super) suppressed: Option<Interval>,
}

impl<'a> Column<'a> {
    pub(super) fn new(cells: &'a LongTable, dimension: Option<usize>, suppressed: Option<Interval>) -> Self {
        let (what, names) = match dimension {
            Some(d) => {
                let dimension = cells.dimensions.get(d);
                (Argument::from(&dimension.name), dimension.dictionary.names().collect::<Vec<_>>())
            }
            None => (message!("import.the_centres").into(), cells.centres.iter().map(|(name, _)| name.as_str()).collect()),
        };
        let value = |row: usize| dimension.map_or(cells.rows[row].centre, |d| cells.values(row)[d]);
        let around = |a: usize, b: usize| -> Ordering {
            let of = |row: usize| {
                let values = cells.values(row).iter().enumerate().filter(|(d, _)| Some(*d) != dimension).map(|(_, value)| *value);
                dimension.map(|_| cells.rows[row].centre).into_iter().chain(values)
            };
            of(a).cmp(of(b))
        };
        let mut order: Vec<usize> = (0..cells.rows.len()).filter(|&row| value(row) != ALL).collect();
        // Stable: inside a context the rows keep the order of the file.
        order.sort_by(|&a, &b| around(a, b));
        let mut present = vec![false; names.len()];
        for &row in &order {
            present[value(row) as usize] = true;
        }
        let contexts =
            order.chunk_by(|&a, &b| around(a, b).is_eq()).map(|rows| rows.iter().map(|&row| (value(row), row)).collect());
        Self { cells, dimension, what, contexts: contexts.collect(), names, present, suppressed }
    }

    /// The number of a row's value, or [`ALL`].
    pub(super) fn value(&self, row: usize) -> u32 {
        self.dimension.map_or(self.cells.rows[row].centre, |d| self.cells.values(row)[d])
    }

    /// For each value, whether it stands beside no other; a column of one value has none such.
    pub(super) fn alone(&self) -> Vec<bool> {
        let is_one = self.present.iter().filter(|present| **present).count() < 2;
        let mut alone: Vec<bool> = self.present.iter().map(|&present| present && !is_one).collect();
        for context in self.contexts.iter().filter(|context| context.len() > 1) {
            for &(value, _) in context {
                alone[value as usize] = false;
            }
        }
        alone
    }

    pub(super) fn kind(&self) -> Kind {
        self.dimension.map_or(Kind::Partition, |d| self.cells.dimensions.get(d).kind)
    }

    pub(super) fn present_values(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.names.len() as u32).filter(|&value| self.present[value as usize])
    }

    pub(super) fn interval(&self, row: usize) -> Interval {
        self.cells.rows[row].interval
    }

    pub(super) fn word(&self, value: u32) -> Word {
        word(self.names[value as usize])
    }
}
