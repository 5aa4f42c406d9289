//! Dirty CSV and TSV: rows with their line numbers.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewBuilder, UInt64Builder};
use arrow::datatypes::SchemaRef;
use csv::{ReaderBuilder, StringRecord, Trim};
use ninzu_engine::{Error, ErrorKind, Result};

/// A CSV file, open behind its header.
pub(super) struct Csv {
    name: String,
    reader: csv::Reader<Chain<Lines<BufReader<File>>, &'static [u8]>>,
    header: Vec<String>,
    record: StringRecord,
}

impl Csv {
    /// Opens a file; its delimiter is what its header line has more of, tabs or commas.
    pub(super) fn open(path: &Path, name: &str) -> Result<Self> {
        let io = |e: io::Error| Error::new(ErrorKind::Io, format!("cannot read {name}: {e}"));
        let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(io)?);
        let mut first = Vec::new();
        file.read_until(b'\n', &mut first).map_err(io)?;
        file.rewind().map_err(io)?;
        let count = |delimiter: u8| first.split(|&byte| byte == delimiter).count();
        let delimiter = if count(b'\t') > count(b',') { b'\t' } else { b',' };
        // With the last line ended, the line behind a row tells the row's own.
        let ended = Lines { file, held: false }.chain(&b"\n"[..]);
        let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).buffer_capacity(1 << 18).from_reader(ended);
        let header = match reader.headers() {
            Ok(header) => header.iter().map(|h| h.trim_start_matches('\u{feff}').trim().to_owned()).collect(),
            Err(e) => return Err(error(name, &e)),
        };
        Ok(Self { name: name.to_owned(), reader, header, record: StringRecord::new() })
    }

    /// The column names, trimmed.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The next row that is not the header again, with the line it begins on.
    fn next(&mut self) -> Result<Option<u64>> {
        loop {
            if !self.reader.read_record(&mut self.record).map_err(|e| error(&self.name, &e))? {
                return Ok(None);
            }
            let again = self.record.iter().zip(&self.header).all(|(cell, name)| cell.eq_ignore_ascii_case(name));
            if !again {
                // Where reading stands, not where it began: blank lines before the row were skipped.
                let inside = self.record.iter().flat_map(str::bytes).filter(|&byte| byte == b'\n').count() as u64;
                return Ok(Some(self.reader.position().line().saturating_sub(1 + inside)));
            }
        }
    }

    /// Up to `rows` rows of these columns and their line numbers; nothing at the end. Empty cells are null.
    pub(super) fn batch(&mut self, columns: &[usize], schema: &SchemaRef, rows: usize) -> Result<Option<RecordBatch>> {
        let mut numbers = UInt64Builder::with_capacity(rows);
        let mut builders: Vec<StringViewBuilder> = columns.iter().map(|_| StringViewBuilder::with_capacity(rows)).collect();
        for _ in 0..rows {
            let Some(line) = self.next()? else { break };
            numbers.append_value(line);
            for (builder, &column) in builders.iter_mut().zip(columns) {
                builder.append_option(self.record.get(column).filter(|cell| !cell.is_empty()));
            }
        }
        let numbers = numbers.finish();
        if numbers.is_empty() {
            return Ok(None);
        }
        let cells = builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef);
        let arrays: Vec<ArrayRef> = [Arc::new(numbers) as ArrayRef].into_iter().chain(cells).collect();
        RecordBatch::try_new(Arc::clone(schema), arrays)
            .map(Some)
            .map_err(|e| Error::new(ErrorKind::InvalidSource, format!("cannot read {}: {e}", self.name)))
    }
}

/// The same bytes with lines that end in `\n` only.
struct Lines<R> {
    file: R,
    /// Whether a `\r` was read and not yet handed on.
    held: bool,
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < out.len() {
            let bytes = self.file.fill_buf()?;
            let Some(&first) = bytes.first() else {
                if self.held {
                    self.held = false;
                    out[filled] = b'\r';
                    filled += 1;
                }
                break;
            };
            if self.held && first != b'\n' {
                out[filled] = b'\r';
                filled += 1;
                self.held = false;
                continue;
            }
            self.held = false;
            let bytes = &bytes[..bytes.len().min(out.len() - filled)];
            let plain = bytes.iter().position(|&byte| byte == b'\r').unwrap_or(bytes.len());
            out[filled..filled + plain].copy_from_slice(&bytes[..plain]);
            filled += plain;
            self.held = plain < bytes.len();
            let used = plain + usize::from(self.held);
            self.file.consume(used);
        }
        Ok(filled)
    }
}

fn error(name: &str, e: &csv::Error) -> Error {
    let invalid = |message: String| Error::new(ErrorKind::InvalidSource, message);
    let line = |position: Option<&csv::Position>| position.map_or_else(String::new, |p| format!(", line {}", p.line()));
    match e.kind() {
        csv::ErrorKind::Utf8 { pos, .. } => {
            invalid(format!("{name}{} is not UTF-8", line(pos.as_ref()))).with_hint("save the file as UTF-8")
        }
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            invalid(format!("{name}{} has {len} cells, its header {expected_len}", line(pos.as_ref())))
                .with_hint("put cells that contain the delimiter in double quotes")
        }
        csv::ErrorKind::Io(e) => Error::new(ErrorKind::Io, format!("cannot read {name}: {e}")),
        _ => invalid(format!("cannot read {name}: {e}")),
    }
}
