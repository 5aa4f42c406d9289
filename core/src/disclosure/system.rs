//! The constraint system of a subproblem: its variables, the cells that are sums of them, and what must hold. The same for every
//! centre.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use ninzu_engine::model::{Declared, Dimensions};
use ninzu_engine::system::{ConstraintSystem, Stratum, Structure, Sum, of_bits, subsets};

use super::cell_intervals::{CellId, CellIntervals, Earlier, ReleaseCell};
use super::public_knowledge::PublicKnowledge;

/// Codes with the values of partitions: a cell.
type CodesAndValues = (Vec<(usize, u32)>, Vec<Option<u32>>);

/// The kinds of subproblems, as `audit.json` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SubproblemKind {
    /// The partition dimensions alone.
    Base,
    /// A code with its onsets.
    Code,
    /// A code with all codes above it; a code and one of its parents with the onsets of both. (`nested` in files.)
    AncestorChain,
    /// The aggregation equation of a parent, which is the union of its children. (`family` in files.)
    Aggregation,
    /// A declared pair.
    Pair,
    /// A declared pair with all codes above its two. (`lineage` in files.)
    AncestorClosure,
    /// A declared pair with codes below either that are not counted with the other. (`offspring` in files.)
    Descendants,
    /// A declared pair and a third code.
    Triple,
}

impl SubproblemKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 8] = [
        Self::Base,
        Self::Code,
        Self::AncestorChain,
        Self::Aggregation,
        Self::Pair,
        Self::AncestorClosure,
        Self::Descendants,
        Self::Triple,
    ];

    /// Its name in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Code => "code",
            Self::AncestorChain => "nested",
            Self::Aggregation => "family",
            Self::Pair => "pair",
            Self::AncestorClosure => "lineage",
            Self::Descendants => "offspring",
            Self::Triple => "triple",
        }
    }
}

/// A subproblem without its centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subproblem {
    pub(crate) kind: SubproblemKind,
    /// The codes. In an aggregation the parent comes first, with descendants the pair; a code in its parent, both with their onsets.
    pub(crate) codes: Vec<(usize, u32)>,
}

/// A declared cell inside a subproblem.
#[derive(Debug, Clone)]
pub(crate) struct SubproblemCell {
    pub(crate) table: usize,
    pub(crate) combination: usize,
    /// Its number in the table's layout.
    pub(crate) number: usize,
    /// Which codes of the subproblem it counts, as bits.
    pub(crate) has: u32,
    /// The variables that it sums.
    pub(crate) members: Vec<u32>,
    /// Of which earlier release it is a cell; nothing: of the one that is audited.
    pub(crate) earlier: Option<usize>,
}

/// Persons of one cell outside of another one that lies in it.
#[derive(Debug, Clone)]
pub(crate) struct DifferenceTarget {
    /// The larger cell, by its position in the system.
    pub(crate) of: usize,
    /// The smaller cell, by its position in the system.
    pub(crate) without: usize,
    /// Of one step: its people. Those of several steps are many, and few of them are ever asked for: see `SubproblemSystem::sum`.
    sum: Sum,
    /// The differences of one step, by their numbers, that are parts of one of several.
    pub(crate) parts: Vec<usize>,
}

/// The variables of a subproblem, what ties them, and the differences to protect.
#[derive(Debug, Clone)]
pub(crate) struct SubproblemSystem {
    pub(crate) subproblem: Subproblem,
    pub(crate) variables: usize,
    /// For each variable its stratum, by number, and which codes its people have, as bits.
    pub(crate) places: Vec<(u32, u32)>,
    pub(crate) cells: Vec<SubproblemCell>,
    /// Structural inequalities, sums that are never negative: children lie inside their parent and fill it.
    pub(crate) inequalities: Vec<Sum>,
    pub(crate) differences: Vec<DifferenceTarget>,
    /// The earlier releases that it is of, too, oldest first.
    pub(crate) joined: Vec<usize>,
    /// Whether nobody had codes that an earlier release did not have.
    pub(crate) is_closed: bool,
}

/// Aggregations of more codes have no variable for each combination of children: pairs of children are left to other subproblems.
const MOST_CROSSED: usize = 5;

/// What systems are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) dimensions: &'a Dimensions,
    pub(crate) declared: &'a Declared,
    pub(crate) intervals: &'a CellIntervals,
    /// What earlier releases said of the same cells, oldest first.
    pub(crate) earlier: &'a [Earlier],
    /// What a reader may know: by this release alone, and by it with earlier ones.
    pub(crate) knowledge: &'a Knowledge,
}

/// What a reader may know of a release, and of it with earlier ones.
#[derive(Debug)]
pub(crate) struct Knowledge {
    pub(crate) alone: PublicKnowledge,
    /// By each way to [join](joins) them.
    joint: Vec<PublicKnowledge>,
}

/// The earlier releases, of so many, that a release is audited together with: each of them, and all. Not every choice of them: who has
/// seen fewer has fewer intervals, but may take more groups to be empty, so what holds of all does not imply what holds of some.
pub(crate) fn joins(earlier: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..earlier).collect();
    let each = all.iter().map(|&one| vec![one]);
    let several = (earlier > 1).then(|| all.clone());
    each.chain(several).collect()
}

impl Knowledge {
    /// What the intervals leave open.
    pub(crate) fn new(dimensions: &Dimensions, declared: &Declared, intervals: &CellIntervals, earlier: &[Earlier]) -> Self {
        let of = |joined: &[usize]| {
            let earlier: Vec<&CellIntervals> = joined.iter().map(|&i| &earlier[i].intervals).collect();
            PublicKnowledge::new(dimensions, declared, intervals, &earlier)
        };
        Self { alone: of(&[]), joint: joins(earlier.len()).iter().map(|joined| of(joined)).collect() }
    }

    /// Facts that were none before.
    pub(crate) fn new_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = CellId> + 'a {
        let joint = self.joint.iter().zip(&before.joint).flat_map(|(now, before)| now.new_since(before));
        self.alone.new_since(&before.alone).chain(joint)
    }
}

impl DifferenceTarget {
    /// The same in a system over several releases: its cells are so many further on, its parts have these numbers, if any, and its people
    /// are others. Nothing, if it had parts and has none there.
    pub(crate) fn moved(&self, cells: usize, numbers: &[Option<usize>], people: impl Fn(&Sum) -> Sum) -> Option<Self> {
        let parts: Vec<usize> = self.parts.iter().filter_map(|&part| numbers[part]).collect();
        let sum = people(&self.sum);
        let moved = Self { of: self.of + cells, without: self.without + cells, sum, parts };
        (self.parts.is_empty() || !moved.parts.is_empty()).then_some(moved)
    }
}

impl SubproblemCell {
    /// Its number among all cells, at a centre.
    pub(crate) fn id(&self, intervals: &CellIntervals, centre: usize) -> CellId {
        intervals.tables[self.table].id(self.combination, centre, self.number)
    }
}

impl SubproblemSystem {
    /// The system of a subproblem.
    pub(crate) fn new(rules: Rules<'_>, subproblem: Subproblem) -> Self {
        let tied = rules.system(&subproblem);
        let partitions: Vec<usize> = (0..rules.declared.partitions().len()).collect();
        let mut cells: Vec<SubproblemCell> = Vec::new();
        let mut numbers: HashMap<(u32, usize), usize> = HashMap::new();
        for has in subsets(subproblem.codes.len()) {
            let Some((table, combination)) = rules.intervals.counting(&tied.codes_of(has)) else { continue };
            for (number, members) in tied.cells(rules.structure(), has, &rules.intervals.tables[table].layout, &partitions) {
                numbers.insert((has, number), cells.len());
                cells.push(SubproblemCell { table, combination, number, has, members, earlier: None });
            }
        }
        let ConstraintSystem { variables, inequalities, strata, .. } = tied;
        let of_stratum = |(number, stratum): (u32, &Stratum)| {
            stratum.variables.iter().map(move |&(_, pattern)| (number, pattern)).collect::<Vec<_>>()
        };
        let places = (0..).zip(&strata).flat_map(of_stratum).collect();
        let (differences, joined) = (Vec::new(), Vec::new());
        let mut system = Self { subproblem, variables, places, cells, inequalities, differences, joined, is_closed: false };
        system.differences = system.find_differences(rules, &numbers, &strata);
        system
    }

    /// The people of a difference.
    pub(crate) fn sum(&self, difference: usize) -> Cow<'_, Sum> {
        let DifferenceTarget { of, without, sum, parts } = &self.differences[difference];
        if parts.is_empty() {
            Cow::Borrowed(sum)
        } else {
            Cow::Owned(subtract(&self.cells[*of].members, &self.cells[*without].members))
        }
    }

    /// The differences of cells and those that they cover, where somebody can be in one: those of one step first.
    fn find_differences(
        &self,
        rules: Rules<'_>,
        numbers: &HashMap<(u32, usize), usize>,
        strata: &[Stratum],
    ) -> Vec<DifferenceTarget> {
        let larger: Vec<Vec<usize>> = (0..self.cells.len()).map(|cell| self.larger(rules, numbers, cell)).collect();
        let is_inside = |cell: usize, other: usize| larger[cell].binary_search(&other).is_ok();
        let between = |of: usize, without: usize| larger[without].iter().copied().filter(move |&cell| is_inside(cell, of));
        let pairs = || (0..larger.len()).flat_map(|without| larger[without].iter().map(move |&of| (of, without)));
        let step = |(of, without): (usize, usize)| {
            let sum = subtract(&self.cells[of].members, &self.cells[without].members);
            let has_people = sum.iter().any(|&(_, a)| a > 0) && self.can_be_filled(of, without, strata);
            has_people.then_some(DifferenceTarget { of, without, sum, parts: Vec::new() })
        };
        let steps = pairs().filter(|&(of, without)| between(of, without).next().is_none());
        let mut differences: Vec<DifferenceTarget> = steps.filter_map(step).collect();
        let mut steps: Vec<Vec<(usize, usize)>> = vec![Vec::new(); larger.len()];
        for (number, step) in differences.iter().enumerate() {
            steps[step.without].push((step.of, number));
        }
        let wide: Vec<DifferenceTarget> = pairs()
            .filter_map(|(of, without)| {
                let within: Vec<usize> = between(of, without).collect();
                let is_part = |&&(outer, _): &&(usize, usize)| outer == of || within.contains(&outer);
                let inner = within.iter().chain([&without]);
                let parts: Vec<usize> =
                    inner.flat_map(|&inner| steps[inner].iter().filter(is_part).map(|&(_, number)| number)).collect();
                let is_wide = !within.is_empty() && !parts.is_empty();
                is_wide.then(|| DifferenceTarget { of, without, sum: Sum::new(), parts })
            })
            .collect();
        differences.extend(wide);
        differences
    }

    /// The cells that cover a cell, ascending: of fewer values and codes, or of codes above.
    fn larger(&self, rules: Rules<'_>, numbers: &HashMap<(u32, usize), usize>, cell: usize) -> Vec<usize> {
        let of = &self.cells[cell];
        let layout = &rules.intervals.tables[of.table].layout;
        let values = layout.values(of.number);
        let fixed: Vec<usize> = (0..values.len()).filter(|&p| values[p].is_some()).collect();
        let fewer = (0..1_u32 << fixed.len()).filter_map(|dropped| {
            let mut values = values.clone();
            fixed.iter().enumerate().filter(|(i, _)| dropped & (1 << i) != 0).for_each(|(_, &p)| values[p] = None);
            layout.index(&values)
        });
        let codes = self.larger_codes(rules, of.has);
        let places = fewer.flat_map(|number| codes.iter().map(move |&has| (has, number)));
        let mut larger: Vec<usize> =
            places.filter_map(|place| numbers.get(&place).copied()).filter(|&other| other != cell).collect();
        larger.sort_unstable();
        larger
    }

    /// Which codes of the subproblem cells may count that cover one with some of them: each of these, one above it, or none.
    fn larger_codes(&self, rules: Rules<'_>, has: u32) -> Vec<u32> {
        let codes = &self.subproblem.codes;
        let mut all = BTreeSet::from([0]);
        for i in (0..codes.len()).filter(|i| has & (1 << i) != 0) {
            let (d, code) = codes[i];
            let dictionary = &rules.dimensions.get(d).dictionary;
            let above = |&j: &usize| codes[j].0 == d && dictionary.is_within(code, codes[j].1);
            let instead: Vec<u32> = (0..codes.len()).filter(above).map(|j| 1 << j).chain([0]).collect();
            all = all.iter().flat_map(|rest| instead.iter().map(move |bit| rest | bit)).collect();
        }
        all.into_iter().collect()
    }

    /// Whether anybody can be in one cell and not in the other. A parent that is an only child's union has nobody outside it.
    fn can_be_filled(&self, of: usize, without: usize, strata: &[Stratum]) -> bool {
        let (of, without) = (&self.cells[of], &self.cells[without]);
        let is_child = |pattern: u32| pattern > 1 && pattern & 1 == 0;
        if self.subproblem.kind != SubproblemKind::Aggregation
            || self.inequalities.is_empty()
            || of.has != 1
            || !is_child(without.has)
            || of.number != without.number
            || without.members.iter().any(|&u| !is_child(self.places[u as usize].1))
        {
            return true;
        }
        let child = |u: u32| without.members.contains(&u);
        let parent = |u: u32| of.members.contains(&u);
        let fills = |stratum: &Stratum| {
            stratum.variables.iter().any(|&(u, _)| parent(u))
                && stratum.variables.iter().any(|&(u, pattern)| is_child(pattern) && !child(u))
        };
        strata.iter().any(fills)
    }
}

impl Rules<'_> {
    /// What is possible for people.
    fn structure(&self) -> Structure<'_> {
        Structure { dimensions: self.dimensions, declared: self.declared }
    }

    /// The variables of a subproblem, and what ties them whatever is published.
    fn system(&self, subproblem: &Subproblem) -> ConstraintSystem {
        let (structure, codes) = (self.structure(), &subproblem.codes);
        let is_onset = |&(d, code): &(usize, u32)| self.dimensions.get(d).dictionary.onset(code).is_some();
        let pairs = (0..codes.len()).any(|i| codes[..i].iter().any(|&a| self.is_pair(a, codes[i])));
        match subproblem.kind {
            SubproblemKind::Aggregation if !pairs || codes.len() > MOST_CROSSED || codes.iter().any(is_onset) => {
                structure.union(codes)
            }
            SubproblemKind::Descendants => structure.pair_and_descendants(codes),
            SubproblemKind::AncestorChain if codes.iter().any(is_onset) => structure.nested_onsets(codes),
            // A parent is the union of its children.
            SubproblemKind::Aggregation => structure.crossed(codes, |pattern| pattern & 1 == 0 || pattern > 1),
            _ => structure.crossed(codes, |_| true),
        }
    }

    /// The interval of a cell at a centre; anything, where an earlier release did not declare the cell.
    pub(crate) fn bounds(&self, cell: &SubproblemCell, centre: usize) -> (u32, u32) {
        let id = cell.id(self.intervals, centre);
        cell.earlier.map_or(self.intervals, |i| &self.earlier[i].intervals).bounds(id)
    }

    /// Whether facts say that a cell of one code is empty, or a larger group around it.
    pub(crate) fn is_denied(&self, id: CellId) -> bool {
        let (table, combination, centre) = self.intervals.place(id);
        let cell = id - self.intervals.tables[table].id(combination, centre, 0);
        self.knowledge.alone.denies(self.intervals, (table, combination), centre, cell)
    }

    /// For each cell of a system, whether a reader may know that it is empty at a centre.
    pub(crate) fn facts(&self, system: &SubproblemSystem, centre: usize) -> Vec<bool> {
        let joint = joins(self.earlier.len()).iter().position(|joined| *joined == system.joined);
        let known = joint.map_or(&self.knowledge.alone, |join| &self.knowledge.joint[join]);
        system.cells.iter().map(|cell| known.is_fact(cell.id(self.intervals, centre))).collect()
    }

    /// The tables and the combinations of codes in them whose cells lie in a subproblem.
    pub(crate) fn combinations(&self, subproblem: &Subproblem) -> Vec<(usize, usize)> {
        subsets(subproblem.codes.len())
            .into_iter()
            .filter_map(|has| self.intervals.counting(&of_bits(&subproblem.codes, has)))
            .collect()
    }

    /// The tables of pairs of a subproblem's codes.
    pub(crate) fn pair_tables(&self, subproblem: &Subproblem) -> BTreeSet<usize> {
        let tables = self.combinations(subproblem).into_iter().map(|(table, _)| table);
        tables.filter(|&table| self.intervals.tables[table].codes.len() == 2).collect()
    }

    /// A cell of a system at a centre.
    pub(super) fn release_cell(&self, cell: &SubproblemCell, centre: usize) -> ReleaseCell {
        self.intervals.cell(cell.id(self.intervals, centre), cell.earlier)
    }

    /// The codes that a cell counts.
    pub(crate) fn codes(&self, cell: &SubproblemCell) -> Vec<(usize, u32)> {
        let table = &self.intervals.tables[cell.table];
        table.codes.iter().copied().zip(table.combinations[cell.combination]).collect()
    }

    /// The values of a cell: numbers are the same in every table, as far as they share cells, and the base has them all.
    pub(crate) fn values(&self, cell: usize) -> Vec<Option<u32>> {
        self.intervals.tables[0].layout.values(cell)
    }

    /// Whether all declared cells that cover a cell are published: then a decoy may publish it.
    pub(crate) fn may_be_published(&self, cell: &SubproblemCell, id: CellId) -> bool {
        let centre = self.intervals.place(id).2;
        let (codes, values) = (self.codes(cell), self.values(cell.number));
        let mut covers: Vec<CodesAndValues> = Vec::new();
        for p in (0..values.len()).filter(|&p| values[p].is_some()) {
            let mut values = values.clone();
            values[p] = None;
            covers.push((codes.clone(), values));
        }
        for i in 0..codes.len() {
            let mut rest = codes.clone();
            let (d, code) = rest.remove(i);
            for &parent in self.dimensions.get(d).dictionary.parents(code) {
                covers.push((rest.iter().copied().chain([(d, parent)]).collect(), values.clone()));
            }
            covers.push((rest, values.clone()));
        }
        covers.iter().all(|(codes, values)| {
            let Some((table, combination)) = self.intervals.counting(codes) else { return true };
            let table = &self.intervals.tables[table];
            let Some(cell) = table.layout.index(values) else { return true };
            !self.declared.is_cell(self.dimensions, codes, values)
                || self.intervals.is_published(table.id(combination, centre, cell))
        })
    }

    /// Whether two codes are counted together.
    fn is_pair(&self, a: (usize, u32), b: (usize, u32)) -> bool {
        self.intervals.counting(&[a, b]).is_some()
    }
}

/// Some variables, each once, less others.
fn subtract(of: &[u32], without: &[u32]) -> Sum {
    let mut entries: Sum = of.iter().map(|&u| (u, 1)).chain(without.iter().map(|&u| (u, -1))).collect();
    entries.sort_unstable();
    let sums = entries.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|entry| entry.1).sum()));
    sums.filter(|&(_, a)| a != 0).collect()
}
