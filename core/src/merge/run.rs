//! Sources to one release folder.

use std::collections::BTreeMap;
use std::path::Path;

use ninzu_engine::format::manifest::{ObservationRule, Protection};
use ninzu_engine::model::{Kind, Label, Policy, ROOT};
use ninzu_engine::{Error, ErrorKind, Message, Result};
use serde_json::json;

use super::conflicts::{Conflict, conflicts};
use super::source::{Absent, MergeSource};
use super::unite::unite;
use crate::catalogue::message;
use crate::disclosure::{Audit, AuditTotals, CellNames, audit, can_be_proved};
use crate::source::spellings;
use crate::write::{OutputFolder, ReleaseMeta, write_release_at};
use crate::{Progress, Published};

/// How many conflicts, or witnesses, a message names in full.
const MOST_TOLD: usize = 20;
const MOST_WITNESSES: usize = 3;

/// What is said of the merged release, where that is not made from its sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergeOptions {
    /// A short name for machines; else the sources' names, joined.
    pub name: Option<String>,
    /// An English title; else the sources' titles, joined.
    pub title_en: Option<String>,
    /// A Japanese title; else the sources' titles, joined.
    pub title_ja: Option<String>,
    /// What codes mean that a source does not name.
    pub absent: Absent,
}

/// What a merge made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeSummary {
    /// The release's id.
    pub id: String,
    /// How many centres there are.
    pub centres: usize,
    /// How many tables there are, each pair once.
    pub tables: usize,
    /// How many cells are published.
    pub published: u64,
    /// How many codes are not named by every source with a centre that collects their dimension.
    pub absent: usize,
    /// Codes that differ only in how they are spelt, where one release names one of them and another release another: by
    /// dimension, the codes with the sources that name them.
    pub spellings: Vec<Respelt>,
    /// How many bytes the release has.
    pub bytes: u64,
    /// What the audit of the whole found: no violation.
    pub audit: AuditTotals,
}

/// Codes of several releases that differ only in how they are spelt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Respelt {
    /// The dimension.
    pub dimension: String,
    /// Each code, and the sources that name it.
    pub codes: Vec<(String, Vec<String>)>,
}

/// Merges releases of different centres, audits the whole and writes it. `out` must not exist.
///
/// A question about a centre has the same answer as before. The order of the sources decides the order of the centres, and of
/// the codes that not every source names.
pub fn merge(sources: &[MergeSource], options: &MergeOptions, out: &Path, progress: &dyn Progress) -> Result<MergeSummary> {
    let place = OutputFolder::claim(out, progress)?;
    if sources.len() < 2 {
        return Err(Error::new(ErrorKind::InvalidSpec, message!("merge.one_release")).with_hint(message!("hint.two_releases")));
    }
    progress.begin("compare", None);
    let conflicts = conflicts(sources);
    progress.end();
    let policy = match common_policy(sources) {
        Some(policy) if conflicts.is_empty() => policy,
        _ => return Err(refused(&conflicts)),
    };
    can_be_proved(&policy)?;
    progress.begin("merge", None);
    let (published, absent) = unite(sources, &policy, options.absent)?;
    progress.end();
    let audit = audit(&published, &policy, progress)?;
    if !audit.violations.is_empty() {
        return Err(proved(&audit, &published));
    }
    progress.begin("write", None);
    let written = write_release_at(&meta(sources, options, policy, audit.totals.clone()), &published, &place)?;
    progress.end();
    Ok(MergeSummary {
        id: written.id,
        centres: published.centres.len(),
        tables: published.tables.len(),
        published: written.rows,
        absent,
        spellings: respelt(sources),
        bytes: written.bytes,
        audit: audit.totals,
    })
}

/// The policy of all sources; its preset only where all name it.
fn common_policy(sources: &[MergeSource]) -> Option<Policy> {
    let policies: Option<Vec<&Policy>> = sources.iter().map(|source| source.snapshot.manifest.policy.as_ref()).collect();
    let policies = policies?;
    let first = *policies.first()?;
    if policies.iter().all(|&policy| policy == first) {
        return Some(first.clone());
    }
    Policy::new(first.threshold(), first.base(), first.decoy()).ok()
}

/// The codes that sources spell differently: where all name both, they are two codes to everybody.
fn respelt(sources: &[MergeSource]) -> Vec<Respelt> {
    let mut named: BTreeMap<&str, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    for source in sources {
        for dimension in source.snapshot.published.dimensions.all().iter().filter(|d| d.kind == Kind::Codes) {
            let codes = named.entry(&dimension.name).or_default();
            for code in dimension.dictionary.names().filter(|&code| code != ROOT && !code.contains('@')) {
                codes.entry(code).or_default().push(source.name.clone());
            }
        }
    }
    let mut all = Vec::new();
    for (dimension, codes) in named {
        for group in spellings(codes.keys().copied()) {
            let codes: Vec<(String, Vec<String>)> =
                group.into_iter().map(|code| (code.clone(), codes.get(code.as_str()).cloned().unwrap_or_default())).collect();
            if codes.iter().any(|(_, of)| *of != codes[0].1) {
                all.push(Respelt { dimension: dimension.to_owned(), codes });
            }
        }
    }
    all
}

/// What the merged release says of itself.
fn meta(sources: &[MergeSource], options: &MergeOptions, policy: Policy, audit: AuditTotals) -> ReleaseMeta {
    let titles = |of: fn(&Label) -> &str, between: &str| {
        let titles: Vec<&str> = sources.iter().map(|source| of(&source.snapshot.manifest.title)).collect();
        once(titles).join(between)
    };
    let title = Label {
        en: options.title_en.clone().unwrap_or_else(|| titles(|title| &title.en, " + ")),
        ja: options.title_ja.clone().unwrap_or_else(|| titles(|title| &title.ja, "・")),
    };
    let packages: Vec<&str> = sources.iter().map(|source| source.package.as_str()).collect();
    // Each release that went in, so that a reader can find and compare it.
    let of_release = |source: &MergeSource| json!({"title": source.snapshot.manifest.title.en, "version": source.snapshot.id});
    let citations = sources.iter().flat_map(|source| source.sources.iter().cloned()).chain(sources.iter().map(of_release));
    ReleaseMeta {
        name: options.name.clone().unwrap_or_else(|| once(packages).join("-")),
        title,
        reference_date: sources[0].snapshot.manifest.reference_date.clone(),
        policy: Some(policy),
        as_of: sources.iter().flat_map(as_of).collect(),
        left_out_percent: left_out_percent(sources),
        observation: sources.iter().flat_map(observation).collect(),
        protected_by: Protection::OURS.into(),
        audit: Some(audit),
        additivity: None,
        licenses: once(sources.iter().flat_map(|source| source.licenses.iter().cloned())),
        sources: once(citations),
    }
}

/// The centres whose counts refer to another day than the release's.
fn as_of(source: &MergeSource) -> impl Iterator<Item = (String, String)> {
    source.snapshot.manifest.centres.iter().filter_map(|centre| Some((centre.name.clone(), centre.as_of.clone()?)))
}

/// The worst share of each table, if all sources tell theirs: that of all rows together is no worse.
fn left_out_percent(sources: &[MergeSource]) -> Option<BTreeMap<String, u32>> {
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    for source in sources {
        for (table, &percent) in source.snapshot.manifest.left_out_percent.as_ref()? {
            let worst = all.entry(table.clone()).or_default();
            *worst = percent.max(*worst);
        }
    }
    Some(all)
}

/// Which records count at the centres whose source knows when people were observed.
fn observation(source: &MergeSource) -> impl Iterator<Item = (String, ObservationRule)> {
    source.snapshot.manifest.centres.iter().filter_map(|centre| Some((centre.name.clone(), centre.observation_periods?)))
}

/// Each thing once, where it came first.
fn once<T: PartialEq>(things: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for thing in things {
        if !kept.contains(&thing) {
            kept.push(thing);
        }
    }
    kept
}

/// The error of releases that contradict each other: all that does, and how to mend it.
fn refused(conflicts: &[Conflict]) -> Error {
    let message = match conflicts.len() {
        1 => message!("merge.one_conflict"),
        n => message!("merge.conflicts", n = n),
    };
    let message = with_lines(message, conflicts.iter().map(|conflict| conflict.message.clone()), MOST_TOLD);
    let mut hints = once(conflicts.iter().map(|conflict| conflict.hint.clone())).into_iter();
    let first = hints.next().unwrap_or_else(|| message!("hint.same_spec"));
    let hint = hints.fold(first, |first, then| message!("list.line", first = first, line = "\n", then = then));
    Error::new(ErrorKind::Conflict, message).with_hint(hint)
}

/// A message with more lines below it, as many as are told.
fn with_lines(first: Message, lines: impl ExactSizeIterator<Item = Message>, most: usize) -> Message {
    let more = lines.len().saturating_sub(most);
    let more = (more > 0).then(|| message!("merge.more", n = more));
    lines.take(most).chain(more).fold(first, |first, then| message!("list.line", first = first, line = "\n  ", then = then))
}

/// The error of releases that prove too much together.
fn proved(audit: &Audit, published: &Published) -> Error {
    let names = CellNames::new(published);
    let message = match audit.violations.len() {
        1 => message!("merge.violation"),
        n => message!("merge.violations", n = n),
    };
    let shown = audit.violations.iter().map(|violation| Message::from(violation.shown(&names).to_string()));
    Error::new(ErrorKind::Unaudited, with_lines(message, shown, MOST_WITNESSES)).with_hint(message!("hint.same_dictionary_again"))
}
