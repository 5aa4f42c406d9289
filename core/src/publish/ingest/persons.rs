//! Who is at which centre: the persons table, its order, and the way from a key to persons.

use arrow::array::{RecordBatch, StringViewArray};
use datafusion::common::HashMap;
use ninzu_engine::{Error, ErrorKind, Result};
use rayon::slice::ParallelSliceMut;

use super::bad::{Bad, BadRow};
use super::cells::{Days, Key, Keys, text, texts};
use super::plan::PersonsPlan;
use super::source::rows;

/// A day that is not known; later than every other.
pub(super) const NO_DAY: i32 = i32::MAX;

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
    fn get(&self) -> Key<'_> {
        match self {
            Self::Int(key) => Key::Int(*key),
            Self::Text(key) => Key::Text(key),
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
    bad: Bad,
    rows: u64,
}

impl Persons {
    /// Reads and checks the persons table. Returns the rows read and the bad ones beside.
    pub(super) fn read(plan: &PersonsPlan) -> Result<(Self, u64, Bad)> {
        let exprs = plan.exprs();
        let chunks = plan.table.scan(&exprs, |batch| Chunk::read(plan, batch))?;
        let mut bad = Bad::default();
        let (mut rows, mut persons, mut values) = (0, Vec::new(), Vec::new());
        for (i, chunk) in chunks.into_iter().enumerate() {
            bad.merge(&chunk.bad);
            rows += chunk.rows;
            values.push(chunk.values);
            persons.extend(chunk.persons.into_iter().map(|p| Person { at: (p.at.0, i as u32), ..p }));
        }
        persons.par_sort_unstable_by(|a, b| (a.centre, a.key.get(), a.row).cmp(&(b.centre, b.key.get(), b.row)));
        let twice = persons.windows(2).filter(|w| w[0].centre == w[1].centre && w[0].key.get() == w[1].key.get());
        if let Some(pair) = twice.min_by_key(|w| w[1].row) {
            let (first, second) = (plan.table.row(pair[0].row), plan.table.row(pair[1].row));
            let message = format!("{}, {second}: a person is listed twice at one centre, first in {first}", plan.table.name());
            return Err(Error::new(ErrorKind::InvalidSource, message)
                .with_hint("the persons table has one row for each person and centre; take one of the rows out"));
        }
        let value = |column: usize| persons.iter().map(|p: &Person| values[p.at.1 as usize][column][p.at.0 as usize]).collect();
        let values: Vec<Vec<u32>> = (0..plan.columns.len()).map(value).collect();
        let centre = persons.iter().map(|p| p.centre).collect();
        let birth = persons.iter().map(|p| p.birth).collect();
        let mut all = Self { centre, birth, values, ..Self::default() };
        all.index(persons);
        Ok((all, rows, bad))
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
    pub(super) fn places(&self, key: Key<'_>) -> &[At] {
        let range = match key {
            Key::Int(key) => self.ints.get(&key),
            Key::Text(key) => self.texts.get(key),
        };
        range.map_or(&[], |&(start, length)| &self.places[start as usize..(start + length) as usize])
    }
}

impl Chunk {
    fn read(plan: &PersonsPlan, batch: &RecordBatch) -> Result<Self> {
        let Some(numbers) = rows(batch) else { return Ok(Self::default()) };
        let keys = Keys::new(batch, 1)?;
        let centres = plan.centre_column().map(|c| texts(batch, c + 1)).transpose()?;
        let births = plan.birth_column().map(|c| Days::new(batch, c + 1)).transpose()?;
        let earliest = plan.earliest_column().map(|c| Days::new(batch, c + 1)).transpose()?;
        let from = plan.first_value_column();
        let columns: Vec<StringViewArray> = (0..plan.columns.len()).map(|c| texts(batch, from + c + 1)).collect::<Result<_>>()?;
        let mut chunk = Self { values: vec![Vec::with_capacity(batch.num_rows()); columns.len()], ..Self::default() };
        let mut values = vec![0; columns.len()];
        chunk.rows = batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let read = || {
                let key = match keys.get(row).ok_or((BadRow::NoPerson, 0))? {
                    Key::Int(key) => OwnKey::Int(key),
                    Key::Text(key) => OwnKey::Text(key.into()),
                };
                let centre = plan.place.centre(centres.as_ref().and_then(|c| text(c, row))).map_err(|kind| (kind, 1))?;
                let day = |days: Option<&Days>, column: Option<usize>| {
                    let invalid = |kind| (kind, column.unwrap_or(0));
                    let day = days.map_or(Ok(None), |d| d.get(row)).map_err(|()| invalid(BadRow::InvalidDate))?;
                    if day.is_some_and(|day| day > plan.reference) { Err(invalid(BadRow::AfterReference)) } else { Ok(day) }
                };
                let birth = day(births.as_ref(), plan.birth_column())?;
                let earliest = day(earliest.as_ref(), plan.birth_column())?.or(birth);
                for (c, (known, array)) in plan.columns.iter().zip(&columns).enumerate() {
                    values[c] = match text(array, row) {
                        None => known.unknown,
                        Some(value) => *known.ids.get(value).ok_or((BadRow::UnknownValue, from + c))?,
                    };
                }
                Ok((key, centre, (birth.unwrap_or(NO_DAY), earliest.unwrap_or(NO_DAY))))
            };
            let number = numbers.value(row);
            match read_row(read) {
                Ok((key, centre, birth)) => {
                    let at = (chunk.persons.len() as u32, 0);
                    chunk.persons.push(Person { key, centre, row: number, birth, at });
                    for (all, &value) in chunk.values.iter_mut().zip(&values) {
                        all.push(value);
                    }
                }
                Err((kind, column)) => chunk.bad.add(number, kind, column),
            }
        }
        Ok(chunk)
    }
}

/// One row, or why it cannot be true and in which of the columns read.
fn read_row<T>(read: impl FnOnce() -> std::result::Result<T, (BadRow, usize)>) -> std::result::Result<T, (BadRow, usize)> {
    read()
}
