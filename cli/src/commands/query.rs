//! `ninzu query`: how many people match.

use std::fmt::Write;

use ninzu::answer::{Status, Verdict};
use ninzu::{Answer, Engine, Language};
use serde::Serialize;

use super::question::{Question, remarks, within};
use super::source::Source;
use super::target::Target;
use crate::args::{self, Format};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{ResultTable, answer, csv, json, markdown, parquet, safe, table};

/// A question to ask.
#[derive(Debug)]
pub(crate) struct Ask {
    source: Source,
    question: Question,
    at_least: Option<u64>,
    format: Format,
    target: Target,
    timeout: Option<u64>,
}

/// An answer, and the verdict if one was asked for.
#[derive(Serialize)]
struct Judged<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<AtLeast>,
}

#[derive(Serialize)]
struct AtLeast {
    n: u64,
    verdict: Verdict,
}

impl Ask {
    /// What the typed question means.
    pub(crate) fn new(typed: &args::Query, context: &Context) -> Result<Self> {
        let target = Target::from(typed.output.out.as_deref());
        if typed.output.format == Format::Parquet {
            target.refuse_terminal()?;
        }
        let ask = Self {
            source: Source::from(&typed.source),
            question: Question::read(&typed.query, &typed.asking)?.with_by(&typed.by),
            at_least: typed.at_least,
            format: typed.output.format,
            target,
            timeout: typed.asking.timeout,
        };
        if ask.at_least.is_some() && matches!(ask.format, Format::Csv | Format::Parquet) {
            context.note(context.say(
                "the verdict is in the exit code: 0 for yes, 1 for no or cannot tell",
                "判定は終了コードで示します：はい=0、いいえ・判断不能=1",
            ));
        }
        Ok(ask)
    }

    /// Asks, and writes the answer.
    pub(crate) fn run(self, context: &Context) -> Result<Outcome> {
        let (context, timeout, target) = (*context, self.timeout, self.target.clone());
        let (bytes, outcome) = within(timeout, move || self.asked(&context))?;
        target.write(&bytes)?;
        Ok(outcome)
    }

    fn asked(&self, context: &Context) -> Result<(Vec<u8>, Outcome)> {
        let engine = self.source.open()?;
        let prepared = self.question.prepare(&engine)?;
        let answer = ninzu::ask(&engine, &self.source.folder, &prepared).map_err(|e| self.question.blame(e))?;
        let by = prepared.cohort().by_names(engine.release().dimensions());
        let bytes = self.written(&engine, &answer, &by, context)?;
        let is_no = match self.at_least {
            Some(n) => answer::verdict(&answer, n) != Verdict::Yes,
            None => answer::is_nobody(&answer),
        };
        Ok((bytes, if is_no { Outcome::No } else { Outcome::Done }))
    }

    fn written(&self, engine: &Engine, answer: &Answer, by: &[String], context: &Context) -> Result<Vec<u8>> {
        let release = engine.release();
        let sheet = || match by {
            [] => answer::centres(answer, release, context),
            by => answer::breakdown(answer, by, release, context),
        };
        if matches!(self.format, Format::Csv | Format::Parquet) {
            for remark in &remarks(answer.limited, &answer.unknown_codes, context) {
                context.note(remark);
            }
        }
        match self.format {
            Format::Json => {
                let at_least = self.at_least.map(|n| AtLeast { n, verdict: answer::verdict(answer, n) });
                json::render(&Judged { answer, at_least })
            }
            Format::Csv => csv::render(&sheet()),
            Format::Parquet => {
                let about = [
                    ("query", answer.query.as_str()),
                    ("hash", answer.hash.as_str()),
                    ("release", answer.release.as_str()),
                    ("unit", answer.unit),
                ];
                parquet::render(&sheet(), &about)
            }
            Format::Table | Format::Markdown => Ok(safe(&self.for_people(engine, answer, by, context)).into_bytes()),
        }
    }

    fn for_people(&self, engine: &Engine, answer: &Answer, by: &[String], context: &Context) -> String {
        let release = engine.release();
        let is_table = self.format == Format::Table;
        let render = |sheet: &ResultTable| if is_table { table::render(sheet) } else { markdown::render(sheet) };
        let plain = |text: &str| if is_table { text.to_owned() } else { markdown::escaped(text) };
        let strong = |text: &str| if is_table { context.bold(text) } else { format!("**{}**", markdown::escaped(text)) };
        let mut lines: Vec<String> = Vec::new();
        lines.extend(self.at_least.map(|n| strong(&answer::verdict_sentence(answer, n, context))));
        let sentence = answer.words.get(context.language);
        lines.push(if self.at_least.is_some() { plain(sentence) } else { strong(sentence) });
        lines.extend(answer::persons_sentence(answer, context).map(|text| plain(&text)));
        lines.extend(not_collected(answer, context).map(|text| plain(&text)));
        lines.extend(remarks(answer.limited, &answer.unknown_codes, context).iter().map(|text| plain(text)));
        let mut text = lines.join(if is_table { "\n" } else { "\n\n" });
        text += "\n\n";
        let mut centres = answer::without_persons(answer::centres(answer, release, context));
        if answer.centres.len() > 1 {
            let mut total = answer::total(answer, context);
            total.truncate(centres.columns.len());
            centres.rows.push(total);
        }
        text += &render(&centres);
        if !by.is_empty() {
            let mut sheet = answer::breakdown(answer, by, release, context);
            if by.iter().any(|name| name == "centre") {
                sheet = answer::without_persons(sheet);
            }
            text.push('\n');
            text += &render(&sheet);
        }
        let facts = [
            (context.say("query", "条件"), plain(&answer.query)),
            (context.say("hash", "ハッシュ"), answer.hash.clone()),
            (context.say("release", "リリース"), answer.release.clone()),
            (context.say("protection", "保護"), plain(&self.source.protection(release, context))),
        ];
        text.push('\n');
        for (name, value) in facts {
            let line = format!("{name}: {value}");
            let _ = if is_table { writeln!(text, "{}", context.dim(&line)) } else { writeln!(text, "- {line}") };
        }
        text
    }
}

/// How many centres are left out, and why.
fn not_collected(answer: &Answer, context: &Context) -> Option<String> {
    let out = answer.centres.iter().filter(|centre| centre.status == Status::NotCollected).count();
    if out == 0 || out == answer.centres.len() {
        return None;
    }
    Some(match (context.language, out) {
        (Language::En, 1) => "1 centre does not collect this: what it may have is in no number here.".to_owned(),
        (Language::En, _) => format!("{out} centres do not collect this: what they may have is in no number here."),
        (Language::Ja, _) => format!("{out}センターはこの項目を収集していないため、数に含まれていません。"),
    })
}
