//! `ninzu profile`: what tables hold, and what is odd about them.

use std::fmt::Write;

use ninzu::source::{Age, DateColumn, Deaths, Peak, Profile, Spelling, SpellingGroup, TextFormat, UnreadColumns, profile};
use ninzu::text::thousands;

use super::build::{blame, row_account};
use super::target::Target;
use crate::args::{self, OutputFormat};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{Column, ResultTable, Value, ValueKind, json, table};

/// So many groups of spellings are shown to people.
const MOST_GROUPS: usize = 20;

/// Profiles tables.
pub(crate) fn run(typed: &args::Profile, context: &Context) -> Result<Outcome> {
    let format = typed.encoding.as_deref().map(TextFormat::encoded).transpose()?.unwrap_or_default();
    let found = profile(&typed.files, &format, &*context.progress()).map_err(|e| match &typed.files[..] {
        [spec] if spec.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml")) => blame(spec, e),
        _ => e.into(),
    })?;
    let bytes = match typed.format {
        OutputFormat::Json => json::render(&found)?,
        OutputFormat::Table => Page { profile: &found, context }.written().into_bytes(),
    };
    Target::Stdout.write(&bytes)?;
    Ok(Outcome::Done)
}

/// A profile for people.
struct Page<'a> {
    profile: &'a Profile,
    context: &'a Context,
}

impl Page<'_> {
    fn written(&self) -> String {
        let (profile, context) = (self.profile, self.context);
        let mut text = String::new();
        self.head(&mut text, context.say("rows", "行"));
        for line in row_account(&profile.tables, context) {
            let _ = writeln!(text, "{line}");
        }
        self.head(&mut text, context.say("to look at", "要確認"));
        for note in &profile.notes {
            let _ = writeln!(text, "  {}", note.get(context.language));
        }
        if profile.notes.is_empty() {
            let _ = writeln!(text, "  {}", context.say("nothing", "なし"));
        }
        if !profile.dates.is_empty() {
            self.head(&mut text, context.say("dates", "日付"));
            text += &table::render(&self.dates());
        }
        self.oldest(&mut text);
        if let Some(deaths) = &profile.deaths {
            self.deaths(&mut text, deaths);
        }
        self.spellings(&mut text);
        if !profile.unread_columns.is_empty() {
            self.head(&mut text, context.say("columns that are not read", "読み込まない列"));
            for UnreadColumns { file, columns, .. } in &profile.unread_columns {
                let _ = writeln!(text, "  {file}: {}", columns.join(", "));
            }
        }
        text
    }

    fn head(&self, text: &mut String, heading: &str) {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{}", self.context.bold(heading));
    }

    fn dates(&self) -> ResultTable {
        let context = self.context;
        let peak = |peak: &Peak| format!("{} ({})", peak.day, thousands(peak.dates));
        let row = |column: &DateColumn| {
            vec![
                Value::text(format!("{} {}", column.file, column.column)),
                Value::Count(Some(column.dates)),
                Value::text(&column.earliest),
                Value::text(&column.latest),
                Value::Count(Some(column.after_today)),
                Value::text(column.peaks.iter().map(peak).collect::<Vec<_>>().join(", ")),
            ]
        };
        ResultTable {
            columns: vec![
                Column::new("column", context.say("column", "列"), ValueKind::Text),
                Column::new("dates", context.say("dates", "件数"), ValueKind::Count),
                Column::new("earliest", context.say("earliest", "最早"), ValueKind::Text),
                Column::new("latest", context.say("latest", "最遅"), ValueKind::Text),
                Column::new("after_today", context.say("after today", "今日より後"), ValueKind::Count),
                Column::new("peaks", context.say("days that too many share", "集中する日"), ValueKind::Text),
            ],
            rows: self.profile.dates.iter().map(row).collect(),
        }
    }

    fn oldest(&self, text: &mut String) {
        if self.profile.oldest.is_empty() {
            return;
        }
        self.head(text, self.context.say("greatest ages on the reference date", "基準日における最高齢"));
        let (years, people) = (self.context.say("years", "歳"), self.context.say("people", "人"));
        for Age { years: age, people: count, .. } in &self.profile.oldest {
            let _ = writeln!(text, "  {age} {years}: {} {people}", thousands(*count));
        }
    }

    fn deaths(&self, text: &mut String, deaths: &Deaths) {
        let context = self.context;
        self.head(text, &format!("{} ({})", context.say("deaths", "死亡"), deaths.file));
        let told = [
            (deaths.rows, context.say("rows", "行")),
            (deaths.people, context.say("people of the persons table", "個人表の人")),
            (deaths.unknown, context.say("of people who are not in the persons table", "個人表にない人")),
            (deaths.repeated, context.say("second deaths of one person", "同じ人の2件目以降")),
            (deaths.undated, context.say("without a date", "日付なし")),
            (deaths.before_birth, context.say("before birth", "出生前")),
            (deaths.after_reference, context.say("after the reference date", "基準日より後")),
        ];
        for (count, what) in told {
            let _ = writeln!(text, "  {}: {what}", thousands(count));
        }
        let records = context.say("records after the person's death", "死亡日より後の記録");
        for (dimension, count) in &deaths.records_after {
            let _ = writeln!(text, "  {}: {records} ({dimension})", thousands(*count));
        }
    }

    fn spellings(&self, text: &mut String) {
        let (context, groups) = (self.context, &self.profile.spellings);
        if groups.is_empty() {
            return;
        }
        self.head(text, context.say("codes that differ only in how they are spelt", "表記だけが異なるコード"));
        for SpellingGroup { dimension, spellings, .. } in groups.iter().take(MOST_GROUPS) {
            let told: Vec<String> = spellings.iter().map(|spelling| self.spelling(spelling)).collect();
            let _ = writeln!(text, "  {dimension}: {}", told.join(" / "));
        }
        if groups.len() > MOST_GROUPS {
            let more = thousands((groups.len() - MOST_GROUPS) as u64);
            let _ = writeln!(text, "  {} {more}", context.say("and more:", "ほか"));
        }
    }

    /// A code with who has it: `E10.9 (A 120)`.
    fn spelling(&self, spelling: &Spelling) -> String {
        let left_out = spelling.is_left_out.then(|| self.context.say("left out", "除外").to_owned());
        let people = spelling.people.iter().map(|(centre, people)| format!("{centre} {}", thousands(*people)));
        format!("{} ({})", spelling.code, people.chain(left_out).collect::<Vec<_>>().join(", "))
    }
}
