//! The constraint system of partition dimensions times a few codes at one centre. Its joint counts are the variables of a linear
//! program, and every published interval of a sum of them is a constraint of it.

use super::marginal::{Group, Marginal};
use super::work::Work;
use crate::bounds::{Program, Solver, fit, round1};
use crate::model::{MarginLayout, distinct};
use crate::query::Predicate;
use crate::release::{ReadSet, Release};
use crate::system::{ConstraintSystem, Stratum, subsets};
use crate::{Interval, Result};

/// How much of the strata a joint system keeps as variables of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// Every stratum of the partitions that the query names: its optimum is sharp.
    Whole,
    /// Only the strata that the query asks about.
    Target,
    /// All the query's strata as one.
    Merged,
}

/// The variables of a joint system and the constraints that tie them, the same for every centre.
#[derive(Debug, Clone)]
pub(crate) struct JointSystem {
    pub(crate) grain: Grain,
    /// Partitions that it crosses, as positions.
    partitions: Vec<usize>,
    /// Its variables; one stratum without values where the question's strata are merged.
    pub(crate) system: ConstraintSystem,
    /// Tables that count its people, with the codes that they count.
    sources: Vec<Source>,
    /// For each partition, a value of the question's, where it is confined to some: that of people in merged strata.
    of_question: Vec<Option<u32>>,
    /// Groups over the query's values, bounded in every way that margins allow.
    groups: Vec<(Marginal, Vec<u32>)>,
}

/// A table's cells for some codes of the system.
#[derive(Debug, Clone)]
struct Source {
    table: usize,
    combination: [u32; 2],
    layout: MarginLayout,
    /// For each cell that is declared and lies inside the system: its number, and the variables that it sums.
    cells: Vec<(usize, Vec<u32>)>,
}

/// What a system says about some of its variables at one centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Measure {
    pub(crate) interval: Interval,
    pub(crate) estimate: Option<f64>,
    pub(crate) sharp: bool,
}

/// What a system is made for.
pub(crate) struct JointQuestion<'a> {
    /// Partitions that it names, as positions.
    pub(crate) partitions: &'a [usize],
    /// Codes that it names.
    pub(crate) codes: &'a [(usize, u32)],
    /// The values that it is confined to.
    pub(crate) group: &'a Group,
    /// Whether a stratum can hold people that match.
    pub(crate) can_match: &'a dyn Fn(&[u32]) -> bool,
    /// How many conditions it has.
    pub(crate) leaves: u64,
    /// Whether beside these values it asks for codes only.
    pub(crate) codes_only: bool,
}

/// Programs beyond this many variables are not set up.
pub(crate) const MOST_VARIABLES: usize = 128;

/// Nor systems of more strata before those that matter are chosen.
const MOST_STRATA: u64 = 1 << 16;

/// Nor systems that would hold more intervals than this while they are solved.
const MOST_HELD: u64 = 1 << 24;

impl JointSystem {
    /// The system of some codes over some partitions, over the finest strata that stay within [`MOST_VARIABLES`]; nothing if there are
    /// none, or if it would be more work than is left.
    pub(crate) fn new(release: &Release, question: &JointQuestion<'_>, work: &Work) -> Option<Self> {
        let JointQuestion { partitions, codes, group, .. } = *question;
        if codes.len() > MOST_VARIABLES.ilog2() as usize {
            return None;
        }
        let sizes: Vec<u32> = partitions.iter().map(|&p| release.partition_size(p)).collect();
        let strata_in_all = sizes.iter().fold(1_u64, |n, &size| n.saturating_mul(size.into()));
        if strata_in_all > MOST_STRATA || !work.take(strata_in_all * (50 + 20 * question.leaves)) {
            return None;
        }
        let all = || release.structure().strata_of(partitions);
        let whole = Self::over(release, partitions, codes, all(), Grain::Whole);
        let target = || {
            let can_match = |values: &Vec<Option<u32>>| {
                let stratum: Vec<u32> = partitions.iter().map(|&p| values[p].unwrap_or(0)).collect();
                (question.can_match)(&stratum)
            };
            Self::over(release, partitions, codes, all().filter(can_match), Grain::Target)
        };
        let merged = || {
            question
                .codes_only
                .then(|| Self::over(release, &[], codes, release.structure().strata_of(&[]), Grain::Merged))
                .flatten()
        };
        let system = whole.or_else(target).or_else(merged)?;
        let of_question = group.sets.iter().map(|set| set.as_ref().and_then(|set| set.iter().next().copied())).collect();
        let system = Self { of_question, ..system };
        system.can_be_tied(release, work).then(|| system.tied(release, group, question.codes_only, work))
    }

    /// Whether finding everything that ties the system is no more work, and takes no more memory, than it may.
    fn can_be_tied(&self, release: &Release, work: &Work) -> bool {
        let sizes: Vec<u32> = self.partitions.iter().map(|&p| release.partition_size(p)).collect();
        let order = release.tables().iter().map(|table| table.layout.order()).max().unwrap_or(0);
        let (margins, cells) = MarginLayout::count(&sizes, order);
        let subsets = subsets(self.system.codes.len()).len() as u64;
        let held = cells.saturating_mul(release.centres().len() as u64).saturating_mul(subsets);
        let visited = cells.saturating_mul(40).saturating_add((self.system.strata.len() as u64).saturating_mul(margins * 40));
        self.grain == Grain::Merged || (held <= MOST_HELD && work.take(visited.saturating_mul(subsets)))
    }

    /// About how many steps its programs take, for the first objective and for each further one.
    pub(crate) fn steps(&self, release: &Release) -> (u64, u64) {
        let cells = self.sources.iter().flat_map(|source| &source.cells).map(|cell| cell.1.len());
        let members = (cells.sum::<usize>() + self.groups.iter().map(|group| group.1.len()).sum::<usize>()) as u64;
        let (centres, variables) = (release.centres().len() as u64, self.system.variables as u64);
        let pivot = self.pivot_steps(members);
        (centres * (150 * members + 3 * variables * pivot + 2_000), centres * (variables * pivot / 2 + 500))
    }

    /// About how many steps a pivot takes in a program whose constraints have so many members.
    fn pivot_steps(&self, members: u64) -> u64 {
        (self.system.variables as u64).pow(2) / 4 + members / 2 + 50
    }

    fn over(
        release: &Release,
        partitions: &[usize],
        codes: &[(usize, u32)],
        strata: impl Iterator<Item = Vec<Option<u32>>>,
        grain: Grain,
    ) -> Option<Self> {
        let system = release.structure().crossed_over(codes, strata, MOST_VARIABLES)?;
        let partitions = partitions.to_vec();
        Some(Self { grain, partitions, system, sources: Vec::new(), of_question: Vec::new(), groups: Vec::new() })
    }

    /// Finds everything that ties the system.
    fn tied(mut self, release: &Release, group: &Group, codes_only: bool, work: &Work) -> Self {
        for has in subsets(self.system.codes.len()) {
            let codes = self.system.codes_of(has);
            if self.grain != Grain::Merged {
                self.sources.extend(self.source(release, &codes, has));
            }
            let marginal = Marginal::new(release, &group.with_codes(codes), work);
            if codes_only && marginal.is_covered() {
                let is_inside = |stratum: &&Stratum| {
                    let mut values = self.partitions.iter().map(|&p| (p, stratum.values[p]));
                    values.all(|(p, value)| {
                        group.sets[p].as_ref().is_none_or(|set| value.is_some_and(|value| set.contains(&value)))
                    })
                };
                let variables = self.system.strata.iter().filter(is_inside).flat_map(|stratum| &stratum.variables);
                let members = variables.filter(|(_, pattern)| pattern & has == has).map(|&(u, _)| u).collect();
                self.groups.push((marginal, members));
            }
        }
        self
    }

    /// The cells of the table that counts these codes (`has`: the same as bits), as far as they lie inside the system.
    fn source(&self, release: &Release, codes: &[(usize, u32)], has: u32) -> Option<Source> {
        let (table, combination) = release.counting(codes)?;
        let sizes: Vec<u32> = self.partitions.iter().map(|&p| release.partition_size(p)).collect();
        let layout = MarginLayout::new(&sizes, release.tables()[table].layout.order());
        let cells = self.system.cells(release.structure(), has, &layout, &self.partitions);
        Some(Source { table, combination, layout, cells })
    }

    /// The variables that a query counts: 1 each, the others 0.
    pub(crate) fn objective(&self, release: &Release, predicate: &Predicate) -> Vec<i64> {
        let count = |stratum: &Stratum, pattern: u32| {
            let value = |d: usize| {
                let place = release.declared().partitions().iter().position(|&p| p == d);
                place.and_then(|p| stratum.values[p].or(self.of_question[p])).unwrap_or(0)
            };
            let has = |d: usize, code: u32| {
                self.system.codes.iter().position(|&c| c == (d, code)).is_some_and(|i| pattern & (1 << i) != 0)
            };
            i64::from(predicate.matches(&value, &has))
        };
        let strata = self.system.strata.iter();
        strata.flat_map(|stratum| stratum.variables.iter().map(move |&(_, pattern)| count(stratum, pattern))).collect()
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, reads: &mut ReadSet) {
        for source in &self.sources {
            reads.rows(release, source.table, source.combination);
        }
        for (marginal, _) in &self.groups {
            marginal.needs(release, reads);
        }
    }

    /// What the system says about each objective, at each centre that `ask` names.
    ///
    /// Programs that do not come to their end within the work that is left give what they have: bounds that hold and are not sharp.
    pub(crate) fn measure(
        &self,
        release: &Release,
        objectives: &[Vec<i64>],
        ask: &[bool],
        work: &Work,
    ) -> Result<Vec<Vec<Option<Measure>>>> {
        let mut cells = self.sources.iter().map(|source| self.cells(release, source)).collect::<Result<Vec<_>>>()?;
        let groups = self.groups.iter().map(|(marginal, _)| marginal.bounds(release)).collect::<Result<Vec<_>>>()?;
        let mut measures = vec![vec![None; ask.len()]; objectives.len()];
        for centre in (0..ask.len()).filter(|&c| ask[c]) {
            let mut program = Program::new(self.system.variables);
            let mut order = Vec::new();
            for ((_, members), bounds) in self.groups.iter().zip(&groups) {
                order.push(program.constrain(members.iter().copied(), bounds[centre])?);
            }
            for (source, cells) in self.sources.iter().zip(&mut cells) {
                let suppressed = release.tables()[source.table].unlisted;
                for (cell, members) in &source.cells {
                    let interval = cells[centre].get(*cell).copied().flatten().unwrap_or(suppressed);
                    order.push(program.constrain(members.iter().copied(), interval)?);
                }
            }
            let fitted = fit(&program, &order).point;
            let members = (0..program.constraints()).map(|i| program.members(i).len()).sum::<usize>();
            let pivot = self.pivot_steps(members as u64);
            let mut solver = Solver::new(program);
            for (objective, measures) in objectives.iter().zip(&mut measures) {
                let most = usize::try_from(work.left() / pivot).unwrap_or(usize::MAX);
                solver.give_up_after(most);
                let before = solver.pivots();
                let bounds = solver.bounds(objective)?;
                work.take((solver.pivots() - before) as u64 * pivot + 1);
                let estimate: f64 = objective.iter().zip(&fitted).map(|(&c, &x)| c as f64 * x).sum();
                let estimate = Some(clip(estimate, bounds.interval));
                measures[centre] =
                    Some(Measure { interval: bounds.interval, estimate, sharp: bounds.sharp && self.grain == Grain::Whole });
            }
        }
        Ok(measures)
    }

    /// The published cells of a source, for each centre, by their number in its layout.
    fn cells(&self, release: &Release, source: &Source) -> Result<Vec<Vec<Option<Interval>>>> {
        let mut cells = vec![vec![None; source.layout.len()]; release.centres().len()];
        for chunk in release.chunks(source.table, source.combination) {
            let chunk = chunk?;
            let run = chunk.index.run(source.combination);
            for margin in source.layout.margins() {
                let mask = margin.dims.iter().fold(0, |mask, &i| mask | 1_u64 << self.partitions[i]);
                let Some(rows) = chunk.index.margin(mask) else { continue };
                for row in rows.range(run.clone()) {
                    let row = row as usize;
                    let cell = margin.cell(|i| chunk.partitions[self.partitions[i]][row]);
                    cells[chunk.centre[row] as usize][cell] = Some(chunk.interval(row));
                }
            }
        }
        Ok(cells)
    }

    /// Whether this is the whole system over these partitions and codes.
    pub(crate) fn is_whole_over(&self, partitions: &[usize], codes: &[(usize, u32)]) -> bool {
        self.grain == Grain::Whole && self.partitions == partitions && self.system.codes == codes
    }

    /// How many variables a program has.
    pub(crate) fn variables(&self) -> usize {
        self.system.variables
    }

    /// The tables that tie the system, with the codes that they count.
    pub(crate) fn tables(&self) -> impl Iterator<Item = (usize, [u32; 2])> + '_ {
        let groups = self.groups.iter().flat_map(|(marginal, _)| marginal.target.iter().map(|c| (c.table, c.combination)));
        distinct(self.sources.iter().map(|s| (s.table, s.combination)).chain(groups).collect()).into_iter()
    }
}

/// An estimate brought inside its bounds and rounded to one decimal.
pub(crate) fn clip(estimate: f64, bounds: Interval) -> f64 {
    let hi = bounds.upper().map_or(f64::INFINITY, |hi| hi as f64);
    round1(estimate).clamp(bounds.lower() as f64, hi)
}
