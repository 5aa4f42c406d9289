//! `ninzu merge`: one release of several centres' releases.

use ninzu::Language;
use ninzu::merge::{Absent, MergeOptions, MergeSource, MergeSummary, Respelt, merge};
use ninzu::text::thousands;

use super::source::Source;
use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result};

/// Merges releases.
pub(crate) fn run(typed: &args::Merge, context: &Context) -> Result<Outcome> {
    let progress = context.progress();
    progress.begin("read", Some(typed.releases.len() as u64));
    let mut sources = Vec::new();
    for folder in &typed.releases {
        let engine = Source::new(folder, &typed.accepted).open()?;
        sources.push(MergeSource::read(&engine, folder)?);
        progress.advance(1);
    }
    progress.end();
    let options = MergeOptions {
        name: typed.name.clone(),
        title_en: typed.title_en.clone(),
        title_ja: typed.title_ja.clone(),
        absent: match typed.absent_codes {
            args::Absent::Unknown => Absent::Unknown,
            args::Absent::Rare => Absent::Rare,
        },
    };
    let summary = merge(&sources, &options, &typed.out, &*progress)?;
    for line in told(&summary, typed, context) {
        context.note(&line);
    }
    Ok(Outcome::Done)
}

/// What was made.
fn told(summary: &MergeSummary, typed: &args::Merge, context: &Context) -> Vec<String> {
    let MergeSummary { id, centres, tables, published, absent, spellings, bytes, audit, .. } = summary;
    let (out, releases) = (typed.out.display(), typed.releases.len());
    let [declared, published, bytes] = [audit.declared.values().sum(), *published, *bytes].map(thousands);
    let [subproblems, targets, programs] = [audit.subproblems.values().sum(), audit.targets, audit.programs].map(thousands);
    let mut lines = match context.language {
        Language::En => vec![
            format!("{out}: {centres} centres of {releases} releases"),
            format!("  {tables} tables, {declared} cells declared, {published} published, {bytes} bytes"),
            format!("  id {id}"),
            format!("  audited: {subproblems} subproblems, {targets} targets, {programs} programs, 0 violations"),
        ],
        Language::Ja => vec![
            format!("{out}: {releases}リリース、{centres}センター"),
            format!("  {tables}表、宣言セル {declared}、掲載セル {published}、{bytes}バイト"),
            format!("  id {id}"),
            format!("  監査済み：{subproblems}部分問題、{targets}対象、{programs}計画問題、違反0"),
        ],
    };
    if *absent > 0 {
        let absent = thousands(*absent as u64);
        lines.push(match (context.language, typed.absent_codes) {
            (Language::En, args::Absent::Unknown) => {
                format!("  {absent} codes are not named by every release: where they are not, anybody may have them")
            }
            (Language::En, args::Absent::Rare) => {
                format!("  {absent} codes are not named by every release: where they are not, fewer than the threshold have them")
            }
            (Language::Ja, args::Absent::Unknown) => {
                format!("  {absent}コードは一部のリリースにありません：そのセンターでの人数は不明として扱います")
            }
            (Language::Ja, args::Absent::Rare) => {
                format!("  {absent}コードは一部のリリースにありません：そのセンターでは閾値未満として扱います")
            }
        });
    }
    for Respelt { dimension, codes, .. } in spellings.iter().take(MOST_RESPELT) {
        let codes: Vec<String> = codes.iter().map(|(code, of)| format!("{code} ({})", of.join(", "))).collect();
        let codes = codes.join(" / ");
        lines.push(match context.language {
            Language::En => format!("  note: {dimension}: differ only in how they are spelt, and are counted apart: {codes}"),
            Language::Ja => format!("  注意：{dimension}：表記だけが異なり、別々に計上されるコード：{codes}"),
        });
    }
    if spellings.len() > MOST_RESPELT {
        let more = thousands((spellings.len() - MOST_RESPELT) as u64);
        lines.push(match context.language {
            Language::En => format!("  note: and {more} more such groups of codes"),
            Language::Ja => format!("  注意：ほかに{more}組"),
        });
    }
    lines
}

/// So many groups of codes that are spelt differently are told.
const MOST_RESPELT: usize = 10;
