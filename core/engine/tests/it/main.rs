//! The laws of the engine.

mod query;
mod query_errors;
mod query_texts;
