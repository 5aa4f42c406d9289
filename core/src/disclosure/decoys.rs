//! How many decoys a reader undoes by tightening bounds: the steward's to know.

use std::collections::BTreeMap;

use ninzu_engine::bounds::{Program, Solver};
use ninzu_engine::{Interval, Policy, Result};
use rayon::prelude::*;
use serde::Serialize;

use super::cell_intervals::Ledger;
use super::system::{Block, Kind, Rules, Shape};
use crate::{Published, Row};

/// Decoys of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Decoys {
    /// Cells that a decoy changed.
    pub cells: u64,
    /// Of these, those whose bounds in the block of their codes are no wider than without the decoy.
    pub undone: u64,
    /// The share of them.
    pub share: f64,
}

/// For each table, how many decoys are undone by bounds of the cell's own block. `decoys` are, for each table, the cells that
/// decoys changed, as they were.
pub fn undone_decoys(published: &Published, policy: &Policy, decoys: &[Vec<Row>]) -> Result<BTreeMap<String, Decoys>> {
    let declared = published.declared()?;
    let ledger = Ledger::new(published, policy);
    let rules = Rules { dimensions: &published.dimensions, declared: &declared, ledger: &ledger, earlier: None };
    let mut found = BTreeMap::new();
    for (table, rows) in published.tables.iter().zip(decoys) {
        let mut blocks: BTreeMap<([u32; 2], u32), Vec<&Row>> = BTreeMap::new();
        for row in rows {
            blocks.entry((row.codes, row.centre)).or_default().push(row);
        }
        let blocks: Vec<_> = blocks.into_iter().collect();
        let undone = blocks.par_iter().map(|((codes, centre), rows)| {
            let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(*codes).collect();
            undone_in_block(rules, &codes, *centre as usize, rows)
        });
        let (cells, undone) = (rows.len() as u64, undone.sum::<u64>());
        let share = if cells == 0 { 0.0 } else { undone as f64 / cells as f64 };
        found.insert(table.name(&published.dimensions), Decoys { cells, undone, share });
    }
    Ok(found)
}

fn undone_in_block(rules: Rules<'_>, codes: &[(usize, u32)], centre: usize, rows: &[&Row]) -> u64 {
    let shape = Shape::new(rules, Block { kind: Kind::Pair, codes: codes.to_vec() });
    let mut program = Program::new(shape.unknowns);
    for row in &shape.rows {
        let interval = rules.ledger.get(row.id(rules.ledger, centre));
        if program.row(row.members.iter().copied(), interval).is_err() {
            return 0;
        }
    }
    let mut solver = Solver::new(program);
    let all = (1_u32 << codes.len()) - 1;
    let is_undone = |row: &&&Row| {
        let Some(place) = shape.rows.iter().find(|place| place.has == all && place.cell == row.cell as usize) else {
            return false;
        };
        let mut objective = vec![0; shape.unknowns];
        place.members.iter().for_each(|&u| objective[u as usize] = 1);
        let was: Interval = row.interval;
        solver.bounds(&objective).is_ok_and(|bounds| was.hull(bounds.interval) == was)
    };
    rows.iter().filter(is_undone).count() as u64
}
