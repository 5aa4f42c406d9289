//! What releases say differently about the same things.

use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::{Code, Dimension, Dimensions, Kind, Role, StructuralZero};

use super::source::MergeSource;
use crate::{DeclaredCodes, Table};

/// Why releases cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it is about.
    pub kind: ConflictKind,
    /// What each of the two releases says, by their names.
    pub message: String,
    /// How to mend it.
    pub hint: &'static str,
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

const SAME_SPEC: &str = "build the releases from specs that agree on it";
const SAME_DICTIONARY: &str = "build the releases with one dictionary";

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
    fn add(&mut self, kind: ConflictKind, message: String, hint: &'static str) {
        self.conflicts.push(Conflict { kind, message, hint });
    }

    /// Adds a conflict if two sources, by position, say different things.
    fn compare(&mut self, kind: ConflictKind, what: &str, says: [(usize, String); 2], hint: &'static str) {
        let [(a, old), (b, new)] = says;
        if old != new {
            let (a, b) = (&self.sources[a].name, &self.sources[b].name);
            self.add(kind, format!("{what}: {old} in {a}, {new} in {b}"), hint);
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
                    let message = format!("protection: {} carries the protection of {by}, not ours", source.name);
                    self.add(
                        ConflictKind::Protection,
                        message,
                        "merge releases that Ninzu built or merged; an imported one stays a release of its own",
                    );
                    continue;
                }
            };
            let Some((of, other)) = first else {
                first = Some((i, policy));
                continue;
            };
            let hint = "the releases must be built with one policy";
            let says = [(of, other.threshold().to_string()), (i, policy.threshold().to_string())];
            self.compare(ConflictKind::Policy, "threshold", says, hint);
            self.compare(ConflictKind::Policy, "base", [(of, other.base().to_string()), (i, policy.base().to_string())], hint);
            let rates =
                |policy: &ninzu_engine::model::Policy| format!("{} and {}", policy.decoy().published, policy.decoy().unlisted);
            self.compare(ConflictKind::Policy, "decoy rates", [(of, rates(other)), (i, rates(policy))], hint);
        }
    }

    fn reference_dates(&mut self) {
        let date = |source: &MergeSource| source.snapshot.manifest.reference_date.clone().unwrap_or_else(|| "no date".to_owned());
        for (i, source) in self.sources.iter().enumerate().skip(1) {
            let says = [(0, date(&self.sources[0])), (i, date(source))];
            self.compare(ConflictKind::ReferenceDate, "reference date", says, "build the releases for one reference date");
        }
    }

    fn centres(&mut self) {
        let mut first: BTreeMap<&str, &str> = BTreeMap::new();
        for source in self.sources {
            for centre in &source.snapshot.published.centres {
                if let Some(of) = first.get(centre.name.as_str()) {
                    let message = format!("centre {}: in {of} and in {}", centre.name, source.name);
                    self.add(
                        ConflictKind::Centre,
                        message,
                        "each centre's people are counted in one release: leave one of the two out, or give the centre its own name",
                    );
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
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        for (i, source) in self.sources.iter().enumerate().skip(1) {
            let says = [(0, names(&self.sources[0])), (i, names(source))];
            let hint = "everybody has a value of every partition: build the releases with the same partitions, in one order";
            self.compare(ConflictKind::Dimension, "partitions", says, hint);
        }
    }

    fn dimensions(&mut self) {
        let mut first: BTreeMap<&str, (usize, &Dimension)> = BTreeMap::new();
        let mut codes: BTreeMap<(&str, &str), (usize, &Code)> = BTreeMap::new();
        for (i, source) in self.sources.iter().enumerate() {
            for dimension in source.snapshot.published.dimensions.all() {
                let name = dimension.name.as_str();
                match first.get(name) {
                    Some(&(of, other)) => self.dimension(name, (of, other), (i, dimension)),
                    None => drop(first.insert(name, (i, dimension))),
                }
                for code in dimension.dictionary.codes() {
                    match codes.get(&(name, code.name.as_str())) {
                        Some(&(of, other)) => self.code(name, (of, other), (i, code)),
                        None => drop(codes.insert((name, &code.name), (i, code))),
                    }
                }
            }
        }
    }

    fn dimension(&mut self, name: &str, (of, old): (usize, &Dimension), (i, new): (usize, &Dimension)) {
        let kind = |d: &Dimension| if d.kind == Kind::Partition { "a partition" } else { "codes" };
        let role = |d: &Dimension| if d.role == Some(Role::LifeStage) { "the life stage" } else { "no role" };
        let ordered = |d: &Dimension| if d.ordered { "ordered" } else { "not ordered" };
        let closed = |d: &Dimension| if d.closed { "closed" } else { "not closed" };
        for says in [kind, role, ordered, closed] {
            let says = [(of, says(old).to_owned()), (i, says(new).to_owned())];
            self.compare(ConflictKind::Dimension, &format!("dimension {name}"), says, SAME_SPEC);
        }
        let says = [old, new].map(|d| format!("{:?} / {:?}", d.label.en, d.label.ja));
        let [a, b] = says;
        self.compare(ConflictKind::Dimension, &format!("label of dimension {name}"), [(of, a), (i, b)], SAME_SPEC);
        if old.kind == Kind::Codes && !old.ordered {
            return;
        }
        // The order of values counts, so both need all of them: the first place where they part is named.
        let value = |d: &Dimension, at: usize| d.dictionary.codes().get(at).map_or("nothing", |code| &code.name).to_owned();
        let most = old.dictionary.len().max(new.dictionary.len());
        if let Some(at) = (0..most).find(|&at| value(old, at) != value(new, at)) {
            let says = [(of, value(old, at)), (i, value(new, at))];
            self.compare(ConflictKind::Dimension, &format!("value {} of {name}", at + 1), says, SAME_SPEC);
        }
    }

    fn code(&mut self, dimension: &str, (of, old): (usize, &Code), (i, new): (usize, &Code)) {
        let parents = |code: &Code| {
            let parents: BTreeSet<&str> = code.parents.iter().map(String::as_str).collect();
            if parents.is_empty() { "none".to_owned() } else { parents.into_iter().collect::<Vec<_>>().join(", ") }
        };
        let label = |code: &Code| format!("{:?} / {:?}", code.label.en, code.label.ja);
        let what = format!("parents of {dimension} = {}", old.name);
        self.compare(ConflictKind::Code, &what, [(of, parents(old)), (i, parents(new))], SAME_DICTIONARY);
        let what = format!("label of {dimension} = {}", old.name);
        self.compare(ConflictKind::Code, &what, [(of, label(old)), (i, label(new))], SAME_DICTIONARY);
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
                    let message = format!("structural zero {}: in {}, not in {}", words.join(", "), source.name, other.name);
                    self.add(ConflictKind::StructuralZero, message, "declare it in every spec, or in none");
                }
            }
        }
    }

    /// Releases agree about a table if they have a centre that collects all its dimensions: only these have cells in it.
    fn tables(&mut self) {
        let names: BTreeSet<Vec<&str>> = self.sources.iter().flat_map(|source| source.tables().into_keys()).collect();
        for dims in names {
            let what = format!("table {}", if dims.is_empty() { "base".to_owned() } else { dims.join("+") });
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
                let hint = "every centre that collects a table's dimensions must have all its cells: build it in each release";
                let (a, b) = (&self.sources[of].name, &self.sources[i].name);
                self.add(ConflictKind::Table, format!("{what}: in {a}, not in {b}"), hint);
            }
        }
    }

    fn suppressed(&mut self, what: &str, i: usize, table: &Table) {
        let source = &self.sources[i];
        let Some(policy) = &source.snapshot.manifest.policy else { return };
        if source.snapshot.manifest.protection.is_ours() && table.suppressed != Some(policy.unlisted()) {
            let message = format!("{what}: suppressed cells do not mean {} in {}", policy.unlisted(), source.name);
            self.add(ConflictKind::Table, message, "the release is not as Ninzu builds it: build it again");
        }
    }

    fn table(&mut self, what: &str, (of, old): (usize, &'a Table), (i, new): (usize, &'a Table)) {
        let order = |table: &Table| format!("up to {} partitions crossed", table.order);
        self.compare(ConflictKind::Table, what, [(of, order(old)), (i, order(new))], SAME_SPEC);
        let is_list = |table: &Table| matches!(table.declared, DeclaredCodes::List(_));
        let declared = |table: &Table| if is_list(table) { "listed codes" } else { "the whole dictionary" }.to_owned();
        self.compare(ConflictKind::Table, what, [(of, declared(old)), (i, declared(new))], SAME_SPEC);
        if !(is_list(old) && is_list(new)) {
            return;
        }
        let (a, b) = (self.sources[of].combinations(old), self.sources[i].combinations(new));
        let differing = a.symmetric_difference(&b).count();
        let Some(pair) = a.symmetric_difference(&b).next() else { return };
        let words: Vec<String> = pair.iter().map(|(dimension, code)| format!("{dimension} = {code}")).collect();
        let (has, has_not) = if a.contains(pair) { (of, i) } else { (i, of) };
        let more = if differing > 1 { format!(" (and {} more)", differing - 1) } else { String::new() };
        let message = format!(
            "{what}: the pair {} is declared in {}, not in {}{more}",
            words.join(" and "),
            self.sources[has].name,
            self.sources[has_not].name
        );
        let hint = "list the codes of the pairs in the specs: `top:N` takes other codes at each centre";
        self.add(ConflictKind::Pair, message, hint);
    }
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
            let code = |(&d, code)| (self.name_of(d), dimensions.get(d).dictionary.code(code).name.as_str());
            let mut names: NamedCodes<'_> = table.codes.iter().zip(combination).map(code).collect();
            names.sort_unstable();
            names
        };
        table.combinations(dimensions).into_iter().map(named).collect()
    }
}
