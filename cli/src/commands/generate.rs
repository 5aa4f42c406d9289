//! `ninzu generate`: synthetic people.

use ninzu::Language;
use ninzu::synthetic::{GenerateOptions, generate};
use ninzu::text::thousands;

use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result};

/// Makes synthetic people.
pub(crate) fn run(typed: &args::Generate, context: &Context) -> Result<Outcome> {
    let options = GenerateOptions { persons: typed.persons, seed: typed.seed };
    let summary = generate(&options, &typed.out, &*context.progress())?;
    let (persons, out) = (thousands(summary.persons), typed.out.display());
    context.note(&match context.language {
        Language::En => format!("{out}: {persons} synthetic people"),
        Language::Ja => format!("{out}: 合成データ {persons}人"),
    });
    for (file, rows) in &summary.rows {
        let rows = thousands(*rows);
        context.note(&match context.language {
            Language::En => format!("  {file}: {rows} rows"),
            Language::Ja => format!("  {file}: {rows}行"),
        });
    }
    context.note(&match context.language {
        Language::En => format!("next: ninzu build {out}/spec.toml --out release"),
        Language::Ja => format!("次は: ninzu build {out}/spec.toml --out release"),
    });
    Ok(Outcome::Done)
}
