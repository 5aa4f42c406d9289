//! Whether the cells of a release can all be true at once, and which hidden ones the others determine.
//!
//! A partition gives each person one value, so a count is the sum of the counts by value, whatever partitions it is split by: the
//! cells of all margins are *linked tables*. People with a code are among those without it, and among those with a code above.
//! First intervals are narrowed until nothing changes, for all cells (`narrow`); then linear programs say of the cells of each
//! code together whether people exist who have these counts, and which hidden counts are the same for all such people
//! (`together`). Nothing here knows who protected the release: it is what any reader can work out.

mod clash;
mod examine;
mod lattice;
mod narrow;
mod system;
mod together;

#[cfg(feature = "publish")]
pub(crate) use clash::counts;
pub use clash::{CellPlace, Clash};
pub use examine::{Consistency, examine};
