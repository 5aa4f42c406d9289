//! How many decoys a reader undoes by tightening bounds: the steward's to know.

use std::collections::BTreeMap;

use ninzu_engine::bounds::{Program, Solver};
use ninzu_engine::model::Policy;
use ninzu_engine::{Interval, Result};
use rayon::prelude::*;
use serde::Serialize;

use super::cell_intervals::CellIntervals;
use super::system::{Knowledge, Rules, Subproblem, SubproblemKind, SubproblemSystem};
use crate::{Published, Row};

/// Decoys of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Decoys {
    /// Cells that a decoy changed.
    pub cells: u64,
    /// Of these, those whose bounds in the subproblem of their codes are no wider than without the decoy.
    pub undone: u64,
    /// The share of them.
    pub share: f64,
}

/// For each table, how many decoys are undone by bounds of the cell's own subproblem. `decoys` are, for each table, the cells that
/// decoys changed, as they were.
pub fn undone_decoys(published: &Published, policy: &Policy, decoys: &[Vec<Row>]) -> Result<BTreeMap<String, Decoys>> {
    let declared = published.declared()?;
    let intervals = CellIntervals::new(published, policy);
    let dimensions = &published.dimensions;
    let knowledge = Knowledge::new(dimensions, &declared, &intervals, &[]);
    let rules = Rules { dimensions, declared: &declared, intervals: &intervals, earlier: &[], knowledge: &knowledge };
    let mut found = BTreeMap::new();
    for (table, rows) in published.tables.iter().zip(decoys) {
        let mut by_codes: BTreeMap<([u32; 2], u32), Vec<&Row>> = BTreeMap::new();
        for row in rows {
            by_codes.entry((row.codes, row.centre)).or_default().push(row);
        }
        let by_codes: Vec<_> = by_codes.into_iter().collect();
        let undone = by_codes.par_iter().map(|((codes, centre), rows)| {
            let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(*codes).collect();
            undone_in_subproblem(rules, &codes, *centre as usize, rows)
        });
        let (cells, undone) = (rows.len() as u64, undone.sum::<u64>());
        let share = if cells == 0 { 0.0 } else { undone as f64 / cells as f64 };
        found.insert(table.name(&published.dimensions), Decoys { cells, undone, share });
    }
    Ok(found)
}

fn undone_in_subproblem(rules: Rules<'_>, codes: &[(usize, u32)], centre: usize, rows: &[&Row]) -> u64 {
    let system = SubproblemSystem::new(rules, Subproblem { kind: SubproblemKind::Pair, codes: codes.to_vec() });
    let mut program = Program::new(system.variables);
    for cell in &system.cells {
        let interval = rules.intervals.get(cell.id(rules.intervals, centre));
        if program.constrain(cell.members.iter().copied(), interval).is_err() {
            return 0;
        }
    }
    let mut solver = Solver::new(program);
    let all = (1_u32 << codes.len()) - 1;
    let is_undone = |row: &&&Row| {
        let Some(cell) = system.cells.iter().find(|cell| cell.has == all && cell.number == row.cell as usize) else {
            return false;
        };
        let mut objective = vec![0; system.variables];
        cell.members.iter().for_each(|&u| objective[u as usize] = 1);
        let was: Interval = row.interval;
        solver.bounds(&objective).is_ok_and(|bounds| was.hull(bounds.interval) == was)
    };
    rows.iter().filter(is_undone).count() as u64
}
