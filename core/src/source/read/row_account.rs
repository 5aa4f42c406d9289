//! What became of every row: counted, or left out for a reason. Rows read = rows counted + rows left out, for every table.

use std::collections::BTreeMap;

use ninzu_engine::message::Argument;
use ninzu_engine::{Error, ErrorKind, Language, Message, Result};
use serde::Serialize;

use super::csv::{LineKind, no_row};
use super::table::SourceTable;
use crate::catalogue::{CATALOGUE, listed, message};
use crate::source::spec::BadRows;

/// Why a row is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The header once more.
    HeaderAgain,
    /// Delimiters and nothing between them.
    Blank,
    /// Text below the table.
    Footer,
    /// Another number of cells than the header has.
    Ragged,
    /// The row names nobody.
    NoPerson,
    /// The person is not in the persons table, at that centre.
    UnknownPerson,
    /// The row names no centre.
    NoCentre,
    /// The centre is not in the spec.
    UnknownCentre,
    /// The person's centre does not collect the dimension.
    NotCollected,
    /// The value of a partition is not in the spec.
    UnknownValue,
    /// The row has no value of a partition, and the spec does not say that it may be missing.
    NoValue,
    /// The row has no code.
    NoCode,
    /// The code is not in the dictionary.
    UnknownCode,
    /// The row has no date, where it needs one.
    NoDate,
    /// The date is none that can be read.
    InvalidDate,
    /// The date lies before the person's birth.
    BeforeBirth,
    /// The date lies after the reference date.
    AfterReference,
    /// The period ends before it starts.
    EndsBeforeStart,
    /// The person would be older than the spec allows.
    TooOld,
    /// The person is listed already, and the rows are equal.
    Repeated,
    /// An OMOP record without a standard concept (0 or empty), which the spec leaves out.
    Unmapped,
    /// An OMOP record without a standard concept, which the spec does not leave out.
    NoConcept,
    /// An observation period of somebody who is not in the persons table.
    OthersPeriod,
    /// An OMOP record that lies outside the observation periods of its person, or of somebody who has none.
    Unobserved,
    /// The row makes a combination that the spec rules out: a structural zero.
    Impossible,
}

/// What a reason means for a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The row cannot be true: it stops a build, or counts against the limit of what may be lost.
    Fault,
    /// Nothing is lost without the row, but it should not be there: it stops a build unless bad rows are dropped.
    Excess,
    /// Leaving such rows out is a rule: they are told and stop nothing.
    Rule,
}

impl Reason {
    /// What the reason means for a build.
    pub fn class(self) -> Class {
        match self {
            Self::HeaderAgain | Self::Blank | Self::Unmapped | Self::OthersPeriod | Self::Unobserved => Class::Rule,
            Self::Footer | Self::Repeated => Class::Excess,
            _ => Class::Fault,
        }
    }

    /// Whether the row is a record that is missing from the counts: what is no record, and what is there already, is not.
    pub fn is_loss(self) -> bool {
        self.class() == Class::Fault || matches!(self, Self::Unmapped | Self::Unobserved)
    }

    /// The code of what is wrong, after "column ..." or "rows: ...".
    fn code(self) -> &'static str {
        match self {
            Self::HeaderAgain => "reason.header_again",
            Self::Blank => "reason.blank",
            Self::Footer => "reason.footer",
            Self::Ragged => "reason.ragged",
            Self::NoPerson => "reason.no_person",
            Self::UnknownPerson => "reason.unknown_person",
            Self::NoCentre => "reason.no_centre",
            Self::UnknownCentre => "reason.unknown_centre",
            Self::NotCollected => "reason.not_collected",
            Self::UnknownValue => "reason.unknown_value",
            Self::NoValue => "reason.no_value",
            Self::NoCode => "reason.no_code",
            Self::UnknownCode => "reason.unknown_code",
            Self::NoDate => "reason.no_date",
            Self::InvalidDate => "reason.invalid_date",
            Self::BeforeBirth => "reason.before_birth",
            Self::AfterReference => "reason.after_reference",
            Self::EndsBeforeStart => "reason.ends_before_start",
            Self::TooOld => "reason.too_old",
            Self::Repeated => "reason.repeated",
            Self::Unmapped | Self::NoConcept => "reason.no_concept",
            Self::OthersPeriod => "reason.others_period",
            Self::Unobserved => "reason.unobserved",
            Self::Impossible => "reason.impossible",
        }
    }

    /// The reason in words.
    pub fn words(self, language: Language) -> &'static str {
        CATALOGUE.text(language, self.code()).unwrap_or_default()
    }

    fn what(self) -> Message {
        Message::new(&CATALOGUE, self.code(), Vec::new())
    }

    fn fix(self) -> Message {
        match self {
            Self::HeaderAgain | Self::Blank | Self::Footer | Self::Repeated => message!("hint.take_row_out"),
            Self::Ragged => message!("hint.all_cells"),
            Self::NoPerson | Self::NoCentre | Self::NoCode | Self::NoDate => message!("hint.fill_in"),
            Self::UnknownPerson | Self::OthersPeriod => message!("hint.add_person"),
            Self::UnknownCentre => message!("hint.declare_centre"),
            Self::NotCollected => message!("hint.add_collects"),
            Self::UnknownValue => message!("hint.unknown_value"),
            Self::NoValue => message!("hint.missing_value"),
            Self::UnknownCode => message!("hint.unknown_code"),
            Self::InvalidDate => message!("hint.write_dates"),
            Self::BeforeBirth => message!("hint.correct_birth"),
            Self::AfterReference => message!("hint.later_reference"),
            Self::EndsBeforeStart => message!("hint.correct_start"),
            Self::TooOld => message!("hint.oldest_person"),
            Self::Unobserved => message!("hint.correct_period"),
            Self::Impossible => message!("hint.impossible"),
            Self::Unmapped | Self::NoConcept => message!("hint.unmapped"),
        }
    }

    /// Whether the row could be kept without its date.
    fn is_date(self) -> bool {
        matches!(self, Self::InvalidDate | Self::BeforeBirth | Self::AfterReference)
    }
}

/// What a row lost that is counted all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mended {
    /// A word such as `NULL` was read as nothing.
    NullWord,
    /// A date that the spec lists in `unknown_dates` was read as unknown.
    UnknownDate,
    /// A date that cannot be true was left out, because the spec says so.
    BadDate,
    /// Only the month or the year is known.
    PartOfDate,
    /// A birth date that is too long ago was read as unknown.
    TooOld,
    /// A record without a standard concept counts as any code.
    Unmapped,
}

impl Mended {
    /// What became of such rows.
    pub fn words(self, language: Language) -> &'static str {
        let (en, ja) = match self {
            Self::NullWord => ("a word such as NULL read as nothing", "NULL などの語を空欄とみなした"),
            Self::UnknownDate => {
                ("counted without its date, which stands for an unknown one", "不明を表す日付のため日付なしで計上")
            }
            Self::BadDate => ("counted without its date, which cannot be true", "ありえない日付のため日付なしで計上"),
            Self::PartOfDate => (
                "a month or a year read as a date: the first of the month, or 1 July",
                "年月または年のみの日付（月の1日、または7月1日とみなした）",
            ),
            Self::TooOld => ("counted without a birth date that is too long ago", "古すぎる生年月日を不明として計上"),
            Self::Unmapped => ("counted as any code, having no standard concept", "標準概念がないため「すべて」にのみ計上"),
        };
        match language {
            Language::En => en,
            Language::Ja => ja,
        }
    }
}

/// What became of a table's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowAccount {
    /// The file's name.
    pub file: String,
    /// The dimension that it was read for; `base` for the persons.
    pub table: String,
    /// Rows read.
    pub rows: u64,
    /// Rows that are in the counts.
    pub counted: u64,
    /// Rows that are not, by reason.
    pub left_out: BTreeMap<Reason, u64>,
    /// What rows lost that are counted.
    pub mended: BTreeMap<Mended, u64>,
}

impl RowAccount {
    /// Rows left out for any reason.
    pub fn all_left_out(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// Rows that are records: not the header again, not empty, not below the table, not there already.
    pub fn records(&self) -> u64 {
        self.rows - self.sum(|reason| !reason.is_loss())
    }

    /// Records that are missing from the counts.
    pub fn lost(&self) -> u64 {
        self.sum(Reason::is_loss)
    }

    fn sum(&self, of: impl Fn(Reason) -> bool) -> u64 {
        self.left_out.iter().filter(|&(&reason, _)| of(reason)).map(|(_, count)| count).sum()
    }

    /// At most so many percent of the records are missing: one of 0, 1, 2, 5, 10, 25 and 100. Both numbers are rounded to
    /// `base` on the side of more, so that the step says no more of a single record than a count does.
    pub fn lost_percent(&self, base: u64) -> u32 {
        let (lost, base) = (self.lost(), base.max(1));
        if lost == 0 {
            return 0;
        }
        let lost = u128::from(lost.div_ceil(base) * base);
        let records = u128::from((self.records() / base * base).max(1));
        [1_u32, 2, 5, 10, 25].into_iter().find(|&step| lost * 100 <= u128::from(step) * records).unwrap_or(100)
    }
}

/// The account of rows as they are read: where each reason came first, too.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    rows: u64,
    counted: u64,
    left_out: BTreeMap<Reason, Found>,
    mended: BTreeMap<Mended, u64>,
}

/// How many rows, and the first of them.
#[derive(Debug, Clone, Copy)]
struct Found {
    count: u64,
    row: u64,
    /// The position of the column among those read.
    column: usize,
    line_kind: LineKind,
}

impl Tally {
    /// A row that is counted.
    pub(super) fn count(&mut self) {
        self.rows += 1;
        self.counted += 1;
    }

    /// A row that is left out, because of a column among those read.
    pub(super) fn leave_out(&mut self, row: u64, reason: Reason, column: usize) {
        self.rows += 1;
        self.add(reason, Found { count: 1, row, column, line_kind: LineKind::Row });
    }

    /// A line that is no row.
    pub(super) fn no_row(&mut self, row: u64, line_kind: LineKind) {
        let reason = match line_kind {
            LineKind::Row | LineKind::Ragged(_) => Reason::Ragged,
            LineKind::HeaderAgain => Reason::HeaderAgain,
            LineKind::Blank => Reason::Blank,
            LineKind::Footer => Reason::Footer,
        };
        self.rows += 1;
        self.add(reason, Found { count: 1, row, column: 0, line_kind });
    }

    /// Rows that were counted, and are left out after all.
    pub(super) fn take_back(&mut self, count: u64, first: u64, reason: Reason) {
        self.counted -= count;
        self.add(reason, Found { count, row: first, column: 0, line_kind: LineKind::Row });
    }

    /// What a counted row lost.
    pub(super) fn mend(&mut self, mended: Mended) {
        *self.mended.entry(mended).or_default() += 1;
    }

    fn add(&mut self, reason: Reason, found: Found) {
        let entry = self.left_out.entry(reason).or_insert(Found { count: 0, ..found });
        entry.count += found.count;
        if found.row < entry.row {
            *entry = Found { count: entry.count, ..found };
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.counted += other.counted;
        for (&reason, &found) in &other.left_out {
            self.add(reason, found);
        }
        for (&mended, count) in &other.mended {
            *self.mended.entry(mended).or_default() += count;
        }
    }

    /// How many rows were read.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    fn account(&self, file: &str, table: &str) -> RowAccount {
        RowAccount {
            file: file.to_owned(),
            table: table.to_owned(),
            rows: self.rows,
            counted: self.counted,
            left_out: self.left_out.iter().map(|(&reason, found)| (reason, found.count)).collect(),
            mended: self.mended.clone(),
        }
    }

    /// The account, if a build may go on with it: no row that stops it, and no more lost than the limit. `columns` are those
    /// read, by their names in the file.
    pub(super) fn close(&self, of: &Closing<'_>) -> Result<RowAccount> {
        if of.how == BadRows::Stop
            && let Some(error) = self.first_error(of)
        {
            return Err(error);
        }
        let account = self.account(of.file.name(), of.table);
        let faults = account.sum(|reason| reason.class() == Class::Fault);
        if faults as f64 > of.limit * account.records() as f64 {
            return Err(self.too_many(of, faults, account.records()));
        }
        Ok(account)
    }

    /// The error that names the first row that stops a build.
    fn first_error(&self, of: &Closing<'_>) -> Option<Error> {
        let stops = || self.left_out.iter().filter(|(reason, _)| reason.class() != Class::Rule);
        let (reason, first) = stops().min_by_key(|(_, found)| (found.row, found.column))?;
        let others: Argument = match stops().map(|(_, found)| found.count).sum::<u64>() - 1 {
            0 => "".into(),
            1 => message!("rows.one_more").into(),
            n => message!("rows.more", rows = n).into(),
        };
        let (file, row) = (of.file.name(), of.file.row(first.row));
        let (message, hint) = if first.line_kind == LineKind::Row {
            let column = of.columns.get(first.column).copied().unwrap_or("?");
            let undated = reason.is_date().then(|| message!("hint.undated"));
            let message = message!("rows.cell", file = file, row = row, column = column, what = reason.what(), others = others);
            (message, or_else(reason.fix(), undated))
        } else {
            let (what, fix) = no_row(first.line_kind, of.file.columns().len());
            (message!("rows.line", file = file, row = row, what = what, others = others), fix)
        };
        Some(Error::new(ErrorKind::InvalidSource, message).with_hint(or_else(hint, [message!("hint.bad_rows")])))
    }

    /// The error of a table that would lose too much, with its account.
    fn too_many(&self, of: &Closing<'_>, faults: u64, records: u64) -> Error {
        let of_file = of.file;
        let parts = |of: &dyn Fn(Class) -> bool| {
            let found = self.left_out.iter().filter(|(reason, _)| of(reason.class()));
            let part = |(reason, found): (&Reason, &Found)| {
                message!("rows.found", rows = found.count, first = of_file.row(found.row), reason = reason.what())
            };
            listed(found.map(part))
        };
        let mut message = message!(
            "rows.too_many",
            file = of_file.name(),
            lost = faults,
            rows = records,
            percent = share(faults, records),
            limit = format!("{} %", (of.limit * 10_000.0).round() / 100.0),
            reasons = parts(&|class| class == Class::Fault)
        );
        if self.left_out.keys().any(|reason| reason.class() != Class::Fault) {
            message = message!("rows.besides", what = message, others = parts(&|class| class != Class::Fault));
        }
        let fix = self.left_out.iter().filter(|(reason, _)| reason.class() == Class::Fault).max_by_key(|(_, found)| found.count);
        let dates = fix.filter(|(reason, _)| reason.is_date()).map(|_| message!("hint.undated_rows"));
        let limit = (faults as f64 / records.max(1) as f64 * 100.0).ceil() / 100.0;
        let limit = message!("hint.raise_limit", limit = limit.to_string(), table = of.table);
        let fix = fix.map_or_else(|| message!("hint.correct_table"), |(reason, _)| reason.fix());
        Error::new(ErrorKind::InvalidSource, message).with_hint(or_else(fix, dates.into_iter().chain([limit])))
    }
}

/// A hint, and what else can be done.
fn or_else(first: Message, others: impl IntoIterator<Item = Message>) -> Message {
    others.into_iter().fold(first, |first, then| message!("hint.then", first = first, then = then))
}

/// What a tally is closed against.
pub(super) struct Closing<'a> {
    pub(super) file: &'a SourceTable,
    pub(super) table: &'a str,
    /// The columns read, by their names in the file.
    pub(super) columns: &'a [&'a str],
    pub(super) how: BadRows,
    /// The share of records that may be lost to faults.
    pub(super) limit: f64,
}

/// A share of rows in percent, as people read it: never 0 where there are some, never 100 where not all are meant.
pub fn percent(part: u64, of: u64) -> String {
    share(part, of).to_string()
}

fn share(part: u64, of: u64) -> Message {
    if part == 0 || of == 0 {
        return message!("rows.percent", percent = "0");
    }
    let tenths = (part as f64 / of as f64 * 1000.0).round() as u64;
    match tenths {
        0 => message!("rows.under_percent"),
        1000 if part < of => message!("rows.over_percent"),
        tenths => message!("rows.percent", percent = format!("{}.{}", tenths / 10, tenths % 10)),
    }
}
