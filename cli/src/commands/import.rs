//! `ninzu import`: published counts as a release.

use ninzu::publish::{ImportSummary, import};
use ninzu::{Language, thousands};

use super::build::blame;
use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result};

/// Imports a publisher's table.
pub(crate) fn run(typed: &args::Import, context: &Context) -> Result<Outcome> {
    let summary = import(&typed.spec, &typed.out, &*context.progress()).map_err(|e| blame(&typed.spec, e))?;
    let ImportSummary { id, rows, centre_totals, centres, tables, cells, bytes, .. } = summary;
    let [rows, totals, cells, bytes] = [rows, centre_totals, cells, bytes].map(thousands);
    let out = typed.out.display();
    let lines = match context.language {
        Language::En => [
            format!("{out}: {rows} rows of {centres} centres; {totals} rows over all centres left out"),
            format!("  {tables} tables, {cells} cells listed, {bytes} bytes"),
            format!("  id {id}"),
        ],
        Language::Ja => [
            format!("{out}: {centres}センター、{rows}行（全センター合計の{totals}行は除外）"),
            format!("  {tables}表、掲載セル {cells}、{bytes}バイト"),
            format!("  id {id}"),
        ],
    };
    for line in &lines {
        context.note(line);
    }
    context.note(
        context.say("its protection is the publisher's: Ninzu added none", "保護は公表元によるものです（Ninzuによる追加なし）"),
    );
    Ok(Outcome::Done)
}
