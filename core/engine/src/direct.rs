//! Counts of groups that margins cover: sums of cells, tightened by every other cover.

use std::collections::BTreeSet;

use crate::release::{Need, Release};
use crate::{Declared, Error, ErrorKind, Interval, Result};

/// People with up to two codes, and one of some values in each of some partitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// `(dimension, code)`, at most two.
    pub(crate) codes: Vec<(usize, u32)>,
    /// For each partition, the values; `None`: all.
    pub(crate) sets: Vec<Option<Vec<u32>>>,
}

/// One way to count a group: cells of one margin of one table, summed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) table: usize,
    pub(crate) tuple: [u32; 2],
    /// Bit `p`: partition `p` is crossed.
    pub(crate) margin: u64,
    /// For each partition that the group restricts, whether a value belongs to it.
    sets: Vec<(usize, Vec<bool>)>,
    /// How many cells are declared among them; the others are zero.
    pub(crate) cells: u64,
}

/// Beyond this many cells a margin is too fine to be a useful cover.
const MOST_CELLS: u64 = 1 << 16;

impl Group {
    /// Everybody.
    pub(crate) fn everyone(partitions: usize) -> Self {
        Self { codes: Vec::new(), sets: vec![None; partitions] }
    }

    /// The same people with other codes.
    pub(crate) fn with_codes(&self, codes: Vec<(usize, u32)>) -> Self {
        Self { codes, sets: self.sets.clone() }
    }

    /// The same codes, another set of values in partition `p`.
    fn with_set(&self, p: usize, set: Option<Vec<u32>>) -> Self {
        let mut sets = self.sets.clone();
        sets[p] = set;
        Self { codes: self.codes.clone(), sets }
    }

    /// Positions of the partitions that it restricts.
    pub(crate) fn restricted(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.sets.len()).filter(|&p| self.sets[p].is_some())
    }

    /// Every way in which the release's tables count this group.
    pub(crate) fn covers(&self, release: &Release) -> Vec<Cover> {
        let dims: Vec<usize> = self.codes.iter().map(|c| c.0).collect();
        let Some(table) = release.table(&dims) else { return Vec::new() };
        let mut tuple = [0; 2];
        for (slot, code) in tuple.iter_mut().zip(&self.codes) {
            *slot = code.1;
        }
        if !release.declares(table, tuple) {
            return Vec::new();
        }
        let margins = release.tables()[table].layout.margins();
        let crosses = |dims: &[usize]| self.restricted().all(|p| dims.contains(&p));
        let cover = |dims: &[usize]| {
            let cells = self.declared_cells(release, dims)?;
            let in_set = |p: usize, set: &Vec<u32>| {
                let size = release.tables()[table].layout.sizes()[p] as usize;
                let mut member = vec![false; size];
                for &value in set {
                    member[value as usize] = true;
                }
                (p, member)
            };
            let sets = self.sets.iter().enumerate().filter_map(|(p, set)| set.as_ref().map(|s| in_set(p, s))).collect();
            Some(Cover { table, tuple, margin: dims.iter().fold(0, |mask, &p| mask | 1 << p), sets, cells })
        };
        margins.iter().filter(|m| crosses(&m.dims)).filter_map(|m| cover(&m.dims)).collect()
    }

    /// The same people with one more code.
    pub(crate) fn with_code(&self, d: usize, code: u32) -> Self {
        let codes = self.codes.iter().copied().chain([(d, code)]).collect();
        self.with_codes(codes)
    }

    /// How many cells of a margin this group takes, impossible ones left out; nothing if one is neither declared nor impossible.
    pub(crate) fn declared_cells(&self, release: &Release, dims: &[usize]) -> Option<u64> {
        let (dimensions, declared) = (release.dimensions(), release.declared());
        let choices: Vec<(usize, Vec<u32>)> = dims
            .iter()
            .map(|&p| {
                let size = dimensions.get(declared.partitions()[p]).dictionary.len() as u32;
                (p, self.sets[p].clone().unwrap_or_else(|| (0..size).collect()))
            })
            .collect();
        let all =
            choices.iter().try_fold(1_u64, |n, (_, values)| n.checked_mul(values.len() as u64)).filter(|&n| n <= MOST_CELLS)?;
        let has_onset = |&(d, code): &(usize, u32)| dimensions.get(d).dictionary.onset(code).is_some();
        if !declared.has_zeros() && !self.codes.iter().any(has_onset) {
            return Some(all);
        }
        let mut values = vec![None; self.sets.len()];
        let mut cells = 0;
        for cell in 0..all {
            let mut rest = cell;
            for (p, choice) in &choices {
                values[*p] = Some(choice[(rest % choice.len() as u64) as usize]);
                rest /= choice.len() as u64;
            }
            if declared.is_cell(dimensions, &self.codes, &values) {
                cells += 1;
            } else if !is_impossible(release, &self.codes, &values) {
                return None;
            }
        }
        Some(cells)
    }
}

/// Whether nobody can be in a cell: a structural zero, or an onset later than the life stage.
pub(crate) fn is_impossible(release: &Release, codes: &[(usize, u32)], values: &[Option<u32>]) -> bool {
    let (dimensions, declared) = (release.dimensions(), release.declared());
    let is_late = |declared: &Declared, &(d, code): &(usize, u32)| {
        let onset = dimensions.get(d).dictionary.onset(code);
        let stage = declared.life_stage().and_then(|p| values[p]);
        onset.zip(stage).is_some_and(|(onset, stage)| declared.is_late(dimensions, onset.stage, stage))
    };
    declared.is_zero(dimensions, codes, values) || codes.iter().any(|code| is_late(declared, code))
}

impl Cover {
    /// The sum of its cells at each centre, and how many of them are listed.
    fn sums(&self, release: &Release, sums: &mut [Interval], listed: &mut [u64]) -> Result<()> {
        sums.fill(Interval::ZERO);
        listed.fill(0);
        for chunk in release.chunks(self.table, self.tuple) {
            let chunk = chunk?;
            let Some(rows) = chunk.index.margin(self.margin) else { continue };
            for row in rows.range(chunk.index.run(self.tuple)) {
                let row = row as usize;
                if self.sets.iter().all(|(p, member)| member[chunk.partitions[*p][row] as usize]) {
                    let centre = chunk.centre[row] as usize;
                    sums[centre] = sums[centre] + chunk.interval(row);
                    listed[centre] += 1;
                }
            }
        }
        let unlisted = release.tables()[self.table].unlisted;
        for (sum, listed) in sums.iter_mut().zip(listed) {
            *sum = *sum + unlisted.times(self.cells.saturating_sub(*listed));
        }
        Ok(())
    }

    /// How many listed cells it sums at each centre.
    pub(crate) fn listed(&self, release: &Release) -> Result<Vec<u64>> {
        let mut sums = vec![Interval::ZERO; release.centres().len()];
        let mut listed = vec![0; release.centres().len()];
        self.sums(release, &mut sums, &mut listed)?;
        Ok(listed)
    }
}

/// A group with everything that bounds it: its own covers, and those of larger and complementary groups.
#[derive(Debug, Clone)]
pub(crate) struct Direct {
    /// Covers of the group itself.
    pub(crate) target: Vec<Cover>,
    /// Larger groups and what they hold besides: the group is the difference.
    differences: Vec<(Vec<Cover>, Vec<Cover>)>,
    /// Larger groups.
    above: Vec<Vec<Cover>>,
    /// For a pair: each code alone, and everybody.
    pair: Option<[Vec<Cover>; 3]>,
}

impl Direct {
    /// Everything that bounds a group.
    pub(crate) fn new(release: &Release, group: &Group) -> Self {
        let target = group.covers(release);
        let mut differences = Vec::new();
        for p in group.restricted() {
            let size = release.dimensions().get(release.declared().partitions()[p]).dictionary.len() as u32;
            let set = group.sets[p].as_ref();
            let rest = (0..size).filter(|v| set.is_some_and(|s| s.binary_search(v).is_err())).collect();
            let (parent, sibling) = (group.with_set(p, None).covers(release), group.with_set(p, Some(rest)).covers(release));
            if !parent.is_empty() && !sibling.is_empty() {
                differences.push((parent, sibling));
            }
        }
        let mut above = Vec::new();
        for (i, &(d, code)) in group.codes.iter().enumerate() {
            for &ancestor in release.dimensions().get(d).dictionary.ancestors(code) {
                let mut codes = group.codes.clone();
                codes[i].1 = ancestor;
                above.push(group.with_codes(codes));
            }
            let mut codes = group.codes.clone();
            codes.remove(i);
            above.push(group.with_codes(codes));
        }
        if target.is_empty() {
            above.extend(group.restricted().map(|p| group.with_set(p, None)));
        }
        let above = above.iter().map(|g| g.covers(release)).filter(|covers| !covers.is_empty()).collect();
        let pair = (group.codes.len() == 2).then(|| {
            [group.with_codes(vec![group.codes[0]]), group.with_codes(vec![group.codes[1]]), group.with_codes(Vec::new())]
                .map(|g| g.covers(release))
        });
        Self { target, differences, above, pair }
    }

    /// Whether a margin counts the group itself.
    pub(crate) fn is_covered(&self) -> bool {
        !self.target.is_empty()
    }

    fn all_covers(&self) -> impl Iterator<Item = &Cover> {
        let differences = self.differences.iter().flat_map(|(parent, sibling)| parent.iter().chain(sibling));
        self.target.iter().chain(differences).chain(self.above.iter().flatten()).chain(self.pair.iter().flatten().flatten())
    }

    /// The byte ranges that are still missing.
    pub(crate) fn needs(&self, release: &Release, needs: &mut Vec<Need>) {
        let places: BTreeSet<(usize, [u32; 2])> = self.all_covers().map(|c| (c.table, c.tuple)).collect();
        for (table, tuple) in places {
            needs.extend(release.missing(table, tuple));
        }
    }

    /// The group's count at each centre.
    pub(crate) fn bounds(&self, release: &Release) -> Result<Vec<Interval>> {
        let mut scratch = Scratch::new(release);
        let mut bounds = scratch.tightest(&self.target)?;
        for (parent, sibling) in &self.differences {
            let sibling = scratch.tightest(sibling)?;
            for (bound, (parent, sibling)) in bounds.iter_mut().zip(scratch.tightest(parent)?.into_iter().zip(sibling)) {
                *bound = meet(*bound, parent - sibling)?;
            }
        }
        for covers in &self.above {
            for (bound, above) in bounds.iter_mut().zip(scratch.tightest(covers)?) {
                *bound = meet(*bound, above.or_less())?;
            }
        }
        if let Some([a, b, everyone]) = &self.pair
            && !a.is_empty()
            && !b.is_empty()
        {
            let (a, b, n) = (scratch.tightest(a)?, scratch.tightest(b)?, scratch.tightest(everyone)?);
            for (i, bound) in bounds.iter_mut().enumerate() {
                // Fréchet: |A and B| >= |A| + |B| - |everyone|.
                let least = n[i].upper().map_or(0, |n| (a[i].lower() + b[i].lower()).saturating_sub(n));
                *bound = meet(*bound, Interval::at_least(least))?;
            }
        }
        Ok(bounds)
    }
}

/// Room for sums, so that a cover costs no allocation of its own.
struct Scratch<'a> {
    release: &'a Release,
    sums: Vec<Interval>,
    listed: Vec<u64>,
}

impl<'a> Scratch<'a> {
    fn new(release: &'a Release) -> Self {
        let centres = release.centres().len();
        Self { release, sums: vec![Interval::ZERO; centres], listed: vec![0; centres] }
    }

    /// What all covers of one group say together, at each centre.
    fn tightest(&mut self, covers: &[Cover]) -> Result<Vec<Interval>> {
        let mut bounds = vec![Interval::ANY; self.sums.len()];
        for cover in covers {
            cover.sums(self.release, &mut self.sums, &mut self.listed)?;
            for (bound, &sum) in bounds.iter_mut().zip(&self.sums) {
                *bound = meet(*bound, sum)?;
            }
        }
        Ok(bounds)
    }
}

/// What two statements about one count say together.
pub(crate) fn meet(a: Interval, b: Interval) -> Result<Interval> {
    a.intersect(b).ok_or_else(|| {
        Error::new(ErrorKind::Contradiction, "the published intervals exclude each other: no population has such counts")
            .with_hint("the release is wrong: tell its publisher; an imported table may need another rule for its markers")
    })
}
