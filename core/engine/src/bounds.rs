//! Bounds of counts from intervals of sums of them: small linear programs over whole numbers, and closed forms.
//!
//! Pure mathematics: nothing here knows of dimensions, queries or releases.

mod certify;
mod closed_form;
mod fit;
mod program;
mod simplex;

pub use certify::{CertifiedBound, ProgramBounds, Solver, certified_minimum};
pub use closed_form::{MANY, all_of, any_of, at_least, none_of};
pub use fit::{Fit, fit, round1};
pub use program::Program;
pub use simplex::{Simplex, Solution, Termination};
