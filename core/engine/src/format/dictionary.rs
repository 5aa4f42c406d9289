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

/// The columns of a dictionary.
const COLUMNS: [&str; 4] = ["code", "parent", "label_en", "label_ja"];

/// Reads `code,parent,label_en,label_ja`; several rows of one code give it several parents.
pub fn read_dictionary(path: &str, bytes: &[u8]) -> Result<Vec<Code>> {
    let wrong = |line: usize, what: Message| {
        let message = message!("release.dictionary", file = word(path), line = line, what = what);
        Error::new(ErrorKind::InvalidRelease, message)
    };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(1, message!("dictionary.no_text")))?;
    let mut records = Records { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
    let mut next = || {
        let line = records.begin();
        records.next_record().transpose().map(|record| record.map(|record| (line, record)).map_err(|what| wrong(line, what)))
    };
    if next().transpose()?.is_none_or(|(_, names)| names != COLUMNS) {
        return Err(wrong(1, message!("dictionary.no_columns")));
    }
    let mut codes: Vec<Code> = Vec::new();
    let mut at: BTreeMap<String, u32> = BTreeMap::new();
    while let Some(record) = next() {
        let (line, [code, parent, en, ja]) = record?;
        if code.is_empty() {
            return Err(wrong(line, message!("dictionary.no_code")));
        }
        let entry = if let Some(&entry) = at.get(&code) {
            entry
        } else {
            size::within(&|| message!("amount.codes"), codes.len() as u64 + 1, limits::CODES as u64)?;
            codes.push(Code { name: code.clone(), parents: Vec::new(), label: Label { en, ja } });
            at.insert(code, codes.len() as u32 - 1);
            codes.len() as u32 - 1
        };
        if !parent.is_empty() {
            codes[entry as usize].parents.push(parent);
        }
    }
    Ok(codes)
}

/// Records of four fields that are not read yet.
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

    /// The next record, or what is wrong with it.
    fn next_record(&mut self) -> std::result::Result<Option<[String; 4]>, Message> {
        self.begin();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut record = [const { String::new() }; 4];
        for (i, field) in record.iter_mut().enumerate() {
            *field = self.field()?;
            let is_last = i == 3;
            match self.rest.strip_prefix(',') {
                Some(rest) if !is_last => self.rest = rest,
                Some(_) => return Err(message!("dictionary.more_fields")),
                None if !is_last => return Err(message!("dictionary.fewer_fields")),
                None => {}
            }
        }
        Ok(Some(record))
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
