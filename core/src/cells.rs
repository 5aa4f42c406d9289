//! A release's cells in memory: what building, auditing and merging work on, whoever made them.

use std::path::Path;

use ninzu_engine::format::manifest::{DeclaredInfo, Manifest};
use ninzu_engine::model::{Declared, Dimensions, Label, MarginLayout, StructuralZero};
use ninzu_engine::release::{TableRow, TableRows};
use ninzu_engine::{Engine, Interval, Result};

/// A centre as the steward's spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Centre {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// The `codes` dimensions that it collects, as dimension ids, ascending.
    pub collects: Vec<usize>,
}

/// One published cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The codes, one for each of the table's dimensions; the rest is 0.
    pub codes: [u32; 2],
    /// The centre's position in the list of centres.
    pub centre: u32,
    /// The cell's number in the table's `MarginLayout` over all partitions.
    pub cell: u32,
    /// The published interval; without an upper bound in imports only.
    pub interval: Interval,
}

/// Which codes, or pairs of codes, a table declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredCodes {
    /// Every code of the dictionary (of the codes named in the release).
    Dictionary,
    /// These; a pair of a dimension with itself once, in dictionary order.
    List(Vec<[u32; 2]>),
}

/// A table of cells: base (no codes), one codes dimension, or two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The codes dimensions, as dimension ids, ascending; none for the base table.
    pub codes: Vec<usize>,
    /// How many partitions its margins cross at most.
    pub order: usize,
    /// What was counted, published or not.
    pub declared: DeclaredCodes,
    /// What a declared cell without a row means; `None`: nothing is known (imports).
    pub suppressed: Option<Interval>,
    /// The published cells, in any order.
    pub rows: Vec<Row>,
}

/// Dimensions, centres and tables: all that a release says about people, and nothing that it does not say.
#[derive(Debug, Clone)]
pub struct Published {
    /// The dimensions, with the codes that the release names.
    pub dimensions: Dimensions,
    /// The centres, in order.
    pub centres: Vec<Centre>,
    /// Combinations that nobody can have.
    pub structural_zeros: Vec<StructuralZero>,
    /// The tables, each pair of dimensions once.
    pub tables: Vec<Table>,
}

impl Table {
    /// The combinations of codes that it declares, ascending; one for the base table.
    pub fn combinations(&self, dimensions: &Dimensions) -> Vec<[u32; 2]> {
        match (&self.declared, &self.codes[..]) {
            (_, []) => vec![[0; 2]],
            (DeclaredCodes::Dictionary, &[d, ..]) => {
                (0..dimensions.get(d).dictionary.len() as u32).map(|code| [code, 0]).collect()
            }
            (DeclaredCodes::List(list), _) => {
                let mut combinations = list.clone();
                combinations.sort_unstable();
                combinations
            }
        }
    }

    /// Its name: `base`, or its dimensions joined by `+`.
    pub fn name(&self, dimensions: &Dimensions) -> String {
        let names: Vec<&str> = self.codes.iter().map(|&d| dimensions.get(d).name.as_str()).collect();
        if names.is_empty() { "base".into() } else { names.join("+") }
    }
}

impl Published {
    /// Reads every cell of an open release.
    pub fn read(engine: &Engine, folder: &Path) -> Result<Self> {
        let release = engine.release();
        let needs = release.contents();
        crate::host::load(engine, folder, &needs)?;
        let manifest = release.manifest();
        let ids = 0..release.dimensions().all().len();
        let centres = manifest.centres.iter().zip(0..).map(|(centre, c)| Centre {
            name: centre.name.clone(),
            label: centre.label.clone(),
            collects: ids.clone().filter(|&d| release.collects(c, d) && !release.declared().partitions().contains(&d)).collect(),
        });
        let mut tables = Vec::new();
        for info in manifest.tables.iter().filter(|info| info.mirror_of.is_none()) {
            let TableRows { codes, declared, mut rows } = release.table_rows(&info.name)?;
            let twice = codes.len() == 2 && codes[0] == codes[1];
            rows.retain(|row| !twice || row.codes[0] < row.codes[1]);
            let declared = match (&info.declared, declared) {
                (DeclaredInfo::List(_), Some(mut list)) => {
                    if twice {
                        for pair in &mut list {
                            pair.sort_unstable();
                        }
                    }
                    list.sort_unstable();
                    list.dedup();
                    DeclaredCodes::List(list)
                }
                _ => DeclaredCodes::Dictionary,
            };
            tables.push(Table {
                codes,
                order: info.order,
                declared,
                suppressed: info.unlisted.is_some().then(|| info.unlisted()),
                rows: rows
                    .into_iter()
                    .map(|TableRow { codes, centre, cell, interval }| Row { codes, centre, cell: cell as u32, interval })
                    .collect(),
            });
        }
        Ok(Self {
            dimensions: release.dimensions().clone(),
            centres: centres.collect(),
            structural_zeros: manifest.structural_zeros.clone(),
            tables,
        })
    }

    /// The rules by which its cells are declared.
    pub fn declared(&self) -> Result<Declared> {
        Declared::new(&self.dimensions, &self.structural_zeros)
    }

    /// The numbering of a table's cells.
    pub fn layout(&self, order: usize) -> MarginLayout {
        let sizes: Vec<u32> = self.dimensions.partitions().map(|p| self.dimensions.get(p).dictionary.len() as u32).collect();
        MarginLayout::new(&sizes, order)
    }

    /// Whether a centre collects all these dimensions.
    pub fn collects(&self, centre: usize, codes: &[usize]) -> bool {
        codes.iter().all(|d| self.centres[centre].collects.contains(d))
    }

    /// A cell in words: its centre, codes and values.
    pub fn name_cell(&self, codes: &[(usize, u32)], centre: usize, values: &[Option<u32>]) -> String {
        let mut names = vec![self.centres[centre].name.clone()];
        let name = |d: usize, id: u32| {
            let dimension = self.dimensions.get(d);
            format!("{} = {}", dimension.name, dimension.dictionary.name(id))
        };
        names.extend(codes.iter().map(|&(d, code)| name(d, code)));
        names.extend(self.dimensions.partitions().zip(values).filter_map(|(d, value)| Some(name(d, (*value)?))));
        names.join(", ")
    }
}

/// A release read whole: what merging and comparing work on.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Its id: the SHA-256 of its descriptor.
    pub id: String,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its cells.
    pub published: Published,
}

impl Snapshot {
    /// Reads and verifies every cell of an open release whose files lie in a folder.
    pub fn read(engine: &Engine, folder: &Path) -> Result<Self> {
        let release = engine.release();
        let published = Published::read(engine, folder)?;
        Ok(Self { id: release.id().to_owned(), manifest: release.manifest().clone(), published })
    }
}
