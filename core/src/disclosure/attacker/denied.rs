//! Facts in the attacker's problem: all of them must be possible at once, and what they deny must be possible without them.

use std::collections::{BTreeMap, BTreeSet};

use super::denials::{Denial, Denied, is_subset};
use super::problem::{Attacker, Attempt, Outcome, SLACK, Target, WidenCallback, value_at};
use super::sums::Sums;
use crate::disclosure::system::SubproblemKind;

/// What somebody costs who breaks a fact that is not to be broken, beside one who is looked for.
const DEAR: i64 = 64;

/// The denials that no point answers so far, by their facts.
struct OpenDenials(Vec<SameFacts>);

/// People who are more or fewer at variables than at a point, and the targets that are large enough then.
type Changed = (Vec<(u32, f64)>, Vec<usize>);

/// Denials of the same facts: of each, its target and its number among those of the target.
struct SameFacts {
    facts: Vec<usize>,
    open: Vec<(usize, usize)>,
}

impl Attacker<'_> {
    /// Finds a point at which every fact holds. Where there is none, somebody is proved to be where nothing supports it: a cell is
    /// widened, or the facts are given up, so that the rest is still decided.
    pub(super) fn decide_facts(&mut self, widen: &mut WidenCallback<'_>) -> Result<(), Outcome> {
        // The fewest people: then most groups have room.
        let fewest = vec![1; self.system.variables];
        loop {
            let Attempt::Refuted { gap, witness } = self.attempt(&fewest)? else { return Ok(()) };
            let may_be_impossible = self.system.is_joint() || self.system.subproblem.kind == SubproblemKind::Aggregation;
            if !self.facts.contains(&true) || may_be_impossible && self.is_impossible_without_facts()? {
                return Err(Outcome::Impossible);
            }
            let unsafe_target = self.unsafe_by(Target::Facts, true, gap, witness);
            if let Some((cell, bounds)) = widen(&unsafe_target, &self.bounds) {
                self.bounds[cell] = bounds;
                self.target(cell);
            } else {
                self.facts.fill(false);
                self.denied = Denied::new(self.system, &self.facts);
                self.states.iter_mut().for_each(|state| state.denials.clear());
            }
            self.whole = None;
        }
    }

    /// Whether no point is feasible, whatever a reader knows.
    fn is_impossible_without_facts(&self) -> Result<bool, Outcome> {
        let mut other = self.without_facts();
        Ok(matches!(other.attempt(&vec![0; self.system.variables])?, Attempt::Refuted { .. }))
    }

    fn without_facts(&self) -> Self {
        Self {
            system: self.system,
            threshold: self.threshold,
            bounds: self.bounds.clone(),
            facts: vec![false; self.facts.len()],
            denied: Denied::new(self.system, &vec![false; self.facts.len()]),
            states: Vec::new(),
            whole: None,
            programs: 0,
            is_recording: false,
            kept: None,
        }
    }

    /// Finds, for each target all of whose people facts deny, points at which it is large enough and no other fact is broken; whether
    /// a cell was widened.
    pub(super) fn decide_denied(&mut self, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        let mut open = self.open_denials();
        if open.0.is_empty() {
            return Ok(false);
        }
        self.optimise(&self.fewest())?;
        if let Some(point) = self.point() {
            self.decide_from(&point, &mut open);
        }
        self.decide_with_dear(&mut open)?;
        let mut widened = false;
        for SameFacts { facts, open } in open.0 {
            for (at, i) in open {
                if self.is_denial_open(at, i) {
                    widened |= self.without(&facts, |attacker| attacker.decide_alone(at, i, widen))?;
                }
            }
        }
        Ok(widened)
    }

    /// The same within other intervals, which break some facts, for those targets of which no other facts about partitions alone speak.
    pub(crate) fn decide_denied_within(&mut self, bounds: Vec<(u32, u32)>, broken: &[usize]) {
        let mut open = self.open_denials();
        let is_of_codes = |cell: &usize| self.system.cells[*cell].has != 0;
        let needs_no_others = |facts: &[usize]| facts.iter().all(|cell| is_of_codes(cell) || broken.contains(cell));
        open.0.retain(|same| is_subset(broken, &same.facts) && needs_no_others(&same.facts));
        if open.0.is_empty() {
            return;
        }
        self.is_recording = false;
        self.set_facts(broken, false);
        let fewest = self.fewest();
        self.within(bounds, |attacker| {
            let Some(point) = attacker.optimum(&fewest) else { return };
            attacker.decide_from(&point, &mut open);
            for class in 0..open.0.len() {
                let facts = open.0[class].facts.clone();
                let raised: BTreeSet<u32> =
                    open.0[class].open.iter().map(|&(at, i)| attacker.states[at].denials[i].raised[0]).collect();
                attacker.take(&facts, false);
                for variable in raised {
                    if let Some(point) = attacker.optimum(&attacker.towards(variable)) {
                        attacker.record_denied(&point, &facts, &mut open);
                    }
                }
                attacker.take(&facts, true);
                attacker.set_facts(broken, false);
            }
        });
        self.set_facts(broken, true);
        self.is_recording = true;
    }

    /// A point amid others within other intervals, which break some facts.
    pub(crate) fn point_within(&mut self, bounds: Vec<(u32, u32)>, broken: &[usize]) -> Option<Vec<f64>> {
        self.is_recording = false;
        self.set_facts(broken, false);
        let fewest = self.fewest();
        let most: Vec<i64> = fewest.iter().map(|people| -people).collect();
        let found = self.within(bounds, |attacker| Some([attacker.optimum(&fewest)?, attacker.optimum(&most)?]));
        self.set_facts(broken, true);
        self.is_recording = true;
        let [few, many] = found?;
        Some(few.iter().zip(many).map(|(few, many)| f64::midpoint(*few, many)).collect())
    }

    /// Counts people, those with codes more often: where that is least, the cells of codes have room.
    fn fewest(&self) -> Vec<i64> {
        self.system.places.iter().map(|&(_, codes)| 1 + 8 * i64::from(codes.count_ones())).collect()
    }

    fn open_denials(&self) -> OpenDenials {
        let mut by_facts: BTreeMap<&[usize], Vec<(usize, usize)>> = BTreeMap::new();
        for (at, state) in self.states.iter().enumerate() {
            for (i, denial) in state.denials.iter().enumerate().filter(|&(i, _)| self.is_denial_open(at, i)) {
                by_facts.entry(&denial.facts).or_default().push((at, i));
            }
        }
        OpenDenials(by_facts.into_iter().map(|(facts, open)| SameFacts { facts: facts.to_vec(), open }).collect())
    }

    fn is_denial_open(&self, at: usize, i: usize) -> bool {
        !self.states[at].failed && !self.states[at].denials[i].is_answered
    }

    /// The last point, if it is feasible.
    fn point(&mut self) -> Option<Vec<f64>> {
        let nothing = vec![0; self.system.variables];
        self.whole.as_mut().and_then(|whole| whole.simplex.step_until(&nothing, 0.0))
    }

    /// Takes some facts back for a while. Then nobody is left where they are, so that the last point keeps all of them.
    fn without<T>(&mut self, facts: &[usize], decide: impl FnOnce(&mut Self) -> Result<T, Outcome>) -> Result<T, Outcome> {
        self.take(facts, false);
        let decided = decide(self);
        let mut back = vec![0; self.system.variables];
        for &cell in facts {
            for &u in &self.system.cells[cell].members {
                back[u as usize] = 1;
            }
        }
        if let Some(whole) = &mut self.whole {
            whole.simplex.step_until(&back, 0.0);
        }
        self.take(facts, true);
        decided
    }

    /// Takes cells to be empty, or not.
    fn take(&mut self, facts: &[usize], are_empty: bool) {
        self.set_facts(facts, are_empty);
        self.load_bounds();
    }

    fn set_facts(&mut self, facts: &[usize], are_empty: bool) {
        for &cell in facts {
            self.facts[cell] = are_empty;
        }
    }

    /// Looks for enough people of a target whose facts were taken back; whether a cell was widened.
    fn decide_alone(&mut self, at: usize, i: usize, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        let mut widened = false;
        loop {
            let solution = self.optimise(&self.objective(-1, at..=at))?;
            let gap = self.threshold - 1.0 + solution.value;
            self.states[at].denials[i].is_answered = gap < SLACK;
            if gap < SLACK {
                self.keep(&solution.point, &[at]);
                return Ok(widened);
            }
            let unsafe_target = self.unsafe_target(at, false, gap, &solution);
            if !self.is_widened(at, &unsafe_target, widen) {
                return Ok(widened);
            }
            widened = true;
        }
    }

    /// Looks for points at which targets are large enough, with all facts taken back at once: whoever breaks one that is not the
    /// denial's own is dear instead.
    fn decide_with_dear(&mut self, open: &mut OpenDenials) -> Result<(), Outcome> {
        if open.0.iter().all(|same| same.open.is_empty()) {
            return Ok(());
        }
        let facts: Vec<usize> = (0..self.facts.len()).filter(|&cell| self.facts[cell]).collect();
        self.without(&facts, |attacker| {
            // One variable first: that does for all targets that count its people.
            let mut tried: BTreeSet<Vec<u32>> = BTreeSet::new();
            attacker.look_for_points(open, |attacker, at, i| {
                let raised = &attacker.states[at].denials[i].raised;
                let is_new = !tried.contains(raised) && tried.insert(raised.clone());
                is_new.then(|| attacker.towards(raised[0]))
            });
            attacker.look_for_points(open, |attacker, at, _| Some(attacker.objective(-1, at..=at)));
            Ok(())
        })
    }

    /// The negative of a variable.
    fn towards(&self, variable: u32) -> Vec<i64> {
        let mut objective = vec![0; self.system.variables];
        objective[variable as usize] = -1;
        objective
    }

    /// Looks for a point for each open denial that has an objective.
    fn look_for_points(&mut self, open: &mut OpenDenials, mut objective: impl FnMut(&Self, usize, usize) -> Option<Vec<i64>>) {
        for class in 0..open.0.len() {
            let SameFacts { facts, open: denials } = &open.0[class];
            let (facts, denials) = (facts.clone(), denials.clone());
            let breaks_another = |u: &u32| !is_subset(&self.denied.by[*u as usize], &facts);
            let dear: Vec<u32> = (0..self.system.variables as u32).filter(breaks_another).collect();
            for (at, i) in denials {
                if self.is_denial_open(at, i)
                    && let Some(objective) = objective(self, at, i)
                    && let Some(point) = self.point_with(objective, &dear)
                {
                    self.record_denied(&point, &facts, open);
                }
            }
        }
    }

    /// A point near the last one at which a sum, the negative of the objective, is `k - 1`, and nobody is where it is dear to be.
    fn point_with(&mut self, mut objective: Vec<i64>, dear: &[u32]) -> Option<Vec<f64>> {
        let sum: Vec<(usize, f64)> = (0..).zip(&objective).filter(|(_, a)| **a != 0).map(|(u, &a)| (u, -a as f64)).collect();
        for &u in dear {
            objective[u as usize] += DEAR;
        }
        self.programs += 1;
        let enough = self.threshold - 1.0;
        let point = self.whole.as_mut()?.simplex.step_until(&objective, -enough)?;
        let value: f64 = sum.iter().map(|&(u, a)| a * point[u]).sum();
        (value > enough - SLACK && dear.iter().all(|&u| point[u as usize] < SLACK)).then_some(point)
    }

    /// Records which targets are large enough at a point that breaks no other facts than these.
    fn record_denied(&mut self, point: &[f64], broken: &[usize], open: &mut OpenDenials) {
        let (system, states, enough) = (self.system, &mut self.states, self.threshold - 1.0 - SLACK);
        let mut answered: Vec<usize> = Vec::new();
        for same in open.0.iter_mut().filter(|same| !same.open.is_empty() && is_subset(broken, &same.facts)) {
            same.open.retain(|&(at, i)| {
                let state = &mut states[at];
                let is_enough = value_at(system, state.target, point) > enough;
                if is_enough {
                    answered.push(at);
                }
                state.denials[i].is_answered |= is_enough;
                !state.denials[i].is_answered
            });
        }
        if !answered.is_empty() {
            self.keep(point, &answered);
        }
    }

    /// Puts `k - 1` people more into variables that facts deny, at a point at which every fact holds, or moves them there from another
    /// variable of the stratum: often no interval minds.
    fn decide_from(&mut self, point: &[f64], open: &mut OpenDenials) {
        let sums = Sums::new(self.system, &self.bounds, point);
        let more = self.threshold - 1.0;
        let mut known: BTreeMap<Vec<u32>, bool> = BTreeMap::new();
        let mut changed: BTreeMap<Vec<u32>, Changed> = BTreeMap::new();
        for same in &mut open.0 {
            same.open.retain(|&(at, i)| {
                let Denial { facts, raised, .. } = &self.states[at].denials[i];
                let has_room = *known.entry(raised.clone()).or_insert_with(|| {
                    let with: Vec<(u32, f64)> = raised.iter().map(|&u| (u, more)).collect();
                    let leave = |from: u32| [with.as_slice(), &[(from, -more)]].concat();
                    let others = self
                        .in_stratum_of(raised[0])
                        .filter(|from| point[*from as usize] > more - SLACK && is_subset(&self.denied.by[*from as usize], facts));
                    let mut changes = [with.clone()].into_iter().chain(others.map(leave));
                    let Some(changes) = changes.find(|changes| sums.allow(changes)) else { return false };
                    changed.insert(raised.clone(), (changes, Vec::new()));
                    true
                });
                if let Some((_, answered)) = changed.get_mut(raised) {
                    answered.push(at);
                }
                self.states[at].denials[i].is_answered |= has_room;
                !has_room
            });
        }
        for (changes, answered) in changed.into_values() {
            let mut point = point.to_vec();
            for (u, people) in changes {
                point[u as usize] += people;
            }
            self.keep(&point, &answered);
        }
    }

    /// The variables in a variable's stratum: they follow each other, those without a code first.
    fn in_stratum_of(&self, variable: u32) -> std::ops::Range<u32> {
        let places = &self.system.places;
        let stratum = places[variable as usize].0;
        let first = places[..variable as usize].iter().rposition(|place| place.0 != stratum).map_or(0, |before| before + 1);
        let after = places[first..].iter().position(|place| place.0 != stratum).unwrap_or(places.len() - first);
        first as u32..(first + after) as u32
    }
}
