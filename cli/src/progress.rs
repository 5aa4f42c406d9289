//! Progress of long work, drawn on standard error.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ninzu::Progress;

use crate::context::Context;

/// One bar at a time: each task's in turn.
#[derive(Debug)]
pub(crate) struct Bars {
    bar: Mutex<Option<ProgressBar>>,
    context: Context,
}

/// No bars, but what must be told.
#[derive(Debug)]
pub(crate) struct Notes(pub(crate) Context);

impl Progress for Notes {
    fn removed(&self, what: &Path) {
        let removed = self.0.say("removed what a run that was killed had left", "中断された実行が残したものを削除しました");
        self.0.note(&format!("{removed}: {}", what.display()));
    }
}

impl Bars {
    pub(crate) fn new(context: Context) -> Self {
        Self { bar: Mutex::default(), context }
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        if let Ok(mut slot) = self.bar.lock()
            && let Some(old) = std::mem::replace(&mut *slot, bar)
        {
            old.finish_and_clear();
        }
    }
}

impl Progress for Bars {
    fn begin(&self, task: &str, total: Option<u64>) {
        let (bar, template) = match total {
            Some(total) => {
                (ProgressBar::new(total), "{spinner} {msg:<20} {bar:30} {human_pos}/{human_len} {elapsed}, {eta} left")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {msg:<20} {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(task.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        self.replace(Some(bar));
    }

    fn advance(&self, steps: u64) {
        if let Ok(slot) = self.bar.lock()
            && let Some(bar) = &*slot
        {
            bar.inc(steps);
        }
    }

    fn end(&self) {
        self.replace(None);
    }

    fn removed(&self, what: &Path) {
        self.replace(None);
        Notes(self.context).removed(what);
    }
}
