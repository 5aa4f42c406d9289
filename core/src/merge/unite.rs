//! The cells of several releases as those of one. The releases have no conflicts.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Listed, MarginLayout, Policy, StructuralZero};
use ninzu_engine::{Error, ErrorKind, Interval, Result};

use super::source::{Absent, MergeSource};
use crate::catalogue::message;
use crate::{Centre, DeclaredCodes, Published, Row, Table};

/// What the numbers of one release are in the merged one.
struct Numbers {
    /// For each dimension, the merged one.
    dimensions: Vec<usize>,
    /// For each dimension, for each code, the merged one.
    codes: Vec<Vec<u32>>,
    /// The first of its centres.
    centre: u32,
}

impl Numbers {
    fn new(source: &Published, merged: &Dimensions, centre: usize) -> Result<Self> {
        let lost = |name: &str| Error::new(ErrorKind::Conflict, message!("merge.lost", name = name));
        let (mut dimensions, mut codes) = (Vec::new(), Vec::new());
        for dimension in source.dimensions.all() {
            let d = merged.id(&dimension.name).ok_or_else(|| lost(&dimension.name))?;
            let dictionary = &merged.get(d).dictionary;
            let id = |code| dictionary.id(code).ok_or_else(|| lost(code));
            dimensions.push(d);
            codes.push(dimension.dictionary.names().map(id).collect::<Result<_>>()?);
        }
        Ok(Self { dimensions, codes, centre: centre as u32 })
    }

    /// A table's dimensions, and its combinations of codes, in the merged order.
    fn combination(&self, of: &[usize], combination: [u32; 2]) -> [u32; 2] {
        let mut pairs: Vec<(usize, u32)> =
            of.iter().zip(combination).map(|(&d, code)| (self.dimensions[d], self.codes[d][code as usize])).collect();
        pairs.sort_unstable();
        let mut merged = [0; 2];
        for (slot, (_, code)) in merged.iter_mut().zip(pairs) {
            *slot = code;
        }
        merged
    }

    fn of(&self, of: &[usize]) -> Vec<usize> {
        let mut merged: Vec<usize> = of.iter().map(|&d| self.dimensions[d]).collect();
        merged.sort_unstable();
        merged
    }
}

/// The merged cells, and how many codes not every source names that collects them.
pub(super) fn unite(sources: &[MergeSource], policy: &Policy, absent: Absent) -> Result<(Published, usize)> {
    let sources: Vec<&Published> = sources.iter().map(|source| &source.snapshot.published).collect();
    let dimensions = dimensions(&sources)?;
    let mut numbers = Vec::new();
    let mut centres: Vec<Centre> = Vec::new();
    let mut structural_zeros: Vec<StructuralZero> = Vec::new();
    for source in &sources {
        let of = Numbers::new(source, &dimensions, centres.len())?;
        let collects = |centre: &Centre| Centre { collects: of.of(&centre.collects), ..centre.clone() };
        centres.extend(source.centres.iter().map(collects));
        for zero in &source.structural_zeros {
            if !structural_zeros.contains(zero) {
                structural_zeros.push(zero.clone());
            }
        }
        numbers.push(of);
    }
    let tables = tables(&sources, &numbers);
    let mut merged = Published { dimensions, centres, structural_zeros, tables };
    let mut codes = BTreeSet::new();
    let mut rows = Vec::new();
    for (source, numbers) in sources.iter().zip(&numbers) {
        rows.extend(Gaps { source, numbers, merged: &merged, policy }.rows(absent, &mut codes)?);
    }
    for (table, row) in rows {
        merged.tables[table].rows.push(row);
    }
    for table in &mut merged.tables {
        table.rows.sort_unstable_by_key(|row| (row.codes, row.centre, row.cell));
        if table
            .rows
            .windows(2)
            .any(|two| (two[0].codes, two[0].centre, two[0].cell) == (two[1].codes, two[1].centre, two[1].cell))
        {
            return Err(
                Error::new(ErrorKind::InvalidRelease, message!("merge.cell_twice")).with_hint(message!("hint.build_again"))
            );
        }
    }
    Ok((merged, codes.len()))
}

/// A code, and if it is an onset, of which code at which life stage.
type CodeOrOnset = (Code, Option<(String, u32)>);

/// All dimensions with all codes, in the order in which they first appear, and onsets behind their code.
fn dimensions(sources: &[&Published]) -> Result<Dimensions> {
    // Of a code that none names, all know that it is rare only if each does.
    let listed = |name: &str| {
        let mut of = sources.iter().flat_map(|source| source.dimensions.all()).filter(|d| d.name == name);
        let first = of.next().and_then(|d| d.dictionary.listed());
        if of.all(|d| d.dictionary.listed() == first) { first } else { Some(Listed::Spec) }
    };
    let mut all: Vec<(&Dimension, Vec<CodeOrOnset>, BTreeSet<&str>)> = Vec::new();
    for dimension in sources.iter().flat_map(|source| source.dimensions.all()) {
        let at = all.iter().position(|(first, ..)| first.name == dimension.name).unwrap_or_else(|| {
            all.push((dimension, Vec::new(), BTreeSet::new()));
            all.len() - 1
        });
        let (_, codes, names) = &mut all[at];
        let dictionary = &dimension.dictionary;
        for ((code, name), id) in dictionary.codes().into_iter().zip(dictionary.names()).zip(0..) {
            if names.insert(name) {
                codes.push((code, dictionary.onset(id).map(|onset| (dictionary.name(onset.code).to_owned(), onset.stage))));
            }
        }
    }
    let dimension = |(first, codes, _): (&Dimension, Vec<CodeOrOnset>, _)| {
        let places: HashMap<String, usize> = codes.iter().zip(0..).map(|((code, _), place)| (code.name.clone(), place)).collect();
        let place = |(code, onset): &CodeOrOnset| match onset {
            None => (places.get(&code.name), 0),
            Some((of, stage)) => (places.get(of), stage + 1),
        };
        let mut codes = codes;
        codes.sort_by_key(place);
        let codes = codes.into_iter().map(|(code, _)| code).collect();
        let (name, label) = (first.name.clone(), first.label.clone());
        let Dimension { kind, ordered, role, closed, .. } = *first;
        let dictionary = Dictionary::new(codes)?.listed_by(listed(&name));
        Ok(Dimension { name, label, kind, ordered, role, closed, dictionary })
    };
    Dimensions::new(all.into_iter().map(dimension).collect::<Result<_>>()?)
}

/// All tables: base, one code, two codes; each with the rows of the centres that collect its dimensions.
fn tables(sources: &[&Published], numbers: &[Numbers]) -> Vec<Table> {
    // Whether the table is that of a release with cells in it, and the table.
    let mut tables: BTreeMap<(usize, Vec<usize>), (bool, Table)> = BTreeMap::new();
    for (source, numbers) in sources.iter().zip(numbers) {
        for table in &source.tables {
            let codes = numbers.of(&table.codes);
            let has_cells = (0..source.centres.len()).any(|centre| source.collects(centre, &table.codes));
            let declared = match &table.declared {
                DeclaredCodes::Dictionary => DeclaredCodes::Dictionary,
                DeclaredCodes::List(list) => {
                    let mut list: Vec<[u32; 2]> =
                        list.iter().map(|&combination| numbers.combination(&table.codes, combination)).collect();
                    list.sort_unstable();
                    DeclaredCodes::List(list)
                }
            };
            let first = || (has_cells, Table { codes: codes.clone(), declared: declared.clone(), rows: Vec::new(), ..*table });
            let (had_cells, merged) = tables.entry((codes.len(), codes.clone())).or_insert_with(first);
            if has_cells && !*had_cells {
                (*had_cells, merged.order, merged.declared) = (true, table.order, declared);
            }
            let rows = table.rows.iter().filter(|row| source.collects(row.centre as usize, &table.codes));
            let row = |row: &Row| {
                let codes = numbers.combination(&table.codes, row.codes);
                Row { codes, centre: numbers.centre + row.centre, ..*row }
            };
            merged.rows.extend(rows.map(row));
        }
    }
    tables.into_values().map(|(_, table)| table).collect()
}

/// The cells of codes that a source collects the dimension of and does not name.
struct Gaps<'a> {
    source: &'a Published,
    numbers: &'a Numbers,
    merged: &'a Published,
    policy: &'a Policy,
}

impl Gaps<'_> {
    /// Rows that say what is known of the cells, each with its table; notes the codes, by merged dimension and number.
    fn rows(&self, absent: Absent, codes: &mut BTreeSet<(usize, u32)>) -> Result<Vec<(usize, Row)>> {
        let mut rows = Vec::new();
        for (t, table) in self.merged.tables.iter().enumerate() {
            let &[d] = table.codes.as_slice() else { continue };
            let Some(of) = self.numbers.dimensions.iter().position(|&merged| merged == d) else { continue };
            let named: BTreeSet<u32> = self.numbers.codes[of].iter().copied().collect();
            let all = 0..self.merged.dimensions.get(d).dictionary.len() as u32;
            let gaps: Vec<u32> = all.filter(|code| !named.contains(code)).collect();
            let centres: Vec<usize> = (0..self.source.centres.len()).filter(|&c| self.source.collects(c, &[of])).collect();
            if table.declared != DeclaredCodes::Dictionary || centres.is_empty() {
                continue;
            }
            codes.extend(gaps.iter().map(|&code| (d, code)));
            if absent == Absent::Unknown && !gaps.is_empty() {
                rows.extend(self.listed((d, of), table.order, &gaps, &centres)?.into_iter().map(|row| (t, row)));
            }
        }
        Ok(rows)
    }

    /// From nobody to all people of the cell, or of the same cell of a code above, whichever is fewer; cells for which that
    /// says no more than that they are suppressed have no row.
    fn listed(&self, (d, of): (usize, usize), order: usize, gaps: &[u32], centres: &[usize]) -> Result<Vec<Row>> {
        let (dimensions, rules) = (&self.merged.dimensions, self.merged.declared()?);
        let suppressed = self.policy.unlisted();
        let (everybody, above) = (Known::new(self.source, &[], suppressed), Known::new(self.source, &[of], suppressed));
        let layout = self.source.layout(order);
        // For each gap, the codes above it that the source names, as its own and as merged numbers.
        let own: HashMap<u32, u32> = self.numbers.codes[of].iter().copied().zip(0..).collect();
        let named_above = |&gap: &u32| {
            let ancestors = dimensions.get(d).dictionary.ancestors(gap).iter();
            (gap, ancestors.filter_map(|&above| Some((*own.get(&above)?, above))).collect::<Vec<(u32, u32)>>())
        };
        let gaps: Vec<(u32, Vec<(u32, u32)>)> = gaps.iter().map(named_above).collect();
        let mut rows = Vec::new();
        for cell in 0..layout.len() {
            let values = layout.values(cell);
            for &centre in centres {
                let all = everybody.get([0; 2], centre, &values);
                if all.intersect(suppressed) == Some(all) {
                    continue;
                }
                for (gap, named) in &gaps {
                    if !rules.is_cell(dimensions, &[(d, *gap)], &values) {
                        continue;
                    }
                    let declared = named.iter().filter(|&&(_, merged)| rules.is_cell(dimensions, &[(d, merged)], &values));
                    let most = declared.map(|&(own, _)| above.get([own, 0], centre, &values)).fold(all, fewer);
                    let interval = most.or_less().hull(suppressed);
                    if interval != suppressed {
                        let centre = self.numbers.centre + centre as u32;
                        rows.push(Row { codes: [*gap, 0], centre, cell: cell as u32, interval });
                    }
                }
            }
        }
        Ok(rows)
    }
}

/// The interval with the lesser upper end.
fn fewer(a: Interval, b: Interval) -> Interval {
    let upper = |interval: Interval| interval.upper().unwrap_or(u64::MAX);
    if upper(b) < upper(a) { b } else { a }
}

/// What one table of a release says of its cells.
struct Known {
    layout: Option<MarginLayout>,
    rows: HashMap<([u32; 2], u32, u32), Interval>,
    suppressed: Interval,
}

impl Known {
    fn new(source: &Published, codes: &[usize], suppressed: Interval) -> Self {
        let table = source.tables.iter().find(|table| table.codes == codes);
        let rows = table.into_iter().flat_map(|table| &table.rows).map(|row| ((row.codes, row.centre, row.cell), row.interval));
        Self { layout: table.map(|table| source.layout(table.order)), rows: rows.collect(), suppressed }
    }

    /// The interval of a declared cell; of the total where the table does not cross so many partitions.
    fn get(&self, codes: [u32; 2], centre: usize, values: &[Option<u32>]) -> Interval {
        let Some(layout) = &self.layout else { return Interval::ANY };
        let cell = layout.index(values).unwrap_or(0) as u32;
        self.rows.get(&(codes, centre as u32, cell)).copied().unwrap_or(self.suppressed)
    }
}
