//! `ninzu describe`: what a release holds and how it is protected.

use std::fmt::Write;

use ninzu::answer::{Description, TableDescription};
use ninzu::format::manifest::ObservationRule;
use ninzu::model::Kind;
use ninzu::signature::Signed;
use ninzu::text::thousands;
use ninzu::{Engine, Error, ErrorKind, Interval, Language};
use serde::Serialize;

use super::import::tested;
use super::source::Source;
use super::target::Target;
use crate::args::{self, OutputFormat};
use crate::context::Context;
use crate::errors::{Failure, Outcome, Result};
use crate::render::{Column, ResultTable, Value, ValueKind, json, safe, table};

/// Describes a release.
pub(crate) fn run(typed: &args::Describe, context: &Context) -> Result<Outcome> {
    let source = Source::from(&typed.source);
    let engine = source.open()?;
    let verified = if typed.verify { Some(verify(&engine, &source, context)?) } else { None };
    let description = Description::new(engine.release(), verified)?;
    let bytes = match typed.format {
        OutputFormat::Json => json::render(&Described { description: &description, signed: source.signed() })?,
        OutputFormat::Table => {
            safe(&Shown(&description).for_people(&source.protection(engine.release(), context), context)).into_bytes()
        }
    };
    Target::Stdout.write(&bytes)?;
    Ok(Outcome::Done)
}

/// A description for programs.
#[derive(Serialize)]
struct Described<'a> {
    #[serde(flatten)]
    description: &'a Description<'a>,
    /// Who signed it, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<&'a Signed>,
}

/// Checks every byte of a release; how many they are.
pub(super) fn verify(engine: &Engine, source: &Source, context: &Context) -> Result<u64> {
    let total = engine.release().bytes();
    let progress = context.progress();
    progress.begin("verify", Some(total));
    let verified = ninzu::verify_folder(engine, &source.folder, &|bytes| progress.advance(bytes));
    progress.end();
    let checked = verified.and_then(|bytes| ninzu::disclosure::check_audit(engine, &source.folder).map(|()| bytes));
    checked.map_err(of_check)
}

/// A failed check, or another error.
pub(super) fn of_check(error: Error) -> Failure {
    match error.kind() {
        ErrorKind::Tampered | ErrorKind::InvalidRelease => Failure::Check(Box::new(error)),
        _ => error.into(),
    }
}

/// A description for people.
struct Shown<'a>(&'a Description<'a>);

impl Shown<'_> {
    fn for_people(&self, protection: &str, context: &Context) -> String {
        let facts = [
            ("id", self.0.id.to_owned()),
            (context.say("reference date", "基準日"), self.0.reference_date.unwrap_or("–").to_owned()),
            (context.say("protection", "保護"), protection.to_owned()),
            (context.say("not listed means", "掲載なしの意味"), unlisted(&self.0.tables, context)),
            (context.say("source rows left out", "除外した元データの行"), left_out(self.0, context)),
            (context.say("size", "サイズ"), format!("{} {}", thousands(self.0.bytes), context.say("bytes", "バイト"))),
            (
                context.say("verified", "検証"),
                match self.0.verified {
                    Some(bytes) => format!(
                        "{} {} {}",
                        context.say("every byte has its promised hash:", "全バイトのハッシュを確認："),
                        thousands(bytes),
                        context.say("bytes", "バイト")
                    ),
                    None => context
                        .say("what is read; --verify checks every byte", "読む部分のみ（--verify で全バイトを検証）")
                        .to_owned(),
                },
            ),
        ];
        let mut text = format!("{}\n", context.bold(self.0.title.get(context.language)));
        let facts = facts.into_iter().chain(self.records(context));
        for (name, value) in facts.filter(|(_, value)| !value.is_empty()) {
            let _ = writeln!(text, "{name}: {value}");
        }
        for sheet in [self.centres(context), self.dimensions(context), self.tables(context)] {
            text.push('\n');
            text += &table::render(&sheet);
        }
        if let Some(additivity) = self.0.additivity {
            let title = context.say("totals and their parts, when it was imported", "取り込み時の合計と内訳の検証");
            let _ = writeln!(text, "\n{title}:\n{}", tested(additivity, context).join("\n"));
        }
        text
    }

    /// Which records count at the centres whose source knows when people were observed.
    fn records(&self, context: &Context) -> Option<(&'static str, String)> {
        let of = |rule: ObservationRule| {
            let centres = self.0.centres.iter().filter(|centre| centre.centre.observation_periods == Some(rule));
            let names: Vec<&str> = centres.map(|centre| centre.centre.name.as_str()).collect();
            let meaning = match rule {
                ObservationRule::Inside => context.say("those inside observation periods", "観察期間内のもののみ"),
                ObservationRule::Ignored => context.say("all, inside observation periods or not", "観察期間の内外を問わずすべて"),
                ObservationRule::Absent => context.say("all; observation periods are not known", "すべて（観察期間の情報なし）"),
            };
            (!names.is_empty()).then(|| format!("{meaning} ({})", names.join(", ")))
        };
        let told: Vec<String> = ObservationRule::ALL.into_iter().filter_map(of).collect();
        (!told.is_empty()).then(|| (context.say("records that count", "集計対象の記録"), told.join("; ")))
    }

    /// The centres and what each collects.
    pub(crate) fn centres(&self, context: &Context) -> ResultTable {
        let rows = self.0.centres.iter().map(|centre| {
            vec![
                Value::text(&centre.centre.name),
                Value::text(centre.centre.label.get(context.language)),
                Value::text(centre.collects.join(", ")),
            ]
        });
        ResultTable {
            columns: vec![
                Column::new("centre", context.say("centre", "センター"), ValueKind::Text),
                Column::new("label", context.say("label", "名称"), ValueKind::Text),
                Column::new("collects", context.say("collects", "収集項目"), ValueKind::Text),
            ],
            rows: rows.collect(),
        }
    }

    fn dimensions(&self, context: &Context) -> ResultTable {
        let rows = self.0.dimensions.iter().map(|d| {
            let kind = match (d.kind, d.ordered) {
                (Kind::Partition, true) => context.say("one value each, ordered", "1人1値、順序あり"),
                (Kind::Partition, false) => context.say("one value each", "1人1値"),
                (Kind::Codes, _) => context.say("any number of codes", "コード（複数可）"),
            };
            vec![
                Value::text(d.name),
                Value::text(d.label.get(context.language)),
                Value::text(kind),
                Value::Count(Some(d.values as u64)),
            ]
        });
        ResultTable {
            columns: vec![
                Column::new("dimension", context.say("dimension", "項目"), ValueKind::Text),
                Column::new("label", context.say("label", "名称"), ValueKind::Text),
                Column::new("kind", context.say("people have", "種類"), ValueKind::Text),
                Column::new("values", context.say("values", "値の数"), ValueKind::Count),
            ],
            rows: rows.collect(),
        }
    }

    fn tables(&self, context: &Context) -> ResultTable {
        let rows = self.0.tables.iter().map(|t| {
            let name = match t.mirror_of {
                Some(of) => format!("{} ({} {of})", t.name, context.say("another order of", "並べ替え：")),
                None => t.name.to_owned(),
            };
            let [declared, listed, bytes] = [t.declared, t.listed, t.bytes].map(|count| Value::Count(Some(count)));
            vec![Value::text(name), Value::Count(Some(t.order as u64)), declared, listed, bytes]
        });
        ResultTable {
            columns: vec![
                Column::new("table", context.say("table", "表"), ValueKind::Text),
                Column::new("order", context.say("crossed", "交差数"), ValueKind::Count),
                Column::new("declared", context.say("cells declared", "宣言セル"), ValueKind::Count),
                Column::new("listed", context.say("rows listed", "掲載行"), ValueKind::Count),
                Column::new("bytes", context.say("bytes", "バイト"), ValueKind::Count),
            ],
            rows: rows.collect(),
        }
    }
}

/// How much of the source is in no count, as far as the release tells.
fn left_out(description: &Description<'_>, context: &Context) -> String {
    let at_most = |percent: u32| match (percent, context.language) {
        (0, Language::En) => "none".to_owned(),
        (0, Language::Ja) => "なし".to_owned(),
        (100, Language::En) => "more than 25 %".to_owned(),
        (100, Language::Ja) => "25 % 超".to_owned(),
        (percent, Language::En) => format!("at most {percent} %"),
        (percent, Language::Ja) => format!("{percent} % 以下"),
    };
    let tables = description.left_out_percent.into_iter().flatten();
    let told: Vec<String> = tables.map(|(table, &percent)| format!("{table} {}", at_most(percent))).collect();
    told.join(context.say(", ", "、"))
}

/// What a declared cell without a row means: mostly the same for all tables.
fn unlisted(tables: &[TableDescription<'_>], context: &Context) -> String {
    let shown = |range: Option<(u32, u32)>| {
        let interval = range.and_then(|(lo, hi)| Interval::new(u64::from(lo), u64::from(hi)));
        interval.map_or_else(|| context.say("nothing is known", "不明").to_owned(), |interval| interval.to_string())
    };
    let all: Vec<String> = tables.iter().map(|table| shown(table.unlisted)).collect();
    match &all[..] {
        [one, others @ ..] if others.iter().all(|other| other == one) => format!("{one} {}", context.say("people", "人")),
        _ => tables.iter().zip(&all).map(|(table, meaning)| format!("{}: {meaning}", table.name)).collect::<Vec<_>>().join("; "),
    }
}
