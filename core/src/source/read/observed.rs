//! Observation periods of OMOP tables: on which days a person's records are complete enough to count.

use ninzu_engine::Result;

use super::columns::ObservedPlan;
use super::csv::LineKind;
use super::persons::{At, LOST, Left, NO_DAY, Persons};
use super::row_account::{Reason, Tally};
use super::table::{line_kind, rows};
use super::values::{DateCell, Days, Keys};
use crate::source::spec::RowRules;

/// The days on which each person was observed.
#[derive(Debug)]
pub(super) struct Observed {
    /// Where each person's periods begin; one more entry than there are persons.
    offsets: Vec<usize>,
    /// First and last days, in order.
    periods: Vec<(i32, i32)>,
}

/// A person, the first day and the last.
type Period = (u32, (i32, i32));

/// Columns of a batch of periods.
struct Columns<'a> {
    persons: &'a Persons,
    rules: &'a RowRules,
    keys: Keys,
    days: [Days; 2],
}

impl Columns<'_> {
    /// The persons of a row and its period.
    fn period(&self, row: usize) -> std::result::Result<(&[At], (i32, i32)), Left> {
        let places = self.persons.places(self.keys.get(row, &self.rules.null).ok_or((Reason::NoPerson, 0))?);
        let day = |which: usize| match self.days[which].get(row, &self.rules.null, &self.rules.unknown_dates) {
            DateCell::Day(when) => Ok(when),
            DateCell::NoDate => Err((Reason::InvalidDate, 1 + which)),
            DateCell::Empty | DateCell::NullWord | DateCell::Unknown => Err((Reason::NoDate, 1 + which)),
        };
        // Of a month or a year alone, all of it was observed.
        let (first, last) = (day(0)?.earliest, day(1)?.latest);
        if places.is_empty() {
            // Nothing is lost by it: extracts often keep the periods of everybody.
            Err((Reason::OthersPeriod, 0))
        } else if last < first {
            Err((Reason::EndsBeforeStart, 2))
        } else {
            Ok((places, (first, last)))
        }
    }
}

impl Observed {
    /// Reads the periods of these persons. Returns what became of the rows beside.
    pub(super) fn read(plan: &ObservedPlan, persons: &Persons, rules: &RowRules) -> Result<(Self, Tally)> {
        let chunks = plan.table.scan(&plan.exprs, |batch| {
            let (mut found, mut tally) = (Vec::<Period>::new(), Tally::default());
            let Some(numbers) = rows(batch) else { return Ok((found, tally)) };
            let days = [Days::new(batch, 2)?, Days::new(batch, 3)?];
            let columns = Columns { persons, rules, keys: Keys::new(batch, 1)?, days };
            for row in 0..batch.num_rows() {
                let number = numbers.value(row);
                match (line_kind(batch, row), columns.period(row)) {
                    (LineKind::Row, Ok((places, period))) => {
                        found.extend(places.iter().map(|at| (at.person, period)));
                        tally.count();
                    }
                    (LineKind::Row, Err((reason, column))) => tally.leave_out(number, reason, column),
                    (line_kind, _) => tally.no_row(number, line_kind),
                }
            }
            Ok((found, tally))
        })?;
        let (mut all, mut tally) = (Vec::new(), Tally::default());
        for (found, of_chunk) in chunks {
            all.extend(found);
            tally.merge(&of_chunk);
        }
        Ok((Self::new(persons.len(), all), tally))
    }

    fn new(persons: usize, mut all: Vec<Period>) -> Self {
        all.sort_unstable();
        let mut offsets = vec![0; persons + 1];
        for &(person, _) in &all {
            offsets[person as usize + 1] += 1;
        }
        for person in 0..persons {
            offsets[person + 1] += offsets[person];
        }
        Self { offsets, periods: all.into_iter().map(|(_, period)| period).collect() }
    }

    /// Whether a record of a person counts, whose date may mean any day of these; one without a date (`NO_DAY`), or that lost it
    /// (`LOST`), does where the person was ever observed.
    pub(super) fn holds(&self, person: u32, earliest: i32, latest: i32) -> bool {
        let periods = &self.periods[self.offsets[person as usize]..self.offsets[person as usize + 1]];
        if [NO_DAY, LOST].contains(&earliest) {
            return !periods.is_empty();
        }
        periods.iter().any(|&(first, last)| first <= latest && earliest <= last)
    }

    /// How many persons have no period at all.
    pub(super) fn never(&self) -> u64 {
        self.offsets.windows(2).filter(|w| w[0] == w[1]).count() as u64
    }
}
