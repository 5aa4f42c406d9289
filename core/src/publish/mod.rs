//! From person tables to a release: ingest, count, protect, write.

mod count;
mod plan;
mod population;
mod progress;
mod protect;
mod table;

pub use count::{Counted, Counter};
pub use plan::{MarginPlan, PairCodes, PairPlan};
pub use population::{Centre, Facts, Population, UNDATED};
pub use progress::Progress;
pub use protect::{Key, ProtectSummary, Protected, protect_release};
pub use table::{DeclaredCodes, Row, Table};
