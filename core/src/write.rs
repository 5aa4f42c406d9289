//! Writing a release: the same bytes for the same input on any machine, aside first and renamed whole.

mod folder;
mod parquet;
mod release;

pub(crate) use folder::refuse_existing;
pub use folder::{OutputFolder, write_folder};
pub use release::{ReleaseFiles, ReleaseMeta, Written, release_files, write_release, write_release_at};
