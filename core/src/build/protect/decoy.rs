//! Decoys: how many buckets a cell is widened by although nothing forces it, drawn from the steward's key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::build::key::Key;

/// What a draw is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DrawKind {
    /// The lower bound of a published cell.
    Lower,
    /// The upper bound of a published cell.
    Upper,
    /// Publication of a suppressed cell.
    Suppressed,
}

/// Labels (dimension, value) in the order of their names.
#[derive(Debug, Clone)]
pub(super) struct CellLabels<'a>(Vec<(&'a str, &'a str)>);

impl<'a> FromIterator<(&'a str, &'a str)> for CellLabels<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(labels: I) -> Self {
        let mut labels: Vec<_> = labels.into_iter().collect();
        labels.sort_unstable();
        Self(labels)
    }
}

/// Draws, by HMAC-SHA256 under the key, of cells named by labels: neither ids nor counts play a part.
///
/// A message is three lists of labels (dimension, value) and the side: the centre, the codes, the partitions' values, where
/// "all" is no label. A list is its length, then its labels in the order of their names, every name after its length. So
/// no two cells of a release have the same message, and the order of dimensions or dictionaries does not matter.
#[derive(Clone)]
pub(super) struct Draw(Hmac<Sha256>);

impl fmt::Debug for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Draw(..)")
    }
}

impl Draw {
    /// Draws under a key.
    pub(super) fn new(key: &Key) -> Self {
        // HMAC fills a key up to its block with zeros.
        let mut block = [0; 64];
        block[..key.bytes().len()].copy_from_slice(key.bytes());
        let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
        mac.update(b"ninzu decoy 1\0");
        Self(mac)
    }

    /// The same, for cells with one more list of labels.
    pub(super) fn with(&self, labels: &CellLabels<'_>) -> Self {
        let labels = &labels.0;
        let mut mac = self.0.clone();
        mac.update(&(labels.len() as u64).to_le_bytes());
        for text in labels.iter().flat_map(|&(dimension, value)| [dimension, value]) {
            mac.update(&(text.len() as u64).to_le_bytes());
            mac.update(text.as_bytes());
        }
        Self(mac)
    }

    /// How many buckets to widen by on a side.
    pub(super) fn buckets(&self, side: DrawKind, rate: &Rate) -> u64 {
        let mut mac = self.0.clone();
        mac.update(match side {
            DrawKind::Lower => b"lower",
            DrawKind::Upper => b"upper",
            DrawKind::Suppressed => b"unlisted",
        });
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(mac.finalize().into_bytes());
        rate.buckets(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// A decoy rate r as integers: `thresholds[s - 1]` is r^s of 2^64, rounded down.
#[derive(Debug, Clone)]
pub(super) struct Rate {
    thresholds: Vec<u64>,
}

impl Rate {
    /// No draw widens by more buckets than this.
    const MOST: usize = 64;

    /// A rate from (0, 0.5].
    pub(super) fn new(rate: f64) -> Self {
        // Scaling by a power of two is exact, and so is the floor.
        let first = (rate * 2_f64.powi(64)).floor() as u64;
        let power = |&last: &u64| Some(((u128::from(last) * u128::from(first)) >> 64) as u64).filter(|&next| next > 0);
        Self { thresholds: std::iter::successors(Some(first), power).take(Self::MOST).collect() }
    }

    /// The greatest s with `uniform < r^s`: at least s with probability r^s.
    pub(super) fn buckets(&self, uniform: u64) -> u64 {
        self.thresholds.partition_point(|&threshold| uniform < threshold) as u64
    }
}

#[cfg(test)]
mod tests;
