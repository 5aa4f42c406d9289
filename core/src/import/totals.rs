//! Totals, and bands inside bands, that a table holds as if they were values of their own: whoever adds values up counts the same
//! people twice.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::Kind;
use ninzu_engine::{Error, ErrorKind, Interval, Message, Result};

use super::column::Column;
use super::evidence::{Evidence, Sum};
use super::labels::{Range, Word, range, range_behind_date};
use super::read::{ALL, LongTable};
use super::search::Search;
use super::spec::TableSpec;
use crate::catalogue::message;
use crate::consistency::counts;

/// What the parts of a value have to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// They are all of it.
    Sum,
    /// They are in it.
    AtLeast,
}

/// Values that turned out to be made of others.
struct Found {
    value: u32,
    /// The parts; `None`: all other values.
    parts: Option<Vec<u32>>,
    /// Whether its name says so, whatever the counts say.
    is_named: bool,
    evidence: Evidence,
}

/// Refuses values that are totals of others.
pub(super) fn refuse_totals(cells: &LongTable, table: &TableSpec, suppressed: Option<Interval>) -> Result<()> {
    let insisted = |name: &str| table.not_total.iter().any(|other| other == name);
    let mut known = Vec::new();
    let columns = (0..cells.dimensions.all().len()).map(Some).chain([None]);
    let columns: Vec<Column<'_>> = columns.map(|dimension| Column::new(cells, dimension, suppressed)).collect();
    for column in &columns {
        known.extend(column.present_values().map(|value| column.names[value as usize].to_owned()));
        if let Some(found) = column.find(&insisted) {
            let others = columns.iter().filter(|column| column.kind() == Kind::Partition).flat_map(Column::totals_by_name);
            let mut totals: BTreeSet<&str> = table.totals.iter().map(String::as_str).chain(others).collect();
            totals.retain(|name| !insisted(name));
            return Err(column.refuse(&found, totals));
        }
        column.refuse_dates(&insisted)?;
    }
    if let Some((at, found)) = find_crossed(cells, &columns, &insisted) {
        let totals = table.totals.iter().map(String::as_str).chain(at.iter().map(|&(c, value)| columns[c].names[value as usize]));
        return Err(columns[at[0].0].refuse(&found, totals.collect()));
    }
    match table.not_total.iter().find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => Err(Error::new(ErrorKind::InvalidSpec, message!("import.not_total", value = name))
            .with_hint(message!("hint.correct_name"))),
    }
}

/// Values of several columns with their numbers.
type Values = Vec<(usize, u32)>;
/// So many combinations of values that stand beside no other are looked at.
const MOST_CROSSED: usize = 32;

/// Values of several columns that together are the sum of all others: none of them stands beside another value of its column,
/// because rows that are totals of one column only were left out.
fn find_crossed(cells: &LongTable, columns: &[Column<'_>], insisted: &dyn Fn(&str) -> bool) -> Option<(Values, Found)> {
    let columns: Vec<(usize, &Column<'_>)> = columns.iter().enumerate().filter(|(_, c)| c.kind() == Kind::Partition).collect();
    let alone: Vec<Vec<bool>> = columns.iter().map(|(_, column)| column.alone()).collect();
    let is_alone = |c: usize, row: usize| alone[c].get(columns[c].1.value(row) as usize).copied().unwrap_or(false);
    let alone_in = |row: usize| (0..columns.len()).filter(move |&c| is_alone(c, row));
    let mut all: BTreeSet<Vec<(usize, u32)>> = BTreeSet::new();
    for row in 0..cells.rows.len() {
        let values: Vec<(usize, u32)> = alone_in(row).map(|c| (c, columns[c].1.value(row))).collect();
        if values.len() > 1 && all.len() < MOST_CROSSED {
            all.insert(values);
        }
    }
    for values in all {
        let is_crossed = |c: usize| values.iter().any(|&(other, _)| other == c);
        let around = |row: usize| -> Vec<u32> {
            let partitions = (0..columns.len()).filter(|&c| !is_crossed(c)).map(|c| columns[c].1.value(row));
            partitions.chain(cells.codes(row)).collect()
        };
        let is_total = |row: usize| values.iter().all(|&(c, value)| columns[c].1.value(row) == value);
        let is_part = |row: usize| values.iter().all(|&(c, _)| columns[c].1.value(row) != ALL && !is_alone(c, row));
        let mut sums: BTreeMap<Vec<u32>, Vec<Interval>> = BTreeMap::new();
        for row in (0..cells.rows.len()).filter(|&row| is_part(row)) {
            sums.entry(around(row)).or_default().push(cells.rows[row].interval);
        }
        let parts: usize = values.iter().map(|&(c, _)| alone[c].iter().filter(|alone| !**alone).count()).product();
        let mut evidence = Evidence::default();
        for row in (0..cells.rows.len()).filter(|&row| is_total(row)) {
            if let Some(intervals) = sums.get(&around(row)) {
                evidence.see(row, cells.rows[row].interval, Sum::of(intervals.iter().copied()), parts, None);
            }
        }
        let names: usize = columns.iter().map(|(_, column)| column.names.len()).sum();
        let is_insisted = values.iter().any(|&(c, value)| insisted(columns[c].1.names[value as usize]));
        if evidence.is_no_accident((names as f64).ln()) && !is_insisted {
            let places = values.iter().map(|&(c, value)| (columns[c].0, value)).collect();
            return Some((places, Found { value: values[0].1, parts: None, is_named: false, evidence }));
        }
    }
    None
}

impl Column<'_> {
    /// The first value that is made of others.
    fn find(&self, insisted: &dyn Fn(&str) -> bool) -> Option<Found> {
        let values: Vec<u32> = self.present_values().filter(|&value| !insisted(self.names[value as usize])).collect();
        if self.kind() == Kind::Codes {
            return self.find_named_code(&values);
        }
        if self.present.iter().filter(|present| **present).count() < 2 {
            // One centre may well be the whole country.
            let named = values.into_iter().find(|&value| self.dimension.is_some() && self.word(value) == Word::Total);
            return named.map(|value| Found { value, parts: None, is_named: true, evidence: Evidence::default() });
        }
        let evidence = self.against_all_others();
        let total = |value: u32| {
            let evidence = &evidence[value as usize];
            let is_named = self.word(value) == Word::Total;
            let is_total = is_named
                || match self.word(value) {
                    // One that no other value stands beside says nothing against it.
                    Word::Perhaps => evidence.fits() && (evidence.peopled > 0 || evidence.compared == 0),
                    _ => evidence.is_no_accident((self.names.len() as f64).ln()),
                };
            is_total.then(|| Found { value, parts: None, is_named, evidence: evidence.clone() })
        };
        let named = values.iter().copied().filter(|&value| self.word(value) == Word::Total).find_map(total);
        let named = named.or_else(|| self.dimension.and_then(|_| self.find_band(&values)));
        named.or_else(|| values.iter().copied().find_map(total)).or_else(|| self.find_sum(&values))
    }

    /// A code whose name is a word for everybody: other codes have no more people anywhere.
    fn find_named_code(&self, values: &[u32]) -> Option<Found> {
        if self.dimension.is_some_and(|d| self.cells.has_dictionary[d]) {
            return None;
        }
        let is_least = |value: u32| {
            self.contexts.iter().any(|context| {
                let own = context.iter().find(|(other, _)| *other == value).map(|&(_, row)| self.interval(row));
                let upper = own.and_then(Interval::upper);
                upper.is_some_and(|upper| context.iter().any(|&(_, row)| self.interval(row).lower() > upper))
            })
        };
        let value = values.iter().copied().find(|&value| self.word(value) == Word::Total && !is_least(value))?;
        Some(Found { value, parts: None, is_named: true, evidence: Evidence::default() })
    }

    /// How well each value is the sum of all others; words for everybody are no parts.
    fn against_all_others(&self) -> Vec<Evidence> {
        let is_part: Vec<bool> = (0..self.names.len() as u32).map(|value| self.word(value) != Word::Total).collect();
        let parts = (0..self.names.len()).filter(|&value| is_part[value] && self.present[value]).count();
        let mut all = vec![Evidence::default(); self.names.len()];
        for context in &self.contexts {
            let sum = Sum::of(context.iter().filter(|(value, _)| is_part[*value as usize]).map(|&(_, row)| self.interval(row)));
            for &(value, row) in context {
                let own = self.interval(row);
                let (others, wanted) = if is_part[value as usize] { (sum.without(own), parts - 1) } else { (sum, parts) };
                all[value as usize].see(row, own, others, wanted, self.suppressed);
            }
        }
        all
    }

    /// How well a value is the sum of these, or how many more it has.
    fn against(&self, value: u32, parts: &[u32], rule: Rule) -> Evidence {
        let mut evidence = Evidence::default();
        let mut is_part = vec![false; self.names.len()];
        for &part in parts {
            is_part[part as usize] = true;
        }
        // What else a band may hold is not known.
        let (wanted, suppressed) = if rule == Rule::Sum { (parts.len(), self.suppressed) } else { (usize::MAX, None) };
        for context in &self.contexts {
            let Some(&(_, row)) = context.iter().find(|(other, _)| *other == value) else { continue };
            let sum = Sum::of(context.iter().filter(|(value, _)| is_part[*value as usize]).map(|&(_, row)| self.interval(row)));
            evidence.see(row, self.interval(row), sum, wanted, suppressed);
        }
        evidence
    }

    /// A band whose label has numbers of others too, where the counts do not say that labels mean something else.
    fn find_band(&self, values: &[u32]) -> Option<Found> {
        let ranges: Vec<(u32, Range)> =
            self.present_values().filter_map(|value| Some((value, range(self.names[value as usize])?))).collect();
        let present = self.present.iter().filter(|present| **present).count();
        if 2 * ranges.len() <= present || is_numbering(&ranges) {
            return None;
        }
        ranges.iter().filter(|(value, _)| values.contains(value)).find_map(|&(value, whole)| {
            let others = ranges.iter().copied().filter(|&(other, range)| other != value && whole.overlaps(range));
            let (inside, beside): (Vec<_>, Vec<_>) = others.partition(|&(_, range)| whole.holds(range));
            let is_across = |range: Range| !range.holds(whole);
            if let Some(&(other, _)) = beside.iter().find(|(_, range)| is_across(*range)) {
                return Some(Found { value, parts: Some(vec![other]), is_named: true, evidence: Evidence::default() });
            }
            let (parts, is_filled) = finest(whole, inside);
            let evidence = self.against(value, &parts, Rule::AtLeast);
            let is_band = evidence.broken == 0 || (is_filled && 2 * evidence.broken <= evidence.compared);
            let holds_all = ranges.iter().all(|&(_, range)| whole.holds(range));
            let parts = Some(parts).filter(|parts| !parts.is_empty())?;
            is_band.then(|| Found { value, parts: Some(parts).filter(|_| !holds_all), is_named: true, evidence })
        })
    }

    /// A value that is the sum of some others in every row: of neighbours in the table's order, or of any where there are few.
    fn find_sum(&self, values: &[u32]) -> Option<Found> {
        let parts = self.present_values().filter(|&value| self.word(value) != Word::Total).collect();
        let search = Search::new(self, parts)?;
        for &value in values {
            for (parts, ln_hypotheses) in search.neighbours(value).into_iter().chain(search.any(value)) {
                let evidence = self.against(value, &parts, Rule::Sum);
                if evidence.is_no_accident(ln_hypotheses) {
                    return Some(Found { value, parts: Some(parts), is_named: false, evidence });
                }
            }
        }
        None
    }

    /// Values that a spreadsheet made dates of, among bands.
    fn refuse_dates(&self, insisted: &dyn Fn(&str) -> bool) -> Result<()> {
        if self.kind() == Kind::Codes
            || self.dimension.is_none()
            || !self.present_values().any(|v| range(self.names[v as usize]).is_some())
        {
            return Ok(());
        }
        for context in &self.contexts {
            for &(value, row) in context {
                let name = self.names[value as usize];
                if let Some(Range { first, last: Some(last) }) = range_behind_date(name).filter(|_| !insisted(name)) {
                    let (name, band) = (format!("{name:?}"), format!("{first}-{last}"));
                    let what = message!("import.date", value = &name, column = self.what.clone(), band = &band);
                    let hint = message!("hint.recode_date", value = name, band = band);
                    return Err(self.cells.refuse(row, what).with_hint(hint));
                }
            }
        }
        Ok(())
    }
}

impl Column<'_> {
    /// Values whose names are words for everybody, but for one centre that is the only one.
    fn totals_by_name(&self) -> impl Iterator<Item = &str> + '_ {
        let is_alone = self.dimension.is_none() && self.names.len() == 1;
        let values = self.present_values().filter(move |&value| !is_alone && self.word(value) == Word::Total);
        values.map(|value| self.names[value as usize])
    }

    /// The error, with all that the spec should list as totals.
    fn refuse<'n>(&'n self, found: &Found, mut totals: BTreeSet<&'n str>) -> Error {
        let Found { value, parts, is_named, evidence } = found;
        let name = self.names[*value as usize];
        totals.insert(name);
        let (shown, of) = (format!("{name:?}"), self.what.clone());
        let parts_named = |parts: &[u32]| -> Vec<String> {
            parts.iter().take(6).map(|&part| format!("{:?}", self.names[part as usize])).collect()
        };
        let what = match (parts, self.kind()) {
            (Some(parts), _) if *is_named => {
                message!("total.overlaps", value = shown, column = of, others = parts_named(parts))
            }
            (Some(parts), _) => message!("total.of_parts", value = shown, column = of, parts = parts_named(parts)),
            (None, Kind::Codes) => message!("total.no_code", value = shown, column = of),
            (None, Kind::Partition) if evidence.peopled == 0 => message!("total.named", value = shown, column = of),
            (None, Kind::Partition) => message!("total.of_others", value = shown, column = of),
        };
        let what = match self.shows(evidence) {
            Some(shown) => message!("total.shown", what = what, shown = shown),
            None => what,
        };
        let first = || self.contexts.iter().flatten().filter(|(other, _)| other == value).map(|&(_, row)| row).min();
        let row = evidence.shown.map(|(row, ..)| row).or_else(first).unwrap_or_default();
        self.cells.refuse(row, what).with_hint(self.hint(name, parts.is_some(), &totals))
    }

    /// What the rows say.
    fn shows(&self, evidence: &Evidence) -> Option<Message> {
        if evidence.compared == 0 {
            return None;
        }
        let (rows, of) = (evidence.compared - evidence.broken, evidence.compared);
        let mut shown = message!("total.rows", rows = rows, of = of);
        if let Some((_, own, sum)) = evidence.shown {
            shown = message!("total.here", shown = shown, own = counts(own), sum = counts(sum));
        }
        if let Some((row, sum)) = evidence.broken_at {
            let place = self.cells.texts.row(self.cells.rows[row].number);
            let own = counts(self.interval(row));
            shown = message!("total.not_in", shown = shown, row = place, own = own, sum = counts(sum));
        }
        Some(shown)
    }

    /// How to mend it.
    fn hint(&self, name: &str, is_band: bool, totals: &BTreeSet<&str>) -> Message {
        let totals: Vec<&&str> = totals.iter().collect();
        let (value, totals) = (format!("{name:?}"), format!("{totals:?}"));
        match (self.dimension, is_band, self.kind()) {
            (None, ..) => message!("hint.total_of_centres", totals = totals, value = value),
            (Some(_), true, _) => message!("hint.leave_out_band", value = value),
            (Some(_), false, Kind::Codes) => message!("hint.total_or_any", totals = totals, value = value),
            (Some(_), false, Kind::Partition) => message!("hint.total", totals = totals, value = value),
        }
    }
}

/// The finest bands inside one that follow each other, and whether they fill it.
fn finest(whole: Range, mut inside: Vec<(u32, Range)>) -> (Vec<u32>, bool) {
    // Of those that begin at one number the shortest.
    inside.sort_by_key(|&(_, range)| (range.first, range.last.unwrap_or(u32::MAX)));
    let mut parts: Vec<(u32, Range)> = Vec::new();
    for (other, range) in inside {
        if parts.last().is_none_or(|&(_, before)| !before.overlaps(range)) {
            parts.push((other, range));
        }
    }
    let (values, ranges): (Vec<u32>, Vec<Range>) = parts.into_iter().unzip();
    let is_filled = whole.is_filled_by(&ranges);
    (values, is_filled)
}

/// Whether labels such as 1-1, 1-2, 1-3 number things: several begin alike and end one after the other.
fn is_numbering(ranges: &[(u32, Range)]) -> bool {
    let mut all: Vec<(u32, u32)> = ranges.iter().filter_map(|&(_, range)| Some((range.first, range.last?))).collect();
    all.sort_unstable();
    all.windows(3).any(|three| three[0].0 == three[2].0 && three[1].1 == three[0].1 + 1 && three[2].1 == three[1].1 + 1)
}
