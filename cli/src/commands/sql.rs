//! `ninzu sql`: a statement over a release's cells, dictionaries and answers.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use ninzu::sql::{Folder, Selected};
use ninzu::{Error, ErrorKind};

use super::question::read_text;
use super::source::Source;
use super::target::Target;
use crate::args::{self, Format};
use crate::context::Context;
use crate::errors::{Outcome, Result};
use crate::render::{Column, Sheet, Value, ValueKind, csv, markdown, table};

/// Runs the statement, and writes its rows.
pub(crate) fn run(typed: &args::Sql, context: &Context) -> Result<Outcome> {
    let target = Target::from(typed.output.out.as_deref());
    if typed.output.format == Format::Parquet {
        target.refuse_terminal()?;
    }
    let statement = read_text(&typed.statement, "SQL", 1 << 20)?;
    let source = Source::from(&typed.source);
    let engine = Arc::new(source.open()?);
    let id = engine.release().id().to_owned();
    let session = ninzu::sql::session(typed.memory as usize * MIB)?;
    ninzu::sql::register(&session, &engine, Arc::new(Folder::new(&source.folder)))?;
    let (send, receive) = mpsc::channel();
    let text = statement.text.clone();
    // A thread of its own: a statement that takes too long ends with the program.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|e| Error::new(ErrorKind::Io, format!("the statement cannot be run: {e}")));
        let _ = send.send(runtime.and_then(|runtime| runtime.block_on(ninzu::sql::select(&session, &text))));
    });
    let late = |_| {
        Error::new(ErrorKind::InvalidQuery, format!("the statement took longer than {} s", typed.timeout))
            .with_hint("select less, or allow more with --timeout")
    };
    let found = receive.recv_timeout(Duration::from_secs(typed.timeout)).map_err(late)??;
    let bytes = match typed.output.format {
        Format::Table => table::render(&sheet(&found, "–")?).into_bytes(),
        Format::Markdown => markdown::render(&sheet(&found, "–")?).into_bytes(),
        Format::Csv => csv::render(&sheet(&found, "")?)?,
        Format::Json => (found.json()? + "\n").into_bytes(),
        Format::Parquet => found.parquet(&[("sql", statement.text.trim()), ("release", &id)])?,
    };
    target.write(&bytes)?;
    let rows: usize = found.batches.iter().map(arrow::array::RecordBatch::num_rows).sum();
    if typed.output.format == Format::Table {
        context.note(&match context.language {
            ninzu::Language::En => format!("{rows} {}", if rows == 1 { "row" } else { "rows" }),
            ninzu::Language::Ja => format!("{rows}行"),
        });
    }
    Ok(Outcome::Done)
}

const MIB: usize = 1 << 20;

/// The rows as texts; `null` is what nothing looks like.
fn sheet(found: &Selected, null: &str) -> Result<Sheet> {
    let fields = found.schema.fields();
    let kind = |field: &arrow::datatypes::Field| if field.data_type().is_numeric() { ValueKind::Number } else { ValueKind::Text };
    let columns = fields.iter().map(|field| Column::new(field.name(), field.name(), kind(field))).collect();
    let options = FormatOptions::default().with_null(null);
    let mut rows = Vec::new();
    for batch in &found.batches {
        let formats = batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options));
        let formats = formats.collect::<std::result::Result<Vec<_>, _>>().map_err(|e| failed(&e))?;
        for row in 0..batch.num_rows() {
            rows.push(formats.iter().map(|format| Value::text(format.value(row).to_string())).collect());
        }
    }
    Ok(Sheet { columns, rows })
}

fn failed(e: &dyn std::error::Error) -> Error {
    Error::new(ErrorKind::InvalidQuery, format!("the rows cannot be written: {e}"))
}
