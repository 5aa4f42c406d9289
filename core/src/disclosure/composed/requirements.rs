//! What must be shown of a subproblem of pairs, and whether tables show it.

use std::collections::{BTreeMap, BTreeSet};

use super::composition::{Composition, PairDifference, PairRow, SLACK};
use super::evidence::PartPoints;
use super::table::{ComposedTable, Gathered};
use crate::disclosure::cell_intervals::CellId;
use crate::disclosure::system::Rules;

/// Of the points of a part that could do, so many are tried.
const MOST_POINTS: usize = 2;

/// What tables show of a group.
#[derive(Clone, Copy)]
struct Shown {
    least: f64,
    greatest: f64,
}

impl Composition {
    /// Shows all requirements, or not; how many are of pairs.
    pub(super) fn shows<'e>(&self, rules: Rules<'_>, threshold: u32, evidence: &[&'e PartPoints], centre: usize) -> Option<u64> {
        let strata = evidence.first()?.strata;
        let points: Vec<&[f64]> = evidence.iter().map(|of| of.middle.as_deref()).collect::<Option<_>>()?;
        let bounds: Vec<(u32, u32)> = self.rows.iter().map(|row| row.bounds(rules, centre)).collect();
        let intervals: Vec<(f64, f64)> = bounds.iter().map(|&(lo, hi)| (f64::from(lo), f64::from(hi))).collect();
        let couple = |leading: usize, points: &[&[f64]], intervals: &[(f64, f64)]| {
            ComposedTable::couple(self, strata, leading, points, intervals, None)
        };
        let led_by = |leading: usize| couple(leading, &points, &intervals).map(|table| (leading, table));
        let (leading, table) = (0..points.len()).find_map(led_by)?;
        let shared = self.shared_people(leading, points[leading], strata);
        let extends = |part: usize, of_codes: bool| {
            self.extends(&table, &shared, part, evidence[part], of_codes, |point, people| {
                let agreeing = |of: &&'e PartPoints| people.and_then(|at| of.agreeing[at].as_deref());
                let mut points: Vec<&[f64]> =
                    evidence.iter().zip(&points).map(|(of, point)| agreeing(of).unwrap_or(point)).collect();
                points[part] = point;
                couple(part, &points, &intervals).is_some()
            })
        };
        // What is of partitions alone, the points of one part show for all.
        let all_extend = (0..points.len()).all(|part| extends(part, true)) && (0..points.len()).any(|part| extends(part, false));
        if !all_extend {
            return None;
        }
        self.shows_pairs(threshold, &bounds, &table, |intervals| couple(leading, &points, intervals), evidence)
    }

    /// Whether each point of a part that shows something of codes, or of partitions alone, is one of the whole: as the table is, but for
    /// those who have no codes of the other parts, or coupled anew.
    fn extends(
        &self,
        table: &ComposedTable,
        shared: &[f64],
        part: usize,
        evidence: &PartPoints,
        of_codes: bool,
        couples: impl Fn(&[f64], Option<usize>) -> bool,
    ) -> bool {
        let strata = evidence.strata;
        let Some(middle) = &evidence.middle else { return false };
        // Of those without codes of any part there are as many as the part has, not as the leading one.
        let mut alone: Vec<f64> = Vec::with_capacity(middle.len());
        for &set in &self.parts[part].alone {
            alone.extend(&table.people[set * strata..][..strata]);
        }
        let own = self.shared_people(part, middle, strata);
        for (set, alone) in alone.chunks_exact_mut(strata).enumerate().filter(|(set, _)| self.parts[part].is_shared[*set]) {
            let at = self.parts[part].shared[set] * strata;
            for ((alone, own), shared) in alone.iter_mut().zip(&own[at..]).zip(&shared[at..]) {
                *alone += own - shared;
            }
        }
        let has_all =
            |more: &[f64], sign: f64| more.iter().zip(&alone).all(|(more, people)| people + sign * more > -SLACK / 10.0);
        if has_all(&evidence.fewer, -1.0) {
            return true;
        }
        evidence
            .others
            .iter()
            .filter(|other| other.is_of_codes == of_codes)
            .all(|other| has_all(&other.more, 1.0) || couples(&other.point(middle), other.people))
    }

    /// Shows what pairs require: that each small one can be empty and `k - 1`, and that nobody small is left outside of one.
    fn shows_pairs(
        &self,
        threshold: u32,
        bounds: &[(u32, u32)],
        table: &ComposedTable,
        couple: impl Fn(&[(f64, f64)]) -> Option<ComposedTable>,
        evidence: &[&PartPoints],
    ) -> Option<u64> {
        let strata = table.strata;
        // For each set, whether somebody can be in it, and whether somebody can while all facts hold.
        let anybody = |of: &dyn Fn(&PartPoints, usize) -> bool, set: usize| {
            (0..strata)
                .any(|stratum| evidence.iter().enumerate().all(|(part, e)| of(e, self.parts[part].of[set] * strata + stratum)))
        };
        let sets_with = |of: &dyn Fn(&PartPoints, usize) -> bool| {
            (0..self.sets()).filter(|&set| anybody(of, set)).fold(0_u64, |all, set| all | 1 << set)
        };
        let possible = sets_with(&|evidence, place| evidence.possible[place]);
        let open = sets_with(&PartPoints::is_open);
        let k = f64::from(threshold);
        let intervals: Vec<(f64, f64)> = bounds.iter().map(|&(lo, hi)| (f64::from(lo), f64::from(hi))).collect();
        let is_small = |row: usize| bounds[row].0 < threshold && self.rows[row].inside & possible != 0;
        let small: Vec<usize> = (0..bounds.len()).filter(|&row| is_small(row)).collect();
        if small.iter().any(|&row| bounds[row].0 > 0 || bounds[row].1 + 1 < threshold) {
            return None;
        }
        // Of pairs that nobody can have while facts hold, some must be able to have them once these are taken back.
        let (small_open, denied): (Vec<usize>, Vec<usize>) = small.iter().partition(|&&row| self.rows[row].inside & open != 0);
        let may_have = |group: usize, sets: u64| self.may_have((group, sets), threshold, table, &intervals, evidence);
        if !denied.iter().all(|&row| may_have(row, self.rows[row].inside)) {
            return None;
        }
        let differences: Vec<&PairDifference> = self.steps.iter().chain(&self.wide).collect();
        let mut shown: Vec<Shown> = vec![Shown { least: f64::INFINITY, greatest: f64::NEG_INFINITY }; differences.len()];
        let record = |shown: &mut Vec<Shown>, table: &ComposedTable| {
            for (shown, difference) in shown.iter_mut().zip(&differences) {
                let people = table.sum(difference.sets);
                shown.least = shown.least.min(people);
                shown.greatest = shown.greatest.max(people);
            }
        };
        record(&mut shown, table);
        if !small_open.is_empty() {
            let with = |interval: &dyn Fn((f64, f64)) -> (f64, f64)| {
                let mut intervals = intervals.clone();
                for &row in &small_open {
                    intervals[row] = interval(intervals[row]);
                }
                couple(&intervals)
            };
            record(&mut shown, &with(&|_| (0.0, 0.0))?);
            record(&mut shown, &with(&|(_, hi)| (k - 1.0, hi))?);
        }
        let is_shown = |shown: &Shown| shown.greatest > k - SLACK || shown.greatest > k - 1.0 - SLACK && shown.least < SLACK;
        let mut targets = small.len() as u64;
        for at in 0..differences.len() {
            let difference = differences[at];
            if difference.sets & possible == 0 {
                continue;
            }
            targets += 1;
            let is_part = difference.parts.iter().any(|&part| shown[part].greatest > k - SLACK);
            if is_part || is_shown(&shown[at]) {
                continue;
            }
            if difference.sets & open == 0 {
                if may_have(difference.of, difference.sets) {
                    continue;
                }
                return None;
            }
            for needed in [k, k - 1.0] {
                if let Some(intervals) = self.apart(difference, &intervals, table, needed)
                    && let Some(table) = couple(&intervals)
                {
                    record(&mut shown, &table);
                    break;
                }
            }
            if !is_shown(&shown[at]) {
                let intervals = self.together(difference, &intervals, table)?;
                record(&mut shown, &couple(&intervals)?);
            }
            if !is_shown(&shown[at]) {
                return None;
            }
        }
        Some(targets)
    }

    /// Whether `k - 1` people can be in a group, some sets of codes, for each of the smallest sets of facts that deny that, once these are
    /// taken back.
    fn may_have(
        &self,
        (group, sets): (usize, u64),
        threshold: u32,
        table: &ComposedTable,
        intervals: &[(f64, f64)],
        evidence: &[&PartPoints],
    ) -> bool {
        let (strata, set) = (table.strata, self.smallest[group]);
        let place = |part: usize, stratum: usize| self.parts[part].of[set] * strata + stratum;
        let is_possible = |&stratum: &usize| evidence.iter().enumerate().all(|(part, of)| of.possible[place(part, stratum)]);
        let mut by_facts: BTreeMap<BTreeSet<CellId>, Vec<usize>> = BTreeMap::new();
        for stratum in (0..strata).filter(is_possible) {
            let facts = evidence.iter().enumerate().flat_map(|(part, of)| &of.denied_by[place(part, stratum)]);
            by_facts.entry(facts.copied().collect()).or_default().push(stratum);
        }
        let is_smallest = |facts: &BTreeSet<CellId>| !by_facts.keys().any(|other| other != facts && other.is_subset(facts));
        by_facts.iter().filter(|(facts, _)| is_smallest(facts)).all(|(facts, strata)| {
            strata.iter().any(|&stratum| self.has_room(group, stratum, threshold, table, intervals, evidence))
                || strata.iter().any(|&stratum| self.can_gather((group, sets), (facts, stratum), threshold, intervals, evidence))
        })
    }

    /// Whether `k - 1` people more can be in a group in a stratum: with no other codes than its own, and where they came from nobody
    /// misses them.
    fn has_room(
        &self,
        group: usize,
        stratum: usize,
        threshold: u32,
        table: &ComposedTable,
        intervals: &[(f64, f64)],
        evidence: &[&PartPoints],
    ) -> bool {
        let more = f64::from(threshold) - 1.0;
        let (strata, set) = (table.strata, self.smallest[group]);
        let has_room = |bit: u32| {
            self.parts.iter().zip(evidence).all(|(part, of)| {
                part.bits.iter().position(|&own| own == bit).is_none_or(|code| of.room[(code + 1) * strata + stratum])
            })
        };
        let rows_have_room = |from: Option<usize>| {
            let gains = |row: &PairRow| row.inside & (1 << set) != 0 && from.is_none_or(|from| row.inside & (1 << from) == 0);
            self.rows
                .iter()
                .zip(intervals)
                .all(|(row, interval)| !gains(row) || table.sum(row.inside) + more < interval.1 + SLACK)
        };
        let gain = |codes: u32| (0..u32::BITS).map(|i| 1 << i).filter(|bit| codes & bit != 0).all(has_room);
        let codes = self.codes_of[set];
        let is_inside = |from: &usize| self.codes_of[*from] & !codes == 0;
        (0..set).rev().filter(is_inside).any(|from| {
            table.people[from * strata + stratum] > more - SLACK
                && gain(codes & !self.codes_of[from])
                && rows_have_room(Some(from))
        }) || evidence.iter().all(|of| of.room[stratum]) && gain(codes) && rows_have_room(None)
    }

    /// Whether points of the parts that put `k - 1` people into a stratum with just the codes of a group, and break no other facts than
    /// some, can be coupled so that these are the same people.
    fn can_gather(
        &self,
        (group, sets): (usize, u64),
        (facts, stratum): (&BTreeSet<CellId>, usize),
        threshold: u32,
        intervals: &[(f64, f64)],
        evidence: &[&PartPoints],
    ) -> bool {
        let enough = f64::from(threshold) - 1.0;
        let (strata, set) = (evidence.first().map_or(0, |of| of.strata), self.smallest[group]);
        let mut intervals = intervals.to_vec();
        for (row, interval) in self.rows.iter().zip(&mut intervals).filter(|(row, _)| row.inside & (1 << set) != 0) {
            if interval.1 < enough {
                return false;
            }
            let is_group = row.inside == self.groups[group];
            interval.0 = if is_group { interval.0.max(enough) } else { interval.0 };
        }
        let place = |part: usize| self.parts[part].of[set] * strata + stratum;
        let of_parts: Vec<Vec<Vec<f64>>> = evidence
            .iter()
            .enumerate()
            .map(|(part, of)| of.with_people(place(part), enough, facts).take(MOST_POINTS).collect())
            .collect();
        let gathered = Gathered { set, stratum, people: enough };
        let ways: usize = of_parts.iter().map(Vec::len).product();
        (0..ways).any(|mut way| {
            let choose = |of: &Vec<Vec<f64>>| {
                let chosen = way % of.len();
                way /= of.len();
                chosen
            };
            let chosen: Vec<usize> = of_parts.iter().map(choose).collect();
            let points: Vec<&[f64]> = of_parts.iter().zip(chosen).map(|(of, chosen)| of[chosen].as_slice()).collect();
            (0..points.len()).any(|leading| {
                ComposedTable::couple(self, strata, leading, &points, &intervals, Some(gathered))
                    .is_some_and(|table| table.sum(sets) > enough - SLACK)
            })
        })
    }

    /// Intervals by which a difference has so many people; nothing if there are none.
    fn apart(
        &self,
        difference: &PairDifference,
        intervals: &[(f64, f64)],
        table: &ComposedTable,
        needed: f64,
    ) -> Option<Vec<(f64, f64)>> {
        let mut intervals = intervals.to_vec();
        let (lo, hi) = intervals[difference.without];
        if difference.of < self.rows.len() {
            let (outer_lo, outer_hi) = intervals[difference.of];
            let (least, most) = (lo.max(outer_lo - needed), hi.min(outer_hi - needed));
            if least > most {
                return None;
            }
            let between = f64::midpoint(least, most).floor();
            intervals[difference.without] = (lo, between);
            intervals[difference.of] = ((between + needed).max(outer_lo), outer_hi);
        } else {
            let most = hi.min(table.sum(self.groups[difference.of]) - needed);
            if lo > most {
                return None;
            }
            intervals[difference.without] = (lo, most);
        }
        Some(intervals)
    }

    /// Intervals by which nobody may be in a difference.
    fn together(&self, difference: &PairDifference, intervals: &[(f64, f64)], table: &ComposedTable) -> Option<Vec<(f64, f64)>> {
        let mut intervals = intervals.to_vec();
        let (lo, hi) = intervals[difference.without];
        if difference.of < self.rows.len() {
            let (outer_lo, outer_hi) = intervals[difference.of];
            let both = (lo.max(outer_lo), hi.min(outer_hi));
            if both.0 > both.1 {
                return None;
            }
            let people = f64::midpoint(both.0, both.1).floor();
            intervals[difference.without] = (people, people);
            intervals[difference.of] = (people, people);
        } else {
            let all = table.sum(self.groups[difference.of]);
            if all < lo || all > hi {
                return None;
            }
            intervals[difference.without] = (all, all);
        }
        Some(intervals)
    }
}
