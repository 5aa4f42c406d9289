//! `ninzu facets`: counts of every value under a question.

use ninzu::answer::Facet;
use ninzu::engine::release::Release;

use super::question::{Question, remarks, within};
use super::source::Source;
use super::target::Target;
use crate::args::{self, Format};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::answer::{Counted, count_columns, count_values, without_persons};
use crate::render::{Column, ResultTable, Value, ValueKind, csv, json, markdown, parquet, safe, table};

/// Facets to count.
#[derive(Debug)]
pub(crate) struct Count {
    source: Source,
    question: Question,
    dimension: Option<String>,
    top: Option<usize>,
    format: Format,
    target: Target,
    timeout: Option<u64>,
}

impl Count {
    /// What was typed.
    pub(crate) fn new(typed: &args::Facets, context: &Context) -> Result<Self> {
        let target = Target::from(typed.output.out.as_deref());
        if typed.output.format == Format::Parquet {
            target.refuse_terminal()?;
        }
        let mut question = Question::read(&typed.query, &typed.asking)?;
        if !question.query.by.is_empty() {
            context.note(context.say(
                "facets break down by everything: what follows `by` is left out",
                "facets はすべての項目で内訳を示すため、`by` 以降は無視されます",
            ));
            question.query.by.clear();
        }
        let (dimension, top) = (typed.dimension.clone(), typed.top);
        let (format, timeout) = (typed.output.format, typed.asking.timeout);
        Ok(Self { source: Source::from(&typed.source), question, dimension, top, format, target, timeout })
    }

    /// Counts, and writes the counts.
    pub(crate) fn run(self, context: &Context) -> Result<Outcome> {
        let (context, timeout, target) = (*context, self.timeout, self.target.clone());
        let bytes = within(timeout, move || self.counted(&context))?;
        target.write(&bytes)?;
        Ok(Outcome::Done)
    }

    fn counted(&self, context: &Context) -> Result<Vec<u8>> {
        let engine = self.source.open()?;
        let release = engine.release();
        let wanted = self.dimension.as_deref().map(|name| release.dimensions().find(name)).transpose()?;
        // First by itself, so that an unknown name is shown in its text.
        let prepared = self.question.prepare(&engine)?;
        let Question { query, asking, .. } = &self.question;
        let mut facets = ninzu::facets(&engine, &self.source.folder, query, asking).map_err(|e| self.question.blame(e))?;
        let is_limited = facets.iter().any(|facet| facet.limited);
        for remark in &remarks(is_limited, &engine.unknown_codes(&prepared), context) {
            context.note(remark);
        }
        facets.retain(|facet| wanted.is_none_or(|d| facet.dimension == release.dimensions().get(d).name));
        if let Some(top) = self.top {
            for facet in &mut facets {
                let most = |upper: Option<u64>| upper.unwrap_or(u64::MAX);
                facet.values.sort_by_key(|v| std::cmp::Reverse((most(v.combined.records.upper), v.combined.records.lower)));
                facet.values.truncate(top);
            }
        }
        match self.format {
            Format::Json => json::render(&facets),
            Format::Csv => csv::render(&flat(&facets, context)),
            Format::Parquet => {
                let query = self.question.query.to_string();
                parquet::render(&flat(&facets, context), &[("query", query.as_str()), ("release", release.id())])
            }
            Format::Table | Format::Markdown => Ok(safe(&self.for_people(&facets, release, context)).into_bytes()),
        }
    }

    fn for_people(&self, facets: &[Facet], release: &Release, context: &Context) -> String {
        let mut text = String::new();
        for (i, facet) in facets.iter().enumerate() {
            let label =
                release.dimensions().id(&facet.dimension).map(|d| release.dimensions().get(d).label.get(context.language));
            let title = match label {
                Some(label) if label != facet.dimension => format!("{} ({label})", facet.dimension),
                _ => facet.dimension.clone(),
            };
            let sheet = without_persons(sheet(facet, context));
            if i > 0 {
                text.push('\n');
            }
            if self.format == Format::Table {
                text.extend([context.bold(&title), "\n".into(), table::render(&sheet)]);
            } else {
                text.extend(["## ", &markdown::escaped(&title), "\n\n", &markdown::render(&sheet)]);
            }
        }
        text
    }
}

fn columns(context: &Context) -> Vec<Column> {
    vec![
        Column::new("value", context.say("value", "値"), ValueKind::Text),
        Column::new("label", context.say("label", "名称"), ValueKind::Text),
    ]
}

fn rows<'a>(facet: &'a Facet, context: &'a Context) -> impl Iterator<Item = Vec<Value>> + 'a {
    facet.values.iter().map(|value| {
        let mut row = vec![Value::text(&value.value), Value::text(value.label.get(context.language))];
        row.extend(count_values(&Counted::from(&value.combined), context));
        row
    })
}

/// One dimension.
fn sheet(facet: &Facet, context: &Context) -> ResultTable {
    ResultTable {
        columns: columns(context).into_iter().chain(count_columns(context)).collect(),
        rows: rows(facet, context).collect(),
    }
}

/// All dimensions, below each other.
fn flat(facets: &[Facet], context: &Context) -> ResultTable {
    let dimension = Column::new("dimension", context.say("dimension", "項目"), ValueKind::Text);
    let with = |facet: &Facet| {
        let name = facet.dimension.clone();
        rows(facet, context).map(|row| [Value::text(&name)].into_iter().chain(row).collect()).collect::<Vec<Vec<Value>>>()
    };
    ResultTable {
        columns: [dimension].into_iter().chain(columns(context)).chain(count_columns(context)).collect(),
        rows: facets.iter().flat_map(with).collect(),
    }
}
