//! The question that was typed: text, JSON, a file or standard input.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use ninzu::answer::UnknownCode;
use ninzu::message::Argument;
use ninzu::text::thousands;
use ninzu::{Asking, Engine, Error, ErrorKind, Prepared, Query, UnknownCodes, limits};

use crate::args;
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Result, Text, refused};

/// A question, parsed, and the text that it came from.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    text: Text,
    /// How it is asked.
    pub(crate) asking: Asking,
    /// What it says.
    pub(crate) query: Query,
}

impl Question {
    /// Reads what was typed: text, JSON, `@file` or `-`.
    pub(crate) fn read(typed: &str, asking: &args::Asking) -> Result<Self> {
        let text = read_text(typed, "query", limits::QUERY_JSON as u64)?;
        let unknown_codes = asking.unknown_codes.map(|rule| match rule {
            args::Unknown::Error => UnknownCodes::Error,
            args::Unknown::Rare => UnknownCodes::Rare,
            args::Unknown::Anything => UnknownCodes::Anything,
        });
        let asking = Asking { unknown_codes, work: asking.work };
        match Query::read(&text.text) {
            Ok(query) => Ok(Self { text, asking, query }),
            Err(error) => Err(text.blame(error)),
        }
    }

    /// The same question, broken down by more; what it is broken down by already stays once.
    #[must_use]
    pub(crate) fn with_by(mut self, names: &[String]) -> Self {
        self.query = self.query.with_by(names.iter().map(|name| name.trim().to_owned()));
        self
    }

    /// Resolves and plans it.
    pub(crate) fn prepare(&self, engine: &Engine) -> Result<Prepared> {
        engine.prepare_as(&self.query, &self.asking).map_err(|error| self.text.blame(error))
    }

    /// A failure that is about this question.
    pub(crate) fn blame(&self, error: Error) -> crate::errors::Failure {
        self.text.blame(error)
    }
}

/// What was typed: a text, which is called so, `@file`, or `-` for standard input; no more of it is read than it may have.
pub(crate) fn read_text(typed: &str, name: &str, most: u64) -> Result<Text> {
    let too_long = |name: Argument| {
        Error::new(ErrorKind::Syntax, message!("cli.too_long", what = name, most = most)).with_hint(message!("hint.right_file"))
    };
    let read = |input: &mut dyn Read, name: &str| {
        let mut bytes = Vec::new();
        let failed = |e: &dyn std::fmt::Display| refused(Path::new(name), "cli.unread", e);
        input.take(most + 1).read_to_end(&mut bytes).map_err(|e| failed(&e))?;
        if bytes.len() as u64 > most {
            return Err(too_long(name.into()));
        }
        let text = String::from_utf8(bytes).map_err(|_| failed(&"it is not text in UTF-8"))?;
        Ok(Text { name: name.to_owned(), text })
    };
    if let Some(path) = typed.strip_prefix('@') {
        let mut file = File::open(path).map_err(|e| refused(Path::new(path), "cli.unread", &e))?;
        return Ok(read(&mut file, path)?);
    }
    if typed != "-" {
        if typed.len() as u64 > most {
            return Err(too_long(message!("cli.typed", name = name).into()).into());
        }
        return Ok(Text { name: name.to_owned(), text: typed.to_owned() });
    }
    Ok(read(&mut std::io::stdin().lock(), "standard input")?)
}

/// Does some work, unless it takes longer than it may.
pub(crate) fn within<T: Send + 'static>(seconds: Option<u64>, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let Some(seconds) = seconds else { return work() };
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more: the answer came too late.
        let _ = done.send(work());
    });
    result.recv_timeout(Duration::from_secs(seconds)).unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::InvalidQuery, message!("cli.no_answer", seconds = seconds))
            .with_hint(message!("hint.timeout_or_work"))
            .into())
    })
}

/// What people must know of an answer beside its numbers: codes that are not named, bounds that could be tighter.
pub(crate) fn remarks(limited: bool, unknown: &[UnknownCode], context: &Context) -> Vec<String> {
    const SHOWN: usize = 8;
    let mut remarks: Vec<String> = unknown.iter().take(SHOWN).map(|code| unknown_code(code, context)).collect();
    if let more @ 1.. = unknown.len().saturating_sub(SHOWN) {
        remarks.push(format!(
            "{} {more}",
            context.say("Other codes that the release does not name:", "公開データにないほかのコード：")
        ));
    }
    if limited {
        let wider = "More work would give tighter bounds: --work 10 allows ten times as much.";
        remarks.push(context.say(wider, "計算量を増やすと範囲が狭まります（--work 10 で10倍）。").to_owned());
    }
    remarks
}

fn unknown_code(UnknownCode { dimension, code, most, near, .. }: &UnknownCode, context: &Context) -> String {
    let near = near.join(", ");
    let near = match near.as_str() {
        "" => near,
        _ => format!("{}{near}{}", context.say(" Named are ", "近いコード："), context.say(".", "。")),
    };
    let most = most.map(|most| thousands(most + 1));
    match (context.language, most) {
        (ninzu::Language::En, Some(k)) => {
            format!("The release does not name {dimension} {code}: at each centre fewer than {k} people have it.{near}")
        }
        (ninzu::Language::En, None) => {
            format!("The release does not name {dimension} {code}: anybody or nobody may have it.{near}")
        }
        (ninzu::Language::Ja, Some(k)) => {
            format!("{dimension}の{code}は公開データにないコードです（各センターで{k}人未満）。{near}")
        }
        (ninzu::Language::Ja, None) => format!("{dimension}の{code}は公開データにないコードで、人数は不明です。{near}"),
    }
}
