//! Requirements of pairs that are shown without a program, by tables composed from points of single codes.
//!
//! The program of a pair, or of a pair with codes above or beside it, is the program of each of its *parts* (a code with those above it)
//! and the intervals of the pairs. So a feasible point of each part, made to agree on the codes that parts share and coupled so that
//! every pair is inside its interval, is a feasible point of the whole. What the points of one part show holds in the whole where the
//! others need not change: people are moved among those who have no code of the other parts.
//!
//! Whatever a table shows is shown; where none is found, a program decides. So no verdict depends on what is tried here.
//!
//! Tables are coupled from independence within each stratum, by people who exchange their codes of one part: that leaves each part as it
//! is (the moves of Markov bases: P. Diaconis, B. Sturmfels, Algebraic algorithms for sampling from conditional distributions, Annals of
//! Statistics 26 (1998), 363-397).

mod composition;
mod evidence;
mod requirements;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use self::composition::Composition;
use self::evidence::PartPoints;
use super::cell_intervals::Code;
use super::subproblems::Task;
use super::system::{Rules, Subproblem, SubproblemKind};

/// The points of parts, by their codes and centres.
#[derive(Default)]
pub(crate) struct Composed {
    evidence: BTreeMap<(Vec<Code>, usize), Arc<PartPoints>>,
}

impl Composed {
    /// Finds the points of all parts of some subproblems; those that are known and whose intervals are the same stay.
    pub(crate) fn find(&mut self, rules: Rules<'_>, threshold: u32, tasks: &[Task]) {
        let mut parts: BTreeMap<Vec<Code>, BTreeSet<usize>> = BTreeMap::new();
        if rules.earlier.is_empty() {
            for (composition, centres) in tasks.iter().filter_map(|(of, centres)| Some((Composition::new(rules, of)?, centres))) {
                for part in composition.parts() {
                    parts.entry(part.to_vec()).or_default().extend(centres);
                }
            }
        }
        let centres: BTreeSet<usize> = parts.values().flatten().copied().collect();
        let people: BTreeMap<usize, Vec<Vec<u32>>> =
            centres.into_par_iter().map(|centre| (centre, evidence::people_of(rules, threshold, centre))).collect();
        let found: Vec<_> = parts
            .into_par_iter()
            .flat_map_iter(|(codes, centres)| {
                let known = |centre| self.evidence.get(&(codes.clone(), centre)).cloned();
                let known: Vec<_> = centres.into_iter().map(|centre| (centre, known(centre))).collect();
                PartPoints::of(rules, threshold, &codes, known, &people)
                    .into_iter()
                    .map(move |(c, of)| ((codes.clone(), c), of))
                    .collect::<Vec<_>>()
            })
            .collect();
        self.evidence.extend(found);
    }

    /// The centres, of some, at which a subproblem is left to its program; and how many requirements are shown at the others.
    pub(crate) fn left(&self, rules: Rules<'_>, threshold: u32, subproblem: &Subproblem, centres: &[usize]) -> (Vec<usize>, u64) {
        let (mut left, mut shown) = (Vec::new(), 0);
        let composition = Composition::new(rules, subproblem);
        for &centre in centres {
            match composition.as_ref().and_then(|composition| self.shows(rules, threshold, composition, centre)) {
                Some(targets) => shown += targets,
                None => left.push(centre),
            }
        }
        (left, shown)
    }

    /// Shows all requirements of a subproblem at a centre, or not; how many there are.
    fn shows(&self, rules: Rules<'_>, threshold: u32, composition: &Composition, centre: usize) -> Option<u64> {
        let evidence = composition.parts().map(|part| self.evidence.get(&(part.to_vec(), centre)).map(Arc::as_ref));
        let evidence: Vec<&PartPoints> = evidence.collect::<Option<_>>()?;
        // Of codes that nothing speaks of there may be nobody, or `k - 1` of any people that others may be: whatever is shown of the
        // others holds with them.
        let is_told = |part: &usize| !evidence[*part].is_silent || !composition.is_silent(rules, threshold, *part, centre);
        let told: Vec<usize> = (0..evidence.len()).filter(is_told).collect();
        if told.len() == evidence.len() {
            return composition.shows(rules, threshold, &evidence, centre);
        }
        if evidence.iter().any(|of| of.middle.is_none()) {
            return None;
        }
        if told.len() < 2 {
            return Some(composition.pairs());
        }
        let mut codes: Vec<Code> =
            composition.parts().enumerate().filter(|(part, _)| is_told(part)).flat_map(|(_, codes)| codes.to_vec()).collect();
        codes.sort_unstable();
        codes.dedup();
        let rest = Composition::new(rules, &Subproblem { kind: SubproblemKind::Pair, codes })?;
        self.shows(rules, threshold, &rest, centre)
    }
}
