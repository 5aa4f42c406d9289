//! Parents with many children: whether one child, when all others are as large as they may be, must have people.

use super::cell_intervals::{CellId, Code};
use super::system::Rules;
use super::violation::{Breach, ProvedGroup, Violation};

/// A parent with more children than a program takes, at one centre: checked cell by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LargeAggregation {
    pub(crate) parent: Code,
    pub(crate) children: Vec<Code>,
    pub(crate) centre: usize,
}

/// A child whose siblings cannot fill their parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shortfall {
    aggregation: LargeAggregation,
    /// The child's cell.
    child: CellId,
    pub(crate) cell: usize,
    /// How many people the siblings lack.
    pub(crate) gap: u64,
    /// The parent's cell.
    pub(crate) parent: CellId,
    /// The siblings' cells.
    pub(crate) siblings: Vec<CellId>,
}

/// Every child and cell where the parent's lower bound passes the sum of the other children's upper bounds.
pub(crate) fn shortfalls(
    rules: Rules<'_>,
    aggregation: &LargeAggregation,
    threshold: u32,
    bounds: &dyn Fn(CellId) -> (u32, u32),
) -> Vec<Shortfall> {
    let (intervals, declared) = (rules.intervals, rules.declared);
    let Some((table, parent)) = intervals.counting(&[aggregation.parent]) else { return Vec::new() };
    let table = &intervals.tables[table];
    let mut found = Vec::new();
    for cell in 0..table.layout.len() {
        let values = table.layout.values(cell);
        if !declared.is_cell(rules.dimensions, &[aggregation.parent], &values) {
            continue;
        }
        let cells = aggregation.children.iter().enumerate().filter_map(|(i, &child)| {
            let is_cell = declared.is_cell(rules.dimensions, &[child], &values);
            is_cell
                .then(|| table.position([child.1, 0]).map(|combination| (i, table.id(combination, aggregation.centre, cell))))
                .flatten()
        });
        let cells: Vec<(usize, CellId)> = cells.collect();
        let all: u64 = cells.iter().map(|&(_, id)| u64::from(bounds(id).1)).sum();
        // Nobody is in those that facts deny.
        let most = |id: CellId| if rules.is_denied(id) { 0 } else { u64::from(bounds(id).1) };
        let supported: u64 = cells.iter().map(|&(_, id)| most(id)).sum();
        let parent = table.id(parent, aggregation.centre, cell);
        let least = u64::from(bounds(parent).0);
        for &(child, id) in &cells {
            let lo = bounds(id).0;
            let others = supported - most(id);
            // All children together must be able to fill the parent: if not, it visibly is not filled by them.
            if lo < threshold && least > others && least <= all {
                let siblings = cells.iter().filter(|&&(other, _)| other != child).map(|&(_, id)| id).collect();
                found.push(Shortfall {
                    aggregation: aggregation.clone(),
                    child: id,
                    cell,
                    gap: least - others,
                    parent,
                    siblings,
                });
            }
        }
    }
    found
}

impl Shortfall {
    /// As a violation.
    pub(crate) fn violation(&self, rules: Rules<'_>) -> Violation {
        let intervals = rules.intervals;
        let published = |&id: &CellId| (intervals.cell(id, None), intervals.bounds(id));
        Violation {
            group: ProvedGroup::Cell(intervals.cell(self.child, None)),
            proof: Breach::Existence,
            codes: vec![self.aggregation.parent],
            centre: self.aggregation.centre,
            facts: Vec::new(),
            witness: [self.parent].iter().chain(&self.siblings).map(published).collect(),
        }
    }
}
