//! The numbers of one release in another: the same cell is the one with the same names.

use std::collections::BTreeMap;

use ninzu_engine::model::{Declared, Dimensions, Kind, MarginLayout};
use ninzu_engine::{Interval, Result};

use crate::{Centre, DeclaredCodes, Published, Row, Table};

/// A table's name that does not depend on the order of dimensions.
pub(super) fn name(published: &Published, table: &Table) -> String {
    let mut names: Vec<&str> = table.codes.iter().map(|&d| published.dimensions.get(d).name.as_str()).collect();
    names.sort_unstable();
    if names.is_empty() { "base".into() } else { names.join("+") }
}

/// A combination of codes by names, as `(dimension, code)`, ascending.
pub(super) fn codes(published: &Published, table: &Table, combination: [u32; 2]) -> Vec<(String, String)> {
    let code = |(&d, code): (&usize, u32)| {
        let dimension = published.dimensions.get(d);
        (dimension.name.clone(), dimension.dictionary.name(code).to_owned())
    };
    let mut names: Vec<(String, String)> = table.codes.iter().zip(combination).map(code).collect();
    names.sort_unstable();
    names
}

/// Names in a line.
pub(super) fn words(names: &[(String, String)]) -> String {
    names.iter().map(|(dimension, value)| format!("{dimension} = {value}")).collect::<Vec<_>>().join(", ")
}

/// A cell by names: its codes, then its values.
pub(super) fn cell(published: &Published, table: &Table, row: &Row) -> Vec<(String, String)> {
    let mut names = codes(published, table, row.codes);
    let values = published.layout(table.order).values(row.cell as usize);
    let named = published.dimensions.partitions().zip(values).filter_map(|(d, value)| {
        let dimension = published.dimensions.get(d);
        Some((dimension.name.clone(), dimension.dictionary.name(value?).to_owned()))
    });
    names.extend(named);
    names
}

/// One of the two releases.
pub(super) struct Side<'a> {
    pub(super) published: &'a Published,
    rules: Declared,
    names: Vec<String>,
    /// For each order, the values of every cell.
    values: BTreeMap<usize, Vec<Vec<Option<u32>>>>,
}

impl<'a> Side<'a> {
    pub(super) fn new(published: &'a Published) -> Result<Self> {
        let names = published.tables.iter().map(|table| name(published, table)).collect();
        let values = |order: usize| {
            let layout = published.layout(order);
            (0..layout.len()).map(|cell| layout.values(cell)).collect()
        };
        let values = published.tables.iter().map(|table| (table.order, values(table.order))).collect();
        Ok(Self { published, rules: published.declared()?, names, values })
    }

    pub(super) fn table_names(&self) -> Vec<String> {
        self.names.clone()
    }

    pub(super) fn table(&self, name: &str) -> Option<&'a Table> {
        let at = self.names.iter().position(|other| other == name)?;
        Some(&self.published.tables[at])
    }

    /// What a cell without a row means; nothing if it is not declared, or if nothing is known.
    pub(super) fn suppressed(&self, table: &Table, row: &Row) -> Option<Interval> {
        let published = self.published;
        let is_named = match &table.declared {
            DeclaredCodes::Dictionary => true,
            // Read from a release, the list is ascending.
            DeclaredCodes::List(list) => table.codes.is_empty() || list.binary_search(&row.codes).is_ok(),
        };
        if !is_named || !published.collects(row.centre as usize, &table.codes) {
            return None;
        }
        let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(row.codes).collect();
        let values = self.values.get(&table.order)?.get(row.cell as usize)?;
        table.suppressed.filter(|_| self.rules.is_cell(&published.dimensions, &codes, values))
    }
}

/// What the numbers of one release are in another, where it has the names.
pub(super) struct Translation {
    dimensions: Vec<Option<usize>>,
    codes: Vec<Vec<Option<u32>>>,
    centres: Vec<Option<usize>>,
    /// How many values the partitions have, of this release and of the other.
    sizes: [Vec<u32>; 2],
    /// For each partition, its position among the other's, and its values' numbers there.
    places: Vec<Option<(usize, Vec<Option<u32>>)>>,
}

impl Translation {
    pub(super) fn new(from: &Published, to: &Published) -> Self {
        let other = |d: usize| to.dimensions.id(&from.dimensions.get(d).name).filter(|&e| kind(from, d) == kind(to, e));
        let ids = 0..from.dimensions.all().len();
        let dimensions: Vec<Option<usize>> = ids.clone().map(other).collect();
        let codes: Vec<Vec<Option<u32>>> = ids
            .map(|d| {
                let code = |code| to.dimensions.get(dimensions[d]?).dictionary.id(code);
                from.dimensions.get(d).dictionary.names().map(code).collect()
            })
            .collect();
        let centre = |centre: &Centre| to.centres.iter().position(|other| other.name == centre.name);
        let partitions: Vec<usize> = to.dimensions.partitions().collect();
        let place = |d: usize| {
            let at = partitions.iter().position(|&p| Some(p) == dimensions[d])?;
            Some((at, codes[d].clone()))
        };
        Self {
            centres: from.centres.iter().map(centre).collect(),
            sizes: [sizes(&from.dimensions), sizes(&to.dimensions)],
            places: from.dimensions.partitions().map(place).collect(),
            dimensions,
            codes,
        }
    }

    /// A centre's position in the other release.
    pub(super) fn centre(&self, centre: usize) -> Option<usize> {
        self.centres[centre]
    }

    /// The translation of a table's rows into those of the other release's table of the same dimensions.
    pub(super) fn table<'a>(&'a self, from: &'a Table, to: Option<&Table>) -> OfTable<'a> {
        let Some(to) = to else { return OfTable { translation: self, codes: &from.codes, cells: Vec::new() } };
        let [source, target] =
            [(&self.sizes[0], from.order), (&self.sizes[1], to.order)].map(|(sizes, order)| MarginLayout::new(sizes, order));
        let cell = |cell: usize| {
            let mut values = vec![None; self.sizes[1].len()];
            for (place, value) in self.places.iter().zip(source.values(cell)) {
                if let Some(value) = value {
                    let (at, names) = place.as_ref().filter(|(at, _)| self.sizes[1][*at] > 1)?;
                    values[*at] = Some(names[value as usize]?);
                }
            }
            target.index(&values).map(|cell| cell as u32)
        };
        OfTable { translation: self, codes: &from.codes, cells: (0..source.len()).map(cell).collect() }
    }
}

fn kind(published: &Published, d: usize) -> Kind {
    published.dimensions.get(d).kind
}

fn sizes(dimensions: &Dimensions) -> Vec<u32> {
    dimensions.partitions().map(|p| dimensions.get(p).dictionary.len() as u32).collect()
}

/// The translation of one table's rows.
pub(super) struct OfTable<'a> {
    translation: &'a Translation,
    codes: &'a [usize],
    /// For each cell, the other's; empty if the other release does not have the table.
    cells: Vec<Option<u32>>,
}

impl OfTable<'_> {
    /// The same cell in the other release, if it has names for it; with the same interval.
    pub(super) fn row(&self, row: &Row) -> Option<Row> {
        let cell = (*self.cells.get(row.cell as usize)?)?;
        let centre = self.translation.centre(row.centre as usize)? as u32;
        let mut pairs = [(usize::MAX, 0); 2];
        for (slot, (&d, code)) in pairs.iter_mut().zip(self.codes.iter().zip(row.codes)) {
            *slot = (self.translation.dimensions[d]?, self.translation.codes[d][code as usize]?);
        }
        pairs[..self.codes.len()].sort_unstable();
        Some(Row { codes: pairs.map(|pair| pair.1), centre, cell, interval: row.interval })
    }
}
