//! Cells that cannot all be true, in words.

use ninzu_engine::{Error, ErrorKind, Interval};

use crate::Published;

/// A message names so many cells.
const MOST_SAID: usize = 8;

/// A cell of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellPlace {
    /// The table, as its position.
    pub table: usize,
    /// The codes, as a [`crate::Row`] has them.
    pub codes: [u32; 2],
    /// The centre's position.
    pub centre: usize,
    /// The value of each partition, `None` meaning "all".
    pub values: Vec<Option<u32>>,
}

/// Cells that cannot all be true.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clash {
    /// A count that is not what its parts add up to.
    Sum {
        /// The count's cell, and what is known of it.
        total: (CellPlace, Interval),
        /// The partitions that the parts are counted by, as positions.
        over: Vec<usize>,
        /// What the parts add up to.
        sum: Interval,
        /// The parts.
        parts: Vec<CellPlace>,
    },
    /// A group larger than one that holds it.
    Inside {
        /// The group, and what is known of it.
        inner: (CellPlace, Interval),
        /// The group around it.
        outer: (CellPlace, Interval),
    },
    /// Cells that exclude each other, though each sum alone could hold.
    Together(Vec<(CellPlace, Interval)>),
}

impl CellPlace {
    /// The cell in words.
    pub fn name(&self, published: &Published) -> String {
        let codes: Vec<(usize, u32)> = published.tables[self.table].codes.iter().copied().zip(self.codes).collect();
        published.name_cell(&codes, self.centre, &self.values)
    }
}

impl Clash {
    /// The cells that it is about, those that it is said of first.
    pub fn places(&self) -> Vec<&CellPlace> {
        match self {
            Self::Sum { total, parts, .. } => [&total.0].into_iter().chain(parts).collect(),
            Self::Inside { inner, outer } => vec![&inner.0, &outer.0],
            Self::Together(cells) => cells.iter().map(|(place, _)| place).collect(),
        }
    }

    /// What is wrong, in a sentence.
    pub fn message(&self, published: &Published) -> String {
        let said = |(place, known): &(CellPlace, Interval)| format!("{}: {known}", place.name(published));
        match self {
            Self::Sum { total, over, sum, .. } => {
                let partitions: Vec<usize> = published.dimensions.partitions().collect();
                let over: Vec<&str> = over.iter().map(|&p| published.dimensions.get(partitions[p]).name.as_str()).collect();
                format!("with all that the other cells say, {}, but by {} it adds up to {sum}", said(total), over.join(" and "))
            }
            Self::Inside { inner, outer } => {
                format!(
                    "with all that the other cells say, {}, more than in a group that holds these people: {}",
                    said(inner),
                    said(outer)
                )
            }
            Self::Together(cells) => {
                let all: Vec<String> = cells.iter().take(MOST_SAID).map(said).collect();
                format!("no people can have all of these counts: {}", all.join("; "))
            }
        }
    }

    /// The error of a release whose cells exclude each other.
    pub fn error(&self, published: &Published) -> Error {
        Error::new(ErrorKind::Contradiction, self.message(published))
            .with_hint("the release is wrong: tell its publisher; an imported table may need another rule for its markers")
    }
}
