//! The whole way of a question: prepare, name the bytes that are missing, answer.

use std::collections::BTreeMap;

use crate::answer::{Answer, Basis, ByAnswer, CentreAnswer, Combined, MaybeCount, Status, UNIT, combine};
use crate::block::Measure;
use crate::closed::middle;
use crate::direct::{Cover, Direct};
use crate::plan::{How, Plan, Ways};
use crate::release::Wanted;
use crate::{By, Cohort, Error, ErrorKind, Interval, Kind, Need, Predicate, Query, Release, Result, words};

/// Answers questions over one release. It does no I/O: it names byte ranges, and the caller supplies them.
#[derive(Debug)]
pub struct Engine {
    release: Release,
}

/// A question that was resolved and planned.
#[derive(Debug, Clone)]
pub struct Prepared {
    cohort: Cohort,
    plan: Plan,
    /// What each condition of the plan asks: the whole first, then each combination of `by` values.
    items: Vec<Item>,
}

/// Dimension names to values.
type Key = BTreeMap<String, String>;

#[derive(Debug, Clone)]
struct Item {
    predicate: Predicate,
    key: Key,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Path {
    /// Sums of the cells of a margin that covers it.
    Direct,
    /// A program over the block of its codes and partitions.
    Program,
    /// Closed-form bounds: it is too large for a program.
    ClosedForm,
}

/// The numbers of an answer, without names and words.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// For each centre, bounds, estimate and sharpness; nothing where it does not collect what is asked.
    pub centres: Vec<Option<(Interval, Option<f64>, bool)>>,
    /// Over the centres.
    pub combined: Combined,
}

/// More combinations of `by` values than this are refused.
const MOST_KEYS: usize = 100_000;

impl Engine {
    /// An engine over an open release.
    pub fn new(release: Release) -> Self {
        Self { release }
    }

    /// The release.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// Resolves and plans a question.
    pub fn prepare(&self, query: &Query) -> Result<Prepared> {
        self.prepare_by(query, Ways::All)
    }

    /// The same, with programs even where a margin covers the question: slower and never looser. For tests and audits.
    pub fn prepare_with_programs(&self, query: &Query) -> Result<Prepared> {
        self.prepare_by(query, Ways::Programs)
    }

    /// The same without programs: quicker and never tighter, as facets are counted. For tests.
    pub fn prepare_without_programs(&self, query: &Query) -> Result<Prepared> {
        self.prepare_by(query, Ways::Quick)
    }

    fn prepare_by(&self, query: &Query, ways: Ways) -> Result<Prepared> {
        let cohort = query.resolve(self.release.dimensions())?;
        let mut items = vec![Item { predicate: cohort.predicate().clone(), key: BTreeMap::new() }];
        for by in cohort.by() {
            if let By::Dimension(d) = *by {
                let more =
                    self.split_items(if items.len() == 1 && items[0].key.is_empty() { &items[..] } else { &items[1..] }, d)?;
                items.truncate(1);
                items.extend(more);
            }
        }
        let mut plan = Plan::default();
        for item in &items {
            plan.push(&self.release, &item.predicate, ways);
        }
        Ok(Prepared { cohort, plan, items })
    }

    /// Each item once for each value of a dimension.
    fn split_items(&self, items: &[Item], d: usize) -> Result<Vec<Item>> {
        let dimensions = self.release.dimensions();
        let values = self.values(d);
        if items.len().saturating_mul(values.len()) > MOST_KEYS {
            return Err(Error::new(ErrorKind::InvalidQuery, format!("the breakdown has more than {MOST_KEYS} combinations"))
                .with_hint("break down by fewer dimensions, or ask for one code at a time"));
        }
        let mut split = Vec::with_capacity(items.len() * values.len());
        for item in items {
            for &value in &values {
                let with = self.with_value(&item.predicate, d, value);
                let mut key = item.key.clone();
                key.insert(dimensions.get(d).name.clone(), dimensions.get(d).dictionary.code(value).name.clone());
                split.push(Item { predicate: with, key });
            }
        }
        Ok(split)
    }

    /// The values of a dimension that breakdowns and facets show: no root, no onsets.
    pub(crate) fn values(&self, d: usize) -> Vec<u32> {
        let dictionary = &self.release.dimensions().get(d).dictionary;
        (0..dictionary.len() as u32).filter(|&v| Some(v) != dictionary.root() && dictionary.onset(v).is_none()).collect()
    }

    pub(crate) fn with_value(&self, predicate: &Predicate, d: usize, value: u32) -> Predicate {
        let dimensions = self.release.dimensions();
        let term = match dimensions.get(d).kind {
            Kind::Partition => Predicate::values(dimensions, d, [value]),
            Kind::Codes => Predicate::code(d, value),
        };
        Predicate::and(dimensions, [predicate.clone(), term])
    }

    /// The byte ranges that must be supplied before an answer.
    pub fn needs(&self, prepared: &Prepared) -> Vec<Need> {
        let mut wanted = Wanted::missing();
        prepared.plan.needs(&self.release, &mut wanted);
        wanted.each_once()
    }

    /// The byte ranges that an answer reads, whether they came already or not.
    pub fn reads(&self, prepared: &Prepared) -> Vec<Need> {
        let mut wanted = Wanted::all();
        prepared.plan.needs(&self.release, &mut wanted);
        wanted.each_once()
    }

    /// Takes bytes that were asked for, and verifies them.
    pub fn supply(&self, need: &Need, bytes: &[u8]) -> Result<()> {
        self.release.supply(need, bytes)
    }

    /// The numbers of the whole question, without its breakdown.
    pub fn count(&self, prepared: &Prepared) -> Result<Numbers> {
        let measures = self.measure_one(prepared, 0)?;
        let combined = combine(&measures, self.threshold());
        Ok(Numbers { centres: measures.into_iter().map(|m| m.map(|m| (m.interval, m.estimate, m.sharp))).collect(), combined })
    }

    /// The answer, with its breakdown, its basis and its sentence.
    pub fn answer(&self, prepared: &Prepared) -> Result<Answer> {
        let mut measures = self.measure_all(prepared)?.into_iter();
        let whole = measures.next().unwrap_or_default();
        let combined = combine(&whole, self.threshold());
        let basis = self.basis(prepared)?;
        let centre = |(c, (measure, basis)): (usize, (&Option<Measure>, Vec<Basis>))| CentreAnswer {
            centre: self.release.centres().code(c as u32).name.clone(),
            count: measure.map_or(MaybeCount::NONE, MaybeCount::from),
            status: measure.map_or(Status::NotCollected, |m| Status::of(m.interval, self.threshold())),
            sharp: measure.is_some_and(|m| m.sharp),
            basis: if measure.is_some() { basis } else { Vec::new() },
        };
        let by = (!prepared.cohort.by().is_empty()).then(|| self.breakdown(prepared, &whole, measures.collect()));
        Ok(Answer {
            query: prepared.cohort.canonical().to_owned(),
            hash: prepared.cohort.hash(),
            release: self.release.id().to_owned(),
            unit: UNIT,
            words: words::sentence(&self.release, &prepared.items[0].predicate, &combined),
            answer: combined,
            centres: whole.iter().zip(basis).enumerate().map(centre).collect(),
            by,
        })
    }

    fn breakdown(&self, prepared: &Prepared, whole: &[Option<Measure>], parts: Vec<Vec<Option<Measure>>>) -> Vec<ByAnswer> {
        let by_centre = prepared.cohort.by().contains(&By::Centre);
        let keys: Vec<(&Key, Vec<Option<Measure>>)> = if parts.is_empty() {
            vec![(&prepared.items[0].key, whole.to_vec())]
        } else {
            prepared.items[1..].iter().map(|item| &item.key).zip(parts).collect()
        };
        let one = |key: Key, measures: &[Option<Measure>]| {
            let Combined { persons, records, status, sharp } = combine(measures, self.threshold());
            let is_collected = status != Status::NotCollected;
            let count = MaybeCount { lower: Some(records.lower), upper: records.upper, estimate: records.estimate };
            ByAnswer {
                key,
                count: if is_collected { count } else { MaybeCount::NONE },
                persons: is_collected.then_some(persons),
                status,
                sharp,
            }
        };
        let mut answers = Vec::new();
        for (key, measures) in keys {
            if by_centre {
                for (c, measure) in measures.into_iter().enumerate() {
                    let mut key = key.clone();
                    key.insert("centre".into(), self.release.centres().code(c as u32).name.clone());
                    answers.push(one(key, &[measure]));
                }
            } else {
                answers.push(one(key.clone(), &measures));
            }
        }
        answers
    }

    pub(crate) fn threshold(&self) -> Option<u32> {
        self.release.manifest().policy.as_ref().map(crate::Policy::threshold)
    }

    /// Whether each centre collects every dimension that a condition names.
    pub(crate) fn collecting(&self, predicate: &Predicate) -> Vec<bool> {
        let codes = predicate.codes();
        (0..self.release.centres().len() as u32).map(|c| codes.iter().all(|&(d, _)| self.release.collects(c, d))).collect()
    }

    fn measure_all(&self, prepared: &Prepared) -> Result<Vec<Vec<Option<Measure>>>> {
        let blocks = prepared.plan.blocks.iter().enumerate().map(|(b, (block, objectives))| {
            let item =
                prepared.plan.hows.iter().position(|how| matches!(how, How::Program { block, .. } if *block == b)).unwrap_or(0);
            block.measure(&self.release, objectives, &self.collecting(&prepared.items[item].predicate))
        });
        let blocks = blocks.collect::<Result<Vec<_>>>()?;
        (0..prepared.items.len())
            .map(|i| match prepared.plan.hows[i] {
                How::Program { block, objective } => Ok(blocks[block][objective].clone()),
                _ => self.measure_how(&prepared.plan, i, &prepared.items[i].predicate),
            })
            .collect()
    }

    fn measure_one(&self, prepared: &Prepared, i: usize) -> Result<Vec<Option<Measure>>> {
        self.measure_how(&prepared.plan, i, &prepared.items[i].predicate)
    }

    pub(crate) fn measure_how(&self, plan: &Plan, i: usize, predicate: &Predicate) -> Result<Vec<Option<Measure>>> {
        let ask = self.collecting(predicate);
        let exact = |interval: Interval| Measure { interval, estimate: middle(interval), sharp: interval.is_exact() };
        let measures: Vec<Measure> = match &plan.hows[i] {
            How::Nobody => vec![exact(Interval::ZERO); ask.len()],
            How::Direct(direct) => direct.bounds(&self.release)?.into_iter().map(exact).collect(),
            How::Closed(closed) => closed.measure(&self.release)?,
            How::Program { block, objective } => {
                let (block, objectives) = &plan.blocks[*block];
                let measures = block.measure(&self.release, std::slice::from_ref(&objectives[*objective]), &ask)?;
                return Ok(measures.into_iter().next().unwrap_or_default());
            }
        };
        Ok(measures.into_iter().zip(ask).map(|(measure, asked)| asked.then_some(measure)).collect())
    }

    /// For each centre, the tables and rows that the whole answer rests on.
    fn basis(&self, prepared: &Prepared) -> Result<Vec<Vec<Basis>>> {
        let mut basis = vec![Vec::new(); self.release.centres().len()];
        let mut covers: Vec<Cover> = Vec::new();
        let mut add = |direct: &Direct| covers.extend(direct.target.iter().cloned());
        match &prepared.plan.hows[0] {
            How::Nobody => {}
            How::Direct(direct) => add(direct),
            How::Closed(closed) => closed.each(&mut add),
            How::Program { block, .. } => {
                for (table, tuple) in prepared.plan.blocks[*block].0.tables() {
                    let rows = self.rows(table, tuple)?;
                    for (basis, rows) in basis.iter_mut().zip(rows) {
                        basis.push(Basis { margin: Vec::new(), rows, ..self.basis_of(table, tuple) });
                    }
                }
            }
        }
        for cover in covers {
            let partitions = self.release.declared().partitions().iter().enumerate();
            let crossed = partitions
                .filter(|(p, _)| cover.margin & (1 << p) != 0)
                .map(|(_, &d)| self.release.dimensions().get(d).name.clone());
            let margin: Vec<String> = crossed.collect();
            for (basis, rows) in basis.iter_mut().zip(cover.listed(&self.release)?) {
                let entry = Basis { margin: margin.clone(), rows, ..self.basis_of(cover.table, cover.tuple) };
                if !basis.contains(&entry) {
                    basis.push(entry);
                }
            }
        }
        Ok(basis)
    }

    fn basis_of(&self, table: usize, tuple: [u32; 2]) -> Basis {
        let table = &self.release.tables()[table];
        let name = |(&d, code): (&usize, u32)| self.release.dimensions().get(d).dictionary.code(code).name.clone();
        Basis { table: table.name.clone(), codes: table.codes.iter().zip(tuple).map(name).collect(), margin: Vec::new(), rows: 0 }
    }

    /// How many rows of some codes each centre has.
    fn rows(&self, table: usize, tuple: [u32; 2]) -> Result<Vec<u64>> {
        let mut rows = vec![0; self.release.centres().len()];
        for chunk in self.release.chunks(table, tuple) {
            let chunk = chunk?;
            for row in chunk.index.run(tuple) {
                rows[chunk.centre[row as usize] as usize] += 1;
            }
        }
        Ok(rows)
    }
}

impl Prepared {
    /// The question as it was understood.
    pub fn cohort(&self) -> &Cohort {
        &self.cohort
    }

    /// How the whole question is answered.
    pub fn path(&self) -> Path {
        match self.plan.hows[0] {
            How::Nobody | How::Direct(_) => Path::Direct,
            How::Program { .. } => Path::Program,
            How::Closed(_) => Path::ClosedForm,
        }
    }

    /// How many unknowns its program has, if it needs one.
    pub fn unknowns(&self) -> Option<usize> {
        if let How::Program { block, .. } = self.plan.hows[0] { Some(self.plan.blocks[block].0.unknowns()) } else { None }
    }
}
