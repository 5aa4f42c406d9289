//! The codes of a subproblem, as parts that are coupled, and what must be shown of their pairs.

use ninzu_engine::system::of_bits;

use crate::disclosure::cell_intervals::Code;
use crate::disclosure::system::{Rules, Subproblem, SubproblemKind};

/// More sets of codes are left to programs: they are bits of a word.
const MOST_SETS: usize = u64::BITS as usize;
/// How far sums of floats may be from what they mean.
pub(super) const SLACK: f64 = 1e-6;

/// A subproblem's codes as parts, and its pairs as rows.
pub(crate) struct Composition {
    pub(super) parts: Vec<Part>,
    /// The sets of codes that somebody can have, as bits over the codes, by number.
    pub(super) codes_of: Vec<u32>,
    /// For each set, which one it is among those of the codes that all parts share.
    pub(super) shared: Vec<usize>,
    /// For each set of shared codes, the number of the set that is just it.
    pub(super) shared_alone: Vec<usize>,
    /// The pairs, the innermost first.
    pub(super) rows: Vec<PairRow>,
    /// Everybody, each code and each pair, by the sets of those who are counted.
    pub(super) groups: Vec<u64>,
    /// For each group, the set of just its codes and those that these lie in.
    pub(super) smallest: Vec<usize>,
    pub(super) steps: Vec<PairDifference>,
    pub(super) wide: Vec<PairDifference>,
    pub(super) swaps: Vec<Swap>,
}

/// Two people who exchange their codes of one part.
pub(super) struct Swap {
    pub(super) from: [usize; 2],
    pub(super) to: [usize; 2],
    /// The rows that have one more then, and one less, as bits.
    pub(super) more: u32,
    pub(super) less: u32,
}

/// A code and those above it.
pub(super) struct Part {
    pub(super) codes: Vec<Code>,
    /// For each of its codes, its bit.
    pub(super) bits: Vec<u32>,
    /// For each set of the composition, the number of the part's.
    pub(super) of: Vec<usize>,
    /// For each set of the part, the number of the composition's that is just it.
    pub(super) alone: Vec<usize>,
    /// For each set of the part, that of shared codes in it.
    pub(super) shared: Vec<usize>,
    /// Whether it has shared codes only.
    pub(super) is_shared: Vec<bool>,
}

/// A pair of codes whose people are published as one number at a centre.
pub(super) struct PairRow {
    pub(super) table: usize,
    pub(super) combination: usize,
    /// The sets of those who have both.
    pub(super) inside: u64,
    /// Those of them that no pair inside this one has.
    pub(super) own: u64,
}

/// People of a group outside of a pair that lies in it.
pub(super) struct PairDifference {
    /// The sets of those who are counted.
    pub(super) sets: u64,
    /// The larger group, by its number, and the pair.
    pub(super) of: usize,
    pub(super) without: usize,
    /// Of several steps: those that are parts of it.
    pub(super) parts: Vec<usize>,
}

impl PairRow {
    pub(super) fn bounds(&self, rules: Rules<'_>, centre: usize) -> (u32, u32) {
        rules.intervals.bounds(rules.intervals.tables[self.table].id(self.combination, centre, 0))
    }
}

impl Composition {
    /// The parts and rows of a subproblem; nothing if it is none of pairs, or not of pairs counted by centre alone.
    pub(crate) fn new(rules: Rules<'_>, subproblem: &Subproblem) -> Option<Self> {
        let crossed = [SubproblemKind::Pair, SubproblemKind::AncestorClosure, SubproblemKind::Triple];
        let codes = &subproblem.codes;
        let dictionary = |d: usize| &rules.dimensions.get(d).dictionary;
        let is_by_centre = |table: usize| rules.intervals.tables[table].layout.len() == 1;
        if !crossed.contains(&subproblem.kind)
            || codes.iter().any(|&(d, code)| dictionary(d).onset(code).is_some())
            || !rules.pair_tables(subproblem).into_iter().all(is_by_centre)
        {
            return None;
        }
        let above = above(rules, codes);
        let is_deepest = |&i: &usize| above.iter().all(|above| above & (1 << i) == 0);
        let bits: Vec<u32> = (0..codes.len()).filter(is_deepest).map(|i| above[i] | 1 << i).collect();
        let common = bits.iter().fold(u32::MAX, |all, bits| all & bits);
        let is_common = |i: usize| bits[..i].iter().all(|other| other & bits[i] == common);
        let declared =
            |codes: &[Code]| rules.declared.is_cell(rules.dimensions, codes, &vec![None; rules.declared.partitions().len()]);
        let zeros = |codes: &[Code]| rules.declared.zeros_of(rules.dimensions, codes);
        let part_codes: Vec<Vec<Code>> = bits.iter().map(|&bits| of_bits(codes, bits)).collect();
        // What is impossible of several parts at once, no part says.
        if bits.len() < 2
            || !(1..bits.len()).all(is_common)
            || !zeros(codes).iter().all(|zero| part_codes.iter().any(|part| zeros(part).contains(zero)))
            || !codes.iter().all(|&code| declared(&[code]))
        {
            return None;
        }
        let sets = closed_sets(&above);
        if sets.len() > MOST_SETS {
            return None;
        }
        let closed = |has: u32| (0..codes.len()).filter(|i| has & (1 << i) != 0).fold(has, |all, i| all | above[i]);
        let number = |set: u32| sets.binary_search(&set).ok();
        let mut shared_sets: Vec<u32> = sets.iter().map(|set| set & common).collect();
        shared_sets.sort_unstable();
        shared_sets.dedup();
        let mut parts = Vec::new();
        for (codes, &bits) in part_codes.into_iter().zip(&bits) {
            let mut own: Vec<u32> = sets.iter().map(|set| set & bits).collect();
            own.sort_unstable();
            own.dedup();
            parts.push(Part {
                codes,
                bits: (0..u32::BITS).filter(|i| bits & (1 << i) != 0).map(|i| 1 << i).collect(),
                of: sets.iter().map(|set| own.binary_search(&(set & bits)).ok()).collect::<Option<_>>()?,
                alone: own.iter().map(|&set| number(set)).collect::<Option<_>>()?,
                shared: own.iter().map(|set| shared_sets.binary_search(&(set & common)).ok()).collect::<Option<_>>()?,
                is_shared: own.iter().map(|set| set & !common == 0).collect(),
            });
        }
        let counted = |has: u32| (0..).zip(&sets).filter(|(_, set)| *set & has == has).fold(0_u64, |all, (i, _)| all | 1 << i);
        let mut rows = Vec::new();
        for (i, j) in (0..codes.len()).flat_map(|i| (i + 1..codes.len()).map(move |j| (i, j))) {
            let Some((table, combination)) = rules.intervals.counting(&[codes[i], codes[j]]) else { continue };
            if !declared(&[codes[i], codes[j]]) {
                return None;
            }
            let has = 1 << i | 1 << j;
            rows.push((PairRow { table, combination, inside: counted(has), own: 0 }, has));
        }
        rows.sort_by_key(|(row, _)| row.inside.count_ones());
        let singles = (0..codes.len()).map(|i| 1 << i);
        let has: Vec<u32> = rows.iter().map(|row| row.1).chain([0]).chain(singles).collect();
        let mut rows: Vec<PairRow> = rows.into_iter().map(|row| row.0).collect();
        if rows.len() > u32::BITS as usize {
            return None;
        }
        for i in 0..rows.len() {
            let inside = rows[i].inside;
            let deeper = rows[..i].iter().filter(|row| row.inside & !inside == 0).fold(0, |all, row| all | row.inside);
            rows[i].own = inside & !deeper;
        }
        let groups: Vec<u64> = has.iter().map(|&has| counted(has)).collect();
        let smallest = has.iter().map(|&has| number(closed(has))).collect::<Option<_>>()?;
        let shared = sets.iter().map(|set| shared_sets.binary_search(&(set & common)).ok()).collect::<Option<_>>()?;
        let shared_alone = shared_sets.iter().map(|&set| number(set)).collect::<Option<_>>()?;
        let (steps, wide) = differences(&groups, rows.len());
        let swaps = swaps(&sets, &bits, common, &rows);
        let codes_of = sets;
        Some(Self { parts, codes_of, shared, shared_alone, rows, groups, smallest, steps, wide, swaps })
    }

    /// The codes of each part, ascending.
    pub(super) fn parts(&self) -> impl Iterator<Item = &[Code]> {
        self.parts.iter().map(|part| &part.codes[..])
    }

    /// How many pairs there are.
    pub(super) fn pairs(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Whether a part shares no code, and none of its pairs says that somebody is in it or that they are fewer than `k - 1`.
    pub(super) fn is_silent(&self, rules: Rules<'_>, threshold: u32, part: usize, centre: usize) -> bool {
        let own: u32 = self.parts[part].bits.iter().fold(0, |all, bit| all | bit);
        let is_shared =
            self.parts.iter().enumerate().any(|(other, of)| other != part && of.bits.iter().any(|bit| own & bit != 0));
        let has_own =
            |row: &PairRow| (0..self.sets()).filter(|set| row.inside & (1 << set) != 0).all(|set| self.codes_of[set] & own != 0);
        !is_shared
            && self.rows.iter().filter(|row| has_own(row)).all(|row| {
                let (lo, hi) = row.bounds(rules, centre);
                lo == 0 && hi + 1 >= threshold
            })
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &PairRow> {
        self.rows.iter()
    }

    pub(super) fn sets(&self) -> usize {
        self.codes_of.len()
    }

    pub(super) fn swaps(&self) -> &[Swap] {
        &self.swaps
    }

    /// Which set of a part's codes a set is.
    pub(super) fn part_of(&self, part: usize, set: usize) -> usize {
        self.parts[part].of[set]
    }

    pub(super) fn shared_of(&self, set: usize) -> usize {
        self.shared[set]
    }

    /// How many people have exactly each set of shared codes, in each stratum, at a point of a part.
    pub(super) fn shared_people(&self, part: usize, point: &[f64], strata: usize) -> Vec<f64> {
        let mut people = vec![0.0; self.shared_alone.len() * strata];
        for (&shared, point) in self.parts[part].shared.iter().zip(point.chunks_exact(strata)) {
            people[shared * strata..][..strata].iter_mut().zip(point).for_each(|(sum, people)| *sum += people);
        }
        people
    }

    /// A point of a part with so many people of each set of shared codes; nothing if those with codes of its own are more.
    pub(super) fn agreeing(&self, part: usize, point: &[f64], shared: &[f64], strata: usize) -> Option<Vec<f64>> {
        let part = &self.parts[part];
        let (mut agreeing, mut left) = (point.to_vec(), shared.to_vec());
        for (set, own) in point.chunks_exact(strata).enumerate().filter(|&(set, _)| !part.is_shared[set]) {
            left[part.shared[set] * strata..][..strata].iter_mut().zip(own).for_each(|(left, own)| *left -= own);
        }
        if left.iter().any(|&left| left < -SLACK / 10.0) {
            return None;
        }
        for (set, of) in agreeing.chunks_exact_mut(strata).enumerate().filter(|&(set, _)| part.is_shared[set]) {
            let left = &left[part.shared[set] * strata..][..strata];
            of.iter_mut().zip(left).for_each(|(people, left)| *people = left.max(0.0));
        }
        Some(agreeing)
    }
}

/// For each code, those of the others that it lies in, as bits.
pub(super) fn above(rules: Rules<'_>, codes: &[Code]) -> Vec<u32> {
    let is_within = |i: usize, j: usize| {
        let ((d, code), (e, other)) = (codes[i], codes[j]);
        i != j && d == e && rules.dimensions.get(d).dictionary.is_within(code, other)
    };
    (0..codes.len()).map(|i| (0..codes.len()).filter(|&j| is_within(i, j)).fold(0, |all, j| all | 1 << j)).collect()
}

/// The sets of codes, as bits, that have with each code those that it lies in, ascending.
pub(super) fn closed_sets(above: &[u32]) -> Vec<u32> {
    let is_closed = |&set: &u32| above.iter().enumerate().all(|(i, above)| set & (1 << i) == 0 || set & above == *above);
    (0..1 << above.len()).filter(is_closed).collect()
}

/// The differences of groups and pairs in them, of one step and of several.
fn differences(groups: &[u64], rows: usize) -> (Vec<PairDifference>, Vec<PairDifference>) {
    let is_inside = |inner: usize, outer: usize| inner != outer && groups[inner] & !groups[outer] == 0;
    let (mut steps, mut wide): (Vec<PairDifference>, Vec<PairDifference>) = (Vec::new(), Vec::new());
    for without in 0..rows {
        for of in (0..groups.len()).filter(|&of| is_inside(without, of)) {
            let sets = groups[of] & !groups[without];
            let is_step = !(0..groups.len()).any(|between| is_inside(without, between) && is_inside(between, of));
            if is_step { &mut steps } else { &mut wide }.push(PairDifference { sets, of, without, parts: Vec::new() });
        }
    }
    for difference in &mut wide {
        let within = |group: usize| group == difference.without || is_inside(difference.without, group);
        let is_part =
            |step: &PairDifference| within(step.without) && (step.of == difference.of || is_inside(step.of, difference.of));
        difference.parts = (0..steps.len()).filter(|&i| is_part(&steps[i])).collect();
    }
    (steps, wide)
}

/// The exchanges of codes of one part between two people who have the same shared ones, as far as pairs mind.
fn swaps(sets: &[u32], parts: &[u32], common: u32, rows: &[PairRow]) -> Vec<Swap> {
    let mut swaps = Vec::new();
    // To exchange the last part's codes is to exchange those of all others.
    let last = if parts.len() == 2 { 1 } else { parts.len() };
    for part in &parts[..last] {
        for (p, q) in (0..sets.len()).flat_map(|p| (0..p).map(move |q| (p, q))) {
            let (a, b) = (sets[p], sets[q]);
            if (a ^ b) & common != 0 || (a ^ b) & part == 0 || (a ^ b) & !part == 0 {
                continue;
            }
            let exchanged = [a & !part | b & part, b & !part | a & part].map(|set| sets.binary_search(&set).ok());
            let [Some(to), Some(other)] = exchanged else { continue };
            let count = |row: &PairRow, sets: [usize; 2]| sets.iter().filter(|&&set| row.inside & (1 << set) != 0).count();
            let rows_with = |is: &dyn Fn(usize, usize) -> bool| {
                let rows = (0..).zip(rows).filter(|(_, row)| is(count(row, [to, other]), count(row, [p, q])));
                rows.fold(0, |all: u32, (i, _)| all | 1 << i)
            };
            let (more, less) = (rows_with(&|after, before| after > before), rows_with(&|after, before| after < before));
            if more | less != 0 {
                swaps.push(Swap { from: [p, q], to: [to, other], more, less });
            }
        }
    }
    swaps.sort_by_key(|swap| (swap.more | swap.less).count_ones());
    swaps
}
