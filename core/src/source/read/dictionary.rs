//! Dictionaries of codes: from the steward's file, from the rows, from an OMOP vocabulary; roots and onsets added.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ninzu_engine::model::{Code, Dictionary, Label, ROOT};
use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::hierarchy::{self, Refused};
use super::table::{SourceTable, query, rows};
use super::values::{PersonKey, text, texts};
use crate::catalogue::message;
use crate::source::life_stages::Scheme;
use crate::source::text_format::TextFormat;

/// One row of a dictionary file.
struct Entry {
    row: u64,
    code: Option<String>,
    parent: Option<String>,
    en: Option<String>,
    ja: Option<String>,
}

/// Reads a steward's dictionary: `code,parent,label_en,label_ja`, several rows for several parents.
pub(super) fn read(path: &Path, format: &TextFormat) -> Result<Vec<Code>> {
    let table = SourceTable::open(path, &format.encoding_alone())?;
    let code = table.text(table.column("code")?);
    let optional =
        |name: &str| table.find(name).map_or_else(|| code.clone().map(|_| "CAST(NULL AS VARCHAR)".into()), |c| table.text(c));
    let exprs = [code.clone(), optional("parent"), optional("label_en"), optional("label_ja")];
    let chunks = table.scan(&exprs, |batch| {
        let columns = [texts(batch, 1)?, texts(batch, 2)?, texts(batch, 3)?, texts(batch, 4)?];
        let numbers = rows(batch).map(|r| r.values().to_vec()).unwrap_or_default();
        let cell = |column: usize, row: usize| text(&columns[column], row).map(str::to_owned);
        let of = |(i, row): (usize, u64)| Entry { row, code: cell(0, i), parent: cell(1, i), en: cell(2, i), ja: cell(3, i) };
        Ok(numbers.into_iter().enumerate().map(of).collect::<Vec<_>>())
    })?;
    let mut rows: Vec<Entry> = chunks.into_iter().flatten().collect();
    rows.sort_by_key(|row| row.row);
    if rows.is_empty() {
        return Err(Error::new(ErrorKind::InvalidSpec, message!("codes.none", file = table.name())));
    }
    collect(&table, &rows)
}

/// An error about a row of a dictionary.
fn at(table: &SourceTable, row: u64, what: Message) -> Error {
    Error::new(ErrorKind::InvalidSpec, message!("source.row", file = table.name(), row = table.row(row), what = what))
}

fn collect(table: &SourceTable, rows: &[Entry]) -> Result<Vec<Code>> {
    let mut codes: Vec<Code> = Vec::new();
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    // The row that says that a code has a parent.
    let mut said: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in rows {
        let name = row
            .code
            .as_deref()
            .ok_or_else(|| at(table, row.row, message!("codes.no_code")).with_hint(message!("hint.fill_in")))?;
        if name.contains('@') {
            return Err(at(table, row.row, message!("codes.at_sign", code = name)).with_hint(message!("hint.other_sign")));
        }
        let id = *ids.entry(name).or_insert_with(|| {
            codes.push(Code { name: name.to_owned(), parents: Vec::new(), label: Label::default() });
            codes.len() - 1
        });
        let label = &mut codes[id].label;
        for (text, typed) in [(&mut label.en, &row.en), (&mut label.ja, &row.ja)] {
            match typed {
                Some(typed) if text.is_empty() => typed.clone_into(text),
                Some(typed) if typed != text => {
                    return Err(
                        at(table, row.row, message!("codes.other_label", code = name)).with_hint(message!("hint.same_label"))
                    );
                }
                _ => {}
            }
        }
        if let Some(parent) = row.parent.as_deref().filter(|&parent| parent != ROOT) {
            if name == ROOT {
                return Err(at(table, row.row, message!("codes.root_parent")));
            }
            if said.insert((name, parent), row.row).is_some() {
                return Err(at(table, row.row, message!("codes.parent_twice", code = name, parent = parent))
                    .with_hint(message!("hint.take_row_out")));
            }
            codes[id].parents.push(parent.to_owned());
        } else if row.parent.is_none() && rows_before(&said, name) {
            return Err(
                at(table, row.row, message!("codes.no_parent_here", code = name)).with_hint(message!("hint.take_row_out"))
            );
        }
    }
    for (&(name, parent), &row) in &said {
        if !ids.contains_key(parent) {
            return Err(at(table, row, message!("codes.parent_unlisted", parent = parent, code = name))
                .with_hint(message!("hint.add_parent")));
        }
    }
    if let Some(cycle) = cycle(&codes, &ids) {
        let row = said.get(&(cycle[0], cycle[1])).copied().unwrap_or_default();
        return Err(at(table, row, message!("codes.cycle", codes = cycle.join(" < "))).with_hint(message!("hint.no_cycle")));
    }
    Ok(codes)
}

fn rows_before(said: &BTreeMap<(&str, &str), u64>, name: &str) -> bool {
    said.range((name, "")..).next().is_some_and(|(&(code, _), _)| code == name)
}

/// A cycle of the hierarchy, child before parent, ending where it began.
fn cycle<'a>(codes: &'a [Code], ids: &BTreeMap<&str, usize>) -> Option<Vec<&'a str>> {
    let of = |code: &Code| code.parents.iter().filter_map(|parent| ids.get(parent.as_str()).map(|&id| id as u32)).collect();
    let parents: Vec<Vec<u32>> = codes.iter().map(of).collect();
    match hierarchy::order(&parents) {
        Err(Refused::Cycle(cycle)) => Some(cycle.into_iter().map(|id| codes[id as usize].name.as_str()).collect()),
        _ => None,
    }
}

/// The dictionary of these codes: the root first, each code with its onsets behind it, missing labels filled in.
pub(super) fn build(codes: Vec<Code>, stages: Option<&Scheme>) -> Result<Dictionary> {
    let stages = stages.map(|scheme| Dictionary::new(scheme.values()).map(Arc::new)).transpose()?;
    let every: Vec<u32> = (0..stages.as_ref().map_or(0, |stages| stages.len()) as u32).collect();
    let mut all =
        vec![Code { name: ROOT.into(), parents: Vec::new(), label: Label { en: "any".into(), ja: "すべて".into() } }];
    let mut onsets = vec![Vec::new()];
    for mut code in codes {
        if code.label.en.is_empty() {
            code.label.en.clone_from(&code.name);
        }
        if code.label.ja.is_empty() {
            code.label.ja.clone_from(&code.label.en);
        }
        if code.name == ROOT {
            if code.label.en != ROOT {
                all[0].label = code.label;
            }
            continue;
        }
        all.push(code);
        onsets.push(every.clone());
    }
    Dictionary::with_onsets(all, &onsets, stages.as_ref())
}

/// The distinct texts of a column, integers first; SQL finds them.
pub(super) fn values(table: &SourceTable, code: &super::table::Expr) -> Result<Vec<String>> {
    let sql = format!("SELECT DISTINCT TRIM({}) FROM t", code.sql);
    let found = query(&[("t", table, code.uses.clone())], &sql, |batch| {
        let column = texts(batch, 0)?;
        Ok((0..batch.num_rows()).filter_map(|row| text(&column, row).map(str::to_owned)).collect::<Vec<_>>())
    })?;
    let mut all: Vec<String> = found.into_iter().flatten().collect();
    all.sort_unstable_by(|a, b| (PersonKey::of(a), a).cmp(&(PersonKey::of(b), b)));
    all.dedup();
    Ok(all)
}

/// The distinct codes of a column, integers first.
pub(super) fn distinct(table: &SourceTable, code: &super::table::Expr) -> Result<Vec<String>> {
    let all = values(table, code)?;
    if all.iter().any(|code| code.contains('@') || code == ROOT) {
        let message = message!("codes.reserved", file = table.name(), column = &code.name);
        return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.other_codes")));
    }
    Ok(all)
}

/// Codes that were found in the rows, flat.
pub(super) fn flat(names: Vec<String>) -> Vec<Code> {
    names.into_iter().map(|name| Code { label: Label::same(&name), parents: Vec::new(), name }).collect()
}
