//! `ninzu diff`: what changed between two releases.

use std::fmt::Write;

use ninzu::{CellCounts, Change, Difference, Language, MetadataField, Names, Snapshot, diff};

use super::source::Source;
use super::target::Target;
use crate::args::{self, Listing};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::answer::interval;
use crate::render::{Column, ResultTable, Value, ValueKind, csv, json, markdown, safe, table};

/// How many names of a list people read.
const MOST_NAMES: usize = 10;

/// Compares two releases.
pub(crate) fn run(typed: &args::Diff, context: &Context) -> Result<Outcome> {
    let progress = context.progress();
    progress.begin("read", Some(2));
    let mut snapshots = Vec::new();
    for folder in [&typed.old, &typed.new] {
        let engine = Source::new(folder, &typed.accepted).open()?;
        snapshots.push(Snapshot::read(&engine, folder)?);
        progress.advance(1);
    }
    progress.end();
    progress.begin("compare", None);
    let difference = diff(&snapshots[0], &snapshots[1], typed.top);
    progress.end();
    let difference = difference?;
    let bytes = match typed.format {
        Listing::Json => json::render(&difference)?,
        Listing::Csv => csv::render(&cells(&difference, context))?,
        Listing::Table | Listing::Markdown => {
            safe(&Page { difference: &difference, format: typed.format, context }.written()).into_bytes()
        }
    };
    Target::Stdout.write(&bytes)?;
    Ok(if difference.is_empty() { Outcome::Done } else { Outcome::No })
}

/// A difference for people.
struct Page<'a> {
    difference: &'a Difference,
    format: Listing,
    context: &'a Context,
}

impl Page<'_> {
    fn written(&self) -> String {
        let (difference, context) = (self.difference, self.context);
        let mut text = String::new();
        self.line(&mut text, context.say("old", "旧"), &difference.old);
        self.line(&mut text, context.say("new", "新"), &difference.new);
        for change in &difference.metadata {
            let shown = |of: &Option<String>| of.clone().unwrap_or_else(|| "–".to_owned());
            self.line(
                &mut text,
                metadata_field(change.field, context),
                &format!("{} → {}", shown(&change.old), shown(&change.new)),
            );
        }
        self.names(&mut text, context.say("centres", "センター"), &difference.centres);
        self.names(&mut text, context.say("dimensions", "項目"), &difference.dimensions);
        for (dimension, names) in &difference.codes {
            self.names(&mut text, &format!("{dimension}: {}", context.say("codes", "コード")), names);
        }
        self.names(&mut text, context.say("structural zeros", "構造的ゼロ"), &difference.structural_zeros);
        self.names(&mut text, context.say("tables", "表"), &difference.tables);
        for (table, names) in &difference.pairs {
            self.names(&mut text, &format!("{table}: {}", context.say("pairs", "組み合わせ")), names);
        }
        if difference.is_empty() {
            let same = match (difference.old == difference.new, context.language) {
                (true, Language::En) => "No difference: it is the same release.",
                (true, Language::Ja) => "差異なし：同一のリリースです。",
                (false, Language::En) => "No difference in what they say; licences or citations may differ.",
                (false, Language::Ja) => "内容に差異はありません（ライセンスや出典の記載は異なる可能性があります）。",
            };
            let _ = write!(text, "\n{}\n", context.bold(same));
            return text;
        }
        let by_table = (context.say("table", "表"), difference.by_table());
        let by_centre = (context.say("centre", "センター"), difference.by_centre());
        for (heading, sums) in [by_table, by_centre] {
            let rows = sums.iter().map(|(name, counts)| keyed(vec![Value::text(*name)], *counts));
            let columns = [Column::new("name", heading, ValueKind::Text)].into_iter().chain(count_columns(context));
            self.sheet(&mut text, &ResultTable { rows: rows.collect(), columns: columns.collect() });
        }
        if !difference.largest.is_empty() {
            let title = context.say("The largest changes", "最も大きな変化");
            let title = if self.format == Listing::Table { context.bold(title) } else { format!("## {title}") };
            let _ = write!(text, "\n{title}\n");
            self.sheet(&mut text, &largest(difference, context));
        }
        text
    }

    fn line(&self, text: &mut String, name: &str, value: &str) {
        let _ = match self.format {
            Listing::Markdown => writeln!(text, "- {}: {}", markdown::escaped(name), markdown::escaped(value)),
            _ => writeln!(text, "{name}: {value}"),
        };
    }

    fn names(&self, text: &mut String, what: &str, names: &Names) {
        let context = self.context;
        let lists = [
            (context.say("added", "追加"), &names.added),
            (context.say("removed", "削除"), &names.removed),
            (context.say("changed", "変更"), &names.changed),
        ];
        for (how, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            // Names of pairs hold commas themselves.
            let mut shown = list.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join("; ");
            if let more @ 1.. = list.len().saturating_sub(MOST_NAMES) {
                let _ = match context.language {
                    Language::En => write!(shown, "; and {more} more"),
                    Language::Ja => write!(shown, "；ほか{more}件"),
                };
            }
            self.line(text, &format!("{what} {how}"), &shown);
        }
    }

    fn sheet(&self, text: &mut String, sheet: &ResultTable) {
        text.push('\n');
        *text += &if self.format == Listing::Table { table::render(sheet) } else { markdown::render(sheet) };
    }
}

/// One row for each table and centre.
fn cells(difference: &Difference, context: &Context) -> ResultTable {
    let columns = [
        Column::new("table", context.say("table", "表"), ValueKind::Text),
        Column::new("centre", context.say("centre", "センター"), ValueKind::Text),
    ];
    let rows = difference.cells.iter().map(|of| keyed(vec![Value::text(&of.table), Value::text(&of.centre)], of.counts));
    ResultTable { columns: columns.into_iter().chain(count_columns(context)).collect(), rows: rows.collect() }
}

fn count_columns(context: &Context) -> Vec<Column> {
    let columns = [
        ("unchanged", "unchanged", "不変"),
        ("widened", "widened", "拡大"),
        ("narrowed", "narrowed", "縮小"),
        ("up", "up", "上昇"),
        ("down", "down", "下降"),
        ("newly_listed", "newly published", "新規掲載"),
        ("no_longer_listed", "no longer published", "掲載終了"),
    ];
    columns.iter().map(|(name, en, ja)| Column::new(name, context.say(en, ja), ValueKind::Count)).collect()
}

fn keyed(mut row: Vec<Value>, counts: CellCounts) -> Vec<Value> {
    let CellCounts { unchanged, widened, narrowed, up, down, newly_published, no_longer_published } = counts;
    let counts = [unchanged, widened, narrowed, up, down, newly_published, no_longer_published];
    row.extend(counts.map(|count| Value::Count(Some(count))));
    row
}

fn largest(difference: &Difference, context: &Context) -> ResultTable {
    let columns = [
        ("centre", "centre", "センター"),
        ("cell", "cell", "セル"),
        ("old", "old", "旧"),
        ("new", "new", "新"),
        ("change", "change", "変化"),
    ];
    let rows = difference.largest.iter().map(|of| {
        let cell: Vec<String> = of.cell.iter().map(|(dimension, value)| format!("{dimension} = {value}")).collect();
        let cell = if cell.is_empty() { context.say("everyone", "全員").to_owned() } else { cell.join(", ") };
        let [old, new] = [of.old, of.new].map(|bounds| Value::text(interval(bounds.lower, bounds.upper, context)));
        vec![Value::text(&of.centre), Value::text(cell), old, new, Value::text(change(of.change, context))]
    });
    ResultTable {
        columns: columns.iter().map(|(name, en, ja)| Column::new(name, context.say(en, ja), ValueKind::Text)).collect(),
        rows: rows.collect(),
    }
}

fn change(change: Change, context: &Context) -> &'static str {
    let (en, ja) = match change {
        Change::Unchanged => ("unchanged", "不変"),
        Change::Widened => ("widened", "拡大"),
        Change::Narrowed => ("narrowed", "縮小"),
        Change::Up => ("up", "上昇"),
        Change::Down => ("down", "下降"),
    };
    context.say(en, ja)
}

fn metadata_field(field: MetadataField, context: &Context) -> &'static str {
    let (en, ja) = match field {
        MetadataField::TitleEn => ("title (English)", "タイトル（英語）"),
        MetadataField::TitleJa => ("title (Japanese)", "タイトル（日本語）"),
        MetadataField::ReferenceDate => ("reference date", "基準日"),
        MetadataField::Protection => ("protection by", "保護の主体"),
        MetadataField::Audited => ("audited", "監査済み"),
        MetadataField::Threshold => ("threshold", "閾値"),
        MetadataField::Base => ("base", "区間幅"),
        MetadataField::DecoyPublished => ("decoys of published cells", "デコイ率（掲載セル）"),
        MetadataField::DecoySuppressed => ("decoys of suppressed cells", "デコイ率（非掲載セル）"),
        _ => ("other", "その他"),
    };
    context.say(en, ja)
}
