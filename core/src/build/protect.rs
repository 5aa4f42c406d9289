//! From counts to intervals: buckets, then decoys. The audit and repair come after.
//!
//! A count is used to find its bucket and is then forgotten: two populations with the same buckets get the same tables.

mod decoy;
mod table;

use std::collections::BTreeMap;

use ninzu_engine::{Declared, Error, ErrorKind, Interval, Kind, Policy, Result, StructuralZero};
use rayon::prelude::*;

use super::count::{Counted, Counter};
use super::key::Key;
use super::margins::MarginPlan;
use crate::source::Population;
use crate::{DeclaredCodes, Progress, Row, Table};
use decoy::{Draw, Rate, Side};
use table::{Cells, Sheet};

/// Protected tables, and what only the steward may know about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protected {
    /// The base table, one table for each codes dimension, then the pair tables; listed cells only, sorted by codes, centre
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
    /// For each table, in their order, how many of them are listed, decoys included.
    pub listed: Vec<u64>,
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
    unlisted: Rate,
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
        return Err(Error::new(ErrorKind::InvalidSource, "more persons than 4,294,967,295 cannot be counted at once"));
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
        unlisted: Rate::new(policy.decoy().unlisted),
    };
    let codes: Vec<usize> = (0..dimensions.all().len()).filter(|&d| dimensions.get(d).kind == Kind::Codes).collect();
    let pair_tables = plan.pair_tables();
    progress.begin("count and protect", Some((1 + codes.len() + pair_tables.len()) as u64));
    let counter = Counter::new(population);
    let cells = Cells::new(dimensions, plan.order());
    let mut base = Sheet::new(&protection.declared, dimensions, &cells, Vec::new(), vec![[0; 2]], population.centres.len());
    protection.publish(&mut base, &cells, |protect| counter.base(&cells.layout, Piece::default, protect));
    protection.list(&mut base, &cells, |_| Vec::new());
    progress.advance(1);
    let mut singles: BTreeMap<usize, Sheet> = BTreeMap::new();
    for &d in &codes {
        let tuples = (0..dimensions.get(d).dictionary.len() as u32).map(|code| [code, 0]).collect();
        let mut sheet = Sheet::new(&protection.declared, dimensions, &cells, vec![d], tuples, population.centres.len());
        protection.publish(&mut sheet, &cells, |protect| counter.singles(d, &cells.layout, Piece::default, protect));
        protection.list(&mut sheet, &cells, |_| vec![(&base, 0)]);
        singles.insert(d, sheet);
        progress.advance(1);
    }
    let cells = Cells::new(dimensions, plan.pair_order());
    let mut pairs = Vec::new();
    for of in pair_tables {
        let totals = |d: usize| singles.get(&d).map_or(&[][..], |sheet| &sheet.rows);
        let tuples = plan.resolve(population, policy, of, totals)?;
        let mut sheet =
            Sheet::new(&protection.declared, dimensions, &cells, of.to_vec(), tuples.clone(), population.centres.len());
        protection.publish(&mut sheet, &cells, |protect| counter.pairs(of, &tuples, &cells.layout, Piece::default, protect));
        let above = |tuple: usize| (0..2).filter_map(|i| Some((singles.get(&of[i])?, tuples[tuple][i] as usize))).collect();
        protection.list(&mut sheet, &cells, above);
        pairs.push(sheet);
        progress.advance(1);
    }
    progress.end();
    let sheets: Vec<Sheet> = [base].into_iter().chain(singles.into_values()).chain(pairs).collect();
    let collecting = |sheet: &Sheet| (0..population.centres.len()).filter(|&c| protection.collects(c, &sheet.of)).count() as u64;
    let summary = ProtectSummary {
        persons: population.len() as u64,
        declared: sheets.iter().map(|sheet| sheet.declared_cells() * collecting(sheet)).collect(),
        listed: sheets.iter().map(|sheet| sheet.rows.len() as u64).collect(),
    };
    let decoys = sheets.iter().map(|sheet| sheet.decoys.clone()).collect();
    let table = |mut sheet: Sheet| {
        sheet.rows.par_sort_unstable_by_key(|row| (row.codes, row.centre, row.cell));
        Table {
            order: if sheet.of.len() == 2 { plan.pair_order() } else { plan.order() },
            declared: match sheet.of.len() {
                1 => DeclaredCodes::Dictionary,
                _ => DeclaredCodes::List(sheet.tuples),
            },
            codes: sheet.of,
            unlisted: Some(policy.unlisted()),
            rows: sheet.rows,
        }
    };
    Ok(Protected { tables: sheets.into_iter().map(table).collect(), decoys, summary })
}

impl Protection<'_> {
    /// Whether a centre collects all these dimensions.
    fn collects(&self, centre: usize, of: &[usize]) -> bool {
        of.iter().all(|d| self.population.centres[centre].collects.contains(d))
    }

    /// The draws of one tuple's cells at one centre.
    fn draws(&self, of: &[usize], tuple: [u32; 2], centre: usize) -> Draw {
        let label = |(&d, code)| {
            let dimension = self.population.dimensions.get(d);
            (dimension.name.as_str(), dimension.dictionary.code(code).name.as_str())
        };
        self.draws[centre].with(&of.iter().zip(tuple).map(label).collect())
    }

    /// Whether a cell's row is what names its code: the total of a code of a dimension without a dictionary in the spec.
    ///
    /// Such a total is never listed unless it is published, so that its lower end must not pretend otherwise.
    fn names_a_code(&self, of: &[usize], cell: usize) -> bool {
        cell == 0 && of.len() == 1 && !self.population.named_by_spec[of[0]]
    }

    /// Lists the declared cells that reach the threshold.
    fn publish(
        &self,
        sheet: &mut Sheet,
        cells: &Cells<'_>,
        count: impl FnOnce(&(dyn Fn(&mut Piece, Counted<'_>) + Sync)) -> Vec<Piece>,
    ) {
        let known: &Sheet = sheet;
        let protect = |piece: &mut Piece, counted: Counted<'_>| {
            let Counted { tuple, centre, cells: counts } = counted;
            // Every other cell is a part of the total.
            if counts[0] < self.policy.threshold() || !self.collects(centre, &known.of) {
                return;
            }
            let codes = known.tuples[tuple];
            let draws = self.draws(&known.of, codes, centre);
            for (cell, &count) in counts.iter().enumerate() {
                if let Some(bucket) = self.policy.bucket(u64::from(count))
                    && known.is_declared(tuple, cell)
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
            sheet.add(piece.rows.into_iter());
            sheet.decoys.extend(piece.decoys);
        }
    }

    /// A published cell's bucket, each side widened by its decoy; a lower end that leaves the published counts becomes
    /// `floor`.
    fn widen(&self, bucket: Interval, floor: u64, draw: &Draw) -> Interval {
        let (k, base) = (u64::from(self.policy.threshold()), u64::from(self.policy.base()));
        let lower = bucket.lower().saturating_sub(draw.buckets(Side::Lower, &self.published) * base);
        let lower = if lower < k { floor } else { lower };
        let more = Interval::exact(draw.buckets(Side::Upper, &self.published) * base);
        bucket.hull(Interval::exact(lower)).hull(bucket + more)
    }

    /// Lists, as decoys, some unlisted cells all of whose parents are listed: parents first.
    ///
    /// `above` names the tuples of other tables that cover a tuple: those with one code less.
    fn list<'s>(&self, sheet: &mut Sheet, cells: &Cells<'_>, above: impl Fn(usize) -> Vec<(&'s Sheet, usize)> + Sync) {
        let dimensions = &self.population.dimensions;
        let centres: Vec<usize> = (0..self.population.centres.len()).filter(|&c| self.collects(c, &sheet.of)).collect();
        let base = u64::from(self.policy.base());
        for tuples in sheet.levels(dimensions) {
            let known: &Sheet = sheet;
            let decoys = |&tuple: &usize| {
                let mut rows = Vec::new();
                let above = above(tuple);
                let parents = known.parents(dimensions, tuple);
                let codes = known.tuples[tuple];
                for &centre in &centres {
                    let mut draws = None;
                    let covers = above.iter().copied().chain(parents.iter().map(|&parent| (known, parent)));
                    let mut listed = known.listed(tuple, centre).to_vec();
                    for cell in known.open(tuple, centre, covers) {
                        let has =
                            |&parent: &u32| table::bit(&listed, parent as usize) || !known.is_declared(tuple, parent as usize);
                        if self.names_a_code(&known.of, cell) || !cells.parents[cell].iter().all(has) {
                            continue;
                        }
                        let draw = draws.get_or_insert_with(|| self.draws(&known.of, codes, centre)).with(&cells.labels[cell]);
                        let buckets = draw.buckets(Side::Unlisted, &self.unlisted);
                        if buckets > 0 {
                            table::set(&mut listed, cell);
                            let interval = self.policy.unlisted() + Interval::ZERO.hull(Interval::exact(buckets * base));
                            rows.push(Row { codes, centre: centre as u32, cell: cell as u32, interval });
                        }
                    }
                }
                rows
            };
            let rows: Vec<Vec<Row>> = tuples.par_iter().map(decoys).collect();
            let was = self.policy.unlisted();
            sheet.decoys.extend(rows.iter().flatten().map(|row| Row { interval: was, ..*row }));
            sheet.add(rows.into_iter().flatten());
        }
    }
}
