//! What became of every row: counted, or left out for a reason. Rows read = rows counted + rows left out, for every table.

use std::collections::BTreeMap;

use ninzu_engine::{Error, ErrorKind, Language, Result};
use serde::Serialize;

use super::csv::{LineKind, no_row};
use super::table::SourceTable;
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

    /// What is wrong, after "column ..." or "rows: ...".
    fn what(self) -> &'static str {
        match self {
            Self::HeaderAgain => "repeats the header",
            Self::Blank => "has only empty cells",
            Self::Footer => "stands below the table",
            Self::Ragged => "has another number of cells than the header",
            Self::NoPerson => "names nobody",
            Self::UnknownPerson => "names a person who is not in the persons table at that centre",
            Self::NoCentre => "names no centre",
            Self::UnknownCentre => "names a centre that the spec does not have",
            Self::NotCollected => "has a record for a centre that does not collect this dimension",
            Self::UnknownValue => "has a value that the spec does not list",
            Self::NoValue => "has no value, or one that stands for none, and the spec does not say that it may be missing",
            Self::NoCode => "has no code",
            Self::UnknownCode => "has a code that the dictionary does not list",
            Self::NoDate => "has no date",
            Self::InvalidDate => "is not a date",
            Self::BeforeBirth => "is a date before the person's birth",
            Self::AfterReference => "is a date after the reference date",
            Self::EndsBeforeStart => "is a date before the start of the period",
            Self::TooOld => "is a birth date that makes the person older than anybody may be",
            Self::Repeated => "repeats a person's row",
            Self::Unmapped | Self::NoConcept => "has no standard concept (concept 0 or empty)",
            Self::OthersPeriod => "is of somebody who is not in the persons table",
            Self::Unobserved => "lies outside observation periods",
            Self::Impossible => "makes a combination that nobody can have, by the spec's structural zeros",
        }
    }

    fn what_ja(self) -> &'static str {
        match self {
            Self::HeaderAgain => "見出し行の繰り返し",
            Self::Blank => "すべて空欄の行",
            Self::Footer => "表の下の文字列",
            Self::Ragged => "列数が見出しと異なる行",
            Self::NoPerson => "個人IDがない",
            Self::UnknownPerson => "個人がそのセンターの個人表にない",
            Self::NoCentre => "センターがない",
            Self::UnknownCentre => "仕様にないセンター",
            Self::NotCollected => "この項目を収集しないセンターの記録",
            Self::UnknownValue => "仕様にない値",
            Self::NoValue => "値がない（仕様では欠測を認めていない）",
            Self::NoCode => "コードがない",
            Self::UnknownCode => "辞書にないコード",
            Self::NoDate => "日付がない",
            Self::InvalidDate => "日付ではない",
            Self::BeforeBirth => "出生日より前の日付",
            Self::AfterReference => "基準日より後の日付",
            Self::EndsBeforeStart => "期間の開始より前の終了日",
            Self::TooOld => "年齢の上限を超える生年月日",
            Self::Repeated => "同じ個人の行の重複",
            Self::Unmapped | Self::NoConcept => "標準概念なし（概念0または空欄）",
            Self::OthersPeriod => "個人表にない人の期間",
            Self::Unobserved => "観察期間外の記録",
            Self::Impossible => "仕様で起こりえないとされた組み合わせ（構造的ゼロ）",
        }
    }

    /// The reason in words.
    pub fn words(self, language: Language) -> &'static str {
        match language {
            Language::En => self.what(),
            Language::Ja => self.what_ja(),
        }
    }

    fn fix(self) -> &'static str {
        match self {
            Self::HeaderAgain | Self::Blank | Self::Footer | Self::Repeated => "take the row out",
            Self::Ragged => "write all cells of the row",
            Self::NoPerson | Self::NoCentre | Self::NoCode | Self::NoDate => "fill in the cell",
            Self::UnknownPerson | Self::OthersPeriod => "add the person to the persons table",
            Self::UnknownCentre => "correct the cell, or declare the centre as [[centre]]",
            Self::NotCollected => "add the dimension to the centre's collects, or take the row out",
            Self::UnknownValue => {
                "correct the cell, or add the value to values = [...]; words that stand for nothing are listed in null = [...]"
            }
            Self::NoValue => {
                "fill in the cell; or write missing = \"unknown\" in the [[dimension]] (for OMOP tables \
                 missing = { sex = \"unknown\" } in [source]), and people without a value have the value unknown"
            }
            Self::UnknownCode => "correct the cell, or add the code to the dictionary",
            Self::InvalidDate => {
                "write dates as 2024-12-31 (2024/12/31 and 20241231 are read too; so are a month, 2024-12, and a year alone, and \
                 a birth is then taken on the first of the month or on 1 July; 1/3/2024 and Excel's day numbers are not guessed \
                 at); leave unknown dates empty"
            }
            Self::BeforeBirth => "correct this date or the birth date",
            Self::AfterReference => "correct the date, or choose a later reference_date",
            Self::EndsBeforeStart => "correct this date or the start",
            Self::TooOld => {
                "correct the date; if it stands for an unknown one, name it in unknown_dates = [\"1900-01-01\"]; or write \
                 too_old = \"unknown\", or another oldest = 120"
            }
            Self::Unobserved => "correct the date or the period, or write observation_periods = \"ignore\"",
            Self::Impossible => {
                "correct the row, or the person's sex or birth date; where people do have it, take it out of the spec: \
                 [[structural_zero]], or structural_zeros of the dimension"
            }
            Self::Unmapped | Self::NoConcept => {
                "map the record to a standard concept, or write unmapped = \"leave_out\" or \"any\""
            }
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
        let others = match stops().map(|(_, found)| found.count).sum::<u64>() - 1 {
            0 => String::new(),
            1 => " (1 more bad row in this table)".to_owned(),
            n => format!(" ({n} more bad rows in this table)"),
        };
        let at = format!("{}, {}", of.file.name(), of.file.row(first.row));
        let drop = "or write bad_rows = \"drop\" to leave such rows out and have them counted";
        let (message, hint) = if first.line_kind == LineKind::Row {
            let undated = if reason.is_date() {
                "; or write bad_dates = \"undated\" to keep such rows without their date, and unknown_dates = [\"1900-01-01\"] \
                 for days that stand for an unknown one"
            } else {
                ""
            };
            let column = of.columns.get(first.column).copied().unwrap_or("?");
            (format!("{at}, column {column:?} {}{others}", reason.what()), format!("{}{undated}; {drop}", reason.fix()))
        } else {
            let (what, fix) = no_row(first.line_kind, of.file.columns().len());
            (format!("{at} {what}{others}"), format!("{fix}; {drop}"))
        };
        Some(Error::new(ErrorKind::InvalidSource, message).with_hint(hint))
    }

    /// The error of a table that would lose too much, with its account.
    fn too_many(&self, of: &Closing<'_>, faults: u64, records: u64) -> Error {
        let part = |(reason, found): (&Reason, &Found)| {
            format!("{} (first in {}): {}", found.count, of.file.row(found.row), reason.what())
        };
        let listed = |of: &dyn Fn(Class) -> bool| {
            let parts: Vec<String> = self.left_out.iter().filter(|(reason, _)| of(reason.class())).map(part).collect();
            parts.join("; ")
        };
        let mut message = format!(
            "{}: {faults} of {records} rows ({}) would be lost, and the limit is {}: {}",
            of.file.name(),
            percent(faults, records),
            share(of.limit),
            listed(&|class| class == Class::Fault)
        );
        let others = listed(&|class| class != Class::Fault);
        if !others.is_empty() {
            message = format!("{message}. Left out besides: {others}");
        }
        let fix = self.left_out.iter().filter(|(reason, _)| reason.class() == Class::Fault).max_by_key(|(_, found)| found.count);
        let dates = "bad_dates = \"undated\" keeps such rows without their date (unknown_dates = [\"1900-01-01\"] names days that \
                     stand for an unknown one); ";
        let hint = format!(
            "{}; {}bad_rows_limit = {} would let it pass: a number for all tables, or {{ {} = ... }} for one",
            fix.map_or("correct the table", |(reason, _)| reason.fix()),
            if fix.is_some_and(|(reason, _)| reason.is_date()) { dates } else { "" },
            (faults as f64 / records.max(1) as f64 * 100.0).ceil() / 100.0,
            of.table
        );
        Error::new(ErrorKind::InvalidSource, message).with_hint(hint)
    }
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
    if part == 0 || of == 0 {
        return "0 %".into();
    }
    let tenths = (part as f64 / of as f64 * 1000.0).round() as u64;
    match tenths {
        0 => "under 0.1 %".into(),
        1000 if part < of => "over 99.9 %".into(),
        tenths => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

fn share(limit: f64) -> String {
    format!("{} %", (limit * 10_000.0).round() / 100.0)
}
