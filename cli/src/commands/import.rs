//! `ninzu import`: published counts as a release; and what `ninzu audit` says of one.

use ninzu::format::manifest::{Additivity, SumsInfo};
use ninzu::import::{ImportSummary, import};
use ninzu::text::thousands;
use ninzu::{Consistency, Engine, Error, ErrorKind, Language, Published, examine};
use serde::Serialize;

use super::build::blame;
use super::target::Target;
use crate::args::{self, OutputFormat};
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::json;

/// Imports a publisher's table.
pub(crate) fn run(typed: &args::Import, context: &Context) -> Result<Outcome> {
    let summary = import(&typed.spec, &typed.out, &*context.progress()).map_err(|e| blame(&typed.spec, e))?;
    let ImportSummary { id, centres, tables, .. } = &summary;
    let [rows, cells, bytes] = [summary.rows, summary.cells, summary.bytes].map(thousands);
    let out = typed.out.display();
    let mut lines = match context.language {
        Language::En => vec![
            format!("{out}: {rows} rows of {centres} centres"),
            format!("  {tables} tables, {cells} cells published, {bytes} bytes"),
            format!("  id {id}"),
        ],
        Language::Ja => vec![
            format!("{out}: {centres}センター、{rows}行"),
            format!("  {tables}表、掲載セル {cells}、{bytes}バイト"),
            format!("  id {id}"),
        ],
    };
    lines.splice(1..1, left_out(&summary, context));
    if !summary.unread_columns.is_empty() {
        let names = summary.unread_columns.join(", ");
        lines.push(format!("  {}: {names}", context.say("columns that are not read", "読み込まない列")));
    }
    let note = context.say("note", "注意");
    lines.extend(summary.notes.iter().map(|told| format!("  {note}: {}", told.words(context.language))));
    lines.extend(tested(&summary.additivity, context));
    let determined: Vec<(&str, u64)> = summary.determined.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    lines.extend(told(summary.hidden, &determined, summary.is_complete, typed.derived, context));
    if let Some(to) = summary.seems_rounded {
        lines.push(match context.language {
            Language::En => format!(
                "all counts are multiples of {to} and were taken as exact: if they were rounded, write rounded_to = {to} in [table]; \
                 rounded_to = 1 says that they were not"
            ),
            Language::Ja => format!(
                "すべての値が {to} の倍数ですが、正確な値として読みました。丸められた値なら [table] に rounded_to = {to}、そうでなければ rounded_to = 1 と書いてください"
            ),
        });
    }
    lines.push(
        context
            .say("its protection is the publisher's: Ninzu added none", "保護は公表元によるものです（Ninzuによる追加なし）")
            .to_owned(),
    );
    for line in &lines {
        context.note(line);
    }
    Ok(Outcome::Done)
}

/// Rows that are no cells of the release, by the reason.
fn left_out(summary: &ImportSummary, context: &Context) -> Vec<String> {
    let reasons = [
        (summary.centre_totals, context.say("rows over all centres left out", "行（全センター合計）は除外")),
        (summary.filtered, context.say("rows left out by where", "行は where により除外")),
        (summary.left_out, context.say("rows left out by leave_out", "行は leave_out により除外")),
    ];
    reasons.iter().filter(|(rows, _)| *rows > 0).map(|(rows, why)| format!("  {} {why}", thousands(*rows))).collect()
}

/// Which sums were tested, and what nothing could test.
pub(super) fn tested(additivity: &Additivity, context: &Context) -> Vec<String> {
    let line = |info: &SumsInfo| {
        let (table, over) = (&info.table, info.over.join(" × "));
        let [sums, tested] = [info.sums, info.tested].map(thousands);
        match (context.language, info.sums, info.sums == info.tested) {
            (Language::En, 0, _) => format!("  {table}, by {over}: untested, because no total stands beside its parts"),
            (Language::En, _, true) => format!("  {table}, by {over}: tested, {sums} totals are the sums of their parts"),
            (Language::En, _, false) => {
                format!("  {table}, by {over}: {tested} of {sums} totals tested; the others, or their parts, have no upper end")
            }
            (Language::Ja, 0, _) => format!("  {table}（{over}別）：検証できません。内訳と並ぶ合計がありません"),
            (Language::Ja, _, true) => format!("  {table}（{over}別）：検証済み。合計 {sums} 件が内訳の和と一致します"),
            (Language::Ja, _, false) => {
                format!("  {table}（{over}別）：合計 {sums} 件のうち {tested} 件を検証。残りは上限が不明です")
            }
        }
    };
    let mut lines: Vec<String> = additivity.sums.iter().map(line).collect();
    let [systems, tested] = [additivity.systems, additivity.tested].map(thousands);
    lines.push(match (context.language, additivity.systems == additivity.tested) {
        (Language::En, true) => format!("  all cells together: no contradiction in {systems} of {systems} systems of cells"),
        (Language::En, false) => {
            format!("  all cells together: {tested} of {systems} systems of cells tested; the others are too large")
        }
        (Language::Ja, true) => format!("  全セルの同時検証：{systems} 系のすべてで矛盾なし"),
        (Language::Ja, false) => format!("  全セルの同時検証：{systems} 系のうち {tested} 系を検証。残りは大きすぎます"),
    });
    lines
}

/// How many hidden cells the others determine; which, and how many people, only where that was asked for.
fn told(hidden: u64, determined: &[(&str, u64)], is_complete: bool, derived: bool, context: &Context) -> Vec<String> {
    if hidden == 0 {
        return Vec::new();
    }
    let (all, found) = (thousands(hidden), thousands(determined.len() as u64));
    let mut lines = vec![match (context.language, is_complete, determined.is_empty()) {
        (Language::En, true, true) => format!("  {all} hidden cells; the other cells determine none of them"),
        (Language::En, true, false) => {
            format!("  {all} hidden cells, {found} of which can be computed exactly from the other cells")
        }
        (Language::En, false, _) => {
            format!("  {all} hidden cells, at least {found} of which can be computed exactly; not all could be examined")
        }
        (Language::Ja, true, true) => format!("  秘匿セル {all}、他のセルから値が決まるものはありません"),
        (Language::Ja, true, false) => format!("  秘匿セル {all}、うち {found} は他のセルから正確に計算できます"),
        (Language::Ja, false, _) => format!("  秘匿セル {all}、少なくとも {found} は正確に計算できます（一部は未検証）"),
    }];
    if derived {
        lines.extend(determined.iter().map(|(name, count)| format!("    {name}: {}", thousands(*count))));
    } else if !determined.is_empty() {
        lines.push(context.say("  --derived names them", "  --derived で一覧を表示します").to_owned());
    }
    lines
}

/// What can be worked out from a release that somebody else protected, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    release: &'a str,
    protection: &'a str,
    hidden: u64,
    determined: u64,
    is_complete: bool,
    additivity: &'a Additivity,
    #[serde(skip_serializing_if = "Option::is_none")]
    cells: Option<Vec<ShownCell>>,
}

/// A hidden cell that is no secret.
#[derive(Serialize)]
struct ShownCell {
    cell: String,
    count: u64,
}

/// Examines a release that somebody else protected: there is no promise of ours to prove, but hidden cells may be derived.
pub(super) fn examine_imported(
    typed: &args::Audit,
    engine: &Engine,
    published: &Published,
    context: &Context,
) -> Result<Outcome> {
    if typed.report.is_some() {
        let error = Error::new(ErrorKind::Unsupported, message!("cli.no_report"));
        return Err(error.with_hint(message!("hint.leave_out_report")).into());
    }
    let by = &engine.release().manifest().protection.by;
    let Consistency { additivity, hidden, determined, is_complete, .. } =
        examine(published, &*context.progress()).map_err(|clash| clash.error(published))?;
    let named: Vec<(String, u64)> = determined.iter().map(|(place, count)| (place.name(published), *count)).collect();
    let text = match typed.format {
        OutputFormat::Json => json::render(&Shown {
            release: engine.release().id(),
            protection: by,
            hidden,
            determined: named.len() as u64,
            is_complete,
            additivity: &additivity,
            cells: typed
                .derived
                .then(|| named.iter().map(|(cell, count)| ShownCell { cell: cell.clone(), count: *count }).collect()),
        })?,
        OutputFormat::Table => {
            let mut lines = vec![match context.language {
                Language::En => format!(
                    "the release carries the protection of {by}, not ours: there is no policy to audit. What its cells say together:"
                ),
                Language::Ja => {
                    format!("このリリースの保護は {by} によるもので、監査すべき方針がありません。セルから分かること：")
                }
            }];
            lines.extend(tested(&additivity, context));
            let named: Vec<(&str, u64)> = named.iter().map(|(name, count)| (name.as_str(), *count)).collect();
            lines.extend(told(hidden, &named, is_complete, typed.derived, context));
            if hidden == 0 {
                lines.push(context.say("  no cell is hidden", "  秘匿セルはありません").to_owned());
            }
            (lines.join("\n") + "\n").into_bytes()
        }
    };
    Target::Stdout.write(&text)?;
    Ok(if determined.is_empty() { Outcome::Done } else { Outcome::No })
}
