//! Conditions too large for a program: closed forms over the counts of their parts.

use super::joint::{Measure, clip};
use super::marginal::{Group, Marginal};
use super::work::Work;
use crate::bounds::{MANY, all_of, any_of, at_least};
use crate::query::Predicate;
use crate::release::{ReadSet, Release};
use crate::{Interval, Result};

/// A condition as a tree of groups, among the people with some partition values.
#[derive(Debug, Clone)]
pub(crate) struct ClosedForm {
    total: Box<Marginal>,
    root: Node,
}

#[derive(Debug, Clone)]
enum Node {
    Everyone,
    Nobody,
    Group(Box<Marginal>),
    Not(Box<Node>),
    And(Parts),
    Or(Parts),
    AtLeast(usize, Parts),
}

#[derive(Debug, Clone)]
struct Parts {
    nodes: Vec<Node>,
    /// What is published of two parts together.
    pairs: Vec<((usize, usize), Marginal)>,
}

impl ClosedForm {
    /// The condition `rest` among the people of `group`; nothing if that is more work than is left.
    pub(crate) fn new(release: &Release, group: &Group, rest: &Predicate, work: &Work) -> Option<Self> {
        Some(Self { total: Box::new(Marginal::new(release, group, work)), root: Node::new(release, group, rest, work)? })
    }

    /// The row groups that it reads.
    pub(crate) fn needs(&self, release: &Release, reads: &mut ReadSet) {
        self.each(&mut |marginal| marginal.needs(release, reads));
    }

    /// Visits every group that it counts.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(&Marginal)) {
        visit(&self.total);
        self.root.each(visit);
    }

    /// Bounds at each centre, never sharp.
    pub(crate) fn measure(&self, release: &Release) -> Result<Vec<Measure>> {
        let total = self.total.bounds(release)?;
        let bounds = self.root.bounds(release, &total)?;
        let measure = |(bound, total): (Interval, &Interval)| {
            let interval = bound.intersect(total.or_less()).unwrap_or(bound);
            Measure { interval, estimate: middle(interval), sharp: interval.is_exact() }
        };
        Ok(bounds.into_iter().zip(&total).map(measure).collect())
    }
}

/// The middle of an interval; nothing if it is open.
pub(crate) fn middle(interval: Interval) -> Option<f64> {
    let hi = interval.upper()?;
    Some(clip(f64::midpoint(interval.lower() as f64, hi as f64), interval))
}

impl Node {
    fn new(release: &Release, group: &Group, predicate: &Predicate, work: &Work) -> Option<Self> {
        // One step for each node: an exhausted budget ends here.
        if !work.take(1) {
            return None;
        }
        let part = |p: &Predicate| part_group(release, group, p).map(|g| Marginal::new(release, &g, work));
        Some(match predicate {
            Predicate::Everyone => Self::Everyone,
            // Nobody has an unnamed code: plans put something else in its place.
            Predicate::Nobody | Predicate::Unnamed { .. } => Self::Nobody,
            Predicate::Values { .. } | Predicate::Code { .. } => {
                part(predicate).map_or(Self::Nobody, |d| Self::Group(Box::new(d)))
            }
            Predicate::Not(inner) => Self::Not(Box::new(Self::new(release, group, inner, work)?)),
            Predicate::And(parts) => Self::And(Parts::new(release, group, parts, work)?),
            Predicate::Or(parts) => Self::Or(Parts::new(release, group, parts, work)?),
            Predicate::AtLeast { n, of } => Self::AtLeast(*n, Parts::new(release, group, of, work)?),
        })
    }

    fn each(&self, visit: &mut dyn FnMut(&Marginal)) {
        match self {
            Self::Everyone | Self::Nobody => {}
            Self::Group(marginal) => visit(marginal),
            Self::Not(inner) => inner.each(visit),
            Self::And(parts) | Self::Or(parts) | Self::AtLeast(_, parts) => {
                parts.nodes.iter().for_each(|node| node.each(visit));
                parts.pairs.iter().for_each(|(_, marginal)| visit(marginal));
            }
        }
    }

    fn bounds(&self, release: &Release, total: &[Interval]) -> Result<Vec<Interval>> {
        Ok(match self {
            Self::Everyone => total.to_vec(),
            Self::Nobody => vec![Interval::ZERO; total.len()],
            Self::Group(marginal) => marginal.bounds(release)?,
            Self::Not(inner) => inner.bounds(release, total)?.into_iter().zip(total).map(|(part, &total)| total - part).collect(),
            Self::And(parts) => parts.bounds(release, total, &|total, parts, pairs| all_of(total, parts, pairs))?,
            Self::Or(parts) => parts.bounds(release, total, &|total, parts, pairs| any_of(total, parts, pairs))?,
            Self::AtLeast(n, parts) => parts.bounds(release, total, &|total, parts, pairs| at_least(*n, total, parts, pairs))?,
        })
    }
}

/// Pairs of this many parts are not looked at.
const MANY_COUPLES: u64 = (MANY * MANY) as u64;

type Formula<'a> = &'a dyn Fn(Interval, &[Interval], &dyn Fn(usize, usize) -> Option<Interval>) -> Interval;

impl Parts {
    fn new(release: &Release, group: &Group, parts: &[Predicate], work: &Work) -> Option<Self> {
        let couples = (parts.len() as u64).pow(2);
        if !work.take(couples.min(MANY_COUPLES) * (20 * release.centres().len() as u64 + 50)) {
            return None;
        }
        let nodes = parts.iter().map(|part| Node::new(release, group, part, work)).collect::<Option<_>>()?;
        if couples > MANY_COUPLES {
            return Some(Self { nodes, pairs: Vec::new() });
        }
        let codes: Vec<Option<(usize, u32)>> = parts
            .iter()
            .map(|p| if let Predicate::Code { dimension, code } = p { Some((*dimension, *code)) } else { None })
            .collect();
        let mut pairs = Vec::new();
        for (i, a) in codes.iter().enumerate() {
            for (j, b) in codes.iter().enumerate().skip(i + 1) {
                if let (Some(a), Some(b)) = (a, b)
                    && release.counting(&[*a, *b]).is_some()
                {
                    if !work.take(1) {
                        return None;
                    }
                    let marginal = Marginal::new(release, &group.with_codes(vec![*a, *b]), work);
                    if marginal.is_covered() {
                        pairs.push(((i, j), marginal));
                    }
                }
            }
        }
        Some(Self { nodes, pairs })
    }

    fn bounds(&self, release: &Release, total: &[Interval], formula: Formula<'_>) -> Result<Vec<Interval>> {
        let parts = self.nodes.iter().map(|node| node.bounds(release, total)).collect::<Result<Vec<_>>>()?;
        let pairs = self.pairs.iter().map(|(of, marginal)| Ok((*of, marginal.bounds(release)?))).collect::<Result<Vec<_>>>()?;
        let at = |centre: usize| {
            let parts: Vec<Interval> = parts.iter().map(|bounds| bounds[centre]).collect();
            let pair = |i: usize, j: usize| {
                let of = (i.min(j), i.max(j));
                pairs.binary_search_by_key(&of, |pair| pair.0).ok().map(|at| pairs[at].1[centre])
            };
            formula(total[centre], &parts, &pair)
        };
        Ok((0..total.len()).map(at).collect())
    }
}

/// The people of a group who also have one value, or one code.
fn part_group(release: &Release, group: &Group, predicate: &Predicate) -> Option<Group> {
    let mut part = group.clone();
    match predicate {
        Predicate::Code { dimension, code } => part.codes = vec![(*dimension, *code)],
        Predicate::Values { dimension, values } => {
            let p = release.declared().partitions().iter().position(|d| d == dimension)?;
            let both: Vec<u32> =
                values.iter().copied().filter(|v| part.sets[p].as_ref().is_none_or(|set| set.contains(v))).collect();
            if both.is_empty() {
                return None;
            }
            part.sets[p] = Some(both);
        }
        _ => return None,
    }
    Some(part)
}
