//! Protected tables in memory: what protection and import produce, and the writer writes.

use ninzu_engine::Interval;

/// One published cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The codes, one for each of the table's dimensions; the rest is 0.
    pub codes: [u32; 2],
    /// The centre's position in the population's list.
    pub centre: u32,
    /// The cell's number in the table's `MarginLayout` over all partitions.
    pub cell: u32,
    /// The published interval; without an upper bound in imports only.
    pub interval: Interval,
}

/// Which codes, or pairs of codes, a table declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredCodes {
    /// Every code of the dictionary (of the codes named in the release).
    Dictionary,
    /// These; a pair of a dimension with itself once, in dictionary order.
    List(Vec<[u32; 2]>),
}

/// A protected table: base (no codes), one code dimension, or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The codes dimensions, as ids of the population's dimensions, ascending; none for the base table.
    pub codes: Vec<usize>,
    /// How many partitions its margins cross at most.
    pub order: usize,
    /// What was counted, listed or not.
    pub declared: DeclaredCodes,
    /// What a declared cell without a row means; `None`: nothing is known (imports).
    pub unlisted: Option<Interval>,
    /// The listed cells, in any order.
    pub rows: Vec<Row>,
}
