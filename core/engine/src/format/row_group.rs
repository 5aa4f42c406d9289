//! One row group of a table: verified bytes in, rows out. No footer is needed: the manifest says where it lies.

use super::parquet_pages::Pages;
use super::row_index::Index;
use super::schema::{ALL, OPEN};
use crate::message::message;
use crate::model::Dictionary;
use crate::{Error, ErrorKind, Interval, Result};

/// The rows of one chunk, column by column, with their index.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// One column for each codes dimension of the table.
    pub(crate) codes: Vec<Vec<u32>>,
    /// The centre of each row.
    pub(crate) centre: Vec<u32>,
    /// One column for each partition; `ALL` where the row's margin does not cross it.
    pub(crate) partitions: Vec<Vec<u32>>,
    lo: Vec<u32>,
    hi: Vec<u32>,
    /// Values to rows.
    pub(crate) index: Index,
}

impl Chunk {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.lo.len()
    }

    /// The published interval of a row.
    pub(crate) fn interval(&self, row: usize) -> Interval {
        let (lo, hi) = (u64::from(self.lo[row]), self.hi[row]);
        if hi == OPEN { Interval::at_least(lo) } else { Interval::exact(lo).hull(Interval::exact(u64::from(hi))) }
    }

    /// The codes of a row.
    pub(crate) fn combination(&self, row: usize) -> [u32; 2] {
        let mut combination = [0; 2];
        for (slot, column) in combination.iter_mut().zip(&self.codes) {
            *slot = column[row];
        }
        combination
    }
}

/// What decoding must know of a table: its columns' names and dictionaries.
pub(crate) struct GroupColumns<'a> {
    pub(crate) codes: Vec<(&'a str, &'a Dictionary)>,
    pub(crate) centres: &'a Dictionary,
    pub(crate) partitions: Vec<(&'a str, &'a Dictionary)>,
}

/// Decodes the bytes of a row group whose hash was verified.
pub(crate) fn decode(bytes: &[u8], rows: usize, columns: &GroupColumns<'_>) -> Result<Chunk> {
    let mut pages = Pages::new(bytes, rows);
    let mut codes = Vec::new();
    for (_, dictionary) in &columns.codes {
        codes.push(names(&mut pages, dictionary, None)?);
    }
    let centre = names(&mut pages, columns.centres, None)?;
    let mut partitions = Vec::new();
    for (_, dictionary) in &columns.partitions {
        partitions.push(names(&mut pages, dictionary, Some(ALL))?);
    }
    let lo = pages.column(None, &|input| input.count())?;
    let hi = pages.column(Some(OPEN), &|input| input.count())?;
    if lo.iter().zip(&hi).any(|(lo, hi)| lo > hi) {
        return Err(Error::new(ErrorKind::InvalidRelease, message!("release.lo_above_hi")));
    }
    let index = Index::new(&codes, &centre, &partitions)?;
    Ok(Chunk { codes, centre, partitions, lo, hi, index })
}

/// The next column, its names resolved to ids.
fn names(pages: &mut Pages<'_>, dictionary: &Dictionary, null: Option<u32>) -> Result<Vec<u32>> {
    let missing = || Error::new(ErrorKind::InvalidRelease, message!("release.value_unlisted"));
    pages.column(null, &|input| dictionary.id(input.text()?).ok_or_else(missing))
}
