//! Rows of a long table as cells: values by number, an interval each.

use std::collections::{BTreeSet, HashMap};

use ninzu_engine::{Code, Dictionary, Dimension, Dimensions, Error, ErrorKind, Interval, Kind, Label, ROOT, Result};

use super::count;
use super::spec::{CentreColumn, CountColumns, DimensionSpec, Spec, TableSpec, ValuesSpec};
use crate::publish::Progress;
use crate::publish::ingest::{Texts, read_dictionary, suggestion};
use crate::publish::text_format::TextFormat;

/// A row that speaks of everybody in a dimension.
pub(super) const ALL: u32 = u32::MAX;

/// The cells of a long table.
pub(super) struct Cells {
    pub(super) texts: Texts,
    pub(super) dimensions: Dimensions,
    /// For each dimension, whether the spec brings its dictionary.
    pub(super) centres: Vec<(String, Label)>,
    pub(super) rows: Vec<Cell>,
    /// For each row, each dimension's value, or [`ALL`].
    values: Vec<u32>,
    /// How many rows over all centres were left out.
    pub(super) centre_totals: u64,
}

/// A row of the table.
pub(super) struct Cell {
    /// Its number in the file.
    pub(super) number: u64,
    pub(super) centre: u32,
    pub(super) interval: Interval,
}

impl Cells {
    /// Reads the table that a spec describes.
    pub(super) fn read(spec: &Spec, progress: &dyn Progress) -> Result<Self> {
        let texts = Texts::open(&spec.table.path, &TextFormat::default())?;
        let mut reader = Reader::new(spec, &texts)?;
        let columns = reader.columns.clone();
        progress.begin("rows", None);
        texts.each(&columns, |number, row| {
            progress.advance(1);
            reader.row(number, row)
        })?;
        progress.end();
        let Reader { names, centres, mut rows, mut values, centre_totals, is_empty, .. } = reader;
        if rows.is_empty() {
            let (what, hint) = match (is_empty, centre_totals) {
                (true, _) => ("has no rows", "the table begins with a line of column names, and has a row for each count below"),
                (_, 0) => ("has no row that `where` lets through", "correct where = { ... } in [table]"),
                _ => ("has no row of a single centre", "write centre_name = \"...\" in place of centre = \"...\""),
            };
            return Err(Error::new(ErrorKind::InvalidSource, format!("{} {what}", texts.name())).with_hint(hint));
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
        labels.check("centre", &centres.in_order.iter().map(String::as_str).collect())?;
        let centres = centres.in_order.into_iter().map(|name| {
            let label = labels.get(&name);
            (name, label)
        });
        rows.shrink_to_fit();
        let dimensions = Dimensions::new(dimensions)?;
        Ok(Self { centres: centres.collect(), texts, dimensions, rows, values, centre_totals })
    }

    /// The values of a row, one for each dimension.
    pub(super) fn values(&self, row: usize) -> &[u32] {
        let n = self.dimensions.all().len();
        &self.values[row * n..(row + 1) * n]
    }

    /// An error about a row.
    pub(super) fn refuse(&self, row: usize, what: &str) -> Error {
        let number = self.texts.row(self.rows[row].number);
        Error::new(ErrorKind::InvalidSource, format!("{}, {number}: {what}", self.texts.name()))
    }
}

struct Reader<'a> {
    spec: &'a TableSpec,
    dimensions: &'a [DimensionSpec],
    texts: &'a Texts,
    /// Columns of the file: the counts', the filters', the centre's, the dimensions'.
    columns: Vec<usize>,
    names: Vec<Names>,
    centres: Names,
    rows: Vec<Cell>,
    values: Vec<u32>,
    centre_totals: u64,
    is_empty: bool,
}

impl<'a> Reader<'a> {
    fn new(spec: &'a Spec, texts: &'a Texts) -> Result<Self> {
        let table = &spec.table;
        let mut columns: Vec<&str> = match &table.count {
            CountColumns::Count(count) => vec![count],
            CountColumns::Bounds { lo, hi } => vec![lo, hi],
        };
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
            columns: columns.into_iter().map(|column| texts.column(column)).collect::<Result<_>>()?,
            names: spec.dimensions.iter().map(Names::of).collect::<Result<_>>()?,
            centres,
            rows: Vec::new(),
            values: Vec::new(),
            centre_totals: 0,
            is_empty: true,
        })
    }

    /// An error about a cell of the file.
    fn refuse(&self, number: u64, column: &str, what: &str) -> Error {
        let row = self.texts.row(number);
        Error::new(ErrorKind::InvalidSource, format!("{}, {row}, column {column:?} {what}", self.texts.name()))
    }

    fn row(&mut self, number: u64, row: &[&str]) -> Result<()> {
        self.is_empty = false;
        let (counts, row) = row.split_at(match self.spec.count {
            CountColumns::Count(_) => 1,
            CountColumns::Bounds { .. } => 2,
        });
        let (filters, row) = row.split_at(self.spec.filter.len());
        if !filters.iter().zip(self.spec.filter.values()).all(|(cell, wanted)| cell == wanted) {
            return Ok(());
        }
        let (centre, row) = match &self.spec.centre {
            CentreColumn::Constant(_) => (0, row),
            CentreColumn::Column(column) => {
                let (centre, row) = row.split_at(1);
                let name = centre[0];
                if self.spec.totals.contains(name) {
                    self.centre_totals += 1;
                    return Ok(());
                }
                if name.is_empty() {
                    return Err(self.refuse(number, column, "names no centre").with_hint("fill in the cell"));
                }
                (self.centres.add(name), row)
            }
        };
        let interval = self.interval(number, counts)?;
        for (d, cell) in row.iter().enumerate() {
            let value = self.value(number, d, cell)?;
            self.values.push(value);
        }
        self.rows.push(Cell { number, centre, interval });
        Ok(())
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
            return Err(self.refuse(number, column, "is empty").with_hint("if that means all, add \"\" to total = [...]"));
        }
        let reserved = match spec.kind() {
            Kind::Partition => value == ROOT,
            Kind::Codes => value.contains('@'),
        };
        if reserved {
            return Err(self
                .refuse(number, column, &format!("has {value:?}: '*' is kept for any code, '@' for onsets"))
                .with_hint("if it means all, add it to total = [...]; else give it another name by recode = { ... }"));
        }
        if self.names[d].is_closed {
            let place = match spec.kind() {
                Kind::Partition => "values",
                Kind::Codes => "the dictionary",
            };
            let near = suggestion(value, self.names[d].in_order.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!("did you mean {near:?}? else "));
            return Err(self
                .refuse(number, column, &format!("has {value:?}, which {place} does not list"))
                .with_hint(format!("{near}add it to {place}, or to total = [...] if it means all")));
        }
        Ok(self.names[d].add(value))
    }

    fn interval(&self, number: u64, cells: &[&str]) -> Result<Interval> {
        let count = |column: &str, cell: &str| {
            count::parse(cell).map_err(|wrong| {
                let what = if cell.is_empty() { String::new() } else { format!("has {cell:?}: it ") };
                self.refuse(number, column, &format!("{what}{}", wrong.what()))
            })
        };
        match &self.spec.count {
            CountColumns::Count(column) => {
                let cell = cells[0];
                if let Some(&interval) = self.spec.markers.get(cell) {
                    return Ok(interval);
                }
                let hint = || {
                    format!("if that stands for a hidden count, say for which: [table.markers] {cell:?} = [0, 9], or \"unknown\"")
                };
                count(column, cell).map(Interval::exact).map_err(|e| e.with_hint(hint()))
            }
            CountColumns::Bounds { lo, hi } => {
                let hint = "counts are whole numbers; an empty upper bound means that nothing bounds the count";
                let lower = count(lo, cells[0]).map_err(|e| e.with_hint(hint))?;
                if cells[1].is_empty() {
                    return Ok(Interval::at_least(lower));
                }
                let upper = count(hi, cells[1]).map_err(|e| e.with_hint(hint))?;
                Interval::new(lower, upper).ok_or_else(|| {
                    self.refuse(number, lo, &format!("has {lower}, more than {upper} in column {hi:?}"))
                        .with_hint("the lower bound comes first; correct the row, or exchange lo and hi in [table]")
                })
            }
        }
    }
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
    fn of(spec: &DimensionSpec) -> Result<Self> {
        let mut all = Self::default();
        match &spec.values {
            ValuesSpec::Partition { values: Some(values), .. } => {
                for value in values {
                    all.add(value);
                }
                all.is_closed = true;
            }
            ValuesSpec::Codes { dictionary: Some(path) } => {
                let dictionary = read_dictionary(path, &TextFormat::default())?;
                for code in dictionary.codes() {
                    all.add(&code.name);
                }
                all.is_closed = true;
                all.dictionary = Some(dictionary);
            }
            ValuesSpec::Codes { dictionary: None } => {
                all.add(ROOT);
            }
            ValuesSpec::Partition { values: None, .. } => {}
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
    fn dimension(self, spec: &DimensionSpec) -> Result<(Dimension, Vec<u32>)> {
        if self.in_order.is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidSource,
                format!("dimension {:?} has no value: every row means all", spec.name),
            )
            .with_hint("correct total = [...], or leave the dimension out"));
        }
        let known: BTreeSet<&str> = self.in_order.iter().map(String::as_str).collect();
        spec.labels.check(&format!("value of {}", spec.name), &known)?;
        let mut order: Vec<u32> = (0..self.in_order.len() as u32).collect();
        let (ordered, role) = match spec.values {
            ValuesSpec::Partition { ordered, role, .. } => (ordered, role),
            ValuesSpec::Codes { .. } => {
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
