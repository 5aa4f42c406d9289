//! Errors for people: the text that they are about, the place in it, and a hint; and what a shell is told.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use ninzu::{Error, ErrorKind};

use crate::context::{Context, Style};

/// How a command ended that did what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, and the answer is no: nobody matches, too few, cannot tell.
    No,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::No => Self::FAILURE,
        }
    }
}

/// A text that was read, and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// A file's path, or what it is.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

impl Text {
    /// A failure that is about this text.
    pub(crate) fn blame(&self, error: Error) -> Failure {
        Failure::Error { error: Box::new(error), text: Some(Box::new(self.clone())) }
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong; perhaps in a text.
    Error {
        /// What.
        error: Box<Error>,
        /// The text that it points into.
        text: Option<Box<Text>>,
    },
    /// A check that was asked for failed.
    Check(Box<Error>),
    /// Nobody reads on: `| head`.
    Closed,
}

/// A result whose error is a [`Failure`].
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error { error: Box::new(error), text: None }
    }
}

/// Errors of writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        Error::new(ErrorKind::Io, format!("the result cannot be written: {error}")).into()
    }
}

/// A file that the operating system does not let us use.
pub(crate) fn refused(path: &Path, doing: &str, why: &dyn Display) -> Error {
    Error::new(ErrorKind::Io, format!("{} cannot be {doing}: {why}", path.display()))
}

impl Failure {
    /// Tells what is wrong on standard error, and the shell by the exit code.
    pub(crate) fn report(self, context: &Context) -> ExitCode {
        let (code, report) = match self {
            Self::Closed => return ExitCode::SUCCESS,
            Self::Check(error) => (ExitCode::FAILURE, Report::new(*error, None)),
            Self::Error { error, text } => (ExitCode::from(2), Report::new(*error, text)),
        };
        // A closed standard error cannot be told anything.
        let _ = write!(io::stderr().lock(), "{}", report.rendered(context.err));
        code
    }
}

/// An error as miette shows it.
#[derive(Debug)]
struct Report {
    error: Error,
    source: Option<NamedSource<String>>,
}

impl Report {
    fn new(error: Error, text: Option<Box<Text>>) -> Self {
        let points_into = |text: &Text| error.span().is_some_and(|span| text.text.get(span).is_some());
        // The end of a text gets a place that can be pointed at.
        let source = text.filter(|text| points_into(text)).map(|text| NamedSource::new(text.name, text.text + " "));
        Self { error, source }
    }

    fn rendered(&self, style: Style) -> String {
        let theme = match style {
            Style::Plain => GraphicalTheme::none(),
            Style::Lines => GraphicalTheme::unicode_nocolor(),
            Style::Colors => GraphicalTheme::unicode(),
        };
        let mut text = String::new();
        let handler =
            GraphicalReportHandler::new_themed(theme).with_links(false).with_width(100).with_wrap_lines(style != Style::Plain);
        if handler.render_report(&mut text, self).is_err() {
            text = format!("error: {self}\n{}\n", self.error.hint().unwrap_or_default());
        }
        text
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.hint().map(|hint| Box::new(hint) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.source.as_ref()?;
        let label =
            |span: Range<usize>| LabeledSpan::new_with_span(Some("here".into()), span.start..span.end.max(span.start + 1));
        Some(Box::new(self.error.span().into_iter().map(label)))
    }
}
