//! CSV and TSV as they are met: strict about quotes, because a quote that is misread makes rows vanish, and true about lines.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringViewBuilder, UInt32Builder, UInt64Builder};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::decode::Charset;
use super::lines::{LONGEST_ROW, Lines, is_blank};
use crate::catalogue::message;
use crate::source::text_format::{Quotes, TextFormat};

/// The most bytes that a cell may have.
const LONGEST_CELL: usize = 1 << 20;
/// The most columns that a table may have.
const MOST_COLUMNS: usize = 10_000;
/// The most lines that may stand below a table.
const LONGEST_FOOTER: usize = 20;
/// What a delimiter may be where nobody says so; the first of those that the header has most of.
const DELIMITERS: [char; 4] = ['\t', ',', ';', '|'];

/// How a line with cells stands to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    /// A row.
    Row,
    /// The header once more.
    HeaderAgain,
    /// Delimiters and nothing between them.
    Blank,
    /// Text below the table, such as `(600 rows affected)`.
    Footer,
    /// So many cells, and not as many as the header.
    Ragged(u32),
}

impl LineKind {
    /// As a number, for a column of a batch.
    fn code(self) -> u32 {
        match self {
            Self::Row => 0,
            Self::HeaderAgain => 1,
            Self::Blank => 2,
            Self::Footer => 3,
            Self::Ragged(cells) => 4 + cells,
        }
    }

    pub(super) fn of(code: u32) -> Self {
        match code {
            0 => Self::Row,
            1 => Self::HeaderAgain,
            2 => Self::Blank,
            3 => Self::Footer,
            cells => Self::Ragged(cells - 4),
        }
    }
}

/// How a CSV file is written: found once, used at each reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) charset: Charset,
    pub(super) delimiter: char,
    quotes: Option<Quotes>,
    /// Whether the first line says `sep=;`.
    says_delimiter: bool,
    /// The line with the header or above it, and the first that is no part of the table.
    lines: (u64, Option<u64>),
}

impl Layout {
    /// What the settings say, else what the file shows.
    pub(super) fn find(path: &Path, name: &str, format: &TextFormat) -> Result<Self> {
        let charset = Charset::find(path, name, format.encoding)?;
        let window = (format.header.unwrap_or(1), format.end);
        let mut lines = Lines::new(name, charset, charset.open(path, name)?)?.within(window.0, window.1)?;
        let mut first = String::new();
        while is_blank(&first) {
            first.clear();
            if lines.take(&mut first)?.is_none() {
                break;
            }
        }
        let said = separator(&first);
        let header = match said {
            Some(_) => String::new(),
            None => first,
        };
        let delimiter = format.delimiter.or(said).unwrap_or_else(|| most_of(&header));
        Ok(Self { charset, delimiter, quotes: format.quotes, says_delimiter: said.is_some(), lines: window })
    }
}

/// The first line of a file that passes a test, among the first so many.
pub(super) fn find_line(
    path: &Path,
    name: &str,
    format: &TextFormat,
    most: u64,
    test: &dyn Fn(&str) -> bool,
) -> Result<Option<u64>> {
    let charset = Charset::find(path, name, format.encoding)?;
    let from = format.header.map_or(1, |header| header + 1);
    let mut lines = Lines::new(name, charset, charset.open(path, name)?)?.within(from, None)?;
    let mut line = String::new();
    while let Some(number) = lines.take(&mut line)? {
        if number >= from + most {
            break;
        }
        if test(&line) {
            return Ok(Some(number));
        }
        line.clear();
    }
    Ok(None)
}

/// Whether the cells of a line, by any delimiter, have all of these names among them.
pub(super) fn names_columns(line: &str, names: &[&str]) -> bool {
    DELIMITERS.iter().any(|&delimiter| {
        let cells: Vec<String> = line
            .split(delimiter)
            .map(|cell| cell.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}').to_lowercase())
            .collect();
        names.iter().all(|name| cells.iter().any(|cell| *cell == name.trim().to_lowercase()))
    })
}

/// The delimiter that a line `sep=;` names.
fn separator(line: &str) -> Option<char> {
    let line = line.trim_matches([' ', '"']);
    let (word, rest) = line.split_at_checked(4)?;
    let mut rest = rest.chars();
    let named = rest.next().filter(|c| c.is_ascii() && !c.is_ascii_alphanumeric())?;
    (word.eq_ignore_ascii_case("sep=") && rest.next().is_none()).then_some(named)
}

/// The delimiter that a header has most of, outside of quotes.
fn most_of(header: &str) -> char {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut is_inside = false;
    for c in header.chars() {
        is_inside ^= c == '"';
        if let (false, Some(i)) = (is_inside, DELIMITERS.iter().position(|&d| d == c)) {
            counts[i] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let first = counts.iter().position(|&count| count == most && most > 0);
    first.map_or(',', |i| DELIMITERS[i])
}

/// A CSV file, open behind its header.
pub(super) struct Csv {
    lines: Lines,
    layout: Layout,
    header: Vec<String>,
    row: Row,
    /// Whether a blank line was just passed.
    after_blank: bool,
    in_footer: bool,
}

/// One row as it was read: its text, and where its cells lie in it.
#[derive(Default)]
struct Row {
    text: String,
    cells: Vec<Range<usize>>,
    /// The physical lines that the row was read from, where quotes have to be looked at.
    raw: String,
}

impl Row {
    fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |range| self.text[range.clone()].trim())
    }

    /// The cells of a line without quotes.
    fn split(&mut self, delimiter: char) {
        let mut start = 0;
        for (end, found) in self.text.match_indices(delimiter) {
            self.cells.push(start..end);
            start = end + found.len();
        }
        self.cells.push(start..self.text.len());
    }

    /// The cells of a line of a tab-separated file: a cell that is quoted as a whole loses its quotes. Whether no cell opens a
    /// quote that it does not close.
    fn split_whole(&mut self, delimiter: char) -> bool {
        std::mem::swap(&mut self.text, &mut self.raw);
        self.text.clear();
        let mut all_closed = true;
        for cell in self.raw.split(delimiter) {
            let start = self.text.len();
            let trimmed = cell.trim_matches(' ');
            match trimmed.strip_prefix('"').map(|inside| inside.strip_suffix('"').and_then(unquoted)) {
                Some(Some(inside)) => self.text.push_str(&inside),
                Some(None) => {
                    all_closed = false;
                    self.text.push_str(cell);
                }
                None => self.text.push_str(cell),
            }
            self.cells.push(start..self.text.len());
        }
        all_closed
    }
}

/// What doubled quotes stand for; nothing if a quote is single.
fn unquoted(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut parts = inside.split('"');
    text.push_str(parts.next().unwrap_or_default());
    while let Some(between) = parts.next() {
        if !between.is_empty() {
            return None;
        }
        text.push('"');
        text.push_str(parts.next()?);
    }
    Some(text)
}

impl Csv {
    /// Opens a file behind its header.
    pub(super) fn open(path: &Path, name: &str, layout: &Layout) -> Result<Self> {
        let lines = Lines::new(name, layout.charset, layout.charset.open(path, name)?)?.within(layout.lines.0, layout.lines.1)?;
        Self::read(lines, *layout)
    }

    fn read(lines: Lines, layout: Layout) -> Result<Self> {
        let mut csv = Self { lines, layout, header: Vec::new(), row: Row::default(), after_blank: false, in_footer: false };
        if layout.says_delimiter {
            csv.line()?;
        }
        if let Some(line) = csv.line()? {
            csv.cells(line)?;
            if csv.row.cells.len() > MOST_COLUMNS {
                let what = message!("line.too_many_columns", columns = csv.row.cells.len());
                return Err(csv.lines.refuse(line, what, message!("hint.used_columns")));
            }
            csv.header = (0..csv.row.cells.len()).map(|column| csv.row.cell(column).to_owned()).collect();
        }
        csv.after_blank = false;
        Ok(csv)
    }

    /// The column names, trimmed.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the next line that is not blank into the row's text. Its number.
    fn line(&mut self) -> Result<Option<u64>> {
        loop {
            self.row.text.clear();
            let Some(number) = self.lines.take(&mut self.row.text)? else { return Ok(None) };
            if !is_blank(&self.row.text) {
                return Ok(Some(number));
            }
            self.after_blank = true;
        }
    }

    /// Splits the row's text into cells; reads on where a quoted cell goes on.
    fn cells(&mut self, line: u64) -> Result<()> {
        let delimiter = self.layout.delimiter;
        self.row.cells.clear();
        if self.layout.quotes == Some(Quotes::Literal) || !self.row.text.contains('"') {
            self.row.split(delimiter);
        } else {
            let mut is_done = false;
            if self.layout.quotes.is_none() && delimiter == '\t' {
                let all_closed = self.row.split_whole(delimiter);
                // The header is all that says how many cells a row has.
                is_done = all_closed || self.row.cells.len() == self.header.len();
            } else {
                std::mem::swap(&mut self.row.text, &mut self.row.raw);
            }
            if !is_done {
                self.row.cells.clear();
                self.row.text.clear();
                self.quoted(line)?;
            }
        }
        if self.row.cells.iter().any(|cell| cell.len() > LONGEST_CELL) {
            return Err(self.lines.refuse(line, message!("line.long_cell"), message!("hint.shorten_cell")));
        }
        Ok(())
    }

    /// Splits the raw text by RFC 4180: a cell that begins with a quote ends with one, perhaps lines later.
    fn quoted(&mut self, line: u64) -> Result<()> {
        let delimiter = self.layout.delimiter;
        // Where the physical lines of the row begin in the raw text.
        let mut begins = vec![0];
        let mut at = 0;
        loop {
            let start = self.row.text.len();
            let rest = &self.row.raw[at..];
            let blanks = rest.len() - rest.trim_start_matches(' ').len();
            if rest[blanks..].starts_with('"') {
                let opens = line + begins.len() as u64 - 1;
                let lines_before = begins.len();
                at = self.inside(at + blanks + 1, opens, &mut begins)?;
                self.refuse_rows_inside(opens, &begins[lines_before..], at)?;
                let rest = &self.row.raw[at..];
                at += rest.len() - rest.trim_start_matches(' ').len();
                let rest = &self.row.raw[at..];
                if !rest.is_empty() && !rest.starts_with(delimiter) {
                    let now = line + begins.len() as u64 - 1;
                    let what =
                        if now == opens { message!("line.behind_quote") } else { message!("line.behind_next_quote", line = now) };
                    return Err(self.refuse_quote(opens, what));
                }
            } else {
                let end = rest.find(delimiter).map_or(self.row.raw.len(), |end| at + end);
                self.row.text.push_str(&self.row.raw[at..end]);
                at = end;
            }
            self.row.cells.push(start..self.row.text.len());
            if at == self.row.raw.len() {
                return Ok(());
            }
            at += delimiter.len_utf8();
        }
    }

    /// Takes the inside of a quoted cell. Where the cell ends, behind its closing quote.
    fn inside(&mut self, mut at: usize, opens: u64, begins: &mut Vec<usize>) -> Result<usize> {
        loop {
            let Some(quote) = self.row.raw[at..].find('"').map(|quote| at + quote) else {
                self.row.text.push_str(&self.row.raw[at..]);
                self.row.text.push('\n');
                self.row.raw.push('\n');
                at = self.row.raw.len();
                begins.push(at);
                if self.row.raw.len() > LONGEST_ROW || self.lines.take(&mut self.row.raw)?.is_none() {
                    return Err(self.refuse_quote(opens, message!("line.quote_never_closes")));
                }
                continue;
            };
            self.row.text.push_str(&self.row.raw[at..quote]);
            at = quote + 1;
            if !self.row.raw[at..].starts_with('"') {
                return Ok(at);
            }
            self.row.text.push('"');
            at += 1;
        }
    }

    /// Two stray quotes make one cell of all rows between them, and the columns still fit: refused unless the spec says that
    /// quotes are strict. `begins` are the lines that the cell goes on to, `end` is where it ends.
    fn refuse_rows_inside(&self, opens: u64, begins: &[usize], end: usize) -> Result<()> {
        if self.layout.quotes.is_some() || self.header.len() < 2 {
            return Ok(());
        }
        let is_row = |line: &str| line.split(self.layout.delimiter).count() == self.header.len();
        for (i, &begin) in begins.iter().enumerate() {
            let line = self.row.raw[begin..].split('\n').next().unwrap_or_default();
            // The last line of a cell that is all text before the quote is no row.
            let is_inside = begin + line.len() < end || self.row.raw[begin..end].contains(self.layout.delimiter);
            if is_inside && is_row(line) {
                let (end, row) = (opens + begins.len() as u64, opens + 1 + i as u64);
                let what = message!("line.rows_in_quotes", end = end, row = row);
                return Err(self.refuse_quote(opens, what));
            }
        }
        Ok(())
    }

    fn refuse_quote(&self, line: u64, what: Message) -> Error {
        self.lines.refuse(line, what, message!("hint.quotes"))
    }

    /// The next line with cells: its number and how it stands to the table.
    fn next(&mut self) -> Result<Option<(u64, LineKind)>> {
        let Some(line) = self.line()? else { return Ok(None) };
        let after_blank = std::mem::take(&mut self.after_blank);
        if self.in_footer {
            self.row.cells.clear();
            return Ok(Some((line, LineKind::Footer)));
        }
        // Footers may hold quotes that would never close.
        if self.is_footer(after_blank)? {
            self.in_footer = true;
            self.row.cells.clear();
            return Ok(Some((line, LineKind::Footer)));
        }
        self.cells(line)?;
        let cells = &self.row.cells;
        let line_kind = if cells.len() != self.header.len() {
            LineKind::Ragged(u32::try_from(cells.len()).unwrap_or(u32::MAX - 4).min(u32::MAX - 4))
        } else if (0..cells.len()).all(|column| self.row.cell(column).is_empty()) {
            LineKind::Blank
        } else if self.header.iter().enumerate().all(|(c, name)| self.row.cell(c).eq_ignore_ascii_case(name)) {
            LineKind::HeaderAgain
        } else {
            LineKind::Row
        };
        if line_kind != LineKind::Row {
            self.row.cells.clear();
        }
        Ok(Some((line, line_kind)))
    }

    /// Whether the table ended before this line: neither it nor any line from here on has a delimiter, and it stands apart or
    /// is a phrase (a last row that was cut off is neither).
    fn is_footer(&mut self, after_blank: bool) -> Result<bool> {
        let delimiter = self.layout.delimiter;
        if self.header.len() < 2 || self.row.text.contains(delimiter) {
            return Ok(false);
        }
        let text = self.row.text.trim();
        let is_apart = after_blank || text.contains([' ', '(', '（', '　']) || text.starts_with(['#', '-', '=', '*']);
        if !is_apart {
            return Ok(false);
        }
        self.lines.rest(LONGEST_FOOTER, |line| !line.contains(delimiter))
    }

    /// Up to `rows` rows of these columns with their line numbers before and their kinds behind; nothing at the end. Empty
    /// cells are null, and so are all cells of what is no row.
    ///
    /// Where kinds are not wanted, only rows may be there: what is no row is an error, but for the header once more.
    pub(super) fn batch(
        &mut self,
        columns: &[usize],
        schema: &SchemaRef,
        rows: usize,
        with_line_kinds: bool,
    ) -> Result<Option<RecordBatch>> {
        let mut numbers = UInt64Builder::with_capacity(rows);
        let mut line_kinds = UInt32Builder::with_capacity(if with_line_kinds { rows } else { 0 });
        let mut builders: Vec<StringViewBuilder> = columns.iter().map(|_| StringViewBuilder::with_capacity(rows)).collect();
        let mut read = 0;
        while read < rows {
            let Some((line, line_kind)) = self.next()? else { break };
            if with_line_kinds {
                line_kinds.append_value(line_kind.code());
            } else {
                match line_kind {
                    LineKind::Row | LineKind::Blank => {}
                    LineKind::HeaderAgain => continue,
                    LineKind::Footer | LineKind::Ragged(_) => {
                        let (what, hint) = no_row(line_kind, self.header.len());
                        return Err(self.lines.refuse(line, what, hint));
                    }
                }
            }
            read += 1;
            numbers.append_value(line);
            for (builder, &column) in builders.iter_mut().zip(columns) {
                builder.append_option(Some(self.row.cell(column)).filter(|cell| !cell.is_empty()));
            }
        }
        if read == 0 {
            return Ok(None);
        }
        let cells = builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef);
        let mut arrays: Vec<ArrayRef> = [Arc::new(numbers.finish()) as ArrayRef].into_iter().chain(cells).collect();
        if with_line_kinds {
            arrays.push(Arc::new(line_kinds.finish()));
        }
        let broken =
            |e: ArrowError| Error::new(ErrorKind::InvalidSource, message!("source.table_unread", reason = e.to_string()));
        RecordBatch::try_new(Arc::clone(schema), arrays).map(Some).map_err(broken)
    }
}

/// What is wrong with a line that is no row of a table of so many columns, and what helps.
pub(super) fn no_row(line_kind: LineKind, columns: usize) -> (Message, Message) {
    let LineKind::Ragged(cells) = line_kind else {
        return (message!("line.below_table"), message!("hint.last_line"));
    };
    let hint = if cells as usize > columns { message!("hint.delimiter_in_quotes") } else { message!("hint.row_cut_off") };
    if cells == 1 {
        return (message!("line.one_cell", columns = columns), hint);
    }
    (message!("line.cells", cells = cells, columns = columns), hint)
}
