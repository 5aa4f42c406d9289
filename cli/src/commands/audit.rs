//! `ninzu audit`: whether a release keeps its promise.

use std::fmt::Write as _;

use ninzu::disclosure::{Audit, AuditTotals, Breach, CellNames, ShownViolation, audit_release, report};
use ninzu::text::thousands;
use ninzu::{Language, Published, Trust};
use serde::Serialize;

use super::import::examine_imported;
use super::target::Target;
use crate::args::{self, OutputFormat};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{json, safe};

/// An audit for programs.
#[derive(Serialize)]
struct Shown<'a> {
    release: &'a str,
    totals: &'a AuditTotals,
    violations: Vec<ShownViolation>,
}

/// Audits a release.
pub(crate) fn run(typed: &args::Audit, context: &Context) -> Result<Outcome> {
    let engine = ninzu::open_folder(&typed.release, Trust::Unaudited)?;
    let published = Published::read(&engine, &typed.release)?;
    if !engine.release().manifest().protection.is_ours() {
        return examine_imported(typed, &engine, &published, context);
    }
    let audit = audit_release(&engine, &published, &*context.progress())?;
    if let Some(path) = &typed.report {
        Target::File(path.clone()).write(report(&engine, &published, &audit).as_bytes())?;
        context.note(&format!("{}: {}", context.say("report", "報告書"), path.display()));
    }
    let names = CellNames::new(&published);
    let text = match typed.format {
        OutputFormat::Json => json::render(&Shown {
            release: engine.release().id(),
            totals: &audit.totals,
            violations: audit.violations.iter().map(|violation| violation.shown(&names)).collect(),
        })?,
        OutputFormat::Table => safe(&told(&audit, &names, engine.release().id(), typed.most, context)).into_bytes(),
    };
    Target::Stdout.write(&text)?;
    Ok(if audit.violations.is_empty() { Outcome::Done } else { Outcome::No })
}

/// An audit for people.
fn told(audit: &Audit, names: &CellNames<'_>, id: &str, most: usize, context: &Context) -> String {
    let AuditTotals { declared, subproblems, unfilled_aggregations, targets, programs, violations, .. } = &audit.totals;
    let mut text = String::new();
    let cells = thousands(declared.values().sum());
    let (targets, programs) = (thousands(*targets), thousands(*programs));
    let kinds: Vec<String> =
        subproblems.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| format!("{kind} {}", thousands(*n))).collect();
    let kinds = kinds.join(", ");
    let _ = match context.language {
        Language::En => writeln!(
            text,
            "release {id}\n  {cells} declared cells; subproblems: {kinds}\n  {targets} targets, {programs} linear programs; {} parents \
             visibly not filled by their children",
            thousands(*unfilled_aggregations)
        ),
        Language::Ja => writeln!(
            text,
            "リリース {id}\n  宣言セル {cells}、部分問題：{kinds}\n  {targets}対象、線形計画 {programs}、子コードで満たされない親 {}",
            thousands(*unfilled_aggregations)
        ),
    };
    let verdict = match (context.language, *violations) {
        (Language::En, 0) => {
            "proved here, 0 violations: from this release nobody can prove that a group below the threshold has people, has none, or \
                              is smaller than it must seem"
                .to_owned()
        }
        (Language::Ja, 0) => {
            "この場で証明済み、違反0：このリリースから、閾値未満の集団について、存在・不在・規模を証明することは誰にもできません".to_owned()
        }
        (Language::En, n) => format!("{} violations", thousands(n)),
        (Language::Ja, n) => format!("違反 {}件", thousands(n)),
    };
    let _ = writeln!(text, "{}", context.bold(&verdict));
    for violation in audit.violations.iter().take(most).map(|violation| violation.shown(names)) {
        let _ = writeln!(text, "- {}: {}", violation.group, breach(violation.proof, context));
        let _ = writeln!(text, "  {}: {}", context.say("in the subproblem", "部分問題"), violation.subproblem);
        for (cell, interval) in &violation.witness {
            let _ = writeln!(text, "    {cell}: {interval}");
        }
    }
    if let more @ 1.. = audit.violations.len().saturating_sub(most) {
        let more = thousands(more as u64);
        let _ = match context.language {
            Language::En => writeln!(text, "and {more} more: --most N, or --format json"),
            Language::Ja => writeln!(text, "ほか{more}件（--most N または --format json）"),
        };
    }
    text
}

fn breach(breach: Breach, context: &Context) -> &'static str {
    match (breach, context.language) {
        (Breach::Existence, Language::En) => "proved to have people, by these cells",
        (Breach::Existence, Language::Ja) => "次のセルから、人がいることが証明されます",
        (Breach::UpperLevel, Language::En) => "proved to be smaller than k - 1, by these cells",
        (Breach::UpperLevel, Language::Ja) => "次のセルから、k - 1 未満であることが証明されます",
        (Breach::Differencing, Language::En) => {
            "proved to be almost nobody or almost everybody of the larger group, by these cells"
        }
        (Breach::Differencing, Language::Ja) => "次のセルから、大きい集団のほぼ全員またはほぼ皆無であることが証明されます",
        (Breach::Unsupported, Language::En) => "proved to have people where no published count supports it, by these cells",
        (Breach::Unsupported, Language::Ja) => "次のセルから、公開された人数の裏付けがないところに人がいることが証明されます",
        (_, Language::En) => "not decided",
        (_, Language::Ja) => "判定できませんでした",
    }
}
