//! From counts to intervals: buckets, then decoys. The audit and repair come after.
//!
//! A count is used to find its bucket and is then forgotten: two populations with the same buckets get the same tables.

mod decoy;
mod table;

use std::collections::BTreeMap;

use ninzu_engine::model::{Declared, Policy, StructuralZero};
use ninzu_engine::{Error, ErrorKind, Interval, Result};
use rayon::prelude::*;

use super::count::{Counted, Counter};
use super::key::Key;
use super::margins::MarginPlan;
use crate::catalogue::message;
use crate::source::Population;
use crate::{DeclaredCodes, Progress, Row, Table};
use decoy::{Draw, DrawKind, Rate};
use table::{CellTable, LayoutCells};

/// Protected tables, and what only the steward may know about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The base table, one table for each codes dimension, then the pair tables; published cells only, sorted by codes, centre
    /// and cell.
    pub tables: Vec<Table>,
    /// For each table, the cells that decoys changed, with the intervals that they had: the steward's, no part of the release.
    pub decoys: Vec<Vec<Row>>,
    /// Totals for the steward's report: no part of the release.
    pub summary: ProtectSummary,
}

/// Totals for the steward's report: no part of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectSummary {
    /// Persons at centres.
    pub persons: u64,
    /// For each table, in their order, how many cells it declares.
    pub declared: Vec<u64>,
    /// For each table, in their order, how many of them are published, decoys included.
    pub published: Vec<u64>,
}

/// What one piece of counting lists.
#[derive(Default)]
struct Piece {
    rows: Vec<Row>,
    /// The rows that decoys changed, as they were.
    decoys: Vec<Row>,
}

/// What all tables are protected with.
struct Protection<'a> {
    population: &'a Population,
    declared: Declared,
    policy: &'a Policy,
    /// For each centre, the draws of its cells.
    draws: Vec<Draw>,
    published: Rate,
    suppressed: Rate,
}

/// Counts the plan's cells, buckets them and adds the decoys drawn from the key.
///
/// The result depends on the buckets of the declared cells, the policy, the key and names only: not on threads, nor on the
/// counts inside the buckets.
///
/// # Panics
/// If the plan was made for other dimensions than the population's.
pub fn protect_release(
    population: &Population,
    plan: &MarginPlan,
    policy: &Policy,
    zeros: &[StructuralZero],
    key: &Key,
    progress: &dyn Progress,
) -> Result<Protected> {
    if u32::try_from(population.len()).is_err() {
        return Err(Error::new(ErrorKind::InvalidSource, message!("build.persons")));
    }
    let dimensions = &population.dimensions;
    let draw = Draw::new(key);
    let draws = population.centres.iter().map(|centre| draw.with(&[("", centre.name.as_str())].into_iter().collect()));
    let protection = Protection {
        population,
        declared: Declared::new(dimensions, zeros)?,
        policy,
        draws: draws.collect(),
        published: Rate::new(policy.decoy().published),
        suppressed: Rate::new(policy.decoy().unlisted),
    };
    let codes: Vec<usize> = dimensions.with_codes().collect();
    let pair_tables = plan.pair_tables();
    progress.begin("count and protect", Some((1 + codes.len() + pair_tables.len()) as u64));
    let counter = Counter::new(population);
    let cells = LayoutCells::new(dimensions, plan.order());
    let mut base = CellTable::new(&protection.declared, dimensions, &cells, Vec::new(), vec![[0; 2]], population.centres.len());
    protection.publish(&mut base, &cells, |protect| counter.base(&cells.layout, Piece::default, protect));
    protection.list(&mut base, &cells, |_| Vec::new());
    progress.advance(1);
    let mut singles: BTreeMap<usize, CellTable> = BTreeMap::new();
    for &d in &codes {
        let combinations = (0..dimensions.get(d).dictionary.len() as u32).map(|code| [code, 0]).collect();
        let mut table = CellTable::new(&protection.declared, dimensions, &cells, vec![d], combinations, population.centres.len());
        protection.publish(&mut table, &cells, |protect| counter.singles(d, &cells.layout, Piece::default, protect));
        protection.list(&mut table, &cells, |_| vec![(&base, 0)]);
        singles.insert(d, table);
        progress.advance(1);
    }
    let cells = LayoutCells::new(dimensions, plan.pair_order());
    let mut pairs = Vec::new();
    for of in pair_tables {
        let totals = |d: usize| singles.get(&d).map_or(&[][..], |table| &table.rows);
        let combinations = plan.resolve(population, policy, of, totals)?;
        let mut table =
            CellTable::new(&protection.declared, dimensions, &cells, of.to_vec(), combinations.clone(), population.centres.len());
        protection
            .publish(&mut table, &cells, |protect| counter.pairs(of, &combinations, &cells.layout, Piece::default, protect));
        let above = |combination: usize| {
            (0..2).filter_map(|i| Some((singles.get(&of[i])?, combinations[combination][i] as usize))).collect()
        };
        protection.list(&mut table, &cells, above);
        pairs.push(table);
        progress.advance(1);
    }
    progress.end();
    let tables: Vec<CellTable> = [base].into_iter().chain(singles.into_values()).chain(pairs).collect();
    let collecting =
        |table: &CellTable| (0..population.centres.len()).filter(|&c| protection.collects(c, &table.of)).count() as u64;
    let summary = ProtectSummary {
        persons: population.len() as u64,
        declared: tables.iter().map(|table| table.declared_cells() * collecting(table)).collect(),
        published: tables.iter().map(|table| table.rows.len() as u64).collect(),
    };
    let decoys = tables.iter().map(|table| table.decoys.clone()).collect();
    let table = |mut table: CellTable| {
        table.rows.par_sort_unstable_by_key(|row| (row.codes, row.centre, row.cell));
        Table {
            order: if table.of.len() == 2 { plan.pair_order() } else { plan.order() },
            declared: match table.of.len() {
                1 => DeclaredCodes::Dictionary,
                _ => DeclaredCodes::List(table.combinations),
            },
            codes: table.of,
            suppressed: Some(policy.unlisted()),
            rows: table.rows,
        }
    };
    Ok(Protected { tables: tables.into_iter().map(table).collect(), decoys, summary })
}

impl Protection<'_> {
    /// Whether a centre collects all these dimensions.
    fn collects(&self, centre: usize, of: &[usize]) -> bool {
        of.iter().all(|d| self.population.centres[centre].collects.contains(d))
    }

    /// The draws of one combination's cells at one centre.
    fn draws(&self, of: &[usize], combination: [u32; 2], centre: usize) -> Draw {
        let label = |(&d, code)| {
            let dimension = self.population.dimensions.get(d);
            (dimension.name.as_str(), dimension.dictionary.name(code))
        };
        self.draws[centre].with(&of.iter().zip(combination).map(label).collect())
    }

    /// Whether a cell's row is what names its code: the total of a code of a dimension without a dictionary in the spec.
    ///
    /// Such a total is never published by a decoy, so that its lower bound must not pretend otherwise.
    fn names_a_code(&self, of: &[usize], cell: usize) -> bool {
        cell == 0 && of.len() == 1 && !self.population.named_by_spec[of[0]]
    }

    /// Lists the declared cells that reach the threshold.
    fn publish(
        &self,
        table: &mut CellTable,
        cells: &LayoutCells<'_>,
        count: impl FnOnce(&(dyn Fn(&mut Piece, Counted<'_>) + Sync)) -> Vec<Piece>,
    ) {
        let known: &CellTable = table;
        let protect = |piece: &mut Piece, counted: Counted<'_>| {
            let Counted { combination, centre, cells: counts } = counted;
            // Every other cell is a part of the total.
            if counts[0] < self.policy.threshold() || !self.collects(centre, &known.of) {
                return;
            }
            let codes = known.combinations[combination];
            let draws = self.draws(&known.of, codes, centre);
            for (cell, &count) in counts.iter().enumerate() {
                if let Some(bucket) = self.policy.bucket(u64::from(count))
                    && known.is_declared(combination, cell)
                {
                    let floor = if self.names_a_code(&known.of, cell) { u64::from(self.policy.threshold()) } else { 0 };
                    let interval = self.widen(bucket, floor, &draws.with(&cells.labels[cell]));
                    let row = Row { codes, centre: centre as u32, cell: cell as u32, interval };
                    piece.rows.push(row);
                    piece.decoys.extend((interval != bucket).then_some(Row { interval: bucket, ..row }));
                }
            }
        };
        for piece in count(&protect) {
            table.add(piece.rows.into_iter());
            table.decoys.extend(piece.decoys);
        }
    }

    /// A published cell's bucket, each side widened by its decoy; a lower end that leaves the published counts becomes
    /// `floor`.
    fn widen(&self, bucket: Interval, floor: u64, draw: &Draw) -> Interval {
        let (k, base) = (u64::from(self.policy.threshold()), u64::from(self.policy.base()));
        let lower = bucket.lower().saturating_sub(draw.buckets(DrawKind::Lower, &self.published) * base);
        let lower = if lower < k { floor } else { lower };
        let more = Interval::exact(draw.buckets(DrawKind::Upper, &self.published) * base);
        bucket.hull(Interval::exact(lower)).hull(bucket + more)
    }

    /// Publishes, as decoys, some suppressed cells all of whose parents are published: parents first.
    ///
    /// `above` names the combinations of other tables that cover a combination: those with one code less.
    fn list<'s>(
        &self,
        table: &mut CellTable,
        cells: &LayoutCells<'_>,
        above: impl Fn(usize) -> Vec<(&'s CellTable, usize)> + Sync,
    ) {
        let dimensions = &self.population.dimensions;
        let centres: Vec<usize> = (0..self.population.centres.len()).filter(|&c| self.collects(c, &table.of)).collect();
        let base = u64::from(self.policy.base());
        for combinations in table.levels(dimensions) {
            let known: &CellTable = table;
            let decoys = |&combination: &usize| {
                let mut rows = Vec::new();
                let above = above(combination);
                let parents = known.parents(dimensions, combination);
                let codes = known.combinations[combination];
                for &centre in &centres {
                    let mut draws = None;
                    let covers = above.iter().copied().chain(parents.iter().map(|&parent| (known, parent)));
                    let mut published = known.published(combination, centre).to_vec();
                    for cell in known.open(combination, centre, covers) {
                        let has = |&parent: &u32| {
                            table::bit(&published, parent as usize) || !known.is_declared(combination, parent as usize)
                        };
                        if self.names_a_code(&known.of, cell) || !cells.parents[cell].iter().all(has) {
                            continue;
                        }
                        let draw = draws.get_or_insert_with(|| self.draws(&known.of, codes, centre)).with(&cells.labels[cell]);
                        let buckets = draw.buckets(DrawKind::Suppressed, &self.suppressed);
                        if buckets > 0 {
                            table::set(&mut published, cell);
                            let interval = self.policy.unlisted() + Interval::ZERO.hull(Interval::exact(buckets * base));
                            rows.push(Row { codes, centre: centre as u32, cell: cell as u32, interval });
                        }
                    }
                }
                rows
            };
            let rows: Vec<Vec<Row>> = combinations.par_iter().map(decoys).collect();
            let was = self.policy.unlisted();
            table.decoys.extend(rows.iter().flatten().map(|row| Row { interval: was, ..*row }));
            table.add(rows.into_iter().flatten());
        }
    }
}
