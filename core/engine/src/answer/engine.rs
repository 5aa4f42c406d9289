//! The whole way of a question: prepare, name the bytes that are missing, answer.

use std::collections::BTreeMap;

use super::closed_form::middle;
use super::figures::{Answer, Basis, ByAnswer, CentreAnswer, Combined, MaybeCount, Status, UNIT, UnknownCode, combine};
use super::joint::Measure;
use super::marginal::{Cover, Marginal, meet};
use super::plan::{AllowedMethods, Plan, PlannedMethod, WithUnnamed};
use super::sentence::sentence;
use super::work::Work;
use crate::message::message;
use crate::model::{Kind, distinct};
use crate::query::{By, Cohort, Predicate};
use crate::release::{ReadSet, Release};
use crate::{Asking, ByteRange, Error, ErrorKind, Interval, Query, Result, UnknownCodes, limits};

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
    /// Whether the work that was allowed is too little for the tightest bounds.
    is_limited: bool,
    /// How much its programs may take.
    work: Work,
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
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Path"))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Sums of the cells of a margin that covers it.
    Direct,
    /// A program over its codes and partitions.
    Program,
    /// Closed-form bounds: it is too large for a program.
    ClosedForm,
}

/// The numbers of an answer, without names and words.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    /// For each centre; nothing where it does not collect what is asked.
    pub centres: Vec<Option<CentreNumbers>>,
    /// Over the centres.
    pub combined: Combined,
}

/// The numbers of an answer at one centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CentreNumbers {
    /// The bounds.
    pub interval: Interval,
    /// A model's guess inside the bounds; nothing where nothing bounds the count.
    pub estimate: Option<f64>,
    /// Whether no tighter bound follows by linear reasoning from the query's program.
    pub sharp: bool,
}

/// More counts than this, one for each combination of `by` values and each centre, are refused.
const MOST_COUNTS: usize = 1 << 23;

/// How much more than they are expected to take programs may: then they are given up.
const SLACK: f64 = 4.0;

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
        self.prepare_as(query, &Asking::default())
    }

    /// The same, as somebody asks it.
    pub fn prepare_as(&self, query: &Query, asking: &Asking) -> Result<Prepared> {
        self.prepare_by(query, AllowedMethods::All, asking.unknown_codes, asking.work)
    }

    /// The question in ids.
    pub(crate) fn resolve(&self, query: &Query, unknown_codes: Option<UnknownCodes>) -> Result<Cohort> {
        query.resolve_with(self.release.dimensions(), unknown_codes, self.threshold().is_some())
    }

    /// A plan of nothing yet.
    pub(crate) fn plan(&self, cohort: &Cohort, ways: AllowedMethods, work: f64) -> Plan {
        let rare = self.release.manifest().policy.as_ref().map(crate::model::Policy::unlisted);
        let unnamed = rare.filter(|_| cohort.unknown_codes() == UnknownCodes::Rare).unwrap_or(Interval::ANY);
        Plan::new(ways, unnamed, Work::units(work))
    }

    /// The same by some of the ways of answering.
    pub(crate) fn prepare_by(
        &self,
        query: &Query,
        ways: AllowedMethods,
        unknown_codes: Option<UnknownCodes>,
        work: f64,
    ) -> Result<Prepared> {
        let cohort = self.resolve(query, unknown_codes)?;
        let mut items = vec![Item { predicate: cohort.predicate().clone(), key: BTreeMap::new() }];
        for by in cohort.by() {
            if let By::Dimension(d) = *by {
                let centres = if cohort.by().contains(&By::Centre) { self.release.centres().len() } else { 1 };
                let more = self.split_items(
                    if items.len() == 1 && items[0].key.is_empty() { &items[..] } else { &items[1..] },
                    d,
                    centres,
                )?;
                items.truncate(1);
                items.extend(more);
            }
        }
        let mut plan = self.plan(&cohort, ways, work);
        let mut is_limited = false;
        for item in &items {
            is_limited |= plan.push(&self.release, &item.predicate);
        }
        Ok(Prepared { cohort, plan, items, is_limited, work: Work::units(SLACK * work) })
    }

    /// Each item once for each value of a dimension.
    fn split_items(&self, items: &[Item], d: usize, shown_centres: usize) -> Result<Vec<Item>> {
        let dimensions = self.release.dimensions();
        let values = self.values(d);
        let keys = items.len().saturating_mul(values.len());
        let counts = keys.saturating_mul(self.release.centres().len());
        if keys.saturating_mul(shown_centres) > limits::KEYS || counts > MOST_COUNTS {
            let most = limits::KEYS.min(MOST_COUNTS / self.release.centres().len().max(1) * shown_centres);
            let message = message!("query.too_many_keys", most = most);
            return Err(Error::new(ErrorKind::InvalidQuery, message).with_hint(message!("hint.fewer_keys")));
        }
        let mut split = Vec::with_capacity(items.len() * values.len());
        for item in items {
            for &value in &values {
                let with = self.with_value(&item.predicate, d, value);
                let mut key = item.key.clone();
                key.insert(dimensions.get(d).name.clone(), dimensions.get(d).dictionary.name(value).to_owned());
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
    pub fn needs(&self, prepared: &Prepared) -> Vec<ByteRange> {
        let mut wanted = ReadSet::missing();
        prepared.plan.needs(&self.release, &mut wanted);
        wanted.each_once()
    }

    /// The byte ranges that an answer reads, whether they came already or not.
    pub fn reads(&self, prepared: &Prepared) -> Vec<ByteRange> {
        let mut wanted = ReadSet::all();
        prepared.plan.needs(&self.release, &mut wanted);
        wanted.each_once()
    }

    /// Takes bytes that were asked for, and verifies them.
    pub fn supply(&self, need: &ByteRange, bytes: &[u8]) -> Result<()> {
        self.release.supply(need, bytes)
    }

    /// The numbers of the whole question, without its breakdown.
    pub fn count(&self, prepared: &Prepared) -> Result<Numbers> {
        let measures = self.measures(prepared).of(0)?;
        let combined = combine(&measures, self.threshold());
        let numbers = |Measure { interval, estimate, sharp }| CentreNumbers { interval, estimate, sharp };
        Ok(Numbers { centres: measures.into_iter().map(|measure| measure.map(numbers)).collect(), combined })
    }

    /// The answer, with its breakdown, its basis and its sentence.
    pub fn answer(&self, prepared: &Prepared) -> Result<Answer> {
        let mut measures = self.measures(prepared);
        let whole = measures.of(0)?;
        let parts = (1..prepared.items.len()).map(|i| measures.of(i)).collect::<Result<Vec<_>>>()?;
        let is_limited = prepared.is_limited || measures.work.was_short();
        let combined = combine(&whole, self.threshold());
        let basis = self.basis(prepared)?;
        let centre = |(c, (measure, basis)): (usize, (&Option<Measure>, Vec<Basis>))| CentreAnswer {
            centre: self.release.centres().name(c as u32).to_owned(),
            count: measure.map_or(MaybeCount::NONE, MaybeCount::from),
            status: measure.map_or(Status::NotCollected, |m| Status::of(m.interval, self.threshold())),
            sharp: measure.is_some_and(|m| m.sharp),
            basis: if measure.is_some() { basis } else { Vec::new() },
        };
        let by = (!prepared.cohort.by().is_empty()).then(|| self.breakdown(prepared, &whole, parts));
        Ok(Answer {
            query: prepared.cohort.canonical().to_owned(),
            hash: prepared.cohort.hash(),
            release: self.release.id().to_owned(),
            unit: UNIT,
            words: sentence(&self.release, &prepared.items[0].predicate, &combined),
            answer: combined,
            centres: whole.iter().zip(basis).enumerate().map(centre).collect(),
            by,
            limited: is_limited,
            unknown_codes: self.unknown_codes(prepared),
        })
    }

    /// The codes that a question names and the release does not, and what is taken to be known of them.
    pub fn unknown_codes(&self, prepared: &Prepared) -> Vec<UnknownCode> {
        let rule = prepared.cohort.unknown_codes();
        let most = self.threshold().map(|k| u64::from(k) - 1).filter(|_| rule == UnknownCodes::Rare);
        let unnamed = prepared.cohort.unnamed().iter();
        let name = |d: usize| self.release.dimensions().get(d).name.clone();
        unnamed
            .map(|code| UnknownCode {
                dimension: name(code.dimension),
                code: code.code.clone(),
                rule,
                most,
                near: code.near.clone(),
            })
            .collect()
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
                    key.insert("centre".into(), self.release.centres().name(c as u32).to_owned());
                    answers.push(one(key, &[measure]));
                }
            } else {
                answers.push(one(key.clone(), &measures));
            }
        }
        answers
    }

    pub(crate) fn threshold(&self) -> Option<u32> {
        self.release.manifest().policy.as_ref().map(crate::model::Policy::threshold)
    }

    /// Whether each centre collects every dimension that a condition names.
    pub(crate) fn collecting(&self, predicate: &Predicate) -> Vec<bool> {
        let codes = predicate.codes().into_iter().map(|(d, _)| d);
        let dimensions: Vec<usize> = codes.chain(predicate.unnamed_codes().into_iter().map(|(d, _)| d)).collect();
        self.collecting_all(&dimensions)
    }

    fn collecting_all(&self, dimensions: &[usize]) -> Vec<bool> {
        (0..self.release.centres().len() as u32).map(|c| dimensions.iter().all(|&d| self.release.collects(c, d))).collect()
    }

    fn measures<'a>(&'a self, prepared: &'a Prepared) -> Measures<'a> {
        let predicates = prepared.items.iter().map(|item| &item.predicate).collect();
        Measures::new(self, &prepared.plan, predicates, prepared.work.clone())
    }

    /// For each centre, the tables and rows that the whole answer rests on.
    fn basis(&self, prepared: &Prepared) -> Result<Vec<Vec<Basis>>> {
        let mut basis = vec![Vec::new(); self.release.centres().len()];
        let mut covers: Vec<Cover> = Vec::new();
        let mut add = |marginal: &Marginal| covers.extend(marginal.target.iter().cloned());
        let hows = match &prepared.plan.methods[0] {
            PlannedMethod::Unnamed(unnamed) => unnamed.parts().to_vec(),
            how => vec![how],
        };
        let mut read = Vec::new();
        for how in hows {
            match how {
                PlannedMethod::Nobody | PlannedMethod::Unnamed(_) => {}
                PlannedMethod::Marginal(marginal) => add(marginal),
                PlannedMethod::ClosedForm(form) => form.each(&mut add),
                PlannedMethod::LinearProgram { system, .. } => read.extend(prepared.plan.systems[*system].0.tables()),
            }
        }
        for (table, combination) in distinct(read) {
            let rows = self.rows(table, combination)?;
            for (basis, rows) in basis.iter_mut().zip(rows) {
                basis.push(Basis { margin: Vec::new(), rows, ..self.basis_of(table, combination) });
            }
        }
        // Each margin's cells once, however often they count.
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for cover in covers {
            let partitions = self.release.declared().partitions().iter().enumerate();
            let crossed = partitions
                .filter(|(p, _)| cover.margin & (1 << p) != 0)
                .map(|(_, &d)| self.release.dimensions().get(d).name.clone());
            let margin: Vec<String> = crossed.collect();
            for (centre, rows) in cover.published(&self.release)?.into_iter().enumerate() {
                let [a, b] = cover.combination;
                if seen.insert(format!("{} {a} {b} {} {centre} {rows}", cover.table, cover.margin), 0).is_none() {
                    basis[centre].push(Basis { margin: margin.clone(), rows, ..self.basis_of(cover.table, cover.combination) });
                }
            }
        }
        Ok(basis)
    }

    fn basis_of(&self, table: usize, combination: [u32; 2]) -> Basis {
        let table = &self.release.tables()[table];
        let name = |(&d, code): (&usize, u32)| self.release.dimensions().get(d).dictionary.name(code).to_owned();
        Basis {
            table: table.name.clone(),
            codes: table.codes.iter().zip(combination).map(name).collect(),
            margin: Vec::new(),
            rows: 0,
        }
    }

    /// How many rows of some codes each centre has.
    fn rows(&self, table: usize, combination: [u32; 2]) -> Result<Vec<u64>> {
        let mut rows = vec![0; self.release.centres().len()];
        for chunk in self.release.chunks(table, combination) {
            let chunk = chunk?;
            for row in chunk.index.run(combination) {
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

    /// How the whole question is answered; about codes that the release does not name, how it is without them.
    pub fn method(&self) -> Method {
        match self.how() {
            PlannedMethod::Nobody | PlannedMethod::Marginal(_) | PlannedMethod::Unnamed(_) => Method::Direct,
            PlannedMethod::LinearProgram { .. } => Method::Program,
            PlannedMethod::ClosedForm(_) => Method::ClosedForm,
        }
    }

    /// How many unknowns its program has, if it needs one.
    pub fn unknowns(&self) -> Option<usize> {
        if let PlannedMethod::LinearProgram { system, .. } = self.how() {
            Some(self.plan.systems[*system].0.variables())
        } else {
            None
        }
    }

    fn how(&self) -> &PlannedMethod {
        match &self.plan.methods[0] {
            PlannedMethod::Unnamed(unnamed) => &unnamed.without,
            how => how,
        }
    }
}

/// Bounds at each centre; nothing where it does not collect what is asked.
type AtCentres = Vec<Option<Measure>>;

/// What a plan's conditions come to. Each joint system is solved once, for all its objectives.
pub(crate) struct Measures<'a> {
    engine: &'a Engine,
    plan: &'a Plan,
    predicates: Vec<&'a Predicate>,
    systems: Vec<Option<Vec<AtCentres>>>,
    work: Work,
}

impl<'a> Measures<'a> {
    pub(crate) fn new(engine: &'a Engine, plan: &'a Plan, predicates: Vec<&'a Predicate>, work: Work) -> Self {
        Self { engine, plan, predicates, systems: vec![None; plan.systems.len()], work }
    }

    /// What a condition comes to.
    pub(crate) fn of(&mut self, i: usize) -> Result<AtCentres> {
        let plan = self.plan;
        let measures = self.measure(&plan.methods[i])?;
        let ask = self.engine.collecting(self.predicates[i]);
        Ok(measures.into_iter().zip(ask).map(|(measure, asked)| measure.filter(|_| asked)).collect())
    }

    fn measure(&mut self, how: &PlannedMethod) -> Result<AtCentres> {
        let release = &self.engine.release;
        let exact = |interval: Interval| Some(Measure { interval, estimate: middle(interval), sharp: interval.is_exact() });
        Ok(match how {
            PlannedMethod::Nobody => vec![exact(Interval::ZERO); release.centres().len()],
            PlannedMethod::Marginal(marginal) => marginal.bounds(release)?.into_iter().map(exact).collect(),
            PlannedMethod::ClosedForm(form) => form.measure(release)?.into_iter().map(Some).collect(),
            PlannedMethod::LinearProgram { system, objective } => self.system(*system)?[*objective].clone(),
            PlannedMethod::Unnamed(unnamed) => self.between(unnamed)?,
        })
    }

    fn system(&mut self, s: usize) -> Result<&[AtCentres]> {
        if self.systems[s].is_none() {
            let (joint, objectives) = &self.plan.systems[s];
            let dimensions: Vec<usize> = joint.system.codes.iter().map(|&(d, _)| d).collect();
            let ask = self.engine.collecting_all(&dimensions);
            self.systems[s] = Some(joint.measure(&self.engine.release, objectives, &ask, &self.work)?);
        }
        Ok(self.systems[s].as_deref().unwrap_or_default())
    }

    /// The bounds of a condition on unnamed codes. Where nothing is known of them there is no estimate either.
    fn between(&mut self, unnamed: &WithUnnamed) -> Result<AtCentres> {
        let [without, certain, possible] = unnamed.parts().map(|how| self.measure(how));
        let is_known = unnamed.more.upper().is_some() && unnamed.fewer.upper().is_some();
        let mut all = Vec::new();
        for ((without, certain), possible) in without?.into_iter().zip(certain?).zip(possible?) {
            let (Some(without), Some(certain), Some(possible)) = (without, certain, possible) else {
                all.push(None);
                continue;
            };
            let near = without.interval - unnamed.fewer + unnamed.more;
            let interval = meet(near, Interval::at_least(certain.interval.lower()))?;
            let interval = meet(interval, possible.interval.or_less())?;
            let estimate = middle(interval).filter(|_| is_known);
            all.push(Some(Measure { interval, estimate, sharp: interval.is_exact() }));
        }
        Ok(all)
    }
}
