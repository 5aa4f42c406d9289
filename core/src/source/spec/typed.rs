//! Single settings as they were typed, and what is wrong with them.

use std::ops::Range;

use jiff::civil::Date;
use ninzu_engine::message::Argument;
use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::raw::Text;
use crate::catalogue::message;

pub(crate) fn one_line(message: &str) -> String {
    message.trim().replace('\n', "; ")
}

pub(crate) fn invalid(message: Message, span: Range<usize>) -> Error {
    Error::new(ErrorKind::InvalidSpec, message).at(span)
}

/// An error for the first setting that is there although it would do nothing under a condition.
pub(crate) fn without_effect(settings: &[(&str, Option<Range<usize>>)], condition: Message) -> Result<()> {
    match settings.iter().find_map(|(name, span)| span.clone().map(|span| (name, span))) {
        Some((name, span)) => Err(invalid(message!("spec.no_effect", setting = *name, condition = condition), span)
            .with_hint(message!("hint.leave_out", setting = *name))),
        None => Ok(()),
    }
}

pub(crate) fn span(text: Option<&Text>) -> Option<Range<usize>> {
    text.map(Text::span)
}

pub(crate) fn needed(text: Option<&Text>, name: &str, at: Range<usize>, example: impl Into<Argument>) -> Result<String> {
    let Some(text) = text else {
        return Err(invalid(message!("spec.missing", setting = name), at)
            .with_hint(message!("hint.example", example = Into::<Argument>::into(example))));
    };
    full(text, name)
}

pub(crate) fn full(text: &Text, name: &str) -> Result<String> {
    if text.get_ref().trim().is_empty() {
        return Err(invalid(message!("spec.empty", setting = name), text.span()));
    }
    Ok(text.get_ref().clone())
}

/// The name of a release.
pub(crate) fn release_name(typed: &Text) -> Result<String> {
    let name = full(typed, "name")?;
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c)) || name.starts_with('.') {
        return Err(invalid(message!("spec.release_name", name = name), typed.span()).with_hint(message!("hint.release_name")));
    }
    Ok(name)
}

/// The day of `reference_date`.
pub(crate) fn day(typed: &toml::Spanned<toml::value::Datetime>) -> Result<Date> {
    let date = match (typed.get_ref().date, typed.get_ref().time, typed.get_ref().offset) {
        (Some(d), None, None) => {
            i16::try_from(d.year).ok().and_then(|y| Date::new(y, d.month.cast_signed(), d.day.cast_signed()).ok())
        }
        _ => None,
    };
    date.ok_or_else(|| invalid(message!("spec.no_day"), typed.span()).with_hint(message!("hint.day")))
}

/// The name of a dimension.
pub(crate) fn dimension_name(typed: &Text) -> Result<String> {
    let name = full(typed, "name")?;
    let reserved = ["centre", "lo", "hi"].contains(&name.as_str());
    if reserved || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        return Err(
            invalid(message!("spec.dimension_name", name = name), typed.span()).with_hint(message!("hint.dimension_name"))
        );
    }
    Ok(name)
}
