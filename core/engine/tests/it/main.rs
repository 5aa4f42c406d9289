//! Laws of the engine.

mod blocks;
mod bounds;
mod limits;
mod query;
mod query_errors;
mod query_texts;
