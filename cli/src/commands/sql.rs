//! `ninzu sql`: a statement over a release's cells, dictionaries and answers.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ninzu::sql::{Folder, ParquetRows, Running, STACK, SessionContext, json_lines, out_of_memory};
use ninzu::{Error, ErrorKind};

use super::question::read_text;
use super::source::Source;
use super::target::{Output, Target};
use crate::args::{self, Format};
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{Column, ResultTable, Value, ValueKind, csv, markdown, table};

/// Runs the statement, and writes its rows.
pub(crate) fn run(typed: &args::Sql, context: &Context) -> Result<Outcome> {
    let target = Target::from(typed.output.out.as_deref());
    if typed.output.format == Format::Parquet {
        target.refuse_terminal()?;
    }
    let statement = read_text(&typed.statement, "SQL", 1 << 20)?;
    let source = Source::from(&typed.source);
    let engine = Arc::new(source.open()?);
    let release = engine.release().id().to_owned();
    let memory = typed.memory as usize * MIB;
    let session = ninzu::sql::session(memory)?;
    ninzu::sql::register(&session, &engine, Arc::new(Folder::new(&source.folder)))?;
    let output = target.open()?;
    let unfinished = output.unfinished();
    let job = Job { session, text: statement.text, release, format: typed.output.format, output };
    let (send, receive) = mpsc::channel();
    // What breaks in there is told here, once; to developers with --verbose.
    std::panic::set_hook(Box::new(|broken| tracing::error!("{broken}")));
    // A thread of its own: a statement that takes too much ends with the program.
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || send.send(job.run()));
    thread.map_err(|e| Error::new(ErrorKind::Io, message!("cli.sql_failed", reason = e.to_string())))?;
    let limits = Limits { time: Duration::from_secs(typed.timeout), memory };
    let rows = limits.wait(&receive).inspect_err(|_| {
        // Where the statement still runs, nobody else removes what it has written.
        let _ = unfinished.map(std::fs::remove_file);
    })?;
    if typed.output.format == Format::Table {
        context.note(&match context.language {
            ninzu::Language::En => format!("{rows} {}", if rows == 1 { "row" } else { "rows" }),
            ninzu::Language::Ja => format!("{rows}行"),
        });
    }
    Ok(Outcome::Done)
}

const MIB: usize = 1 << 20;

/// What a statement may take.
struct Limits {
    time: Duration,
    memory: usize,
}

/// How often its memory is looked at.
const LOOK: Duration = Duration::from_millis(20);

impl Limits {
    /// Waits for a statement to end, or ends waiting.
    ///
    /// The session counts what rows and groups take; this counts all, also what single values take.
    fn wait(&self, receive: &Receiver<Result<usize>>) -> Result<usize> {
        let (start, before) = (Instant::now(), resident());
        loop {
            match receive.recv_timeout(LOOK) {
                Ok(ended) => return ended,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::InvalidQuery, message!("cli.sql_broke_off"))
                        .with_hint(message!("hint.sql_tell_where"))
                        .into());
                }
            }
            if start.elapsed() > self.time {
                let late = message!("cli.sql_late", seconds = self.time.as_secs());
                return Err(Error::new(ErrorKind::InvalidQuery, late).with_hint(message!("hint.sql_timeout")).into());
            }
            if let (Some(before), Some(now)) = (before, resident())
                && now.saturating_sub(before) > self.memory
            {
                return Err(out_of_memory().into());
            }
        }
    }
}

/// How much memory the program has, where the system says so.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok());
    Some(kib? << 10)
}

/// A statement, and where its rows go.
struct Job {
    session: SessionContext,
    text: String,
    release: String,
    format: Format,
    output: Output,
}

/// What a cell takes in a table for people, beside its text.
const CELL: usize = 400;

impl Job {
    /// Runs it; how many rows there were.
    fn run(mut self) -> Result<usize> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|e| Error::new(ErrorKind::Io, message!("cli.sql_failed", reason = e.to_string())))?;
        let written = runtime.block_on(self.write());
        let rows = written.map_err(|failure| self.output.failure(failure))?;
        self.output.finish()?;
        Ok(rows)
    }

    async fn write(&mut self) -> Result<usize> {
        let mut running = ninzu::sql::start(&self.session, &self.text).await?;
        match self.format {
            Format::Table => self.table(&mut running).await,
            Format::Parquet => self.parquet(&mut running).await,
            Format::Json | Format::Csv | Format::Markdown => self.lines(&mut running).await,
        }
    }

    /// All rows at once: the widths of the columns are known when all are there.
    async fn table(&mut self, running: &mut Running) -> Result<usize> {
        let mut all = columns(&running.schema);
        while let Some(batch) = running.next().await? {
            running.hold(batch.get_array_memory_size() + batch.num_rows() * batch.num_columns() * CELL)?;
            all.rows.extend(sheet(&batch, "–")?.rows);
        }
        let written = self.output.write_all(table::render(&all).as_bytes());
        self.output.ended(written)?;
        Ok(all.rows.len())
    }

    async fn parquet(&mut self, running: &mut Running) -> Result<usize> {
        let about = [("sql", self.text.trim()), ("release", self.release.as_str())];
        let mut file = ParquetRows::new(&mut self.output, &running.schema, &about)?;
        let mut rows = 0;
        while let Some(batch) = running.next().await? {
            rows += batch.num_rows();
            file.write(&batch)?;
        }
        file.finish()?;
        Ok(rows)
    }

    /// Line by line, as they come.
    async fn lines(&mut self, running: &mut Running) -> Result<usize> {
        let none = columns(&running.schema);
        let mut rows = 0;
        self.put(&match self.format {
            Format::Csv => csv::header(&none)?,
            Format::Markdown => markdown::render(&none).into_bytes(),
            _ => Vec::new(),
        })?;
        while let Some(batch) = running.next().await? {
            let bytes = match self.format {
                Format::Csv => csv::rows(&sheet(&batch, "")?)?,
                Format::Markdown => markdown::rows(&sheet(&batch, "–")?).into_bytes(),
                _ => {
                    let lines = json_lines(&batch)?;
                    let lines: Vec<&str> = lines.lines().collect();
                    let before = if rows == 0 { "[\n" } else { ",\n" };
                    if lines.is_empty() { Vec::new() } else { format!("{before}{}", lines.join(",\n")).into_bytes() }
                }
            };
            rows += batch.num_rows();
            self.put(&bytes)?;
        }
        if self.format == Format::Json {
            self.put(if rows == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        Ok(rows)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.output.write_all(bytes);
        self.output.ended(written)
    }
}

/// A table without rows.
fn columns(schema: &SchemaRef) -> ResultTable {
    let kind = |field: &arrow::datatypes::Field| if field.data_type().is_numeric() { ValueKind::Number } else { ValueKind::Text };
    let columns = schema.fields().iter().map(|field| Column::new(field.name(), field.name(), kind(field))).collect();
    ResultTable { columns, rows: Vec::new() }
}

/// Rows as texts; `null` is what nothing looks like.
fn sheet(batch: &RecordBatch, null: &str) -> Result<ResultTable> {
    let options = FormatOptions::default().with_null(null);
    let formats = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
    let formats = formats.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| failed(&e))?;
    let row = |row| formats.iter().map(|format| Value::text(format.value(row).to_string())).collect();
    Ok(ResultTable { columns: columns(&batch.schema()).columns, rows: (0..batch.num_rows()).map(row).collect() })
}

fn failed(e: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::InvalidQuery, message!("cli.rows_unwritten", reason = e.to_string()))
}
