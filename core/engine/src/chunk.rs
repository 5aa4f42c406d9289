//! One row group of a table: verified bytes in, rows out. No footer is needed: the manifest says where it lies.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Buf, Bytes};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::get_typed_column_reader;
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor, Type, TypePtr};
use sha2::{Digest, Sha256};

use crate::index::Index;
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
///
/// `parquet` panics at some malformed pages. Only a forged release with hashes of its own gets here with such bytes; where
/// panics unwind it is refused like any other.
pub(crate) fn decode(bytes: Bytes, rows: usize, shape: &Shape<'_>) -> Result<Chunk> {
    catch_unwind(AssertUnwindSafe(|| decode_pages(bytes, rows, shape)))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::InvalidRelease, "a row group cannot be decoded: its pages are malformed")))
}

fn decode_pages(bytes: Bytes, rows: usize, shape: &Shape<'_>) -> Result<Chunk> {
    let code_names: Vec<&str> = shape.codes.iter().map(|c| c.0).collect();
    let partition_names: Vec<&str> = shape.partitions.iter().map(|p| p.0).collect();
    let schema = SchemaDescriptor::new(cells_schema(&code_names, &partition_names));
    let mut columns = Columns { group: Arc::new(RowGroup { bytes, end: AtomicU64::new(0) }), rows, schema, next: 0 };
    let malformed = |e: ParquetError| Error::new(ErrorKind::InvalidRelease, format!("a row group cannot be decoded: {e}"));
    let mut codes = Vec::new();
    for (_, dictionary) in &shape.codes {
        codes.push(columns.names(dictionary).map_err(malformed)??);
    }
    let centre = columns.names(shape.centres).map_err(malformed)??;
    let mut partitions = Vec::new();
    for (_, dictionary) in &shape.partitions {
        partitions.push(columns.names(dictionary).map_err(malformed)??);
    }
    let lo = columns.counts().map_err(malformed)?;
    let hi = columns.counts().map_err(malformed)?;
    if lo.iter().zip(&hi).any(|(lo, hi)| lo > hi) {
        return Err(Error::new(ErrorKind::InvalidRelease, "a cell has lo above hi"));
    }
    let sizes: Vec<usize> = shape.partitions.iter().map(|p| p.1.len()).collect();
    let index = Index::new(&codes, &centre, &partitions, &sizes)?;
    Ok(Chunk { codes, centre, partitions, lo, hi, index })
}

/// The values of a column, and for each row whether it has one (where some may not).
type Values<T> = (Vec<T>, Option<Vec<i16>>);

/// Reads the columns of a row group one after the other: a column begins where the last page of the one before ended.
struct Columns {
    group: Arc<RowGroup>,
    rows: usize,
    schema: SchemaDescriptor,
    next: usize,
}

impl Columns {
    fn reader(&mut self) -> parquet::errors::Result<(ColumnDescPtr, ColumnReader)> {
        let column = self.schema.column(self.next);
        self.next += 1;
        let start = self.group.end.load(Ordering::Relaxed);
        let rest = (self.group.bytes.len() as u64).saturating_sub(start);
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(Compression::SNAPPY)
            .set_data_page_offset(i64::try_from(start).unwrap_or(i64::MAX))
            .set_total_compressed_size(i64::try_from(rest).unwrap_or(i64::MAX))
            .set_num_values(i64::try_from(self.rows).unwrap_or(i64::MAX))
            .build()?;
        let pages = SerializedPageReader::new(Arc::clone(&self.group), &metadata, self.rows, None)?;
        Ok((column.clone(), get_column_reader(column, Box::new(pages))))
    }

    /// The values present in the next column, and for each row whether it has one.
    fn values<T: DataType>(&mut self) -> parquet::errors::Result<Values<T::T>> {
        let (column, reader) = self.reader()?;
        let mut reader = get_typed_column_reader::<T>(reader);
        let (mut values, mut present) = (Vec::with_capacity(self.rows), Vec::new());
        let optional = column.max_def_level() > 0;
        let mut read = 0;
        while read < self.rows {
            let (records, _, _) = reader.read_records(self.rows - read, optional.then_some(&mut present), None, &mut values)?;
            if records == 0 {
                return Err(ParquetError::EOF(format!("column {} ends early", column.name())));
            }
            read += records;
        }
        let complete = if optional { present.len() == self.rows } else { values.len() == self.rows };
        if !complete {
            return Err(ParquetError::General(format!("column {} has another number of rows", column.name())));
        }
        Ok((values, optional.then_some(present)))
    }

    /// The next column, names resolved to ids; null is `ALL`.
    fn names(&mut self, dictionary: &Dictionary) -> parquet::errors::Result<Result<Vec<u32>>> {
        let (values, present) = self.values::<ByteArrayType>()?;
        // Neighbouring rows mostly share a value, and share the dictionary page's bytes.
        let mut last: Option<(ByteArray, u32)> = None;
        let mut ids = Vec::with_capacity(values.len());
        for value in values {
            let id = match &last {
                Some((seen, id)) if *seen == value => *id,
                _ => match value.as_utf8().ok().and_then(|name| dictionary.id(name)) {
                    Some(id) => id,
                    None => {
                        return Ok(Err(Error::new(ErrorKind::InvalidRelease, "a cell names a value that no dictionary lists")));
                    }
                },
            };
            last = Some((value, id));
            ids.push(id);
        }
        Ok(Ok(spread(ids, present, ALL)))
    }

    /// The next column of counts; null is `OPEN`.
    fn counts(&mut self) -> parquet::errors::Result<Vec<u32>> {
        let (values, present) = self.values::<Int32Type>()?;
        Ok(spread(values.into_iter().map(i32::cast_unsigned).collect(), present, OPEN))
    }
}

/// Puts `null` where a value is absent.
fn spread(values: Vec<u32>, present: Option<Vec<i16>>, null: u32) -> Vec<u32> {
    let Some(present) = present else { return values };
    let mut values = values.into_iter();
    present.into_iter().map(|level| if level > 0 { values.next().unwrap_or(null) } else { null }).collect()
}

/// A row group in memory, remembering where the last page that was read ended.
struct RowGroup {
    bytes: Bytes,
    end: AtomicU64,
}

impl RowGroup {
    fn rest(&self, start: u64) -> parquet::errors::Result<Bytes> {
        let start = usize::try_from(start).ok().filter(|&s| s <= self.bytes.len());
        start.map(|s| self.bytes.slice(s..)).ok_or_else(|| ParquetError::EOF("a page begins behind its row group".into()))
    }
}

impl Length for RowGroup {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

impl ChunkReader for RowGroup {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(self.rest(start)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let rest = self.rest(start)?;
        if length > rest.len() {
            return Err(ParquetError::EOF("a page ends behind its row group".into()));
        }
        self.end.store(start + length as u64, Ordering::Relaxed);
        Ok(rest.slice(..length))
    }
}
