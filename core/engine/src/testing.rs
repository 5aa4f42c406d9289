//! Ways of answering that tests compare with the usual one. Nothing here is promised to anybody else.

use crate::answer::AllowedMethods;
use crate::{Engine, Prepared, Query, Result};

/// A question prepared with programs even where a margin covers it: slower and never looser.
pub fn prepare_with_programs(engine: &Engine, query: &Query) -> Result<Prepared> {
    engine.prepare_by(query, AllowedMethods::Programs, None, f64::INFINITY)
}

/// A question prepared without programs: quicker and never tighter, as facets are counted.
pub fn prepare_without_programs(engine: &Engine, query: &Query) -> Result<Prepared> {
    engine.prepare_by(query, AllowedMethods::Quick, None, f64::INFINITY)
}
