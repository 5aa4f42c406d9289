//! What the options mean that every command understands.

use std::io::{self, IsTerminal, Write};

use ninzu::Language;
use ninzu::Progress;

use crate::args::{Common, Lang, When};
use crate::progress::{Bars, Notes};
use crate::render::{BOLD, DIM, PLAIN, safe};

/// How a stream looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A file, a pipe.
    Plain,
    /// A terminal without colours.
    Lines,
    /// Colours.
    Colors,
}

/// How to speak.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// The language of answers.
    pub(crate) language: Language,
    /// How standard output looks.
    pub(crate) out: Style,
    /// How standard error looks.
    pub(crate) err: Style,
    /// Whether to say what was not asked for.
    talks: bool,
}

impl Context {
    /// What the options mean here: on this terminal, in this environment.
    pub(crate) fn new(common: &Common) -> Self {
        if common.verbose > 0 {
            let level = match common.verbose {
                1 => tracing::Level::INFO,
                2 => tracing::Level::DEBUG,
                _ => tracing::Level::TRACE,
            };
            let ansi = style(common.color, io::stderr().is_terminal()) == Style::Colors;
            tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_ansi(ansi).init();
        }
        let language = match common.lang {
            Some(Lang::En) => Language::En,
            Some(Lang::Ja) => Language::Ja,
            None => language_of(|name| std::env::var(name).ok()),
        };
        Self {
            language,
            out: style(common.color, io::stdout().is_terminal()),
            err: style(common.color, io::stderr().is_terminal()),
            talks: !common.quiet,
        }
    }

    /// A text in the language of answers.
    pub(crate) fn say<'a>(&self, en: &'a str, ja: &'a str) -> &'a str {
        match self.language {
            Language::En => en,
            Language::Ja => ja,
        }
    }

    /// Tells something on standard error, unless told to be quiet.
    pub(crate) fn note(&self, text: &str) {
        if self.talks {
            // A closed standard error is no reason to stop.
            let _ = writeln!(io::stderr().lock(), "{}", safe(text));
        }
    }

    /// Who listens to long work: bars on a terminal, else who tells only what must be told.
    pub(crate) fn progress(&self) -> Box<dyn Progress> {
        if self.talks && io::stderr().is_terminal() { Box::new(Bars::new(*self)) } else { Box::new(Notes(*self)) }
    }

    /// A heading on standard output.
    pub(crate) fn bold(&self, text: &str) -> String {
        match self.out {
            Style::Colors => format!("{BOLD}{text}{PLAIN}"),
            Style::Lines | Style::Plain => text.to_owned(),
        }
    }

    /// Something of less weight on standard output.
    pub(crate) fn dim(&self, text: &str) -> String {
        match self.out {
            Style::Colors => format!("{DIM}{text}{PLAIN}"),
            Style::Lines | Style::Plain => text.to_owned(),
        }
    }
}

fn style(when: When, is_terminal: bool) -> Style {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match when {
        When::Always => Style::Colors,
        When::Auto if is_terminal && !refused => Style::Colors,
        When::Auto | When::Never if is_terminal => Style::Lines,
        When::Auto | When::Never => Style::Plain,
    }
}

/// The language of an environment: the first variable that is set decides.
fn language_of(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    if set.is_some_and(|value| value.starts_with("ja")) { Language::Ja } else { Language::En }
}
