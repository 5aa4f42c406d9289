//! Records of codes to closed records, person by person.

use std::collections::BTreeSet;

use arrow::array::{RecordBatch, StringViewArray};
use datafusion::common::HashMap;
use ninzu_engine::Result;
use ninzu_engine::model::{Dictionary, ROOT};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::calendar::Calendar;
use super::columns::{CentreSource, CodesPlan};
use super::csv::LineKind;
use super::impossible::OfCodes;
use super::observed::Observed;
use super::persons::{At, LOST, Left, NO_DAY, Persons};
use super::row_account::{Mended, Reason, Tally};
use super::table::{line_kind, rows};
use super::values::{DateCell, Days, Keys, text, texts};
use crate::source::life_stages::Scheme;
use crate::source::population::CodeRecords;
use crate::source::spec::{BadDates, RowRules, Unmapped};

/// What records are checked against.
pub(super) struct Context<'a> {
    pub(super) plan: &'a CodesPlan,
    pub(super) persons: &'a Persons,
    pub(super) dictionary: &'a Dictionary,
    /// For each centre, whether it collects the dimension.
    pub(super) collects: &'a [bool],
    /// The stages of onsets, if the dimension has any.
    pub(super) stages: Option<&'a Scheme>,
    /// The reference date, in days since 1970.
    pub(super) reference: i32,
    pub(super) rules: &'a RowRules,
    /// When each person was observed, if records at other times do not count.
    pub(super) observed: Option<&'a Observed>,
    /// When each person died, or `NO_DAY`.
    pub(super) deaths: Option<&'a [i32]>,
    /// For some codes, those that count its own records without lying above it, with all above them.
    pub(super) beside: &'a HashMap<u32, Vec<u32>>,
    /// What nobody can have.
    pub(super) impossible: OfCodes<'a>,
}

/// A person's record of a code on a day, or `NO_DAY`, or `LOST`.
#[derive(Clone, Copy)]
struct Record {
    person: u32,
    code: u32,
    day: i32,
}

#[derive(Default)]
struct Chunk {
    records: Vec<Record>,
    found: RecordsRead,
}

/// What was found beside the records.
#[derive(Default)]
pub(super) struct RecordsRead {
    pub(super) tally: Tally,
    /// On which days records lie, also those that are left out.
    pub(super) calendar: Calendar,
    /// For each record after a death, whose it is.
    pub(super) after_death: Vec<u32>,
    /// Some of the codes that the dictionary does not list.
    pub(super) unknown: BTreeSet<String>,
}

impl RecordsRead {
    fn merge(&mut self, other: &Self) {
        self.tally.merge(&other.tally);
        self.calendar.merge(&other.calendar);
        self.after_death.extend(&other.after_death);
        self.unknown.extend(other.unknown.iter().cloned());
        while self.unknown.len() > MOST_UNKNOWN {
            self.unknown.pop_last();
        }
    }
}

/// What a row is found to say beside its records.
#[derive(Default)]
struct Seen {
    /// What a record loses that is counted all the same.
    mended: Vec<Mended>,
    /// The day of its date.
    day: Option<i32>,
}

/// So many codes that the dictionary does not list are kept, the first in order.
const MOST_UNKNOWN: usize = 10_000;

/// Reads a table of codes. Returns what was found beside.
pub(super) fn read(context: &Context<'_>) -> Result<(CodeRecords, RecordsRead)> {
    let ids: HashMap<&str, u32> = (0..context.dictionary.len() as u32)
        .filter(|&id| !context.dictionary.name(id).contains('@'))
        .map(|id| (context.dictionary.name(id), id))
        .filter(|&(name, _)| name != ROOT)
        .collect();
    let chunks = context.plan.table.scan(&context.plan.exprs(), |batch| Chunk::read(context, &ids, batch))?;
    let mut found = RecordsRead::default();
    for chunk in &chunks {
        found.merge(&chunk.found);
    }
    let (offsets, records) = by_person(context.persons.len(), chunks);
    Ok((close(context, &offsets, &records), found))
}

/// Columns of a batch of a table of codes.
struct Columns<'a> {
    context: &'a Context<'a>,
    ids: &'a HashMap<&'a str, u32>,
    keys: Keys,
    codes: StringViewArray,
    centres: Option<StringViewArray>,
    dates: Option<Days>,
    date_column: usize,
}

impl<'a> Columns<'a> {
    fn new(context: &'a Context<'a>, ids: &'a HashMap<&'a str, u32>, batch: &RecordBatch) -> Result<Self> {
        let plan = context.plan;
        Ok(Self {
            context,
            ids,
            keys: Keys::new(batch, 1)?,
            codes: texts(batch, 2)?,
            centres: plan.centre_column().map(|c| texts(batch, c + 1)).transpose()?,
            dates: plan.date_column().map(|c| Days::new(batch, c + 1)).transpose()?,
            date_column: plan.date_column().unwrap_or(0),
        })
    }

    /// Appends the records of a row. What they lose goes to `mended`.
    fn records(&self, row: usize, records: &mut Vec<Record>, seen: &mut Seen) -> std::result::Result<(), Left> {
        let Context { plan, persons, rules, .. } = self.context;
        let code = text(&self.codes, row).filter(|code| !plan.null.has_code(code));
        if code.is_none() && plan.concepts && rules.unmapped == Unmapped::LeaveOut {
            return Err((Reason::Unmapped, 1));
        }
        let places = persons.places(self.keys.get(row, &rules.null).ok_or((Reason::NoPerson, 0))?);
        let places = match &plan.place {
            CentreSource::Anywhere => places,
            place => {
                let cell = self.centres.as_ref().and_then(|centres| text(centres, row));
                let centre = place.centre(cell, &rules.null).map_err(|reason| (reason, 2))?;
                let from = places.partition_point(|at| at.centre < centre);
                places.get(from..from + 1).filter(|at| at[0].centre == centre).unwrap_or(&[])
            }
        };
        if places.is_empty() {
            return Err((Reason::UnknownPerson, 0));
        }
        let code = match code {
            Some(code) => *self.ids.get(code).ok_or((Reason::UnknownCode, 1))?,
            None if plan.concepts && rules.unmapped == Unmapped::Any => {
                seen.mended.push(Mended::Unmapped);
                self.context.dictionary.root().ok_or((Reason::UnknownCode, 1))?
            }
            None if plan.concepts => return Err((Reason::NoConcept, 1)),
            None => return Err((Reason::NoCode, 1)),
        };
        let (day, latest) = self.day(row, seen)?;
        let before = records.len();
        let (mut is_early, mut is_unobserved) = (false, false);
        for &At { centre, person, earliest } in places {
            if self.context.collects[centre as usize] {
                if self.context.is_impossible(person, code) {
                    return Err((Reason::Impossible, 1));
                }
                let is_dated = day != NO_DAY && day != LOST && earliest != NO_DAY;
                let day = if is_dated && latest < earliest {
                    is_early = true;
                    self.bad(Reason::BeforeBirth).map(|_| LOST)?
                } else if is_dated {
                    day.max(earliest)
                } else {
                    day
                };
                if self.context.observed.is_none_or(|observed| observed.holds(person, day, latest)) {
                    records.push(Record { person, code, day });
                } else {
                    is_unobserved = true;
                }
            }
        }
        if is_early {
            seen.mended.push(Mended::BadDate);
        }
        if records.len() > before {
            Ok(())
        } else if is_unobserved {
            Err((Reason::Unobserved, self.date_column))
        } else {
            Err((Reason::NotCollected, 1))
        }
    }

    /// The day that is taken of a row's date, and the last day that it may mean.
    fn day(&self, row: usize, seen: &mut Seen) -> std::result::Result<(i32, i32), Left> {
        let Some(dates) = &self.dates else { return Ok((NO_DAY, NO_DAY)) };
        let rules = self.context.rules;
        let cell = dates.get(row, &rules.null, &rules.unknown_dates);
        if let DateCell::Day(when) = cell {
            seen.day = Some(when.day);
        }
        let lost = match cell {
            DateCell::Empty => return Ok((NO_DAY, NO_DAY)),
            DateCell::NullWord => {
                seen.mended.push(Mended::NullWord);
                return Ok((NO_DAY, NO_DAY));
            }
            DateCell::Unknown => Mended::UnknownDate,
            DateCell::NoDate => self.bad(Reason::InvalidDate)?,
            DateCell::Day(when) if when.earliest > self.context.reference => self.bad(Reason::AfterReference)?,
            DateCell::Day(when) => {
                if when.earliest < when.latest {
                    seen.mended.push(Mended::PartOfDate);
                }
                return Ok((when.day.min(self.context.reference), when.latest));
            }
        };
        seen.mended.push(lost);
        Ok((LOST, LOST))
    }

    /// What becomes of a date that cannot be true.
    fn bad(&self, reason: Reason) -> std::result::Result<Mended, Left> {
        if self.context.plan.bad_dates == BadDates::Undated { Ok(Mended::BadDate) } else { Err((reason, self.date_column)) }
    }
}

impl Chunk {
    fn read(context: &Context<'_>, ids: &HashMap<&str, u32>, batch: &RecordBatch) -> Result<Self> {
        let Some(numbers) = rows(batch) else { return Ok(Self::default()) };
        let columns = Columns::new(context, ids, batch)?;
        let mut chunk = Self { records: Vec::with_capacity(batch.num_rows()), found: RecordsRead::default() };
        let mut seen = Seen::default();
        for row in 0..batch.num_rows() {
            let line_kind = line_kind(batch, row);
            if line_kind != LineKind::Row {
                chunk.found.tally.no_row(numbers.value(row), line_kind);
                continue;
            }
            let before = chunk.records.len();
            seen.mended.clear();
            seen.day = None;
            let read = columns.records(row, &mut chunk.records, &mut seen);
            let RecordsRead { tally, calendar, after_death, unknown } = &mut chunk.found;
            match read {
                Ok(()) => {
                    tally.count();
                    seen.mended.iter().for_each(|&mended| tally.mend(mended));
                    after_death.extend(chunk.records[before..].iter().filter(|record| context.is_dead(record)).map(|r| r.person));
                }
                Err((reason, column)) => {
                    chunk.records.truncate(before);
                    tally.leave_out(numbers.value(row), reason, column);
                    if reason == Reason::UnknownCode && unknown.len() < MOST_UNKNOWN {
                        unknown.extend(text(&columns.codes, row).map(str::to_owned));
                    }
                }
            }
            if let Some(day) = seen.day {
                calendar.add(day);
            }
        }
        Ok(chunk)
    }
}

impl Context<'_> {
    /// Whether a person cannot have a code, or one that counts its records.
    fn is_impossible(&self, person: u32, code: u32) -> bool {
        let beside = self.beside.get(&code).into_iter().flatten();
        std::iter::once(&code).chain(beside).any(|&code| self.impossible.hold(person, code))
    }

    /// Whether a record lies after the day on which its person died.
    fn is_dead(&self, record: &Record) -> bool {
        let is_dated = record.day != NO_DAY && record.day != LOST;
        self.deaths.is_some_and(|deaths| is_dated && record.day > deaths[record.person as usize])
    }
}

/// Records in the order of persons, and where each person's begin.
fn by_person(persons: usize, chunks: Vec<Chunk>) -> (Vec<usize>, Vec<(u32, i32)>) {
    let mut offsets = vec![0_usize; persons + 2];
    for record in chunks.iter().flat_map(|c| &c.records) {
        offsets[record.person as usize + 2] += 1;
    }
    for i in 2..offsets.len() {
        offsets[i] += offsets[i - 1];
    }
    // While filling, offsets[p + 1] is where p's next record goes; afterwards, where p + 1's begin.
    let mut records = vec![(0, 0); offsets[persons + 1]];
    for chunk in chunks {
        for record in chunk.records {
            let at = &mut offsets[record.person as usize + 1];
            records[*at] = (record.code, record.day);
            *at += 1;
        }
    }
    offsets.truncate(persons + 1);
    (offsets, records)
}

/// Persons whose records are closed in one go.
const SHARE: usize = 8192;

/// Every person's codes with all ancestors, the root and onsets.
fn close(context: &Context<'_>, offsets: &[usize], records: &[(u32, i32)]) -> CodeRecords {
    let persons = context.persons.len();
    let dictionary = context.dictionary;
    let root = dictionary.root();
    let share = |from: usize| {
        let to = (from + SHARE).min(persons);
        let mut lengths = Vec::with_capacity(to - from);
        let mut codes = Vec::with_capacity(2 * (offsets[to] - offsets[from]));
        let (mut firsts, mut begins) = (Vec::new(), Vec::new());
        for person in from..to {
            let before = codes.len();
            firsts.clear();
            for &(code, day) in &records[offsets[person]..offsets[person + 1]] {
                firsts.push((code, day));
                let above = dictionary.ancestors(code).iter().chain(context.beside.get(&code).into_iter().flatten());
                firsts.extend(above.filter(|&&a| Some(a) != root).map(|&a| (a, day)));
            }
            // The first day of each code comes first; NO_DAY is later than all, LOST earlier: the onset is unknown then.
            firsts.sort_unstable();
            firsts.dedup_by_key(|&mut (code, _)| code);
            if let (Some(root), false) = (root, firsts.is_empty()) {
                codes.push(root);
            }
            let birth = context.persons.birth[person].0;
            let is_dated = |day: i32| day != NO_DAY && day != LOST;
            let stages = context.stages.filter(|_| birth != NO_DAY && firsts.iter().any(|&(_, day)| is_dated(day)));
            if let Some(stages) = stages {
                stages.begins(birth, &mut begins);
            }
            // Whoever has a record without a concept has any code, and perhaps no other.
            for &(code, day) in firsts.iter().filter(|&&(code, _)| Some(code) != root) {
                codes.push(code);
                if stages.is_some() && is_dated(day) {
                    codes.push(code + 1 + begins.partition_point(|&begin| begin <= day) as u32);
                }
            }
            lengths.push(codes.len() - before);
        }
        (lengths, codes)
    };
    let shares: Vec<(Vec<usize>, Vec<u32>)> = (0..persons.div_ceil(SHARE)).into_par_iter().map(|i| share(i * SHARE)).collect();
    let mut records = CodeRecords {
        offsets: Vec::with_capacity(persons + 1),
        codes: Vec::with_capacity(shares.iter().map(|s| s.1.len()).sum()),
    };
    records.offsets.push(0);
    let mut end = 0;
    for (lengths, codes) in shares {
        records.offsets.extend(lengths.into_iter().map(|length| {
            end += length;
            end
        }));
        records.codes.extend(codes);
    }
    records
}
