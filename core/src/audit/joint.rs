//! A block of two releases at once: whoever was counted in the earlier one is counted in the later one, and some came.

use super::moves::Moves;
use super::shape::{Difference, Row, Shape, Sum};

impl Shape {
    /// The block over both releases: each unknown of the earlier one, and how many people came since.
    ///
    /// Cells of the later release count both. Cells of either are targets.
    pub(crate) fn with_earlier(&self) -> Self {
        let (n, rows) = (self.unknowns as u32, self.rows.len());
        let both = |sum: &Sum| -> Sum { sum.iter().flat_map(|&(u, a)| [(u, a), (u + n, a)]).collect() };
        let later = self.rows.iter().map(|row| {
            let members = row.members.iter().flat_map(|&u| [u, u + n]).collect();
            Row { members, ..row.clone() }
        });
        let earlier = self.rows.iter().map(|row| Row { is_earlier: true, ..row.clone() });
        let rows_of_both: Vec<Row> = later.chain(earlier).collect();
        let laws: Vec<Sum> = self.laws.iter().cloned().chain(self.laws.iter().map(both)).collect();
        let later = self.differences.iter().map(|d| Difference { sum: both(&d.sum), ..d.clone() });
        let earlier =
            self.differences.iter().map(|d| Difference { of: d.of + rows, without: d.without + rows, sum: d.sum.clone() });
        let came = self.people.iter().map(|stratum| stratum.iter().map(|&(u, pattern)| (u + n, pattern)).collect());
        let people: Vec<Vec<(u32, u32)>> = self.people.iter().cloned().chain(came).collect();
        let mut by_size: Vec<usize> = (0..rows_of_both.len()).collect();
        by_size.sort_by_key(|&row| rows_of_both[row].members.len());
        Self {
            block: self.block.clone(),
            unknowns: 2 * self.unknowns,
            moves: Moves::new(&people, 2 * self.unknowns, &rows_of_both, &laws),
            differences: later.chain(earlier).collect(),
            stratum: self.stratum.repeat(2),
            rows: rows_of_both,
            laws,
            people,
            by_size,
            is_joint: true,
        }
    }
}
