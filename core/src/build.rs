//! From a steward's spec to a release folder: count, protect, repair, audit, write.

mod checkpoint;
mod count;
mod key;
mod margins;
mod named_codes;
mod previous;
mod protect;
mod run;
mod steward_report;

pub use count::{Counted, Counter};
pub use key::Key;
pub use margins::{MarginPlan, PairPlan};
pub use previous::Kept;
pub use protect::{ProtectSummary, Protected, protect_release};
pub use run::{BuildOptions, BuildSummary, Proof, build, dry_run, margin_plan, release_meta};
