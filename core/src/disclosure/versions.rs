//! A subproblem over two releases at once: whoever was counted in the earlier one is counted in the later one, and some came.

use ninzu_engine::system::Sum;

use super::system::{SubproblemCell, SubproblemSystem};

impl SubproblemSystem {
    /// The system over both releases: each variable of the earlier one, and how many people came since.
    ///
    /// Cells of the later release count both. Cells of either are targets.
    pub(crate) fn with_earlier(&self) -> Self {
        let (n, cells, differences) = (self.variables as u32, self.cells.len(), self.differences.len());
        let both = |sum: &Sum| -> Sum { sum.iter().flat_map(|&(u, a)| [(u, a), (u + n, a)]).collect() };
        let later = self.cells.iter().map(|cell| {
            let members = cell.members.iter().flat_map(|&u| [u, u + n]).collect();
            SubproblemCell { members, ..cell.clone() }
        });
        let earlier = self.cells.iter().map(|cell| SubproblemCell { is_earlier: true, ..cell.clone() });
        let later_differences = self.differences.iter().map(|difference| difference.moved(0, 0, both));
        let earlier_differences = self.differences.iter().map(|difference| difference.moved(cells, differences, Sum::clone));
        Self {
            subproblem: self.subproblem.clone(),
            variables: 2 * self.variables,
            // Whoever came is apart from whoever was there.
            places: self.places.iter().copied().chain(self.places.iter().map(|&(stratum, codes)| (!stratum, codes))).collect(),
            cells: later.chain(earlier).collect(),
            inequalities: self.inequalities.iter().cloned().chain(self.inequalities.iter().map(both)).collect(),
            differences: later_differences.chain(earlier_differences).collect(),
            is_joint: true,
        }
    }
}
