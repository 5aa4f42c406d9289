//! The query language: text or JSON to a [`Query`], names to ids in a [`Cohort`], its condition as a [`Predicate`].

mod ast;
mod json;
mod lex;
mod parse;
mod predicate;
mod print;
mod resolve;
mod suggest;
mod unknown;

pub use ast::{Expr, Name, Query};
pub use json::QUERY_SCHEMA;
pub use predicate::Predicate;
pub use resolve::{By, Cohort, Unnamed};
pub use unknown::UnknownCodes;
