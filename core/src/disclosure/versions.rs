//! A block of two releases at once: whoever was counted in the earlier one is counted in the later one, and some came.

use ninzu_engine::system::Sum;

use super::system::{Difference, Row, Shape};

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
        let later_differences = self.differences.iter().map(|d| Difference { sum: both(&d.sum), ..d.clone() });
        let earlier_differences =
            self.differences.iter().map(|d| Difference { of: d.of + rows, without: d.without + rows, sum: d.sum.clone() });
        Self {
            block: self.block.clone(),
            unknowns: 2 * self.unknowns,
            rows: later.chain(earlier).collect(),
            laws: self.laws.iter().cloned().chain(self.laws.iter().map(both)).collect(),
            differences: later_differences.chain(earlier_differences).collect(),
            is_joint: true,
        }
    }
}
