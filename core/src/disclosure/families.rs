//! Parents with many children: whether one child, when all others are as large as they may be, must have people.

use super::cell_intervals::{CellId, Code};
use super::system::Rules;
use super::violation::{Breach, Violation};
use crate::Published;

/// A parent with more children than a program takes, at one centre: checked cell by cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LargeFamily {
    pub(crate) parent: Code,
    pub(crate) children: Vec<Code>,
    pub(crate) centre: usize,
}

/// A child whose siblings cannot fill their parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shortfall {
    family: LargeFamily,
    child: usize,
    pub(crate) cell: usize,
    /// How many people the siblings lack.
    pub(crate) gap: u64,
    /// The parent's cell.
    pub(crate) parent: CellId,
    /// The siblings' cells.
    pub(crate) siblings: Vec<CellId>,
}

/// Every child and cell where the parent's lower end passes the sum of the other children's upper ends.
pub(crate) fn shortfalls(
    rules: Rules<'_>,
    family: &LargeFamily,
    threshold: u32,
    ends: &dyn Fn(CellId) -> (u32, u32),
) -> Vec<Shortfall> {
    let (ledger, declared) = (rules.ledger, rules.declared);
    let Some((sheet, parent)) = ledger.counting(&[family.parent]) else { return Vec::new() };
    let sheet = &ledger.sheets[sheet];
    let mut found = Vec::new();
    for cell in 0..sheet.layout.len() {
        let values = sheet.layout.values(cell);
        if !declared.is_cell(rules.dimensions, &[family.parent], &values) {
            continue;
        }
        let cells = family.children.iter().enumerate().filter_map(|(i, &child)| {
            let is_cell = declared.is_cell(rules.dimensions, &[child], &values);
            is_cell.then(|| sheet.tuple([child.1, 0]).map(|tuple| (i, sheet.id(tuple, family.centre, cell)))).flatten()
        });
        let cells: Vec<(usize, CellId)> = cells.collect();
        let all: u64 = cells.iter().map(|&(_, id)| u64::from(ends(id).1)).sum();
        let parent = sheet.id(parent, family.centre, cell);
        let least = u64::from(ends(parent).0);
        for &(child, id) in &cells {
            let (lo, hi) = ends(id);
            let others = all - u64::from(hi);
            // All children together must be able to fill the parent: if not, it visibly is not filled by them.
            if lo < threshold && least > others && least <= all {
                let siblings = cells.iter().filter(|&&(other, _)| other != child).map(|&(_, id)| id).collect();
                found.push(Shortfall { family: family.clone(), child, cell, gap: least - others, parent, siblings });
            }
        }
    }
    found
}

impl Shortfall {
    /// As a violation.
    pub(crate) fn violation(&self, rules: Rules<'_>, published: &Published) -> Violation {
        let values = rules.ledger.sheets[0].layout.values(self.cell);
        let name = |code| published.name_cell(&[code], self.family.centre, &values);
        let (ledger, family) = (rules.ledger, &self.family);
        let others = family.children.iter().enumerate().filter(|&(i, _)| i != self.child).map(|(_, &code)| name(code));
        let siblings = others.zip(self.siblings.iter().map(|&id| ledger.get(id).to_string()));
        Violation {
            group: name(family.children[self.child]),
            proof: Breach::NotEmpty,
            block: published.name_cell(&[family.parent], family.centre, &[]),
            witness: [(name(family.parent), ledger.get(self.parent).to_string())].into_iter().chain(siblings).collect(),
        }
    }
}
