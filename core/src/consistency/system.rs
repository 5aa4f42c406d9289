//! All groups of a release, the margins that they are counted in, and what is known of their cells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ninzu_engine::Interval;
use ninzu_engine::format::manifest::SumsInfo;
use ninzu_engine::model::MarginLayout;

use super::clash::{CellPlace, Clash};
use super::lattice::Lattice;
use super::narrow;
use crate::Published;

/// People with certain codes: the cells of one combination of codes, in every margin of the lattice.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) table: usize,
    pub(super) combination: [u32; 2],
    /// The groups that hold it: with a code less, or with a code above.
    pub(super) outer: Vec<usize>,
    /// For two codes: either alone, and everybody.
    pub(super) pair: Option<[usize; 3]>,
}

/// All groups of a release and the margins that they are counted in.
pub(super) struct System<'a> {
    pub(super) published: &'a Published,
    layouts: Vec<MarginLayout>,
    pub(super) lattice: Lattice,
    pub(super) groups: Vec<Group>,
    /// For each centre, the group, the lattice's cell and the interval of each row.
    pub(super) rows: Vec<Vec<(u32, u32, Interval)>>,
}

/// What is known of each cell of each group at one centre; nothing where the centre does not count the group.
pub(super) type KnownCells = Vec<Option<Vec<Interval>>>;
/// For a table and the partitions that its parts are counted by: how many counts have parts beside them, how many are tested.
pub(super) type SumCounts = BTreeMap<(usize, Vec<usize>), (u64, u64)>;

/// More intervals than this are not held for a centre.
const MOST_INTERVALS: usize = 1 << 24;
/// Narrowing may go on for long without an end in sight; what was narrowed holds wherever it stops.
const MOST_ROUNDS: usize = 60;

impl<'a> System<'a> {
    pub(super) fn new(published: &'a Published) -> Option<Self> {
        let layouts: Vec<MarginLayout> = published.tables.iter().map(|table| published.layout(table.order)).collect();
        let present: BTreeSet<Vec<usize>> = (0..layouts.len())
            .flat_map(|t| {
                present(published, &layouts[t], t).into_iter().map(|m| layouts[t].margins()[m].dims.clone()).collect::<Vec<_>>()
            })
            .collect();
        let sizes: Vec<u32> =
            published.dimensions.partitions().map(|p| published.dimensions.get(p).dictionary.len() as u32).collect();
        let lattice = Lattice::new(&sizes, &present)?;
        let groups = groups(published);
        groups.len().checked_mul(lattice.len).filter(|&intervals| intervals <= MOST_INTERVALS)?;
        let mut system = Self { published, layouts, lattice, groups, rows: vec![Vec::new(); published.centres.len()] };
        let numbers = system.groups.iter().zip(0..).map(|(group, g)| ((group.table, group.combination), g));
        let numbers: HashMap<(usize, [u32; 2]), u32> = numbers.collect();
        for (t, table) in published.tables.iter().enumerate() {
            let margins = system.layouts[t].margins();
            let places: Vec<Option<usize>> = margins.iter().map(|margin| system.lattice.margin(&margin.dims)).collect();
            for row in &table.rows {
                let m = margins.partition_point(|margin| margin.offset <= row.cell as usize).saturating_sub(1);
                // Both number the cells of a margin in the same order.
                let cell = places[m].map(|place| system.lattice.margins[place].offset + row.cell as usize - margins[m].offset);
                if let (Some(&g), Some(cell)) = (numbers.get(&(t, row.codes)), cell) {
                    system.rows[row.centre as usize].push((g, cell as u32, row.interval));
                }
            }
        }
        Some(system)
    }

    /// What the release says of each cell at a centre.
    pub(super) fn known(&self, centre: usize) -> KnownCells {
        let mut known: KnownCells = self.groups.iter().map(|group| self.suppressed(group, centre)).collect();
        for &(g, cell, interval) in &self.rows[centre] {
            if let Some(cells) = &mut known[g as usize] {
                cells[cell as usize] = interval;
            }
        }
        known
    }

    /// What cells without a row mean; nothing where the centre does not count the group.
    fn suppressed(&self, group: &Group, centre: usize) -> Option<Vec<Interval>> {
        let table = &self.published.tables[group.table];
        let mut cells = self.published.collects(centre, &table.codes).then(|| vec![Interval::ANY; self.lattice.len])?;
        if let Some(suppressed) = table.suppressed {
            for margin in self.layouts[group.table].margins() {
                if let Some(margin) = self.lattice.margin(&margin.dims).map(|m| &self.lattice.margins[m]) {
                    cells[margin.offset..margin.offset + margin.len].fill(suppressed);
                }
            }
        }
        Some(cells)
    }

    /// Narrows what is known at a centre until nothing changes.
    pub(super) fn narrow(&self, centre: usize, known: &mut KnownCells) -> Result<(), Box<Clash>> {
        for _ in 0..MOST_ROUNDS {
            let mut changed = false;
            for g in 0..self.groups.len() {
                if let Some(cells) = &mut known[g] {
                    changed |= narrow::by_sums(&self.lattice, cells).map_err(|clash| self.sum_clash(centre, g, clash))?;
                }
                changed |= self.narrow_around(centre, g, known)?;
            }
            if !changed {
                break;
            }
        }
        Ok(())
    }

    /// Narrows a group and those that hold it.
    fn narrow_around(&self, centre: usize, g: usize, known: &mut KnownCells) -> Result<bool, Box<Clash>> {
        let group = &self.groups[g];
        let Some(mut inner) = known[g].take() else { return Ok(false) };
        let mut changed = false;
        for &o in &group.outer {
            let Some(outer) = &mut known[o] else { continue };
            changed |= narrow::by_inclusion(&mut inner, outer).map_err(|cell| {
                let (inner, outer) = (inner[cell], outer[cell]);
                Box::new(Clash::Inside {
                    inner: (self.place_of(centre, g, cell), inner),
                    outer: (self.place_of(centre, o, cell), outer),
                })
            })?;
        }
        if let Some([a, b, all]) = group.pair.filter(|pair| pair.iter().all(|&g| known[g].is_some()))
            && let [Some(mut of_a), Some(mut of_b), Some(mut of_all)] = [known[a].take(), known[b].take(), known[all].take()]
        {
            for cell in 0..inner.len() {
                let around = [&mut of_a[cell], &mut of_b[cell], &mut of_all[cell]];
                changed |= narrow::by_pair(&mut inner[cell], around).map_err(|()| {
                    let cells = [(g, inner[cell]), (a, of_a[cell]), (b, of_b[cell]), (all, of_all[cell])];
                    Box::new(Clash::Together(cells.map(|(g, known)| (self.place_of(centre, g, cell), known)).to_vec()))
                })?;
            }
            (known[a], known[b], known[all]) = (Some(of_a), Some(of_b), Some(of_all));
        }
        known[g] = Some(inner);
        Ok(changed)
    }

    fn sum_clash(&self, centre: usize, g: usize, clash: narrow::SumClash) -> Box<Clash> {
        let cover = &self.lattice.covers[clash.cover];
        let [coarse, fine] = [cover.coarse, cover.fine].map(|m| &self.lattice.margins[m]);
        let parts = cover.into.iter().enumerate().filter(|(_, into)| **into as usize == clash.cell);
        Box::new(Clash::Sum {
            total: (self.place_of(centre, g, coarse.offset + clash.cell), clash.total),
            over: fine.dims.iter().copied().filter(|d| !coarse.dims.contains(d)).collect(),
            sum: clash.sum,
            parts: parts.map(|(cell, _)| self.place_of(centre, g, fine.offset + cell)).collect(),
        })
    }

    pub(super) fn place_of(&self, centre: usize, g: usize, cell: usize) -> CellPlace {
        let group = &self.groups[g];
        CellPlace { table: group.table, codes: group.combination, centre, values: self.lattice.values(cell) }
    }

    /// How many counts of each table have parts beside them at a centre, and of how many both sides have upper ends.
    pub(super) fn count_sums(&self, known: &KnownCells) -> SumCounts {
        let mut counts = SumCounts::new();
        for (group, cells) in self.groups.iter().zip(known) {
            let Some(cells) = cells else { continue };
            for (cover, (sums, tested)) in self.lattice.covers.iter().zip(narrow::count(&self.lattice, cells)) {
                if sums > 0 {
                    let entry = counts.entry((group.table, self.lattice.over(cover))).or_default();
                    *entry = (entry.0 + sums, entry.1 + tested);
                }
            }
        }
        counts
    }

    /// The counts of all centres. Partitions of which nothing can be tested are said too.
    pub(super) fn sums(&self, counts: Vec<SumCounts>) -> Vec<SumsInfo> {
        let mut all = SumCounts::new();
        for (t, layout) in self.layouts.iter().enumerate() {
            for m in present(self.published, layout, t) {
                for &p in &layout.margins()[m].dims {
                    all.entry((t, vec![p])).or_default();
                }
            }
        }
        for (key, (sums, tested)) in counts.into_iter().flatten() {
            let entry = all.entry(key).or_default();
            *entry = (entry.0 + sums, entry.1 + tested);
        }
        // Of a partition that is tested with others nothing is left to say.
        let said: BTreeSet<(usize, usize)> =
            all.iter().filter(|(_, of)| of.0 > 0).flat_map(|((t, over), _)| over.iter().map(|&p| (*t, p))).collect();
        all.retain(|(t, over), of| of.0 > 0 || !over.iter().any(|&p| said.contains(&(*t, p))));
        let dimensions = &self.published.dimensions;
        let partitions: Vec<usize> = dimensions.partitions().collect();
        let info = |((t, over), (sums, tested)): ((usize, Vec<usize>), (u64, u64))| SumsInfo {
            table: self.published.tables[t].name(dimensions),
            over: over.iter().map(|&p| dimensions.get(partitions[p]).name.clone()).collect(),
            sums,
            tested,
        };
        all.into_iter().map(info).collect()
    }
}

/// The margins of a table that have rows, or whose missing rows mean something.
fn present(published: &Published, layout: &MarginLayout, table: usize) -> BTreeSet<usize> {
    let table = &published.tables[table];
    if table.suppressed.is_some() {
        return (0..layout.margins().len()).collect();
    }
    let of = |row: &crate::Row| layout.margins().partition_point(|margin| margin.offset <= row.cell as usize).saturating_sub(1);
    table.rows.iter().map(of).collect()
}

fn groups(published: &Published) -> Vec<Group> {
    let mut by_codes: HashMap<Vec<(usize, u32)>, usize> = HashMap::new();
    let mut groups = Vec::new();
    let mut codes_of: Vec<Vec<(usize, u32)>> = Vec::new();
    for (t, table) in published.tables.iter().enumerate() {
        for combination in table.combinations(&published.dimensions) {
            let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(combination).collect();
            by_codes.insert(codes.clone(), groups.len());
            groups.push(Group { table: t, combination, outer: Vec::new(), pair: None });
            codes_of.push(codes);
        }
    }
    for (g, codes) in codes_of.iter().enumerate() {
        // Each code itself, any code above it, or none.
        let mut around: Vec<Vec<(usize, u32)>> = vec![Vec::new()];
        for &(d, code) in codes {
            let ancestors = published.dimensions.get(d).dictionary.ancestors(code).iter().copied();
            let choices: Vec<(usize, u32)> = [code].into_iter().chain(ancestors).map(|code| (d, code)).collect();
            let with = |fewer: &Vec<(usize, u32)>| {
                choices.iter().map(|&choice| fewer.iter().copied().chain([choice]).collect()).collect::<Vec<Vec<_>>>()
            };
            let more: Vec<Vec<(usize, u32)>> = around.iter().flat_map(with).collect();
            around.extend(more);
        }
        for codes in &mut around {
            codes.sort_unstable();
        }
        let outer: BTreeSet<usize> = around.iter().filter_map(|codes| by_codes.get(codes).copied()).filter(|&o| o != g).collect();
        let group = &mut groups[g];
        if let [a, b] = codes[..] {
            let places = [vec![a], vec![b], Vec::new()].map(|codes| by_codes.get(&codes).copied());
            if let [Some(a), Some(b), Some(all)] = places {
                group.pair = Some([a, b, all]).filter(|_| a != b);
            }
        }
        group.outer = outer.into_iter().collect();
    }
    groups
}
