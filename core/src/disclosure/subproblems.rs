//! Which subproblems are audited, at which centres.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::{Declared, Dimensions};

use super::aggregations::LargeAggregation;
use super::cell_intervals::{CellIntervals, Code, Earlier};
use super::system::{Subproblem, SubproblemKind};
use crate::Published;

/// Aggregations of more children are checked cell by cell: the codes of a program are bits of a word, the parent's among them.
const MOST_CHILDREN: usize = u32::BITS as usize - 1;
/// Pairs with more codes above them are audited with one of these at a time.
const MOST_IN_CLOSURE: usize = 8;
/// So many codes below a pair are audited with it at once.
const MOST_DESCENDANTS: usize = 4;

/// A subproblem and the centres where it is audited.
pub(crate) type Task = (Subproblem, Vec<usize>);

/// Sets of codes, ascending, and the centres of each.
type CodeSets = BTreeMap<Vec<Code>, BTreeSet<usize>>;

/// Sets of codes by each of their codes.
struct Containers(BTreeMap<Code, Vec<CodeSet>>);

/// Codes, ascending, and centres.
type CodeSet = (Vec<Code>, BTreeSet<usize>);

/// Finds subproblems.
pub(crate) struct Subproblems<'a> {
    published: &'a Published,
    intervals: &'a CellIntervals,
    threshold: u32,
    /// For each centre and code, whether some row that counts it has a lower bound above zero: only then can its cells
    /// exclude that nobody has it.
    informative: Vec<BTreeSet<Code>>,
    /// Codes declared in pairs with a code.
    partners: BTreeMap<Code, BTreeSet<Code>>,
    closures: OnceCell<CodeSets>,
}

impl<'a> Subproblems<'a> {
    /// The subproblems of a release.
    pub(crate) fn new(
        published: &'a Published,
        declared: &'a Declared,
        intervals: &'a CellIntervals,
        earlier: &[Earlier],
        threshold: u32,
    ) -> Self {
        let mut partners: BTreeMap<Code, BTreeSet<Code>> = BTreeMap::new();
        let mut informative = vec![BTreeSet::new(); published.centres.len()];
        let crossed = intervals.tables.first().map_or(0, |table| table.layout.sizes().iter().filter(|&&size| size > 1).count());
        for table in &intervals.tables {
            // Where not all partitions are crossed, a code that some strata rule out is audited even if it is uninformative.
            let full = table.layout.order() >= crossed;
            for (t, combination) in table.combinations.iter().enumerate() {
                let codes: Vec<Code> = table.codes.iter().copied().zip(*combination).collect();
                if let &[a, b] = &codes[..] {
                    partners.entry(a).or_default().insert(b);
                    partners.entry(b).or_default().insert(a);
                }
                let limited = !full && codes.iter().any(|&code| is_limited(&published.dimensions, declared, code));
                for (centre, informative) in
                    informative.iter_mut().enumerate().filter(|(c, _)| published.collects(*c, &table.codes))
                {
                    let says = |intervals: &CellIntervals| {
                        (0..table.layout.len()).any(|cell| intervals.bounds(table.id(t, centre, cell)).0 > 0)
                    };
                    if limited || says(intervals) || earlier.iter().any(|earlier| says(&earlier.intervals)) {
                        for &(d, code) in &codes {
                            let onset = published.dimensions.get(d).dictionary.onset(code);
                            informative.extend([(d, code), (d, onset.map_or(code, |onset| onset.code))]);
                        }
                    }
                }
            }
        }
        Self { published, intervals, threshold, informative, partners, closures: OnceCell::new() }
    }

    /// Every subproblem with the centres where it is a program of its own.
    ///
    /// Uninformative codes (every row has the lower bound zero) need none. At any feasible point of the other codes nobody has them, or
    /// any group of up to `k - 1` people: all their rows allow both. So their targets hold where the others' do.
    pub(crate) fn tasks(&self, kinds: &[SubproblemKind]) -> Vec<Task> {
        kinds.iter().flat_map(|&kind| self.tasks_of(kind)).collect()
    }

    fn tasks_of(&self, kind: SubproblemKind) -> Vec<Task> {
        let task = |codes, centres| (Subproblem { kind, codes }, centres);
        let mut tasks = Vec::new();
        match kind {
            SubproblemKind::Base => tasks.push(task(Vec::new(), (0..self.published.centres.len()).collect())),
            SubproblemKind::Code => {
                tasks.extend(self.codes().map(|code| task(self.with_onsets_of(code), self.informative_at(&[code]).collect())));
            }
            SubproblemKind::AncestorChain => {
                tasks = as_tasks(kind, self.chains());
                for (code, above) in self.codes().flat_map(|code| self.above(code).map(move |above| (code, above))) {
                    let [outer, inner] = [above, code].map(|code| self.with_onsets_of(code));
                    let dated = [&outer, &inner].into_iter().filter(|codes| codes.len() > 1).count();
                    let is_parent = || self.published.dimensions.get(code.0).dictionary.parents(code.1).contains(&above.1);
                    if dated == 2 || dated == 1 && is_parent() {
                        tasks.push(task([outer, inner].concat(), self.informative_at(&[code]).collect()));
                    }
                }
            }
            SubproblemKind::Aggregation => {
                for parent in self.codes() {
                    let mut centres = self.centres(parent.0);
                    centres.retain(|&c| self.informs_aggregation(parent, c));
                    tasks.extend(self.aggregations_of(parent).into_iter().map(|codes| task(codes, centres.clone())));
                }
            }
            SubproblemKind::Pair => {
                let mut subproblems = CodeSets::new();
                for pair in self.pairs() {
                    subproblems.entry(self.with_onsets(&pair)).or_default().extend(self.informative_at(&pair));
                }
                tasks = as_tasks(kind, subproblems);
            }
            SubproblemKind::AncestorClosure => tasks = as_tasks(kind, self.closures().clone()),
            SubproblemKind::Descendants => tasks = as_tasks(kind, self.descendants()),
            SubproblemKind::Triple => tasks = as_tasks(kind, self.triples()),
        }
        tasks.retain(|(_, centres)| !centres.is_empty());
        tasks
    }

    /// A parent with its children; and with its onsets, too, where a program takes them.
    fn aggregations_of(&self, parent: Code) -> Vec<Vec<Code>> {
        let (own, children) = (self.with_onsets_of(parent), self.children(parent, false));
        if children.is_empty() {
            return Vec::new();
        }
        let aggregations = [vec![parent], own.clone()].map(|own| [own, children.clone()].concat());
        let fits = |codes: &Vec<Code>| codes.len() <= MOST_CHILDREN + 1;
        // With its onsets it has all targets that it has without; pairs of children are only looked at without.
        aggregations.into_iter().take(if own.len() > 1 { 2 } else { 1 }).filter(fits).collect()
    }

    /// Whether a row speaks of a parent or one of its children at a centre.
    fn informs_aggregation(&self, parent: Code, centre: usize) -> bool {
        [parent].iter().chain(&self.children(parent, false)).any(|code| self.informative[centre].contains(code))
    }

    /// The declared pairs, each once.
    fn pairs(&self) -> Vec<[Code; 2]> {
        self.partners.iter().flat_map(|(&a, others)| others.iter().filter(move |&&b| a < b).map(move |&b| [a, b])).collect()
    }

    /// Parents that are checked cell by cell.
    pub(crate) fn large_aggregations(&self) -> Vec<LargeAggregation> {
        let mut aggregations = Vec::new();
        for parent in self.codes() {
            let children = self.children(parent, false);
            if children.len() > MOST_CHILDREN {
                let at = |centre| LargeAggregation { parent, children: children.clone(), centre };
                aggregations.extend(self.centres(parent.0).into_iter().map(at));
            }
        }
        aggregations
    }

    /// Each code with all codes above it, or with one of these at a time where they are many, but for those inside another one:
    /// what is left of larger subproblems where some of their codes are uninformative.
    fn chains(&self) -> CodeSets {
        let mut chains = CodeSets::new();
        for code in self.codes() {
            for centre in self.informative_at(&[code]) {
                let codes = self.with_above(&[code], centre);
                if codes.len() <= MOST_IN_CLOSURE {
                    chains.entry(codes).or_default().insert(centre);
                    continue;
                }
                for above in codes.into_iter().filter(|&above| above != code) {
                    chains.entry(vec![above.min(code), above.max(code)]).or_default().insert(centre);
                }
            }
        }
        chains.retain(|codes, _| codes.len() > 1);
        maximal(chains)
    }

    /// Each declared pair with all codes above its two, but for those inside another one.
    fn closures(&self) -> &CodeSets {
        self.closures.get_or_init(|| {
            let mut closures = CodeSets::new();
            for pair in self.pairs().into_iter().filter(|&pair| !self.has_onset(pair)) {
                for centre in self.informative_at(&pair) {
                    let codes = self.with_above(&pair, centre);
                    if codes.len() > pair.len() && codes.len() <= MOST_IN_CLOSURE {
                        closures.entry(codes).or_default().insert(centre);
                    }
                }
            }
            maximal(closures)
        })
    }

    /// These codes and all above them, as far as they are informative at a centre.
    fn with_above(&self, codes: &[Code], centre: usize) -> Vec<Code> {
        let all: BTreeSet<Code> = codes.iter().flat_map(|&code| self.above(code).chain([code])).collect();
        all.into_iter().filter(|code| self.informative[centre].contains(code)).collect()
    }

    /// Each declared pair with codes below one of its two that are not counted with the other, a few at a time.
    fn descendants(&self) -> CodeSets {
        let mut descendants = CodeSets::new();
        for pair in self.pairs().into_iter().filter(|&pair| !self.has_onset(pair)) {
            let below: Vec<Code> = self.descendants_of(pair).into_iter().collect();
            for centre in self.informative_at(&pair) {
                let informative_at: Vec<Code> = below.iter().copied().filter(|c| self.informative[centre].contains(c)).collect();
                for few in informative_at.chunks(MOST_DESCENDANTS) {
                    descendants.entry(pair.iter().chain(few).copied().collect()).or_default().insert(centre);
                }
            }
        }
        descendants
    }

    /// Codes below one of a pair that are not counted with the other.
    fn descendants_of(&self, [a, b]: [Code; 2]) -> BTreeSet<Code> {
        let with = |of: Code, c: &Code| self.partners.get(&of).is_some_and(|with| with.contains(c));
        self.below(a).chain(self.below(b)).filter(|c| *c != a && *c != b && !with(a, c) && !with(b, c)).collect()
    }

    /// Each declared pair with a third code that is counted with one of its two, or with both, where single cells are already
    /// informative, or that lies above or below one of its two, but for those inside an ancestor closure and its descendants.
    fn triples(&self) -> CodeSets {
        let mut triples = CodeSets::new();
        for [a, b] in self.pairs() {
            let mut related: BTreeSet<Code> = [a, b].into_iter().flat_map(|of| self.above(of).chain(self.below(of))).collect();
            if !self.has_onset([a, b]) {
                let descendants = self.descendants_of([a, b]);
                related.retain(|c| !descendants.contains(c));
            }
            let none = BTreeSet::new();
            let partners = |code: Code| self.partners.get(&code).unwrap_or(&none);
            let others: Vec<Code> = partners(a).union(partners(b)).copied().filter(|c| !related.contains(c)).collect();
            for centre in self.informative_at(&[a, b]) {
                let is_informative = others.iter().copied().filter(|&c| {
                    self.is_informative(a, b, c, centre) || self.limits(a, b, c, centre) || self.limits(b, a, c, centre)
                });
                let thirds = related.iter().copied().chain(is_informative).filter(|&c| c != a && c != b);
                for c in thirds.filter(|c| self.informative[centre].contains(c)) {
                    let mut codes = vec![a, b, c];
                    codes.sort_unstable();
                    triples.entry(codes).or_default().insert(centre);
                }
            }
        }
        without_contained(triples, &Containers::new(self.closures().clone()))
            .into_iter()
            .map(|(codes, c)| (self.with_onsets(&codes), c))
            .collect()
    }

    /// Whether single cells of three codes are informative about the first two.
    fn is_informative(&self, a: Code, b: Code, c: Code, centre: usize) -> bool {
        let counting = |codes: &[Code]| self.intervals.counting(codes);
        let (Some(ab), Some(ac), Some(bc), Some(one), Some(two), Some(three)) =
            (counting(&[a, b]), counting(&[a, c]), counting(&[b, c]), counting(&[a]), counting(&[b]), counting(&[c]))
        else {
            return false;
        };
        let bounds = |(table, combination): (usize, usize), cell| {
            let (lo, hi) = self.intervals.bounds(self.intervals.tables[table].id(combination, centre, cell));
            (i64::from(lo), i64::from(hi))
        };
        let cells = [ab, ac, bc].iter().map(|place| self.intervals.tables[place.0].layout.len()).min().unwrap_or(0);
        let small = i64::from(self.threshold) - 1;
        (0..cells).any(|cell| {
            let (ac, bc, a, b, c) =
                (bounds(ac, cell), bounds(bc, cell), bounds(one, cell), bounds(two, cell), bounds(three, cell));
            ac.0 + bc.0 - c.1 > 0 || bc.1 + a.1 - ac.0 < small || ac.1 + b.1 - bc.0 < small
        })
    }

    /// Whether single cells of a code that is counted with the second of a pair limit that one more than its own do, and so the pair:
    /// whoever has `b` and `c` has `b`, and whoever has `b` and not `c` is among the others than `c`.
    fn limits(&self, a: Code, b: Code, c: Code, centre: usize) -> bool {
        let counting = |codes: &[Code]| self.intervals.counting(codes);
        let (Some(ab), Some(bc), Some(all), Some(one), Some(two), Some(three)) =
            (counting(&[a, b]), counting(&[b, c]), counting(&[]), counting(&[a]), counting(&[b]), counting(&[c]))
        else {
            return false;
        };
        let bounds = |(table, combination): (usize, usize), cell| {
            let (lo, hi) = self.intervals.bounds(self.intervals.tables[table].id(combination, centre, cell));
            (i64::from(lo), i64::from(hi))
        };
        let cells = [ab, bc].iter().map(|place| self.intervals.tables[place.0].layout.len()).min().unwrap_or(0);
        (0..cells).any(|cell| {
            let (ab, bc, all) = (bounds(ab, cell), bounds(bc, cell), bounds(all, cell));
            let (a, b, c) = (bounds(one, cell), bounds(two, cell), bounds(three, cell));
            let most = all.1 - c.0 + bc.1;
            bc.0 > b.0 && a.0 + bc.0 > all.1 || most < b.1 && most - ab.0 < i64::from(self.threshold)
        })
    }

    /// Every code that a code lies in.
    fn above(&self, (d, code): Code) -> impl Iterator<Item = Code> + '_ {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        dictionary.ancestors(code).iter().filter(|&&id| dictionary.onset(id).is_none()).map(move |&id| (d, id))
    }

    /// Every code inside a code that is no onset.
    fn below(&self, (d, code): Code) -> impl Iterator<Item = Code> + '_ {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        let ids = (0..dictionary.len() as u32).filter(move |&id| id != code && dictionary.is_within(id, code));
        ids.filter(|&id| dictionary.onset(id).is_none()).map(move |id| (d, id))
    }

    fn has_onset(&self, pair: [Code; 2]) -> bool {
        pair.iter().any(|&(d, code)| self.published.dimensions.get(d).dictionary.onset(code).is_some())
    }

    /// The centres where all of these codes are informative.
    fn informative_at<'s>(&'s self, codes: &'s [Code]) -> impl Iterator<Item = usize> + 's {
        (0..self.informative.len()).filter(|&c| codes.iter().all(|code| self.informative[c].contains(code)))
    }

    /// The centres that collect a dimension.
    fn centres(&self, dimension: usize) -> Vec<usize> {
        (0..self.published.centres.len()).filter(|&c| self.published.collects(c, &[dimension])).collect()
    }

    /// Codes, and for each `CODE@stage` among them its code with all onsets: one variable with many states.
    fn with_onsets(&self, codes: &[Code]) -> Vec<Code> {
        let mut all: BTreeSet<Code> = codes.iter().copied().collect();
        for &(d, code) in codes {
            if let Some(onset) = self.published.dimensions.get(d).dictionary.onset(code) {
                all.insert((d, onset.code));
                all.extend(self.children((d, onset.code), true));
            }
        }
        all.into_iter().collect()
    }

    /// A code and its onsets.
    fn with_onsets_of(&self, code: Code) -> Vec<Code> {
        [code].into_iter().chain(self.children(code, true)).collect()
    }

    /// Every code that is no onset.
    fn codes(&self) -> impl Iterator<Item = Code> + '_ {
        let tables = self.intervals.tables.iter().filter(|table| table.codes.len() == 1);
        tables.flat_map(|table| {
            let d = table.codes[0];
            let dictionary = &self.published.dimensions.get(d).dictionary;
            table
                .combinations
                .iter()
                .map(move |combination| (d, combination[0]))
                .filter(|&(_, code)| dictionary.onset(code).is_none())
        })
    }

    /// The children of a code: its onsets, or the others.
    fn children(&self, (d, code): Code, onsets: bool) -> Vec<Code> {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        let children = dictionary.children(code).iter().copied().filter(|&child| dictionary.onset(child).is_some() == onsets);
        children.map(|child| (d, child)).collect()
    }
}

/// Whether nobody can have a code in some strata.
fn is_limited(dimensions: &Dimensions, declared: &Declared, (d, code): Code) -> bool {
    let dictionary = &dimensions.get(d).dictionary;
    declared.has_zeros()
        || dictionary.onset(code).is_some()
        || dictionary.children(code).iter().any(|&c| dictionary.onset(c).is_some())
}

impl Containers {
    fn new(sets: CodeSets) -> Self {
        let mut by_code: BTreeMap<Code, Vec<CodeSet>> = BTreeMap::new();
        for (codes, centres) in sets {
            for &code in &codes {
                by_code.entry(code).or_default().push((codes.clone(), centres.clone()));
            }
        }
        Self(by_code)
    }

    /// Whether these codes lie in another set at a centre.
    fn contain(&self, codes: &[Code], centre: usize) -> bool {
        let fewest = codes.iter().map(|code| self.0.get(code).map_or(&[][..], Vec::as_slice)).min_by_key(|sets| sets.len());
        let is_around = |(other, centres): &CodeSet| {
            other.len() > codes.len() && centres.contains(&centre) && codes.iter().all(|code| other.binary_search(code).is_ok())
        };
        fewest.is_some_and(|sets| sets.iter().any(is_around))
    }
}

/// Those sets that lie in no other one, at each centre.
fn maximal(sets: CodeSets) -> CodeSets {
    let containers = Containers::new(sets.clone());
    without_contained(sets, &containers)
}

/// Those sets that lie in none of these, at each centre.
fn without_contained(mut sets: CodeSets, containers: &Containers) -> CodeSets {
    for (codes, centres) in &mut sets {
        centres.retain(|&centre| !containers.contain(codes, centre));
    }
    sets
}

/// Subproblems of one kind.
fn as_tasks(kind: SubproblemKind, sets: impl IntoIterator<Item = CodeSet>) -> Vec<Task> {
    sets.into_iter().map(|(codes, centres)| (Subproblem { kind, codes }, centres.into_iter().collect())).collect()
}
