//! Values that are the sum of some others: which, is looked for in the counts.

use ninzu_engine::Interval;

use super::column::Column;

/// Sums of some values are looked for in so many groups of rows, among so many values.
const MOST_CONTEXTS: usize = 64;
const MOST_SEARCHED: usize = 64;
/// Steps of that search for each value.
const MOST_STEPS: usize = 20_000;

/// Counts of a few groups of rows, to look for sums in.
pub(super) struct Search {
    /// For each value present its number.
    values: Vec<u32>,
    /// For each of these, its count in each group of rows: nothing where it has no row.
    counts: Vec<Vec<Option<Interval>>>,
}

/// Values that add up to another one, and the logarithm of how many others might have.
pub(super) type Hypothesis = (Vec<u32>, f64);

impl Search {
    /// Nothing where there are too few values for a sum of two that are not all others.
    pub(super) fn new(column: &Column<'_>, values: Vec<u32>) -> Option<Self> {
        if values.len() < 4 {
            return None;
        }
        let mut contexts: Vec<&Vec<(u32, usize)>> = column.contexts.iter().collect();
        contexts.sort_by_key(|context| std::cmp::Reverse(context.len()));
        contexts.truncate(MOST_CONTEXTS);
        let mut places = vec![None; column.names.len()];
        values.iter().enumerate().for_each(|(place, &value)| places[value as usize] = Some(place));
        let mut counts = vec![vec![None; contexts.len()]; values.len()];
        for (c, context) in contexts.iter().enumerate() {
            for &(value, row) in *context {
                if let Some(place) = places[value as usize] {
                    counts[place][c] = Some(column.interval(row));
                }
            }
        }
        Some(Self { values, counts })
    }

    /// The count of a value where it is a part: no row is nobody.
    fn part(&self, place: usize, context: usize) -> Interval {
        self.counts[place][context].unwrap_or(Interval::ZERO)
    }

    /// Whether sums are what a value is, and whether they are already too much.
    fn compare(&self, place: usize, sums: &[Interval]) -> (bool, bool) {
        let pairs = || self.counts[place].iter().zip(sums).filter_map(|(own, sum)| Some(((*own)?, *sum)));
        let is_sum = pairs().all(|(own, sum)| own.intersect(sum).is_some());
        let is_more = pairs().any(|(own, sum)| own.upper().is_some_and(|upper| sum.lower() > upper));
        (is_sum, is_more)
    }

    /// The values that follow one, or that come before it, as far as they add up to it.
    pub(super) fn neighbours(&self, value: u32) -> Vec<Hypothesis> {
        let Some(place) = self.values.iter().position(|&other| other == value) else { return Vec::new() };
        let n = self.values.len();
        let after: Vec<usize> = (place + 1..n).collect();
        let before: Vec<usize> = (0..place).rev().collect();
        let ln_hypotheses = (2.0 * n as f64 * n as f64).ln();
        let run = |run: Vec<usize>| {
            let mut sums = vec![Interval::ZERO; self.counts[place].len()];
            for (taken, &part) in run.iter().enumerate() {
                for (context, sum) in sums.iter_mut().enumerate() {
                    *sum = *sum + self.part(part, context);
                }
                match self.compare(place, &sums) {
                    (true, _) if taken > 0 => return Some((self.named(&run[..=taken]), ln_hypotheses)),
                    (_, true) => return None,
                    _ => {}
                }
            }
            None
        };
        [after, before].into_iter().filter_map(run).collect()
    }

    fn named(&self, places: &[usize]) -> Vec<u32> {
        places.iter().map(|&place| self.values[place]).collect()
    }

    /// Any values that add up to one.
    pub(super) fn any(&self, value: u32) -> Option<Hypothesis> {
        let place = self.values.iter().position(|&other| other == value).filter(|_| self.values.len() <= MOST_SEARCHED)?;
        let contexts = self.counts[place].len();
        let fits = |part: usize| {
            let sums: Vec<Interval> = (0..contexts).map(|context| self.part(part, context)).collect();
            part != place && sums.iter().any(|sum| *sum != Interval::ZERO) && !self.compare(place, &sums).1
        };
        let parts: Vec<usize> = (0..self.values.len()).filter(|&part| fits(part)).collect();
        // What the parts from each one on add up to.
        let mut rest = vec![vec![Interval::ZERO; contexts]; parts.len() + 1];
        for i in (0..parts.len()).rev() {
            rest[i] = (0..contexts).map(|context| rest[i + 1][context] + self.part(parts[i], context)).collect();
        }
        let mut steps = 0;
        let mut taken = Vec::new();
        self.search(place, &parts, &rest, (0, vec![Interval::ZERO; contexts]), &mut taken, &mut steps)
            .then(|| (self.named(&taken), parts.len() as f64 * std::f64::consts::LN_2))
    }

    /// Takes each of the parts from `at` on, or leaves it, until they are the value.
    fn search(
        &self,
        place: usize,
        parts: &[usize],
        rest: &[Vec<Interval>],
        (at, sums): (usize, Vec<Interval>),
        taken: &mut Vec<usize>,
        steps: &mut usize,
    ) -> bool {
        *steps += 1;
        let (is_sum, is_more) = self.compare(place, &sums);
        if is_sum && taken.len() > 1 {
            return true;
        }
        let is_within_reach = self.counts[place]
            .iter()
            .zip(sums.iter().zip(&rest[at]))
            .all(|(own, (sum, rest))| own.is_none_or(|own| (*sum + *rest).upper().is_none_or(|upper| upper >= own.lower())));
        if is_more || !is_within_reach || at == parts.len() || *steps > MOST_STEPS {
            return false;
        }
        let with = sums.iter().enumerate().map(|(context, sum)| *sum + self.part(parts[at], context)).collect();
        taken.push(parts[at]);
        if self.search(place, parts, rest, (at + 1, with), taken, steps) {
            return true;
        }
        taken.pop();
        self.search(place, parts, rest, (at + 1, sums), taken, steps)
    }
}
