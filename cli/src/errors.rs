//! Errors for people: the text that they are about, the place in it, and a hint; and what a shell is told.

use std::fmt::{self, Display};
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan,
    SpanContents,
};
use ninzu::text::visible;
use ninzu::{Error, ErrorKind, Language, Message};

use crate::catalogue::{CATALOGUE, message};
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
        Error::new(ErrorKind::Io, message!("cli.result_unwritten", reason = error.to_string())).into()
    }
}

/// A file that the operating system does not let us use; `code` says for what.
pub(crate) fn refused(path: &Path, code: &'static str, why: &dyn Display) -> Error {
    let arguments = vec![("file", path.display().to_string().into()), ("reason", why.to_string().into())];
    Error::new(ErrorKind::Io, Message::new(&CATALOGUE, code, arguments))
}

impl Failure {
    /// Tells what is wrong on standard error, and the shell by the exit code.
    pub(crate) fn report(self, context: &Context) -> ExitCode {
        let (code, report) = match self {
            Self::Closed => return ExitCode::SUCCESS,
            Self::Check(error) => (ExitCode::FAILURE, Report::new(&error, None, context.language)),
            Self::Error { error, text } => (ExitCode::from(2), Report::new(&error, text, context.language)),
        };
        // A closed standard error cannot be told anything.
        let _ = write!(io::stderr().lock(), "{}", report.rendered(context.err));
        code
    }
}

/// An error as miette shows it.
#[derive(Debug)]
struct Report {
    message: String,
    hint: Option<String>,
    source: Option<Excerpt>,
    here: &'static str,
}

impl Report {
    fn new(error: &Error, text: Option<Box<Text>>, language: Language) -> Self {
        let source = text.zip(error.span()).and_then(|(text, span)| Excerpt::new(&text, span));
        let here = match language {
            Language::En => "here",
            Language::Ja => "ここ",
        };
        let say = |message: &Message| message.in_words_of(&CATALOGUE, language);
        Self { message: say(error.what()), hint: error.remedy().map(say), source, here }
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
            text = format!("error: {self}\n{}\n", self.hint.as_deref().unwrap_or_default());
        }
        text
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.source.as_ref()?.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some(self.here.to_owned()), span))))
    }
}

/// The lines around a place of a text: not too wide, however long they are, and nothing in them acts.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// The place, in the excerpt.
    span: Range<usize>,
    /// Where it is in the whole text, counted from 0.
    line: usize,
    column: usize,
    /// Which line of the whole text the excerpt begins with.
    first: usize,
}

/// How many characters before and behind a place are shown.
const AROUND: usize = 70;

impl Excerpt {
    /// What stands around a place, if the text has it.
    fn new(text: &Text, span: Range<usize>) -> Option<Self> {
        let (before, marked) = (text.text.get(..span.start)?, text.text.get(span)?);
        let after = &text.text[before.len() + marked.len()..];
        // What is marked ends with its line; the end of a text gets a place that can be pointed at.
        let (marked, after) = marked.split_once('\n').map_or((marked, after), |(marked, _)| (marked, ""));
        let mut lines = before.rsplit('\n');
        let own = lines.next().unwrap_or_default();
        let mut shown = String::new();
        if let Some(line) = lines.next() {
            shown += &(from_start(line) + "\n");
        }
        shown += &to_end(own);
        let start = shown.len();
        shown += &from_start(if marked.is_empty() { " " } else { marked });
        let span = start..shown.len();
        let mut rest = after.split('\n');
        shown += &from_start(rest.next().unwrap_or_default());
        if let Some(line) = rest.next().filter(|line| !line.is_empty()) {
            shown += &("\n".to_owned() + &from_start(line));
        }
        let line = before.matches('\n').count();
        let name = visible(&text.name).into_owned();
        Some(Self { name, text: shown, span, line, column: own.chars().count(), first: line.saturating_sub(1) })
    }
}

/// The first characters of a line.
fn from_start(line: &str) -> String {
    let shown: String = line.chars().take(AROUND).collect();
    let more = if shown.len() < line.len() { "…" } else { "" };
    format!("{}{more}", visible(&shown))
}

/// The last characters of a line.
fn to_end(line: &str) -> String {
    let cut = line.chars().count().saturating_sub(AROUND);
    let shown: String = line.chars().skip(cut).collect();
    format!("{}{}", if cut > 0 { "…" } else { "" }, visible(&shown))
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> std::result::Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        let (line, column) = (read.line() + self.first, read.column());
        let is_place = before == 0 && line == self.line;
        let column = if is_place { self.column } else { column };
        let (data, shown, lines) = (read.data(), *read.span(), read.line_count());
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), data, shown, line, column, lines)))
    }
}
