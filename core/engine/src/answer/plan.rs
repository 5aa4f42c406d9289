//! From a condition to the way in which it is answered.

use super::closed_form::Closed;
use super::joint::{Block, Question};
use super::marginal::{Direct, Group};
use super::work::Work;
use crate::release::{Release, Wanted};
use crate::{Interval, Predicate};

/// How a condition is answered.
#[derive(Debug, Clone)]
pub(crate) enum How {
    /// Nobody can match.
    Nobody,
    /// A margin covers it.
    Direct(Box<Direct>),
    /// An objective of a block's program: positions in the plan.
    Program { block: usize, objective: usize },
    /// Too large for a program.
    Closed(Box<Closed>),
    /// By conditions without the codes that the release does not name.
    Unnamed(Box<Unnamed>),
}

/// A condition on codes that the release does not name, between conditions that it can answer.
#[derive(Debug, Clone)]
pub(crate) struct Unnamed {
    /// If nobody had such a code.
    pub(crate) without: How,
    /// Whoever meets the condition whether or not they have such codes.
    pub(crate) certain: How,
    /// Whoever meets it if they have or lack the right ones.
    pub(crate) possible: How,
    /// How many more than `without` may meet it at a centre, and how many fewer.
    pub(crate) more: Interval,
    pub(crate) fewer: Interval,
}

/// Which ways may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ways {
    /// The tightest that the condition allows.
    All,
    /// Programs wherever possible, even where a margin covers the condition: for tests.
    Programs,
    /// No programs: for facets, of which there are many.
    Quick,
}

/// The ways of several conditions; blocks are shared.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) hows: Vec<How>,
    pub(crate) blocks: Vec<(Block, Vec<Vec<i64>>)>,
    ways: Ways,
    /// How many people at a centre may have a code that the release does not name.
    unnamed: Interval,
    work: Work,
}

/// A condition taken apart: a box of partition values, and the rest.
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

    /// The box, with a code that everybody has whom the condition asks for.
    fn around(&self) -> Group {
        let code =
            |term: &Predicate| if let Predicate::Code { dimension, code } = term { Some((*dimension, *code)) } else { None };
        self.group.with_codes(self.rest.iter().find_map(code).into_iter().collect())
    }
}

impl Plan {
    /// A plan of no condition yet. `unnamed`: how many people at a centre may have a code that the release does not name.
    pub(crate) fn new(ways: Ways, unnamed: Interval, work: Work) -> Self {
        Self { hows: Vec::new(), blocks: Vec::new(), ways, unnamed, work }
    }

    /// What is left of the work.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    /// A plan of other conditions with the work that this one leaves.
    pub(crate) fn rest(&self) -> Self {
        Self::new(self.ways, self.unnamed, self.work.clone())
    }

    /// Plans one more condition; whether it is answered less tightly than more work would.
    pub(crate) fn push(&mut self, release: &Release, predicate: &Predicate) -> bool {
        let how = self.how(release, predicate);
        self.hows.push(how);
        self.work.was_short()
    }

    fn how(&mut self, release: &Release, predicate: &Predicate) -> How {
        if predicate.unnamed_codes().is_empty() {
            return self.named(release, predicate);
        }
        let mut part = |present, absent| self.named(release, &predicate.without_unnamed(release.dimensions(), present, absent));
        let (without, certain, possible) = (part(false, true), part(false, false), part(true, true));
        let people = |joins: bool| self.unnamed.times(predicate.decided_by(joins).len() as u64);
        How::Unnamed(Box::new(Unnamed { without, certain, possible, more: people(true), fewer: people(false) }))
    }

    fn named(&mut self, release: &Release, predicate: &Predicate) -> How {
        if *predicate == Predicate::Nobody {
            return How::Nobody;
        }
        let split = Split::new(release, predicate);
        if self.work.left() == 0 {
            // To note that it was wanted.
            self.work.take(1);
            return How::Direct(Box::new(Direct::least(release, &split.around())));
        }
        if self.ways != Ways::Programs
            && let Some(codes) = split.conjunction(release).filter(|codes| codes.len() <= 2)
        {
            let direct = Direct::new(release, &split.group.with_codes(codes), &self.work);
            if direct.is_covered() {
                return How::Direct(Box::new(direct));
            }
        }
        if self.ways != Ways::Quick
            && let Some(how) = self.program(release, predicate, &split)
        {
            return how;
        }
        let rest = match split.rest.len() {
            0 => Predicate::Everyone,
            1 => split.rest[0].clone(),
            _ => Predicate::And(split.rest.clone()),
        };
        match Closed::new(release, &split.group, &rest, &self.work) {
            Some(closed) => How::Closed(Box::new(closed)),
            None => How::Direct(Box::new(Direct::least(release, &split.around()))),
        }
    }

    fn program(&mut self, release: &Release, predicate: &Predicate, split: &Split) -> Option<How> {
        let codes = predicate.codes();
        let dims = predicate.partitions();
        let place = |d: &usize| release.declared().partitions().iter().position(|p| p == d);
        let partitions: Vec<usize> = dims.iter().filter_map(place).collect();
        let wanted = |stratum: &[u32]| {
            let value = |d: usize| dims.iter().position(|&e| e == d).map_or(0, |i| stratum[i]);
            predicate.fix_values(value) != Predicate::Nobody
        };
        let shared = self.blocks.iter().position(|(block, _)| block.is_whole_over(&partitions, &codes));
        let block = if let Some(block) = shared {
            if !self.work.take(self.blocks[block].0.steps(release).1) {
                return None;
            }
            block
        } else {
            let question = Question {
                partitions: &partitions,
                codes: &codes,
                group: &split.group,
                wanted: &wanted,
                leaves: predicate.leaves() as u64,
                is_box: split.rest.iter().all(|term| term.partitions().is_empty()),
            };
            let block = Block::new(release, &question, &self.work)?;
            if !self.work.take(block.steps(release).0) {
                return None;
            }
            self.blocks.push((block, Vec::new()));
            self.blocks.len() - 1
        };
        let (of, objectives) = &mut self.blocks[block];
        objectives.push(of.objective(release, predicate));
        Some(How::Program { block, objective: objectives.len() - 1 })
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, wanted: &mut Wanted) {
        for how in &self.hows {
            how.needs(release, wanted);
        }
        for (block, _) in &self.blocks {
            block.needs(release, wanted);
        }
    }
}

impl How {
    fn needs(&self, release: &Release, wanted: &mut Wanted) {
        match self {
            Self::Nobody | Self::Program { .. } => {}
            Self::Direct(direct) => direct.needs(release, wanted),
            Self::Closed(closed) => closed.needs(release, wanted),
            Self::Unnamed(unnamed) => unnamed.parts().into_iter().for_each(|how| how.needs(release, wanted)),
        }
    }
}

impl Unnamed {
    /// The conditions that are answered.
    pub(crate) fn parts(&self) -> [&How; 3] {
        [&self.without, &self.certain, &self.possible]
    }
}
