//! SQL over a release, for any DataFusion session: its cells, its dictionaries, and answers.
//!
//! - `cells_base`, `cells_diagnosis`, `cells_diagnosis_specimen`, ...: the published rows of each table, as its file holds them.
//!   Null in a partition column means "all"; declared cells that are not listed have no row.
//! - `dimensions`: every value of every dimension, with its place in the hierarchy and its labels.
//! - `cohort('query')`: the bounds that the engine finds for a query, for each centre, or broken down as the query says.
//!
//! # Examples
//! ```no_run
//! # async fn example() -> ninzu::Result<()> {
//! use std::{path::Path, sync::Arc};
//! use ninzu::sql::{self, Folder};
//!
//! let folder = Path::new("release");
//! let engine = Arc::new(ninzu::open_folder(folder, ninzu::Trust::Audited)?);
//! let session = sql::session(1 << 30)?;
//! sql::register(&session, &engine, Arc::new(Folder::new(folder)))?;
//! let found = sql::select(&session, "select centre, lower, upper from cohort('diagnosis = G40') where upper > 99").await?;
//! # Ok(())
//! # }
//! ```

mod arithmetic;
mod failure;
mod limits;
mod release;
mod session;

pub use datafusion::prelude::SessionContext;

pub use failure::{bytes_awaited, not_started, nothing_run, out_of_memory};
pub use release::{Folder, Host, ParquetRows, Running, STACK, Selected, json_lines, register, select, start};
pub use session::{session, small_session};
