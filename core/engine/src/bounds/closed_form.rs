//! Bounds of combinations from the counts of singles and pairs, without a program.
//!
//! Each function takes intervals and uses the bound of each that keeps the bound valid. Intervals that no population can have give
//! an interval without meaning, not an error: programs find contradictions, these formulas do not.

use crate::Interval;

/// How many persons some pairs of parts share, where that is published.
type Pairs<'a> = &'a dyn Fn(usize, usize) -> Option<Interval>;

/// Of more parts than this, pairs are not looked at: there are too many, and hardly any are published.
pub const MANY: usize = 256;

/// The count of persons in every part.
///
/// # Formula
/// At most the least part or pair. At least `sum lo_i - (n-1) total` (Fréchet), and, for any tree over the parts,
/// `sum_tree lo_ij - sum_i (degree_i - 1) hi_i` (Hunter and Worsley, on the complements); the best tree is a maximum spanning tree
/// of `lo_ij - hi_i - hi_j`.
///
/// # Citation
/// Fréchet, Fundamenta Mathematicae 25 (1935); Hunter, Journal of Applied Probability 13 (1976); Worsley, Biometrika 69 (1982).
pub fn all_of(total: Interval, parts: &[Interval], pairs: Pairs<'_>) -> Interval {
    let n = parts.len();
    if n == 0 {
        return total;
    }
    let frechet = total.upper().map_or(0, |hi| sum_lower(parts) - (n as i128 - 1) * i128::from(hi));
    if n > MANY {
        return interval(frechet, parts.iter().copied().filter_map(Interval::upper).chain(total.upper()).min().map(i128::from));
    }
    let shared = Shared::new(total, parts, pairs);
    let least = parts.iter().copied().chain(shared.all()).filter_map(Interval::upper).chain(total.upper()).min();
    let tree = if parts.iter().all(|p| p.upper().is_some()) {
        let hi = |i: usize| parts[i].upper().map_or(0, i128::from);
        let weight = |i: usize, j: usize| i128::from(shared.get(i, j).lower()) - hi(i) - hi(j);
        let uppers: i128 = (0..n).map(hi).sum();
        if n == 1 { i128::from(parts[0].lower()) } else { uppers + maximum_spanning_tree(n, weight) }
    } else {
        0
    };
    interval(frechet.max(tree), least.map(i128::from))
}

/// The count of persons in at least one part.
///
/// # Formula
/// With `S1` the sum over the parts and `S2` over the pairs: at most `S1 - sum_tree lo_ij` over a maximum spanning tree of the
/// pairs' lower bounds (Hunter, Worsley). At least the greatest part; `lo_i + lo_j - hi_ij`; and
/// `(2 k S1 - 2 S2) / (k (k+1))` for every `k` (Dawson and Sankoff; `k = 1` is Bonferroni's), with `S1` at its lower and `S2` at its
/// upper bound.
///
/// # Citation
/// Dawson and Sankoff, Proceedings of the AMS 18 (1967); Hunter, Journal of Applied Probability 13 (1976); Worsley, Biometrika 69
/// (1982).
pub fn any_of(total: Interval, parts: &[Interval], pairs: Pairs<'_>) -> Interval {
    let n = parts.len();
    let mut lo = parts.iter().map(|p| i128::from(p.lower())).max().unwrap_or(0);
    if n > MANY {
        return interval(lo, least(sum_upper(parts.iter().copied()), total.upper().map(i128::from)));
    }
    let shared = Shared::new(total, parts, pairs);
    for (i, j) in couples(n) {
        if let Some(both) = shared.get(i, j).upper() {
            lo = lo.max(i128::from(parts[i].lower()) + i128::from(parts[j].lower()) - i128::from(both));
        }
    }
    if let Some(s2) = sum_upper(shared.all()) {
        let s1 = sum_lower(parts);
        for k in 1..n as i128 {
            lo = lo.max(ceil(2 * k * s1 - 2 * s2, k * (k + 1)));
        }
    }
    let tree = maximum_spanning_tree(n, |i, j| i128::from(shared.get(i, j).lower()));
    let hi = sum_upper(parts.iter().copied()).map(|s1| s1 - tree);
    interval(lo, least(hi, total.upper().map(i128::from)))
}

/// The count of persons in none of the parts.
///
/// # Formula
/// `total - any_of`.
pub fn none_of(total: Interval, parts: &[Interval], pairs: Pairs<'_>) -> Interval {
    total - any_of(total, parts, pairs)
}

/// The count of persons in at least `m` of the parts.
///
/// # Formula
/// One of `m` is [`any_of`], all of them [`all_of`], none of them `total`. Otherwise, with `N` the total and `r < m`: at most the
/// sum of the `n - r` least `hi_i`, over `m - r`, and at most `S2 / C(m,2)`. With `t` parts, `m <= t <= n`: at least
/// `(S1 - (m-1) N) / (t - m + 1)` over the `t` greatest `lo_i`, and at least `(S2 - C(m-1,2) N) / (C(n,2) - C(m-1,2))`. `S1` and `S2`
/// are sums over parts and pairs.
///
/// # Citation
/// Rüger, Metrika 25 (1978), for the sums over some of the parts.
pub fn at_least(m: usize, total: Interval, parts: &[Interval], pairs: Pairs<'_>) -> Interval {
    let n = parts.len();
    match m {
        0 => return total,
        _ if m > n => return Interval::ZERO,
        1 => return any_of(total, parts, pairs),
        _ if m == n => return all_of(total, parts, pairs),
        _ => {}
    }
    let shared = (n <= MANY).then(|| Shared::new(total, parts, pairs));
    let (need, twos) = (m as i128, |k: usize| k as i128 * (k as i128 - 1) / 2);
    let mut uppers: Vec<Option<u64>> = parts.iter().map(|p| p.upper()).collect();
    uppers.sort_unstable_by_key(|hi| hi.unwrap_or(u64::MAX));
    let mut hi = total.upper().map(i128::from);
    let mut sum = Some(0);
    for (taken, upper) in (1..).zip(&uppers) {
        sum = sum.zip(*upper).map(|(sum, hi)| sum + i128::from(hi));
        // The `n - r` least, for `r < m`.
        if n - taken < m {
            hi = least(hi, sum.map(|s| s / (need - (n - taken) as i128)));
        }
    }
    if let Some(shared) = &shared {
        hi = least(hi, sum_upper(shared.all()).map(|s2| s2 / twos(m)));
    }
    let mut lo = 0;
    if let Some(all) = total.upper().map(i128::from) {
        let mut lowers: Vec<i128> = parts.iter().map(|p| i128::from(p.lower())).collect();
        lowers.sort_unstable_by(|a, b| b.cmp(a));
        let mut sum = 0;
        for (t, lower) in (1..).zip(&lowers) {
            sum += lower;
            if t >= m {
                lo = lo.max(ceil(sum - (need - 1) * all, (t - m + 1) as i128));
            }
        }
        if let Some(shared) = &shared {
            let s2: i128 = shared.all().map(|both| i128::from(both.lower())).sum();
            lo = lo.max(ceil(s2 - twos(m - 1) * all, twos(n) - twos(m - 1)));
        }
    }
    interval(lo, hi)
}

/// Every pair's count: what is published of it, and what its parts say.
struct Shared {
    parts: usize,
    pairs: Vec<Interval>,
}

impl Shared {
    fn new(total: Interval, parts: &[Interval], pairs: Pairs<'_>) -> Self {
        let n = parts.len();
        let mut all = vec![Interval::ANY; n * n];
        for (i, j) in couples(n) {
            let hi = least(parts[i].upper().map(i128::from), parts[j].upper().map(i128::from));
            let both = i128::from(parts[i].lower()) + i128::from(parts[j].lower());
            let implied = interval(total.upper().map_or(0, |all| both - i128::from(all)), hi);
            let known = pairs(i, j).or_else(|| pairs(j, i)).unwrap_or(Interval::ANY);
            all[i * n + j] = implied.intersect(known).unwrap_or_else(|| implied.hull(known));
        }
        Self { parts: n, pairs: all }
    }

    fn get(&self, i: usize, j: usize) -> Interval {
        self.pairs[i.min(j) * self.parts + i.max(j)]
    }

    fn all(&self) -> impl Iterator<Item = Interval> {
        couples(self.parts).map(|(i, j)| self.get(i, j))
    }
}

fn couples(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |i| (i + 1..n).map(move |j| (i, j)))
}

/// The weight of a maximum spanning tree (Prim).
fn maximum_spanning_tree(n: usize, weight: impl Fn(usize, usize) -> i128) -> i128 {
    let mut best: Vec<Option<i128>> = (0..n).map(|j| (j > 0).then(|| weight(0, j))).collect();
    let mut total = 0;
    for _ in 1..n {
        let next = (0..n).filter_map(|j| Some((best[j]?, j))).max();
        let Some((w, i)) = next else { break };
        total += w;
        best[i] = None;
        for (j, b) in best.iter_mut().enumerate() {
            *b = b.map(|b| b.max(weight(i, j)));
        }
    }
    total
}

fn sum_lower(parts: &[Interval]) -> i128 {
    parts.iter().map(|p| i128::from(p.lower())).sum()
}

fn sum_upper(parts: impl Iterator<Item = Interval>) -> Option<i128> {
    parts.map(|p| p.upper().map(i128::from)).sum()
}

/// The lesser of two upper bounds, `None` being open.
fn least(a: Option<i128>, b: Option<i128>) -> Option<i128> {
    a.into_iter().chain(b).min()
}

fn ceil(a: i128, b: i128) -> i128 {
    -(-a).div_euclid(b)
}

/// The interval between two bounds, cut to counts; of bounds that exclude each other, everything between them.
fn interval(lo: i128, hi: Option<i128>) -> Interval {
    let cut = |bound: i128| u64::try_from(bound.max(0)).unwrap_or(u64::MAX - 1);
    let lo = cut(lo);
    match hi.map(cut) {
        None => Interval::at_least(lo),
        Some(hi) => Interval::exact(lo).hull(Interval::exact(hi)),
    }
}
