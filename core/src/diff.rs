//! What changed between two releases, as any reader can tell.

mod translate;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use ninzu_engine::answer::Bounds;
use ninzu_engine::format::manifest::{Manifest, ObservationRule};
use ninzu_engine::model::{Dimension, Kind, Label, Role};
use ninzu_engine::{Interval, Result};
use serde::Serialize;

use crate::{Centre, DeclaredCodes, Published, Row, Snapshot, Table};
use translate::{Side, Translation};

/// What changed between two releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The old release's id.
    pub old: String,
    /// The new release's id.
    pub new: String,
    /// What the releases say differently of themselves.
    #[serde(rename = "said")]
    pub metadata: Vec<MetadataChange>,
    /// Centres; changed: in label, in the day that their counts refer to, or in what they collect.
    pub centres: Names,
    /// Dimensions; changed: in label, kind, role, order, or in the order of values where it counts.
    pub dimensions: Names,
    /// For each dimension of both, codes or values; changed: in parents or label. Dimensions without a change are left out.
    pub codes: BTreeMap<String, Names>,
    /// Combinations that nobody can have.
    pub structural_zeros: Names,
    /// Tables; changed: in how many partitions are crossed, which codes are declared, or what suppressed cells mean.
    pub tables: Names,
    /// For each table of both, published codes and pairs. Tables without a change are left out.
    pub pairs: BTreeMap<String, Names>,
    /// For each table and centre, the published cells.
    pub cells: Vec<CellsDifference>,
    /// The cells whose ends moved the most, the farthest first.
    pub largest: Vec<CellChange>,
}

/// What two releases say differently of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataChange {
    /// Which.
    #[serde(rename = "fact")]
    pub field: MetadataField,
    /// What the old release says, if anything.
    pub old: Option<String>,
    /// What the new one says, if anything.
    pub new: Option<String>,
}

/// What a release says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetadataField {
    /// The English title.
    TitleEn,
    /// The Japanese title.
    TitleJa,
    /// The day that ages and stages refer to.
    ReferenceDate,
    /// Whose protection it carries.
    Protection,
    /// Whether the audit proved the guarantee.
    Audited,
    /// The least count that is published.
    Threshold,
    /// The width of a bucket.
    Base,
    /// How often published cells are decoys.
    DecoyPublished,
    /// How often suppressed cells are decoys.
    #[serde(rename = "decoy_unlisted")]
    DecoySuppressed,
}

/// Names that came, went or changed their meaning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// In the new release only.
    pub added: Vec<String>,
    /// In the old release only.
    pub removed: Vec<String>,
    /// In both, and not the same.
    pub changed: Vec<String>,
}

/// The published cells of one table at one centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellsDifference {
    /// The table.
    pub table: String,
    /// The centre.
    pub centre: String,
    /// How many cells are and are not as before.
    #[serde(flatten)]
    pub counts: CellCounts,
}

/// How many published cells are and are not as before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CellCounts {
    /// Published in both with the same interval.
    pub unchanged: u64,
    /// Published in both; the new interval holds the old one.
    pub widened: u64,
    /// Published in both; the old interval holds the new one.
    pub narrowed: u64,
    /// Published in both; both bounds went up.
    pub up: u64,
    /// Published in both; both bounds went down.
    pub down: u64,
    /// Published in the new release only.
    #[serde(rename = "newly_listed")]
    pub newly_published: u64,
    /// Published in the old release only.
    #[serde(rename = "no_longer_listed")]
    pub no_longer_published: u64,
}

/// How an interval changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not at all.
    Unchanged,
    /// It holds what it was, and more.
    Widened,
    /// It was wider, and held what it is.
    Narrowed,
    /// Both bounds went up.
    Up,
    /// Both bounds went down.
    Down,
}

/// A cell whose interval changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellChange {
    /// The table.
    pub table: String,
    /// The centre.
    pub centre: String,
    /// Its codes and values: dimension and value; nothing for everybody.
    pub cell: Vec<(String, String)>,
    /// Its interval in the old release.
    pub old: Bounds,
    /// Its interval in the new release.
    pub new: Bounds,
    /// How it changed.
    pub change: Change,
}

impl Change {
    /// How an interval became another.
    pub fn between(old: Interval, new: Interval) -> Self {
        if old == new {
            Self::Unchanged
        } else if old.hull(new) == new {
            Self::Widened
        } else if old.hull(new) == old {
            Self::Narrowed
        } else if new.lower() > old.lower() {
            Self::Up
        } else {
            Self::Down
        }
    }
}

impl Names {
    /// Whether nothing came, went or changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// Compares what things mean by their names, each list in the order of its release.
    fn between<T: PartialEq>(old: &[(String, T)], new: &[(String, T)]) -> Self {
        let index = |of: &[(String, T)]| of.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        let (in_old, in_new): (HashMap<String, usize>, HashMap<String, usize>) = (index(old), index(new));
        let names = |of: &[(String, T)], is: &dyn Fn(&(String, T)) -> bool| {
            of.iter().filter(|thing| is(thing)).map(|thing| thing.0.clone()).collect()
        };
        Self {
            added: names(new, &|(name, _)| !in_old.contains_key(name)),
            removed: names(old, &|(name, _)| !in_new.contains_key(name)),
            changed: names(new, &|(name, is)| in_old.get(name).is_some_and(|&at| old[at].1 != *is)),
        }
    }
}

impl CellCounts {
    /// How many cells are published in either release.
    pub fn total(&self) -> u64 {
        self.unchanged + self.changed()
    }

    /// How many of them are not as before.
    pub fn changed(&self) -> u64 {
        self.widened + self.narrowed + self.up + self.down + self.newly_published + self.no_longer_published
    }

    /// The same with other cells.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            unchanged: self.unchanged + other.unchanged,
            widened: self.widened + other.widened,
            narrowed: self.narrowed + other.narrowed,
            up: self.up + other.up,
            down: self.down + other.down,
            newly_published: self.newly_published + other.newly_published,
            no_longer_published: self.no_longer_published + other.no_longer_published,
        }
    }

    fn add(&mut self, change: Change) {
        let count = match change {
            Change::Unchanged => &mut self.unchanged,
            Change::Widened => &mut self.widened,
            Change::Narrowed => &mut self.narrowed,
            Change::Up => &mut self.up,
            Change::Down => &mut self.down,
        };
        *count += 1;
    }
}

impl Difference {
    /// Whether both releases say the same about the same people. Their ids may differ still: by licences and citations.
    pub fn is_empty(&self) -> bool {
        let names = [&self.centres, &self.dimensions, &self.structural_zeros, &self.tables];
        self.metadata.is_empty()
            && names.into_iter().all(Names::is_empty)
            && self.codes.is_empty()
            && self.pairs.is_empty()
            && self.cells.iter().all(|cells| cells.counts.changed() == 0)
    }

    /// The cells of each table, at all centres.
    pub fn by_table(&self) -> Vec<(&str, CellCounts)> {
        self.summed(|cells| &cells.table)
    }

    /// The cells of each centre, in all tables.
    pub fn by_centre(&self) -> Vec<(&str, CellCounts)> {
        self.summed(|cells| &cells.centre)
    }

    fn summed(&self, key: impl Fn(&CellsDifference) -> &str) -> Vec<(&str, CellCounts)> {
        let mut sums: Vec<(&str, CellCounts)> = Vec::new();
        for cells in &self.cells {
            match sums.iter_mut().find(|(name, _)| *name == key(cells)) {
                Some((_, sum)) => *sum = sum.with(cells.counts),
                None => sums.push((key(cells), cells.counts)),
            }
        }
        sums
    }
}

/// What changed from one release to another: what they say of themselves, what they count, and every published cell. `most` is how
/// many of the largest changes are named.
///
/// Cells are the same if their centre, codes and values have the same names. A cell that one of the releases declares and does
/// not list is compared as what that means; one that it does not declare cannot be compared.
pub fn diff(old: &Snapshot, new: &Snapshot, most: usize) -> Result<Difference> {
    let (before, after) = (&old.published, &new.published);
    let (cells, largest) = Cells::new(before, after)?.compare(most);
    Ok(Difference {
        old: old.id.clone(),
        new: new.id.clone(),
        metadata: metadata_changes(&old.manifest, &new.manifest),
        centres: Names::between(&centres(old), &centres(new)),
        dimensions: Names::between(&dimensions(before), &dimensions(after)),
        codes: of_both(&codes(before), &codes(after)),
        structural_zeros: Names::between(&zeros(before), &zeros(after)),
        tables: Names::between(&tables(before), &tables(after)),
        pairs: of_both(&pairs(before), &pairs(after)),
        cells,
        largest,
    })
}

fn metadata_changes(old: &Manifest, new: &Manifest) -> Vec<MetadataChange> {
    let facts = |manifest: &Manifest| {
        let policy = manifest.policy.as_ref();
        [
            (MetadataField::TitleEn, Some(manifest.title.en.clone())),
            (MetadataField::TitleJa, Some(manifest.title.ja.clone())),
            (MetadataField::ReferenceDate, manifest.reference_date.clone()),
            (MetadataField::Protection, Some(manifest.protection.by.clone())),
            (MetadataField::Audited, Some(manifest.protection.audited.to_string())),
            (MetadataField::Threshold, policy.map(|policy| policy.threshold().to_string())),
            (MetadataField::Base, policy.map(|policy| policy.base().to_string())),
            (MetadataField::DecoyPublished, policy.map(|policy| policy.decoy().published.to_string())),
            (MetadataField::DecoySuppressed, policy.map(|policy| policy.decoy().unlisted.to_string())),
        ]
    };
    let both = facts(old).into_iter().zip(facts(new));
    both.filter(|((_, old), (_, new))| old != new).map(|((field, old), (_, new))| MetadataChange { field, old, new }).collect()
}

/// What a centre is: its label, the day that its counts refer to, which of its records count, and what it collects.
type CentreMeaning<'a> = (&'a Label, Option<&'a str>, Option<ObservationRule>, BTreeSet<&'a str>);

fn centres(of: &Snapshot) -> Vec<(String, CentreMeaning<'_>)> {
    let name = |&d: &usize| of.published.dimensions.get(d).name.as_str();
    let meaning = |c: &'_ Centre| {
        let info = of.manifest.centres.iter().find(|centre| centre.name == c.name);
        (info.and_then(|info| info.as_of.as_deref()), info.and_then(|info| info.observation_periods))
    };
    let centres = of.published.centres.iter().map(|c| {
        let (as_of, rule) = meaning(c);
        (c.name.clone(), (&c.label, as_of, rule, c.collects.iter().map(name).collect()))
    });
    centres.collect()
}

/// What a dimension is; with all its values where their order counts.
type Meaning<'a> = (&'a Label, Kind, Option<Role>, [bool; 2], Vec<&'a str>);

fn dimensions(published: &Published) -> Vec<(String, Meaning<'_>)> {
    published.dimensions.all().iter().map(|d| (d.name.clone(), meaning(d))).collect()
}

fn meaning(d: &Dimension) -> Meaning<'_> {
    let values = d.dictionary.names().filter(|_| d.ordered);
    (&d.label, d.kind, d.role, [d.ordered, d.closed], values.collect())
}

/// A dimension's codes with what they mean.
type Codes<'a> = Vec<(String, (Cow<'a, Label>, BTreeSet<&'a str>))>;

fn codes(published: &Published) -> Vec<(String, Codes<'_>)> {
    published.dimensions.all().iter().map(|d| (d.name.clone(), codes_of(d))).collect()
}

fn codes_of(d: &Dimension) -> Codes<'_> {
    let above = |id| d.dictionary.parents(id).iter().filter(|&&parent| Some(parent) != d.dictionary.root());
    let parents = |id| above(id).map(|&parent| d.dictionary.name(parent)).collect();
    let codes = d.dictionary.names().zip(0..);
    codes.map(|(name, id)| (name.to_owned(), (d.dictionary.label(id), parents(id)))).collect()
}

fn zeros(published: &Published) -> Vec<(String, ())> {
    let zeros = published.structural_zeros.iter();
    zeros.map(|zero| (zero.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", "), ())).collect()
}

/// A table's name, and its order, whether it declares the whole dictionary, and what a suppressed cell means.
type TableMeaning = (String, (usize, bool, Option<Interval>));

fn tables(published: &Published) -> Vec<TableMeaning> {
    let meaning = |table: &Table| (table.order, table.declared == DeclaredCodes::Dictionary, table.suppressed);
    published.tables.iter().map(|table| (translate::name(published, table), meaning(table))).collect()
}

/// For each table that lists codes or pairs, these.
fn pairs(published: &Published) -> Vec<(String, Vec<(String, ())>)> {
    let lists = published.tables.iter().filter(|table| matches!(table.declared, DeclaredCodes::List(_)));
    let of = |table: &Table| {
        let named = |combination| (translate::words(&translate::codes(published, table, combination)), ());
        table.combinations(&published.dimensions).into_iter().map(named).collect()
    };
    lists.filter(|table| !table.codes.is_empty()).map(|table| (translate::name(published, table), of(table))).collect()
}

/// The differences of those lists that both have, without the empty ones.
fn of_both<T: PartialEq>(old: &[(String, Vec<(String, T)>)], new: &[(String, Vec<(String, T)>)]) -> BTreeMap<String, Names> {
    let both = old.iter().filter_map(|(name, old)| Some((name, old, &new.iter().find(|(other, _)| other == name)?.1)));
    both.map(|(name, old, new)| (name.clone(), Names::between(old, new))).filter(|(_, names)| !names.is_empty()).collect()
}

/// The cells of two releases.
struct Cells<'a> {
    sides: [Side<'a>; 2],
    to_old: Translation,
    to_new: Translation,
}

/// A change on its way to the largest ones: how far the ends moved, the table, its place there, and both intervals.
type Moved = (Reverse<u64>, usize, (u32, [u32; 2], u32), Interval, Interval);

impl<'a> Cells<'a> {
    fn new(old: &'a Published, new: &'a Published) -> Result<Self> {
        Ok(Self {
            sides: [Side::new(old)?, Side::new(new)?],
            to_old: Translation::new(new, old),
            to_new: Translation::new(old, new),
        })
    }

    fn compare(&self, most: usize) -> (Vec<CellsDifference>, Vec<CellChange>) {
        let [old, new] = &self.sides;
        let mut names: Vec<String> = old.table_names();
        names.extend(new.table_names().into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
        // The new release's cells are numbered as the old one's where these exist, else as they are.
        let mut moved: Vec<Moved> = Vec::new();
        let mut cells = Vec::new();
        for (t, name) in names.iter().enumerate() {
            let mut counts: Vec<CellCounts> = vec![CellCounts::default(); self.centre_names().len()];
            let tables = [old.table(name), new.table(name)];
            let mut before: HashMap<([u32; 2], u32, u32), Interval> = tables[0]
                .into_iter()
                .flat_map(|table| &table.rows)
                .map(|row| ((row.codes, row.centre, row.cell), row.interval))
                .collect();
            let back = tables[1].map(|table| self.to_old.table(table, tables[0]));
            let forth = tables[0].map(|table| self.to_new.table(table, tables[1]));
            for row in tables[1].into_iter().flat_map(|table| &table.rows) {
                let twin = back.as_ref().and_then(|back| back.row(row));
                let count = &mut counts[self.centre_of_new(row.centre as usize)];
                let known = twin.and_then(|twin| before.remove(&(twin.codes, twin.centre, twin.cell)));
                match known {
                    Some(interval) => count.add(Change::between(interval, row.interval)),
                    None => count.newly_published += 1,
                }
                let old_interval = known.or_else(|| twin.zip(tables[0]).and_then(|(twin, table)| old.suppressed(table, &twin)));
                if let (Some(was), Some(twin)) = (old_interval, twin)
                    && was != row.interval
                {
                    moved.push((
                        Reverse(distance(was, row.interval)),
                        t,
                        (twin.centre, twin.codes, twin.cell),
                        was,
                        row.interval,
                    ));
                }
            }
            for ((codes, centre, cell), was) in before {
                counts[centre as usize].no_longer_published += 1;
                let row = Row { codes, centre, cell, interval: was };
                let twin = forth.as_ref().and_then(|forth| forth.row(&row));
                if let Some(is) = twin.zip(tables[1]).and_then(|(twin, table)| new.suppressed(table, &twin))
                    && is != was
                {
                    moved.push((Reverse(distance(was, is)), t, (centre, codes, cell), was, is));
                }
            }
            let published = self.centre_names().into_iter().zip(counts).filter(|(_, counts)| counts.total() > 0);
            cells.extend(published.map(|(centre, counts)| CellsDifference { table: name.clone(), centre, counts }));
        }
        let key = |moved: &Moved| (moved.0, moved.1, moved.2);
        if most < moved.len() {
            moved.select_nth_unstable_by_key(most, key);
            moved.truncate(most);
        }
        moved.sort_unstable_by_key(key);
        let change = |&(_, t, (centre, codes, cell), was, is): &Moved| {
            let row = Row { codes, centre, cell, interval: was };
            Some(CellChange {
                table: names[t].clone(),
                centre: old.published.centres[centre as usize].name.clone(),
                cell: translate::cell(old.published, old.table(&names[t])?, &row),
                old: bounds(was),
                new: bounds(is),
                change: Change::between(was, is),
            })
        };
        (cells, moved.iter().filter_map(change).collect())
    }

    /// The centres of the old release, then those of the new one that it does not have.
    fn centre_names(&self) -> Vec<String> {
        let [old, new] = &self.sides;
        let mut names: Vec<String> = old.published.centres.iter().map(|centre| centre.name.clone()).collect();
        names.extend(self.only_new().map(|centre| new.published.centres[centre].name.clone()));
        names
    }

    /// The new release's centres that the old one does not have.
    fn only_new(&self) -> impl Iterator<Item = usize> {
        (0..self.sides[1].published.centres.len()).filter(|&centre| self.to_old.centre(centre).is_none())
    }

    /// The position among `centre_names` of a centre of the new release.
    fn centre_of_new(&self, centre: usize) -> usize {
        let of_old = self.sides[0].published.centres.len();
        self.to_old.centre(centre).unwrap_or_else(|| of_old + self.only_new().take_while(|&other| other < centre).count())
    }
}

/// How far the ends of an interval moved, both together. An upper end that is open in one of them did not move.
fn distance(old: Interval, new: Interval) -> u64 {
    let upper = old.upper().zip(new.upper()).map_or(0, |(old, new)| old.abs_diff(new));
    old.lower().abs_diff(new.lower()).saturating_add(upper)
}

fn bounds(interval: Interval) -> Bounds {
    Bounds { lower: interval.lower(), upper: interval.upper() }
}
