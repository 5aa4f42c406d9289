//! Answers as tables, in both languages.

use ninzu::answer::{Bounds, Combined, MaybeCount, Status, Verdict};
use ninzu::engine::release::Release;
use ninzu::text::thousands;
use ninzu::{Answer, Language};

use super::{Column, Flag, ResultTable, Value, ValueKind};
use crate::context::Context;

/// What is read of a count, in the order of the columns of [`count_columns`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    /// Bounds and estimate.
    pub(crate) count: MaybeCount,
    /// What they mean.
    pub(crate) status: Status,
    /// Whether they are sharp.
    pub(crate) sharp: bool,
    /// Different people.
    pub(crate) persons: Option<Bounds>,
}

impl From<&Combined> for Counted {
    fn from(combined: &Combined) -> Self {
        let is_collected = combined.status != Status::NotCollected;
        let records = combined.records;
        Self {
            count: MaybeCount {
                lower: is_collected.then_some(records.lower),
                upper: records.upper.filter(|_| is_collected),
                estimate: records.estimate.filter(|_| is_collected),
            },
            status: combined.status,
            sharp: combined.sharp,
            persons: is_collected.then_some(combined.persons),
        }
    }
}

/// The columns of a count.
pub(crate) fn count_columns(context: &Context) -> Vec<Column> {
    let column = |name, en, ja, kind| Column::new(name, context.say(en, ja), kind);
    vec![
        column("lower", "lower", "下限", ValueKind::Count),
        column("upper", "upper", "上限", ValueKind::Count),
        column("estimate", "estimate", "推定", ValueKind::Estimate),
        column("status", "status", "状態", ValueKind::Text),
        column("sharp", "sharp", "最適", ValueKind::Flag),
        column("persons_lower", "people, lower", "実人数の下限", ValueKind::Count),
        column("persons_upper", "people, upper", "実人数の上限", ValueKind::Count),
    ]
}

/// A count's values.
pub(crate) fn count_values(counted: &Counted, context: &Context) -> Vec<Value> {
    let Counted { count, status, sharp, persons } = *counted;
    vec![
        Value::Count(count.lower),
        Value::Count(count.upper),
        Value::Estimate(count.estimate),
        status_value(status, context),
        Value::Flag(Flag { is: sharp, shown: if sharp { context.say("yes", "はい") } else { context.say("no", "いいえ") } }),
        Value::Count(persons.map(|p| p.lower)),
        Value::Count(persons.and_then(|p| p.upper)),
    ]
}

fn status_value(status: Status, context: &Context) -> Value {
    let (en, ja) = match status {
        Status::Exact => ("exact", "確定"),
        Status::Bounded => ("bounded", "範囲"),
        Status::BelowThreshold => ("below threshold", "閾値未満"),
        Status::NotCollected => ("not collected", "収集なし"),
        _ => ("other", "その他"),
    };
    Value::named(status.name(), context.say(en, ja))
}

/// One row for each centre.
pub(crate) fn centres(answer: &Answer, release: &Release, context: &Context) -> ResultTable {
    let rows = answer.centres.iter().map(|centre| {
        let persons = centre.count.lower.map(|lower| Bounds { lower, upper: centre.count.upper });
        let counted = Counted { count: centre.count, status: centre.status, sharp: centre.sharp, persons };
        let mut row = vec![key_value("centre", &centre.centre, release, context)];
        row.extend(count_values(&counted, context));
        row
    });
    ResultTable { rows: rows.collect(), columns: keyed_columns(&["centre".to_owned()], release, context) }
}

/// One row for each combination of `by` values; the keys in the order that was asked for.
pub(crate) fn breakdown(answer: &Answer, by: &[String], release: &Release, context: &Context) -> ResultTable {
    let rows = answer.by.iter().flatten().map(|part| {
        let counted = Counted { count: part.count, status: part.status, sharp: part.sharp, persons: part.persons };
        let value = |name: &String| key_value(name, part.key.get(name).map_or("", String::as_str), release, context);
        let mut row: Vec<Value> = by.iter().map(value).collect();
        row.extend(count_values(&counted, context));
        row
    });
    ResultTable { rows: rows.collect(), columns: keyed_columns(by, release, context) }
}

/// The row over all centres, for people.
pub(crate) fn total(answer: &Answer, context: &Context) -> Vec<Value> {
    let mut row = vec![Value::text(context.say("all centres", "全センター"))];
    row.extend(count_values(&Counted::from(&answer.answer), context));
    row
}

/// How many columns at the end of [`count_columns`] are about different people.
const PERSONS: usize = 2;

/// The same table without different people: where rows are centres, they are the records.
pub(crate) fn without_persons(mut sheet: ResultTable) -> ResultTable {
    let width = sheet.columns.len() - PERSONS;
    sheet.columns.truncate(width);
    sheet.rows.iter_mut().for_each(|row| row.truncate(width));
    sheet
}

fn keyed_columns(keys: &[String], release: &Release, context: &Context) -> Vec<Column> {
    let heading = |name: &str| match release.dimensions().id(name) {
        Some(d) => release.dimensions().get(d).label.get(context.language).to_owned(),
        None => context.say("centre", "センター").to_owned(),
    };
    let keys = keys.iter().map(|name| Column::new(name, &heading(name), ValueKind::Text));
    keys.chain(count_columns(context)).collect()
}

/// A dimension's value, or a centre, with its label.
fn key_value(name: &str, value: &str, release: &Release, context: &Context) -> Value {
    let dictionary = match release.dimensions().id(name) {
        Some(d) => &release.dimensions().get(d).dictionary,
        None => release.centres(),
    };
    let label = dictionary.id(value).map(|id| dictionary.label(id));
    Value::named(
        value,
        label.as_ref().map(|label| label.get(context.language)).filter(|label| !label.is_empty()).unwrap_or(value),
    )
}

/// An interval as people read it.
pub(crate) fn interval(lower: u64, upper: Option<u64>, context: &Context) -> String {
    match (upper, context.language) {
        (Some(upper), _) if upper == lower => thousands(lower),
        (Some(upper), Language::En) => format!("{}–{}", thousands(lower), thousands(upper)),
        (Some(upper), Language::Ja) => format!("{}〜{}", thousands(lower), thousands(upper)),
        (None, Language::En) => format!("{} or more", thousands(lower)),
        (None, Language::Ja) => format!("{}以上", thousands(lower)),
    }
}

/// What is known of different people, where that is not what the sentence says.
pub(crate) fn persons_sentence(answer: &Answer, context: &Context) -> Option<String> {
    let Combined { persons, records, status, .. } = answer.answer;
    if status == Status::NotCollected || (persons.lower, persons.upper) == (records.lower, records.upper) {
        return None;
    }
    let bounds = interval(persons.lower, persons.upper, context);
    Some(match context.language {
        Language::En => format!("Different people, whoever is at several centres counted once: {bounds}."),
        Language::Ja => format!("複数のセンターにいる人を1人と数えた実人数：{bounds}人。"),
    })
}

/// Whether at least so many different people match, however many of them are at several centres.
pub(crate) fn verdict(answer: &Answer, n: u64) -> Verdict {
    match answer.answer.status {
        Status::NotCollected => Verdict::CannotTell,
        _ => answer.answer.persons.at_least(n),
    }
}

/// The verdict in a sentence.
pub(crate) fn verdict_sentence(answer: &Answer, n: u64, context: &Context) -> String {
    let verdict = verdict(answer, n);
    let n = thousands(n);
    if answer.answer.status == Status::NotCollected {
        return match context.language {
            Language::En => format!("Cannot tell whether at least {n} different people match: no centre collects this."),
            Language::Ja => format!("判断できません：この項目を収集しているセンターがなく、{n}人以上かどうかは不明です。"),
        };
    }
    let bounds = interval(answer.answer.persons.lower, answer.answer.persons.upper, context);
    match (verdict, context.language) {
        (Verdict::Yes, Language::En) => format!("Yes: at least {n} different people match ({bounds})."),
        (Verdict::No, Language::En) => format!("No: fewer than {n} different people match ({bounds})."),
        (Verdict::CannotTell, Language::En) => format!("Cannot tell whether at least {n} different people match ({bounds})."),
        (Verdict::Yes, Language::Ja) => format!("はい：{n}人以上が該当します（実人数{bounds}人）。"),
        (Verdict::No, Language::Ja) => format!("いいえ：該当者は{n}人未満です（実人数{bounds}人）。"),
        (Verdict::CannotTell, Language::Ja) => format!("判断できません：{n}人以上かどうかは決まりません（実人数{bounds}人）。"),
    }
}

/// Whether certainly nobody matches.
pub(crate) fn is_nobody(answer: &Answer) -> bool {
    answer.answer.status != Status::NotCollected && answer.answer.records.upper == Some(0)
}
