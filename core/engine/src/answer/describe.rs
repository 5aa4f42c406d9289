//! What a release holds and how it is protected.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::format::manifest::{Additivity, CentreInfo, DeclaredInfo, Protection, TableInfo};
use crate::message::message;
use crate::model::{Kind, Label, Listed, Policy, Role, size};
use crate::release::Release;
use crate::{Result, limits};

/// What a release says of itself, and what was checked of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Description<'a> {
    /// The release's id.
    pub id: &'a str,
    /// Its title.
    pub title: &'a Label,
    /// The day that ages and stages refer to.
    pub reference_date: Option<&'a str>,
    /// Whose protection it carries.
    pub protection: &'a Protection,
    /// The protection parameters; imports have none of ours.
    pub policy: Option<&'a Policy>,
    /// The centres.
    pub centres: Vec<CentreDescription<'a>>,
    /// The dimensions.
    pub dimensions: Vec<DimensionDescription<'a>>,
    /// For each table of the source: at most so many percent of its records are in no count; `null`: it is not said.
    pub left_out_percent: Option<&'a std::collections::BTreeMap<String, u32>>,
    /// The tables.
    pub tables: Vec<TableDescription<'a>>,
    /// Of imports: which sums were tested; `null`: none were.
    pub additivity: Option<&'a Additivity>,
    /// How many bytes all its files have.
    pub bytes: u64,
    /// How many bytes were checked; `null`: none were asked to be.
    pub verified: Option<u64>,
}

/// A centre, and what it collects.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CentreDescription<'a> {
    /// The centre.
    #[serde(flatten)]
    pub centre: &'a CentreInfo,
    /// The dimensions of codes that it collects.
    pub collects: Vec<&'a str>,
}

/// A dimension.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DimensionDescription<'a> {
    /// Its name.
    pub name: &'a str,
    /// What people call it.
    pub label: &'a Label,
    /// How people take its values.
    pub kind: Kind,
    /// Whether ranges of its values mean something.
    pub ordered: bool,
    /// What it stands for.
    pub role: Option<Role>,
    /// How many values it has.
    pub values: usize,
    /// Where its codes come from, if that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub dictionary: Option<Listed>,
}

/// A table of cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct TableDescription<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its dimensions of codes.
    pub codes: &'a [String],
    /// How many partitions its margins cross at most.
    pub order: usize,
    /// The table of which this one is another order.
    pub mirror_of: Option<&'a str>,
    /// How many cells were counted, at all centres; each pair once.
    pub declared: u64,
    /// How many rows it lists.
    pub listed: u64,
    /// What a declared cell without a row means; `null`: nothing is known.
    pub unlisted: Option<(u32, u32)>,
    /// How many bytes it has.
    pub bytes: u64,
}

impl<'a> Description<'a> {
    /// What a release says of itself.
    pub fn new(release: &'a Release, verified: Option<u64>) -> Result<Self> {
        let manifest = release.manifest();
        let collects = |centre: &CentreInfo| manifest.collects.get(&centre.name).into_iter().flatten();
        Ok(Self {
            id: release.id(),
            title: &manifest.title,
            reference_date: manifest.reference_date.as_deref(),
            protection: &manifest.protection,
            policy: manifest.policy.as_ref(),
            centres: manifest
                .centres
                .iter()
                .map(|centre| CentreDescription { centre, collects: collects(centre).map(String::as_str).collect() })
                .collect(),
            dimensions: release
                .dimensions()
                .all()
                .iter()
                .map(|d| DimensionDescription {
                    name: &d.name,
                    label: &d.label,
                    kind: d.kind,
                    ordered: d.ordered,
                    role: d.role,
                    values: d.dictionary.len(),
                    dictionary: d.dictionary.listed(),
                })
                .collect(),
            left_out_percent: manifest.left_out_percent.as_ref(),
            tables: manifest
                .tables
                .iter()
                .enumerate()
                .map(|(at, table)| {
                    Ok(TableDescription {
                        name: &table.name,
                        codes: &table.codes,
                        order: table.order,
                        mirror_of: table.mirror_of.as_deref(),
                        declared: declared_cells(release, at, table)?,
                        listed: listed_rows(table),
                        unlisted: table.unlisted,
                        bytes: table.chunks.iter().map(|chunk| chunk.length).sum::<u64>().saturating_add(table.footer.length),
                    })
                })
                .collect::<Result<_>>()?,
            additivity: manifest.additivity.as_ref(),
            bytes: release.bytes(),
            verified,
        })
    }
}

/// How many rows a table lists.
fn listed_rows(table: &TableInfo) -> u64 {
    table.chunks.iter().map(|chunk| u64::from(chunk.rows)).sum()
}

/// How many cells a table declares, at all centres that collect its dimensions; each pair once.
fn declared_cells(release: &Release, at: usize, info: &TableInfo) -> Result<u64> {
    let (dimensions, declared) = (release.dimensions(), release.declared());
    let table = &release.tables()[at];
    let codes = &table.codes;
    // Cells that cannot be depend on zeros and onsets only: codes that have the same ones declare as many.
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    let mut visited = 0;
    let mut of_combination = |combination: &[(usize, u32)]| {
        let onsets = combination.iter().filter_map(|&(d, code)| Some(dimensions.get(d).dictionary.onset(code)?.stage as usize));
        let zeros = declared.zeros_of(dimensions, combination);
        visited += declared.zeros() as u64;
        let (cells, checks) = (table.layout.len(), zeros.len() as u64);
        let alike: String =
            zeros.into_iter().map(|zero| format!("{zero} ")).chain(onsets.map(|stage| format!("@{stage}"))).collect();
        if alike.is_empty() {
            return Ok(cells as u64);
        }
        if let Some(&cells) = known.get(&alike) {
            return Ok(u64::from(cells));
        }
        visited += cells as u64 * (1 + checks);
        size::within(&|| message!("amount.cells_against_zeros"), visited, limits::CELLS_AND_ZEROS)?;
        let is_cell = |&cell: &usize| declared.is_cell(dimensions, combination, &table.layout.values(cell));
        let count = (0..cells).filter(is_cell).count() as u32;
        known.insert(alike, count);
        Ok(u64::from(count))
    };
    let at_one: u64 = match (&info.declared, &codes[..]) {
        (DeclaredInfo::List(combinations), _) => {
            let id = |(&d, name): (&usize, &String)| Some((d, dimensions.get(d).dictionary.id(name)?));
            let ids = |names: &Vec<String>| codes.iter().zip(names).map(id).collect::<Option<Vec<_>>>();
            combinations.iter().filter_map(ids).map(|combination| of_combination(&combination)).sum::<Result<u64>>()?
        }
        (DeclaredInfo::All(_), &[d]) => {
            (0..dimensions.get(d).dictionary.len() as u32).map(|code| of_combination(&[(d, code)])).sum::<Result<u64>>()?
        }
        (DeclaredInfo::All(_), _) => 0,
    };
    let collecting = (0..release.centres().len() as u32).filter(|&centre| codes.iter().all(|&d| release.collects(centre, d)));
    Ok(at_one * collecting.count() as u64)
}
