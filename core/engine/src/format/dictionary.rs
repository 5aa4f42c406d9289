//! Dictionaries as files: lines of comma-separated values, by RFC 4180 and no other rule.
//!
//! The one format of ours takes a page; a library for all formats was a fortieth of the browser's module.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::message::{Message, message};
use crate::model::{Code, Label, size};
use crate::text::word;
use crate::{Error, ErrorKind, Result, limits};

/// The columns of a dictionary before its labels.
const COLUMNS: [&str; 2] = ["code", "parent"];

/// What a dictionary's file lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedCodes {
    /// The codes, in the order of their first records.
    pub codes: Vec<Code>,
    /// For each code the life stages at which it has an onset, as places in their dictionary.
    pub onsets: Vec<Vec<u32>>,
}

/// Reads `code,parent,onsets,label_en,label_ja`, onsets where the dimension has any, labels in any languages or none; several rows of
/// one code give it several parents.
pub fn read_dictionary(path: &str, bytes: &[u8]) -> Result<ListedCodes> {
    let wrong = |line: usize, what: Message| {
        let message = message!("release.dictionary", file = word(path), line = line, what = what);
        Error::new(ErrorKind::InvalidRelease, message)
    };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(1, message!("dictionary.no_text")))?;
    let mut records = Records { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let mut next = |most: usize| {
        let line = records.begin();
        let record = records.next_record(most).transpose();
        record.map(|record| record.map(|record| (line, record)).map_err(|what| wrong(line, what)))
    };
    let names = next(limits::LANGUAGES).transpose()?.map(|(_, names)| names).unwrap_or_default();
    if !names.starts_with(&COLUMNS.map(str::to_owned)) {
        return Err(wrong(1, message!("dictionary.no_columns")));
    }
    let column = |wanted: &str| names.iter().position(|name| name == wanted);
    let en = column("label_en").unwrap_or(0);
    let ja = column("label_ja").unwrap_or(en);
    let onsets_at = column("onsets");
    let ListedCodes { mut codes, mut onsets } = ListedCodes::default();
    let mut at: BTreeMap<String, u32> = BTreeMap::new();
    let mut values = 0;
    while let Some(record) = next(names.len()) {
        let (line, mut record) = record?;
        if record.len() < names.len() {
            return Err(wrong(line, message!("dictionary.fewer_fields")));
        }
        let label = Label { ja: record[ja].clone(), en: record[en].clone() };
        let [code, parent] = [0, 1].map(|at| std::mem::take(&mut record[at]));
        if code.is_empty() {
            return Err(wrong(line, message!("dictionary.no_code")));
        }
        let entry = if let Some(&entry) = at.get(&code) {
            entry
        } else {
            let places = places(onsets_at.map_or("", |at| &record[at]));
            let places = places.ok_or_else(|| wrong(line, message!("dictionary.onsets")))?;
            values += 1 + places.len() as u64;
            size::within(&|| message!("amount.codes"), values, limits::CODES as u64)?;
            onsets.push(places);
            codes.push(Code { name: code.clone(), parents: Vec::new(), label });
            at.insert(code, codes.len() as u32 - 1);
            codes.len() as u32 - 1
        };
        if !parent.is_empty() {
            codes[entry as usize].parents.push(parent);
        }
    }
    Ok(ListedCodes { codes, onsets })
}

/// Numbers as `0-2 5`: ascending, a run by its ends.
fn places(text: &str) -> Option<Vec<u32>> {
    let digit = |number: u32, byte: u8| {
        let number = number * 10 + u32::from(byte.wrapping_sub(b'0'));
        (byte.is_ascii_digit() && number < limits::PARTITION_VALUES as u32).then_some(number)
    };
    let number = |text: &str| text.bytes().try_fold(0, digit).filter(|_| !text.is_empty());
    let mut places: Vec<u32> = Vec::new();
    for run in text.split(' ').filter(|_| !text.is_empty()) {
        let (first, last) = run.split_once('-').unwrap_or((run, run));
        let (first, last) = (number(first)?, number(last)?);
        if first > last || places.last() >= Some(&first) {
            return None;
        }
        places.extend(first..=last);
    }
    Some(places)
}

/// Records that are not read yet.
struct Records<'a> {
    rest: &'a str,
    /// The line that comes next, from 1.
    line: usize,
}

impl Records<'_> {
    /// Passes the ends of lines before the next record. The line that it begins in.
    fn begin(&mut self) -> usize {
        while let Some(rest) = self.rest.strip_prefix('\n').or_else(|| self.rest.strip_prefix("\r\n")) {
            self.rest = rest;
            self.line += 1;
        }
        self.line
    }

    /// The next record, or what is wrong with it: it has at most so many fields.
    fn next_record(&mut self, most: usize) -> std::result::Result<Option<Vec<String>>, Message> {
        self.begin();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut record = Vec::with_capacity(4);
        while record.len() < most {
            record.push(self.field()?);
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => return Ok(Some(record)),
            }
        }
        Err(message!("dictionary.more_fields"))
    }

    /// A field, up to the comma or the line's end behind it.
    fn field(&mut self) -> std::result::Result<String, Message> {
        let Some(mut quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
            let (field, rest) = self.rest.split_at(end);
            self.rest = rest;
            // The line break that belongs to `\n` stays for the next record.
            let field = if rest.starts_with('\n') { field.strip_suffix('\r').unwrap_or(field) } else { field };
            return if field.contains('"') { Err(message!("dictionary.quote_inside")) } else { Ok(field.to_owned()) };
        };
        let mut field = String::new();
        loop {
            let (part, rest) = quoted.split_once('"').ok_or_else(|| message!("dictionary.quote_open"))?;
            field.push_str(part);
            self.line += part.matches('\n').count();
            if let Some(rest) = rest.strip_prefix('"') {
                field.push('"');
                quoted = rest;
                continue;
            }
            let is_over = rest.is_empty() || [",", "\n", "\r\n"].iter().any(|end| rest.starts_with(end));
            self.rest = rest.strip_prefix('\r').filter(|rest| rest.starts_with('\n')).unwrap_or(rest);
            return if is_over { Ok(field) } else { Err(message!("dictionary.behind_quote")) };
        }
    }
}
