//! How long work reports on itself, without knowing who listens.

/// Listens to long work. `()` does not listen.
pub trait Progress: Sync {
    /// A task begins; `total` is its number of steps, where that is known.
    fn begin(&self, _task: &str, _total: Option<u64>) {}
    /// Steps of the current task were done.
    fn advance(&self, _steps: u64) {}
    /// The current task ended.
    fn end(&self) {}
}

impl Progress for () {}
