//! What went wrong in DataFusion, in words for whoever wrote the statement.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use ninzu_engine::{Error, ErrorKind, Message};

use crate::catalogue::message;

/// What a statement can name.
fn tables() -> Message {
    message!("hint.sql_tables")
}

/// A result as DataFusion wants it.
pub(super) type SqlResult<T> = std::result::Result<T, DataFusionError>;

/// An error of ours on its way through DataFusion.
pub(super) fn external(e: Error) -> DataFusionError {
    DataFusionError::External(Box::new(e))
}

/// An error of DataFusion as one of ours; one of ours that came through it as it was.
pub(super) fn own(e: &DataFusionError) -> Error {
    let said = |what: Message, hint| Error::new(ErrorKind::InvalidQuery, what).with_hint(hint);
    match e.find_root() {
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(own) => own.clone(),
            None => said(message!("sql.failed", reason = inner.to_string()), tables()),
        },
        // A group of errors has each in full: the first is enough.
        DataFusionError::Collection(all) if !all.is_empty() => own(&all[0]),
        DataFusionError::Diagnostic(_, inner) => own(inner),
        DataFusionError::ResourcesExhausted(_) => out_of_memory(),
        DataFusionError::SQL(parser, _) => {
            let text = parser.to_string();
            let text = text.trim_start_matches("sql parser error: ");
            if text.contains("recursion limit") {
                return said(message!("sql.too_deep"), message!("hint.sql_less_deep"));
            }
            said(message!("sql.unread", reason = text), message!("hint.sql_one_statement"))
        }
        DataFusionError::NotImplemented(text) => {
            said(message!("sql.not_there", reason = brief(text)), message!("hint.sql_functions"))
        }
        DataFusionError::ArrowError(inner, _) => of_arrow(inner),
        DataFusionError::Internal(text) => {
            said(message!("sql.not_as_written", reason = brief(text)), message!("hint.sql_otherwise"))
        }
        DataFusionError::Plan(text) | DataFusionError::Execution(text) | DataFusionError::Configuration(text) => {
            said(message!("sql.failed", reason = brief(text)), tables())
        }
        root => said(message!("sql.failed", reason = brief(&root.strip_backtrace())), tables()),
    }
}

/// A host that has not brought the bytes yet: the statement is to be run again.
pub fn bytes_awaited() -> Error {
    Error::new(ErrorKind::MissingBytes, message!("sql.bytes_awaited"))
}

/// The session asks for rows, and no statement was run.
pub fn nothing_run() -> Error {
    Error::new(ErrorKind::InvalidQuery, message!("sql.nothing_run"))
}

/// What runs statements could not be started.
pub fn not_started(why: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, message!("sql.not_started", reason = why.to_string())).caused_by(why)
}

/// Memory ran out.
pub fn out_of_memory() -> Error {
    Error::new(ErrorKind::InvalidQuery, message!("sql.memory")).with_hint(message!("hint.sql_memory"))
}

fn of_arrow(e: &ArrowError) -> Error {
    let (text, hint) = match e {
        ArrowError::ArithmeticOverflow(text) | ArrowError::ComputeError(text) if text.to_lowercase().contains("overflow") => {
            (message!("sql.overflow", reason = brief(text)), message!("hint.sql_cast_counts"))
        }
        ArrowError::DivideByZero => (message!("sql.division"), message!("hint.sql_nullif")),
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => return own(inner),
            None => (message!("sql.failed", reason = inner.to_string()), tables()),
        },
        other => {
            let text = other.to_string();
            // "Cast error: ..": the kind says nothing that the text does not.
            let text = text.split_once(" error: ").map_or(text.as_str(), |(_, text)| text);
            (message!("sql.failed", reason = brief(text)), message!("hint.sql_try_cast"))
        }
    };
    Error::new(ErrorKind::InvalidQuery, text).with_hint(hint)
}

/// The text without what is meant for DataFusion's own developers: backtraces, where it went wrong, and the request to report what it calls a bug.
fn brief(text: &str) -> String {
    let text = text.split(DataFusionError::BACK_TRACE_SEP).next().unwrap_or(text);
    let text = text.split("This issue was likely caused by a bug").next().unwrap_or(text);
    let text = text.split("This was likely caused by a bug").next().unwrap_or(text);
    let text = text.replace("Internal error: ", "").replace("Error during planning: ", "");
    text.trim().trim_end_matches('.').to_owned()
}
