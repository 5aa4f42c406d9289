//! What went wrong in DataFusion, in words for whoever wrote the statement.

use datafusion::arrow::error::ArrowError;
use datafusion::common::DataFusionError;
use ninzu_engine::{Error, ErrorKind};

/// What a statement can name.
const TABLES: &str = "tables: `show tables`; answers: select * from cohort('diagnosis = G40')";

/// A result as DataFusion wants it.
pub(super) type SqlResult<T> = std::result::Result<T, DataFusionError>;

/// An error of ours on its way through DataFusion.
pub(super) fn external(e: Error) -> DataFusionError {
    DataFusionError::External(Box::new(e))
}

/// An error of DataFusion as one of ours; one of ours that came through it as it was.
pub(super) fn own(e: &DataFusionError) -> Error {
    let said = |text: &str, hint: &str| Error::new(ErrorKind::InvalidQuery, text).with_hint(hint);
    match e.find_root() {
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(own) => own.clone(),
            None => said(&inner.to_string(), TABLES),
        },
        // A group of errors has each in full: the first is enough.
        DataFusionError::Collection(all) if !all.is_empty() => own(&all[0]),
        DataFusionError::Diagnostic(_, inner) => own(inner),
        DataFusionError::ResourcesExhausted(_) => out_of_memory(),
        DataFusionError::SQL(parser, _) => {
            let text = parser.to_string();
            let text = text.trim_start_matches("sql parser error: ");
            if text.contains("recursion limit") {
                return said("the statement is nested too deeply", "use fewer brackets and subqueries inside each other");
            }
            said(
                &format!("the statement cannot be read: {text}"),
                "one statement that begins with select, with, show or describe",
            )
        }
        DataFusionError::NotImplemented(text) => said(
            &format!("the statement uses what is not there: {}", brief(text)),
            "write it in another way; functions are those of DataFusion",
        ),
        DataFusionError::ArrowError(inner, _) => of_arrow(inner),
        DataFusionError::Internal(text) => said(
            &format!("the statement cannot be run as it is written: {}", brief(text)),
            "write it in another way: other types, a cast, or a simpler expression",
        ),
        DataFusionError::Plan(text) | DataFusionError::Execution(text) | DataFusionError::Configuration(text) => {
            said(&brief(text), TABLES)
        }
        root => said(&brief(&root.strip_backtrace()), TABLES),
    }
}

/// Memory ran out.
pub fn out_of_memory() -> Error {
    Error::new(ErrorKind::InvalidQuery, "the statement needs more memory than it may have")
        .with_hint("select fewer rows or columns, or group them; or allow more memory")
}

fn of_arrow(e: &ArrowError) -> Error {
    let (text, hint) = match e {
        ArrowError::ArithmeticOverflow(text) | ArrowError::ComputeError(text) if text.to_lowercase().contains("overflow") => (
            format!("a number does not fit its type: {}", brief(text)),
            "counts are unsigned: cast them before they may become negative or large, as in cast(lo as bigint) - hi",
        ),
        ArrowError::DivideByZero => ("a division by zero".to_owned(), "use nullif: lo / nullif(hi, 0)"),
        ArrowError::ExternalError(inner) => match inner.downcast_ref::<DataFusionError>() {
            Some(inner) => return own(inner),
            None => (inner.to_string(), TABLES),
        },
        other => {
            let text = other.to_string();
            // "Cast error: ..": the kind says nothing that the text does not.
            let text = text.split_once(" error: ").map_or(text.as_str(), |(_, text)| text);
            (brief(text), "cast values to a type that holds them, or leave out those that it does not hold: try_cast")
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
