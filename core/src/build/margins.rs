//! Which margins a release counts: the orders, and the pairs of codes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::model::{Declared, Dimensions, Kind, Policy};
use ninzu_engine::{Error, ErrorKind, Result};

use crate::catalogue::message;
use crate::source::{PairCodes, Population};
use crate::{Published, Row};

/// More cells than this in one code's margins are refused.
const MOST_CELLS: u64 = 1 << 22;

/// Which pairs of two dimensions, or of one dimension with itself, are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairPlan {
    /// The dimensions, as ids.
    pub of: [usize; 2],
    /// Their codes.
    pub codes: PairCodes,
}

/// The margins of a release: valid for the dimensions that it was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginPlan {
    order: usize,
    pair_order: usize,
    pairs: Vec<PairPlan>,
    /// By which totals the most frequent codes of a dimension are chosen, if not by those that were just protected.
    totals: BTreeMap<usize, Vec<Row>>,
}

impl MarginPlan {
    /// Margins of up to `order` partitions alone and with one code, and of up to `pair_order` with pairs.
    pub fn new(dimensions: &Dimensions, order: usize, pair_order: usize, mut pairs: Vec<PairPlan>) -> Result<Self> {
        let refuse = |what, hint| Err(Error::new(ErrorKind::InvalidSpec, what).with_hint(hint));
        if pair_order > order {
            return refuse(message!("margins.pair_order", pair_order = pair_order, order = order), message!("hint.pair_order"));
        }
        // The number of cells, as the polynomial whose coefficient i counts the cells that cross i partitions.
        let mut cells: Vec<u64> = vec![1];
        for d in dimensions.partitions() {
            let size = dimensions.get(d).dictionary.len() as u64;
            if size > 1 {
                cells.push(0);
                for i in (1..cells.len()).rev() {
                    cells[i] = cells[i].saturating_add(cells[i - 1].saturating_mul(size));
                }
            }
        }
        let total = cells.iter().take(order.saturating_add(1)).fold(0_u64, |sum, &n| sum.saturating_add(n));
        if total > MOST_CELLS {
            return refuse(message!("margins.order", order = order, cells = total), message!("hint.lower_order"));
        }
        for plan in &mut pairs {
            if let Some(&d) = plan.of.iter().find(|&&d| dimensions.all().get(d).is_none_or(|d| d.kind != Kind::Codes)) {
                let name = dimensions.all().get(d).map_or("?", |d| d.name.as_str());
                return refuse(message!("margins.no_codes", dimension = name), message!("hint.pairs_of_codes"));
            }
            if matches!(plan.codes, PairCodes::Top(0) | PairCodes::Level(0)) {
                return refuse(message!("margins.from_zero"), message!("hint.count_from_one"));
            }
            plan.of.sort_unstable();
        }
        Ok(Self { order, pair_order, pairs, totals: BTreeMap::new() })
    }

    /// How many partitions are crossed at most, alone and with one code.
    pub fn order(&self) -> usize {
        self.order
    }

    /// How many partitions are crossed at most with a pair of codes.
    pub fn pair_order(&self) -> usize {
        self.pair_order
    }

    /// The pairs, each plan's dimensions ascending.
    pub fn pairs(&self) -> &[PairPlan] {
        &self.pairs
    }

    /// The dimensions of the pair tables, each once, ascending.
    pub(super) fn pair_tables(&self) -> BTreeSet<[usize; 2]> {
        self.pairs.iter().map(|plan| plan.of).collect()
    }

    /// The same plan, but the most frequent codes are those by the totals that a release publishes.
    pub(super) fn by_totals_of(&self, population: &Population, published: &Published) -> Self {
        let mut plan = self.clone();
        for (d, dimension) in population.dimensions.all().iter().enumerate().filter(|(_, of)| of.kind == Kind::Codes) {
            let named = &published.dimensions.get(d).dictionary;
            let total = |row: &Row| Some(Row { codes: [dimension.dictionary.id(named.name(row.codes[0]))?, 0], ..*row });
            let table = published.tables.iter().filter(|table| table.codes == [d]);
            let totals = table.flat_map(|table| &table.rows).filter(|row| row.cell == 0).filter_map(total);
            plan.totals.insert(d, totals.collect());
        }
        plan
    }

    /// The codes that each plan of the most frequent ones takes, of its one dimension and of its other.
    pub(super) fn most_frequent<'a>(
        &'a self,
        population: &Population,
        policy: &Policy,
        totals: impl Fn(usize) -> &'a [Row],
    ) -> Result<Vec<Vec<u32>>> {
        let plans = self.pairs.iter().filter(|plan| matches!(plan.codes, PairCodes::Top(_)));
        let sides = plans.flat_map(|plan| plan.of.map(|d| (d, &plan.codes)));
        sides.map(|(d, codes)| candidates(population, policy, d, codes, self.totals_of(d, &totals))).collect()
    }

    fn totals_of<'a>(&'a self, d: usize, protected: impl Fn(usize) -> &'a [Row]) -> &'a [Row] {
        self.totals.get(&d).map_or_else(|| protected(d), Vec::as_slice)
    }

    /// The pairs that the table of these dimensions declares, in dictionary order.
    ///
    /// `totals(dimension)` are the published cells of that dimension's single codes; counts play no part. Of a dimension
    /// without a dictionary in the spec only codes with a published total take part, whatever a plan names.
    pub(super) fn resolve<'a>(
        &'a self,
        population: &Population,
        policy: &Policy,
        of: [usize; 2],
        totals: impl Fn(usize) -> &'a [Row],
    ) -> Result<Vec<[u32; 2]>> {
        let dimensions = &population.dimensions;
        let mut pairs = BTreeSet::new();
        for plan in self.pairs.iter().filter(|plan| plan.of == of) {
            if let PairCodes::List(names) = &plan.codes {
                let unknown = |name: &&String| of.iter().all(|&d| dimensions.get(d).dictionary.id(name).is_none());
                if let Some(name) = names.iter().find(unknown)
                    && of.iter().all(|&d| population.named_by_spec[d])
                {
                    return Err(Error::new(ErrorKind::UnknownName, message!("margins.no_code", code = name)));
                }
            }
            let side = |d: usize| candidates(population, policy, d, &plan.codes, self.totals_of(d, &totals));
            let (first, second) = (side(of[0])?, side(of[1])?);
            for &a in &first {
                for &b in &second {
                    if (of[0] != of[1] || a < b) && Declared::is_pair(dimensions, (of[0], a), (of[1], b)) {
                        pairs.insert([a, b]);
                    }
                }
            }
        }
        Ok(pairs.into_iter().collect())
    }
}

/// The codes of one dimension that a plan takes.
fn candidates(population: &Population, policy: &Policy, d: usize, codes: &PairCodes, rows: &[Row]) -> Result<Vec<u32>> {
    let dimension = population.dimensions.get(d);
    let dictionary = &dimension.dictionary;
    let all = || (0..dictionary.len() as u32).filter(|&id| Some(id) != dictionary.root() && dictionary.onset(id).is_none());
    let taken: Vec<u32> = match codes {
        PairCodes::Every | PairCodes::Top(_) => all().collect(),
        PairCodes::Level(level) => {
            let depths = depths(population, d);
            all().filter(|&id| depths[id as usize] == *level).collect()
        }
        PairCodes::List(names) => names.iter().filter_map(|name| dictionary.id(name)).collect(),
    };
    if taken.is_empty() && population.named_by_spec[d] && *codes != PairCodes::Every {
        let message = message!("margins.takes_none", dimension = &dimension.name);
        return Err(Error::new(ErrorKind::InvalidSpec, message).with_hint(message!("hint.codes_of_dictionary")));
    }
    // Lower and upper ends of the totals, summed over the centres.
    let centres = population.centres.iter().filter(|centre| centre.collects.contains(&d)).count() as u64;
    let suppressed = policy.unlisted().upper().unwrap_or(u64::MAX);
    let mut published = vec![false; dictionary.len()];
    let mut totals = vec![(0_u64, suppressed.saturating_mul(centres)); dictionary.len()];
    for row in rows.iter().filter(|row| row.cell == 0) {
        let (lower, upper) = &mut totals[row.codes[0] as usize];
        published[row.codes[0] as usize] = true;
        *lower = lower.saturating_add(row.interval.lower());
        *upper = upper.saturating_sub(suppressed).saturating_add(row.interval.upper().unwrap_or(u64::MAX));
    }
    let named = |&id: &u32| population.named_by_spec[d] || published[id as usize];
    let mut taken: Vec<u32> = taken.into_iter().filter(named).collect();
    if let PairCodes::Top(most) = codes {
        taken.sort_by_key(|&id| (Reverse(totals[id as usize]), dictionary.name(id)));
        taken.truncate(*most);
    }
    taken.sort_unstable();
    taken.dedup();
    Ok(taken)
}

/// How far each code is below the root by the shortest way, top codes being 1, with or without a root in the dictionary.
fn depths(population: &Population, d: usize) -> Vec<usize> {
    let dictionary = &population.dimensions.get(d).dictionary;
    let mut order: Vec<u32> = (0..dictionary.len() as u32).collect();
    // A parent has fewer ancestors than its child.
    order.sort_by_key(|&id| dictionary.ancestors(id).len());
    let mut depths = vec![0; dictionary.len()];
    for id in order.into_iter().filter(|&id| Some(id) != dictionary.root()) {
        let above = dictionary.parents(id).iter().map(|&parent| depths[parent as usize]).min();
        depths[id as usize] = above.unwrap_or(0) + 1;
    }
    depths
}
