//! What the command line says in its own words, in both languages: its errors, and hints that speak of options and commands.

use ninzu::message::Catalogue;

/// The texts.
pub(crate) static CATALOGUE: Catalogue = Catalogue::new(include_str!("../messages/en.toml"), include_str!("../messages/ja.toml"));

/// A message of the command line: its code and its arguments.
macro_rules! message {
    ($code:literal $(, $name:ident = $argument:expr)* $(,)?) => {
        ninzu::Message::new(
            &$crate::catalogue::CATALOGUE,
            $code,
            vec![$((stringify!($name), ninzu::message::Argument::from($argument))),*],
        )
    };
}
pub(crate) use message;
