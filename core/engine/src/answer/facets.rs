//! Counts of every value of every dimension under a cohort: many at once, by direct and closed-form bounds only.

use super::closed_form::middle;
use super::engine::Measures;
use super::figures::{Combined, combine, is_false};
use super::joint::Measure;
use super::marginal::{Group, Marginal, meet};
use super::plan::{AllowedMethods, Plan, Split};
use super::work::Work;
use crate::model::{Kind, Label};
use crate::query::Predicate;
use crate::release::{ReadSet, Release};
use crate::{Asking, ByteRange, Engine, Interval, Query, Result};

/// The counts of one dimension's values under a cohort.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Facet {
    /// The dimension.
    pub dimension: String,
    /// Its values in order, the root and onsets left out.
    pub values: Vec<FacetValue>,
    /// Whether the work that was allowed is too little for the usual bounds: these hold too, but are wider.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<bool>", optional))]
    pub limited: bool,
}

/// The count of one value under a cohort. Quick bounds: a query for the value alone may be tighter.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// What people call it.
    pub label: Label,
    /// Over the centres.
    #[serde(flatten)]
    pub combined: Combined,
}

/// Facets that were planned.
#[derive(Debug, Clone)]
pub struct FacetsPrepared {
    facets: Vec<FacetPlan>,
}

#[derive(Debug, Clone)]
enum FacetPlan {
    /// All codes of a dimension in one pass over its table.
    Sweep(Box<Sweep>),
    /// Value by value; whether less tightly than more work would.
    Each(Plan, Vec<Predicate>, bool),
}

/// One pass over the table of a codes dimension, for a cohort that is a box of partition values.
#[derive(Debug, Clone)]
struct Sweep {
    dimension: usize,
    table: usize,
    group: Group,
    everyone: Marginal,
    /// The margins that cover the box: their bits, and for each code how many cells of it are declared.
    margins: Vec<(u64, Vec<Option<u64>>)>,
}

impl Engine {
    /// Plans the counts of every value under a cohort.
    pub fn prepare_facets(&self, query: &Query) -> Result<FacetsPrepared> {
        self.prepare_facets_as(query, &Asking::default())
    }

    /// The same, as somebody asks it: the work is for all dimensions together.
    pub fn prepare_facets_as(&self, query: &Query, asking: &Asking) -> Result<FacetsPrepared> {
        let cohort = self.resolve(query, asking.unknown_codes)?;
        let split = Split::new(self.release(), cohort.predicate());
        let mut plan = self.plan(&cohort, AllowedMethods::Quick, asking.work);
        let mut facets = Vec::new();
        for d in 0..self.release().dimensions().all().len() {
            let sweep = split.rest.is_empty().then(|| Sweep::new(self.release(), d, &split.group, plan.work())).flatten();
            if let Some(sweep) = sweep {
                facets.push(FacetPlan::Sweep(Box::new(sweep)));
                continue;
            }
            let values = self.values(d).into_iter();
            let predicates: Vec<Predicate> = values.map(|v| self.with_value(cohort.predicate(), d, v)).collect();
            let mut is_limited = false;
            for predicate in &predicates {
                is_limited |= plan.push(self.release(), predicate);
            }
            let rest = plan.rest();
            facets.push(FacetPlan::Each(std::mem::replace(&mut plan, rest), predicates, is_limited));
        }
        Ok(FacetsPrepared { facets })
    }

    /// The byte ranges that facets need.
    pub fn needs_of_facets(&self, prepared: &FacetsPrepared) -> Vec<ByteRange> {
        let mut wanted = ReadSet::missing();
        for facet in &prepared.facets {
            match facet {
                FacetPlan::Sweep(sweep) => {
                    wanted.table(self.release(), sweep.table);
                    sweep.everyone.needs(self.release(), &mut wanted);
                }
                FacetPlan::Each(plan, ..) => plan.needs(self.release(), &mut wanted),
            }
        }
        wanted.each_once()
    }

    /// Counts of every value of every dimension under the cohort.
    pub fn facets(&self, prepared: &FacetsPrepared) -> Result<Vec<Facet>> {
        let facet = |(d, plan): (usize, &FacetPlan)| {
            let dimension = self.release().dimensions().get(d);
            let (measures, limited) = match plan {
                FacetPlan::Sweep(sweep) => (sweep.measure(self)?, false),
                FacetPlan::Each(plan, predicates, is_limited) => {
                    // No programs: nothing takes more than was planned.
                    let mut measures = Measures::new(self, plan, predicates.iter().collect(), Work::unlimited());
                    ((0..predicates.len()).map(|i| measures.of(i)).collect::<Result<Vec<_>>>()?, *is_limited)
                }
            };
            let value = |(value, measures): (u32, Vec<Option<Measure>>)| {
                let dictionary = &dimension.dictionary;
                let (name, label) = (dictionary.name(value).to_owned(), dictionary.label(value).into_owned());
                FacetValue { value: name, label, combined: combine(&measures, self.threshold()) }
            };
            let values = self.values(d).into_iter().zip(measures).map(value).collect();
            Ok(Facet { dimension: dimension.name.clone(), values, limited })
        };
        prepared.facets.iter().enumerate().map(facet).collect()
    }
}

impl Sweep {
    /// The pass over a codes dimension's table, if the release has one.
    fn new(release: &Release, d: usize, group: &Group, work: &Work) -> Option<Self> {
        let table = (release.dimensions().get(d).kind == Kind::Codes).then(|| release.table(&[d])).flatten()?;
        let codes = release.dimensions().get(d).dictionary.len() as u32;
        let cells = |dims: &[usize]| {
            let of = |code| {
                let declared = release.declares(table, [code, 0]);
                declared.then(|| group.with_code(d, code).declared_cells(release, dims, work)).flatten()
            };
            (dims.iter().fold(0, |mask, &p| mask | 1 << p), (0..codes).map(of).collect())
        };
        let covering =
            release.tables()[table].layout.margins().iter().filter(|m| group.restricted().all(|p| m.dims.contains(&p)));
        let margins = covering.map(|m| cells(&m.dims)).collect();
        Some(Self { dimension: d, table, group: group.clone(), everyone: Marginal::new(release, group, work), margins })
    }

    /// The count of every code at every centre.
    fn measure(&self, engine: &Engine) -> Result<Vec<Vec<Option<Measure>>>> {
        let release = engine.release();
        let centres = release.centres().len();
        let unlisted = release.tables()[self.table].unlisted;
        let everyone = self.everyone.bounds(release)?;
        let codes = release.dimensions().get(self.dimension).dictionary.len();
        let mut bounds: Vec<Interval> = (0..codes).flat_map(|_| everyone.iter().map(|n| n.or_less())).collect();
        for (margin, cells) in &self.margins {
            let mut sums = vec![(Interval::ZERO, 0_u64); codes * centres];
            for chunk in release.all_chunks(self.table) {
                let chunk = chunk?;
                let rows = chunk.index.select(*margin, &self.group.sets);
                for row in &rows {
                    let row = row as usize;
                    let (sum, listed) = &mut sums[chunk.combination(row)[0] as usize * centres + chunk.centre[row] as usize];
                    *sum = *sum + chunk.interval(row);
                    *listed += 1;
                }
            }
            for (i, (bound, (sum, listed))) in bounds.iter_mut().zip(sums).enumerate() {
                if let Some(cells) = cells[i / centres] {
                    *bound = meet(*bound, sum + unlisted.times(cells.saturating_sub(listed)))?;
                }
            }
        }
        let asked: Vec<bool> = (0..centres as u32).map(|c| release.collects(c, self.dimension)).collect();
        let measure = |interval: Interval| Measure { interval, estimate: middle(interval), sharp: interval.is_exact() };
        let of = |code: u32| {
            let at = code as usize * centres;
            bounds[at..at + centres].iter().zip(&asked).map(|(&bound, &asked)| asked.then(|| measure(bound))).collect()
        };
        Ok(engine.values(self.dimension).into_iter().map(of).collect())
    }
}
