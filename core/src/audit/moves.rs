//! Worlds near a known one: a few people get other codes, as far as every interval allows.

use std::collections::HashMap;

use super::shape::{Row, Sum};

/// How little is worth moving.
const LITTLE: f64 = 1e-7;

/// A direction in which a world can be changed: some unknowns by one each, and the rows' sums with them.
#[derive(Debug, Clone)]
struct Step {
    people: Vec<(u32, f64)>,
    /// Rows of the shape, then its laws.
    rows: Vec<(u32, f64)>,
}

/// The steps of a block.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    steps: Vec<Step>,
    /// For each step, those that undo it in another stratum: totals stay.
    counters: Vec<Vec<u32>>,
    /// One person more, and one less, of each unknown.
    more: Vec<Step>,
    less: Vec<Step>,
}

/// A feasible point of a block's program, with the sums of its rows and laws.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) people: Vec<f64>,
    sums: Vec<f64>,
}

impl World {
    /// A point with its sums.
    pub(crate) fn new(people: Vec<f64>, rows: &[Row], laws: &[Sum]) -> Self {
        let of_rows = rows.iter().map(|row| row.members.iter().map(|&u| people[u as usize]).sum());
        let of_laws = laws.iter().map(|sum| sum.iter().map(|&(u, a)| f64::from(a) * people[u as usize]).sum());
        let sums = of_rows.chain(of_laws).collect();
        Self { people, sums }
    }

    fn go(&mut self, step: &Step, far: f64) {
        for &(u, a) in &step.people {
            self.people[u as usize] += a * far;
        }
        for &(row, a) in &step.rows {
            self.sums[row as usize] += a * far;
        }
    }
}

impl Moves {
    /// The steps between unknowns of one stratum. `strata` holds, for each, its unknowns with the codes that they have; with
    /// laws, unknowns of single codes may also change alone.
    pub(crate) fn new(strata: &[Vec<(u32, u32)>], unknowns: usize, rows: &[Row], laws: &[Sum]) -> Self {
        let mut columns: Vec<Vec<(u32, f64)>> = vec![Vec::new(); unknowns];
        for (row, number) in rows.iter().zip(0..) {
            row.members.iter().for_each(|&u| columns[u as usize].push((number, 1.0)));
        }
        for (law, number) in laws.iter().zip(rows.len() as u32..) {
            law.iter().for_each(|&(u, a)| columns[u as usize].push((number, f64::from(a))));
        }
        let mut steps = Vec::new();
        let mut keys: Vec<(u32, u32)> = Vec::new();
        let mut by_key: HashMap<(u32, u32), Vec<u32>> = HashMap::new();
        let mut add = |people: Vec<(u32, f64)>, key: (u32, u32)| {
            let mut sums: HashMap<u32, f64> = HashMap::new();
            for &(u, a) in &people {
                columns[u as usize].iter().for_each(|&(row, b)| *sums.entry(row).or_insert(0.0) += a * b);
            }
            let mut rows: Vec<(u32, f64)> = sums.into_iter().filter(|&(_, a)| a != 0.0).collect();
            rows.sort_unstable_by_key(|row| row.0);
            by_key.entry(key).or_default().push(steps.len() as u32);
            keys.push(key);
            steps.push(Step { people, rows });
        };
        for stratum in strata {
            for &(from, a) in stratum {
                for &(to, b) in stratum.iter().filter(|&&(to, _)| to != from) {
                    // With laws, a child's people are also the parent's: only the first two unknowns exclude each other.
                    if laws.is_empty() || (a.max(b) > 1 && a.min(b) > 1) || a + b == 1 {
                        add(vec![(from, -1.0), (to, 1.0)], (a, b));
                    }
                }
                if !laws.is_empty() && a > 1 {
                    add(vec![(from, -1.0)], (a, 0));
                    add(vec![(from, 1.0)], (0, a));
                    if let [(rest, _), (parent, _), ..] = stratum[..] {
                        add(vec![(rest, -1.0), (parent, 1.0), (from, 1.0)], (1, a));
                        add(vec![(rest, 1.0), (parent, -1.0), (from, -1.0)], (a, 1));
                    }
                }
            }
        }
        let undo = |&(a, b): &(u32, u32)| by_key.get(&(b, a)).cloned().unwrap_or_default();
        let counters = keys.iter().map(undo).collect();
        let alone = |sign: f64| {
            let column = |u: usize| columns[u].iter().map(|&(row, a)| (row, sign * a)).collect();
            (0..unknowns).map(|u| Step { people: vec![(u as u32, sign)], rows: column(u) }).collect()
        };
        Self { steps, counters, more: alone(1.0), less: alone(-1.0) }
    }

    /// Changes a world until a sum has a wanted value; whether it got there. `ends` are the intervals of rows, then of laws.
    pub(crate) fn reach(&self, world: &mut World, sum: &Sum, wanted: f64, ends: &[(f64, f64)]) -> bool {
        let mut weights = vec![0.0; world.people.len()];
        sum.iter().for_each(|&(u, a)| weights[u as usize] = f64::from(a));
        let mut missing = wanted - value_of(sum, &world.people);
        let gain = |step: &Step| step.people.iter().map(|&(u, a)| a * weights[u as usize]).sum::<f64>();
        for together in [false, true] {
            for (step, counters) in self.steps.iter().zip(&self.counters) {
                if missing.abs() < LITTLE {
                    return true;
                }
                let helps = gain(step);
                if helps * missing <= 0.0 || step.people.iter().any(|&(u, a)| a < 0.0 && world.people[u as usize] < LITTLE) {
                    continue;
                }
                if !together {
                    let far = room(world, step, ends).min(missing / helps);
                    if far > LITTLE {
                        world.go(step, far);
                        missing -= helps * far;
                    }
                    continue;
                }
                for counter in counters.iter().map(|&c| &self.steps[c as usize]) {
                    let helps = helps + gain(counter);
                    let is_possible = counter.people.iter().all(|&(u, a)| a > 0.0 || world.people[u as usize] >= LITTLE);
                    if helps * missing <= 0.0 || !is_possible {
                        continue;
                    }
                    let far = room_for_two(world, step, counter, ends).min(missing / helps);
                    if far > LITTLE {
                        world.go(step, far);
                        world.go(counter, far);
                        missing -= helps * far;
                    }
                    if missing.abs() < LITTLE {
                        return true;
                    }
                }
            }
        }
        self.exchange(world, &weights, missing, ends).abs() < LITTLE
    }

    /// Adds people to a sum, or takes some away: alone, or in exchange for others anywhere. What is missing then.
    fn exchange(&self, world: &mut World, weights: &[f64], mut missing: f64, ends: &[(f64, f64)]) -> f64 {
        let (into, out) = if missing > 0.0 { (&self.more, &self.less) } else { (&self.less, &self.more) };
        let has = |world: &World, step: &Step| step.people.iter().all(|&(u, a)| a > 0.0 || world.people[u as usize] >= LITTLE);
        for (u, step) in into.iter().enumerate().filter(|&(u, _)| weights[u] > 0.0) {
            if !has(world, step) {
                continue;
            }
            for counter in [None].into_iter().chain(out.iter().enumerate().map(Some)) {
                let far = match counter {
                    None => room(world, step, ends),
                    Some((v, counter)) if v != u && weights[v] == 0.0 && has(world, counter) => {
                        room_for_two(world, step, counter, ends)
                    }
                    Some(_) => continue,
                };
                let far = far.min(missing.abs() / weights[u]);
                if far > LITTLE {
                    world.go(step, far);
                    counter.iter().for_each(|(_, counter)| world.go(counter, far));
                    missing -= missing.signum() * weights[u] * far;
                }
                if missing.abs() < LITTLE {
                    return missing;
                }
            }
        }
        missing
    }
}

/// How far a step can go.
fn room(world: &World, step: &Step, ends: &[(f64, f64)]) -> f64 {
    let people = step.people.iter().filter(|&&(_, a)| a < 0.0).map(|&(u, a)| world.people[u as usize] / -a);
    let rows = step.rows.iter().map(|&(row, a)| room_of(world.sums[row as usize], a, ends[row as usize]));
    people.chain(rows).fold(f64::INFINITY, f64::min)
}

/// How far two steps can go together: their rows are sorted.
fn room_for_two(world: &World, one: &Step, two: &Step, ends: &[(f64, f64)]) -> f64 {
    let people = one.people.iter().chain(&two.people).filter(|&&(_, a)| a < 0.0).map(|&(u, a)| world.people[u as usize] / -a);
    let mut room = people.fold(f64::INFINITY, f64::min);
    let (mut i, mut j) = (0, 0);
    while i < one.rows.len() || j < two.rows.len() {
        let (a, b) = (one.rows.get(i), two.rows.get(j));
        let at = a.map_or(u32::MAX, |a| a.0).min(b.map_or(u32::MAX, |b| b.0));
        let mut slope = 0.0;
        if let Some(a) = a.filter(|a| a.0 == at) {
            slope += a.1;
            i += 1;
        }
        if let Some(b) = b.filter(|b| b.0 == at) {
            slope += b.1;
            j += 1;
        }
        room = room.min(room_of(world.sums[at as usize], slope, ends[at as usize]));
    }
    room
}

fn room_of(sum: f64, slope: f64, (lo, hi): (f64, f64)) -> f64 {
    if slope > 0.0 {
        ((hi - sum) / slope).max(0.0)
    } else if slope < 0.0 {
        ((sum - lo) / -slope).max(0.0)
    } else {
        f64::INFINITY
    }
}

/// The value of a sum in a world.
pub(crate) fn value_of(sum: &Sum, people: &[f64]) -> f64 {
    sum.iter().map(|&(u, a)| f64::from(a) * people[u as usize]).sum()
}
