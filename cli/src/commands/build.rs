//! `ninzu build`: from a spec to a release.

use std::path::Path;

use ninzu::publish::{BuildOptions, BuildSummary, Key, Proof, Spec, build};
use ninzu::{Error, Language, thousands};

use crate::args;
use crate::context::Context;
use crate::errors::{Failure, Outcome, Result, Text};

/// Builds a release.
pub(crate) fn run(typed: &args::Build, context: &Context) -> Result<Outcome> {
    // A spec that cannot be built makes no key.
    Spec::read(&typed.spec).map_err(|e| blame(&typed.spec, e))?;
    let key = match &typed.key_file {
        Some(path) => Key::from_file(path)?,
        None => Key::random()?,
    };
    let options = BuildOptions {
        key,
        proof: if typed.unaudited { Proof::Unaudited } else { Proof::Audited },
        private_report: typed.private_report.clone(),
    };
    let summary = build(&typed.spec, &options, &typed.out, &*context.progress()).map_err(|e| blame(&typed.spec, e))?;
    for line in told(&summary, &typed.out, context) {
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
    let BuildSummary { id, centres, persons, declared, listed, tables, bytes, report, audit, widened, .. } = summary;
    let [persons, declared, listed, bytes] = [*persons, *declared, *listed, *bytes].map(thousands);
    let out = out.display();
    let mut lines = match context.language {
        Language::En => vec![
            format!("{out}: {persons} persons at {centres} centres"),
            format!("  {tables} tables, {declared} cells declared, {listed} listed, {bytes} bytes"),
            format!("  id {id}"),
        ],
        Language::Ja => vec![
            format!("{out}: {centres}センター、{persons}人"),
            format!("  {tables}表、宣言セル {declared}、掲載セル {listed}、{bytes}バイト"),
            format!("  id {id}"),
        ],
    };
    if let Some(audit) = audit {
        let (targets, programs, widened) = (thousands(audit.targets), thousands(audit.programs), thousands(*widened as u64));
        let blocks = thousands(audit.blocks.values().sum());
        lines.push(match context.language {
            Language::En => format!(
                "  audited: {blocks} blocks, {targets} targets, {programs} programs, 0 violations ({widened} cells widened)"
            ),
            Language::Ja => {
                format!("  監査済み：{blocks}ブロック、{targets}対象、{programs}計画問題、違反0（拡大したセル {widened}）")
            }
        });
    }
    for ((file, kind), count) in &report.dropped {
        let count = thousands(*count);
        lines.push(match context.language {
            Language::En => format!("  dropped from {file}: {count} rows ({kind})"),
            Language::Ja => format!("  {file} から除外: {count}行 ({kind})"),
        });
    }
    lines
}
