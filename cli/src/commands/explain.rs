//! `ninzu explain`: how a question is understood and answered.

use std::fmt::Write;

use ninzu::answer::{Explanation, FileRange, Method, Rest};
use ninzu::text::thousands;
use ninzu::{Language, Prepared};

use super::question::{Question, remarks, within};
use super::source::Source;
use super::target::Target;
use crate::args::{self, OutputFormat};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{Column, ResultTable, Value, ValueKind, json, safe, table};

/// Explains a question.
pub(crate) fn run(typed: &args::Explain, context: &Context) -> Result<Outcome> {
    let question = Question::read(&typed.query, &typed.asking)?;
    let (source, format, context) = (Source::from(&typed.source), typed.format, *context);
    let bytes = within(typed.asking.timeout, move || explained(&question, &source, format, &context))?;
    Target::Stdout.write(&bytes)?;
    Ok(Outcome::Done)
}

fn explained(question: &Question, source: &Source, format: OutputFormat, context: &Context) -> Result<Vec<u8>> {
    let engine = source.open()?;
    let prepared = question.prepare(&engine)?;
    let explained = ninzu::load(&engine, &source.folder, &engine.needs(&prepared)).and_then(|()| engine.explain(&prepared));
    let explanation = explained.map_err(|e| question.blame(e))?;
    match format {
        OutputFormat::Json => json::render(&explanation),
        OutputFormat::Table => Ok(safe(&Shown(&explanation).for_people(context)).into_bytes()),
    }
}

/// The way of an answer, in words.
fn method_words(method: Method, unknowns: Option<usize>, context: &Context) -> String {
    let unknowns = unknowns.map_or_else(String::new, |n| thousands(n as u64));
    match (method, context.language) {
        (Method::Direct, Language::En) => "direct: sums of cells of a margin".to_owned(),
        (Method::Direct, Language::Ja) => "直接：周辺表のセルの和".to_owned(),
        (Method::Program, Language::En) => format!("program: linear programs over {unknowns} unknowns"),
        (Method::Program, Language::Ja) => format!("計画法：未知数{unknowns}個の線形計画"),
        (Method::ClosedForm, Language::En) => "closed form: too large for a program".to_owned(),
        (Method::ClosedForm, Language::Ja) => "閉形式：線形計画には大きすぎるため".to_owned(),
        (_, Language::En) => "another way".to_owned(),
        (_, Language::Ja) => "その他".to_owned(),
    }
}

/// The way in which a prepared question is answered, in words.
pub(crate) fn path_of(prepared: &Prepared, context: &Context) -> String {
    method_words(prepared.method(), prepared.unknowns(), context)
}

/// An explanation for people.
struct Shown<'a>(&'a Explanation);

impl Shown<'_> {
    fn for_people(&self, context: &Context) -> String {
        let bytes: u64 = self.0.reads.iter().map(|read| read.end - read.start).sum();
        let facts = [
            (context.say("query", "条件"), self.0.query.clone()),
            (context.say("hash", "ハッシュ"), self.0.hash.clone()),
            ("en", self.0.words.en.clone()),
            ("ja", self.0.words.ja.clone()),
            (context.say("way", "解き方"), method_words(self.0.method, self.0.unknowns, context)),
            (context.say("bytes read", "読むバイト"), thousands(bytes)),
        ];
        let mut text = String::new();
        for (name, value) in facts {
            let _ = writeln!(text, "{}: {value}", context.bold(name));
        }
        for remark in remarks(self.0.limited, &self.0.unknown_codes, context) {
            let _ = writeln!(text, "{remark}");
        }
        text.push('\n');
        text += &table::render(&self.reads(context));
        text.push('\n');
        text += &table::render(&self.basis(context));
        text
    }

    fn reads(&self, context: &Context) -> ResultTable {
        let row = |read: &FileRange| {
            let [from, to, bytes] = [read.start, read.end, read.end - read.start].map(|n| Value::Count(Some(n)));
            vec![Value::text(&read.path), from, to, bytes]
        };
        ResultTable {
            columns: vec![
                Column::new("file", context.say("file", "ファイル"), ValueKind::Text),
                Column::new("from", context.say("from", "開始"), ValueKind::Count),
                Column::new("to", context.say("to", "終了"), ValueKind::Count),
                Column::new("bytes", context.say("bytes", "バイト"), ValueKind::Count),
            ],
            rows: self.0.reads.iter().map(row).collect(),
        }
    }

    fn basis(&self, context: &Context) -> ResultTable {
        let row = |rest: &Rest| {
            let margin = match &rest.margin[..] {
                [] => context.say("all", "すべて").to_owned(),
                margin => margin.join(" × "),
            };
            vec![
                Value::text(&rest.table),
                Value::text(rest.codes.join(" + ")),
                Value::text(margin),
                Value::Count(Some(rest.rows)),
            ]
        };
        ResultTable {
            columns: vec![
                Column::new("table", context.say("table", "表"), ValueKind::Text),
                Column::new("codes", context.say("codes", "コード"), ValueKind::Text),
                Column::new("margin", context.say("margin", "周辺"), ValueKind::Text),
                Column::new("rows", context.say("rows listed", "掲載行"), ValueKind::Count),
            ],
            rows: self.0.basis.iter().map(row).collect(),
        }
    }
}
