//! The attacker's problem of a subproblem: for every target a feasible point in which it is empty, and one in which it is not small.
//!
//! Every point puts nobody where the [facts](super::public_knowledge) say that nobody is: whoever knows fewer of them has more points,
//! so what these show holds for each such reader. Targets all of whose people the facts deny come last: for each of them the facts that
//! speak of it are taken back.
//!
//! One point protects many targets, so sums of targets come first; then one point is changed into the next, just as far as a target
//! needs, and only what is left is optimised.

mod denials;
mod denied;
mod problem;
mod sums;
#[cfg(test)]
mod tests;

use self::problem::TargetState;
pub(crate) use self::problem::{Attacker, KeptPoint, Outcome, Target, UnsafeTarget, WidenCallback};

impl Attacker<'_> {
    /// Solves for every target. What fails is shown to `widen`, with the cells' intervals: it widens a cell, and the target gets another
    /// chance, or lets the target fail.
    pub(crate) fn solve(&mut self, widen: &mut WidenCallback<'_>) -> Outcome {
        let decide = |attacker: &mut Self, widen: &mut WidenCallback<'_>| {
            attacker.decide_facts(widen)?;
            loop {
                while attacker.decide_least(widen)? | attacker.decide_greatest(widen)? | attacker.decide_denied(widen)? {}
                if !attacker.target_wide() {
                    return Ok(());
                }
            }
        };
        decide(self, widen).err().unwrap_or(Outcome::Decided)
    }

    /// Looks within narrower intervals for points that show what is needed of codes.
    pub(crate) fn solve_within(&mut self, bounds: Vec<(u32, u32)>) {
        // A program that comes to nothing leaves targets open.
        let _ = self.within(bounds, Self::decide_codes);
    }

    fn decide_codes(&mut self) -> Result<(), Outcome> {
        let threshold = self.threshold;
        self.decide_together(1, TargetState::needs_empty)?;
        self.decide_together(-1, |state| state.needs_more(threshold))?;
        for at in 0..self.states.len() {
            if !self.is_of_codes(self.states[at].target) {
                continue;
            }
            if self.states[at].needs_empty() {
                self.step_until(&self.objective(1, at..=at), 0.0)?;
            }
            if self.states[at].needs_more(threshold) && self.may_reach(self.states[at].target, threshold - 1.0) {
                self.step_until(&self.objective(-1, at..=at), -self.states[at].needed(threshold))?;
            }
            if self.states[at].would_do_if_empty(threshold) {
                self.step_until(&self.objective(1, at..=at), 0.0)?;
            }
        }
        Ok(())
    }

    /// Finds a point in which each target cell is empty; whether a cell was widened.
    fn decide_least(&mut self, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        self.decide_together(1, TargetState::needs_empty)?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].needs_empty() {
                self.step_until(&self.objective(1, at..=at), 0.0)?;
            }
            if self.states[at].needs_empty() {
                let solution = self.optimise(&self.objective(1, at..=at))?;
                if self.states[at].needs_empty() {
                    let unsafe_target = self.unsafe_target(at, true, solution.value, &solution);
                    if self.is_widened(at, &unsafe_target, widen) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// Finds a point in which each target is large enough; whether a cell was widened.
    fn decide_greatest(&mut self, widen: &mut WidenCallback<'_>) -> Result<bool, Outcome> {
        let threshold = self.threshold;
        self.decide_together(-1, |state| state.needs_more(threshold))?;
        let (mut at, mut widened) = (0, false);
        while at < self.states.len() {
            if self.states[at].needs_more(threshold) {
                self.step_until(&self.objective(-1, at..=at), -self.states[at].needed(threshold))?;
                if self.states[at].would_do_if_empty(threshold) {
                    self.step_until(&self.objective(1, at..=at), 0.0)?;
                }
            }
            if self.states[at].needs_more(threshold) {
                let solution = self.optimise(&self.objective(-1, at..=at))?;
                let greatest = -solution.value;
                if self.states[at].would_do_if_empty(threshold) {
                    self.optimise(&self.objective(1, at..=at))?;
                }
                if self.states[at].needs_more(threshold) {
                    let gap = self.states[at].needed(threshold) - greatest;
                    let unsafe_target = self.unsafe_target(at, false, gap, &solution);
                    if self.is_widened(at, &unsafe_target, widen) {
                        widened = true;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(widened)
    }

    /// Optimises sums of all open targets, as long as that protects more than one.
    fn decide_together(&mut self, sign: i64, is_open: impl Fn(&TargetState) -> bool) -> Result<(), Outcome> {
        let mut left = usize::MAX;
        loop {
            let open: Vec<usize> = (0..self.states.len()).filter(|&at| is_open(&self.states[at])).collect();
            if open.is_empty() || open.len() + 1 >= left {
                return Ok(());
            }
            left = open.len();
            self.step_until(&self.objective(sign, open), f64::NEG_INFINITY)?;
        }
    }

    /// Looks for a point near the last one where a sum is small enough.
    fn step_until(&mut self, objective: &[i64], enough: f64) -> Result<(), Outcome> {
        let Some(whole) = &mut self.whole else { return self.optimise(objective).map(|_| ()) };
        if let Some(point) = whole.simplex.step_until(objective, enough) {
            self.record(&point);
        }
        Ok(())
    }
}
