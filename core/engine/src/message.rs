//! Messages as data: a code and arguments with names. A catalogue has a text for each code, in each language.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::Language;
use crate::limits;
use crate::text::{cut, thousands, visible_but};

/// Texts of messages by their codes, in each language: lines of TOML such as `query.too_long = "the query is longer than {most} bytes"`.
///
/// A value stands between double or single quotes, or three single ones, and is taken as it is: nothing is escaped.
pub struct Catalogue {
    en: &'static str,
    ja: &'static str,
}

impl fmt::Debug for Catalogue {
    /// Without its texts: an error that is printed for a developer carries its catalogue along.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").finish_non_exhaustive()
    }
}

/// The engine's own texts. In the browser it has none: whoever catches an error there has them.
pub static CATALOGUE: Catalogue = if cfg!(target_family = "wasm") {
    Catalogue::new("", "")
} else {
    Catalogue::new(include_str!("../messages/en.toml"), include_str!("../messages/ja.toml"))
};

impl Catalogue {
    /// A catalogue from its files.
    pub const fn new(en: &'static str, ja: &'static str) -> Self {
        Self { en, ja }
    }

    /// The text of a code.
    pub fn text(&self, language: Language, code: &str) -> Option<&'static str> {
        self.texts(language).find(|text| text.0 == code).map(|text| text.1)
    }

    /// Every code with its text, in the order of the file.
    pub fn texts(&self, language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
        let file = match language {
            Language::En => self.en,
            Language::Ja => self.ja,
        };
        file.lines().filter_map(|line| {
            let (code, value) = line.split_once(" = ")?;
            let quotes = if value.starts_with("'''") { 3 } else { 1 };
            (!code.starts_with('#')).then_some((code, value.get(quotes..value.len().checked_sub(quotes)?)?))
        })
    }
}

/// What is said: a code, and arguments by their names. How that is worded is said by its catalogue.
///
/// # Examples
/// ```
/// use ninzu_engine::message::{CATALOGUE, Message};
/// use ninzu_engine::Language;
///
/// let message = Message::new(&CATALOGUE, "query.too_long", vec![("most", 65_536_u32.into())]);
/// assert_eq!(message.to_string(), "the query is longer than 65536 bytes");
/// assert_eq!(message.in_language(Language::Ja), "条件が長すぎます（65536バイトまで）");
/// ```
#[derive(Debug, Clone)]
pub struct Message {
    code: &'static str,
    arguments: Vec<(&'static str, Argument)>,
    catalogue: &'static Catalogue,
}

/// What a message speaks of. Characters that act instead of being seen are written out, and what is endless is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// A name that there is, and a label of it if that helps to tell which it is.
    Name(String, Option<String>),
    /// Several of these.
    List(Vec<Argument>),
    /// A phrase that each language says in its own way.
    Message(Message),
}

/// A message of the engine: its code and its arguments.
macro_rules! message {
    ($code:literal $(, $name:ident = $argument:expr)* $(,)?) => {
        $crate::message::Message::of($code, vec![$((stringify!($name), $crate::message::Argument::from($argument))),*])
    };
}
pub(crate) use message;

impl Message {
    /// The code of what is not in a catalogue: its text is an argument.
    pub const TEXT: &str = "text";

    /// A message whose texts are in a catalogue.
    pub fn new(catalogue: &'static Catalogue, code: &'static str, arguments: Vec<(&'static str, Argument)>) -> Self {
        Self { code, arguments, catalogue }
    }

    /// A message of the engine.
    pub(crate) fn of(code: &'static str, arguments: Vec<(&'static str, Argument)>) -> Self {
        Self::new(&CATALOGUE, code, arguments)
    }

    /// Its code: what programs tell it by.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What it speaks of, by name.
    pub fn arguments(&self) -> &[(&'static str, Argument)] {
        &self.arguments
    }

    /// The message in a language.
    pub fn in_language(&self, language: Language) -> String {
        Words { language, own: None }.say(self)
    }

    /// The same, but a catalogue has words of its own for some codes: a program says what its user can do about it.
    pub fn in_words_of(&self, own: &Catalogue, language: Language) -> String {
        Words { language, own: Some(own) }.say(self)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_language(Language::En))
    }
}

/// Two messages are equal if they say the same.
impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.arguments == other.arguments
    }
}

impl Eq for Message {}

/// A message for programs: `code`, `args`, and as `text` the English words with places for the arguments, where a catalogue is there.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code)?;
        if !self.arguments.is_empty() {
            map.serialize_entry("args", &Arguments(&self.arguments))?;
        }
        if let Some(text) = self.catalogue.text(Language::En, self.code) {
            map.serialize_entry("text", text)?;
        }
        map.end()
    }
}

struct Arguments<'a>(&'a [(&'static str, Argument)]);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, argument) in self.0 {
            map.serialize_entry(name, argument)?;
        }
        map.end()
    }
}

/// A text, a number, a list, a message, or a name as `{"name", "label"}`.
impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Name(name, label) => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("name", name)?;
                if let Some(label) = label {
                    map.serialize_entry("label", label)?;
                }
                map.end()
            }
            Self::List(items) => serializer.collect_seq(items),
            Self::Message(message) => message.serialize(serializer),
        }
    }
}

/// How messages are worded.
#[derive(Clone, Copy)]
struct Words<'a> {
    language: Language,
    own: Option<&'a Catalogue>,
}

impl Words<'_> {
    fn say(self, message: &Message) -> String {
        let mut said = String::new();
        self.message(message, &mut said);
        cut(&said, limits::MESSAGE).into_owned()
    }

    /// The text of a code; without one the code itself.
    fn text(self, catalogue: &Catalogue, code: &'static str) -> &'static str {
        let own = self.own.and_then(|own| own.text(self.language, code));
        own.or_else(|| catalogue.text(self.language, code)).unwrap_or(code)
    }

    fn message(self, message: &Message, said: &mut String) {
        let mut rest = self.text(message.catalogue, message.code);
        while let Some((before, behind)) = rest.split_once('{') {
            said.push_str(before);
            rest = behind;
            // Other braces are text: `{"filter": ...}`.
            let place = behind.split_once('}').and_then(|(place, behind)| {
                let (name, form) = place.split_once(", ").unwrap_or((place, ""));
                let argument = message.arguments.iter().find(|argument| argument.0 == name)?;
                Some((&argument.1, form, behind))
            });
            if let Some((argument, form, behind)) = place {
                self.argument(argument, form, said);
                rest = behind;
            } else {
                said.push('{');
            }
        }
        said.push_str(rest);
    }

    fn argument(self, argument: &Argument, form: &str, said: &mut String) {
        match argument {
            Argument::Text(text) => said.push_str(text),
            Argument::Number(number) if form == "grouped" => said.push_str(&thousands(*number)),
            Argument::Number(number) => said.push_str(&number.to_string()),
            Argument::Name(name, label) => {
                said.extend(["`", name, "`"]);
                if let Some(label) = label {
                    said.extend([" (", label, ")"]);
                }
            }
            Argument::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let is_choice = form == "or" && i + 1 == items.len();
                    if i > 0 {
                        said.push_str(self.text(&CATALOGUE, if is_choice { "list.or" } else { "list.separator" }));
                    }
                    self.argument(item, "", said);
                }
            }
            Argument::Message(message) => self.message(message, said),
        }
    }
}

/// A text of at most so many characters, none of which acts but line breaks.
fn sayable(text: &str) -> String {
    let start = cut(text, limits::MESSAGE);
    cut(&visible_but(&start, &['\n']), limits::MESSAGE).into_owned()
}

impl Argument {
    /// A name that there is, and a label of it if that helps to tell which it is.
    pub fn name(name: &str, label: Option<Cow<'_, str>>) -> Self {
        Self::Name(sayable(name), label.map(|label| sayable(&label)))
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(sayable(text))
    }
}

impl From<&String> for Argument {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Argument {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<u64> for Argument {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Argument {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Argument {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

/// As it stands in an English sentence.
impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = String::new();
        Words { language: Language::En, own: None }.argument(self, "", &mut said);
        f.write_str(&said)
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

impl<T: Into<Argument>> From<Vec<T>> for Argument {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

/// A text that no catalogue has, in whatever language it is.
impl From<&str> for Message {
    fn from(text: &str) -> Self {
        message!("text", text = text)
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Cow<'_, str>> for Message {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}
