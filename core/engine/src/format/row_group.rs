//! One row group of a table: verified bytes in, rows out. No footer is needed: the manifest says where it lies.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::schema::types::{Type, TypePtr};
use sha2::{Digest, Sha256};

use crate::index::Index;
use crate::pages::Pages;
use crate::{Dictionary, Error, ErrorKind, Interval, Result};

/// "All" in a partition column.
pub(crate) const ALL: u32 = u32::MAX;
/// "No upper bound" in the `hi` column.
pub(crate) const OPEN: u32 = u32::MAX;

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
    pub(crate) fn tuple(&self, row: usize) -> [u32; 2] {
        let mut tuple = [0; 2];
        for (slot, column) in tuple.iter_mut().zip(&self.codes) {
            *slot = column[row];
        }
        tuple
    }
}

/// What decoding must know of a table: its columns' names and dictionaries.
pub(crate) struct Shape<'a> {
    pub(crate) codes: Vec<(&'a str, &'a Dictionary)>,
    pub(crate) centres: &'a Dictionary,
    pub(crate) partitions: Vec<(&'a str, &'a Dictionary)>,
}

/// The Parquet schema of a cells table: codes (a second one of the same dimension is `<name>_2`), `centre`, partitions, `lo`, `hi`.
///
/// `lo` is never null; `hi` is null where nothing bounds the count; a partition is null where the row's margin does not cross it.
///
/// # Panics
/// Never: a flat schema of such columns is always valid.
pub fn cells_schema(codes: &[&str], partitions: &[&str]) -> TypePtr {
    let text = |name: &str, repetition| {
        Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_repetition(repetition)
            .with_logical_type(Some(LogicalType::String))
            .build()
    };
    let count = |name: &str, repetition| {
        Type::primitive_type_builder(name, Physical::INT32)
            .with_repetition(repetition)
            .with_logical_type(Some(LogicalType::integer(32, false)))
            .build()
    };
    let mut fields = Vec::new();
    for (i, &name) in codes.iter().enumerate() {
        let again = codes[..i].contains(&name);
        fields.push(text(&if again { format!("{name}_2") } else { name.to_owned() }, Repetition::REQUIRED));
    }
    fields.push(text("centre", Repetition::REQUIRED));
    fields.extend(partitions.iter().map(|name| text(name, Repetition::OPTIONAL)));
    fields.push(count("lo", Repetition::REQUIRED));
    fields.push(count("hi", Repetition::OPTIONAL));
    let fields = fields.into_iter().map(|f| Arc::new(f.expect("a flat field is a valid type"))).collect();
    Arc::new(Type::group_type_builder("cells").with_fields(fields).build().expect("a flat schema is a valid type"))
}

/// Lower-case hexadecimal SHA-256.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string succeeds");
        hex
    })
}

/// Decodes the bytes of a row group whose hash was verified.
pub(crate) fn decode(bytes: &[u8], rows: usize, shape: &Shape<'_>) -> Result<Chunk> {
    let mut pages = Pages::new(bytes, rows);
    let mut codes = Vec::new();
    for (_, dictionary) in &shape.codes {
        codes.push(names(&mut pages, dictionary, None)?);
    }
    let centre = names(&mut pages, shape.centres, None)?;
    let mut partitions = Vec::new();
    for (_, dictionary) in &shape.partitions {
        partitions.push(names(&mut pages, dictionary, Some(ALL))?);
    }
    let lo = pages.column(None, &|input| input.count())?;
    let hi = pages.column(Some(OPEN), &|input| input.count())?;
    if lo.iter().zip(&hi).any(|(lo, hi)| lo > hi) {
        return Err(Error::new(ErrorKind::InvalidRelease, "a cell has lo above hi"));
    }
    let index = Index::new(&codes, &centre, &partitions)?;
    Ok(Chunk { codes, centre, partitions, lo, hi, index })
}

/// The next column, its names resolved to ids.
fn names(pages: &mut Pages<'_>, dictionary: &Dictionary, null: Option<u32>) -> Result<Vec<u32>> {
    let missing = || Error::new(ErrorKind::InvalidRelease, "a cell names a value that no dictionary lists");
    pages.column(null, &|input| dictionary.id(input.text()?).ok_or_else(missing))
}
