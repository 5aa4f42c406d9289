//! The files of a release.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ninzu_engine::format::manifest::{
    Additivity, AllCodes, CentreInfo, DESCRIPTOR, DeclaredInfo, Descriptor, DimensionInfo, FORMAT, FileInfo, Manifest,
    ObservationRule, Protection, TableInfo,
};
use ninzu_engine::format::sha256_hex;
use ninzu_engine::model::{Declared, Dictionary, Dimension, Dimensions, Label, Onset, Policy};
use ninzu_engine::{Error, ErrorKind, Result};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::folder::OutputFolder;
use super::parquet::{CellsFile, TableNames};
use crate::catalogue::message;
use crate::disclosure::{AUDIT, AuditFile, AuditTotals, audited_content};
use crate::{DeclaredCodes, Published, Table};

/// What a release says of itself beyond its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseMeta {
    /// A short name for machines.
    pub name: String,
    /// A title for people.
    pub title: Label,
    /// The day that ages and stages refer to, `YYYY-MM-DD`.
    pub reference_date: Option<String>,
    /// The protection parameters; `None` for imports.
    pub policy: Option<Policy>,
    /// Centres whose counts refer to another day.
    pub as_of: BTreeMap<String, String>,
    /// For each table of the source, at most so many percent of its records are in no count; `None`: it is not said.
    pub left_out_percent: Option<BTreeMap<String, u32>>,
    /// For centres whose source knows when people were observed, which of their records count.
    pub observation: BTreeMap<String, ObservationRule>,
    /// Whose protection it carries: ours, or the publisher of an imported table.
    pub protected_by: String,
    /// What the audit found; `None`: there was none.
    pub audit: Option<AuditTotals>,
    /// Of imports: which sums were tested.
    pub additivity: Option<Additivity>,
    /// Licences, as Frictionless describes them: name, path, title.
    pub licenses: Vec<Value>,
    /// Sources, as Frictionless describes them: title, path.
    pub sources: Vec<Value>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The release's id: the SHA-256 of its descriptor.
    pub id: String,
    /// Rows in all tables, each pair once.
    pub rows: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Writes a release folder. Nothing is left behind if it fails, and `out` must not exist.
pub fn write_release(meta: &ReleaseMeta, published: &Published, out: &Path) -> Result<Written> {
    write_release_at(meta, published, &OutputFolder::claim(out, &())?)
}

/// Writes a release to a folder that was claimed before the work on it began.
pub fn write_release_at(meta: &ReleaseMeta, published: &Published, place: &OutputFolder) -> Result<Written> {
    let files = release_files(meta, published)?;
    place.write(|folder| {
        for (path, bytes) in &files.files {
            let target = folder.join(path);
            if let Some(parent) = target.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(target, bytes)?;
        }
        Ok(())
    })?;
    let bytes = files.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    Ok(Written { id: files.id, rows: published.tables.iter().map(|t| t.rows.len() as u64).sum(), bytes })
}

/// A release in memory: its id, and its files by path.
pub struct ReleaseFiles {
    /// The SHA-256 of the descriptor.
    pub id: String,
    /// Paths inside the release with their bytes, the descriptor last.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The files of a release, without writing them.
pub fn release_files(meta: &ReleaseMeta, published: &Published) -> Result<ReleaseFiles> {
    let Published { dimensions, centres, tables, structural_zeros } = published;
    let mut files = Vec::new();
    for dimension in dimensions.all() {
        let stages = dimensions.life_stage().map(|stages| &dimensions.get(stages).dictionary);
        files.push((info(dimension).path(), dictionary_csv(&dimension.dictionary, stages)?));
    }
    let small: Vec<FileInfo> = files.iter().map(|(path, bytes)| file_info(path, bytes)).collect();
    let declared = published.declared()?;
    let plans: Vec<(&Table, bool)> =
        tables.iter().flat_map(|t| [(t, false), (t, true)]).filter(|(t, mirror)| !mirror || is_mirrored(t)).collect();
    let written = plans
        .par_iter()
        .map(|&(table, mirror)| {
            let names = TableNames { published, partitions: declared.partitions() };
            let file = CellsFile::new(table, mirror, &published.layout(table.order), &names)?;
            let dims: Vec<&str> = file.dims.iter().map(|&d| dimensions.get(d).name.as_str()).collect();
            let name = table_name(&dims);
            let path = format!("cells/{name}.parquet");
            let resource = resource_of_cells(&path, &dims, &declared, dimensions);
            let info = TableInfo {
                declared: declared_info(table, mirror, dimensions),
                unlisted: table.suppressed.map(|i| (i.lower() as u32, i.upper().unwrap_or(u64::from(u32::MAX)) as u32)),
                order: table.order,
                codes: dims.iter().map(|&d| d.to_owned()).collect(),
                mirror_of: mirror.then(|| table_name(&[dims[1], dims[0]])),
                chunks: file.chunks,
                footer: file.footer,
                name,
                path: path.clone(),
            };
            Ok((info, resource, (path, file.bytes)))
        })
        .collect::<Result<Vec<_>>>()?;

    let mut resources: Vec<Value> = dimensions.all().iter().map(resource_of_dictionary).collect();
    let mut infos = Vec::new();
    for (table, resource, file) in written {
        infos.push(table);
        resources.push(resource);
        files.push(file);
    }
    let mut descriptor = Descriptor {
        schema: Some("https://datapackage.org/profiles/2.0/datapackage.json".into()),
        name: slug(&meta.name),
        title: meta.title.en.clone(),
        licenses: meta.licenses.clone(),
        sources: meta.sources.clone(),
        resources,
        ninzu: Manifest {
            format: FORMAT,
            title: meta.title.clone(),
            reference_date: meta.reference_date.clone(),
            policy: meta.policy.clone(),
            protection: Protection {
                by: meta.protected_by.clone(),
                audited: meta.audit.as_ref().is_some_and(|audit| audit.violations == 0),
            },
            centres: centres
                .iter()
                .map(|c| CentreInfo {
                    name: c.name.clone(),
                    label: c.label.clone(),
                    as_of: meta.as_of.get(&c.name).cloned(),
                    observation_periods: meta.observation.get(&c.name).copied(),
                })
                .collect(),
            collects: centres
                .iter()
                .map(|c| (c.name.clone(), c.collects.iter().map(|&d| dimensions.get(d).name.clone()).collect()))
                .collect(),
            dimensions: dimensions.all().iter().map(info).collect(),
            tables: infos,
            left_out_percent: meta.left_out_percent.clone(),
            structural_zeros: structural_zeros.clone(),
            additivity: meta.additivity.clone(),
            files: small,
        },
    };
    if let Some(totals) = &meta.audit {
        // What was audited is said in the audit's file, and the file's hash in the descriptor.
        let of = audited_content(&json_bytes(&descriptor)?)?;
        let bytes = json_bytes(&AuditFile { totals, of: &of })?;
        descriptor.ninzu.files.push(file_info(AUDIT, &bytes));
        files.push((AUDIT.into(), bytes));
    }
    let bytes = json_bytes(&descriptor)?;
    let id = sha256_hex(&bytes);
    files.push((DESCRIPTOR.into(), bytes));
    Ok(ReleaseFiles { id, files })
}

fn json_bytes(value: &impl serde::Serialize) -> Result<Vec<u8>> {
    let failed =
        |e: serde_json::Error| Error::new(ErrorKind::Io, message!("write.descriptor", reason = e.to_string())).caused_by(e);
    let mut bytes = serde_json::to_vec_pretty(value).map_err(failed)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Pair tables of two dimensions are stored in both orders; a dimension with itself holds both in one file.
fn is_mirrored(table: &Table) -> bool {
    table.codes.len() == 2 && table.codes[0] != table.codes[1]
}

fn table_name(dims: &[&str]) -> String {
    if dims.is_empty() { "base".into() } else { dims.join("+") }
}

fn file_info(path: &str, bytes: &[u8]) -> FileInfo {
    FileInfo { path: path.to_owned(), length: bytes.len() as u64, sha256: sha256_hex(bytes) }
}

fn info(d: &Dimension) -> DimensionInfo {
    DimensionInfo {
        name: d.name.clone(),
        label: d.label.clone(),
        kind: d.kind,
        ordered: d.ordered,
        role: d.role,
        closed: d.closed,
        dictionary: d.dictionary.listed(),
    }
}

/// The file of a dictionary. An onset stands in the record of its code, or has one of its own where it cannot be derived from that.
fn dictionary_csv(dictionary: &Dictionary, stages: Option<&Dictionary>) -> Result<Vec<u8>> {
    let refused = |e: csv::Error| Error::new(ErrorKind::Io, message!("write.dictionary", reason = e.to_string())).caused_by(e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let has_onsets = has_onsets(dictionary);
    let header = ["code", "parent", "onsets", "label_en", "label_ja"];
    writer.write_record(header.iter().filter(|&&column| has_onsets || column != "onsets")).map_err(refused)?;
    let mut codes = dictionary.codes().into_iter().zip(0..).peekable();
    while let Some((code, id)) = codes.next() {
        let mut places: Vec<u32> = Vec::new();
        while let Some((_, onset)) = codes.next_if(|(next, at)| {
            let onset = dictionary.onset(*at).filter(|onset| onset.code == id && places.last() < Some(&onset.stage));
            let label = onset.zip(stages).map(|(onset, stages)| Onset::label(&code.label, &stages.label(onset.stage)));
            label.as_ref() == Some(&next.label) && next.parents == [code.name.as_str()]
        }) {
            places.extend(dictionary.onset(onset).map(|onset| onset.stage));
        }
        let mut onsets = has_onsets.then(|| runs(&places));
        let orphan = [String::new()];
        let parents = if code.parents.is_empty() { &orphan[..] } else { &code.parents };
        for parent in parents {
            let record = [Some(&code.name), Some(parent), onsets.as_ref(), Some(&code.label.en), Some(&code.label.ja)];
            writer.write_record(record.into_iter().flatten()).map_err(refused)?;
            onsets.iter_mut().for_each(String::clear);
        }
    }
    writer.into_inner().map_err(|e| refused(e.into_error().into()))
}

fn has_onsets(dictionary: &Dictionary) -> bool {
    (0..dictionary.len() as u32).any(|id| dictionary.onset(id).is_some())
}

/// Ascending numbers as `0-2 5`: a run by its ends.
fn runs(places: &[u32]) -> String {
    let runs = places.chunk_by(|a, b| a + 1 == *b).map(|run| match run {
        [first, .., last] => format!("{first}-{last}"),
        _ => run.iter().map(u32::to_string).collect(),
    });
    runs.collect::<Vec<_>>().join(" ")
}

fn declared_info(table: &Table, mirror: bool, dimensions: &Dimensions) -> DeclaredInfo {
    let DeclaredCodes::List(list) = &table.declared else {
        return if table.codes.is_empty() {
            DeclaredInfo::List(vec![Vec::new()])
        } else {
            DeclaredInfo::All(AllCodes::Dictionary)
        };
    };
    let names = |codes: &[u32; 2]| {
        let pairs = table.codes.iter().zip(codes);
        let mut names: Vec<String> = pairs.map(|(&d, &code)| dimensions.get(d).dictionary.name(code).to_owned()).collect();
        if mirror {
            names.reverse();
        }
        names
    };
    DeclaredInfo::List(list.iter().map(names).collect())
}

fn resource_of_dictionary(dimension: &Dimension) -> Value {
    let onsets = has_onsets(&dimension.dictionary).then_some(("onsets", "the life stages of its onsets, by place from 0"));
    let columns = [("code", "the value, as it stands in the tables"), ("parent", "the code above it")];
    let labels = [("label_en", "what people call it, in English"), ("label_ja", "what people call it, in Japanese")];
    let columns = columns.into_iter().chain(onsets).chain(labels);
    let fields = columns.map(|(name, what)| json!({"name": name, "type": "string", "description": what})).collect::<Vec<_>>();
    json!({
        "name": format!("dimensions-{}", slug(&dimension.name)),
        "path": info(dimension).path(),
        "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
        "schema": {"fields": fields},
    })
}

fn resource_of_cells(path: &str, dims: &[&str], declared: &Declared, dimensions: &Dimensions) -> Value {
    let partitions: Vec<&str> = declared.partitions().iter().map(|&p| dimensions.get(p).name.as_str()).collect();
    let schema = ninzu_engine::format::cells_schema(dims, &partitions);
    let fields = schema.get_fields().iter().map(|field| match field.name() {
        "lo" => json!({"name": "lo", "type": "integer", "description": "the count is at least this"}),
        "hi" => json!({"name": "hi", "type": "number", "description": "the count is at most this; null: nothing bounds it"}),
        name if partitions.contains(&name) => json!({"name": name, "type": "string", "description": "a value, or null for all"}),
        name => json!({"name": name, "type": "string"}),
    });
    json!({
        "name": format!("cells-{}", slug(&table_name(dims))),
        "path": path,
        "format": "parquet", "mediatype": "application/vnd.apache.parquet",
        "schema": {"fields": fields.collect::<Vec<_>>()},
    })
}

/// A name that Frictionless accepts: lower-case letters, digits, `-`, `.`, `_`.
fn slug(name: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(kept).collect()
}
