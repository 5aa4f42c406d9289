//! Rows of a long table as cells: values by number, an interval each.

use std::collections::{BTreeSet, HashMap};

use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, ROOT};
use ninzu_engine::{Error, ErrorKind, Interval, Message, Result};

use super::parse_count::{self, Wrong};
use super::spec::{CentreColumn, CountColumns, ImportDimension, ImportSpec, ImportValues, TableSpec};
use crate::Progress;
use crate::catalogue::message;
use crate::source::{TextFormat, Texts, read_dictionary, suggestion};

/// A row that speaks of everybody in a dimension.
pub(super) const ALL: u32 = u32::MAX;

/// The cells of a long table.
pub(super) struct LongTable {
    pub(super) texts: Texts,
    pub(super) dimensions: Dimensions,
    /// For each dimension, whether the spec brings its dictionary.
    pub(super) has_dictionary: Vec<bool>,
    pub(super) centres: Vec<(String, Label)>,
    pub(super) rows: Vec<Cell>,
    /// For each row, each dimension's value, or [`ALL`].
    values: Vec<u32>,
    pub(super) left_out: LeftOut,
    /// Columns that the spec does not name.
    pub(super) unread_columns: Vec<String>,
    /// The greatest common divisor of all counts, and how many counts there are.
    pub(super) looks_rounded: (u64, u64),
    is_rounding_said: bool,
}

/// Fewer counts may all be multiples of a number by accident.
const FEW_COUNTS: u64 = 6;

/// Rows that are no cells of the release.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeftOut {
    /// Over all centres.
    pub(super) centre_totals: u64,
    /// By `where`.
    pub(super) filtered: u64,
    /// By `leave_out`.
    pub(super) values: u64,
}

/// A row of the table.
pub(super) struct Cell {
    /// Its number in the file.
    pub(super) number: u64,
    pub(super) centre: u32,
    pub(super) interval: Interval,
}

impl LongTable {
    /// Reads the table that a spec describes.
    pub(super) fn read(spec: &ImportSpec, progress: &dyn Progress) -> Result<Self> {
        let texts = open(&spec.table)?;
        let mut reader = Reader::new(spec, &texts)?;
        let columns = reader.columns.clone();
        progress.begin("rows", None);
        texts.each(&columns, |number, row| {
            progress.advance(1);
            reader.row(number, row)
        })?;
        progress.end();
        let Reader { names, centres, mut rows, mut values, left_out, is_empty, looks_rounded, unused, .. } = reader;
        if let Some((column, value)) = unused.first() {
            let message = message!("import.unused", file = texts.name(), column = column, value = value);
            return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.correct_leave_out")));
        }
        if rows.is_empty() {
            let file = texts.name();
            let (message, hint) = match (is_empty, left_out) {
                (true, _) => (message!("import.no_rows", file = file), message!("hint.rows_below")),
                (_, LeftOut { centre_totals: 0, values: 1.., .. }) => {
                    (message!("import.all_left_out", file = file), message!("hint.shorten_leave_out"))
                }
                (_, LeftOut { centre_totals: 0, .. }) => {
                    (message!("import.all_filtered", file = file), message!("hint.correct_where"))
                }
                _ => (message!("import.all_totals", file = file), message!("hint.centre_name")),
            };
            return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(hint));
        }
        let mut dimensions = Vec::with_capacity(names.len());
        for (d, (names, spec_of)) in names.into_iter().zip(&spec.dimensions).enumerate() {
            let (dimension, places) = names.dimension(spec_of)?;
            for value in values.iter_mut().skip(d).step_by(spec.dimensions.len()).filter(|value| **value != ALL) {
                *value = places[*value as usize];
            }
            dimensions.push(dimension);
        }
        let labels = &spec.table.centre_labels;
        labels.check(message!("import.centre"), &centres.in_order.iter().map(String::as_str).collect())?;
        let centres = centres.in_order.into_iter().map(|name| {
            let label = labels.get(&name);
            (name, label)
        });
        rows.shrink_to_fit();
        let dimensions = Dimensions::new(dimensions)?;
        let has_dictionary =
            spec.dimensions.iter().map(|d| matches!(d.values, ImportValues::Codes { dictionary: Some(_) })).collect();
        Ok(Self {
            centres: centres.collect(),
            unread_columns: texts.others(&columns),
            texts,
            dimensions,
            has_dictionary,
            rows,
            values,
            left_out,
            looks_rounded,
            is_rounding_said: spec.table.rounding.is_some(),
        })
    }

    /// The values of a row, one for each dimension.
    pub(super) fn values(&self, row: usize) -> &[u32] {
        let n = self.dimensions.all().len();
        &self.values[row * n..(row + 1) * n]
    }

    /// The codes of a row, in the order of the dimensions.
    pub(super) fn codes(&self, row: usize) -> impl Iterator<Item = u32> + '_ {
        let all = self.dimensions.all().iter().zip(self.values(row));
        all.filter(|(dimension, _)| dimension.kind == Kind::Codes).map(|(_, value)| *value)
    }

    /// What all counts are multiples of, where that is no accident and the spec does not speak of it.
    pub(super) fn seems_rounded(&self) -> Option<u64> {
        let (to, counts) = self.looks_rounded;
        (!self.is_rounding_said && to > 2 && counts >= FEW_COUNTS).then_some(to)
    }

    /// An error about a row.
    pub(super) fn refuse(&self, row: usize, what: Message) -> Error {
        refuse_row(&self.texts, self.rows[row].number, what)
    }
}

/// An error about a row of the file.
fn refuse_row(texts: &Texts, number: u64, what: Message) -> Error {
    let message = message!("source.row", file = texts.name(), row = texts.row(number), what = what);
    Error::new(ErrorKind::InvalidSource, message)
}

/// Opens the table: from its header on, up to where it ends.
fn open(table: &TableSpec) -> Result<Texts> {
    let texts = Texts::open(&table.path, &table.format)?;
    if !texts.is_text() && (table.format.header.is_some() || table.stop_at.is_some()) {
        let message = message!("import.no_lines", file = texts.name());
        return Err(Error::new(ErrorKind::InvalidSpec, message).with_hint(message!("hint.leave_them_out")));
    }
    let Some(begins) = &table.stop_at else { return Ok(texts) };
    texts.up_to(&table.format, begins)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidSource, message!("import.no_end", file = texts.name(), begins = begins))
            .with_hint(message!("hint.stop_at"))
    })
}

/// The columns by their names. Where one is missing, another line may be the header.
fn find_columns(spec: &ImportSpec, texts: &Texts, names: &[&str]) -> Result<Vec<usize>> {
    names.iter().map(|name| texts.column(name)).collect::<Result<_>>().map_err(|error| {
        match texts.header_line(&spec.table.format, names) {
            Ok(Some(line)) if line > 1 => {
                let message = message!("import.other_header", what = error.what().clone(), line = line);
                Error::new(error.kind(), message).with_hint(message!("hint.header", line = line))
            }
            _ => error,
        }
    })
}

struct Reader<'a> {
    spec: &'a TableSpec,
    dimensions: &'a [ImportDimension],
    texts: &'a Texts,
    /// Columns of the file: the counts', the flags', the filters', the centre's, the dimensions'.
    columns: Vec<usize>,
    names: Vec<Names>,
    centres: Names,
    rows: Vec<Cell>,
    values: Vec<u32>,
    left_out: LeftOut,
    is_empty: bool,
    looks_rounded: (u64, u64),
    /// Columns with the values of `leave_out` that no row had yet.
    unused: BTreeSet<(String, String)>,
}

/// More rows than this are refused.
const MOST_ROWS: usize = 1 << 25;
/// Longer texts are no values.
const MOST_TEXT: usize = 1_000;
/// More values of a partition, and more centres, are refused.
const MOST_VALUES: usize = 1 << 16;

impl<'a> Reader<'a> {
    fn new(spec: &'a ImportSpec, texts: &'a Texts) -> Result<Self> {
        let table = &spec.table;
        let mut columns: Vec<&str> = match &table.count {
            CountColumns::Count(count) => vec![count],
            CountColumns::Bounds { lo, hi } => vec![lo, hi],
        };
        columns.extend(table.flag.as_deref());
        columns.extend(table.filter.keys().map(String::as_str));
        let mut centres = Names::default();
        match &table.centre {
            CentreColumn::Column(column) => columns.push(column),
            CentreColumn::Constant(name) => {
                centres.add(name);
            }
        }
        columns.extend(spec.dimensions.iter().map(|d| d.column.as_str()));
        Ok(Self {
            spec: table,
            dimensions: &spec.dimensions,
            texts,
            columns: find_columns(spec, texts, &columns)?,
            names: spec.dimensions.iter().map(Names::of).collect::<Result<_>>()?,
            centres,
            rows: Vec::new(),
            values: Vec::new(),
            left_out: LeftOut::default(),
            is_empty: true,
            looks_rounded: (0, 0),
            unused: spec.dimensions.iter().flat_map(|d| d.leave_out.iter().map(|v| (d.column.clone(), v.clone()))).collect(),
        })
    }

    /// An error about a cell of the file.
    fn refuse(&self, number: u64, column: &str, what: Message) -> Error {
        let (file, row) = (self.texts.name(), self.texts.row(number));
        Error::new(ErrorKind::InvalidSource, message!("import.cell", file = file, row = row, column = column, what = what))
    }

    fn row(&mut self, number: u64, row: &[&str]) -> Result<()> {
        self.is_empty = false;
        let (counts, row) = row.split_at(match self.spec.count {
            CountColumns::Count(_) => 1,
            CountColumns::Bounds { .. } => 2,
        });
        let (flag, row) = row.split_at(usize::from(self.spec.flag.is_some()));
        let (filters, row) = row.split_at(self.spec.filter.len());
        if !filters.iter().zip(self.spec.filter.values()).all(|(cell, wanted)| cell == wanted) {
            self.left_out.filtered += 1;
            return Ok(());
        }
        let (centre, row) = match &self.spec.centre {
            CentreColumn::Constant(_) => (0, row),
            CentreColumn::Column(column) => {
                let (centre, row) = row.split_at(1);
                let name = centre[0];
                if self.spec.totals.contains(name) {
                    self.left_out.centre_totals += 1;
                    return Ok(());
                }
                if name.is_empty() {
                    return Err(self.refuse(number, column, message!("reason.no_centre")).with_hint(message!("hint.fill_in")));
                }
                (self.centres.add(name), row)
            }
        };
        for (spec, cell) in self.dimensions.iter().zip(row) {
            let value = spec.recode.get(*cell).map_or(*cell, String::as_str);
            if spec.leave_out.contains(value) {
                self.left_out.values += 1;
                self.unused.remove(&(spec.column.clone(), value.to_owned()));
                return Ok(());
            }
        }
        let interval = self.interval(number, counts, flag.first().copied().unwrap_or_default())?;
        for (d, cell) in row.iter().enumerate() {
            let value = self.value(number, d, cell)?;
            self.values.push(value);
        }
        self.rows.push(Cell { number, centre, interval });
        self.limit(number)
    }

    /// Refuses tables that are too large for a release.
    fn limit(&self, number: u64) -> Result<()> {
        let too_many = |what, hint| Err(refuse_row(self.texts, number, what).with_hint(hint));
        if self.rows.len() > MOST_ROWS {
            return too_many(message!("import.many_rows", most = MOST_ROWS), message!("hint.choose_rows"));
        }
        if self.centres.in_order.len() > MOST_VALUES {
            return too_many(message!("import.many_centres", most = MOST_VALUES), message!("hint.column_of_centres"));
        }
        let is_wide =
            |(names, spec): (&Names, &ImportDimension)| spec.kind() == Kind::Partition && names.in_order.len() > MOST_VALUES;
        match self.names.iter().zip(self.dimensions).position(|of| is_wide((of.0, of.1))) {
            Some(d) => too_many(
                message!("import.many_values", dimension = &self.dimensions[d].name, most = MOST_VALUES),
                message!("hint.few_values"),
            ),
            None => Ok(()),
        }
    }

    /// The number of a dimension's value, or [`ALL`].
    fn value(&mut self, number: u64, d: usize, cell: &str) -> Result<u32> {
        let spec = &self.dimensions[d];
        let value = spec.recode.get(cell).map_or(cell, String::as_str);
        if self.spec.totals.contains(value) {
            return Ok(ALL);
        }
        if let Some(id) = self.names[d].ids.get(value) {
            return Ok(*id);
        }
        let column = &spec.column;
        if value.is_empty() {
            return Err(self.refuse(number, column, message!("count.empty")).with_hint(message!("hint.empty_total")));
        }
        if value.len() > MOST_TEXT {
            let begins: String = value.chars().take(40).collect();
            let what = message!("import.long_text", bytes = value.len(), begins = format!("{begins:?}"));
            return Err(self.refuse(number, column, what).with_hint(message!("hint.short_values")));
        }
        let reserved = match spec.kind() {
            Kind::Partition => value == ROOT,
            Kind::Codes => value.contains('@'),
        };
        if reserved {
            let what = message!("import.reserved", value = format!("{value:?}"));
            return Err(self.refuse(number, column, what).with_hint(message!("hint.total_or_recode")));
        }
        if self.names[d].is_closed {
            let shown = format!("{value:?}");
            let (what, hint) = match spec.kind() {
                Kind::Partition => (message!("import.unlisted_value", value = shown), message!("hint.list_value")),
                Kind::Codes => (message!("import.unlisted_code", value = shown), message!("hint.list_code")),
            };
            let near = suggestion(value, self.names[d].in_order.iter().map(String::as_str));
            let hint = match near {
                Some(near) => message!("hint.near_else", near = near, otherwise = hint),
                None => hint,
            };
            return Err(self.refuse(number, column, what).with_hint(hint));
        }
        Ok(self.names[d].add(value))
    }

    fn interval(&mut self, number: u64, cells: &[&str], flag: &str) -> Result<Interval> {
        let spec = self.spec;
        match &spec.count {
            CountColumns::Count(column) => {
                let cell = cells[0];
                if let Some(&interval) = spec.markers.get(flag).filter(|_| !flag.is_empty()).or_else(|| spec.markers.get(cell)) {
                    return Ok(interval);
                }
                if !flag.is_empty() && !spec.grammar.are_flags(flag) {
                    let column = spec.flag.as_deref().unwrap_or_default();
                    let flag = format!("{flag:?}");
                    let what = message!("import.no_flag", flag = &flag);
                    return Err(self.refuse(number, column, what).with_hint(message!("hint.flags", flag = flag)));
                }
                let count = self.count(number, column, cell)?;
                if count > 0 {
                    self.looks_rounded = (greatest_common_divisor(self.looks_rounded.0, count), self.looks_rounded.1 + 1);
                }
                let Some(rounding) = spec.rounding else { return Ok(Interval::exact(count)) };
                rounding.around(count).ok_or_else(|| {
                    self.refuse(number, column, message!("import.not_rounded", count = count, to = rounding.to))
                        .with_hint(message!("hint.rounded_bounds"))
                })
            }
            CountColumns::Bounds { lo, hi } => {
                let lower = self.count(number, lo, cells[0])?;
                if cells[1].is_empty() {
                    return Ok(Interval::at_least(lower));
                }
                let upper = self.count(number, hi, cells[1])?;
                Interval::new(lower, upper).ok_or_else(|| {
                    self.refuse(number, lo, message!("import.crossed", lower = lower, upper = upper, column = hi))
                        .with_hint(message!("hint.lower_first"))
                })
            }
        }
    }

    fn count(&self, number: u64, column: &str, cell: &str) -> Result<u64> {
        self.spec.grammar.parse(cell).map_err(|wrong| {
            let shown = format!("{:?}", cell.chars().take(60).collect::<String>());
            let what = match wrong.what() {
                what if cell.is_empty() => what,
                what => message!("import.text", text = &shown, what = what),
            };
            let error = self.refuse(number, column, what);
            if matches!(self.spec.count, CountColumns::Bounds { .. }) {
                return error.with_hint(message!("hint.whole_counts"));
            }
            error.with_hint(match (&wrong, parse_count::spoken(cell)) {
                (Wrong::Beside { sign, .. }, _) => message!("hint.flag_beside", sign = format!("{sign:?}")),
                (_, Some(said)) => {
                    let meaning = match said.upper() {
                        Some(upper) => format!("[{}, {upper}]", said.lower()),
                        None => format!("\"at least {}\"", said.lower()),
                    };
                    message!("hint.possible_counts", text = shown, meaning = meaning)
                }
                (Wrong::Empty, _) => message!("hint.empty_count"),
                _ => message!("hint.hidden_count", text = shown),
            })
        })
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Values by their first appearance, or as the spec lists them.
#[derive(Default)]
struct Names {
    ids: HashMap<String, u32>,
    in_order: Vec<String>,
    /// Whether the spec lists all of them.
    is_closed: bool,
    dictionary: Option<Dictionary>,
}

impl Names {
    fn of(spec: &ImportDimension) -> Result<Self> {
        let mut all = Self::default();
        match &spec.values {
            ImportValues::Partition { values: Some(values), .. } => {
                for value in values {
                    all.add(value);
                }
                all.is_closed = true;
            }
            ImportValues::Codes { dictionary: Some(path) } => {
                let dictionary = read_dictionary(path, &TextFormat::default())?;
                for name in dictionary.names() {
                    all.add(name);
                }
                all.is_closed = true;
                all.dictionary = Some(dictionary);
            }
            ImportValues::Codes { dictionary: None } => {
                all.add(ROOT);
            }
            ImportValues::Partition { values: None, .. } => {}
        }
        Ok(all)
    }

    fn add(&mut self, name: &str) -> u32 {
        if let Some(&id) = self.ids.get(name) {
            return id;
        }
        let id = self.in_order.len() as u32;
        self.in_order.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }

    /// The dimension with these values, and the place of each in its dictionary.
    fn dimension(self, spec: &ImportDimension) -> Result<(Dimension, Vec<u32>)> {
        if self.in_order.is_empty() {
            return Err(Error::new(ErrorKind::InvalidSource, message!("import.no_value", dimension = &spec.name))
                .with_hint(message!("hint.correct_total")));
        }
        let known: BTreeSet<&str> = self.in_order.iter().map(String::as_str).collect();
        spec.labels.check(message!("import.value_of", dimension = &spec.name), &known)?;
        let mut order: Vec<u32> = (0..self.in_order.len() as u32).collect();
        let (ordered, role) = match spec.values {
            ImportValues::Partition { ordered, role, .. } => (ordered, role),
            ImportValues::Codes { .. } => {
                if self.dictionary.is_none() {
                    // The root stays first.
                    order[1..].sort_by(|&a, &b| self.in_order[a as usize].cmp(&self.in_order[b as usize]));
                }
                (false, None)
            }
        };
        let code = |&id: &u32| {
            let name = &self.in_order[id as usize];
            let any = Label { en: "any".into(), ja: "すべて".into() };
            let label = if name == ROOT { any } else { spec.labels.get(name) };
            Code { name: name.clone(), parents: Vec::new(), label }
        };
        let mut places = vec![0; order.len()];
        for (place, &id) in order.iter().enumerate() {
            places[id as usize] = place as u32;
        }
        let dictionary = match self.dictionary {
            Some(dictionary) => dictionary,
            None => Dictionary::new(order.iter().map(code).collect())?,
        };
        let dimension = Dimension {
            name: spec.name.clone(),
            label: spec.label.clone(),
            kind: spec.kind(),
            ordered,
            role,
            closed: false,
            dictionary,
        };
        Ok((dimension, places))
    }
}
