//! The tables of a release in a session, and statements over them.

use std::fmt::Debug;
use std::future::poll_fn;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::arrow::json::WriterBuilder;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::catalog::{MemTable, Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::ScalarValue;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SQLOptions, SessionContext};
use ninzu_engine::answer::{ByAnswer, CentreAnswer, MaybeCount, Status};
use ninzu_engine::format::manifest::TableInfo;
use ninzu_engine::model::{Kind, MarginLayout};
use ninzu_engine::release::TableRows;
use ninzu_engine::{Answer, ByteRange, Engine, Error, ErrorKind, Language, Query, Result};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::failure::{SqlResult, external, own};
use super::limits::Limits;
use crate::catalogue::message;

/// How many bytes of stack a thread needs that runs statements of a [`session`](fn@super::session): planning recurses as deep as
/// they are nested.
pub const STACK: usize = 512 << 20;

/// Brings the bytes that an engine names, wherever they are.
pub trait Host: Debug + Send + Sync {
    /// Supplies all of these ranges to the engine.
    fn load(&self, engine: &Engine, needs: &[ByteRange]) -> Result<()>;
}

/// A release folder.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder at a path.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Host for Folder {
    fn load(&self, engine: &Engine, needs: &[ByteRange]) -> Result<()> {
        crate::host::load(engine, &self.0, needs)
    }
}

/// What a statement found.
#[derive(Debug, Clone)]
pub struct Selected {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl Selected {
    /// The rows as a JSON array: an object for each, on a line of its own. Nulls are written.
    pub fn json(&self) -> Result<String> {
        let lines = self.batches.iter().map(json_lines).collect::<Result<String>>()?;
        let rows: Vec<&str> = lines.lines().collect();
        Ok(if rows.is_empty() { "[]".into() } else { format!("[\n{}\n]", rows.join(",\n")) })
    }

    /// The rows as an Arrow IPC stream.
    pub fn ipc(&self) -> Result<Vec<u8>> {
        let written = || {
            let mut writer = StreamWriter::try_new(Vec::new(), &self.schema)?;
            self.batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.into_inner()
        };
        written().map_err(|e| unwritten(&e))
    }

    /// The rows as a Parquet file, with facts about them in its metadata, each under `ninzu.` and its name.
    pub fn parquet(&self, about: &[(&str, &str)]) -> Result<Vec<u8>> {
        let mut file = ParquetRows::new(Vec::new(), &self.schema, about)?;
        self.batches.iter().try_for_each(|batch| file.write(batch))?;
        file.finish()
    }
}

/// Rows as lines of JSON: an object for each. Nulls are written.
pub fn json_lines(batch: &RecordBatch) -> Result<String> {
    let written = || {
        let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(Vec::new());
        writer.write(batch)?;
        writer.finish()?;
        Ok(writer.into_inner())
    };
    Ok(String::from_utf8_lossy(&written().map_err(|e| unwritten(&e))?).into_owned())
}

/// A Parquet file that is written as its rows come.
pub struct ParquetRows<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> ParquetRows<W> {
    /// Begins a file, with facts about it in its metadata, each under `ninzu.` and its name.
    pub fn new(to: W, schema: &SchemaRef, about: &[(&str, &str)]) -> Result<Self> {
        let about = about.iter().map(|&(key, value)| KeyValue::new(format!("ninzu.{key}"), value.to_owned()));
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let properties = properties.set_key_value_metadata(Some(about.collect())).build();
        let writer = ArrowWriter::try_new(to, Arc::clone(schema), Some(properties));
        Ok(Self(writer.map_err(|e: ParquetError| unwritten(&e.into()))?))
    }

    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.0.write(batch).map_err(|e| unwritten(&e.into()))
    }

    /// Ends the file.
    pub fn finish(self) -> Result<W> {
        self.0.into_inner().map_err(|e| unwritten(&e.into()))
    }
}

fn unwritten(e: &ArrowError) -> Error {
    Error::new(ErrorKind::InvalidQuery, message!("sql.rows_unwritten", reason = e.to_string()))
}

/// Names a release's tables and `cohort` in a session.
pub fn register(session: &SessionContext, engine: &Arc<Engine>, host: Arc<dyn Host>) -> Result<()> {
    let name = |table: &TableInfo| format!("cells_{}", table.name.replace('+', "_"));
    for table in engine.release().manifest().tables.iter().filter(|table| table.mirror_of.is_none()) {
        let cells = Cells::new(Arc::clone(engine), Arc::clone(&host), table);
        session.register_table(name(table), Arc::new(cells)).map_err(|e| own(&e))?;
    }
    session.register_batch("dimensions", dimensions(engine)?).map_err(|e| own(&e))?;
    session.register_udtf("cohort", Arc::new(Cohorts { engine: Arc::clone(engine), host }));
    Ok(())
}

/// A statement that is running. Its rows come in batches, so that more of them can be read than fit into memory.
pub struct Running {
    /// The columns.
    pub schema: SchemaRef,
    rows: SendableRecordBatchStream,
    held: MemoryReservation,
}

impl Running {
    /// The next rows, if there are more.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        poll_fn(|context| self.rows.as_mut().poll_next(context)).await.transpose().map_err(|e| own(&e))
    }

    /// Takes memory of the session for something that is kept until the statement is dropped.
    pub fn hold(&mut self, bytes: usize) -> Result<()> {
        self.held.try_grow(bytes).map_err(|e| own(&e))
    }
}

/// Starts one statement that only reads.
///
/// Run it on a thread with a stack of [`STACK`] where the session is a [`session`](fn@super::session).
pub async fn start(session: &SessionContext, statement: &str) -> Result<Running> {
    let state = session.state();
    let limits = state.config().get_extension::<Limits>().map_or(Limits::SMALL, |limits| *limits);
    limits.check_text(statement)?;
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(statement, &dialect).map_err(|e| own(&e))?;
    limits.check_statement(&statement)?;
    let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let started = async {
        let plan = state.statement_to_plan(statement).await?;
        reading.verify_plan(&plan)?;
        limits.check_plan(&plan)?;
        let schema = Arc::clone(plan.schema().inner());
        let plan = state.create_physical_plan(&plan).await?;
        let held = MemoryConsumer::new("rows").register(&state.runtime_env().memory_pool);
        Ok(Running { schema, rows: execute_stream(plan, state.task_ctx())?, held })
    };
    started.await.map_err(|e| own(&e))
}

/// Runs one statement that only reads, and keeps its rows in the session's memory.
pub async fn select(session: &SessionContext, statement: &str) -> Result<Selected> {
    let mut running = start(session, statement).await?;
    let mut batches = Vec::new();
    while let Some(batch) = running.next().await? {
        running.hold(batch.get_array_memory_size())?;
        batches.push(batch);
    }
    Ok(Selected { schema: running.schema, batches })
}

/// The rows of one table, read when they are first asked for.
#[derive(Debug)]
struct Cells {
    engine: Arc<Engine>,
    host: Arc<dyn Host>,
    table: TableInfo,
    schema: SchemaRef,
}

impl Cells {
    fn new(engine: Arc<Engine>, host: Arc<dyn Host>, table: &TableInfo) -> Self {
        let dimensions = engine.release().dimensions();
        let mut names: Vec<String> = table.codes.clone();
        // A table of a dimension with itself, as in its file.
        if let [first, second] = &mut names[..]
            && first == second
        {
            second.push_str("_2");
        }
        names.push("centre".into());
        let mut fields: Vec<Field> = names.into_iter().map(|name| Field::new(name, DataType::Utf8, false)).collect();
        fields.extend(dimensions.partitions().map(|p| Field::new(&dimensions.get(p).name, DataType::Utf8, true)));
        fields.push(Field::new("lo", DataType::UInt32, false));
        fields.push(Field::new("hi", DataType::UInt32, true));
        let schema = Arc::new(Schema::new(fields));
        Self { engine, host, table: table.clone(), schema }
    }

    fn batch(&self) -> Result<RecordBatch> {
        let release = self.engine.release();
        let needs: Vec<ByteRange> = release.contents().into_iter().filter(|need| need.path == self.table.path).collect();
        self.host.load(&self.engine, &needs)?;
        let TableRows { codes, rows, .. } = release.table_rows(&self.table.name)?;
        let dimensions = release.dimensions();
        let sizes: Vec<u32> = dimensions.partitions().map(|p| dimensions.get(p).dictionary.len() as u32).collect();
        let layout = MarginLayout::new(&sizes, self.table.order);
        let values: Vec<Vec<Option<u32>>> = (0..layout.len()).map(|cell| layout.values(cell)).collect();
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (i, &d) in codes.iter().enumerate() {
            let dictionary = &dimensions.get(d).dictionary;
            columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|row| dictionary.name(row.codes[i])))));
        }
        let centres = release.centres();
        columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|row| centres.name(row.centre)))));
        for (i, p) in dimensions.partitions().enumerate() {
            let dictionary = &dimensions.get(p).dictionary;
            let value = |cell: usize| values[cell][i].map(|value| dictionary.name(value));
            columns.push(Arc::new(rows.iter().map(|row| value(row.cell)).collect::<StringArray>()));
        }
        let end = |end: u64| u32::try_from(end).unwrap_or(u32::MAX);
        columns.push(Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| end(row.interval.lower())))));
        columns.push(Arc::new(rows.iter().map(|row| row.interval.upper().map(end)).collect::<UInt32Array>()));
        batch(&self.schema, columns)
    }
}

#[async_trait]
impl TableProvider for Cells {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> SqlResult<Arc<dyn ExecutionPlan>> {
        let rows = in_memory(self.batch().map_err(external)?)?;
        rows.scan(session, projection, filters, limit).await
    }
}

/// Every value of every dimension; a code with two parents has two rows.
fn dimensions(engine: &Engine) -> Result<RecordBatch> {
    let mut names = Vec::new();
    let mut positions: Vec<u32> = Vec::new();
    for dimension in engine.release().dimensions().all() {
        let kind = match dimension.kind {
            Kind::Partition => "partition",
            Kind::Codes => "codes",
        };
        for (name, position) in dimension.dictionary.names().zip(0..) {
            let parents = dimension.dictionary.parents(position);
            let parents = parents.iter().map(|&parent| Some(dimension.dictionary.name(parent)));
            let is_top = parents.len() == 0;
            for parent in parents.chain(is_top.then_some(None)) {
                let text = [Some(dimension.name.as_str()), Some(kind), Some(name), parent];
                names.push((text, dimension.dictionary.label(position)));
                positions.push(position);
            }
        }
    }
    let text = |i: usize| Arc::new(names.iter().map(|row| row.0[i]).collect::<StringArray>()) as ArrayRef;
    let label = |language| Arc::new(names.iter().map(|row| Some(row.1.get(language))).collect::<StringArray>()) as ArrayRef;
    let field = |name: &str, is_nullable| Field::new(name, DataType::Utf8, is_nullable);
    let fields = vec![
        field("dimension", false),
        field("kind", false),
        Field::new("position", DataType::UInt32, false),
        field("code", false),
        field("parent", true),
        field("label_en", false),
        field("label_ja", false),
    ];
    let columns = vec![
        text(0),
        text(1),
        Arc::new(UInt32Array::from(positions)),
        text(2),
        text(3),
        label(Language::En),
        label(Language::Ja),
    ];
    batch(&Arc::new(Schema::new(fields)), columns)
}

/// `cohort('query')`.
#[derive(Debug)]
struct Cohorts {
    engine: Arc<Engine>,
    host: Arc<dyn Host>,
}

impl Cohorts {
    fn answer(&self, text: &str) -> Result<(Vec<String>, Answer)> {
        let query = Query::parse(text)?;
        let prepared = self.engine.prepare(&query)?;
        self.host.load(&self.engine, &self.engine.needs(&prepared))?;
        let by = prepared.cohort().by_names(self.engine.release().dimensions());
        Ok((by, self.engine.answer(&prepared)?))
    }
}

impl TableFunctionImpl for Cohorts {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> SqlResult<Arc<dyn TableProvider>> {
        let wrong =
            || external(Error::new(ErrorKind::InvalidQuery, message!("sql.cohort_takes")).with_hint(message!("hint.sql_cohort")));
        let [Expr::Literal(ScalarValue::Utf8(Some(text)) | ScalarValue::Utf8View(Some(text)), _)] = args.exprs() else {
            return Err(wrong());
        };
        let (by, answer) = self.answer(text).map_err(|e| external(in_cohort(&e, text)))?;
        Ok(Arc::new(in_memory(bounds(&by, &answer).map_err(external)?)?))
    }
}

/// The column and the key of centres.
const CENTRE: &str = "centre";

/// A row of bounds.
struct Bounded {
    key: Vec<String>,
    count: MaybeCount,
    status: Status,
    sharp: bool,
}

/// An answer as rows: one for each centre, or for each combination that the query asks for.
fn bounds(by: &[String], answer: &Answer) -> Result<RecordBatch> {
    let keys = if by.is_empty() { vec![CENTRE.to_owned()] } else { by.to_vec() };
    let rows: Vec<Bounded> = match &answer.by {
        None => {
            let row =
                |c: &CentreAnswer| Bounded { key: vec![c.centre.clone()], count: c.count, status: c.status, sharp: c.sharp };
            answer.centres.iter().map(row).collect()
        }
        Some(parts) => {
            let key = |part: &ByAnswer| by.iter().map(|name| part.key.get(name).cloned().unwrap_or_default()).collect();
            parts
                .iter()
                .map(|part| Bounded { key: key(part), count: part.count, status: part.status, sharp: part.sharp })
                .collect()
        }
    };
    let mut fields: Vec<Field> = keys.iter().map(|key| Field::new(key, DataType::Utf8, false)).collect();
    fields.extend([
        Field::new("lower", DataType::UInt64, true),
        Field::new("upper", DataType::UInt64, true),
        Field::new("estimate", DataType::Float64, true),
        Field::new("status", DataType::Utf8, false),
        Field::new("sharp", DataType::Boolean, false),
    ]);
    let mut columns: Vec<ArrayRef> = (0..keys.len())
        .map(|i| Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.key[i]))) as ArrayRef)
        .collect();
    columns.push(Arc::new(rows.iter().map(|row| row.count.lower).collect::<UInt64Array>()));
    columns.push(Arc::new(rows.iter().map(|row| row.count.upper).collect::<UInt64Array>()));
    columns.push(Arc::new(rows.iter().map(|row| row.count.estimate).collect::<Float64Array>()));
    columns.push(Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.status.name()))));
    columns.push(Arc::new(rows.iter().map(|row| Some(row.sharp)).collect::<BooleanArray>()));
    batch(&Arc::new(Schema::new(fields)), columns)
}

fn batch(schema: &SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|e| own(&e.into()))
}

fn in_memory(batch: RecordBatch) -> SqlResult<MemTable> {
    MemTable::try_new(batch.schema(), vec![vec![batch]])
}

/// An error about the text inside `cohort`: its place is told in words.
fn in_cohort(e: &Error, text: &str) -> Error {
    let near = e.span().and_then(|span| text.get(span)).filter(|near| !near.is_empty());
    let (what, text) = (e.what().clone(), format!("{text:?}"));
    let error = Error::new(
        e.kind(),
        match near {
            Some(near) => message!("sql.in_cohort_at", text = text, what = what, near = format!("{near:?}")),
            None => message!("sql.in_cohort", text = text, what = what),
        },
    );
    match e.remedy() {
        Some(hint) => error.with_hint(hint.clone()),
        None => error,
    }
}
