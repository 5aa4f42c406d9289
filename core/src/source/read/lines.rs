//! The lines of a text, with their numbers; some may be looked at before they are taken.

use std::collections::VecDeque;
use std::io::{BufRead, Read};

use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::decode::{Charset, io_error};
use crate::catalogue::message;

/// The most bytes that a line, or a row of several lines, may have.
pub(super) const LONGEST_ROW: usize = 16 << 20;

/// Lines of a text.
pub(super) struct Lines {
    name: String,
    encoding: &'static str,
    reader: Box<dyn BufRead + Send>,
    /// What ends a line; a carriage return before a line feed goes with it.
    end: u8,
    bytes: Vec<u8>,
    /// How many lines were read.
    read: u64,
    /// The first line that is not read any more.
    stop: Option<u64>,
    /// Lines that were looked at and not yet taken.
    ahead: VecDeque<(u64, String)>,
}

impl Lines {
    pub(super) fn new(name: &str, charset: Charset, mut reader: Box<dyn BufRead + Send>) -> Result<Self> {
        let head = reader.fill_buf().map_err(|e| io_error(name, &e))?;
        let end = if head.contains(&b'\r') && !head.contains(&b'\n') { b'\r' } else { b'\n' };
        let (bytes, ahead) = (Vec::new(), VecDeque::new());
        Ok(Self { name: name.to_owned(), encoding: charset.name(), reader, end, bytes, read: 0, stop: None, ahead })
    }

    /// The lines from one on, up to another.
    pub(super) fn within(mut self, from: u64, stop: Option<u64>) -> Result<Self> {
        let mut skipped = String::new();
        while self.read + 1 < from && self.read(&mut skipped)?.is_some() {
            skipped.clear();
        }
        self.stop = stop;
        Ok(self)
    }

    /// Appends the next line without its end. Its number; nothing at the end of the text.
    pub(super) fn take(&mut self, to: &mut String) -> Result<Option<u64>> {
        match self.ahead.pop_front() {
            Some((number, line)) => {
                to.push_str(&line);
                Ok(Some(number))
            }
            None => self.read(to),
        }
    }

    /// Whether all lines from here to the end pass a test, and at most so many are not blank.
    pub(super) fn rest(&mut self, most: usize, passes: impl Fn(&str) -> bool) -> Result<bool> {
        let mut full = 0;
        let mut at = 0;
        loop {
            if at == self.ahead.len() {
                let mut line = String::new();
                let Some(number) = self.read(&mut line)? else { return Ok(true) };
                self.ahead.push_back((number, line));
            }
            let line = self.ahead[at].1.as_str();
            at += 1;
            if is_blank(line) {
                continue;
            }
            full += 1;
            if full > most || !passes(line) {
                return Ok(false);
            }
        }
    }

    fn read(&mut self, to: &mut String) -> Result<Option<u64>> {
        if self.stop.is_some_and(|stop| self.read + 1 >= stop) {
            return Ok(None);
        }
        self.bytes.clear();
        let limit = LONGEST_ROW as u64 + 2;
        let read = (&mut self.reader).take(limit).read_until(self.end, &mut self.bytes).map_err(|e| io_error(&self.name, &e))?;
        if read == 0 {
            return Ok(None);
        }
        self.read += 1;
        if self.bytes.last() == Some(&self.end) {
            self.bytes.pop();
        } else if read as u64 == limit {
            return Err(self.refuse(self.read, message!("line.too_long"), message!("hint.rows_are_lines")));
        }
        while self.bytes.last() == Some(&b'\r') {
            self.bytes.pop();
        }
        if self.bytes.contains(&0) {
            return Err(self.refuse(self.read, message!("line.zero_byte"), message!("hint.utf16")));
        }
        let Ok(line) = std::str::from_utf8(&self.bytes) else {
            let what = message!("line.not_in_encoding", encoding = self.encoding.to_string());
            return Err(self.refuse(self.read, what, message!("hint.encodings")));
        };
        to.push_str(line);
        Ok(Some(self.read))
    }

    /// An error about a line.
    pub(super) fn refuse(&self, line: u64, what: Message, hint: Message) -> Error {
        let message = message!("source.line", file = &self.name, line = line, what = what);
        Error::new(ErrorKind::InvalidSource, message).with_hint(hint)
    }
}

/// Whether a line holds nothing: spaces, or the mark with which DOS ended files.
pub(super) fn is_blank(line: &str) -> bool {
    line.chars().all(|c| matches!(c, ' ' | '\u{1a}' | '\u{3000}'))
}
