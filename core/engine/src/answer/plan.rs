//! From a condition to the method that answers it.

use super::closed_form::ClosedForm;
use super::joint::{JointQuestion, JointSystem};
use super::marginal::{Group, Marginal};
use super::work::Work;
use crate::Interval;
use crate::query::Predicate;
use crate::release::{ReadSet, Release};

/// How a condition is answered.
#[derive(Debug, Clone)]
pub(crate) enum PlannedMethod {
    /// Nobody can match.
    Nobody,
    /// A margin covers it.
    Marginal(Box<Marginal>),
    /// An objective over a joint system: positions in the plan.
    LinearProgram { system: usize, objective: usize },
    /// Too large for a program.
    ClosedForm(Box<ClosedForm>),
    /// By conditions without the codes that the release does not name.
    Unnamed(Box<WithUnnamed>),
}

/// A condition on codes that the release does not name, between conditions that it can answer.
#[derive(Debug, Clone)]
pub(crate) struct WithUnnamed {
    /// If nobody had such a code.
    pub(crate) without: PlannedMethod,
    /// Whoever meets the condition whether or not they have such codes.
    pub(crate) certain: PlannedMethod,
    /// Whoever meets it if they have or lack the right ones.
    pub(crate) possible: PlannedMethod,
    /// How many more than `without` may meet it at a centre, and how many fewer.
    pub(crate) more: Interval,
    pub(crate) fewer: Interval,
}

/// Which methods may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowedMethods {
    /// The tightest that the condition allows.
    All,
    /// Programs wherever possible, even where a margin covers the condition: for tests.
    Programs,
    /// No programs: for facets, of which there are many.
    Quick,
}

/// The methods of several conditions; joint systems are shared.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) methods: Vec<PlannedMethod>,
    pub(crate) systems: Vec<(JointSystem, Vec<Vec<i64>>)>,
    allowed: AllowedMethods,
    /// How many people at a centre may have a code that the release does not name.
    unnamed: Interval,
    work: Work,
}

/// A condition taken to pieces: the values that it wants of each partition, and the rest.
pub(crate) struct Split {
    pub(crate) group: Group,
    pub(crate) rest: Vec<Predicate>,
}

impl Split {
    pub(crate) fn new(release: &Release, predicate: &Predicate) -> Self {
        let mut group = Group::everyone(release.declared().partitions().len());
        let mut rest = Vec::new();
        let terms = if let Predicate::And(terms) = predicate { terms.as_slice() } else { std::slice::from_ref(predicate) };
        for term in terms {
            match term {
                Predicate::Everyone => {}
                Predicate::Values { dimension, values } => {
                    let place = release.declared().partitions().iter().position(|d| d == dimension);
                    if let Some(p) = place {
                        group.sets[p] = Some(values.clone());
                    }
                }
                other => rest.push(other.clone()),
            }
        }
        Self { group, rest }
    }

    /// The codes of the rest, those implied by another left out; nothing if the rest is more than a few codes.
    fn conjunction(&self, release: &Release) -> Option<Vec<(usize, u32)>> {
        let codes = self
            .rest
            .iter()
            .map(|term| if let Predicate::Code { dimension, code } = term { Some((*dimension, *code)) } else { None });
        let codes = codes.collect::<Option<Vec<(usize, u32)>>>()?;
        let implied = |&(d, code): &(usize, u32)| {
            let dictionary = &release.dimensions().get(d).dictionary;
            codes.iter().any(|&(e, other)| d == e && other != code && dictionary.is_within(other, code))
        };
        Some(codes.iter().filter(|code| !implied(code)).copied().collect())
    }

    /// The values, with a code that everybody has whom the condition asks for.
    fn around(&self) -> Group {
        let code =
            |term: &Predicate| if let Predicate::Code { dimension, code } = term { Some((*dimension, *code)) } else { None };
        self.group.with_codes(self.rest.iter().find_map(code).into_iter().collect())
    }
}

impl Plan {
    /// A plan of no condition yet. `unnamed`: how many people at a centre may have a code that the release does not name.
    pub(crate) fn new(allowed: AllowedMethods, unnamed: Interval, work: Work) -> Self {
        Self { methods: Vec::new(), systems: Vec::new(), allowed, unnamed, work }
    }

    /// What is left of the work.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    /// A plan of other conditions with the work that this one leaves.
    pub(crate) fn rest(&self) -> Self {
        Self::new(self.allowed, self.unnamed, self.work.clone())
    }

    /// Plans one more condition; whether it is answered less tightly than more work would.
    pub(crate) fn push(&mut self, release: &Release, predicate: &Predicate) -> bool {
        let method = self.method(release, predicate);
        self.methods.push(method);
        self.work.was_short()
    }

    fn method(&mut self, release: &Release, predicate: &Predicate) -> PlannedMethod {
        if predicate.unnamed_codes().is_empty() {
            return self.named(release, predicate);
        }
        let mut part = |present, absent| self.named(release, &predicate.without_unnamed(release.dimensions(), present, absent));
        let (without, certain, possible) = (part(false, true), part(false, false), part(true, true));
        let people = |joins: bool| self.unnamed.times(predicate.decided_by(joins).len() as u64);
        PlannedMethod::Unnamed(Box::new(WithUnnamed { without, certain, possible, more: people(true), fewer: people(false) }))
    }

    fn named(&mut self, release: &Release, predicate: &Predicate) -> PlannedMethod {
        if *predicate == Predicate::Nobody {
            return PlannedMethod::Nobody;
        }
        let split = Split::new(release, predicate);
        if self.work.left() == 0 {
            // To note that it was asked for.
            self.work.take(1);
            return PlannedMethod::Marginal(Box::new(Marginal::least(release, &split.around())));
        }
        if self.allowed != AllowedMethods::Programs
            && let Some(codes) = split.conjunction(release).filter(|codes| codes.len() <= 2)
        {
            let marginal = Marginal::new(release, &split.group.with_codes(codes), &self.work);
            if marginal.is_covered() {
                return PlannedMethod::Marginal(Box::new(marginal));
            }
        }
        if self.allowed != AllowedMethods::Quick
            && let Some(method) = self.linear_program(release, predicate, &split)
        {
            return method;
        }
        let rest = match split.rest.len() {
            0 => Predicate::Everyone,
            1 => split.rest[0].clone(),
            _ => Predicate::And(split.rest.clone()),
        };
        match ClosedForm::new(release, &split.group, &rest, &self.work) {
            Some(form) => PlannedMethod::ClosedForm(Box::new(form)),
            None => PlannedMethod::Marginal(Box::new(Marginal::least(release, &split.around()))),
        }
    }

    fn linear_program(&mut self, release: &Release, predicate: &Predicate, split: &Split) -> Option<PlannedMethod> {
        let codes = predicate.codes();
        let dims = predicate.partitions();
        let place = |d: &usize| release.declared().partitions().iter().position(|p| p == d);
        let partitions: Vec<usize> = dims.iter().filter_map(place).collect();
        let can_match = |stratum: &[u32]| {
            let value = |d: usize| dims.iter().position(|&e| e == d).map_or(0, |i| stratum[i]);
            predicate.fix_values(value) != Predicate::Nobody
        };
        let shared = self.systems.iter().position(|(system, _)| system.is_whole_over(&partitions, &codes));
        let system = if let Some(system) = shared {
            if !self.work.take(self.systems[system].0.steps(release).1) {
                return None;
            }
            system
        } else {
            let question = JointQuestion {
                partitions: &partitions,
                codes: &codes,
                group: &split.group,
                can_match: &can_match,
                leaves: predicate.leaves() as u64,
                codes_only: split.rest.iter().all(|term| term.partitions().is_empty()),
            };
            let system = JointSystem::new(release, &question, &self.work)?;
            if !self.work.take(system.steps(release).0) {
                return None;
            }
            self.systems.push((system, Vec::new()));
            self.systems.len() - 1
        };
        let (of, objectives) = &mut self.systems[system];
        objectives.push(of.objective(release, predicate));
        Some(PlannedMethod::LinearProgram { system, objective: objectives.len() - 1 })
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, reads: &mut ReadSet) {
        for method in &self.methods {
            method.needs(release, reads);
        }
        for (system, _) in &self.systems {
            system.needs(release, reads);
        }
    }
}

impl PlannedMethod {
    fn needs(&self, release: &Release, reads: &mut ReadSet) {
        match self {
            Self::Nobody | Self::LinearProgram { .. } => {}
            Self::Marginal(marginal) => marginal.needs(release, reads),
            Self::ClosedForm(form) => form.needs(release, reads),
            Self::Unnamed(unnamed) => unnamed.parts().into_iter().for_each(|method| method.needs(release, reads)),
        }
    }
}

impl WithUnnamed {
    /// The conditions that are answered.
    pub(crate) fn parts(&self) -> [&PlannedMethod; 3] {
        [&self.without, &self.certain, &self.possible]
    }
}
