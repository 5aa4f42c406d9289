//! Properties of the engine.

mod bounds;
mod dictionary;
mod limits;
mod populations;
mod query;
mod query_errors;
mod query_texts;
