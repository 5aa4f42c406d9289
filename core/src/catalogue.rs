//! The crate's messages besides the engine's, in both languages; the browser's SQL module has the English ones.

use ninzu_engine::message::Catalogue;

/// The texts of this crate's messages.
pub(crate) static CATALOGUE: Catalogue = if cfg!(target_family = "wasm") {
    Catalogue::new(include_str!("../messages/en.toml"), "")
} else {
    Catalogue::new(include_str!("../messages/en.toml"), include_str!("../messages/ja.toml"))
};

/// A message of this crate: its code and its arguments.
macro_rules! message {
    ($code:literal $(, $name:ident = $argument:expr)* $(,)?) => {
        ninzu_engine::Message::new(
            &$crate::catalogue::CATALOGUE,
            $code,
            vec![$((stringify!($name), ninzu_engine::message::Argument::from($argument))),*],
        )
    };
}
pub(crate) use message;

/// Several messages as one.
#[cfg(feature = "audit")]
pub(crate) fn listed(messages: impl Iterator<Item = ninzu_engine::Message>) -> ninzu_engine::message::Argument {
    let all = messages.reduce(|first, then| message!("list.then", first = first, then = then));
    all.map_or_else(|| "".into(), Into::into)
}
