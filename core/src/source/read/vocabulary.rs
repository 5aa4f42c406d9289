//! An OMOP vocabulary: what `CONCEPT_ANCESTOR` and `CONCEPT` say about the concepts that the records have.
//!
//! The tables are much larger than what concerns a source, so they are streamed, for all dimensions at once: first what lies
//! above the concepts in use, then what lies above and below those.
//!
//! A record of a concept counts for every concept that a row of `CONCEPT_ANCESTOR` puts above it, and for no other; how many
//! levels lie between them does not matter. The table need not be closed: in `RxNorm`, tablets lie under their ingredient, and the
//! ingredient under ATC classes that are not theirs. So one concept is *above* another in the hierarchy that a release has only
//! where the table says the same of everything below it; whether records have that does not enter, since a release must not
//! tell. A concept that counts the records of another, but not all that lies below it, stands *beside* it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use datafusion::common::{HashMap, HashSet};
use ninzu_engine::model::{Code, Label};
use ninzu_engine::{Error, ErrorKind, Result};
use roaring::RoaringBitmap;

use super::files::{find, no_table};
use super::hierarchy::{self, Refused};
use super::table::{Expr, SourceTable, rows};
use super::values::{Keys, PersonKey, text, texts};
use crate::catalogue::message;
use crate::source::grammar::NullWords;
use crate::source::text_format::TextFormat;

/// The tables of a vocabulary that are read: what lies above what, and what concepts are called.
pub(super) const TABLES: [&str; 2] = ["concept_ancestor", "concept"];

/// What a vocabulary says about the concepts in use and those above them.
pub(super) struct Vocabulary {
    /// The file that says what lies above what.
    name: String,
    /// For each concept, all that a row puts above it, ascending.
    above: HashMap<u32, Vec<u32>>,
    /// For each of these concepts, all of the vocabulary that a row puts below it.
    below: HashMap<u32, RoaringBitmap>,
    /// What concepts are called.
    labels: HashMap<u32, String>,
}

/// The codes of one dimension, and what they count beside the hierarchy.
pub(super) struct Related {
    pub(super) codes: Vec<Code>,
    /// For each code, those that count its own records without lying above it.
    pub(super) beside: BTreeMap<String, Vec<String>>,
}

impl Related {
    /// Codes of which none counts beside the hierarchy.
    pub(super) fn new(codes: Vec<Code>) -> Self {
        Self { codes, beside: BTreeMap::new() }
    }
}

/// `CONCEPT_ANCESTOR`, open.
struct Ancestors {
    table: SourceTable,
    /// The lower concept, then the upper.
    exprs: [Expr; 2],
}

impl Vocabulary {
    /// The files of a folder that are read.
    pub(super) fn tables(folder: &Path) -> Result<Vec<PathBuf>> {
        let found = TABLES.iter().map(|table| find(folder, table)).collect::<Result<Vec<_>>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Reads what a folder with `CONCEPT_ANCESTOR` and perhaps `CONCEPT` says about these codes.
    pub(super) fn read<'a>(folder: &Path, used: impl Iterator<Item = &'a str>) -> Result<Self> {
        let used: HashSet<u32> = used.filter_map(|code| concept(PersonKey::of(code))).collect();
        let ancestors = Ancestors::open(folder)?;
        let links = ancestors.select(|lower, _| used.contains(&lower))?;
        let mut above: HashMap<u32, Vec<u32>> = HashMap::default();
        for &(lower, upper) in &links {
            above.entry(lower).or_default().push(upper);
        }
        let uppers: HashSet<u32> = links.into_iter().map(|(_, upper)| upper).collect();
        // Concepts in use have their rows already; all below an upper concept go to its set, whatever they are.
        let below = Mutex::new(HashMap::<u32, RoaringBitmap>::default());
        let links = ancestors.visit(|pairs| {
            let (mut links, mut under) = (Vec::new(), Vec::new());
            for (lower, upper) in pairs {
                if uppers.contains(&upper) || used.contains(&upper) {
                    under.push((lower, upper));
                }
                if uppers.contains(&lower) && !used.contains(&lower) {
                    links.push((lower, upper));
                }
            }
            let mut below = below.lock().unwrap_or_else(PoisonError::into_inner);
            for (lower, upper) in under {
                below.entry(upper).or_default().insert(lower);
            }
            links
        })?;
        for (lower, upper) in links {
            above.entry(lower).or_default().push(upper);
        }
        for of in above.values_mut() {
            of.sort_unstable();
            of.dedup();
        }
        let below = below.into_inner().unwrap_or_else(PoisonError::into_inner);
        let labels = labels(folder, |id| uppers.contains(&id) || used.contains(&id))?;
        Ok(Self { name: ancestors.table.name().to_owned(), above, below, labels })
    }

    /// The codes of a dimension that has these in its records: with all above them, parents and labels.
    pub(super) fn relate(&self, dimension: &str, names: Vec<String>) -> Result<Related> {
        let (known, flat): (Vec<_>, Vec<_>) =
            names.into_iter().map(|name| (concept(PersonKey::of(&name)), name)).partition(|(id, _)| id.is_some());
        let used: Vec<u32> = known.into_iter().filter_map(|(id, _)| id).collect();
        let of = |id: u32| self.above.get(&id).map_or(&[][..], Vec::as_slice);
        let all: BTreeSet<u32> = used.iter().flat_map(|&id| of(id).iter().copied().chain([id])).collect();
        let ids: Vec<u32> = all.into_iter().collect();
        let at = |id: &u32| ids.binary_search(id).ok().map(|at| at as u32);
        let named: Vec<Vec<u32>> = ids.iter().map(|&id| of(id).iter().filter_map(at).collect()).collect();
        hierarchy::order(&named).map_err(|why| self.refused(dimension, &ids, &why))?;
        let whole: Vec<Vec<u32>> = (0_usize..).zip(&named).map(|(lower, of)| self.above_all(lower, of, &ids)).collect();
        let reduced = hierarchy::reduce(&whole).map_err(|why| self.refused(dimension, &ids, &why))?;
        let name = |at: u32| ids[at as usize].to_string();
        let mut beside = BTreeMap::new();
        for id in used {
            let Some(lower) = at(&id) else { continue };
            let ancestors = &reduced.ancestors[lower as usize];
            let others = named[lower as usize].iter().filter(|upper| ancestors.binary_search(upper).is_err());
            let closed: BTreeSet<u32> =
                others.flat_map(|&upper| reduced.ancestors[upper as usize].iter().copied().chain([upper])).collect();
            let only: Vec<String> =
                closed.into_iter().filter(|upper| ancestors.binary_search(upper).is_err()).map(name).collect();
            if !only.is_empty() {
                beside.insert(id.to_string(), only);
            }
        }
        let code = |(id, parents): (&u32, &Vec<u32>)| Code {
            name: id.to_string(),
            parents: parents.iter().map(|&parent| name(parent)).collect(),
            label: Label::same(self.labels.get(id).unwrap_or(&id.to_string())),
        };
        let flat = flat.into_iter().map(|(_, name)| Code { label: Label::same(&name), parents: Vec::new(), name });
        Ok(Related { codes: ids.iter().zip(&reduced.parents).map(code).chain(flat).collect(), beside })
    }

    /// Those above a concept that the vocabulary also puts above everything below it.
    fn above_all(&self, lower: usize, uppers: &[u32], ids: &[u32]) -> Vec<u32> {
        let Some(of_lower) = self.below.get(&ids[lower]) else { return uppers.to_vec() };
        let holds = |upper: &&u32| self.below.get(&ids[**upper as usize]).is_some_and(|of_upper| of_lower.is_subset(of_upper));
        uppers.iter().filter(holds).copied().collect()
    }

    fn refused(&self, dimension: &str, ids: &[u32], why: &Refused) -> Error {
        match why {
            Refused::Cycle(cycle) => {
                let cycle: Vec<String> = cycle.iter().map(|&at| ids[at as usize].to_string()).collect();
                let message = message!("omop.cycle", file = &self.name, concepts = cycle.join(" < "));
                Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.omop_cycle"))
            }
            Refused::TooMany(most) => {
                let message = message!("omop.many_links", dimension = dimension, most = *most);
                Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.less_vocabulary"))
            }
        }
    }
}

impl Ancestors {
    fn open(folder: &Path) -> Result<Self> {
        let path: PathBuf = find(folder, TABLES[0])?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidSource, no_table(folder, TABLES[0])).with_hint(message!("hint.put_ancestors"))
        })?;
        let table = SourceTable::open(&path, &TextFormat::default())?;
        let exprs = [table.key(table.column("descendant_concept_id")?), table.key(table.column("ancestor_concept_id")?)];
        Ok(Self { table, exprs })
    }

    /// The pairs of a lower and an upper concept that are wanted.
    fn select(&self, wanted: impl Fn(u32, u32) -> bool + Sync) -> Result<Vec<(u32, u32)>> {
        self.visit(|pairs| pairs.filter(|&(lower, upper)| wanted(lower, upper)).collect())
    }

    /// Visits all pairs of a lower and an upper concept, part by part, a concept with itself left out; what is kept of them.
    fn visit(&self, keep: impl Fn(&mut dyn Iterator<Item = (u32, u32)>) -> Vec<(u32, u32)> + Sync) -> Result<Vec<(u32, u32)>> {
        let parts = self.table.scan(&self.exprs, |batch| {
            let Some(numbers) = rows(batch) else { return Ok(Vec::new()) };
            let columns = [Keys::new(batch, 1)?, Keys::new(batch, 2)?];
            let (nulls, mut broken) = (NullWords::default(), None);
            let mut pairs = (0..batch.num_rows()).map_while(|row| {
                let mut cell = |column: usize| {
                    let found = columns[column].get(row, &nulls).and_then(concept);
                    if found.is_none() {
                        broken = Some((row, column));
                    }
                    found
                };
                cell(0).zip(cell(1))
            });
            let kept = keep(&mut pairs.by_ref().filter(|(lower, upper)| lower != upper));
            drop(pairs);
            match broken {
                None => Ok(kept),
                Some((row, column)) => Err(self.broken(numbers.value(row), column)),
            }
        })?;
        Ok(parts.into_iter().flatten().collect())
    }

    fn broken(&self, row: u64, column: usize) -> Error {
        let (table, column) = (&self.table, &self.exprs[column].name);
        let message = message!("omop.no_concept", file = table.name(), row = table.row(row), column = column);
        Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.concept_ids"))
    }
}

/// The concept that a cell names.
fn concept(key: PersonKey<'_>) -> Option<u32> {
    match key {
        PersonKey::Int(id) => u32::try_from(id).ok(),
        PersonKey::Text(_) => None,
    }
}

/// What `CONCEPT` calls these concepts, if the folder has the table.
fn labels(folder: &Path, wanted: impl Fn(u32) -> bool + Sync) -> Result<HashMap<u32, String>> {
    let Some(path) = find(folder, TABLES[1])? else { return Ok(HashMap::default()) };
    let table = SourceTable::open(&path, &TextFormat::default())?;
    let exprs = [table.key(table.column("concept_id")?), table.text(table.column("concept_name")?)];
    let parts = table.scan(&exprs, |batch| {
        let (ids, names, nulls) = (Keys::new(batch, 1)?, texts(batch, 2)?, NullWords::default());
        let named = |row: usize| {
            let id = ids.get(row, &nulls).and_then(concept).filter(|&id| wanted(id))?;
            Some((id, text(&names, row)?.to_owned()))
        };
        Ok((0..batch.num_rows()).filter_map(named).collect::<Vec<_>>())
    })?;
    Ok(parts.into_iter().flatten().collect())
}
