//! How long work reports on itself, without knowing who listens.

use std::path::Path;

/// Listens to long work. `()` does not listen.
pub trait Progress: Sync {
    /// A task begins; `total` is its number of steps, where that is known.
    fn begin(&self, _task: &str, _total: Option<u64>) {}
    /// Steps of the current task were done.
    fn advance(&self, _steps: u64) {}
    /// The current task ended.
    fn end(&self) {}
    /// Something was removed that a run left which was killed.
    fn removed(&self, _what: &Path) {}
}

impl Progress for () {}
