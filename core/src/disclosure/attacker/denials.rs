//! Which facts deny people of a target.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

use ninzu_engine::system::Sum;

use crate::disclosure::system::SubproblemSystem;

/// Facts without which somebody may be in a target, and with which nobody is.
#[derive(Debug, Clone)]
pub(super) struct Denial {
    /// Cells of the system, ascending.
    pub(super) facts: Vec<usize>,
    /// Variables in which somebody would be then: the target's own first, and others in which that one lies.
    pub(super) raised: Vec<u32>,
    /// Whether a point without the facts is known at which the target is large enough.
    pub(super) is_answered: bool,
}

/// What facts say of variables.
pub(super) struct Denied {
    /// For each variable, the cells of facts that count its people, or those of all others in which it lies.
    pub(super) by: Vec<Vec<usize>>,
    /// For each variable, the inequalities of what it lies in.
    lies_in: Vec<Vec<usize>>,
    /// For each variable, what denies its people, where nothing is taken away; as far as it was asked for.
    alone: Vec<OnceCell<Vec<Denial>>>,
}

/// Whether ascending numbers are all among others.
pub(super) fn is_subset(some: &[usize], all: &[usize]) -> bool {
    some.len() <= all.len() && some.iter().all(|one| all.binary_search(one).is_ok())
}

fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    a.iter().chain(b).copied().collect::<BTreeSet<usize>>().into_iter().collect()
}

impl Denied {
    /// What these cells say, being empty. Of several releases a fact is one of all: who knows that nobody is in a group now knows that
    /// nobody was.
    pub(super) fn new(system: &SubproblemSystem, facts: &[bool]) -> Self {
        let mut by: Vec<Vec<usize>> = vec![Vec::new(); system.variables];
        let (cells, releases) = (system.cells.len(), system.joined.len() + 1);
        for (cell, of) in system.cells.iter().enumerate().filter(|&(cell, _)| facts[cell]) {
            let twins = (0..releases).map(|release| (cell + release * cells / releases) % cells);
            for &u in &of.members {
                by[u as usize].extend(twins.clone());
            }
        }
        for cells in &mut by {
            *cells = union(cells, &[]);
        }
        let mut lies_in: Vec<Vec<usize>> = vec![Vec::new(); system.variables];
        for (number, sum) in system.inequalities.iter().enumerate() {
            // Those with a multiplier below zero are together no more than the others.
            let inside = || sum.iter().filter(|(_, a)| *a < 0).map(|&(u, _)| u as usize);
            inside().for_each(|u| lies_in[u].push(number));
            let mut around = sum.iter().filter(|(_, a)| *a > 0).map(|&(u, _)| u as usize);
            let Some(first) = around.next().map(|u| by[u].clone()) else { continue };
            if !first.is_empty() && around.all(|other| by[other] == first) {
                inside().for_each(|u| by[u] = union(&by[u], &first));
            }
        }
        let alone = vec![OnceCell::new(); system.variables];
        Self { by, lies_in, alone }
    }

    /// Whether somebody may be counted by a sum as it is.
    pub(super) fn is_possible(&self, system: &SubproblemSystem, sum: &Sum) -> bool {
        let free = sum.iter().filter(|&&(u, a)| a > 0 && self.by[u as usize].is_empty());
        free.into_iter().any(|&(u, _)| self.denials_of(system, u, sum).iter().any(|denial| denial.facts.is_empty()))
    }

    /// The smallest sets of facts that must be taken back for anybody to be counted by a sum; none if somebody is as it is. Whoever
    /// knows some of the facts, and does not know the sum to be empty, does not know one of these sets.
    pub(super) fn denials(&self, system: &SubproblemSystem, sum: &Sum) -> Vec<Denial> {
        let mut found: Vec<Denial> = Vec::new();
        for &(u, _) in sum.iter().filter(|(_, a)| *a > 0) {
            let own = self.denials_of(system, u, sum);
            if own.iter().any(|denial| denial.facts.is_empty()) {
                return Vec::new();
            }
            found.extend(own.into_owned());
        }
        smallest(found)
    }

    /// The same for one variable of a sum: without facts if somebody may be there as it is, nothing if nobody ever can. Where it lies in
    /// others, somebody must be in one of these that the sum does not take away.
    fn denials_of(&self, system: &SubproblemSystem, variable: u32, sum: &Sum) -> Cow<'_, [Denial]> {
        if sum.iter().any(|&(_, a)| a < 0) {
            return Cow::Owned(self.denials_less(system, variable, sum));
        }
        Cow::Borrowed(self.alone[variable as usize].get_or_init(|| self.denials_less(system, variable, &Sum::new())))
    }

    fn denials_less(&self, system: &SubproblemSystem, variable: u32, sum: &Sum) -> Vec<Denial> {
        let own = self.by[variable as usize].clone();
        let mut denials = vec![Denial { facts: own, raised: vec![variable], is_answered: false }];
        let is_taken_away = |u: u32| sum.iter().any(|&(other, a)| other == u && a < 0);
        for &row in &self.lies_in[variable as usize] {
            let around = system.inequalities[row].iter().filter(|&&(u, a)| a > 0 && !is_taken_away(u));
            let around: Vec<u32> = around.map(|&(u, _)| u).collect();
            if around.iter().any(|&u| self.by[u as usize].is_empty()) {
                continue;
            }
            denials = smallest(denials.into_iter().flat_map(|denial| self.raise(denial, &around)).collect());
        }
        denials
    }

    /// A denial where somebody must be in one of some variables, too: itself if its facts allow for that.
    fn raise(&self, denial: Denial, around: &[u32]) -> Vec<Denial> {
        if around.iter().any(|u| denial.raised.contains(u)) {
            return vec![denial];
        }
        let with = |u: u32| Denial {
            facts: union(&denial.facts, &self.by[u as usize]),
            raised: denial.raised.iter().copied().chain([u]).collect(),
            is_answered: false,
        };
        match around.iter().find(|&&u| is_subset(&self.by[u as usize], &denial.facts)) {
            Some(&u) => vec![with(u)],
            None => around.iter().map(|&u| with(u)).collect(),
        }
    }
}

/// Those denials whose facts contain no other one's.
fn smallest(mut denials: Vec<Denial>) -> Vec<Denial> {
    if denials.len() < 2 {
        return denials;
    }
    denials.sort_by(|a, b| (a.facts.len(), &a.facts, &a.raised).cmp(&(b.facts.len(), &b.facts, &b.raised)));
    let mut kept: Vec<Denial> = Vec::new();
    for denial in denials {
        if !kept.iter().any(|smaller| is_subset(&smaller.facts, &denial.facts)) {
            kept.push(denial);
        }
    }
    kept
}
