//! Drawing people. Only integers and the four operations on doubles, so that every platform draws the same.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::figures::{AT_TWO_CENTRES, NOT_RECORDED, RECORDED_LATER, WITHOUT_DATE, WITHOUT_SEX};
use super::model::{CentreModel, Condition, Given, Model, stratum};
use super::tables::RecordTable;

/// The reference date of `spec.toml`, 2024-12-31, in days since 1970.
pub(super) const REFERENCE_DAY: i32 = 20_088;

/// People and what is recorded of them, column by column.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Distinct people, at one centre or two.
    pub(super) people: u64,
    pub(super) persons: PersonColumns,
    /// By table.
    pub(super) codes: [Codes; 4],
}

/// One row for each person and centre.
#[derive(Debug, Default)]
pub(super) struct PersonColumns {
    pub(super) person: Vec<i64>,
    pub(super) centre: Vec<u32>,
    pub(super) sex: Vec<Option<u32>>,
    pub(super) birth: Vec<i32>,
}

/// One row for each code of a person at a centre.
#[derive(Debug, Default)]
pub(super) struct Codes {
    pub(super) person: Vec<i64>,
    pub(super) centre: Vec<u32>,
    pub(super) code: Vec<u32>,
    /// Only of diagnoses.
    pub(super) date: Vec<Option<i32>>,
}

/// The people numbered `numbers` (from 0), all from one stream of random numbers.
pub(super) fn batch(model: &Model, seed: u64, stream: u64, numbers: Range<u64>) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let mut draws = Draws(rng);
    let mut batch = Batch { people: numbers.end - numbers.start, ..Batch::default() };
    let mut person = Person { has: vec![false; model.conditions.len()], ..Person::default() };
    for number in numbers {
        person.draw(model, &mut draws, number.cast_signed() + 1);
        person.record(model, &mut draws, &mut batch);
    }
    batch
}

/// Random numbers.
struct Draws(ChaCha8Rng);

impl Draws {
    /// Uniform in `[0, 1)`.
    fn share(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Uniform in `0..n`.
    fn below(&mut self, n: i32) -> i32 {
        ((u64::from(self.0.next_u32()) * n.max(1) as u64) >> 32) as i32
    }
}

/// One person; the space is used for one after another.
#[derive(Debug, Default)]
struct Person {
    id: i64,
    sex: usize,
    sex_known: bool,
    age: i32,
    age_days: i32,
    birth: i32,
    /// First centre, and a second one.
    centres: (usize, Option<usize>),
    /// By condition.
    has: Vec<bool>,
    found: Vec<Found>,
    /// Scratch: specimens kept at the centre that is being recorded.
    kept: Vec<(RecordTable, u32)>,
    diagnoses: Vec<u32>,
}

/// A condition that a person has.
#[derive(Debug, Clone, Copy)]
struct Found {
    condition: usize,
    code: u32,
    onset: i32,
}

impl Person {
    /// Draws who they are, where they are followed, why, and what else they have.
    fn draw(&mut self, model: &Model, draws: &mut Draws, id: i64) {
        self.id = id;
        self.has.fill(false);
        self.found.clear();
        let first = model.first.at(draws.share()).unwrap_or(0);
        let centre = &model.centres[first];
        let (sex, band) = centre.people.at(draws.share()).unwrap_or((0, *centre.ages.start()));
        self.sex = sex;
        self.sex_known = !draws.chance(WITHOUT_SEX);
        self.age = band + draws.below(5);
        self.age_days = self.age * 1461 / 4 + draws.below(365);
        self.birth = REFERENCE_DAY - self.age_days;
        self.centres = (first, self.second(model, centre, draws));
        self.enrol(model, first, draws);
        if let Some(second) = self.centres.1 {
            self.enrol(model, second, draws);
        }
        for &(id, chance) in &model.background[stratum(self.sex, self.age)] {
            if self.has[id] {
                continue;
            }
            let raised = model.conditions[id].raised_by.iter().filter(|&&(cause, _)| self.has[cause]);
            let chance = raised.fold(chance, |chance, &(_, multiplier)| chance * multiplier);
            if draws.chance(chance.min(0.95)) {
                self.add(model, id, draws);
            }
        }
    }

    /// A second centre that takes people of this age.
    fn second(&self, model: &Model, centre: &CentreModel, draws: &mut Draws) -> Option<usize> {
        if !draws.chance(AT_TWO_CENTRES) {
            return None;
        }
        let takes = |&&(second, _): &&(usize, f64)| model.centres[second].ages.contains(&self.age);
        let total: f64 = centre.seconds.iter().filter(takes).map(|&(_, weight)| weight).sum();
        let mut left = draws.share() * total;
        let mut last = None;
        for &(second, weight) in centre.seconds.iter().filter(takes) {
            last = Some(second);
            if left < weight {
                break;
            }
            left -= weight;
        }
        last
    }

    /// Gives a reason to be at a centre, except to volunteers and to those who have one.
    fn enrol(&mut self, model: &Model, centre: usize, draws: &mut Draws) {
        let centre = &model.centres[centre];
        if self.found.iter().any(|found| centre.is_focus[found.condition]) || draws.chance(centre.volunteers) {
            return;
        }
        if let Some(condition) = centre.focus[stratum(self.sex, self.age)].at(draws.share()) {
            self.add(model, condition, draws);
        }
    }

    /// Adds a condition, unless it cannot have begun by now.
    fn add(&mut self, model: &Model, id: usize, draws: &mut Draws) {
        let condition = &model.conditions[id];
        if let (Some(onset), Some(code)) = (onset(condition, self.age_days, draws), condition.codes.at(draws.share())) {
            self.has[id] = true;
            self.found.push(Found { condition: id, code, onset });
        }
    }

    fn record(&mut self, model: &Model, draws: &mut Draws, batch: &mut Batch) {
        self.record_at(model, self.centres.0, true, draws, batch);
        if let Some(second) = self.centres.1 {
            self.record_at(model, second, false, draws, batch);
        }
    }

    fn record_at(&mut self, model: &Model, id: usize, first: bool, draws: &mut Draws, batch: &mut Batch) {
        let centre = &model.centres[id];
        batch.persons.person.push(self.id);
        batch.persons.centre.push(id as u32);
        batch.persons.sex.push(self.sex_known.then_some(self.sex as u32));
        batch.persons.birth.push(self.birth);

        self.diagnoses.clear();
        for found in &self.found {
            let mut day = self.birth + found.onset;
            if !first {
                if !centre.is_focus[found.condition] && draws.chance(NOT_RECORDED) {
                    continue;
                }
                if draws.chance(RECORDED_LATER) {
                    day = (day + draws.below(730)).min(REFERENCE_DAY);
                }
            }
            self.diagnoses.push(found.code);
            if centre.collects_diagnoses {
                let date = (!draws.chance(WITHOUT_DATE)).then_some(day);
                let codes = &mut batch.codes[RecordTable::Diagnoses as usize];
                codes.push(self.id, id, found.code);
                codes.date.push(date);
            }
        }
        self.kept.clear();
        for holding in &centre.holdings {
            let applies = match &holding.given {
                Given::Anybody => true,
                Given::Diagnosis(within) => self.diagnoses.iter().any(|&code| within[code as usize]),
                Given::Specimen(code) => self.kept.contains(&(RecordTable::Specimens, *code)),
            };
            let key = (holding.table, holding.code);
            if applies && draws.chance(holding.probability) && !self.kept.contains(&key) {
                self.kept.push(key);
                batch.codes[holding.table as usize].push(self.id, id, holding.code);
            }
        }
    }
}

impl Codes {
    fn push(&mut self, person: i64, centre: usize, code: u32) {
        self.person.push(person);
        self.centre.push(centre as u32);
        self.code.push(code);
    }
}

/// The day of age at which a condition began, not later than today; none if it only begins later in life.
fn onset(condition: &Condition, age_days: i32, draws: &mut Draws) -> Option<i32> {
    let days = |from: i32, to: i32| (to.min(age_days + 1) - from).max(0);
    let weight = |i: usize| {
        let band = condition.onset[i];
        band.weight * f64::from(days(band.from, band.to)) / f64::from((band.to - band.from).max(1))
    };
    let total: f64 = (0..condition.onset.len()).map(weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mut left = draws.share() * total;
    let mut chosen = None;
    for i in (0..condition.onset.len()).filter(|&i| weight(i) > 0.0) {
        chosen = Some(condition.onset[i]);
        if left < weight(i) {
            break;
        }
        left -= weight(i);
    }
    chosen.map(|band| band.from + draws.below(days(band.from, band.to)))
}
