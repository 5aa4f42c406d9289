//! `ninzu build`: from a spec to a release.

use std::fmt::Write;
use std::path::Path;

use ninzu::build::{BuildOptions, BuildSummary, Key, Proof, build, dry_run};
use ninzu::disclosure::{AuditTotals, Forecast, KindForecast};
use ninzu::source::{IngestReport, RowAccount, Spec, percent};
use ninzu::text::thousands;
use ninzu::{Error, Language};

use super::target::Target;
use crate::args;
use crate::context::Context;
use crate::errors::{Failure, Outcome, Result, Text};

/// Builds a release.
pub(crate) fn run(typed: &args::Build, context: &Context) -> Result<Outcome> {
    // A spec that cannot be built makes no key.
    Spec::read(&typed.spec).map_err(|e| blame(&typed.spec, e))?;
    let Some(out) = &typed.out else {
        let forecast = dry_run(&typed.spec, &Key::random()?, &*context.progress()).map_err(|e| blame(&typed.spec, e))?;
        Target::Stdout.write(foretold(&forecast, context).as_bytes())?;
        return Ok(Outcome::Done);
    };
    let key = match &typed.key_file {
        Some(path) => Key::from_file(path)?,
        None => Key::random()?,
    };
    let options = BuildOptions {
        key,
        proof: if typed.unaudited { Proof::Unaudited } else { Proof::Audited },
        previous: typed.previous.clone(),
        private_report: typed.private_report.clone(),
    };
    let summary = build(&typed.spec, &options, out, &*context.progress()).map_err(|e| blame(&typed.spec, e))?;
    for line in told(&summary, out, context) {
        context.note(&line);
    }
    if typed.key_file.is_none() {
        context.note(context.say(
            "the key was random and is forgotten: the same people will never give the same release again, and a later \
             release cannot keep what has not changed. Keep one with --key-file",
            "鍵は乱数で作成され破棄されました。同じデータから同じリリースは再現できず、後のリリースで変わらない値を維持することもできません。\
             --key-file で鍵を保存してください",
        ));
    }
    if typed.unaudited {
        context.note(context.say(
            "no audit has proven its protection (\"audited\": false): readers need --unaudited, and it is not for publication",
            "保護は未監査です（\"audited\": false）。読むには --unaudited が必要で、公開には使えません",
        ));
    }
    if let Some(path) = &typed.private_report {
        let path = path.display();
        context.note(&match context.language {
            Language::En => format!("{path} undoes a part of the protection: it is yours alone"),
            Language::Ja => format!("{path} は保護の一部を無効にします。管理者以外には見せないでください"),
        });
    }
    Ok(Outcome::Done)
}

/// A failure with the spec's text, if it points into it.
pub(crate) fn blame(spec: &Path, error: Error) -> Failure {
    match std::fs::read_to_string(spec) {
        Ok(text) => Text { name: spec.display().to_string(), text }.blame(error),
        Err(_) => error.into(),
    }
}

/// What was made, for the steward.
pub(crate) fn told(summary: &BuildSummary, out: &Path, context: &Context) -> Vec<String> {
    let BuildSummary { id, centres, persons, declared, published, tables, bytes, report, audit, widened, kept, .. } = summary;
    let [persons, declared, published, bytes] = [*persons, *declared, *published, *bytes].map(thousands);
    let out = out.display();
    let mut lines = match context.language {
        Language::En => vec![
            format!("{out}: {persons} persons at {centres} centres"),
            format!("  {tables} tables, {declared} cells declared, {published} published, {bytes} bytes"),
            format!("  id {id}"),
        ],
        Language::Ja => vec![
            format!("{out}: {centres}センター、{persons}人"),
            format!("  {tables}表、宣言セル {declared}、掲載セル {published}、{bytes}バイト"),
            format!("  id {id}"),
        ],
    };
    if let Some(audit) = audit {
        let (targets, programs, widened) = (thousands(audit.targets), thousands(audit.programs), thousands(*widened as u64));
        let subproblems = thousands(audit.subproblems.values().sum());
        lines.push(match context.language {
            Language::En => format!(
                "  audited: {subproblems} subproblems, {targets} targets, {programs} programs, 0 violations ({widened} cells widened)"
            ),
            Language::Ja => {
                format!("  監査済み：{subproblems}部分問題、{targets}対象、{programs}計画問題、違反0（拡大したセル {widened}）")
            }
        });
    }
    lines.extend(audit.iter().flat_map(|audit| joined(audit, context)));
    if let Some(kept) = kept {
        let cells = thousands(kept.cells);
        lines.push(match context.language {
            Language::En => format!("  kept from the earlier release: {cells} cells"),
            Language::Ja => format!("  前回のリリースから維持：{cells}セル"),
        });
        for (centre, day) in &kept.stale {
            lines.push(match context.language {
                Language::En => format!(
                    "  {centre} is not refreshed and stays as of {day}: a typical cell has not grown by more than one bucket, and \
                     small changes would tell more than they are worth"
                ),
                Language::Ja => format!("  {centre} は更新せず {day} 時点のまま：典型的なセルの増加が1区間以下のため"),
            });
        }
    }
    lines.extend(accounted(report, context));
    lines
}

/// With which earlier releases it was audited, and what that does not cover.
fn joined(audit: &AuditTotals, context: &Context) -> Vec<String> {
    let n = audit.previous.len();
    if n == 0 {
        return Vec::new();
    }
    let note = context.say("note", "注意");
    let mut lines = vec![match context.language {
        Language::En => {
            format!("  audited together with the earlier releases ({n}), for readers who take it that nobody has left since")
        }
        Language::Ja => format!("  以前のリリース（{n}）とあわせて監査済み（その後に減った人はいないとする読者に対して）"),
    }];
    if let Some(unjoined) = audit.unjoined.filter(|&unjoined| unjoined > 0) {
        let unjoined = thousands(unjoined);
        lines.push(match context.language {
            Language::En => format!(
                "  {note}: {unjoined} subproblems fit no table without people who left, or where codes fill what they lie in: there it was not audited together with an earlier \
                 release, and readers of both who know how many left may prove more"
            ),
            Language::Ja => format!(
                "  {note}：{unjoined}部分問題は、減った人がいない、または下位コードが上位コードを満たすとすると成り立たないため、以前のリリースとあわせて監査していません。\
                 減った人数を知り、両方を読む人は、より多くを証明できる可能性があります"
            ),
        });
    }
    let large = audit.subproblems.get("large family").copied().unwrap_or(0);
    if large > 0 {
        let large = thousands(large);
        lines.push(match context.language {
            Language::En => format!("  {note}: {large} parents of many codes were audited in this release alone"),
            Language::Ja => format!("  {note}：下位コードの多い{large}の親コードは、このリリース単独で監査しました"),
        });
    }
    lines
}

/// What became of every row that was read, and what the steward should look at.
pub(crate) fn accounted(report: &IngestReport, context: &Context) -> Vec<String> {
    let mut lines = row_account(&report.tables, context);
    let note = context.say("note", "注意");
    lines.extend(report.notes.iter().map(|told| format!("  {note}: {}", told.words(context.language))));
    lines
}

/// What became of every row of tables.
pub(crate) fn row_account(tables: &[RowAccount], context: &Context) -> Vec<String> {
    let language = context.language;
    let mut lines = Vec::new();
    for table in tables {
        let RowAccount { file, table: name, rows, counted, left_out, mended, .. } = table;
        let left = table.all_left_out();
        let (share, [read, counted, left]) = (percent(left, *rows), [*rows, *counted, left].map(thousands));
        lines.push(match language {
            Language::En => format!("  {file} ({name}): {read} rows read, {counted} counted, {left} left out ({share})"),
            Language::Ja => format!("  {file}（{name}）：{read}行を読み込み、計上 {counted}、除外 {left}（{share}）"),
        });
        let left_out = left_out.iter().map(|(reason, &count)| (reason.words(language), count));
        for (words, count) in left_out {
            let (share, count) = (percent(count, *rows), thousands(count));
            lines.push(match language {
                Language::En => format!("    left out: {count} ({share}): {words}"),
                Language::Ja => format!("    除外 {count}行（{share}）：{words}"),
            });
        }
        for (mended, &count) in mended {
            let (words, count) = (mended.words(language), thousands(count));
            lines.push(match language {
                Language::En => format!("    counted: {count}: {words}"),
                Language::Ja => format!("    計上 {count}行：{words}"),
            });
        }
    }
    lines
}

/// Above so many seconds of one processor the spec should mean less.
const TOO_LONG: f64 = 3600.0;

/// What a build will cost.
fn foretold(forecast: &Forecast, context: &Context) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", context.bold(context.say("declared cells", "宣言セル")));
    for (table, cells) in &forecast.cells {
        let _ = writeln!(text, "  {table:<28} {:>14}", thousands(*cells));
    }
    let _ = writeln!(text, "  {:<28} {:>14}", context.say("all", "合計"), thousands(forecast.cells.values().sum()));
    let heading = context
        .say("subproblems, and what auditing them once takes on one processor", "部分問題と、1プロセッサーで1回監査する時間");
    let _ = writeln!(text, "{}", context.bold(heading));
    let (subproblems, programs, variables) =
        (context.say("subproblems", "部分問題"), context.say("programs", "計画問題"), context.say("variables", "変数"));
    let _ = writeln!(text, "  {:<10} {subproblems:>11} {variables:>10} {programs:>12} {:>9}", "", "s");
    for (kind, KindForecast { subproblems, variables, programs, seconds }) in &forecast.kinds {
        let _ = writeln!(
            text,
            "  {kind:<10} {:>11} {variables:>10} {:>12} {seconds:>9.1}",
            thousands(*subproblems),
            thousands(*programs)
        );
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (least, most) = (forecast.seconds * 1.5 / cores as f64, forecast.seconds * 3.0 / cores as f64);
    let _ = match context.language {
        Language::En => writeln!(text, "repair and audit on the {cores} processors here: about {least:.0} to {most:.0} s"),
        Language::Ja => writeln!(text, "この計算機の{cores}プロセッサーで修復と監査：約{least:.0}～{most:.0}秒"),
    };
    let mut pairs: Vec<(&String, &f64)> = forecast.pair_seconds.iter().collect();
    pairs.sort_by(|a, b| b.1.total_cmp(a.1));
    if forecast.seconds > TOO_LONG {
        let advice = context.say(
            "that is much: name fewer codes in the pairs that take longest, or lower pair_order, then order:",
            "時間がかかります。次のうち長い組のコードを減らすか、pair_order、次に order を下げてください：",
        );
        let _ = writeln!(text, "{advice}");
    }
    for (table, seconds) in pairs {
        let _ = match context.language {
            Language::En => writeln!(text, "  pairs {table}: {seconds:.1} s of it"),
            Language::Ja => writeln!(text, "  組 {table}：うち{seconds:.1}秒"),
        };
    }
    text
}
