//! What the program of a code and those above it shows: its points.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::composition::{SLACK, above, closed_sets};
use crate::disclosure::attacker::{Attacker, KeptPoint, Outcome};
use crate::disclosure::cell_intervals::{CellId, Code};
use crate::disclosure::system::{Rules, Subproblem, SubproblemKind, SubproblemSystem};

/// By what points were found: intervals and facts of the cells, and how many people the strata of the centre should have.
type Asked = (Vec<(u32, u32)>, Vec<bool>, Vec<Vec<u32>>);

/// What a point has more than the one in the middle.
pub(super) struct Other {
    pub(super) more: Vec<f64>,
    /// Whether it shows something of codes, or of partitions alone.
    pub(super) is_of_codes: bool,
    /// By which of the centre's people it was found.
    pub(super) people: Option<usize>,
}

impl Other {
    /// The point, by the one in the middle.
    pub(super) fn point(&self, middle: &[f64]) -> Vec<f64> {
        middle.iter().zip(&self.more).map(|(people, more)| (people + more).max(0.0)).collect()
    }
}

/// Points that show all requirements of some codes at a centre, over each set of these codes that somebody can have and each stratum.
pub(super) struct PartPoints {
    /// By what they were found.
    asked: Asked,
    pub(super) strata: usize,
    /// Whether somebody can be there, whatever is published.
    pub(super) possible: Vec<bool>,
    /// The facts that deny that somebody is there, as cells.
    pub(super) denied_by: Vec<Vec<CellId>>,
    /// A point amid the others at which all facts hold; nothing if some requirement is not met.
    pub(super) middle: Option<Vec<f64>>,
    /// For each of the centre's people with which that one does not agree, a point that does.
    pub(super) agreeing: Vec<Option<Vec<f64>>>,
    /// What the others have more than that one.
    pub(super) others: Vec<Other>,
    /// How many fewer at most one of these has.
    pub(super) fewer: Vec<f64>,
    /// For everybody, then for each code, and each stratum: whether all cells that count them have room for `k - 1` more people at the
    /// point in the middle.
    pub(super) room: Vec<bool>,
    /// Whether no cell of these codes says that somebody has one, or that they are fewer than `k - 1`, and every stratum has a cell.
    pub(super) is_silent: bool,
}

impl PartPoints {
    /// Whether somebody can be there while all facts hold.
    pub(super) fn is_open(&self, place: usize) -> bool {
        self.possible[place] && self.denied_by[place].is_empty()
    }

    /// The points with so many people at a place at which no other facts are broken than some: the one in the middle first.
    pub(super) fn with_people(&self, place: usize, people: f64, facts: &BTreeSet<CellId>) -> impl Iterator<Item = Vec<f64>> {
        let others = self.middle.iter().flat_map(move |middle| {
            let enough = self.others.iter().filter(move |other| middle[place] + other.more[place] > people - SLACK);
            enough.map(|other| other.point(middle))
        });
        self.middle.iter().cloned().chain(others).filter(move |point: &Vec<f64>| {
            let breaks_others = |at: usize| !self.denied_by[at].iter().all(|fact| facts.contains(fact));
            point[place] > people - SLACK && (0..point.len()).all(|at| point[at] < SLACK || !breaks_others(at))
        })
    }

    /// The points of some codes at some centres; known ones, where they were found by the same intervals.
    pub(super) fn of(
        rules: Rules<'_>,
        threshold: u32,
        codes: &[Code],
        centres: Vec<(usize, Option<Arc<Self>>)>,
        people: &BTreeMap<usize, Vec<Vec<u32>>>,
    ) -> Vec<(usize, Arc<Self>)> {
        let subproblem = Subproblem { kind: SubproblemKind::AncestorChain, codes: codes.to_vec() };
        let system = SubproblemSystem::new(rules, subproblem);
        let mut all = Vec::new();
        for (centre, known) in centres {
            let bounds: Vec<(u32, u32)> = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
            let asked = (bounds, rules.facts(&system, centre), people.get(&centre).cloned().unwrap_or_default());
            let of = match known {
                Some(known) if known.asked == asked => known,
                _ => Arc::new(Self::find(rules, threshold, &system, centre, asked)),
            };
            all.push((centre, of));
        }
        all
    }

    fn find(rules: Rules<'_>, threshold: u32, system: &SubproblemSystem, centre: usize, asked: Asked) -> Self {
        let sets = closed_sets(&above(rules, &system.subproblem.codes));
        let strata = system.places.last().map_or(0, |&(stratum, _)| stratum as usize + 1);
        let place = |&(stratum, codes): &(u32, u32)| sets.binary_search(&codes).ok().map(|set| set * strata + stratum as usize);
        let places: Option<Vec<usize>> = system.places.iter().map(place).collect();
        let size = sets.len() * strata;
        let mut evidence = Self {
            strata,
            possible: vec![false; size],
            denied_by: vec![Vec::new(); size],
            middle: None,
            agreeing: Vec::new(),
            others: Vec::new(),
            fewer: vec![0.0; size],
            room: vec![true; (system.subproblem.codes.len() + 1) * strata],
            is_silent: is_silent(system, &asked.0, threshold, strata),
            asked,
        };
        let Some(places) = places else { return evidence };
        let mut attacker = Attacker::new(system, threshold, evidence.asked.0.clone(), evidence.asked.1.clone());
        attacker.keep_points();
        for (variable, &place) in places.iter().enumerate() {
            evidence.possible[place] = true;
            let facts = attacker.denied_by(variable).iter().map(|&cell| system.cells[cell].id(rules.intervals, centre));
            evidence.denied_by[place] = facts.collect();
        }
        // As many people of each stratum as other parts take, if that can be.
        let wide = evidence.asked.0.clone();
        let (mut fewest_and_most, mut kept, mut within) = (None, Vec::new(), Vec::new());
        for (at, people) in evidence.asked.2.iter().enumerate() {
            let (mut bounds, mut broken) = (wide.clone(), Vec::new());
            for (number, cell) in system.cells.iter().enumerate().filter(|(_, cell)| cell.has == 0) {
                let mut strata: Vec<u32> = cell.members.iter().map(|&u| system.places[u as usize].0).collect();
                strata.dedup();
                let sum = strata.iter().map(|&stratum| people[stratum as usize]).sum();
                if evidence.asked.1[number] && sum > 0 {
                    broken.push(number);
                }
                if strata.len() == 1 {
                    bounds[number] = (sum, sum);
                }
            }
            if broken.is_empty() {
                attacker.solve_within(bounds.clone());
            }
            if at == 0 {
                fewest_and_most = ends(&mut attacker, bounds.clone());
            }
            attacker.decide_denied_within(bounds.clone(), &broken);
            kept.extend(attacker.take_kept().into_iter().map(|point| (Some(at), point)));
            within.push((bounds, broken));
        }
        let mut is_met = true;
        let outcome = attacker.solve(&mut |_, _| {
            is_met = false;
            None
        });
        if !is_met || !matches!(outcome, Outcome::Decided) {
            return evidence;
        }
        let placed = |point: &[f64]| {
            let mut placed = vec![0.0; size];
            for (&place, people) in places.iter().zip(point) {
                placed[place] = people.max(0.0);
            }
            placed
        };
        let Some(ends) = fewest_and_most.or_else(|| ends(&mut attacker, wide)) else { return evidence };
        let ends: Vec<Vec<f64>> = ends.iter().map(|point| placed(point)).collect();
        let mut middle = vec![0.0; size];
        for point in &ends {
            middle.iter_mut().zip(point).for_each(|(sum, people)| *sum += people / ends.len() as f64);
        }
        let more = f64::from(threshold) - 1.0;
        for (cell, bounds) in system.cells.iter().zip(&evidence.asked.0) {
            let people: f64 = cell.members.iter().map(|&u| middle[places[u as usize]]).sum();
            if people + more > f64::from(bounds.1) {
                let group = if cell.has == 0 { 0 } else { cell.has.trailing_zeros() as usize + 1 };
                for &u in &cell.members {
                    evidence.room[group * strata + system.places[u as usize].0 as usize] = false;
                }
            }
        }
        for (people, (bounds, broken)) in evidence.asked.2.iter().zip(within) {
            let own = |stratum: usize| (1..sets.len()).map(|set| middle[set * strata + stratum]).sum::<f64>();
            let agrees = (0..strata).all(|stratum| own(stratum) < f64::from(people[stratum]) + 1e-9);
            let found = if agrees { None } else { attacker.point_within(bounds, &broken).map(|point| placed(&point)) };
            evidence.agreeing.push(found);
        }
        let mut others: Vec<Other> = Vec::new();
        kept.extend(attacker.take_kept().into_iter().map(|point| (None, point)));
        for (at, KeptPoint { people, is_of_codes }) in kept {
            let mut more = placed(&people);
            for ((people, middle), fewer) in more.iter_mut().zip(&middle).zip(&mut evidence.fewer) {
                *people -= middle;
                *fewer = fewer.max(-*people);
            }
            others.push(Other { more, is_of_codes, people: at });
        }
        (evidence.middle, evidence.others) = (Some(middle), others);
        evidence
    }
}

/// Whether no cell of the codes of a system says anything, and each has one in every stratum where somebody can have it.
fn is_silent(system: &SubproblemSystem, bounds: &[(u32, u32)], threshold: u32, strata: usize) -> bool {
    let mut has_cell = vec![false; system.subproblem.codes.len() * strata];
    for (cell, &(lo, hi)) in system.cells.iter().zip(bounds).filter(|(cell, _)| cell.has != 0) {
        if lo > 0 || hi + 1 < threshold {
            return false;
        }
        let mut places: Vec<u32> = cell.members.iter().map(|&u| system.places[u as usize].0).collect();
        places.dedup();
        if let [stratum] = places[..] {
            has_cell[cell.has.trailing_zeros() as usize * strata + stratum as usize] = true;
        }
    }
    system.places.iter().all(|&(stratum, codes)| {
        (0..system.subproblem.codes.len()).all(|i| codes & 1 << i == 0 || has_cell[i * strata + stratum as usize])
    })
}

/// Points with the fewest and the most people of each code within some intervals; of each stratum, where there are no codes.
fn ends(attacker: &mut Attacker<'_>, bounds: Vec<(u32, u32)>) -> Option<Vec<Vec<f64>>> {
    let system = attacker.system;
    let codes = system.subproblem.codes.len();
    let groups: Vec<Vec<i64>> = match codes {
        0 => (0..system.variables).map(|u| (0..system.variables).map(|v| i64::from(u == v)).collect()).collect(),
        _ => (0..codes).map(|i| system.places.iter().map(|&(_, codes)| i64::from(codes & 1 << i != 0)).collect()).collect(),
    };
    attacker.within(bounds, |attacker| {
        let both = groups.iter().flat_map(|group| [1, -1].map(|sign| group.iter().map(|a| a * sign).collect::<Vec<i64>>()));
        both.map(|objective| attacker.optimum(&objective)).collect()
    })
}

/// How many people of each stratum of a centre its parts should have, whole: between the fewest and the most; then, for each stratum in
/// which these are few, with `k - 1` there, and fewer elsewhere where many are.
pub(super) fn people_of(rules: Rules<'_>, threshold: u32, centre: usize) -> Vec<Vec<u32>> {
    let system = SubproblemSystem::new(rules, Subproblem { kind: SubproblemKind::Base, codes: Vec::new() });
    let bounds: Vec<(u32, u32)> = system.cells.iter().map(|cell| rules.bounds(cell, centre)).collect();
    let facts = rules.facts(&system, centre);
    let mut attacker = Attacker::new(&system, threshold, bounds.clone(), facts.clone());
    let is_crossed = system.cells.iter().filter(|cell| cell.members.len() == 1).count() == system.variables;
    let Some(ends) = ends(&mut attacker, bounds.clone()).filter(|_| is_crossed) else { return Vec::new() };
    let middle = (0..system.variables).map(|u| ends.iter().map(|point| point[u]).sum::<f64>() / ends.len() as f64);
    // Each is rounded so that all up to it are right.
    let (mut sum, mut rounded) = (0.0_f64, 0);
    let first: Vec<u32> = middle
        .map(|people| {
            sum += people;
            let next = sum.round().max(f64::from(rounded)) as u32 - rounded;
            rounded += next;
            next
        })
        .collect();
    let holds = system.cells.iter().zip(&bounds).zip(&facts).all(|((cell, &(lo, hi)), &is_fact)| {
        let sum: u32 = cell.members.iter().map(|&u| first[u as usize]).sum();
        sum >= lo && sum <= if is_fact { 0 } else { hi }
    });
    if !holds {
        return Vec::new();
    }
    let enough = threshold - 1;
    // Whoever leaves others leaves where many are.
    let objective: Vec<i64> = first.iter().map(|&people| -1 - i64::from(1000 / (1 + people))).collect();
    let with_enough = |stratum: usize| {
        let speaks = |cell: usize| system.cells[cell].members.contains(&(stratum as u32));
        let facts = (0..facts.len()).map(|cell| facts[cell] && !speaks(cell)).collect();
        let mut bounds = bounds.clone();
        for (cell, bounds) in system.cells.iter().zip(&mut bounds).filter(|(cell, _)| cell.members.len() == 1) {
            let other = cell.members[0] as usize;
            *bounds = if other == stratum { (enough, enough) } else { (bounds.0.min(first[other]), first[other]) };
        }
        let point = Attacker::new(&system, threshold, bounds, facts).optimum(&objective)?;
        let is_whole = point.iter().all(|people| (people - people.round()).abs() < 1e-6);
        is_whole.then(|| point.iter().map(|people| people.round() as u32).collect())
    };
    let few = (0..first.len()).filter(|&stratum| first[stratum] < enough);
    let others: Vec<Vec<u32>> = few.filter_map(with_enough).collect();
    [first].into_iter().chain(others).collect()
}
