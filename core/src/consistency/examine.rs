//! All cells of a release, at every centre.

use ninzu_engine::format::manifest::Additivity;
use rayon::prelude::*;

use super::clash::{CellPlace, Clash};
use super::system::{SumCounts, System};
use super::together::{self, ProgramResults};
use crate::{Progress, Published};

/// What was found out about a release's cells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consistency {
    /// Which sums were tested; all of them hold.
    pub additivity: Additivity,
    /// How many published cells are no exact counts.
    pub hidden: u64,
    /// Those of them that the other cells determine, with the count that only they can have.
    pub determined: Vec<(CellPlace, u64)>,
    /// Whether all hidden cells were examined together with the cells around them; if not, more may be determined.
    pub is_complete: bool,
}

/// Examines the cells of a release.
///
/// # Errors
/// The cells that exclude each other, if some do.
pub fn examine(published: &Published, progress: &dyn Progress) -> Result<Consistency, Box<Clash>> {
    let hidden = published.tables.iter().flat_map(|table| &table.rows).filter(|row| !row.interval.is_exact()).count() as u64;
    let Some(system) = System::new(published) else {
        let additivity = Additivity { sums: Vec::new(), systems: groups_at_centres(published), tested: 0 };
        return Ok(Consistency { additivity, hidden, determined: Vec::new(), is_complete: hidden == 0 });
    };
    progress.begin("consistency", Some(published.centres.len() as u64));
    let examined: Vec<(SumCounts, ProgramResults)> = (0..published.centres.len())
        .into_par_iter()
        .map(|centre| {
            let mut known = system.known(centre);
            let sums = system.count_sums(&known);
            system.narrow(centre, &mut known)?;
            let found = together::examine(&system, centre, &known)?;
            progress.advance(1);
            Ok((sums, found))
        })
        .collect::<Result<_, Box<Clash>>>()?;
    progress.end();
    let mut all = Consistency { additivity: Additivity::default(), hidden, determined: Vec::new(), is_complete: true };
    let mut counts = Vec::with_capacity(examined.len());
    for (sums, found) in examined {
        counts.push(sums);
        all.additivity.systems += found.systems;
        all.additivity.tested += found.tested;
        all.determined.extend(found.determined);
        all.is_complete &= found.is_complete;
    }
    all.additivity.sums = system.sums(counts);
    Ok(all)
}

/// How many groups the tables count, at all centres.
fn groups_at_centres(published: &Published) -> u64 {
    let of = |table: &crate::Table| {
        let centres = (0..published.centres.len()).filter(|&c| published.collects(c, &table.codes)).count();
        (table.combinations(&published.dimensions).len() * centres) as u64
    };
    published.tables.iter().map(of).sum()
}
