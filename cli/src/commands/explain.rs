//! `ninzu explain`: how a question is understood and answered.

use std::fmt::Write;

use ninzu::{Answer, Label, Language, Need, Path, Prepared, thousands};
use serde::Serialize;

use super::question::Question;
use super::source::Source;
use super::target::Target;
use crate::args::{self, Shape};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{Column, Sheet, Value, ValueKind, json, table};

/// How a question is understood and answered.
#[derive(Debug, Serialize)]
struct Explanation<'a> {
    query: &'a str,
    hash: &'a str,
    words: &'a Label,
    path: Path,
    unknowns: Option<usize>,
    reads: Vec<Read>,
    basis: Vec<Rest>,
}

/// Bytes that are read.
#[derive(Debug, Serialize)]
struct Read {
    path: String,
    start: u64,
    end: u64,
}

/// Cells that the answer rests on.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Rest {
    table: String,
    codes: Vec<String>,
    margin: Vec<String>,
    /// Listed rows, over the centres.
    rows: u64,
}

/// Explains a question.
pub(crate) fn run(typed: &args::Explain, context: &Context) -> Result<Outcome> {
    let question = Question::read(&typed.query)?;
    let source = Source::from(&typed.source);
    let engine = source.open()?;
    let prepared = question.prepare(&engine)?;
    let needs = engine.needs(&prepared);
    let answer = ninzu::ask(&engine, &source.folder, &prepared).map_err(|e| question.blame(e))?;
    let read = |need: &Need| Read { path: need.path.clone(), start: need.range.start, end: need.range.end };
    let explanation = Explanation {
        query: &answer.query,
        hash: &answer.hash,
        words: &answer.words,
        path: prepared.path(),
        unknowns: prepared.unknowns(),
        reads: needs.iter().map(read).collect(),
        basis: basis(&answer),
    };
    let bytes = match typed.format {
        Shape::Json => json::render(&explanation)?,
        Shape::Table => explanation.for_people(context).into_bytes(),
    };
    Target::Stdout.write(&bytes)?;
    Ok(Outcome::Done)
}

/// The basis over all centres.
fn basis(answer: &Answer) -> Vec<Rest> {
    let mut all: Vec<Rest> = Vec::new();
    for basis in answer.centres.iter().flat_map(|centre| &centre.basis) {
        let is_same = |rest: &&mut Rest| (&rest.table, &rest.codes, &rest.margin) == (&basis.table, &basis.codes, &basis.margin);
        if let Some(rest) = all.iter_mut().find(is_same) {
            rest.rows += basis.rows;
        } else {
            let basis = basis.clone();
            all.push(Rest { table: basis.table, codes: basis.codes, margin: basis.margin, rows: basis.rows });
        }
    }
    all
}

/// The way of an answer, in words.
fn path_words(path: Path, unknowns: Option<usize>, context: &Context) -> String {
    let unknowns = unknowns.map_or_else(String::new, |n| thousands(n as u64));
    match (path, context.language) {
        (Path::Direct, Language::En) => "direct: sums of cells of a margin".to_owned(),
        (Path::Direct, Language::Ja) => "直接：周辺表のセルの和".to_owned(),
        (Path::Program, Language::En) => format!("program: linear programs over {unknowns} unknowns"),
        (Path::Program, Language::Ja) => format!("計画法：未知数{unknowns}個の線形計画"),
        (Path::ClosedForm, Language::En) => "closed form: too large for a program".to_owned(),
        (Path::ClosedForm, Language::Ja) => "閉形式：線形計画には大きすぎるため".to_owned(),
        (_, Language::En) => "another way".to_owned(),
        (_, Language::Ja) => "その他".to_owned(),
    }
}

/// The way in which a prepared question is answered, in words.
pub(crate) fn path_of(prepared: &Prepared, context: &Context) -> String {
    path_words(prepared.path(), prepared.unknowns(), context)
}

impl Explanation<'_> {
    fn for_people(&self, context: &Context) -> String {
        let bytes: u64 = self.reads.iter().map(|read| read.end - read.start).sum();
        let facts = [
            (context.say("query", "条件"), self.query.to_owned()),
            (context.say("hash", "ハッシュ"), self.hash.to_owned()),
            ("en", self.words.en.clone()),
            ("ja", self.words.ja.clone()),
            (context.say("way", "解き方"), path_words(self.path, self.unknowns, context)),
            (context.say("bytes read", "読むバイト"), thousands(bytes)),
        ];
        let mut text = String::new();
        for (name, value) in facts {
            let _ = writeln!(text, "{}: {value}", context.bold(name));
        }
        text.push('\n');
        text += &table::render(&self.reads(context));
        text.push('\n');
        text += &table::render(&self.basis(context));
        text
    }

    fn reads(&self, context: &Context) -> Sheet {
        let row = |read: &Read| {
            let [from, to, bytes] = [read.start, read.end, read.end - read.start].map(|n| Value::Count(Some(n)));
            vec![Value::text(&read.path), from, to, bytes]
        };
        Sheet {
            columns: vec![
                Column::new("file", context.say("file", "ファイル"), ValueKind::Text),
                Column::new("from", context.say("from", "開始"), ValueKind::Count),
                Column::new("to", context.say("to", "終了"), ValueKind::Count),
                Column::new("bytes", context.say("bytes", "バイト"), ValueKind::Count),
            ],
            rows: self.reads.iter().map(row).collect(),
        }
    }

    fn basis(&self, context: &Context) -> Sheet {
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
        Sheet {
            columns: vec![
                Column::new("table", context.say("table", "表"), ValueKind::Text),
                Column::new("codes", context.say("codes", "コード"), ValueKind::Text),
                Column::new("margin", context.say("margin", "周辺"), ValueKind::Text),
                Column::new("rows", context.say("rows listed", "掲載行"), ValueKind::Count),
            ],
            rows: self.basis.iter().map(row).collect(),
        }
    }
}
