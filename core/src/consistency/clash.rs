//! Cells that cannot all be true, in words.

use ninzu_engine::message::Argument;
use ninzu_engine::{Error, ErrorKind, Interval, Message};

use crate::Published;
use crate::catalogue::{listed, message};

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
    pub fn message(&self, published: &Published) -> Message {
        let cell =
            |(place, known): &(CellPlace, Interval)| message!("clash.cell", cell = place.name(published), count = counts(*known));
        match self {
            Self::Sum { total, over, sum, .. } => {
                let partitions: Vec<usize> = published.dimensions.partitions().collect();
                let over = over.iter().map(|&p| published.dimensions.get(partitions[p]).name.as_str().into());
                let over = over.reduce(|first: Argument, then| message!("list.and", first = first, then = then).into());
                let over = over.unwrap_or_else(|| "".into());
                message!("clash.sum", total = cell(total), partitions = over, sum = counts(*sum))
            }
            Self::Inside { inner, outer } => message!("clash.inside", inner = cell(inner), outer = cell(outer)),
            Self::Together(cells) => message!("clash.together", cells = listed(cells.iter().take(MOST_SAID).map(cell))),
        }
    }

    /// The error of a release whose cells exclude each other.
    pub fn error(&self, published: &Published) -> Error {
        Error::new(ErrorKind::Contradiction, self.message(published)).with_hint(message!("hint.tell_publisher"))
    }
}

/// How many people an interval speaks of.
pub(crate) fn counts(interval: Interval) -> Argument {
    match interval.upper() {
        Some(_) => interval.to_string().into(),
        None => message!("count.or_more", least = interval.lower()).into(),
    }
}
