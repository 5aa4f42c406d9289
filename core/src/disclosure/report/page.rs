//! The page around its sections.

use ninzu_engine::format::sha256_hex;
use ninzu_engine::model::Label;
use ninzu_engine::{Engine, Language};

use super::html::{base64_of_hex, escape, label};
use super::subject::Subject;
use super::violations::MOST_SHOWN;
use super::{histogram, sections};
use crate::Published;
use crate::disclosure::{Audit, CellNames};

/// The only style of the page; its hash is the only one that the page's own policy lets in.
const STYLE: &str = include_str!("style.css");

/// The languages of the page with their names, the first one shown first.
pub(super) const LANGUAGES: [(Language, &str, &str); 2] = [(Language::En, "en", "English"), (Language::Ja, "ja", "日本語")];

/// A self-contained HTML page about a release and what an audit of it found. The same arguments give the same bytes.
pub fn report(engine: &Engine, published: &Published, audit: &Audit) -> String {
    let release = engine.release();
    let names = CellNames::new(published);
    let shown: Vec<_> = audit.violations.iter().take(MOST_SHOWN).map(|violation| violation.shown(&names)).collect();
    page(&Subject { id: release.id(), manifest: release.manifest(), published, audit, shown: &shown })
}

/// The page of a subject.
pub(super) fn page(subject: &Subject<'_>) -> String {
    let title = |language| escape(label(&subject.manifest.title, subject.id, language));
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
            format!("<article lang=\"{tag}\" class=\"in-{tag}\">\n{}</article>\n", sections::article(subject, *language))
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
