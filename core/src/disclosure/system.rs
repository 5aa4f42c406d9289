//! The shape of a block: its unknowns, the cells that speak of them, and what must hold. The same for every centre.

use std::collections::{BTreeSet, HashMap};

use ninzu_engine::system::{ConstraintSystem, Stratum, Structure, Sum, of_bits, subsets};
use ninzu_engine::{Declared, Dimensions};

use super::cell_intervals::{CellId, Ledger};

/// Codes with the values of partitions: a cell.
type Place = (Vec<(usize, u32)>, Vec<Option<u32>>);

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

impl Row {
    /// Its number in the ledger, at a centre.
    pub(crate) fn id(&self, ledger: &Ledger, centre: usize) -> CellId {
        ledger.sheets[self.sheet].id(self.tuple, centre, self.cell)
    }
}

impl Shape {
    /// The shape of a block.
    pub(crate) fn new(rules: Rules<'_>, block: Block) -> Self {
        let system = rules.system(&block);
        let partitions: Vec<usize> = (0..rules.declared.partitions().len()).collect();
        let mut rows: Vec<Row> = Vec::new();
        let mut places: HashMap<(u32, usize), usize> = HashMap::new();
        for has in subsets(block.codes.len()) {
            let Some((sheet, tuple)) = rules.ledger.counting(&system.codes_of(has)) else { continue };
            for (cell, members) in system.cells(rules.structure(), has, &rules.ledger.sheets[sheet].layout, &partitions) {
                places.insert((has, cell), rows.len());
                rows.push(Row { sheet, tuple, cell, has, members, is_earlier: false });
            }
        }
        let ConstraintSystem { variables, inequalities, strata, .. } = system;
        let mut shape = Self { block, unknowns: variables, rows, laws: inequalities, differences: Vec::new(), is_joint: false };
        shape.differences = shape.find_differences(rules, &places, &strata);
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
            stratum.variables.iter().any(|&(u, _)| parent(u))
                && stratum.variables.iter().any(|&(u, pattern)| pattern > 1 && !child(u))
        };
        strata.iter().any(fills)
    }
}

impl Rules<'_> {
    /// What is possible for people.
    fn structure(&self) -> Structure<'_> {
        Structure { dimensions: self.dimensions, declared: self.declared }
    }

    /// The variables of a block, and what ties them whatever is published.
    fn system(&self, block: &Block) -> ConstraintSystem {
        let (structure, codes) = (self.structure(), &block.codes);
        let is_onset = |&(d, code): &(usize, u32)| self.dimensions.get(d).dictionary.onset(code).is_some();
        let pairs = (0..codes.len()).any(|i| codes[..i].iter().any(|&a| self.is_pair(a, codes[i])));
        match block.kind {
            Kind::Family if !pairs || codes.len() > MOST_APART => structure.union(codes),
            Kind::Offspring => structure.pair_and_descendants(codes),
            Kind::Nested if codes.iter().any(is_onset) => structure.nested_onsets(codes),
            // A parent is the union of its children.
            Kind::Family => structure.crossed(codes, |pattern| pattern & 1 == 0 || pattern > 1),
            _ => structure.crossed(codes, |_| true),
        }
    }

    /// The interval of a row at a centre; anything, where the earlier release did not declare the cell.
    pub(crate) fn ends(&self, row: &Row, centre: usize) -> (u32, u32) {
        let id = row.id(self.ledger, centre);
        if row.is_earlier { self.earlier.map_or((0, u32::MAX), |earlier| earlier.ends(id)) } else { self.ledger.ends(id) }
    }

    /// The sheets and tuples whose cells speak of a block.
    pub(crate) fn places(&self, block: &Block) -> Vec<(usize, usize)> {
        subsets(block.codes.len()).into_iter().filter_map(|has| self.ledger.counting(&of_bits(&block.codes, has))).collect()
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

    /// Whether two codes are counted together.
    fn is_pair(&self, a: (usize, u32), b: (usize, u32)) -> bool {
        self.ledger.counting(&[a, b]).is_some()
    }
}

/// Some unknowns, each once, less others.
fn subtract(of: &[u32], without: &[u32]) -> Sum {
    let mut sum: std::collections::BTreeMap<u32, i32> = of.iter().map(|&u| (u, 1)).collect();
    for &u in without {
        *sum.entry(u).or_insert(0) -= 1;
    }
    sum.into_iter().filter(|&(_, a)| a != 0).collect()
}
