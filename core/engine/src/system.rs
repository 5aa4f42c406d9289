//! The one builder of constraint systems: of those that a question is answered by, and of those that an audit examines.
//!
//! A system has one variable for each stratum of partition values and each set of codes that somebody in it can have: how many
//! people these are. A published cell is the sum of some variables ([`ConstraintSystem::cells`]); what holds of all people,
//! whatever is published, is left out as impossible or stands as a structural inequality. Intervals come later, for each centre.

use crate::model::{Declared, Dimensions, MarginLayout};

/// A sum of multiples of variables.
pub type Sum = Vec<(u32, i32)>;

/// Variables of one combination of partition values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stratum {
    /// The value of each partition; none for partitions that the system does not hold apart.
    pub values: Vec<Option<u32>>,
    /// The number of each variable, and which of the system's codes its people have, as bits.
    pub variables: Vec<(u32, u32)>,
}

/// The variables of a system, and what ties them whatever is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintSystem {
    /// The codes, by dimension.
    pub codes: Vec<(usize, u32)>,
    /// Strata, in the order of their variables.
    pub strata: Vec<Stratum>,
    /// How many variables there are.
    pub variables: usize,
    /// Sums that are never negative.
    pub inequalities: Vec<Sum>,
    /// Codes that are not crossed with the others, as bits: their people are counted among those of the other variables too.
    separate: u32,
}

/// What is possible for people: what systems are built from.
#[derive(Debug, Clone, Copy)]
pub struct Structure<'a> {
    /// The dimensions.
    pub dimensions: &'a Dimensions,
    /// Which cells there are.
    pub declared: &'a Declared,
}

/// The first two codes, as bits.
const PAIR: u32 = 3;

impl<'a> Structure<'a> {
    /// A variable for every set of codes that somebody in a stratum can have and that `keeps` keeps.
    pub fn crossed(self, codes: &[(usize, u32)], keeps: impl Fn(u32) -> bool) -> ConstraintSystem {
        let mut system = ConstraintSystem::new(codes, 0);
        for values in self.strata() {
            let patterns = self.patterns(codes, &values).filter(|&pattern| keeps(pattern)).collect();
            system.push(values, patterns);
        }
        system
    }

    /// The same over some strata; nothing if there are more variables than `most`.
    pub fn crossed_over(
        self,
        codes: &[(usize, u32)],
        strata: impl IntoIterator<Item = Vec<Option<u32>>>,
        most: usize,
    ) -> Option<ConstraintSystem> {
        let mut system = ConstraintSystem::new(codes, 0);
        for values in strata {
            let patterns = self.patterns(codes, &values).take(most + 1 - system.variables).collect();
            system.push(values, patterns);
            if system.variables > most {
                return None;
            }
        }
        Some(system)
    }

    /// A code as the union of its children, no two of which are counted together: one variable for each of them in a stratum, and for
    /// everybody else, is enough. The code comes first, then its onsets, if any, then the children.
    ///
    /// For `max c_i <= p <= sum c_i` there always are people with these counts.
    pub fn union(self, codes: &[(usize, u32)]) -> ConstraintSystem {
        let is_onset = |&&(d, code): &&(usize, u32)| self.dimensions.get(d).dictionary.onset(code).is_some();
        let own = 1 + codes[1..].iter().take_while(is_onset).count();
        let mut system = ConstraintSystem::new(codes, u32::MAX << own);
        for values in self.strata() {
            let children: Vec<u32> = (own..codes.len()).filter(|&i| self.can_have(codes[i], &values)).map(|i| 1 << i).collect();
            let mut patterns = vec![0];
            // Where nobody can have a child, nobody has the parent.
            if !children.is_empty() {
                patterns = self.patterns(&codes[..own], &values).collect();
                patterns.extend(&children);
            }
            let parents = patterns.len() - children.len();
            let variables = system.push(values, patterns);
            let (parents, children) = variables.split_at(parents);
            let all = |variables: &[(u32, u32)], a: i32| variables.iter().map(|&(u, _)| (u, a)).collect::<Sum>();
            // The first has nobody of the parent.
            let parents = &parents[1..];
            if !children.is_empty() {
                system.inequalities.extend(children.iter().map(|child| [all(parents, 1), all(&[*child], -1)].concat()));
                system.inequalities.push([all(parents, -1), all(children, 1)].concat());
            }
        }
        system
    }

    /// A code inside a parent, both with their onsets: one variable in a stratum for each state of either. The parent comes first,
    /// then its onsets, then the code and its onsets.
    ///
    /// Whoever has the code first in a stage had the parent first in it or before. As many as that leaves can always be matched,
    /// because the later the stage, the more of the parent's states go with it (Hall's condition for nested neighbourhoods).
    pub fn nested_onsets(self, codes: &[(usize, u32)]) -> ConstraintSystem {
        let onset = |i: usize| self.dimensions.get(codes[i].0).dictionary.onset(codes[i].1);
        let child = (1..codes.len()).find(|&i| onset(i).is_none()).unwrap_or(1);
        let (parents, children) = codes.split_at(child);
        // The stage of a state: bits of one code and, where it has an onset, of that.
        let stage = |pattern: u32| (0..codes.len()).filter(|i| pattern & (1 << i) != 0).find_map(onset).map(|onset| onset.stage);
        let named = |before: u32| (1..child).filter_map(onset).filter(|onset| onset.stage <= before).count() as u32;
        let mut system = ConstraintSystem::new(codes, !0 << child);
        for values in self.strata() {
            let mut patterns: Vec<u32> = self.patterns(parents, &values).collect();
            let own = patterns.len();
            patterns.extend(self.patterns(children, &values).filter(|&pattern| pattern != 0).map(|pattern| pattern << child));
            let variables = system.push(values, patterns);
            let (own, inner) = variables.split_at(own);
            let mut inside = |may: &dyn Fn(u32) -> bool, has: &dyn Fn(u32) -> bool| {
                let may = own.iter().filter(|&&(_, pattern)| pattern != 0 && may(pattern)).map(|&(u, _)| (u, 1));
                let has = inner.iter().filter(|&&(_, pattern)| has(pattern)).map(|&(u, _)| (u, -1));
                system.inequalities.push(may.chain(has).collect());
            };
            inside(&|_| true, &|_| true);
            for last in inner.iter().filter_map(|&(_, pattern)| stage(pattern)) {
                // The parent's people without an onset count where a stage before has no name of its own.
                let undated = named(last) <= last;
                inside(&|pattern| stage(pattern).map_or(undated, |stage| stage <= last), &|pattern| {
                    stage(pattern).is_some_and(|stage| stage <= last)
                });
            }
        }
        system
    }

    /// A pair, and codes below either of its two that are not counted with the other one: for these, one variable in a stratum is
    /// enough, no more than the people of whatever they lie in.
    pub fn pair_and_descendants(self, codes: &[(usize, u32)]) -> ConstraintSystem {
        let is_within = |i: usize, j: usize| {
            let ((d, code), (e, other)) = (codes[i], codes[j]);
            i != j && d == e && self.dimensions.get(d).dictionary.is_within(code, other)
        };
        // Those that a code lies in, but for those that lie around these.
        let around: Vec<Vec<usize>> = (0..codes.len())
            .map(|i| {
                let all: Vec<usize> = (0..codes.len()).filter(|&j| is_within(i, j)).collect();
                all.iter().copied().filter(|&j| j < 2 || !all.iter().any(|&other| is_within(other, j))).collect()
            })
            .collect();
        let mut system = ConstraintSystem::new(codes, !PAIR);
        for values in self.strata() {
            let below: Vec<usize> = (2..codes.len()).filter(|&i| self.can_have(codes[i], &values)).collect();
            let crossed = self.patterns(&codes[..2], &values);
            let patterns: Vec<u32> = crossed.chain(below.iter().map(|&i| 1 << i)).collect();
            let variables = system.push(values, patterns);
            for i in below {
                let own = variables.iter().filter(|(_, pattern)| *pattern == 1 << i).map(|&(u, _)| (u, -1));
                let mut inside = |of: &dyn Fn(u32) -> bool| {
                    let of = variables.iter().filter(|&&(_, pattern)| of(pattern)).map(|&(u, _)| (u, 1));
                    system.inequalities.push(of.chain(own.clone()).collect());
                };
                let pair = around[i].iter().filter(|&&j| j < 2).fold(0, |bits, &j| bits | 1 << j);
                inside(&|pattern| pattern & !PAIR == 0 && pattern & pair == pair);
                around[i].iter().filter(|&&j| j >= 2).for_each(|&j| inside(&|pattern| pattern == 1 << j));
            }
        }
        system
    }

    /// Every combination of values of all partitions.
    pub fn strata(self) -> impl Iterator<Item = Vec<Option<u32>>> {
        self.combinations((0..self.declared.partitions().len()).collect())
    }

    /// Every combination of values of some partitions, by their positions; the others have none.
    pub fn strata_of(self, partitions: &[usize]) -> impl Iterator<Item = Vec<Option<u32>>> {
        self.combinations(partitions.to_vec())
    }

    fn combinations(self, partitions: Vec<usize>) -> impl Iterator<Item = Vec<Option<u32>>> {
        let sizes: Vec<usize> = partitions.iter().map(|&p| self.size(p) as usize).collect();
        (0..sizes.iter().product()).map(move |mut rest: usize| {
            let mut values = vec![None; self.declared.partitions().len()];
            for (&p, &size) in partitions.iter().zip(&sizes).rev() {
                values[p] = Some((rest % size) as u32);
                rest /= size;
            }
            values
        })
    }

    /// How many values a partition has, by its position.
    fn size(self, partition: usize) -> u32 {
        self.dimensions.get(self.declared.partitions()[partition]).dictionary.len() as u32
    }

    /// The sets of these codes, as bits, that somebody in a stratum can have.
    fn patterns(self, codes: &'a [(usize, u32)], values: &'a [Option<u32>]) -> impl Iterator<Item = u32> + 'a {
        (0..1 << codes.len()).filter(move |&pattern| self.declared.is_possible(self.dimensions, codes, pattern, values))
    }

    /// Whether somebody in a stratum can have a code.
    fn can_have(self, code: (usize, u32), values: &[Option<u32>]) -> bool {
        !self.declared.is_impossible(self.dimensions, &[code], values)
    }
}

impl ConstraintSystem {
    fn new(codes: &[(usize, u32)], separate: u32) -> Self {
        Self { codes: codes.to_vec(), strata: Vec::new(), variables: 0, inequalities: Vec::new(), separate }
    }

    /// Adds a stratum with a variable for each pattern; these variables.
    fn push(&mut self, values: Vec<Option<u32>>, patterns: Vec<u32>) -> Vec<(u32, u32)> {
        let first = self.variables as u32;
        self.variables += patterns.len();
        let variables: Vec<(u32, u32)> = (first..).zip(patterns).collect();
        self.strata.push(Stratum { values, variables: variables.clone() });
        variables
    }

    /// The codes of some bits.
    pub fn codes_of(&self, has: u32) -> Vec<(usize, u32)> {
        of_bits(&self.codes, has)
    }

    /// The cells that count some codes of the system (as bits) and lie in it whole: the number of each in a layout of margins
    /// over some partitions, by their positions, with the variables that it sums.
    pub fn cells(&self, of: Structure<'_>, has: u32, layout: &MarginLayout, partitions: &[usize]) -> Vec<(usize, Vec<u32>)> {
        let is_separate = |codes: u32| codes & self.separate != 0;
        // People of a separate variable are counted among the others too.
        let counts = |pattern: u32| pattern & has == has && is_separate(pattern) == is_separate(has);
        let mut cells: Vec<(Vec<u32>, usize)> = vec![(Vec::new(), 0); layout.len()];
        for stratum in &self.strata {
            let members: Vec<u32> = stratum.variables.iter().filter(|(_, pattern)| counts(*pattern)).map(|&(u, _)| u).collect();
            for margin in layout.margins() {
                let cell = &mut cells[margin.cell(|i| stratum.values[partitions[i]].unwrap_or(0))];
                cell.0.extend(&members);
                cell.1 += 1;
            }
        }
        let codes = self.codes_of(has);
        let is_whole = |cell: usize, strata: usize| {
            let mut values = vec![None; of.declared.partitions().len()];
            let mut whole = 1;
            for (&p, value) in partitions.iter().zip(layout.values(cell)) {
                values[p] = value;
                whole *= if value.is_some() { 1 } else { of.size(p) as usize };
            }
            strata == whole && of.declared.is_cell(of.dimensions, &codes, &values)
        };
        let cells = cells.into_iter().enumerate();
        let some = cells.filter(|(cell, (members, strata))| !members.is_empty() && is_whole(*cell, *strata));
        some.map(|(cell, (members, _))| (cell, members)).collect()
    }
}

/// The codes of some bits.
pub fn of_bits(codes: &[(usize, u32)], has: u32) -> Vec<(usize, u32)> {
    (0..codes.len()).filter(|i| has & (1 << i) != 0).map(|i| codes[i]).collect()
}

/// No code, each code, each pair, as bits of so many codes: no table counts more.
pub fn subsets(codes: usize) -> Vec<u32> {
    let mut subsets = vec![0];
    subsets.extend((0..codes).map(|i| 1 << i));
    subsets.extend((0..codes).flat_map(|i| (i + 1..codes).map(move |j| 1 << i | 1 << j)));
    subsets
}
