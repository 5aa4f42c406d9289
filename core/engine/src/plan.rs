//! From a condition to the way in which it is answered.

use crate::Predicate;
use crate::block::Block;
use crate::closed::Closed;
use crate::direct::{Direct, Group};
use crate::release::{Release, Wanted};

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
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) hows: Vec<How>,
    pub(crate) blocks: Vec<(Block, Vec<Vec<i64>>)>,
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
}

impl Plan {
    /// Plans one more condition.
    pub(crate) fn push(&mut self, release: &Release, predicate: &Predicate, ways: Ways) {
        let how = self.how(release, predicate, ways);
        self.hows.push(how);
    }

    fn how(&mut self, release: &Release, predicate: &Predicate, ways: Ways) -> How {
        if *predicate == Predicate::Nobody {
            return How::Nobody;
        }
        let split = Split::new(release, predicate);
        if ways != Ways::Programs
            && let Some(codes) = split.conjunction(release).filter(|codes| codes.len() <= 2)
        {
            let direct = Direct::new(release, &split.group.with_codes(codes));
            if direct.is_covered() {
                return How::Direct(Box::new(direct));
            }
        }
        if ways != Ways::Quick
            && let Some(how) = self.program(release, predicate, &split)
        {
            return how;
        }
        let rest = match split.rest.len() {
            0 => Predicate::Everyone,
            1 => split.rest[0].clone(),
            _ => Predicate::And(split.rest),
        };
        How::Closed(Box::new(Closed::new(release, &split.group, &rest)))
    }

    fn program(&mut self, release: &Release, predicate: &Predicate, split: &Split) -> Option<How> {
        let codes = predicate.codes();
        let dims = predicate.partitions();
        let place = |d: &usize| release.declared().partitions().iter().position(|p| p == d);
        let partitions: Vec<usize> = dims.iter().filter_map(place).collect();
        let is_box = split.rest.iter().all(|term| term.partitions().is_empty());
        let wanted = |stratum: &[u32]| {
            let value = |d: usize| dims.iter().position(|&e| e == d).map_or(0, |i| stratum[i]);
            predicate.fix_values(value) != Predicate::Nobody
        };
        let shared = self.blocks.iter().position(|(block, _)| block.is_whole_over(&partitions, &codes));
        let block = if let Some(block) = shared {
            block
        } else {
            self.blocks.push((Block::new(release, &partitions, &codes, &split.group, &wanted, is_box)?, Vec::new()));
            self.blocks.len() - 1
        };
        let (of, objectives) = &mut self.blocks[block];
        objectives.push(of.objective(release, predicate));
        Some(How::Program { block, objective: objectives.len() - 1 })
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, wanted: &mut Wanted) {
        for how in &self.hows {
            match how {
                How::Nobody | How::Program { .. } => {}
                How::Direct(direct) => direct.needs(release, wanted),
                How::Closed(closed) => closed.needs(release, wanted),
            }
        }
        for (block, _) in &self.blocks {
            block.needs(release, wanted);
        }
    }
}
