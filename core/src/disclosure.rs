//! Proof that a release keeps its promise, from its published files alone.
//!
//! > For every declared cell that is published with a lower bound below the threshold `k` or suppressed, the linear program over
//! > the published intervals of each audited subproblem has minimum 0 and maximum at least `k - 1`.
//!
//! And for every difference of two such cells, one inside the other, that somebody can be in: maximum at least `k`, or at least
//! `k - 1` with minimum 0. Subproblems and bounds are those that questions use: attacker and reader are one.

mod aggregations;
mod attacker;
mod audit;
mod binding;
mod cell_intervals;
mod composed;
mod decoys;
mod forecast;
mod label_order;
mod public_knowledge;
mod repair;
mod report;
mod shown;
mod subproblems;
mod system;
mod versions;
mod violation;

#[cfg(feature = "publish")]
pub(crate) use audit::can_be_proved;
pub use audit::{Audit, AuditTotals, audit, audit_release, audit_versions};
pub use binding::{AUDIT, check_audit};
#[cfg(feature = "publish")]
pub(crate) use binding::{AuditFile, audited_content, audited_with};
#[cfg(feature = "publish")]
pub(crate) use cell_intervals::CellIntervals;
pub use cell_intervals::{Earlier, ReleaseCell};
pub use decoys::{Decoys, undone_decoys};
pub use forecast::{Forecast, KindForecast, forecast};
pub use repair::{Journal, Repaired, Widening, Work, repair, repair_versions};
pub use report::report;
pub use shown::{CellNames, ShownGroup, ShownViolation};
pub use violation::{Breach, ProvedGroup, Violation};
