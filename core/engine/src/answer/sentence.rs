//! Answers in sentences, in English and Japanese.

use super::figures::{Combined, Status};
use crate::Language;
use crate::model::Label;
use crate::query::Predicate;
use crate::release::Release;
use crate::text::thousands;

/// The whole answer in a sentence, in both languages.
pub(crate) fn sentence(release: &Release, predicate: &Predicate, combined: &Combined) -> Label {
    let en = format!("{}: {}.", capitalised(&condition(release, predicate, Language::En)), count_en(combined));
    let ja = format!("{}：{}。", condition(release, predicate, Language::Ja), count_ja(combined));
    Label { en, ja }
}

/// The people that a condition describes, in words.
pub fn condition(release: &Release, predicate: &Predicate, language: Language) -> String {
    let parts = match predicate {
        Predicate::Everyone => Vec::new(),
        Predicate::And(terms) => terms.iter().map(|term| term_words(release, term, language)).collect(),
        other => vec![term_words(release, other, language)],
    };
    match (language, parts.is_empty()) {
        (Language::En, true) => "everyone".into(),
        (Language::En, false) => format!("people with {}", parts.join(", and ")),
        (Language::Ja, true) => "すべての人".into(),
        (Language::Ja, false) => format!("{}の人", parts.join("、かつ")),
    }
}

fn term_words(release: &Release, term: &Predicate, language: Language) -> String {
    let dimensions = release.dimensions();
    let listed = |of: &[Predicate]| of.iter().map(|t| term_words(release, t, language)).collect::<Vec<_>>();
    match term {
        Predicate::Everyone => pick(language, "anything", "任意").into(),
        Predicate::Nobody => pick(language, "something impossible", "あり得ない条件").into(),
        Predicate::Values { dimension, values } => {
            let dimension = dimensions.get(*dimension);
            let labels: Vec<String> = values.iter().map(|&v| dimension.dictionary.label(v).get(language).to_owned()).collect();
            match language {
                Language::En => format!("{} {}", dimension.label.en, labels.join(" or ")),
                Language::Ja => format!("{}が{}", dimension.label.ja, labels.join("または")),
            }
        }
        Predicate::Code { dimension, code } => {
            let dimension = dimensions.get(*dimension);
            let (name, label) = (dimension.dictionary.name(*code), dimension.dictionary.label(*code));
            match language {
                Language::En => format!("{} {} ({name})", dimension.label.en, label.en),
                Language::Ja => format!("{}「{}」（{name}）あり", dimension.label.ja, label.ja),
            }
        }
        Predicate::Unnamed { dimension, code } => {
            let dimension = dimensions.get(*dimension);
            match language {
                Language::En => format!("{} {code}, which the release does not name", dimension.label.en),
                Language::Ja => format!("{}「{code}」（公開データにないコード）あり", dimension.label.ja),
            }
        }
        Predicate::Not(inner) => match (language, inner.as_ref()) {
            (Language::En, inner) => format!("no {}", term_words(release, inner, language)),
            (Language::Ja, inner) => {
                let words = term_words(release, inner, language);
                words.strip_suffix("あり").map_or_else(|| format!("「{words}」でない"), |start| format!("{start}なし"))
            }
        },
        Predicate::And(of) => pick_join(language, &listed(of), " and ", "かつ"),
        Predicate::Or(of) => pick_join(language, &listed(of), " or ", "または"),
        Predicate::AtLeast { n, of } => match language {
            Language::En => format!("at least {n} of ({})", listed(of).join(", ")),
            Language::Ja => format!("（{}）のうち{n}つ以上", listed(of).join("、")),
        },
    }
}

fn pick(language: Language, en: &'static str, ja: &'static str) -> &'static str {
    match language {
        Language::En => en,
        Language::Ja => ja,
    }
}

fn pick_join(language: Language, parts: &[String], en: &str, ja: &str) -> String {
    match language {
        Language::En => format!("({})", parts.join(en)),
        Language::Ja => format!("（{}）", parts.join(ja)),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn count_en(combined: &Combined) -> String {
    let records = combined.records;
    match (combined.status, records.upper) {
        (Status::NotCollected, _) => "no centre collects this, so nothing is known".into(),
        (Status::Exact, _) => format!("exactly {} people at the centres", thousands(records.lower)),
        (Status::BelowThreshold, Some(hi)) if records.lower == 0 => {
            format!("at most {} people at the centres, perhaps nobody", thousands(hi))
        }
        (_, Some(hi)) => format!(
            "{}–{} people at the centres{}",
            thousands(records.lower),
            thousands(hi),
            about(records.estimate, ", about ", "")
        ),
        (_, None) => format!("{} people at the centres or more", thousands(records.lower)),
    }
}

fn count_ja(combined: &Combined) -> String {
    let records = combined.records;
    match (combined.status, records.upper) {
        (Status::NotCollected, _) => "この項目を収集しているセンターがないため、不明です".into(),
        (Status::Exact, _) => format!("各センターの合計でちょうど{}人", thousands(records.lower)),
        (Status::BelowThreshold, Some(hi)) if records.lower == 0 => {
            format!("各センターの合計で多くても{}人（0人の可能性もあります）", thousands(hi))
        }
        (_, Some(hi)) => format!(
            "各センターの合計で{}〜{}人{}",
            thousands(records.lower),
            thousands(hi),
            about(records.estimate, "、推定 約", "人")
        ),
        (_, None) => format!("各センターの合計で{}人以上", thousands(records.lower)),
    }
}

fn about(estimate: Option<f64>, before: &str, after: &str) -> String {
    estimate.map_or_else(String::new, |e| format!("{before}{}{after}", thousands((e + 0.5) as u64)))
}
