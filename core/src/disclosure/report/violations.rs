//! What breaks the promise, each with what proves it.

use ninzu_engine::Language;
use ninzu_engine::text::thousands;

use super::html::{self, interval, isolated, say};
use super::subject::Subject;
use crate::disclosure::shown::ShownViolation;
use crate::disclosure::violation::Breach;

/// So many are shown, in the order of the subproblems; the rest is counted.
pub(super) const MOST_SHOWN: usize = 50;

/// Every kind of breach, the plainest first.
const BREACHES: [Breach; 5] =
    [Breach::Existence, Breach::UpperLevel, Breach::Differencing, Breach::Unsupported, Breach::Undecided];

/// The section of the violations.
pub(super) fn section(subject: &Subject<'_>, language: Language) -> String {
    let violations = &subject.audit.violations;
    let sums: String = BREACHES
        .iter()
        .map(|&breach| (breach, violations.iter().filter(|violation| violation.proof == breach).count() as u64))
        .filter(|&(_, count)| count > 0)
        .map(|(breach, count)| {
            format!(
                "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td></tr>\n",
                name(breach, subject, language),
                thousands(count)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let intro = say(
        language,
        "Each entry names a group, what can be proved about it, and the published ranges that prove it, within one subproblem. Anybody with \
         the release can do the same arithmetic.",
        "各項目は、集団、その集団について証明できること、その証拠となる公開範囲（1つの部分問題内）を示します。\
         リリースを持つ人なら誰でも同じ計算ができます。",
    );
    let items: String = subject.shown.iter().map(|violation| item(violation, subject, language)).collect();
    let shown = violations.len().min(MOST_SHOWN) as u64;
    let more = match (language, subject.violations() - shown) {
        (_, 0) => String::new(),
        (Language::En, n) => format!("<p class=\"more\">The first {shown} are shown. {} more are not.</p>\n", thousands(n)),
        (Language::Ja, n) => {
            format!("<p class=\"more\">最初の {shown} 件を示しました。ほかに {} 件あります。</p>\n", thousands(n))
        }
    };
    let body = format!(
        "<p>{intro}</p>\n<table class=\"sums\">\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead>\n\
         <tbody>\n{sums}</tbody>\n</table>\n<ol class=\"violations\">\n{items}</ol>\n{more}",
        say(language, "What is proved", "証明されること"),
        say(language, "Violations", "違反"),
    );
    html::section(say(language, "Violations", "違反の内容"), &body)
}

fn name(breach: Breach, subject: &Subject<'_>, language: Language) -> String {
    let (_, small) = subject.threshold();
    match (language, breach) {
        (Language::En, Breach::Existence) => "The group has people".into(),
        (Language::Ja, Breach::Existence) => "その集団に人がいる".into(),
        (Language::En, Breach::UpperLevel) => format!("The group is smaller than {small}"),
        (Language::Ja, Breach::UpperLevel) => format!("その集団は{small}人より少ない"),
        (Language::En, Breach::Differencing) => "Almost all of a larger group is in a smaller one".into(),
        (Language::Ja, Breach::Differencing) => "大きな集団のほぼ全員が、その内側の小さな集団に入る".into(),
        (Language::En, Breach::Unsupported) => "People are where no published count supports it".into(),
        (Language::Ja, Breach::Unsupported) => "公開された人数の裏付けがないところに人がいる".into(),
        (Language::En, Breach::Undecided) => "Could not be decided".into(),
        (Language::Ja, Breach::Undecided) => "判定できなかった".into(),
    }
}

/// Why the ranges prove it, in words.
fn derivation(breach: Breach, subject: &Subject<'_>, language: Language) -> String {
    let (k, small) = subject.threshold();
    match (language, breach) {
        (Language::En, Breach::Existence) => {
            "Suppose that nobody were in this group. Then no distribution of people over the subproblem could fit all of these ranges at \
             once. So somebody is in it."
                .into()
        }
        (Language::Ja, Breach::Existence) => {
            "この集団に誰もいないと仮定すると、部分問題内に人をどのように割り振っても、次の範囲のすべてに同時に合わせることはできません。\
             したがって、この集団には人がいます。"
                .into()
        }
        (Language::En, Breach::UpperLevel) => format!(
            "Suppose that {small} people or more were in this group. Then no distribution of people over the subproblem could fit all of these ranges \
             at once. So it is smaller than {small}."
        ),
        (Language::Ja, Breach::UpperLevel) => format!(
            "この集団に{small}人以上いると仮定すると、部分問題内に人をどのように割り振っても、次の範囲のすべてに同時に合わせることはできません。\
             したがって、この集団は{small}人より少ないとわかります。"
        ),
        (Language::En, Breach::Differencing) => format!(
            "These ranges together leave room for fewer than {k} people who are in the first group and not in the second. So the second \
             is almost all of the first, and whoever is in the first is nearly sure to be in the second."
        ),
        (Language::Ja, Breach::Differencing) => format!(
            "次の範囲を合わせると、1つ目の集団に入り2つ目の集団に入らない人は{k}人未満に限られます。したがって、2つ目は1つ目の\
             ほぼ全員であり、1つ目に入る人はほぼ確実に2つ目にも入るとわかります。"
        ),
        (Language::En, Breach::Unsupported) => {
            "Suppose that nobody were in any of the groups that no published count supports. Then no distribution of people over the \
             subproblem could fit all of these ranges at once. So whoever knows that some of these groups are empty can prove that \
             others are not."
                .into()
        }
        (Language::Ja, Breach::Unsupported) => {
            "公開された人数の裏付けがない集団すべてに誰もいないと仮定すると、部分問題内に人をどのように割り振っても、次の範囲のすべてに\
             同時に合わせることはできません。したがって、その一部に誰もいないと知っている人は、残りに人がいることを証明できます。"
                .into()
        }
        (Language::En, Breach::Undecided) => "Arithmetic with rounding could not decide what this subproblem proves. What is not shown to be \
             safe counts as a violation."
            .into(),
        (Language::Ja, Breach::Undecided) => {
            "丸め誤差のため、この部分問題から何が証明できるかを判定できませんでした。安全と確かめられないものは違反として数えます。".into()
        }
    }
}

fn item(violation: &ShownViolation, subject: &Subject<'_>, language: Language) -> String {
    let of = isolated(&violation.group.of);
    let group = match &violation.group.without {
        Some(without) => {
            let outside = say(language, "but not in", "のうち、次に入らない人：");
            format!("{} <span class=\"but\">{outside}</span> {}", of, isolated(without))
        }
        None => of,
    };
    let rows: String = violation
        .witness
        .iter()
        .map(|(cell, range)| format!("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", isolated(cell), interval(range, language)))
        .collect::<Vec<_>>()
        .concat();
    let witness = if rows.is_empty() {
        String::new()
    } else {
        format!(
            "<table class=\"witness\">\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n",
            say(language, "Cell", "セル"),
            say(language, "Published", "公開範囲"),
        )
    };
    let facts = if violation.facts.is_empty() {
        String::new()
    } else {
        let known =
            say(language, "Known by anybody who knows that nobody is in:", "次の集団に誰もいないと知っている人にわかります：");
        let cells: Vec<String> = violation.facts.iter().map(|cell| isolated(cell)).collect();
        format!("<p>{known} {}</p>\n", cells.join("; "))
    };
    format!(
        "<li>\n<h3>{group}</h3>\n<p class=\"breach\">{}</p>\n<p>{}</p>\n{witness}{facts}<p class=\"note\">{} {}</p>\n</li>\n",
        name(violation.proof, subject, language),
        derivation(violation.proof, subject, language),
        say(language, "Subproblem:", "部分問題："),
        isolated(&violation.subproblem),
    )
}
