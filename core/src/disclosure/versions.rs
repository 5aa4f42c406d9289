//! A subproblem over several releases at once: whoever was counted in an earlier one is counted in the later ones, and some came.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ninzu_engine::system::Sum;

use super::cell_intervals::{Code, UNDECLARED};
use super::system::{DifferenceTarget, Rules, Subproblem, SubproblemCell, SubproblemKind, SubproblemSystem, joins};

impl SubproblemSystem {
    /// The systems of a subproblem: of the release alone, and of it joined with earlier ones.
    ///
    /// A parent that has another child by now was the union of those that it had, or it was not: where it is a sum of its children both
    /// are looked at.
    pub(crate) fn of_versions(rules: Rules<'_>, subproblem: &Subproblem) -> Vec<Self> {
        let alone = Self::new(rules, subproblem.clone());
        let mut systems = Vec::new();
        for joined in joins(rules.earlier.len()) {
            let new = |&i: &usize| -> u32 {
                let is_new = |code: &Code| !rules.earlier[i].codes.contains(code);
                subproblem.codes.iter().enumerate().filter(|(_, code)| is_new(code)).map(|(bit, _)| 1 << bit).sum()
            };
            let new: Vec<u32> = joined.iter().map(new).collect();
            if subproblem.kind == SubproblemKind::Aggregation && new.iter().any(|&new| new != 0) {
                systems.push(alone.with_earlier(&joined, &new));
            }
            systems.push(alone.with_earlier(&joined, &vec![0; joined.len()]));
        }
        systems.insert(0, alone);
        systems
    }

    /// Whether it is of several releases at once.
    pub(crate) fn is_joint(&self) -> bool {
        !self.joined.is_empty()
    }

    /// The system over these earlier releases and the later one: each variable of the oldest one, and for each other one how many people
    /// came since the one before.
    ///
    /// Cells of a release count whoever was there until then. Cells of all are targets. Those of the later one come first. `nobody`: for
    /// each earlier release the codes, as bits, that nobody had then.
    fn with_earlier(&self, joined: &[usize], nobody: &[u32]) -> Self {
        let (n, last) = (self.variables as u32, joined.len());
        let strata = self.places.iter().map(|place| place.0 + 1).max().unwrap_or(0);
        let mut system = Self {
            subproblem: self.subproblem.clone(),
            variables: self.variables * (last + 1),
            // Whoever came is apart from whoever was there.
            places: (0..=last as u32)
                .flat_map(|time| self.places.iter().map(move |&(stratum, codes)| (stratum + time * strata, codes)))
                .collect(),
            cells: Vec::new(),
            inequalities: Vec::new(),
            differences: Vec::new(),
            joined: joined.to_vec(),
            is_closed: nobody.iter().any(|&codes| codes != 0),
        };
        let releases = [(None, last)].into_iter().chain(joined.iter().enumerate().map(|(time, &of)| (Some(of), time)));
        for (release, (earlier, time)) in releases.enumerate() {
            let is_somebody = |time: usize, u: u32| nobody.get(time).is_none_or(|codes| self.places[u as usize].1 & codes == 0);
            let until = |u: u32| (0..=time).filter(move |&time| is_somebody(time, u)).map(move |time| u + time as u32 * n);
            let sum_until = |sum: &Sum| -> Sum { sum.iter().flat_map(|&(u, a)| until(u).map(move |u| (u, a))).collect() };
            let first = release * self.cells.len();
            system.cells.extend(self.cells.iter().map(|cell| {
                let members = cell.members.iter().flat_map(|&u| until(u)).collect();
                SubproblemCell { members, earlier, ..cell.clone() }
            }));
            system.inequalities.extend(self.inequalities.iter().map(sum_until));
            let codes = nobody.get(time).copied().unwrap_or(0);
            // Those that somebody can be in then, by their numbers in the joint system.
            let mut numbers: Vec<Option<usize>> = Vec::with_capacity(self.differences.len());
            for difference in &self.differences {
                let moved = difference.moved(first, &numbers, sum_until);
                let moved = moved.filter(|_| codes == 0 || self.can_be_filled_without(difference, codes));
                numbers.push(moved.is_some().then_some(system.differences.len()));
                system.differences.extend(moved);
            }
        }
        system
    }

    /// Whether anybody can be in a difference of an aggregation where nobody has some codes, as bits: outside of its only other child
    /// nobody is in the parent.
    fn can_be_filled_without(&self, difference: &DifferenceTarget, nobody: u32) -> bool {
        let (of, without) = (&self.cells[difference.of], &self.cells[difference.without]);
        let place = |u: u32| self.places[u as usize];
        let strata: BTreeSet<u32> = of.members.iter().map(|&u| place(u).0).collect();
        let is_child = |codes: u32| codes > 1 && codes & 1 == 0;
        // Children that are crossed have the parent's code in their patterns, too.
        let is_crossed = self.inequalities.is_empty();
        let is_another_child = |u: u32| {
            let (stratum, codes) = place(u);
            let is_child = is_child(codes) || is_crossed && codes > 1;
            strata.contains(&stratum) && is_child && codes & nobody == 0 && !without.members.contains(&u)
        };
        let is_of_a_child = is_child(without.has) && (is_crossed || without.members.iter().all(|&u| is_child(place(u).1)));
        of.has != 1 || !is_of_a_child || of.number != without.number || (0..self.variables as u32).any(is_another_child)
    }
}

impl Rules<'_> {
    /// Whether a joint system shows nothing at a centre that fewer releases joined do not: those say the same as the next ones, or did
    /// not declare what these do. At a point of the others nobody came in between. Other facts are only more facts, which whoever has seen
    /// fewer releases may take to be known.
    pub(crate) fn is_implied(&self, system: &SubproblemSystem, centre: usize) -> bool {
        let size = system.cells.len() / (system.joined.len() + 1);
        let bounds = |release: usize| {
            let cells = release * size..(release + 1) * size;
            cells.map(|cell| self.bounds(&system.cells[cell], centre))
        };
        // Oldest first, this one last.
        let releases: Vec<usize> = (1..=system.joined.len()).chain([0]).collect();
        let says_as = |a: usize, b: usize| bounds(a).zip(bounds(b)).all(|(a, b)| a == b || a == UNDECLARED);
        let mut left: Vec<usize> = Vec::new();
        for &release in &releases {
            while left.last().is_some_and(|&before| says_as(before, release)) {
                left.pop();
            }
            if release == 0 || left.last().is_none_or(|&before| !says_as(release, before)) {
                left.push(release);
            }
        }
        // Alone, and with each of the others, it is looked at anyway.
        !system.is_closed && left.len() <= 2 && left.len() <= system.joined.len()
    }
}
