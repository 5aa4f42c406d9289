//! The shape of a block: its unknowns, the cells that speak of them, and what must hold. The same for every centre.

use std::collections::{BTreeSet, HashMap};

use ninzu_engine::{Declared, Dimensions};

use super::cell_intervals::{CellId, Ledger};

/// Codes with the values of partitions: a cell.
type Place = (Vec<(usize, u32)>, Vec<Option<u32>>);
/// A sum of multiples of unknowns.
pub(crate) type Sum = Vec<(u32, i32)>;

/// The kinds of blocks, as `audit.json` counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// The partition dimensions alone.
    Base,
    /// A code with its onsets.
    Code,
    /// A code with all codes above it; a code and one of its parents with the onsets of both.
    Nested,
    /// A parent as the union of its children.
    Family,
    /// A declared pair.
    Pair,
    /// A declared pair with all codes above its two.
    Lineage,
    /// A declared pair with codes below either that are not counted with the other.
    Offspring,
    /// A declared pair and a third code.
    Triple,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 8] =
        [Self::Base, Self::Code, Self::Nested, Self::Family, Self::Pair, Self::Lineage, Self::Offspring, Self::Triple];

    /// Its name in files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Code => "code",
            Self::Nested => "nested",
            Self::Family => "family",
            Self::Pair => "pair",
            Self::Lineage => "lineage",
            Self::Offspring => "offspring",
            Self::Triple => "triple",
        }
    }
}

/// A block without its centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) kind: Kind,
    /// The codes. In a family the parent comes first, with offspring the pair; a code in its parent, both with their onsets.
    pub(crate) codes: Vec<(usize, u32)>,
}

/// A declared cell inside a block.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) sheet: usize,
    pub(crate) tuple: usize,
    pub(crate) cell: usize,
    /// Which codes of the block it counts, as bits.
    pub(crate) has: u32,
    /// The unknowns that it sums.
    pub(crate) members: Vec<u32>,
    /// Whether it is a cell of the earlier release.
    pub(crate) is_earlier: bool,
}

/// Persons of one cell outside of another one that lies in it.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    /// The larger cell, as a row.
    pub(crate) of: usize,
    /// The smaller cell, as a row.
    pub(crate) without: usize,
    pub(crate) sum: Sum,
}

/// The unknowns of a block, the rows that tie them, and the differences to protect.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) block: Block,
    pub(crate) unknowns: usize,
    pub(crate) rows: Vec<Row>,
    /// Sums that are not negative in any world: children lie inside their parent and fill it.
    pub(crate) laws: Vec<Sum>,
    pub(crate) differences: Vec<Difference>,
    /// Whether it is of two releases at once.
    pub(crate) is_joint: bool,
}

/// Families of more codes have no unknown for each combination of children: pairs of children are left to other blocks.
const MOST_APART: usize = 5;

/// What shapes are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) dimensions: &'a Dimensions,
    pub(crate) declared: &'a Declared,
    pub(crate) ledger: &'a Ledger,
    /// What an earlier release said of the same cells.
    pub(crate) earlier: Option<&'a Ledger>,
}

/// Unknowns of one stratum, and of each the codes that its people have; codes apart have unknowns of their own.
struct Stratum {
    values: Vec<Option<u32>>,
    unknowns: Vec<(u32, u32)>,
}

/// Codes that are not crossed with the others of a block: as bits, with the laws that tie them.
#[derive(Default)]
struct Apart {
    codes: u32,
    laws: Vec<Sum>,
}

/// The first two codes of a block, as bits.
const PAIR: u32 = 3;

impl Block {
    /// The codes of some bits.
    fn codes_of(&self, has: u32) -> Vec<(usize, u32)> {
        (0..self.codes.len()).filter(|i| has & (1 << i) != 0).map(|i| self.codes[i]).collect()
    }
}

impl Row {
    /// Its number in the ledger, at a centre.
    pub(crate) fn id(&self, ledger: &Ledger, centre: usize) -> CellId {
        ledger.sheets[self.sheet].id(self.tuple, centre, self.cell)
    }
}

impl Shape {
    /// The shape of a block.
    pub(crate) fn new(rules: Rules<'_>, block: Block) -> Self {
        let sizes: Vec<u32> = rules.sizes();
        let pairs = (0..block.codes.len()).any(|i| block.codes[..i].iter().any(|&a| rules.is_pair(a, block.codes[i])));
        if block.kind == Kind::Family && (!pairs || block.codes.len() > MOST_APART) {
            return Self::of_family(rules, block, &sizes);
        }
        if block.kind == Kind::Offspring {
            return Self::of_offspring(rules, block, &sizes);
        }
        let is_onset = |&(d, code): &(usize, u32)| rules.dimensions.get(d).dictionary.onset(code).is_some();
        if block.kind == Kind::Nested && block.codes.iter().any(is_onset) {
            return Self::of_dated(rules, block, &sizes);
        }
        let is_filled = |pattern: u32| block.kind != Kind::Family || pattern & 1 == 0 || pattern > 1;
        let mut unknowns = 0..;
        let strata: Vec<Stratum> = each_stratum(&sizes)
            .map(|values| {
                let patterns = rules.patterns(&block.codes, &values).filter(|&pattern| is_filled(pattern));
                let unknowns = patterns.zip(&mut unknowns).map(|(pattern, u)| (u, pattern)).collect();
                Stratum { values, unknowns }
            })
            .collect();
        Self::tied(rules, block, unknowns.start, &strata, Apart::default())
    }

    /// A parent as the union of its children, no two of which are counted together: one unknown for each of them in a
    /// stratum, and for everybody else, is enough.
    ///
    /// For `max c_i <= p <= sum c_i` there always are people with these counts.
    fn of_family(rules: Rules<'_>, block: Block, sizes: &[u32]) -> Self {
        let (mut unknowns, mut strata) = (0.., Vec::new());
        let mut apart = Apart { codes: !1, laws: Vec::new() };
        for values in each_stratum(sizes) {
            let mut stratum = vec![(next(&mut unknowns), 0)];
            let children: Vec<usize> = (1..block.codes.len()).filter(|&i| rules.can_have(block.codes[i], &values)).collect();
            // Where nobody can have a child, nobody has the parent.
            if !children.is_empty() {
                let parent = next(&mut unknowns);
                stratum.push((parent, 1));
                let mut fill: Sum = vec![(parent, -1)];
                for i in children {
                    let u = next(&mut unknowns);
                    stratum.push((u, 1 << i));
                    fill.push((u, 1));
                    apart.laws.push(vec![(parent, 1), (u, -1)]);
                }
                apart.laws.push(fill);
            }
            strata.push(Stratum { values, unknowns: stratum });
        }
        Self::tied(rules, block, unknowns.start, &strata, apart)
    }

    /// A code inside a parent, both with their onsets: one unknown in a stratum for each state of either.
    ///
    /// Whoever has the code first in a stage had the parent first in it or before. As many as that leaves can always be matched,
    /// because the later the stage, the more of the parent's states go with it (Hall's condition for nested neighbourhoods).
    fn of_dated(rules: Rules<'_>, block: Block, sizes: &[u32]) -> Self {
        let onset = |i: usize| rules.dimensions.get(block.codes[i].0).dictionary.onset(block.codes[i].1);
        let child = (1..block.codes.len()).find(|&i| onset(i).is_none()).unwrap_or(1);
        let (parents, children) = block.codes.split_at(child);
        // The stage of a state: bits of one code and, where it is dated, of one onset.
        let stage =
            |pattern: u32| (0..block.codes.len()).filter(|i| pattern & (1 << i) != 0).find_map(onset).map(|onset| onset.stage);
        let named = |before: u32| (1..child).filter_map(onset).filter(|onset| onset.stage <= before).count() as u32;
        let (mut unknowns, mut strata) = (0.., Vec::new());
        let mut apart = Apart { codes: !0 << child, laws: Vec::new() };
        for values in each_stratum(sizes) {
            let own: Vec<(u32, u32)> =
                rules.patterns(parents, &values).zip(&mut unknowns).map(|(pattern, u)| (u, pattern)).collect();
            let inner: Vec<(u32, u32)> = rules
                .patterns(children, &values)
                .filter(|&pattern| pattern != 0)
                .zip(&mut unknowns)
                .map(|(pattern, u)| (u, pattern << child))
                .collect();
            let mut inside = |may: &dyn Fn(u32) -> bool, has: &dyn Fn(u32) -> bool| {
                let may = own.iter().filter(|&&(_, pattern)| pattern != 0 && may(pattern)).map(|&(u, _)| (u, 1));
                let has = inner.iter().filter(|&&(_, pattern)| has(pattern)).map(|&(u, _)| (u, -1));
                apart.laws.push(may.chain(has).collect());
            };
            inside(&|_| true, &|_| true);
            for last in inner.iter().filter_map(|&(_, pattern)| stage(pattern)) {
                // The parent's undated people count where a stage before has no name of its own.
                let undated = named(last) <= last;
                inside(&|pattern| stage(pattern).map_or(undated, |stage| stage <= last), &|pattern| {
                    stage(pattern).is_some_and(|stage| stage <= last)
                });
            }
            strata.push(Stratum { values, unknowns: own.into_iter().chain(inner).collect() });
        }
        Self::tied(rules, block, unknowns.start, &strata, apart)
    }

    /// A pair, and codes below either of its two that are not counted with the other one: for these, one unknown in a stratum
    /// is enough, no more than the people of whatever they lie in.
    fn of_offspring(rules: Rules<'_>, block: Block, sizes: &[u32]) -> Self {
        let (mut unknowns, mut strata) = (0.., Vec::new());
        let mut apart = Apart { codes: !PAIR, laws: Vec::new() };
        let is_within = |i: usize, j: usize| {
            let ((d, code), (e, other)) = (block.codes[i], block.codes[j]);
            i != j && d == e && rules.dimensions.get(d).dictionary.is_within(code, other)
        };
        // Those that a code lies in, but for those that lie around these.
        let around: Vec<Vec<usize>> = (0..block.codes.len())
            .map(|i| {
                let all: Vec<usize> = (0..block.codes.len()).filter(|&j| is_within(i, j)).collect();
                all.iter().copied().filter(|&j| j < 2 || !all.iter().any(|&other| is_within(other, j))).collect()
            })
            .collect();
        for values in each_stratum(sizes) {
            let crossed = rules.patterns(&block.codes[..2], &values).zip(&mut unknowns).map(|(pattern, u)| (u, pattern));
            let mut stratum: Vec<(u32, u32)> = crossed.collect();
            for i in (2..block.codes.len()).filter(|&i| rules.can_have(block.codes[i], &values)) {
                let u = next(&mut unknowns);
                let pair = around[i].iter().filter(|&&j| j < 2).fold(0, |bits, &j| bits | 1 << j);
                let mut inside = |of: &dyn Fn(u32) -> bool| {
                    let of = stratum.iter().filter(|&&(_, pattern)| of(pattern)).map(|&(other, _)| (other, 1));
                    apart.laws.push(of.chain([(u, -1)]).collect());
                };
                inside(&|pattern| pattern & apart.codes == 0 && pattern & pair == pair);
                around[i].iter().filter(|&&j| j >= 2).for_each(|&j| inside(&|pattern| pattern == 1 << j));
                stratum.push((u, 1 << i));
            }
            strata.push(Stratum { values, unknowns: stratum });
        }
        Self::tied(rules, block, unknowns.start, &strata, apart)
    }

    /// Finds the declared cells that speak of the block, and the differences between them.
    fn tied(rules: Rules<'_>, block: Block, unknowns: u32, strata: &[Stratum], apart: Apart) -> Self {
        let Rules { dimensions, declared, ledger, .. } = rules;
        let mut rows: Vec<Row> = Vec::new();
        let mut places: HashMap<(u32, usize), usize> = HashMap::new();
        for has in subsets(block.codes.len()) {
            let codes = block.codes_of(has);
            let Some((sheet, tuple)) = ledger.counting(&codes) else { continue };
            let layout = &ledger.sheets[sheet].layout;
            // A person with a code apart is counted among the others too.
            let is_apart = |codes: u32| codes & apart.codes != 0;
            let counts = |pattern: u32| pattern & has == has && is_apart(pattern) == is_apart(has);
            let mut members: Vec<Vec<u32>> = vec![Vec::new(); layout.len()];
            for stratum in strata {
                for margin in layout.margins() {
                    let cell = margin.cell(|p| stratum.values[p].unwrap_or(0));
                    members[cell].extend(stratum.unknowns.iter().filter(|(_, pattern)| counts(*pattern)).map(|(u, _)| *u));
                }
            }
            for (cell, members) in members.into_iter().enumerate().filter(|(_, members)| !members.is_empty()) {
                if declared.is_cell(dimensions, &codes, &layout.values(cell)) {
                    places.insert((has, cell), rows.len());
                    rows.push(Row { sheet, tuple, cell, has, members, is_earlier: false });
                }
            }
        }
        let mut shape =
            Self { block, unknowns: unknowns as usize, rows, laws: apart.laws, differences: Vec::new(), is_joint: false };
        shape.differences = shape.find_differences(rules, &places, strata);
        shape
    }

    /// The differences along covering pairs of cells that some world can fill.
    fn find_differences(&self, rules: Rules<'_>, places: &HashMap<(u32, usize), usize>, strata: &[Stratum]) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (without, row) in self.rows.iter().enumerate() {
            let layout = &rules.ledger.sheets[row.sheet].layout;
            let values = layout.values(row.cell);
            let mut above: Vec<(u32, usize)> = Vec::new();
            for p in (0..values.len()).filter(|&p| values[p].is_some()) {
                let mut values = values.clone();
                values[p] = None;
                above.extend(layout.index(&values).map(|cell| (row.has, cell)));
            }
            for i in (0..self.block.codes.len()).filter(|i| row.has & (1 << i) != 0) {
                let rest = row.has & !(1 << i);
                above.push((rest, row.cell));
                let (d, code) = self.block.codes[i];
                let parents = rules.dimensions.get(d).dictionary.parents(code);
                let parent = |&(_, &(e, other)): &(usize, &(usize, u32))| d == e && parents.contains(&other);
                let parents = self.block.codes.iter().enumerate().filter(parent);
                above.extend(parents.filter(|(j, _)| rest & (1 << j) == 0).map(|(j, _)| (rest | 1 << j, row.cell)));
            }
            for of in above.iter().filter_map(|place| places.get(place).copied()) {
                let sum = subtract(&self.rows[of].members, &row.members);
                if sum.iter().any(|&(_, a)| a > 0) && self.some_world_fills(of, without, strata) {
                    differences.push(Difference { of, without, sum });
                }
            }
        }
        differences
    }

    /// Whether anybody can be in one cell and not in the other. A parent that is an only child's union has nobody outside it.
    fn some_world_fills(&self, of: usize, without: usize, strata: &[Stratum]) -> bool {
        let (of, without) = (&self.rows[of], &self.rows[without]);
        if self.block.kind != Kind::Family || self.laws.is_empty() || of.has != 1 || without.has <= 1 || of.cell != without.cell {
            return true;
        }
        let child = |u: u32| without.members.contains(&u);
        let parent = |u: u32| of.members.contains(&u);
        let fills = |stratum: &Stratum| {
            stratum.unknowns.iter().any(|&(u, _)| parent(u))
                && stratum.unknowns.iter().any(|&(u, pattern)| pattern > 1 && !child(u))
        };
        strata.iter().any(fills)
    }
}

impl<'a> Rules<'a> {
    /// How many values each partition has.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        self.dimensions.partitions().map(|p| self.dimensions.get(p).dictionary.len() as u32).collect()
    }

    /// The interval of a row at a centre; anything, where the earlier release did not declare the cell.
    pub(crate) fn ends(&self, row: &Row, centre: usize) -> (u32, u32) {
        let id = row.id(self.ledger, centre);
        if row.is_earlier { self.earlier.map_or((0, u32::MAX), |earlier| earlier.ends(id)) } else { self.ledger.ends(id) }
    }

    /// The sheets and tuples whose cells speak of a block.
    pub(crate) fn places(&self, block: &Block) -> Vec<(usize, usize)> {
        subsets(block.codes.len()).into_iter().filter_map(|has| self.ledger.counting(&block.codes_of(has))).collect()
    }

    /// The sheets of pairs of a block's codes.
    pub(crate) fn pair_tables(&self, block: &Block) -> BTreeSet<usize> {
        let places = self.places(block).into_iter().map(|(sheet, _)| sheet);
        places.filter(|&sheet| self.ledger.sheets[sheet].codes.len() == 2).collect()
    }

    /// The codes that a row counts.
    pub(crate) fn codes(&self, row: &Row) -> Vec<(usize, u32)> {
        let sheet = &self.ledger.sheets[row.sheet];
        sheet.codes.iter().copied().zip(sheet.tuples[row.tuple]).collect()
    }

    /// The values of a cell: numbers are the same in every sheet, as far as they share cells, and the base has them all.
    pub(crate) fn values(&self, cell: usize) -> Vec<Option<u32>> {
        self.ledger.sheets[0].layout.values(cell)
    }

    /// Whether all declared cells that cover a cell are listed: then a decoy may list it.
    pub(crate) fn may_be_listed(&self, row: &Row, id: CellId) -> bool {
        let centre = self.ledger.place(id).2;
        let (codes, values) = (self.codes(row), self.values(row.cell));
        let mut covers: Vec<Place> = Vec::new();
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
            let Some((sheet, tuple)) = self.ledger.counting(codes) else { return true };
            let sheet = &self.ledger.sheets[sheet];
            let Some(cell) = sheet.layout.index(values) else { return true };
            !self.declared.is_cell(self.dimensions, codes, values) || self.ledger.is_listed(sheet.id(tuple, centre, cell))
        })
    }

    /// The sets of these codes, as bits, that somebody in a stratum can have.
    fn patterns(self, codes: &'a [(usize, u32)], values: &'a [Option<u32>]) -> impl Iterator<Item = u32> + 'a {
        (0..1 << codes.len()).filter(move |&pattern| self.declared.is_possible(self.dimensions, codes, pattern, values))
    }

    /// Whether somebody in a stratum can have a code.
    fn can_have(&self, code: (usize, u32), values: &[Option<u32>]) -> bool {
        !self.declared.is_impossible(self.dimensions, &[code], values)
    }

    /// Whether two codes are counted together.
    fn is_pair(&self, a: (usize, u32), b: (usize, u32)) -> bool {
        self.ledger.counting(&[a, b]).is_some()
    }
}

/// No code, each code, each pair, as bits: no table counts more.
fn subsets(codes: usize) -> Vec<u32> {
    let mut subsets = vec![0];
    subsets.extend((0..codes).map(|i| 1 << i));
    subsets.extend((0..codes).flat_map(|i| (i + 1..codes).map(move |j| 1 << i | 1 << j)));
    subsets
}

/// Every combination of values.
fn each_stratum(sizes: &[u32]) -> impl Iterator<Item = Vec<Option<u32>>> {
    let all: usize = sizes.iter().map(|&size| size as usize).product();
    (0..all).map(move |mut rest| {
        let mut values = vec![None; sizes.len()];
        for (value, &size) in values.iter_mut().zip(sizes).rev() {
            *value = Some((rest % size as usize) as u32);
            rest /= size as usize;
        }
        values
    })
}

/// The next number.
fn next(numbers: &mut std::ops::RangeFrom<u32>) -> u32 {
    numbers.start += 1;
    numbers.start - 1
}

/// Some unknowns, each once, less others.
fn subtract(of: &[u32], without: &[u32]) -> Sum {
    let mut sum: std::collections::BTreeMap<u32, i32> = of.iter().map(|&u| (u, 1)).collect();
    for &u in without {
        *sum.entry(u).or_insert(0) -= 1;
    }
    sum.into_iter().filter(|&(_, a)| a != 0).collect()
}
