//! Tables of the source, as DataFusion tables with row numbers.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::SessionConfig;
use ninzu_engine::{Error, ErrorKind, Message, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use rayon::iter::{ParallelBridge, ParallelIterator};

use super::csv::{Csv, Layout, LineKind};
use super::files::TableFile;
use super::functions;
use crate::catalogue::message;
use crate::source::text_format::TextFormat;

/// Rows a batch.
const BATCH: usize = 16_384;
/// The column with the row's number in the file.
const ROW: &str = "row";
/// The column that says how a line stands to its table.
const LINE_KIND: &str = "line_kind";

/// A table of the source: its columns are known, its rows not yet read.
#[derive(Clone)]
pub(super) struct SourceTable {
    path: PathBuf,
    name: String,
    names: Vec<String>,
    types: Vec<DataType>,
    content: Content,
    /// Whether what is no row is handed over with its kind of line, to be counted; else it is an error.
    with_line_kinds: bool,
}

/// What a table's file is.
#[derive(Clone)]
enum Content {
    Text(Layout),
    Parquet(ArrowReaderMetadata),
}

/// An SQL expression over columns of one table.
#[derive(Debug, Clone)]
pub(super) struct Expr {
    pub(super) sql: String,
    pub(super) uses: Vec<usize>,
    /// What errors call it: the name of the column in the file.
    pub(super) name: String,
}

impl Expr {
    /// The same columns in another expression.
    pub(super) fn map(mut self, sql: impl FnOnce(&str) -> String) -> Self {
        self.sql = sql(&self.sql);
        self
    }
}

impl SourceTable {
    /// Opens a CSV, TSV or Parquet file; the format is that of text files, as far as it is said.
    pub(super) fn open(path: &Path, format: &TextFormat) -> Result<Self> {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let file = File::open(path).map_err(|e| {
            let message = message!("source.unopened", file = path.display().to_string(), reason = e.to_string());
            Error::new(ErrorKind::Io, message).with_hint(message!("hint.relative_paths")).caused_by(e)
        })?;
        let Some(TableFile { is_parquet, .. }) = TableFile::of(path) else {
            return Err(
                Error::new(ErrorKind::InvalidSource, message!("source.no_table", file = name)).with_hint(message!("hint.tables"))
            );
        };
        let (names, types, content) = if is_parquet {
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|e| broken(&name, &e))?;
            let fields = metadata.schema().fields().iter();
            let (names, types) = fields.map(|f| (f.name().trim().to_owned(), f.data_type().clone())).unzip();
            (names, types, Content::Parquet(metadata))
        } else {
            let layout = Layout::find(path, &name, format)?;
            let names = Csv::open(path, &name, &layout)?.header().to_vec();
            let types = vec![DataType::Utf8View; names.len()];
            (names, types, Content::Text(layout))
        };
        Ok(Self { path: path.into(), name, names, types, content, with_line_kinds: false })
    }

    /// The same table, whose lines that are no rows are handed over with their kinds.
    pub(super) fn with_line_kinds(self) -> Self {
        Self { with_line_kinds: true, ..self }
    }

    /// How the text is written; nothing for Parquet.
    pub(super) fn layout(&self) -> Option<&Layout> {
        match &self.content {
            Content::Text(layout) => Some(layout),
            Content::Parquet(_) => None,
        }
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the file is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The column names, trimmed.
    pub(super) fn columns(&self) -> &[String] {
        &self.names
    }

    /// How a row is called in messages.
    pub(super) fn row(&self, row: u64) -> Message {
        if self.layout().is_none() { message!("place.row", row = row) } else { message!("place.line", line = row) }
    }

    /// A column by its name, in any case.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let exact = self.names.iter().position(|n| n == name.trim());
        exact.or_else(|| self.names.iter().position(|n| n.eq_ignore_ascii_case(name.trim())))
    }

    /// The error of a column whose name others have too.
    fn check_single(&self, column: usize) -> Result<()> {
        let name = &self.names[column];
        if self.names.iter().filter(|other| *other == name).count() == 1 {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidSource, message!("source.several_columns", file = &self.name, column = name))
            .with_hint(message!("hint.own_column_names")))
    }

    /// A column by its name, or an error that lists the columns present.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        if let Some(column) = self.find(name) {
            return self.check_single(column).map(|()| column);
        }
        let columns: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let mut hint = message!("hint.columns", names = columns);
        if let Some(near) = suggestion(name, self.names.iter().map(String::as_str)) {
            hint = message!("hint.near_column", near = near, columns = hint);
        }
        if let (Some(layout), [_]) = (self.layout(), &self.names[..]) {
            let delimiter = format!("{:?}", layout.delimiter);
            hint = message!("hint.only_column", columns = hint, delimiter = delimiter);
        }
        Err(Error::new(ErrorKind::InvalidSource, message!("source.no_column", file = &self.name, column = name)).with_hint(hint))
    }

    fn expr(&self, column: usize, sql: String) -> Expr {
        Expr { sql, uses: vec![column], name: self.names[column].clone() }
    }

    /// A column as text; whole floats as integers.
    pub(super) fn text(&self, column: usize) -> Expr {
        let c = format!("c{column}");
        let sql = if self.types[column].is_floating() {
            format!(
                "CASE WHEN {c} = TRY_CAST({c} AS BIGINT) THEN CAST(TRY_CAST({c} AS BIGINT) AS VARCHAR) ELSE CAST({c} AS VARCHAR) END"
            )
        } else {
            format!("CAST({c} AS VARCHAR)")
        };
        self.expr(column, sql)
    }

    /// A column of keys: integers where it has them, else text.
    pub(super) fn key(&self, column: usize) -> Expr {
        if self.types[column].is_integer() { self.expr(column, format!("CAST(c{column} AS BIGINT)")) } else { self.text(column) }
    }

    /// A column of dates: as such, or as text or whole numbers that are to be parsed.
    pub(super) fn date(&self, column: usize) -> Result<Expr> {
        let ty = match &self.types[column] {
            DataType::Dictionary(_, value) => value.as_ref(),
            ty => ty,
        };
        match ty {
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                Ok(self.expr(column, format!("CAST(c{column} AS DATE)")))
            }
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Ok(self.text(column)),
            number if number.is_numeric() => Ok(self.text(column)),
            other => {
                let (column, of) = (&self.names[column], other.to_string());
                let message = message!("source.no_dates", file = &self.name, column = column, of = of);
                Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.dates")))
            }
        }
    }

    /// A column of whole numbers as text: `7.0` is 7, and words for nothing are null.
    pub(super) fn whole(&self, column: usize) -> Expr {
        let text = self.text(column);
        if self.types[column].is_integer() { text } else { text.map(|sql| format!("{}({sql})", functions::WHOLE)) }
    }

    /// Reads expressions of every row, batch by batch on all cores; results in the order of the rows.
    ///
    /// The first column of a batch is the row's number in the file; the last its kind of line, if the table hands those over.
    pub(super) fn scan<T: Send>(&self, exprs: &[Expr], each: impl Fn(&RecordBatch) -> Result<T> + Sync) -> Result<Vec<T>> {
        let select: Vec<String> = exprs.iter().enumerate().map(|(i, e)| format!("{} AS e{i}", e.sql)).collect();
        let line_kind = if self.with_line_kinds { format!(", {LINE_KIND}") } else { String::new() };
        let sql = format!("SELECT {ROW}, {}{line_kind} FROM t", select.join(", "));
        let tables = [("t", self, exprs.iter().flat_map(|e| e.uses.iter().copied()).collect::<Vec<_>>())];
        let mut parts = query(&tables, &sql, |batch| Ok((first_row(batch), each(batch)?)))?;
        parts.sort_by_key(|&(row, _)| row);
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    fn provider(&self, mut columns: Vec<usize>) -> Result<StreamingTable> {
        columns.sort_unstable();
        columns.dedup();
        columns.iter().try_for_each(|&column| self.check_single(column))?;
        let mut fields = vec![Field::new(ROW, DataType::UInt64, false)];
        fields.extend(columns.iter().map(|&c| Field::new(format!("c{c}"), self.types[c].clone(), true)));
        if self.with_line_kinds {
            fields.push(Field::new(LINE_KIND, DataType::UInt32, false));
        }
        let schema = Arc::new(Schema::new(fields));
        let groups = match &self.content {
            Content::Text(_) => vec![(0, Vec::new())],
            Content::Parquet(metadata) => shares(metadata.metadata().row_groups().iter().map(|g| g.num_rows().max(0) as u64)),
        };
        let parts = groups.into_iter().map(|(first, groups)| {
            let columns = columns.clone();
            Arc::new(Part { table: self.clone(), schema: Arc::clone(&schema), columns, groups, first })
                as Arc<dyn PartitionStream>
        });
        StreamingTable::try_new(Arc::clone(&schema), parts.collect()).map_err(|e| from_datafusion(&e))
    }
}

/// Row groups in as many contiguous shares as there are cores, each with the number of rows before it.
fn shares(rows: impl Iterator<Item = u64>) -> Vec<(u64, Vec<usize>)> {
    let rows: Vec<u64> = rows.collect();
    let share = rows.iter().sum::<u64>().div_ceil(rayon::current_num_threads() as u64).max(1);
    let mut all: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new())];
    let mut before = 0;
    for (group, rows) in rows.into_iter().enumerate() {
        match all.last_mut() {
            Some((first, groups)) if before < *first + share => groups.push(group),
            _ => all.push((before, vec![group])),
        }
        before += rows;
    }
    all
}

/// Runs SQL over tables, each under a name and with the columns that the query uses; results in no particular order.
///
/// DataFusion runs on a thread of its own; what it yields is worked on by all cores.
pub(super) fn query<T: Send>(
    tables: &[(&str, &SourceTable, Vec<usize>)],
    sql: &str,
    each: impl Fn(&RecordBatch) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let config = SessionConfig::new().with_target_partitions(rayon::current_num_threads()).with_batch_size(BATCH);
    let config = config.with_round_robin_repartition(false);
    let context = functions::session(config);
    for (name, table, columns) in tables {
        context.register_table(*name, Arc::new(table.provider(columns.clone())?)).map_err(|e| from_datafusion(&e))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|e| Error::new(ErrorKind::Io, message!("source.not_started", reason = e.to_string())).caused_by(e))?;
    let (send, receive) = sync_channel::<Result<RecordBatch>>(2 * rayon::current_num_threads());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            runtime.block_on(async {
                let run = async {
                    let mut stream = context.sql(sql).await?.execute_stream().await?;
                    while let Some(batch) = std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)).await {
                        if send.send(Ok(batch?)).is_err() {
                            break;
                        }
                    }
                    Ok(())
                };
                if let Err(e) = run.await {
                    // The other side may have stopped at an error of its own.
                    let _ = send.send(Err(from_datafusion(&e)));
                }
            });
        });
        receive.into_iter().par_bridge().map(|batch| each(&batch?)).collect()
    })
}

/// A share of a table's rows.
struct Part {
    table: SourceTable,
    schema: SchemaRef,
    columns: Vec<usize>,
    groups: Vec<usize>,
    /// How many rows come before.
    first: u64,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} from row {}", self.table.name, self.first)
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), 2);
        let send = builder.tx();
        let part = Self {
            table: self.table.clone(),
            schema: Arc::clone(&self.schema),
            columns: self.columns.clone(),
            groups: self.groups.clone(),
            first: self.first,
        };
        builder.spawn_blocking(move || {
            part.read(|batch| send.blocking_send(Ok(batch)).is_ok()).map_err(|e| DataFusionError::External(Box::new(e)))
        });
        builder.build()
    }
}

impl Part {
    /// Hands over batches until the end, or until they are not wanted any more.
    fn read(&self, mut hand: impl FnMut(RecordBatch) -> bool) -> Result<()> {
        let table = &self.table;
        let metadata = match &table.content {
            Content::Parquet(metadata) => metadata,
            Content::Text(layout) => {
                let mut csv = Csv::open(&table.path, &table.name, layout)?;
                while let Some(batch) = csv.batch(&self.columns, &self.schema, BATCH, table.with_line_kinds)? {
                    if !hand(batch) {
                        break;
                    }
                }
                return Ok(());
            }
        };
        let file = File::open(&table.path).map_err(|e| {
            Error::new(ErrorKind::Io, message!("source.unopened", file = &table.name, reason = e.to_string())).caused_by(e)
        })?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), self.columns.iter().copied());
        let reader = builder.with_projection(mask).with_row_groups(self.groups.clone()).with_batch_size(BATCH).build();
        let mut row = self.first;
        for batch in reader.map_err(|e| broken(&table.name, &e))? {
            let batch = batch.map_err(|e| broken(&table.name, &e))?;
            let after = row + batch.num_rows() as u64;
            let numbers: ArrayRef = Arc::new(UInt64Array::from_iter_values(row + 1..=after));
            row = after;
            let mut arrays: Vec<ArrayRef> = [numbers].into_iter().chain(batch.columns().iter().map(Arc::clone)).collect();
            if table.with_line_kinds {
                arrays.push(Arc::new(UInt32Array::from_value(0, batch.num_rows())));
            }
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|e| broken(&table.name, &e))?;
            if !hand(batch) {
                break;
            }
        }
        Ok(())
    }
}

/// The number of a batch's first row.
fn first_row(batch: &RecordBatch) -> u64 {
    rows(batch).and_then(|rows| rows.values().first().copied()).unwrap_or(0)
}

/// The row numbers of a batch.
pub(super) fn rows(batch: &RecordBatch) -> Option<&UInt64Array> {
    batch.column(0).as_any().downcast_ref()
}

/// How the lines of a batch stand to their table, where it hands that over.
pub(super) fn line_kind(batch: &RecordBatch, row: usize) -> LineKind {
    let last = batch.column(batch.num_columns() - 1);
    last.as_primitive_opt::<UInt32Type>().map_or(LineKind::Row, |line_kinds| LineKind::of(line_kinds.value(row)))
}

fn broken(name: &str, e: &dyn fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidSource, message!("source.unread", file = name, reason = e.to_string()))
}

fn from_datafusion(e: &DataFusionError) -> Error {
    if let DataFusionError::External(inner) = e.find_root()
        && let Some(own) = inner.downcast_ref::<Error>()
    {
        return own.clone();
    }
    Error::new(ErrorKind::InvalidSource, message!("source.all_unread", reason = e.to_string()))
}

/// The name most like another, if one is near.
pub(super) fn suggestion<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let near = among.map(|other| (strsim::jaro_winkler(&lower, &other.to_lowercase()), other));
    near.filter(|&(score, _)| score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, other)| other)
}
