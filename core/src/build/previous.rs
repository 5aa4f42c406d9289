//! A release after another one: intervals that still fit are kept, and centres that hardly grew stay as they were.

use std::path::Path;

use ninzu_engine::model::Policy;
use ninzu_engine::{Engine, Error, ErrorKind, Interval, Message, Result, Trust};

use crate::catalogue::message;
use crate::disclosure::{CellIntervals, Earlier};
use crate::{Published, Row};

/// The release before this one, in this one's numbers.
pub(super) struct Previous {
    engine: Engine,
    /// What it said of each cell of the new release; anything, where it did not declare the cell.
    intervals: CellIntervals,
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
    /// Reads a release whose policy, partitions and margins are those of a new one.
    pub(super) fn read(folder: &Path, published: &Published, policy: &Policy) -> Result<Self> {
        let engine = crate::open_folder(folder, Trust::Audited)?;
        let old = Published::read(&engine, folder)?;
        let refuse = |why: Message| {
            let message = message!("previous.other", folder = folder.display().to_string(), why = why);
            Error::new(ErrorKind::InvalidPolicy, message).with_hint(message!("hint.without_previous"))
        };
        let theirs = engine.release().manifest().policy.as_ref();
        let rates = |policy: &Policy| (policy.threshold(), policy.base(), policy.decoy());
        if theirs.map(rates) != Some(rates(policy)) {
            return Err(refuse(message!("previous.policy")));
        }
        let partitions = |published: &Published| -> Vec<(String, Vec<String>)> {
            let names = |d: usize| published.dimensions.get(d).dictionary.codes().iter().map(|code| code.name.clone()).collect();
            published.dimensions.partitions().map(|d| (published.dimensions.get(d).name.clone(), names(d))).collect()
        };
        if partitions(&old) != partitions(published) {
            return Err(refuse(message!("previous.partitions")));
        }
        let mut intervals = CellIntervals::unknown(published, policy);
        for table in &old.tables {
            let dims =
                table.codes.iter().map(|&d| published.dimensions.id(&old.dimensions.get(d).name)).collect::<Option<Vec<usize>>>();
            let Some(at) = dims.as_deref().and_then(|dims| intervals.table(dims)) else { continue };
            if table.order != intervals.tables[at].layout.order() {
                let name = table.name(&old.dimensions);
                return Err(refuse(message!("previous.order", table = name, order = table.order)));
            }
            let rename = |codes: [u32; 2]| {
                let mut new = [0; 2];
                for (i, (&d, &to)) in table.codes.iter().zip(dims.iter().flatten()).enumerate() {
                    let name = &old.dimensions.get(d).dictionary.code(codes[i]).name;
                    new[i] = published.dimensions.get(to).dictionary.id(name)?;
                }
                if table.codes.len() == 2 && table.codes[0] == table.codes[1] {
                    new.sort_unstable();
                }
                Some(new)
            };
            let centre = |c: usize| published.centres.iter().position(|centre| centre.name == old.centres[c].name);
            for codes in table.combinations(&old.dimensions).into_iter().filter_map(rename) {
                for c in (0..old.centres.len()).filter(|&c| old.collects(c, &table.codes)).filter_map(centre) {
                    intervals.suppress(at, codes, c);
                }
            }
            for row in &table.rows {
                if let (Some(codes), Some(c)) = (rename(row.codes), centre(row.centre as usize)) {
                    intervals.set(at, codes, c, row.cell as usize, row.interval);
                }
            }
        }
        Ok(Self { engine, intervals })
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
            let cells: Vec<usize> = new.cells_of_centre(centre).collect();
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
        Earlier(self.intervals.clone())
    }

    /// The day that a centre's counts in it refer to.
    fn as_of(&self, name: &str) -> String {
        let manifest = self.engine.release().manifest();
        let centre = manifest.centres.iter().find(|centre| centre.name == name).and_then(|centre| centre.as_of.clone());
        centre.or_else(|| manifest.reference_date.clone()).unwrap_or_default()
    }
}
