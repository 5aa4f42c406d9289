//! Tables over all sets of a subproblem's codes, made from points of its parts.

use super::composition::Composition;

/// How often sums are fitted before it is given up.
const MOST_SWEEPS: usize = 16;
/// Fewer people than this are none.
const NOBODY: f64 = 1e-9;

/// How many people have exactly each set of codes, in each stratum.
pub(super) struct ComposedTable {
    pub(super) strata: usize,
    pub(super) people: Vec<f64>,
}

/// People of a stratum who have exactly some set of codes, whatever the others have.
#[derive(Clone, Copy)]
pub(super) struct Gathered {
    pub(super) set: usize,
    pub(super) stratum: usize,
    pub(super) people: f64,
}

impl ComposedTable {
    /// A table of whose parts each is as a point of it, one part's being followed by the others where they share codes, and in which the
    /// people of each row are inside an interval; and some people, if that is asked, have just one set of codes.
    pub(super) fn couple(
        composition: &Composition,
        strata: usize,
        leading: usize,
        points: &[&[f64]],
        intervals: &[(f64, f64)],
        gathered: Option<Gathered>,
    ) -> Option<Self> {
        let mut shared = composition.shared_people(leading, points[leading], strata);
        let parts = (0..points.len()).map(|part| composition.agreeing(part, points[part], &shared, strata));
        let mut parts: Vec<Vec<f64>> = parts.collect::<Option<_>>()?;
        if let Some(Gathered { set, stratum, people }) = gathered {
            shared[composition.shared_of(set) * strata + stratum] -= people;
            for (part, of) in parts.iter_mut().enumerate() {
                let left = &mut of[composition.part_of(part, set) * strata + stratum];
                if *left < people - NOBODY {
                    return None;
                }
                *left = (*left - people).max(0.0);
            }
        }
        let mut table = Self::independent(composition, strata, &parts, &shared);
        if let Some(Gathered { set, stratum, people }) = gathered {
            table.people[set * strata + stratum] += people;
        }
        let mut sums: Vec<f64> = composition.rows().map(|row| table.sum(row.inside)).collect();
        for _ in 0..MOST_SWEEPS {
            let mut is_done = true;
            for row in 0..sums.len() {
                if !is_inside(sums[row], intervals[row]) {
                    is_done = false;
                    table.exchange(composition, row, intervals, &mut sums);
                }
            }
            if is_done {
                return Some(table);
            }
        }
        None
    }

    /// Brings a row into its interval by people who exchange their codes of one part, as far as that takes no other row out of its own.
    fn exchange(&mut self, composition: &Composition, row: usize, intervals: &[(f64, f64)], sums: &mut [f64]) {
        let (lo, hi) = intervals[row];
        // Not to the very end, if there is room.
        let room = ((hi - lo) / 4.0).min(1.0);
        let is_more = sums[row] < lo;
        let mut lacking = if is_more { lo - sums[row] } else { sums[row] - hi } + room;
        for swap in composition.swaps().iter().filter(|swap| (swap.more | swap.less) & (1 << row) != 0) {
            let is_forward = (swap.more & (1 << row) != 0) == is_more;
            let (from, to, more, less) =
                if is_forward { (swap.from, swap.to, swap.more, swap.less) } else { (swap.to, swap.from, swap.less, swap.more) };
            let others = (0..sums.len()).filter(|&other| other != row).map(|other| {
                let is_in = |rows: u32| rows & (1 << other) != 0;
                let (lo, hi) = intervals[other];
                if is_in(more) {
                    hi - sums[other]
                } else if is_in(less) {
                    sums[other] - lo
                } else {
                    f64::INFINITY
                }
            });
            let most = others.fold(lacking, f64::min);
            if most < NOBODY {
                continue;
            }
            let both: f64 = self.set(from[0]).iter().zip(self.set(from[1])).map(|(a, b)| a.min(*b)).sum();
            let people = both.min(most);
            if people < NOBODY {
                continue;
            }
            for stratum in 0..self.strata {
                let [a, b, c, d] = [from[0], from[1], to[0], to[1]].map(|set| set * self.strata + stratum);
                let moved = self.people[a].min(self.people[b]) * (people / both);
                self.people[a] -= moved;
                self.people[b] -= moved;
                self.people[c] += moved;
                self.people[d] += moved;
            }
            for (other, sum) in sums.iter_mut().enumerate() {
                if more & (1 << other) != 0 {
                    *sum += people;
                } else if less & (1 << other) != 0 {
                    *sum -= people;
                }
            }
            lacking -= people;
            if lacking < NOBODY {
                return;
            }
        }
    }

    /// Nobody's having the codes of one part tells of the others.
    fn independent(composition: &Composition, strata: usize, parts: &[Vec<f64>], shared: &[f64]) -> Self {
        let mut people = vec![0.0; composition.sets() * strata];
        for (set, people) in people.chunks_exact_mut(strata).enumerate() {
            let around = &shared[composition.shared_of(set) * strata..][..strata];
            people.copy_from_slice(&parts[0][composition.part_of(0, set) * strata..][..strata]);
            for (part, of) in parts.iter().enumerate().skip(1) {
                let of = &of[composition.part_of(part, set) * strata..][..strata];
                for ((people, of), around) in people.iter_mut().zip(of).zip(around) {
                    *people = if *around > NOBODY { *people * of / around } else { 0.0 };
                }
            }
        }
        Self { strata, people }
    }

    fn set(&self, set: usize) -> &[f64] {
        &self.people[set * self.strata..][..self.strata]
    }

    /// How many people have one of some sets of codes.
    pub(super) fn sum(&self, sets: u64) -> f64 {
        members(sets).map(|set| self.set(set).iter().sum::<f64>()).sum()
    }
}

/// Whether a sum is inside an interval, as far as floats say.
fn is_inside(sum: f64, (lo, hi): (f64, f64)) -> bool {
    sum > lo - NOBODY && sum < hi + NOBODY
}

/// The numbers of some sets.
fn members(mut sets: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (sets != 0).then(|| sets.trailing_zeros() as usize)?;
        sets &= sets - 1;
        Some(next)
    })
}
