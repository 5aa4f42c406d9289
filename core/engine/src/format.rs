//! The files of a release: bytes in, verified rows out.

mod dictionary;
mod hash;
pub mod manifest;
mod parquet_pages;
mod row_group;
mod row_index;
mod schema;

pub use dictionary::{ListedCodes, read_dictionary};
pub use hash::sha256_hex;
pub(crate) use row_group::{Chunk, GroupColumns, decode};
pub(crate) use schema::ALL;
pub use schema::cells_schema;
