//! An audit as one page that needs nothing else: no script, no request, English and Japanese.
//!
//! It says totals only. Whatever it shows follows from the published files: nothing about repair or decoys of any row.

mod histogram;
mod html;
mod limits;
mod sections;
#[cfg(test)]
mod tests;
mod violations;
mod widths;

use ninzu_engine::manifest::Manifest;
use ninzu_engine::{Engine, Label, Language, Policy, sha256_hex};

use super::Audit;
use crate::Published;
use html::{base64_of_hex, escape, label, say};

/// The only style of the page; its hash is the only one that the page's own policy lets in.
const STYLE: &str = include_str!("report/style.css");

/// The languages of the page with their names, the first one shown first.
const LANGUAGES: [(Language, &str, &str); 2] = [(Language::En, "en", "English"), (Language::Ja, "ja", "日本語")];

/// A self-contained HTML page about a release and what an audit of it found. The same arguments give the same bytes.
pub fn report(engine: &Engine, published: &Published, audit: &Audit) -> String {
    let release = engine.release();
    page(&Facts { id: release.id(), manifest: release.manifest(), published, audit })
}

/// What the page is about.
#[derive(Debug, Clone, Copy)]
struct Facts<'a> {
    id: &'a str,
    manifest: &'a Manifest,
    published: &'a Published,
    audit: &'a Audit,
}

impl Facts<'_> {
    fn policy(&self) -> Option<&Policy> {
        self.manifest.policy.as_ref()
    }

    /// How many violations there are, however they are told.
    fn violations(&self) -> u64 {
        self.audit.totals.violations.max(self.audit.violations.len() as u64)
    }

    /// k and k - 1, as numbers where there is a policy.
    fn threshold(&self) -> (String, String) {
        let k = self.policy().map(Policy::threshold);
        (k.map_or_else(|| "k".into(), |k| k.to_string()), k.map_or_else(|| "k − 1".into(), |k| (k - 1).to_string()))
    }

    /// A table in words: its dimensions.
    fn table_name(&self, table: &crate::Table, language: Language) -> String {
        let names: Vec<String> = table
            .codes
            .iter()
            .map(|&d| {
                let dimension = self.published.dimensions.get(d);
                escape(label(&dimension.label, &dimension.name, language))
            })
            .collect();
        if names.is_empty() {
            say(language, "everyone, no code", "全員（コードなし）").into()
        } else {
            names.join(" × ")
        }
    }
}

fn page(facts: &Facts<'_>) -> String {
    let title = |language| escape(label(&facts.manifest.title, facts.id, language));
    let Label { en, ja } = Label { en: title(Language::En), ja: title(Language::Ja) };
    let title = if en == ja { en } else { format!("{en} · {ja}") };
    let style = base64_of_hex(&sha256_hex(STYLE.as_bytes()));
    let switch: String = LANGUAGES
        .iter()
        .enumerate()
        .map(|(i, (_, tag, name))| {
            let checked = if i == 0 { " checked" } else { "" };
            format!(
                "<input type=\"radio\" name=\"language\" id=\"show-{tag}\"{checked}>\
                 <label for=\"show-{tag}\" lang=\"{tag}\">{name}</label>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let articles: String = LANGUAGES
        .iter()
        .map(|(language, tag, _)| {
            format!("<article lang=\"{tag}\" class=\"in-{tag}\">\n{}</article>\n", sections::article(facts, *language))
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; \
         form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{title} · Ninzu audit · 監査報告</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         {hatching}\n\
         <header class=\"top\"><p class=\"brand\"><b>Ninzu</b> <span class=\"in-en\" lang=\"en\">audit report</span>\
         <span class=\"in-ja\" lang=\"ja\">監査報告</span></p>\
         <div class=\"switch\" role=\"radiogroup\" aria-label=\"Language / 言語\">{switch}</div></header>\n\
         <main>\n{articles}</main>\n</body>\n</html>\n",
        hatching = histogram::HATCHING,
    )
}
