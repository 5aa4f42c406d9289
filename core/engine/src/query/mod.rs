//! The query language: text or JSON to a [`Query`], names to ids in a [`Cohort`], its condition as a [`Predicate`].

mod ast;
mod json;
mod lex;
mod parse;
mod predicate;
mod print;
mod resolve;

pub use ast::{Expr, Name, Query};
pub use json::QUERY_SCHEMA;
pub use predicate::Predicate;
pub use resolve::{By, Cohort};

/// Longest text of a query, in bytes.
const MAX_TEXT: usize = 65_536;

/// Most words in a query: every dimension and every value or code is one.
const MAX_WORDS: usize = 2_048;

/// Deepest nesting of a query; so chosen that its JSON stays within what JSON readers accept (128).
const MAX_DEPTH: usize = 60;
