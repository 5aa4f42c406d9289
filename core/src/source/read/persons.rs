//! Who is at which centre: the persons table, its order, and the way from a key to persons.

use std::collections::BTreeMap;

use arrow::array::{RecordBatch, StringViewArray};
use datafusion::common::HashMap;
use ninzu_engine::{Error, ErrorKind, Message, Result};
use rayon::slice::ParallelSliceMut;

use super::columns::PersonsPlan;
use super::csv::LineKind;
use super::row_account::{Mended, Reason, Tally};
use super::table::{line_kind, rows};
use super::values::{DateCell, Days, Keys, PersonKey, text, texts};
use crate::catalogue::message;
use crate::source::spec::{BadDates, BadRows, TooOld};

/// A day that is not known; later than every other.
pub(super) const NO_DAY: i32 = i32::MAX;

/// The day of a record that had one and lost it: it may have been the first of its code, so the code's onset is unknown.
/// Earlier than every other.
pub(super) const LOST: i32 = i32::MIN;

/// The persons table, read: persons by centre, then key.
#[derive(Default)]
pub(super) struct Persons {
    pub(super) centre: Vec<u32>,
    /// Birth and the earliest day that it may mean, or `NO_DAY`.
    pub(super) birth: Vec<(i32, i32)>,
    /// For each column partition, value ids.
    pub(super) values: Vec<Vec<u32>>,
    /// Where a key's places begin, and how many they are.
    ints: HashMap<i64, (u32, u32)>,
    texts: HashMap<Box<str>, (u32, u32)>,
    /// By key, then centre.
    places: Vec<At>,
}

/// A person at a centre: all that a record needs to know of one, in one place of memory.
#[derive(Clone, Copy, Default)]
pub(super) struct At {
    pub(super) centre: u32,
    pub(super) person: u32,
    /// The earliest day that the birth date may mean, or `NO_DAY`.
    pub(super) earliest: i32,
}

enum OwnKey {
    Int(i64),
    Text(Box<str>),
}

impl OwnKey {
    fn get(&self) -> PersonKey<'_> {
        match self {
            Self::Int(key) => PersonKey::Int(*key),
            Self::Text(key) => PersonKey::Text(key),
        }
    }
}

struct Person {
    key: OwnKey,
    centre: u32,
    row: u64,
    birth: (i32, i32),
    /// Its position among those of its batch, and its batch: where its values are.
    at: (u32, u32),
}

#[derive(Default)]
struct Chunk {
    persons: Vec<Person>,
    values: Vec<Vec<u32>>,
    /// Birth dates of people older than anybody may be.
    old: BTreeMap<i32, u64>,
    tally: Tally,
}

/// What was read beside the persons.
pub(super) struct PersonsRead {
    pub(super) tally: Tally,
    /// How many people are older than anybody may be, by birth date.
    pub(super) old: BTreeMap<i32, u64>,
}

impl Persons {
    /// Reads and checks the persons table.
    pub(super) fn read(plan: &PersonsPlan) -> Result<(Self, PersonsRead)> {
        let exprs = plan.exprs();
        let chunks = plan.table.scan(&exprs, |batch| Chunk::read(plan, batch))?;
        let (mut tally, mut old) = (Tally::default(), BTreeMap::new());
        let (mut persons, mut values) = (Vec::new(), Vec::new());
        for (i, chunk) in chunks.into_iter().enumerate() {
            tally.merge(&chunk.tally);
            for (birth, count) in chunk.old {
                *old.entry(birth).or_default() += count;
            }
            values.push(chunk.values);
            persons.extend(chunk.persons.into_iter().map(|p| Person { at: (p.at.0, i as u32), ..p }));
        }
        persons.par_sort_unstable_by(|a, b| (a.centre, a.key.get(), a.row).cmp(&(b.centre, b.key.get(), b.row)));
        let value = |person: &Person, column: usize| -> u32 { values[person.at.1 as usize][column][person.at.0 as usize] };
        once_each(plan, &mut persons, &mut tally, |a, b| {
            a.birth == b.birth && (0..plan.columns.len()).all(|column| value(a, column) == value(b, column))
        })?;
        let values: Vec<Vec<u32>> =
            (0..plan.columns.len()).map(|column| persons.iter().map(|person| value(person, column)).collect()).collect();
        let centre = persons.iter().map(|p| p.centre).collect();
        let birth = persons.iter().map(|p| p.birth).collect();
        let mut all = Self { centre, birth, values, ..Self::default() };
        all.index(persons);
        Ok((all, PersonsRead { tally, old }))
    }

    fn index(&mut self, persons: Vec<Person>) {
        let mut slots = Vec::with_capacity(persons.len());
        for person in persons {
            let next = (self.ints.len() + self.texts.len()) as u32;
            slots.push(match person.key {
                OwnKey::Int(key) => self.ints.entry(key).or_insert((next, 0)).0,
                OwnKey::Text(key) => self.texts.entry(key).or_insert((next, 0)).0,
            });
        }
        let mut starts = vec![0_u32; self.ints.len() + self.texts.len() + 1];
        for &slot in &slots {
            starts[slot as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        for range in self.ints.values_mut().chain(self.texts.values_mut()) {
            let slot = range.0 as usize;
            *range = (starts[slot], starts[slot + 1] - starts[slot]);
        }
        self.places = vec![At::default(); slots.len()];
        for (person, slot) in slots.into_iter().enumerate() {
            let next = &mut starts[slot as usize];
            self.places[*next as usize] =
                At { centre: self.centre[person], person: person as u32, earliest: self.birth[person].1 };
            *next += 1;
        }
    }

    /// How many persons at centres there are.
    pub(super) fn len(&self) -> usize {
        self.centre.len()
    }

    /// The centres where a key is, in order; none for a key that is nowhere.
    pub(super) fn places(&self, key: PersonKey<'_>) -> &[At] {
        let range = match key {
            PersonKey::Int(key) => self.ints.get(&key),
            PersonKey::Text(key) => self.texts.get(key),
        };
        range.map_or(&[], |&(start, length)| &self.places[start as usize..(start + length) as usize])
    }
}

/// Takes out rows that repeat a person at a centre, if they say the same; else, or if bad rows stop a build, an error that says
/// how many there are and where the first is.
fn once_each(
    plan: &PersonsPlan,
    persons: &mut Vec<Person>,
    tally: &mut Tally,
    is_equal: impl Fn(&Person, &Person) -> bool,
) -> Result<()> {
    // How many there are, and the first with the row that it repeats: rows that differ, and rows that do not.
    let mut repeats = [(0_u64, (u64::MAX, 0)); 2];
    persons.dedup_by(|next, kept| {
        let is_same = next.centre == kept.centre && next.key.get() == kept.key.get();
        if is_same {
            let (count, first) = &mut repeats[usize::from(is_equal(next, kept))];
            *count += 1;
            *first = (*first).min((next.row, kept.row));
        }
        is_same
    });
    let [unequal, equal] = repeats;
    let refused = |(count, (row, before)): (u64, (u64, u64)), how: Message, hint: Message| {
        let table = &plan.table;
        let all = if count == 1 { message!("rows.one_such") } else { message!("rows.such", rows = count) };
        let (row, before) = (table.row(row), table.row(before));
        let message = message!("persons.twice", file = table.name(), row = row, before = before, rows = all, how = how);
        Err(Error::new(ErrorKind::InvalidSource, message).with_hint(hint))
    };
    if unequal.0 > 0 {
        return refused(unequal, message!("persons.unequal"), message!("hint.unequal_persons"));
    }
    if equal.0 > 0 && plan.rules.bad_rows == BadRows::Stop {
        return refused(equal, message!("persons.equal"), message!("hint.equal_persons"));
    }
    if equal.0 > 0 {
        tally.take_back(equal.0, equal.1.0, Reason::Repeated);
    }
    Ok(())
}

/// Columns of a batch of the persons table.
struct Columns<'a> {
    plan: &'a PersonsPlan,
    keys: Keys,
    centres: Option<StringViewArray>,
    births: Option<Days>,
    earliest: Option<Days>,
    values: Vec<StringViewArray>,
}

/// Why a row is left out, and because of which of the columns read.
pub(super) type Left = (Reason, usize);

impl<'a> Columns<'a> {
    fn new(plan: &'a PersonsPlan, batch: &RecordBatch) -> Result<Self> {
        let from = plan.first_value_column();
        Ok(Self {
            plan,
            keys: Keys::new(batch, 1)?,
            centres: plan.centre_column().map(|c| texts(batch, c + 1)).transpose()?,
            births: plan.birth_column().map(|c| Days::new(batch, c + 1)).transpose()?,
            earliest: plan.earliest_column().map(|c| Days::new(batch, c + 1)).transpose()?,
            values: (0..plan.columns.len()).map(|c| texts(batch, from + c + 1)).collect::<Result<_>>()?,
        })
    }

    /// The person of a row. What it loses goes to `mended`.
    fn person(&self, row: usize, values: &mut [u32], mended: &mut Vec<Mended>) -> std::result::Result<Person, Left> {
        let (plan, null) = (self.plan, &self.plan.rules.null);
        let key = match self.keys.get(row, null).ok_or((Reason::NoPerson, 0))? {
            PersonKey::Int(key) => OwnKey::Int(key),
            PersonKey::Text(key) => OwnKey::Text(key.into()),
        };
        let cell = self.centres.as_ref().and_then(|centres| text(centres, row));
        let centre = plan.place.centre(cell, null).map_err(|reason| (reason, 1))?;
        let birth = self.birth(row, mended)?;
        for (c, (known, cells)) in plan.columns.iter().zip(&self.values).enumerate() {
            let column = plan.first_value_column() + c;
            let unknown = known.unknown.ok_or((Reason::NoValue, column));
            values[c] = match text(cells, row) {
                None => unknown?,
                Some(cell) => match known.value(cell) {
                    Some(value) => value,
                    None if null.has(cell) => {
                        mended.push(Mended::NullWord);
                        unknown?
                    }
                    None => return Err((Reason::UnknownValue, column)),
                },
            };
        }
        if plan.impossible.hold(values, Some(birth.0).filter(|&day| day != NO_DAY)) {
            return Err((Reason::Impossible, plan.first_value_column().min(plan.exprs().len() - 1)));
        }
        Ok(Person { key, centre, row: 0, birth, at: (0, 0) })
    }

    /// The birth date and the earliest day that it may mean.
    fn birth(&self, row: usize, mended: &mut Vec<Mended>) -> std::result::Result<(i32, i32), Left> {
        let (Some(births), Some(column)) = (&self.births, self.plan.birth_column()) else { return Ok((NO_DAY, NO_DAY)) };
        let (plan, rules) = (self.plan, &self.plan.rules);
        let read = |days: &Days| days.get(row, &rules.null, &rules.unknown_dates);
        let unknown = |reason, mended| if plan.has_unknown_stage { Ok(mended) } else { Err((reason, column)) };
        let bad = |reason| match rules.bad_dates {
            BadDates::Undated => unknown(reason, Mended::BadDate),
            BadDates::Bad => Err((reason, column)),
        };
        let lost = match read(births) {
            DateCell::Empty => return unknown(Reason::NoValue, Mended::NullWord).map(|_| (NO_DAY, NO_DAY)),
            DateCell::NullWord => unknown(Reason::NoValue, Mended::NullWord)?,
            DateCell::Unknown => unknown(Reason::NoValue, Mended::UnknownDate)?,
            DateCell::NoDate => bad(Reason::InvalidDate)?,
            DateCell::Day(when) if when.earliest > plan.reference => bad(Reason::AfterReference)?,
            DateCell::Day(when) if when.latest <= plan.too_early && rules.too_old == TooOld::Stop => {
                return Err((Reason::TooOld, column));
            }
            DateCell::Day(when) if when.latest <= plan.too_early && rules.too_old == TooOld::Unknown => Mended::TooOld,
            DateCell::Day(when) => {
                if when.earliest < when.latest {
                    mended.push(Mended::PartOfDate);
                }
                let earliest = match self.earliest.as_ref().map(read) {
                    Some(DateCell::Day(first)) => first.earliest,
                    _ => when.earliest,
                };
                return Ok((when.day.min(plan.reference), earliest));
            }
        };
        mended.push(lost);
        Ok((NO_DAY, NO_DAY))
    }

    /// The birth date of a row, if it makes the person older than anybody may be.
    fn too_old(&self, row: usize) -> Option<i32> {
        let rules = &self.plan.rules;
        match self.births.as_ref()?.get(row, &rules.null, &rules.unknown_dates) {
            DateCell::Day(when) if when.latest <= self.plan.too_early => Some(when.day),
            _ => None,
        }
    }
}

impl Chunk {
    fn read(plan: &PersonsPlan, batch: &RecordBatch) -> Result<Self> {
        let Some(numbers) = rows(batch) else { return Ok(Self::default()) };
        let columns = Columns::new(plan, batch)?;
        let mut values = vec![0; plan.columns.len()];
        let mut mended = Vec::new();
        let mut chunk = Self { values: vec![Vec::with_capacity(batch.num_rows()); values.len()], ..Self::default() };
        for row in 0..batch.num_rows() {
            let number = numbers.value(row);
            let line_kind = line_kind(batch, row);
            if line_kind != LineKind::Row {
                chunk.tally.no_row(number, line_kind);
                continue;
            }
            mended.clear();
            match columns.person(row, &mut values, &mut mended) {
                Ok(person) => {
                    let at = (chunk.persons.len() as u32, 0);
                    chunk.persons.push(Person { row: number, at, ..person });
                    for (all, &value) in chunk.values.iter_mut().zip(&values) {
                        all.push(value);
                    }
                    chunk.tally.count();
                    for &mended in &mended {
                        chunk.tally.mend(mended);
                    }
                    if let Some(birth) = columns.too_old(row) {
                        *chunk.old.entry(birth).or_default() += 1;
                    }
                }
                Err((reason, column)) => chunk.tally.leave_out(number, reason, column),
            }
        }
        Ok(chunk)
    }
}
