//! Strata of random populations: partition dimensions times a few codes, with every margin published in intervals.

use ninzu_engine::Interval;
use ninzu_engine::bounds::Program;

/// A small generator of random numbers (`SplitMix64`), the same everywhere.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// A number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A population counted by stratum and by the codes that a person has.
pub(crate) struct Strata {
    pub(crate) sexes: usize,
    pub(crate) stages: usize,
    pub(crate) codes: usize,
    /// Persons by `(sex * stages + stage) << codes | pattern of codes`.
    pub(crate) counts: Vec<u64>,
}

impl Strata {
    /// About `persons` persons; codes go together and depend on sex and stage.
    pub(crate) fn random(sexes: usize, stages: usize, codes: usize, persons: usize, random: &mut Random) -> Self {
        let strata = sexes * stages;
        let mut counts = vec![0; strata << codes];
        let rates: Vec<f64> = (0..codes).map(|_| 0.02 + 0.3 * random.unit() * random.unit()).collect();
        let shifts: Vec<f64> = (0..codes * strata).map(|_| 0.2 + 1.8 * random.unit()).collect();
        let sizes: Vec<f64> = (0..stages).map(|_| 0.1 + random.unit()).collect();
        let total: f64 = sizes.iter().sum();
        for _ in 0..persons {
            let (sex, mut at) = (random.below(sexes as u64) as usize, random.unit() * total);
            let stage = sizes.iter().position(|s| {
                at -= s;
                at < 0.0
            });
            let stratum = sex * stages + stage.unwrap_or(0);
            let ill = 0.4 + 1.6 * random.unit() * random.unit();
            let has = |c: usize, random: &mut Random| random.unit() < rates[c] * shifts[c * strata + stratum] * ill;
            let pattern = (0..codes).filter(|&c| has(c, random)).fold(0, |p, c| p | 1 << c);
            counts[stratum << codes | pattern] += 1;
        }
        Self { sexes, stages, codes, counts }
    }

    /// The variables of strata of a sex and a stage (`None`: all) with at least the codes of a pattern.
    pub(crate) fn members(&self, sex: Option<usize>, stage: Option<usize>, pattern: usize) -> Vec<u32> {
        let inside = |&u: &u32| {
            let (stratum, p) = (u as usize >> self.codes, u as usize & ((1 << self.codes) - 1));
            sex.is_none_or(|s| s == stratum / self.stages)
                && stage.is_none_or(|s| s == stratum % self.stages)
                && p & pattern == pattern
        };
        (0..self.counts.len() as u32).filter(inside).collect()
    }

    /// The count that some variables have together.
    pub(crate) fn count(&self, members: &[u32]) -> u64 {
        members.iter().map(|&u| self.counts[u as usize]).sum()
    }

    /// Every margin over the subsets of sex and stage with no code, each code and each pair (if `pairs`), in intervals of ten;
    /// coarse margins first.
    pub(crate) fn program(&self, pairs: bool) -> Program {
        let mut program = Program::new(self.counts.len());
        let (sexes, stages) = (0..self.sexes, 0..self.stages);
        let mut cells = vec![(None, None)];
        cells.extend(sexes.clone().map(|s| (Some(s), None)));
        cells.extend(stages.clone().map(|t| (None, Some(t))));
        cells.extend(sexes.flat_map(|s| stages.clone().map(move |t| (Some(s), Some(t)))));
        for (sex, stage) in cells {
            for pattern in (0..1usize << self.codes).filter(|p| p.count_ones() <= 1 + u32::from(pairs)) {
                let members = self.members(sex, stage, pattern);
                let bucket = self.count(&members) / 10 * 10;
                program.constrain(members, Interval::new(bucket, bucket + 9).expect("ten wide")).expect("one population");
            }
        }
        program
    }

    /// A random question: a random set of patterns in a random set of strata.
    pub(crate) fn question(&self, random: &mut Random) -> Vec<i64> {
        let patterns = 1 + random.below((1 << (1 << self.codes)) - 2);
        let (sexes, stages) = (1 + random.below((1 << self.sexes) - 1), 1 + random.below((1 << self.stages) - 1));
        let asked = |u: usize| {
            let (stratum, p) = (u >> self.codes, u & ((1 << self.codes) - 1));
            patterns >> p & 1 == 1 && sexes >> (stratum / self.stages) & 1 == 1 && stages >> (stratum % self.stages) & 1 == 1
        };
        (0..self.counts.len()).map(|u| i64::from(asked(u))).collect()
    }

    /// The true answer of a question.
    pub(crate) fn truth(&self, question: &[i64]) -> i64 {
        self.counts.iter().zip(question).map(|(&n, &c)| n.cast_signed() * c).sum()
    }
}
