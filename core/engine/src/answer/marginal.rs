//! Counts of groups that margins cover: sums of cells, tightened by every other cover.

use super::work::{self, Work};
use crate::message::message;
use crate::model::distinct;
use crate::release::{ReadSet, Release};
use crate::{Error, ErrorKind, Interval, Result};

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
    pub(crate) combination: [u32; 2],
    /// Bit `p`: partition `p` is crossed.
    pub(crate) margin: u64,
    /// For each partition that the group restricts, whether a value belongs to it.
    sets: Vec<(usize, Vec<bool>)>,
    /// How many cells are declared among them; the others are zero.
    pub(crate) cells: u64,
    /// For each of `sets`, the same with the other values of that partition: the siblings. `None`: the margin does not count them.
    sibling_cells: Vec<Option<u64>>,
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

    /// The people with the other values of partition `p`.
    fn sibling(&self, release: &Release, p: usize) -> Self {
        let size = release.partition_size(p);
        let others = self.sets[p].as_ref().map(|set| (0..size).filter(|v| set.binary_search(v).is_err()).collect());
        self.with_set(p, others)
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
    pub(crate) fn covers(&self, release: &Release, work: &Work) -> Vec<Cover> {
        let Some((table, combination)) = release.counting(&self.codes) else { return Vec::new() };
        let margins = release.tables()[table].layout.margins();
        let crosses = |dims: &[usize]| self.restricted().all(|p| dims.contains(&p));
        let cover = |dims: &[usize]| {
            work.spend(work::COVER + 2 * most_rows(release, dims));
            let cells = self.declared_cells(release, dims, work)?;
            let sibling = |p: usize| self.sibling(release, p).declared_cells(release, dims, work);
            Some(Cover {
                sibling_cells: self.restricted().map(sibling).collect(),
                ..self.cover(release, (table, combination), dims, cells)
            })
        };
        margins.iter().filter(|m| crosses(&m.dims)).filter_map(|m| cover(&m.dims)).collect()
    }

    /// The cells of this group in one margin; what it says of the group's siblings is left open.
    fn cover(&self, release: &Release, (table, combination): (usize, [u32; 2]), dims: &[usize], cells: u64) -> Cover {
        let in_set = |(p, set): (usize, &Option<Vec<u32>>)| {
            let mut member = vec![false; release.tables()[table].layout.sizes()[p] as usize];
            for &value in set.as_ref()? {
                member[value as usize] = true;
            }
            Some((p, member))
        };
        let sets: Vec<(usize, Vec<bool>)> = self.sets.iter().enumerate().filter_map(in_set).collect();
        let margin = dims.iter().fold(0, |mask, &p| mask | 1 << p);
        Cover { table, combination, margin, sibling_cells: vec![None; sets.len()], sets, cells }
    }

    /// The covers by margins that do not cross partition `p`.
    fn covers_without(&self, release: &Release, p: usize, work: &Work) -> Vec<Cover> {
        self.covers(release, work).into_iter().filter(|cover| cover.margin & (1 << p) == 0).collect()
    }

    /// The cover by the coarsest margin.
    fn coarsest(&self, release: &Release, work: &Work) -> Option<Cover> {
        self.covers(release, work).into_iter().min_by_key(|cover| (cover.margin.count_ones(), cover.cells))
    }

    /// A cover of this group that may also count cells which nobody can be in: what it sums is no less than the group.
    fn widest(&self, release: &Release) -> Option<Cover> {
        let at = release.counting(&self.codes)?;
        let margins = release.tables()[at.0].layout.margins();
        let margin = margins.iter().find(|m| self.restricted().all(|p| m.dims.contains(&p)))?;
        let values = |&p: &usize| self.sets[p].as_ref().map_or(u64::from(release.partition_size(p)), |set| set.len() as u64);
        let cells = margin.dims.iter().map(values).fold(1, u64::saturating_mul);
        Some(self.cover(release, at, &margin.dims, cells))
    }

    /// The same people with one more code.
    pub(crate) fn with_code(&self, d: usize, code: u32) -> Self {
        let codes = self.codes.iter().copied().chain([(d, code)]).collect();
        self.with_codes(codes)
    }

    /// How many cells of a margin this group takes, impossible ones left out; nothing if one is neither declared nor impossible.
    pub(crate) fn declared_cells(&self, release: &Release, dims: &[usize], work: &Work) -> Option<u64> {
        let (dimensions, declared) = (release.dimensions(), release.declared());
        let choices: Vec<(usize, Vec<u32>)> = dims
            .iter()
            .map(|&p| {
                let size = release.partition_size(p);
                (p, self.sets[p].clone().unwrap_or_else(|| (0..size).collect()))
            })
            .collect();
        let all =
            choices.iter().try_fold(1_u64, |n, (_, values)| n.checked_mul(values.len() as u64)).filter(|&n| n <= MOST_CELLS)?;
        let has_onset = |&(d, code): &(usize, u32)| dimensions.get(d).dictionary.onset(code).is_some();
        if !declared.has_zeros() && !self.codes.iter().any(has_onset) {
            return Some(all);
        }
        if !work.take(all * (4 + declared.zeros() as u64) * 8) {
            return None;
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
            } else if !release.declared().is_impossible(release.dimensions(), &self.codes, &values) {
                return None;
            }
        }
        Some(cells)
    }
}

/// The sums of a group's cells at each centre and, one group after the other, of its siblings'.
#[derive(Debug, Default)]
struct Sums {
    intervals: Vec<Interval>,
    published: Vec<u64>,
}

impl Cover {
    /// Sums the cells of the group, and of its siblings: one pass over the margin's rows.
    fn sum(&self, release: &Release, sums: &mut Sums) -> Result<()> {
        let centres = release.centres().len();
        let groups = 1 + self.sets.len();
        sums.intervals.clear();
        sums.intervals.resize(groups * centres, Interval::ZERO);
        sums.published.clear();
        sums.published.resize(groups * centres, 0);
        for chunk in release.chunks(self.table, self.combination) {
            let chunk = chunk?;
            let Some(rows) = chunk.index.margin(self.margin) else { continue };
            let columns: Vec<(&[u32], &[bool])> =
                self.sets.iter().map(|(p, member)| (chunk.partitions[*p].as_slice(), member.as_slice())).collect();
            let mut rows = rows.range(chunk.index.run(self.combination));
            let mut some = [0; 256];
            loop {
                let some = rows.next_many(&mut some);
                if some.is_empty() {
                    break;
                }
                for &row in some.iter() {
                    let row = row as usize;
                    if let Some(group) = group_of(&columns, row) {
                        let at = group * centres + chunk.centre[row] as usize;
                        sums.intervals[at] = sums.intervals[at] + chunk.interval(row);
                        sums.published[at] += 1;
                    }
                }
            }
        }
        let suppressed = release.tables()[self.table].unlisted;
        let cells = [Some(self.cells)].into_iter().chain(self.sibling_cells.iter().copied());
        for (group, cells) in cells.enumerate() {
            for at in group * centres..(group + 1) * centres {
                sums.intervals[at] = match cells {
                    Some(cells) => sums.intervals[at] + suppressed.times(cells.saturating_sub(sums.published[at])),
                    None => Interval::ANY,
                };
            }
        }
        Ok(())
    }

    /// How many published cells it sums at each centre.
    pub(crate) fn published(&self, release: &Release) -> Result<Vec<u64>> {
        let mut sums = Sums::default();
        self.sum(release, &mut sums)?;
        sums.published.truncate(release.centres().len());
        Ok(sums.published)
    }
}

/// Whose row it is: 0 for the group, `1 + i` for the sibling outside in the `i`th column; outside in two columns: nobody's.
fn group_of(columns: &[(&[u32], &[bool])], row: usize) -> Option<usize> {
    let mut group = 0;
    for (i, (values, member)) in columns.iter().enumerate() {
        if !member[values[row] as usize] {
            if group > 0 {
                return None;
            }
            group = 1 + i;
        }
    }
    Some(group)
}

/// A group with everything that bounds it: its own covers, and those of larger and complementary groups.
#[derive(Debug, Clone)]
pub(crate) struct Marginal {
    /// Covers of the group itself.
    pub(crate) target: Vec<Cover>,
    /// For each restricted partition, the group and its siblings together, counted by margins that do not cross it. (A margin that
    /// crosses it counts both apart, so their difference says nothing new.)
    wholes: Vec<Vec<Cover>>,
    /// Larger groups.
    above: Vec<Cover>,
    /// For a pair: each code alone, and everybody.
    pair: Option<[Cover; 3]>,
    /// Whether the group is only a part of what is counted.
    is_part: bool,
}

impl Marginal {
    /// Everything that bounds a group.
    pub(crate) fn new(release: &Release, group: &Group, work: &Work) -> Self {
        work.spend(work::GROUP);
        let target = group.covers(release, work);
        let wholes = group.restricted().map(|p| group.with_set(p, None).covers_without(release, p, work)).collect();
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
        let above = above.iter().filter_map(|g| g.coarsest(release, work)).collect();
        let cover = |codes: &[(usize, u32)]| group.with_codes(codes.to_vec()).coarsest(release, work);
        let pair =
            (group.codes.len() == 2).then(|| Some([cover(&group.codes[..1])?, cover(&group.codes[1..])?, cover(&[])?])).flatten();
        Self { target, wholes, above, pair, is_part: false }
    }

    /// An upper bound of a group at next to no cost: the cells of one margin that hold it.
    pub(crate) fn least(release: &Release, group: &Group) -> Self {
        let plain = |&(d, code): &(usize, u32)| {
            let onset = release.dimensions().get(d).dictionary.onset(code);
            // Whose first record was then has the code; the first stage of all is not declared.
            (d, onset.map_or(code, |onset| onset.code))
        };
        let codes: Vec<(usize, u32)> = group.codes.iter().take(1).map(plain).collect();
        let everyone = Group::everyone(group.sets.len());
        let larger = [group.with_codes(codes.clone()), everyone.with_codes(codes), group.with_codes(Vec::new()), everyone];
        let target = larger.iter().find_map(|group| group.widest(release)).into_iter().collect();
        Self { target, wholes: Vec::new(), above: Vec::new(), pair: None, is_part: true }
    }

    /// Whether a margin counts the group itself.
    pub(crate) fn is_covered(&self) -> bool {
        !self.target.is_empty()
    }

    fn all_covers(&self) -> impl Iterator<Item = &Cover> {
        self.target.iter().chain(self.wholes.iter().flatten()).chain(&self.above).chain(self.pair.iter().flatten())
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, reads: &mut ReadSet) {
        for (table, combination) in distinct(self.all_covers().map(|c| (c.table, c.combination)).collect()) {
            reads.rows(release, table, combination);
        }
    }

    /// The group's count at each centre.
    pub(crate) fn bounds(&self, release: &Release) -> Result<Vec<Interval>> {
        let centres = release.centres().len();
        let mut sums = Sums::default();
        let mut with_siblings = vec![Interval::ANY; (1 + self.wholes.len()) * centres];
        for cover in &self.target {
            cover.sum(release, &mut sums)?;
            for (bound, &sum) in with_siblings.iter_mut().zip(&sums.intervals) {
                *bound = meet(*bound, sum)?;
            }
        }
        let (bounds, siblings) = with_siblings.split_at_mut(centres);
        if self.is_covered() {
            for (covers, siblings) in self.wholes.iter().zip(siblings.chunks(centres)) {
                for cover in covers {
                    cover.sum(release, &mut sums)?;
                    for (bound, (&whole, &sibling)) in bounds.iter_mut().zip(sums.intervals.iter().zip(siblings)) {
                        *bound = meet(*bound, whole - sibling)?;
                    }
                }
            }
        }
        for cover in &self.above {
            cover.sum(release, &mut sums)?;
            for (bound, above) in bounds.iter_mut().zip(&sums.intervals) {
                *bound = meet(*bound, above.or_less())?;
            }
        }
        if let Some(pair) = &self.pair {
            let mut three = Vec::with_capacity(3);
            for cover in pair {
                cover.sum(release, &mut sums)?;
                three.push(sums.intervals[..centres].to_vec());
            }
            for (c, bound) in bounds.iter_mut().enumerate() {
                // Fréchet: |A and B| >= |A| + |B| - |everyone|.
                let both = three[0][c].lower().saturating_add(three[1][c].lower());
                let least = three[2][c].upper().map_or(0, |everyone| both.saturating_sub(everyone));
                *bound = meet(*bound, Interval::at_least(least))?;
            }
        }
        with_siblings.truncate(centres);
        if self.is_part {
            for bound in &mut with_siblings {
                *bound = bound.or_less();
            }
        }
        Ok(with_siblings)
    }
}

/// What two statements about one count say together.
pub(crate) fn meet(a: Interval, b: Interval) -> Result<Interval> {
    a.intersect(b).ok_or_else(|| {
        Error::new(ErrorKind::Contradiction, message!("release.exclusive")).with_hint(message!("hint.wrong_release"))
    })
}

/// How many rows a margin may have for a combination of codes.
fn most_rows(release: &Release, dims: &[usize]) -> u64 {
    let values = dims.iter().fold(1_u64, |n, &p| n.saturating_mul(release.partition_size(p).into()));
    values.saturating_mul(release.centres().len() as u64)
}
