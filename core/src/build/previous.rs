//! A release after another one: intervals that still fit are kept, and centres that hardly grew stay as they were.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ninzu_engine::model::{Dimension, Policy};
use ninzu_engine::{Engine, Error, ErrorKind, Interval, Message, Result, Trust};

use crate::catalogue::message;
use crate::disclosure::{CellIntervals, Earlier, audited_with};
use crate::write::ReleaseMeta;
use crate::{Published, Row, Table};

/// A release before this one, in this one's numbers.
pub(super) struct Previous {
    engine: Engine,
    /// What it said of each cell of the new release; anything, where it did not declare the cell.
    intervals: CellIntervals,
    /// The codes of the new release that it had, too.
    codes: BTreeSet<(usize, u32)>,
}

/// What was kept of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Cells whose interval still fits.
    pub cells: u64,
    /// Centres that are not refreshed, because a typical cell has not grown by more than one bucket: with the day that their
    /// counts refer to.
    pub stale: Vec<(String, String)>,
}

impl Previous {
    /// Reads the releases before a new one, oldest first: all that these were audited together with are among them, and the new one
    /// declares all that they declare.
    pub(super) fn read_all(folders: &[PathBuf], published: &Published, meta: &ReleaseMeta) -> Result<Vec<Self>> {
        let (mut all, mut date) = (Vec::<Self>::new(), String::new());
        for folder in folders {
            let engine = crate::open_folder(folder, Trust::Audited)?;
            let old = Published::read(&engine, folder)?;
            let before = all.iter().map(Self::id).collect::<Vec<_>>();
            let named = |message: Message| Error::new(ErrorKind::InvalidPolicy, message).with_hint(message!("hint.all_previous"));
            let of = folder.display().to_string();
            if before.contains(&engine.release().id()) {
                return Err(named(message!("previous.twice", folder = of)));
            }
            if let Some(id) = audited_with(&engine, folder)?.iter().find(|id| !before.contains(&id.as_str())) {
                return Err(named(message!("previous.missing", folder = of, id = id)));
            }
            let as_of = engine.release().manifest().reference_date.clone().unwrap_or_default();
            if as_of < date {
                return Err(named(message!("previous.order_of_dates", folder = of, day = as_of, before = date)));
            }
            date = as_of;
            let refuse = |why: Message| {
                let message = message!("previous.other", folder = folder.display().to_string(), why = why);
                Error::new(ErrorKind::InvalidPolicy, message).with_hint(message!("hint.same_tables"))
            };
            let theirs = engine.release().manifest().policy.as_ref();
            let rates = |policy: &Policy| (policy.threshold(), policy.base(), policy.decoy());
            let policy = meta.policy.as_ref();
            let (Some(policy), true) = (policy, theirs.map(rates) == policy.map(rates)) else {
                return Err(refuse(message!("previous.policy")));
            };
            let (intervals, codes) = translated(&old, published, policy).map_err(refuse)?;
            all.push(Self { engine, intervals, codes });
        }
        match &meta.reference_date {
            Some(now) if *now < date => {
                Err(Error::new(ErrorKind::InvalidPolicy, message!("previous.later", day = date, now = now.clone()))
                    .with_hint(message!("hint.all_previous")))
            }
            _ => Ok(all),
        }
    }

    /// Keeps what still fits. `decoys` are, for each table, the cells that decoys changed, as they were.
    ///
    /// Buckets decide, not counts: an interval of whole buckets holds a count where it holds its bucket.
    pub(super) fn keep(&self, published: &mut Published, policy: &Policy, decoys: &[Vec<Row>]) -> Result<Kept> {
        let mut new = CellIntervals::new(published, policy);
        let mut buckets = new.clone();
        for (table, rows) in published.tables.iter().zip(decoys) {
            let Some(at) = buckets.table(&table.codes) else { continue };
            for row in rows {
                buckets.set(at, row.codes, row.centre as usize, row.cell as usize, row.interval);
            }
        }
        let mut kept = Kept::default();
        for centre in 0..published.centres.len() {
            let is_counted = |&id: &usize| published.collects(centre, &new.tables[new.place(id).0].codes);
            let cells: Vec<usize> = new.cells_of_centre(centre).filter(is_counted).collect();
            let known = |&id: &usize| self.intervals.get(id).upper() != Some(u64::from(u32::MAX));
            let middle = |interval: Interval| interval.lower() + interval.upper().unwrap_or(0);
            let k = u64::from(policy.threshold());
            let typical = cells.iter().copied().filter(known).filter(|&id| self.intervals.get(id).lower() >= k);
            let mut growth: Vec<i64> =
                typical.map(|id| middle(buckets.get(id)).cast_signed() - middle(self.intervals.get(id)).cast_signed()).collect();
            growth.sort_unstable();
            // Twice the growth: the middles are sums of both bounds.
            let is_stale = growth.get(growth.len() / 2).is_some_and(|&twice| twice <= 2 * i64::from(policy.base()));
            if is_stale {
                let name = &published.centres[centre].name;
                if !cells.iter().all(known) {
                    return Err(Error::new(ErrorKind::InvalidPolicy, message!("previous.hardly_grown", centre = name))
                        .with_hint(message!("hint.keep_tables")));
                }
                kept.stale.push((name.clone(), self.as_of(name)));
            }
            for id in cells.into_iter().filter(known) {
                let old = self.intervals.get(id);
                if is_stale || old.hull(buckets.get(id)) == old {
                    kept.cells += 1;
                    new.put(id, self.intervals.bounds(id));
                }
            }
        }
        new.write(published);
        Ok(kept)
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        self.engine.release().id()
    }

    /// For auditing both together.
    pub(super) fn earlier(&self) -> Earlier {
        Earlier { intervals: self.intervals.clone(), codes: self.codes.clone() }
    }

    /// The day that a centre's counts in it refer to.
    fn as_of(&self, name: &str) -> String {
        let manifest = self.engine.release().manifest();
        let centre = manifest.centres.iter().find(|centre| centre.name == name).and_then(|centre| centre.as_of.clone());
        centre.or_else(|| manifest.reference_date.clone()).unwrap_or_default()
    }
}

/// What an older release says, in the numbers of a new one, and the codes that both have; else why the two cannot be audited together:
/// whatever the older one declares, the new one must declare, of the same groups.
fn translated(
    old: &Published,
    new: &Published,
    policy: &Policy,
) -> std::result::Result<(CellIntervals, BTreeSet<(usize, u32)>), Message> {
    let partitions = |published: &Published| -> Vec<(String, Vec<String>)> {
        let names = |d: usize| published.dimensions.get(d).dictionary.names().map(str::to_owned).collect();
        published.dimensions.partitions().map(|d| (published.dimensions.get(d).name.clone(), names(d))).collect()
    };
    if partitions(old) != partitions(new) {
        return Err(message!("previous.partitions"));
    }
    if let Some(zero) = old.structural_zeros.iter().find(|zero| !new.structural_zeros.contains(zero)) {
        let words: Vec<String> = zero.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        return Err(message!("previous.zero", zero = words.join(" and ")));
    }
    let mut codes = BTreeSet::new();
    for dimension in old.dimensions.all() {
        if let Some(d) = new.dimensions.id(&dimension.name) {
            codes.extend(common_codes(dimension, new.dimensions.get(d))?.into_iter().map(|code| (d, code)));
        }
    }
    let mut intervals = CellIntervals::unknown(new, policy);
    for table in &old.tables {
        translate(&mut intervals, old, table, new)?;
    }
    Ok((intervals, codes))
}

/// Adds what one table says.
fn translate(intervals: &mut CellIntervals, old: &Published, table: &Table, new: &Published) -> std::result::Result<(), Message> {
    let name = table.name(&old.dimensions);
    let dims: Option<Vec<usize>> = table.codes.iter().map(|&d| new.dimensions.id(&old.dimensions.get(d).name)).collect();
    // The numbers of dimensions ascend in both, but not in the same order.
    let mut sorted = dims.clone().unwrap_or_default();
    sorted.sort_unstable();
    let is_swapped = dims.as_ref() != Some(&sorted);
    let (Some(dims), Some(at)) = (dims, intervals.table(&sorted)) else {
        return Err(message!("previous.table", table = name));
    };
    if table.order != intervals.tables[at].layout.order() {
        return Err(message!("previous.order", table = name, order = table.order));
    }
    let renamed = |codes: [u32; 2]| {
        let mut to = [0; 2];
        for (i, (&d, &as_d)) in table.codes.iter().zip(&dims).enumerate() {
            let name = old.dimensions.get(d).dictionary.name(codes[i]);
            to[i] = new.dimensions.get(as_d).dictionary.id(name)?;
        }
        if table.codes.len() == 2 && (is_swapped || (dims[0] == dims[1] && to[0] > to[1])) {
            to.swap(0, 1);
        }
        intervals.tables[at].position(to).is_some().then_some(to)
    };
    let combinations: Vec<([u32; 2], Option<[u32; 2]>)> =
        table.combinations(&old.dimensions).into_iter().map(|codes| (codes, renamed(codes))).collect();
    let rows: Vec<(&Row, [u32; 2])> = table.rows.iter().filter_map(|row| Some((row, renamed(row.codes)?))).collect();
    let centres: Vec<Option<usize>> =
        old.centres.iter().map(|centre| new.centres.iter().position(|other| other.name == centre.name)).collect();
    for (codes, to) in combinations {
        for (c, in_new) in centres.iter().enumerate().filter(|&(c, _)| old.collects(c, &table.codes)) {
            let Some(in_new) = *in_new else { continue };
            let words = || {
                let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(codes).collect();
                message!("previous.cells", cells = old.name_cell(&codes, c, &[]))
            };
            let to = to.filter(|_| new.collects(in_new, &sorted)).ok_or_else(words)?;
            intervals.suppress(at, to, in_new);
        }
    }
    for (row, to) in rows {
        if let Some(c) = centres[row.centre as usize] {
            intervals.set(at, to, c, row.cell as usize, row.interval);
        }
    }
    Ok(())
}

/// The codes of a dimension that an older one has too, in the new one's numbers. They lie where they lay.
fn common_codes(old: &Dimension, new: &Dimension) -> std::result::Result<Vec<u32>, Message> {
    let parents = |dimension: &Dimension, id: u32| -> BTreeSet<String> {
        let names = dimension.dictionary.parents(id).iter().map(|&id| dimension.dictionary.name(id).to_owned());
        names.collect()
    };
    let mut common = Vec::new();
    for (id, code) in (0..).zip(old.dictionary.names()) {
        let Some(now) = new.dictionary.id(code) else { continue };
        if parents(old, id) != parents(new, now) {
            return Err(message!("previous.parents", code = code, dimension = old.name.clone()));
        }
        common.push(now);
    }
    Ok(common)
}
