//! How well one count is the sum of others, and what the chance is that this is an accident.

use ninzu_engine::Interval;

/// Chances below this are no accident.
const ACCIDENT: f64 = 1e-3;
/// Of rows that do not fit, one in so many may be a mistake of the table.
const MISTAKES: u64 = 10;

/// How well a value is the sum of others.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// Groups of rows that have the value and others.
    pub(super) compared: u64,
    /// The first row that shows the sum, the count there and the sum of the others.
    pub(super) shown: Option<(usize, Interval, Interval)>,
    /// How many rows with people show it.
    pub(super) peopled: u64,
    /// How many rows show it where it need not be.
    pub(super) informative: u64,
    /// Rows that say otherwise: how many, and the first with what the others add up to.
    pub(super) broken: u64,
    pub(super) broken_at: Option<(usize, Interval)>,
    /// The logarithm of the chance that this is an accident.
    ln_chance: f64,
}

impl Evidence {
    /// Takes what a group of rows says: of `wanted` parts, `sum` has those with rows.
    pub(super) fn see(&mut self, row: usize, own: Interval, sum: Sum, wanted: usize, suppressed: Option<Interval>) {
        if sum.parts == 0 {
            return;
        }
        self.compared += 1;
        let listed = sum.interval();
        let missing = wanted.saturating_sub(sum.parts) as u64;
        let all = match suppressed {
            _ if missing == 0 => listed,
            Some(suppressed) => listed + suppressed.times(missing),
            None => Interval::at_least(listed.lower()),
        };
        if own.intersect(all).is_none() {
            self.broken += 1;
            self.broken_at.get_or_insert((row, all));
            return;
        }
        // Tables often leave out rows of nobody.
        let shown = if suppressed.is_some() { all } else { listed };
        if own.intersect(shown).is_none() {
            return;
        }
        self.shown.get_or_insert((row, own, shown));
        self.peopled += u64::from(own.upper() != Some(0));
        if let (Some(own_upper), Some(upper)) = (own.upper(), shown.upper())
            && sum.peopled > 1
        {
            let widths = (own_upper - own.lower()) + (upper - shown.lower()) + 1;
            let chance = (widths as f64 / (own_upper.max(upper) as f64 + 1.0)).min(1.0);
            self.ln_chance += chance.ln();
            self.informative += u64::from(chance < 0.5);
        }
    }

    /// Whether no row says otherwise.
    pub(super) fn fits(&self) -> bool {
        self.broken == 0
    }

    /// Whether so many rows cannot fit by accident, though one or another may be a mistake of the table.
    pub(super) fn is_no_accident(&self, ln_hypotheses: f64) -> bool {
        let chance = self.ln_chance + ln_hypotheses;
        let is_mistaken = self.broken * MISTAKES <= self.compared && chance < 2.0 * ACCIDENT.ln();
        self.informative > 0 && chance < ACCIDENT.ln() && (self.fits() || is_mistaken)
    }
}

/// A sum of the counts of some rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    lower: u64,
    upper: u64,
    /// How many have no upper end.
    open: usize,
    pub(super) parts: usize,
    /// How many may have people.
    peopled: usize,
}

impl Sum {
    pub(super) fn of(intervals: impl Iterator<Item = Interval>) -> Self {
        intervals.fold(Self::default(), |sum, interval| Self {
            lower: sum.lower.saturating_add(interval.lower()),
            upper: sum.upper.saturating_add(interval.upper().unwrap_or_default()),
            open: sum.open + usize::from(interval.upper().is_none()),
            parts: sum.parts + 1,
            peopled: sum.peopled + usize::from(interval != Interval::ZERO),
        })
    }

    /// The sum of the others.
    pub(super) fn without(self, one: Interval) -> Self {
        Self {
            lower: self.lower.saturating_sub(one.lower()),
            upper: self.upper.saturating_sub(one.upper().unwrap_or_default()),
            open: self.open - usize::from(one.upper().is_none()),
            parts: self.parts - 1,
            peopled: self.peopled - usize::from(one != Interval::ZERO),
        }
    }

    pub(super) fn interval(self) -> Interval {
        let least = Interval::at_least(self.lower);
        if self.open > 0 { least } else { Interval::new(self.lower, self.upper).unwrap_or(least) }
    }
}
