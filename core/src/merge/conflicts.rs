//! What releases say differently about the same things.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::Message;
use ninzu_engine::message::Argument;
use ninzu_engine::model::{Dictionary, Dimension, Dimensions, Kind, Label, Policy, Role, StructuralZero};

use super::source::MergeSource;
use crate::catalogue::message;
use crate::{DeclaredCodes, Table};

/// Why releases cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it is about.
    pub kind: ConflictKind,
    /// What each of the two releases says, by their names.
    pub message: Message,
    /// How to mend it.
    pub hint: Message,
}

/// What a conflict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConflictKind {
    /// A release carries somebody else's protection.
    Protection,
    /// The protection's parameters differ.
    Policy,
    /// The reference dates differ.
    ReferenceDate,
    /// A centre is in two releases.
    Centre,
    /// A dimension differs, or a partition is missing.
    Dimension,
    /// A code's parents or labels differ.
    Code,
    /// A combination is ruled out by one release only.
    StructuralZero,
    /// A table is missing, or crosses more partitions in one release.
    Table,
    /// A pair of codes is declared by one release only.
    Pair,
}

fn same_spec() -> Message {
    message!("hint.same_spec")
}

fn same_dictionary() -> Message {
    message!("hint.same_dictionary")
}

/// A code as one of the releases has it.
#[derive(Clone, Copy)]
struct CodeOf<'a> {
    source: usize,
    dictionary: &'a Dictionary,
    id: u32,
}

/// Everything that keeps releases from being merged.
pub fn conflicts(sources: &[MergeSource]) -> Vec<Conflict> {
    let mut found = Found { sources, conflicts: Vec::new() };
    found.protection();
    found.reference_dates();
    found.centres();
    found.partitions();
    found.dimensions();
    found.structural_zeros();
    found.tables();
    found.conflicts
}

struct Found<'a> {
    sources: &'a [MergeSource],
    conflicts: Vec<Conflict>,
}

/// A combination of codes by names: dimensions ascending.
type NamedCodes<'a> = Vec<(&'a str, &'a str)>;

impl<'a> Found<'a> {
    fn add(&mut self, kind: ConflictKind, message: Message, hint: Message) {
        self.conflicts.push(Conflict { kind, message, hint });
    }

    /// Adds a conflict if two sources, by position, say different things.
    fn compare(&mut self, kind: ConflictKind, what: Message, says: [(usize, Argument); 2], hint: Message) {
        let [(a, old), (b, new)] = says;
        if old != new {
            let (a, b) = (&self.sources[a].name, &self.sources[b].name);
            self.add(kind, message!("conflict.differs", what = what, old = old, one = a, new = new, other = b), hint);
        }
    }

    fn protection(&mut self) {
        let mut first = None;
        for (i, source) in self.sources.iter().enumerate() {
            let manifest = &source.snapshot.manifest;
            let policy = match &manifest.policy {
                Some(policy) if manifest.protection.is_ours() => policy,
                _ => {
                    let by = &manifest.protection.by;
                    let message = message!("conflict.protection", release = &source.name, by = by);
                    self.add(ConflictKind::Protection, message, message!("hint.merge_ours"));
                    continue;
                }
            };
            let Some((of, other)) = first else {
                first = Some((i, policy));
                continue;
            };
            let (old, new) = ((of, other), (i, policy));
            let mut compare = |what, says: fn(&Policy) -> Argument| {
                let says = [old, new].map(|(i, policy)| (i, says(policy)));
                self.compare(ConflictKind::Policy, what, says, message!("hint.one_policy"));
            };
            compare(message!("conflict.threshold"), |policy| policy.threshold().into());
            compare(message!("conflict.base"), |policy| policy.base().into());
            compare(message!("conflict.decoy_rates"), |policy| {
                let [published, unlisted] = [policy.decoy().published, policy.decoy().unlisted].map(|rate| rate.to_string());
                message!("list.and", first = published, then = unlisted).into()
            });
        }
    }

    fn reference_dates(&mut self) {
        let date = |source: &MergeSource| match &source.snapshot.manifest.reference_date {
            Some(date) => Argument::from(date),
            None => message!("conflict.no_date").into(),
        };
        for (i, source) in self.sources.iter().enumerate().skip(1) {
            let says = [(0, date(&self.sources[0])), (i, date(source))];
            let what = message!("conflict.reference_date");
            self.compare(ConflictKind::ReferenceDate, what, says, message!("hint.one_reference_date"));
        }
    }

    fn centres(&mut self) {
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        for source in self.sources {
            for centre in &source.snapshot.published.centres {
                if let Some(of) = first.get(centre.name.as_str()) {
                    let message = message!("conflict.centre", centre = &centre.name, one = *of, other = &source.name);
                    self.add(ConflictKind::Centre, message, message!("hint.one_centre"));
                } else {
                    first.insert(&centre.name, &source.name);
                }
            }
        }
    }

    fn partitions(&mut self) {
        let names = |source: &MergeSource| {
            let dimensions = &source.snapshot.published.dimensions;
            let names: Vec<&str> = dimensions.partitions().map(|d| dimensions.get(d).name.as_str()).collect();
            or_none(names)
        };
        for (i, source) in self.sources.iter().enumerate().skip(1) {
            let says = [(0, names(&self.sources[0])), (i, names(source))];
            let what = message!("conflict.partitions");
            self.compare(ConflictKind::Dimension, what, says, message!("hint.same_partitions"));
        }
    }

    fn dimensions(&mut self) {
        let mut first: BTreeMap<&str, (usize, &Dimension)> = BTreeMap::new();
        let mut codes: BTreeMap<(&str, &str), CodeOf<'_>> = BTreeMap::new();
        for (i, source) in self.sources.iter().enumerate() {
            for dimension in source.snapshot.published.dimensions.all() {
                let name = dimension.name.as_str();
                match first.get(name) {
                    Some(&(of, other)) => self.dimension(name, (of, other), (i, dimension)),
                    None => drop(first.insert(name, (i, dimension))),
                }
                for (code, id) in dimension.dictionary.names().zip(0..) {
                    let new = CodeOf { source: i, dictionary: &dimension.dictionary, id };
                    match codes.get(&(name, code)) {
                        Some(&old) => self.code(name, old, new),
                        None => drop(codes.insert((name, code), new)),
                    }
                }
            }
        }
    }

    fn dimension(&mut self, name: &str, (of, old): (usize, &Dimension), (i, new): (usize, &Dimension)) {
        let kind = |d: &Dimension| {
            if d.kind == Kind::Partition { message!("conflict.partition") } else { message!("conflict.codes") }
        };
        let role = |d: &Dimension| {
            if d.role == Some(Role::LifeStage) { message!("conflict.life_stage") } else { message!("conflict.no_role") }
        };
        let ordered = |d: &Dimension| if d.ordered { message!("conflict.ordered") } else { message!("conflict.not_ordered") };
        let closed = |d: &Dimension| if d.closed { message!("conflict.closed") } else { message!("conflict.not_closed") };
        for says in [kind, role, ordered, closed] {
            let says = [(of, says(old).into()), (i, says(new).into())];
            self.compare(ConflictKind::Dimension, message!("conflict.dimension", dimension = name), says, same_spec());
        }
        let says = [(of, labels(&old.label)), (i, labels(&new.label))];
        self.compare(ConflictKind::Dimension, message!("conflict.dimension_label", dimension = name), says, same_spec());
        if old.kind == Kind::Codes && !old.ordered {
            return;
        }
        // The order of values counts, so both need all of them: the first place where they part is named.
        let value = |d: &Dimension, at: usize| d.dictionary.names().nth(at).map(str::to_owned);
        let most = old.dictionary.len().max(new.dictionary.len());
        if let Some(at) = (0..most).find(|&at| value(old, at) != value(new, at)) {
            let said = |d| value(d, at).map_or_else(|| message!("conflict.nothing").into(), Argument::from);
            let what = message!("conflict.value", n = at + 1, dimension = name);
            self.compare(ConflictKind::Dimension, what, [(of, said(old)), (i, said(new))], same_spec());
        }
    }

    fn code(&mut self, dimension: &str, old: CodeOf<'_>, new: CodeOf<'_>) {
        let name = old.dictionary.name(old.id);
        let parents = |CodeOf { source, dictionary, id }: CodeOf<'_>| {
            let above = dictionary.parents(id).iter().filter(|&&parent| Some(parent) != dictionary.root());
            let parents: BTreeSet<&str> = above.map(|&parent| dictionary.name(parent)).collect();
            (source, or_none(parents.into_iter().collect()))
        };
        let label = |code: CodeOf<'_>| (code.source, labels(&code.dictionary.label(code.id)));
        let what = message!("conflict.parents", dimension = dimension, code = name);
        self.compare(ConflictKind::Code, what, [parents(old), parents(new)], same_dictionary());
        let what = message!("conflict.code_label", dimension = dimension, code = name);
        self.compare(ConflictKind::Code, what, [label(old), label(new)], same_dictionary());
    }

    /// A zero must be declared by every release that has names for all of it.
    fn structural_zeros(&mut self) {
        let mut told: BTreeSet<(usize, &StructuralZero)> = BTreeSet::new();
        for source in self.sources {
            for zero in &source.snapshot.published.structural_zeros {
                for (i, other) in self.sources.iter().enumerate() {
                    let published = &other.snapshot.published;
                    let is_said = published.structural_zeros.contains(zero) || !has_names(&published.dimensions, zero);
                    if is_said || !told.insert((i, zero)) {
                        continue;
                    }
                    let words: Vec<String> = zero.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                    let message = message!("conflict.zero", zero = words, one = &source.name, other = &other.name);
                    self.add(ConflictKind::StructuralZero, message, message!("hint.every_spec"));
                }
            }
        }
    }

    /// Releases agree about a table if they have a centre that collects all its dimensions: only these have cells in it.
    fn tables(&mut self) {
        let names: BTreeSet<Vec<&str>> = self.sources.iter().flat_map(|source| source.tables().into_keys()).collect();
        for dims in names {
            let name = if dims.is_empty() { "base".to_owned() } else { dims.join("+") };
            let what = message!("conflict.table", table = name);
            let mut first: Option<(usize, &'a Table)> = None;
            let mut without = Vec::new();
            for (i, source) in self.sources.iter().enumerate().filter(|(_, source)| source.collects(&dims)) {
                let Some(table) = source.tables().remove(&dims) else {
                    without.push(i);
                    continue;
                };
                self.suppressed(&what, i, table);
                match first {
                    Some((of, other)) => self.table(&what, (of, other), (i, table)),
                    None => first = Some((i, table)),
                }
            }
            let Some((of, _)) = first else { continue };
            for i in without {
                let (a, b) = (&self.sources[of].name, &self.sources[i].name);
                let message = message!("conflict.missing", what = what.clone(), one = a, other = b);
                self.add(ConflictKind::Table, message, message!("hint.every_table"));
            }
        }
    }

    fn suppressed(&mut self, what: &Message, i: usize, table: &Table) {
        let source = &self.sources[i];
        let Some(policy) = &source.snapshot.manifest.policy else { return };
        if source.snapshot.manifest.protection.is_ours() && table.suppressed != Some(policy.unlisted()) {
            let meaning = policy.unlisted().to_string();
            let message = message!("conflict.suppressed", what = what.clone(), meaning = meaning, release = &source.name);
            self.add(ConflictKind::Table, message, message!("hint.not_ours"));
        }
    }

    fn table(&mut self, what: &Message, (of, old): (usize, &'a Table), (i, new): (usize, &'a Table)) {
        let order = |table: &Table| message!("conflict.order", order = table.order).into();
        self.compare(ConflictKind::Table, what.clone(), [(of, order(old)), (i, order(new))], same_spec());
        let is_list = |table: &Table| matches!(table.declared, DeclaredCodes::List(_));
        let declared = |table| if is_list(table) { message!("conflict.list") } else { message!("conflict.dictionary") }.into();
        self.compare(ConflictKind::Table, what.clone(), [(of, declared(old)), (i, declared(new))], same_spec());
        if !(is_list(old) && is_list(new)) {
            return;
        }
        let (a, b) = (self.sources[of].combinations(old), self.sources[i].combinations(new));
        let differing = a.symmetric_difference(&b).count();
        let Some(pair) = a.symmetric_difference(&b).next() else { return };
        let words: Vec<String> = pair.iter().map(|(dimension, code)| format!("{dimension} = {code}")).collect();
        let (has, has_not) = if a.contains(pair) { (of, i) } else { (i, of) };
        let words = words.into_iter().map(Argument::from);
        let words = words.reduce(|first, then| message!("list.and", first = first, then = then).into());
        let (one, other) = (&self.sources[has].name, &self.sources[has_not].name);
        let pair = words.unwrap_or_else(|| "".into());
        let mut message = message!("conflict.pair", what = what.clone(), pair = pair, one = one, other = other);
        if differing > 1 {
            message = message!("conflict.and_more", what = message, n = differing - 1);
        }
        self.add(ConflictKind::Pair, message, message!("hint.list_pairs"));
    }
}

/// Names, if there are any.
fn or_none(names: Vec<&str>) -> Argument {
    if names.is_empty() { message!("conflict.none").into() } else { names.into() }
}

/// A label in both languages.
fn labels(label: &Label) -> Argument {
    format!("{:?} / {:?}", label.en, label.ja).into()
}

/// Whether dimensions have names for all of a zero.
fn has_names(dimensions: &Dimensions, zero: &StructuralZero) -> bool {
    zero.iter().all(|(name, value)| dimensions.id(name).is_some_and(|d| dimensions.get(d).dictionary.id(value).is_some()))
}

impl MergeSource {
    fn name_of(&self, d: usize) -> &str {
        &self.snapshot.published.dimensions.get(d).name
    }

    /// Its tables by the names of their dimensions, ascending.
    fn tables(&self) -> BTreeMap<Vec<&str>, &Table> {
        let named = |table: &'_ Table| {
            let mut names: Vec<&str> = table.codes.iter().map(|&d| self.name_of(d)).collect();
            names.sort_unstable();
            names
        };
        self.snapshot.published.tables.iter().map(|table| (named(table), table)).collect()
    }

    /// Whether one of its centres collects all these dimensions.
    fn collects(&self, dims: &[&str]) -> bool {
        let published = &self.snapshot.published;
        let ids: Option<Vec<usize>> = dims.iter().map(|name| published.dimensions.id(name)).collect();
        ids.is_some_and(|ids| (0..published.centres.len()).any(|centre| published.collects(centre, &ids)))
    }

    /// The combinations of codes that one of its tables declares, by names.
    fn combinations<'a>(&'a self, table: &'a Table) -> BTreeSet<NamedCodes<'a>> {
        let dimensions = &self.snapshot.published.dimensions;
        let named = |combination: [u32; 2]| {
            let code = |(&d, code)| (self.name_of(d), dimensions.get(d).dictionary.name(code));
            let mut names: NamedCodes<'_> = table.codes.iter().zip(combination).map(code).collect();
            names.sort_unstable();
            names
        };
        table.combinations(dimensions).into_iter().map(named).collect()
    }
}
