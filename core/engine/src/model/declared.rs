//! Which cells a release declares: counted whether listed or not. Anybody can enumerate them from the manifest.

use std::collections::BTreeMap;

use super::size;
use crate::message::message;
use crate::model::{Dimensions, Kind};
use crate::text::word;
use crate::{Error, ErrorKind, Result, limits};

/// A combination that nobody can have, such as male and pregnant: dimension name to value.
pub type StructuralZero = BTreeMap<String, String>;

/// The rules by which cells are declared.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Dimension ids of the partitions, in order.
    partitions: Vec<usize>,
    /// Which of them is the life stage.
    life_stage: Option<usize>,
    zeros: Vec<Zero>,
}

#[derive(Debug, Clone)]
struct Zero {
    /// Position among the partitions, value.
    values: Vec<(usize, u32)>,
    /// Dimension, code.
    codes: Vec<(usize, u32)>,
}

impl Declared {
    /// The rules for these dimensions and structural zeros.
    pub fn new(dimensions: &Dimensions, zeros: &[StructuralZero]) -> Result<Self> {
        let partitions: Vec<usize> = dimensions.partitions().collect();
        let life_stage = dimensions.life_stage().and_then(|d| partitions.iter().position(|&p| p == d));
        size::within(&|| message!("amount.zeros"), zeros.len() as u64, limits::ZEROS as u64)?;
        let zeros = zeros.iter().map(|zero| Zero::resolve(zero, dimensions, &partitions)).collect::<Result<_>>()?;
        Ok(Self { partitions, life_stage, zeros })
    }

    /// The dimension ids of the partitions, in order: the meaning of positions in `values`.
    pub fn partitions(&self) -> &[usize] {
        &self.partitions
    }

    /// Which partition is the life stage, as a position in `values`.
    pub fn life_stage(&self) -> Option<usize> {
        self.life_stage
    }

    /// Whether two codes may stand in one pair: not one code or a code and its ancestor, and no root `*` with a code of
    /// its own dimension (which is its ancestor).
    pub fn is_pair(dimensions: &Dimensions, a: (usize, u32), b: (usize, u32)) -> bool {
        let dictionary = &dimensions.get(a.0).dictionary;
        a.0 != b.0 || !(dictionary.is_within(a.1, b.1) || dictionary.is_within(b.1, a.1))
    }

    /// Whether a cell is declared: some codes `(dimension, code)` and a value or "all" for each partition.
    ///
    /// Left out are structural zeros, `CODE@stage` at the first life stage (it equals CODE) and an onset later than the
    /// life stage (impossible).
    pub fn is_cell(&self, dimensions: &Dimensions, codes: &[(usize, u32)], values: &[Option<u32>]) -> bool {
        if let Some(stage) = self.life_stage.and_then(|p| values[p])
            && codes.iter().any(|&(d, code)| {
                dimensions
                    .get(d)
                    .dictionary
                    .onset(code)
                    .is_some_and(|onset| stage == 0 || self.is_late(dimensions, onset.stage, stage))
            })
        {
            return false;
        }
        !self.is_zero(dimensions, codes, values)
    }

    /// Whether nobody can have these codes and values, by the declared structural zeros.
    pub fn is_zero(&self, dimensions: &Dimensions, codes: &[(usize, u32)], values: &[Option<u32>]) -> bool {
        self.zeros
            .iter()
            .any(|zero| zero.values.iter().all(|&(p, value)| values[p] == Some(value)) && zero.has_codes(dimensions, codes))
    }

    /// Whether nobody can have these codes and values: a structural zero, or an onset later than the life stage.
    pub fn is_impossible(&self, dimensions: &Dimensions, codes: &[(usize, u32)], values: &[Option<u32>]) -> bool {
        let is_late = |&(d, code): &(usize, u32)| {
            let onset = dimensions.get(d).dictionary.onset(code);
            let stage = self.life_stage.and_then(|p| values[p]);
            onset.zip(stage).is_some_and(|(onset, stage)| self.is_late(dimensions, onset.stage, stage))
        };
        self.is_zero(dimensions, codes, values) || codes.iter().any(is_late)
    }

    /// Whether a person with these values can have exactly the codes of a pattern (bit `i`: `codes[i]`) and no other of `codes`.
    ///
    /// A code is inside its ancestors, has one onset, is not first recorded before its ancestors are, and nothing is impossible.
    pub fn is_possible(&self, dimensions: &Dimensions, codes: &[(usize, u32)], pattern: u32, values: &[Option<u32>]) -> bool {
        let has = |i: usize| pattern & (1 << i) != 0;
        let present: Vec<(usize, u32)> = (0..codes.len()).filter(|&i| has(i)).map(|i| codes[i]).collect();
        for (i, &(d, code)) in codes.iter().enumerate().filter(|&(i, _)| has(i)) {
            let dictionary = &dimensions.get(d).dictionary;
            for (j, &(e, other)) in codes.iter().enumerate() {
                if d != e || i == j {
                    continue;
                }
                if !has(j) && dictionary.is_within(code, other) {
                    return false;
                }
                if let (true, Some(a), Some(b)) = (has(j), dictionary.onset(code), dictionary.onset(other)) {
                    let before_ancestor = dictionary.is_within(a.code, b.code) && self.is_late(dimensions, b.stage, a.stage);
                    if (a.code == b.code && a.stage != b.stage) || before_ancestor {
                        return false;
                    }
                }
            }
        }
        !self.is_impossible(dimensions, &present, values)
    }

    /// Whether any structural zero is declared.
    pub fn has_zeros(&self) -> bool {
        !self.zeros.is_empty()
    }

    /// How many are.
    pub(crate) fn zeros(&self) -> usize {
        self.zeros.len()
    }

    /// The structural zeros that may concern cells of these codes: those whose codes they have.
    pub fn zeros_of(&self, dimensions: &Dimensions, codes: &[(usize, u32)]) -> Vec<usize> {
        (0..self.zeros.len()).filter(|&z| self.zeros[z].has_codes(dimensions, codes)).collect()
    }

    /// Whether an onset stage comes after a life stage; `unknown` stages come neither before nor after.
    pub fn is_late(&self, dimensions: &Dimensions, onset: u32, stage: u32) -> bool {
        let Some(p) = self.life_stage else { return false };
        let dictionary = &dimensions.get(self.partitions[p]).dictionary;
        let unknown = dictionary.id(UNKNOWN);
        onset > stage && Some(onset) != unknown && Some(stage) != unknown
    }
}

/// The explicit value of a partition for people whose value is missing.
pub const UNKNOWN: &str = "unknown";

impl Zero {
    fn has_codes(&self, dimensions: &Dimensions, codes: &[(usize, u32)]) -> bool {
        let is_within = |d: usize, code: u32, above: u32| dimensions.get(d).dictionary.is_within(code, above);
        self.codes.iter().all(|&(d, above)| codes.iter().any(|&(e, code)| d == e && is_within(d, code, above)))
    }

    fn resolve(zero: &StructuralZero, dimensions: &Dimensions, partitions: &[usize]) -> Result<Self> {
        let mut resolved = Self { values: Vec::new(), codes: Vec::new() };
        for (dimension, value) in zero {
            let missing = |message| Error::new(ErrorKind::UnknownName, message);
            let no_dimension = || missing(message!("spec.zero_dimension", dimension = word(dimension)));
            let d = dimensions.id(dimension).ok_or_else(no_dimension)?;
            let no_value = || missing(message!("spec.zero_value", dimension = dimension, value = word(value)));
            let id = dimensions.get(d).dictionary.id(value).ok_or_else(no_value)?;
            match dimensions.get(d).kind {
                Kind::Partition => resolved.values.extend(partitions.iter().position(|&p| p == d).map(|p| (p, id))),
                Kind::Codes => resolved.codes.push((d, id)),
            }
        }
        if resolved.values.is_empty() && resolved.codes.is_empty() {
            return Err(Error::new(ErrorKind::InvalidSpec, message!("spec.empty_zero")));
        }
        Ok(resolved)
    }
}
