#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use ninzu_engine::format::sha256_hex;
use ninzu_engine::{Engine, Interval, Language, Opening, Trust};
use serde_json::{Value, json};

use super::html::{base64_of_hex, escape, interval, percent};
use super::page::{self, LANGUAGES, report};
use super::subject::Subject;
use super::violations::MOST_SHOWN;
use crate::disclosure::{Audit, AuditTotals, Breach, ProvedGroup, ShownGroup, ShownViolation, Violation};
use crate::{Centre, DeclaredCodes, Published, Row, Table};

/// Elements that are never closed.
const VOID: [&str; 3] = ["meta", "input", "wbr"];

const HOSTILE: &str = "\"'><script>alert(1)</script></style><img src=x onerror=alert(2)>&lt;\u{202e}\u{7}";

/// A release of two centres that names itself, its labels and its zeros `text`.
fn release(text: &str, policy: Option<&Value>) -> Engine {
    let dictionaries = [
        ("sex", "code,parent,label_en,label_ja\nfemale,,female,女性\nmale,,male,男性\n"),
        ("diagnosis", "code,parent,label_en,label_ja\nQ999,,parent,親\nQ998,Q999,child,子\n"),
    ];
    let label = json!({ "en": text, "ja": text });
    let table = |name: &str, codes: Value, declared: Value| {
        json!({ "name": name, "path": format!("cells/{name}.parquet"), "codes": codes, "order": 1, "declared": declared,
            "unlisted": [0, 9], "chunks": [], "footer": { "offset": 0, "length": 0, "sha256": "" } })
    };
    let by = if policy.is_some() { "ninzu" } else { text };
    let file = |(name, csv): &(&str, &str)| json!({ "path": format!("dimensions/{name}.csv"), "length": csv.len(), "sha256": sha256_hex(csv.as_bytes()) });
    let descriptor = json!({ "name": "test", "resources": [], "ninzu": {
        "format": 1, "title": label, "reference_date": text, "policy": policy, "protection": { "by": by, "audited": false },
        "centres": [{ "name": "NCC", "label": label }, { "name": "NCGG", "label": label }],
        "collects": { "NCC": ["diagnosis"], "NCGG": ["diagnosis"] },
        "dimensions": [
            { "name": "sex", "label": label, "kind": "partition" },
            { "name": "diagnosis", "label": label, "kind": "codes" },
        ],
        "tables": [table("base", json!([]), json!([[]])), table("diagnosis", json!(["diagnosis"]), json!("dictionary"))],
        "structural_zeros": [{ "sex": "male", "diagnosis": "Q998" }],
        "files": dictionaries.iter().map(file).collect::<Vec<_>>(),
    } });
    let mut opening = Opening::new(descriptor.to_string().as_bytes(), Trust::Unaudited).unwrap();
    for need in opening.needs() {
        let (_, csv) = dictionaries.iter().find(|(name, _)| need.path == format!("dimensions/{name}.csv")).unwrap();
        opening.supply(&need, csv.as_bytes()).unwrap();
    }
    Engine::new(opening.finish().unwrap())
}

fn ndb() -> Value {
    json!({ "threshold": 10, "base": 10, "decoy": { "published": 0.1, "unlisted": 0.25 }, "preset": "ndb" })
}

fn published(engine: &Engine) -> Published {
    let release = engine.release();
    let row = |code: u32, centre: u32, (lo, hi): (u64, u64)| Row {
        codes: [code, 0],
        centre,
        cell: code,
        interval: Interval::new(lo, hi).unwrap(),
    };
    let table = |codes: Vec<usize>, rows: Vec<Row>| Table {
        codes,
        order: 1,
        declared: DeclaredCodes::Dictionary,
        suppressed: Interval::new(0, 9),
        rows,
    };
    let centre = |info: &ninzu_engine::format::manifest::CentreInfo| Centre {
        name: info.name.clone(),
        label: info.label.clone(),
        collects: vec![1],
    };
    Published {
        dimensions: release.dimensions().clone(),
        centres: release.manifest().centres.iter().map(centre).collect(),
        structural_zeros: release.manifest().structural_zeros.clone(),
        tables: vec![
            table(vec![], vec![row(0, 0, (1_230, 1_239)), row(1, 1, (20, 39))]),
            table(vec![1], vec![row(0, 0, (10, 19)), row(1, 0, (0, 19)), row(1, 1, (10, 19)), row(0, 1, (100, 159))]),
        ],
    }
}

/// What is proved in the `i`th violation.
fn proof(i: usize) -> Breach {
    [Breach::Existence, Breach::UpperLevel, Breach::Differencing, Breach::Unsupported, Breach::Undecided][i % 5]
}

/// An audit that found so much.
fn audit(n: usize) -> Audit {
    let violation = |i| Violation {
        group: ProvedGroup::Subproblem,
        proof: proof(i),
        codes: vec![],
        centre: 0,
        witness: vec![],
        facts: vec![],
    };
    let violations: Vec<Violation> = (0..n).map(violation).collect();
    let count = |of: &[(&str, u64)]| of.iter().map(|&(name, n)| (name.to_owned(), n)).collect();
    let totals = AuditTotals {
        format: 1,
        promise: "p".into(),
        declared: count(&[("base", 6), ("diagnosis", 12_345)]),
        subproblems: count(&[("base", 2), ("code", 4), ("large family", 1), ("pair", 0)]),
        unfilled_aggregations: 3,
        previous: Vec::new(),
        unjoined: None,
        composed: 0,
        targets: 7_654_321,
        programs: 1_024,
        violations: violations.len() as u64,
    };
    Audit { totals, violations }
}

/// Violations whose words are `text`.
fn violations(n: usize, text: &str) -> Vec<ShownViolation> {
    let violation = |i: usize| ShownViolation {
        group: ShownGroup { of: format!("group {i}; {text}"), without: (i % 4 == 2).then(|| text.to_owned()) },
        proof: proof(i),
        subproblem: format!("subproblem {i}; {text}"),
        witness: (0..i % 3).map(|w| (format!("cell {i}.{w}; {text}"), format!("{}–{}", 1_000 + i, 2_000 + i))).collect(),
        facts: (0..i % 2).map(|f| format!("empty {i}.{f}; {text}")).collect(),
    };
    (0..n).map(violation).collect()
}

/// The page of a release whose texts are `text`.
fn page(text: &str, policy: Option<&Value>, n: usize) -> String {
    let engine = release(text, policy);
    let (published, audit, shown) = (published(&engine), audit(n), violations(n.min(MOST_SHOWN), text));
    let release = engine.release();
    page::page(&Subject { id: release.id(), manifest: release.manifest(), published: &published, audit: &audit, shown: &shown })
}

/// Pages of every sort.
fn pages() -> Vec<String> {
    let exact = json!({ "threshold": 5, "base": 1, "decoy": { "published": 0.125, "unlisted": 0.5 } });
    vec![
        page("plain", Some(&ndb()), 0),
        page("plain", Some(&ndb()), 7),
        page(HOSTILE, Some(&ndb()), 60),
        page("", Some(&exact), 1),
        page("by", None, 0),
    ]
}

/// A tag as it is written, without its angles: `/p`, `p class="x"`.
fn tags(html: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert!(!tag.contains('<'), "< inside of a tag: {tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "an attribute is not quoted: {tag}");
        tags.push(tag);
        rest = &rest[end + 1..];
        if tag == "style" {
            rest = &rest[rest.find("</style>").expect("the style ends")..];
        }
    }
    tags
}

fn name(tag: &str) -> &str {
    tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("")
}

fn is_start(tag: &str) -> bool {
    !tag.starts_with(['/', '!'])
}

/// What one language says.
fn article(page: &str, tag: &str) -> String {
    let start = page.find(&format!("<article lang=\"{tag}\"")).unwrap();
    let end = start + page[start..].find("</article>").unwrap();
    page[start..end].to_owned()
}

/// What stands between a tag that starts with `open` and the next tag.
fn texts<'a>(html: &'a str, open: &str) -> Vec<&'a str> {
    let after = html.split(open).skip(1);
    after.map(|rest| rest[rest.find('>').unwrap() + 1..].split('<').next().unwrap_or("")).collect()
}

#[test]
fn every_element_is_closed() {
    for page in pages() {
        let mut open = Vec::new();
        for tag in tags(&page) {
            match name(tag) {
                _ if tag.starts_with('!') || tag.ends_with('/') => {}
                name if VOID.contains(&name) => {}
                name if tag.starts_with('/') => assert_eq!(open.pop(), Some(name), "</{name}> closes something else"),
                name => open.push(name),
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn ids_are_there_once_and_links_lead_to_them() {
    for page in pages() {
        let attribute = |name: &str| -> Vec<String> {
            tags(&page)
                .into_iter()
                .filter_map(|tag| Some(tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.to_owned()))
                .collect()
        };
        let ids = attribute("id");
        let unique: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        for id in attribute("for") {
            assert!(unique.contains(&id), "{id}");
        }
        for link in attribute("href") {
            assert!(unique.contains(&link.strip_prefix('#').unwrap().to_owned()), "{link}");
        }
    }
}

#[test]
fn both_languages_say_the_same() {
    for page in pages() {
        let (en, ja) = (article(&page, "en"), article(&page, "ja"));
        let starts = |html: &str| -> Vec<String> {
            tags(html)
                .into_iter()
                .filter(|tag| is_start(tag))
                .map(|tag| name(tag).to_owned())
                .filter(|tag| tag != "span")
                .collect()
        };
        assert_eq!(starts(&en), starts(&ja));
        let numbers = |html: &str| -> Vec<String> {
            ["<td class=\"n\"", "<dd"].iter().flat_map(|open| texts(html, open)).map(|text| text.replace('〜', "–")).collect()
        };
        let is_number = |text: &&String| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || ",.%–".contains(c));
        assert_eq!(
            numbers(&en).iter().filter(is_number).collect::<Vec<_>>(),
            numbers(&ja).iter().filter(is_number).collect::<Vec<_>>()
        );
        for open in ["<h2", "<dt", "<p", "<th scope=\"col\""] {
            for (en, ja) in texts(&en, open).into_iter().zip(texts(&ja, open)) {
                assert_eq!(en.is_empty(), ja.is_empty(), "{en} / {ja}");
            }
        }
    }
    let page = page("plain", Some(&ndb()), 5);
    let is_japanese = |c: char| ('\u{3041}'..'\u{30ff}').contains(&c) || ('\u{4e00}'..'\u{9fff}').contains(&c);
    assert!(!article(&page, "en").chars().any(is_japanese));
    let sections: Vec<String> = article(&page, "ja").split("<section").skip(1).map(str::to_owned).collect();
    assert_eq!(sections.len(), 8);
    assert!(sections.iter().all(|section| section.chars().filter(|&c| is_japanese(c)).count() > 30));
}

#[test]
fn texts_from_outside_are_never_markup() {
    let ndb = ndb();
    for (policy, n) in [(Some(&ndb), 60), (None, 3)] {
        let shape = |page: &str| -> Vec<String> {
            tags(page).into_iter().map(|tag| tag.split(" aria-label").next().unwrap().to_owned()).collect()
        };
        let hostile = page(HOSTILE, policy, n);
        assert_eq!(shape(&hostile), shape(&page("harmless", policy, n)));
        assert!(!hostile.contains("<script") && !hostile.contains("<img"));
        assert!(hostile.contains(&escape(HOSTILE)));
        assert!(!hostile.contains('\u{7}'));
    }
}

#[test]
fn names_of_tables_and_kinds_are_never_markup() {
    let engine = release("plain", Some(&ndb()));
    let mut audit = audit(0);
    audit.totals.subproblems.insert(HOSTILE.into(), 1);
    audit.totals.declared.insert(HOSTILE.into(), 1);
    let page = report(&engine, &published(&engine), &audit);
    assert!(!page.contains("<script") && page.contains(&escape(HOSTILE)));
}

#[test]
fn violations_are_shown_with_their_witness_and_the_rest_is_counted() {
    let page = page("plain", Some(&ndb()), 1_073);
    for (_, tag, _) in LANGUAGES {
        let article = article(&page, tag);
        assert!(article.contains("1,073"));
        assert!(article.contains(&(1_073 - MOST_SHOWN).to_string().replacen('1', "1,", 1)));
        for i in 0..MOST_SHOWN {
            assert!(article.contains(&format!("group {i};")) && article.contains(&format!("subproblem {i};")));
            assert!((0..i % 3).all(|w| article.contains(&format!("cell {i}.{w};"))));
        }
        assert!(!article.contains(&format!("group {MOST_SHOWN};")));
        assert!(article.contains("class=\"verdict broken\"") && !article.contains("class=\"verdict holds\""));
    }
    assert!(page.contains("1,001–2,001") && page.contains("1,001〜2,001"));
}

#[test]
fn a_verdict_is_good_only_without_violations() {
    let engine = release("plain", Some(&ndb()));
    let published = published(&engine);
    let good = report(&engine, &published, &audit(0));
    assert!(good.contains("0 violations") && good.contains("違反 0 件") && !good.contains("class=\"verdict broken\""));
    // Totals that count what the list lacks, and a list that the totals forgot.
    let mut counted = audit(0);
    counted.totals.violations = 1;
    let mut found = audit(1);
    found.totals.violations = 0;
    for audit in [counted, found] {
        let page = report(&engine, &published, &audit);
        assert!(page.contains("1 violation<") && !page.contains("class=\"verdict holds\""));
    }
}

#[test]
fn the_page_asks_for_nothing() {
    for page in pages() {
        let plain = page.replace(&escape(HOSTILE), "");
        for word in ["http:", "https:", "src=", "srcset", "@import", "<link", "<script", " style=\"", "onload"] {
            assert!(!plain.contains(word), "{word}");
        }
        assert_eq!(plain.matches("url(").count(), plain.matches("url(#hatch)").count());
        assert!(plain.contains("default-src 'none'"));
    }
}

#[test]
fn the_policy_lets_in_the_style_of_the_page() {
    assert_eq!(base64_of_hex(&sha256_hex(b"")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_eq!(["", "4d", "4d61", "4d616e"].map(base64_of_hex), ["", "TQ==", "TWE=", "TWFu"]);
    let page = page("plain", Some(&ndb()), 0);
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    assert!(page.contains(&format!("'sha256-{}'", base64_of_hex(&sha256_hex(style.as_bytes())))));
}

#[test]
fn no_row_is_named_and_their_order_does_not_matter() {
    let engine = release("plain", Some(&ndb()));
    let mut published = published(&engine);
    let page = report(&engine, &published, &audit(0));
    for table in &mut published.tables {
        table.rows.reverse();
    }
    assert_eq!(page, report(&engine, &published, &audit(0)));
    // Codes are named where the release declares them impossible, and nowhere else.
    assert!(!page.contains("Q999"));
    assert_eq!(page.matches("Q998").count(), 2);
}

#[test]
fn totals_are_those_of_the_tables() {
    let page = article(&page("plain", Some(&ndb()), 0), "en");
    let rows: Vec<Vec<&str>> = page
        .split("class=\"costs\"")
        .nth(1)
        .unwrap()
        .split("<tr>")
        .skip(2)
        .take(3)
        .map(|row| texts(row.split("</tr>").next().unwrap(), "<td class=\"n\""))
        .collect();
    // Relative widths: 10/1,239 and 20/39; 10/19 twice, 20/19 and 60/159.
    assert_eq!(rows[0], ["6", "2", "33.3%", "0.26", "0.50"]);
    assert_eq!(rows[1], ["12,345", "4", "&lt;0.1%", "0.62", "1.50"]);
    assert_eq!(rows[2], ["12,351", "6", "&lt;0.1%", "0.50", "1.17"]);
}

#[test]
fn numbers_are_written_as_each_language_does() {
    assert_eq!(interval("1234567–2345678", Language::En), "1,234,567–2,345,678");
    assert_eq!(interval("1234–2345", Language::Ja), "1,234〜2,345");
    assert_eq!(interval("12 or more", Language::Ja), "12以上");
    assert_eq!(interval("99999999999999999999999", Language::En), "99999999999999999999999");
    let shares = [(0, 0), (0, 7), (7, 7), (1, 10_000), (9_999, 10_000), (1, 3)].map(|(part, whole)| percent(part, whole));
    assert_eq!(shares, ["–", "0%", "100%", "&lt;0.1%", "&gt;99.9%", "33.3%"]);
}
