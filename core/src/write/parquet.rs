//! One cells table as Parquet bytes, and where its row groups lie.

use std::sync::Arc;

use ninzu_engine::format::manifest::{ChunkInfo, FORMAT, FooterInfo};
use ninzu_engine::format::{cells_schema, sha256_hex};
use ninzu_engine::model::MarginLayout;
use ninzu_engine::{Error, ErrorKind, Result};
use parquet::basic::{Compression, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use rayon::prelude::*;

use crate::catalogue::message;
use crate::{Published, Row, Table};

/// Where a table's names come from.
pub(super) struct TableNames<'a> {
    pub(super) published: &'a Published,
    /// Dimension ids of the partitions.
    pub(super) partitions: &'a [usize],
}

/// A cells table, ready to be stored.
pub(super) struct CellsFile {
    /// Dimension ids of its codes columns.
    pub(super) dims: Vec<usize>,
    pub(super) bytes: Vec<u8>,
    pub(super) chunks: Vec<ChunkInfo>,
    pub(super) footer: FooterInfo,
}

const MIN_GROUP: usize = 2_048;
const MAX_GROUP: usize = 65_536;

impl CellsFile {
    /// Sorts the rows (by codes, centre, partition values, "all" first) and encodes them.
    pub(super) fn new(table: &Table, mirror: bool, layout: &MarginLayout, names: &TableNames<'_>) -> Result<Self> {
        let swapped = |row: &Row| Row { codes: [row.codes[1], row.codes[0]], ..*row };
        let mut dims = table.codes.clone();
        let mut rows: Vec<Row> = if mirror {
            dims.reverse();
            table.rows.iter().map(swapped).collect()
        } else {
            table.rows.clone()
        };
        if dims.len() == 2 && dims[0] == dims[1] {
            rows.extend(table.rows.iter().map(swapped));
        }
        let values: Vec<Vec<Option<u32>>> = (0..layout.len()).map(|cell| layout.values(cell)).collect();
        let mut by_values: Vec<u32> = (0..layout.len() as u32).collect();
        by_values.sort_by(|&a, &b| values[a as usize].cmp(&values[b as usize]));
        let mut rank = vec![0_u32; layout.len()];
        for (place, &cell) in by_values.iter().enumerate() {
            rank[cell as usize] = place as u32;
        }
        rows.par_sort_unstable_by_key(|row| (row.codes, row.centre, rank[row.cell as usize]));

        let encoder = Encoder { dims: &dims, values: &values, names };
        let failed = |e: ParquetError| Error::new(ErrorKind::Io, message!("write.table", reason = e.to_string())).caused_by(e);
        let (bytes, chunks) = encoder.encode(&rows).map_err(failed)?;
        let start = chunks.last().map_or(0, |c| c.offset + c.length);
        let tail = &bytes[start as usize..];
        let footer = FooterInfo { offset: start, length: tail.len() as u64, sha256: sha256_hex(tail) };
        Ok(Self { dims, bytes, chunks, footer })
    }
}

struct Encoder<'a> {
    dims: &'a [usize],
    values: &'a [Vec<Option<u32>>],
    names: &'a TableNames<'a>,
}

impl Encoder<'_> {
    fn encode(&self, rows: &[Row]) -> parquet::errors::Result<(Vec<u8>, Vec<ChunkInfo>)> {
        let dimensions = &self.names.published.dimensions;
        let name = |&d: &usize| dimensions.get(d).name.as_str();
        let code_names: Vec<&str> = self.dims.iter().map(name).collect();
        let partition_names: Vec<&str> = self.names.partitions.iter().map(name).collect();
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_created_by(format!("Ninzu, release format {FORMAT}"))
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_data_page_row_count_limit(MAX_GROUP)
            .build();
        let mut writer =
            SerializedFileWriter::new(Vec::new(), cells_schema(&code_names, &partition_names), Arc::new(properties))?;
        let mut firsts = Vec::new();
        for group in rows.chunks((rows.len() / 256).clamp(MIN_GROUP, MAX_GROUP)) {
            let mut row_group = writer.next_row_group()?;
            self.encode_group(group, &mut row_group)?;
            let metadata = row_group.close()?;
            let ends = metadata.columns().iter().map(ColumnChunkMetaData::byte_range);
            let (start, end) = ends.fold((u64::MAX, 0), |(start, end), (from, length)| (start.min(from), end.max(from + length)));
            let first = self.dims.iter().zip(group[0].codes).map(|(&d, code)| dimensions.get(d).dictionary.name(code).to_owned());
            firsts.push((start..end, group.len() as u32, first.collect()));
        }
        writer.finish()?;
        let bytes = std::mem::take(writer.inner_mut());
        let chunk = |(range, rows, first): (std::ops::Range<u64>, u32, Vec<String>)| ChunkInfo {
            offset: range.start,
            length: range.end - range.start,
            rows,
            sha256: sha256_hex(&bytes[range.start as usize..range.end as usize]),
            first,
        };
        let chunks = firsts.into_iter().map(chunk).collect();
        Ok((bytes, chunks))
    }

    fn encode_group(&self, rows: &[Row], group: &mut SerializedRowGroupWriter<'_, Vec<u8>>) -> parquet::errors::Result<()> {
        let dimensions = &self.names.published.dimensions;
        for (i, &d) in self.dims.iter().enumerate() {
            let names = byte_arrays(dimensions.get(d).dictionary.names());
            let column: Vec<ByteArray> = rows.iter().map(|row| names[row.codes[i] as usize].clone()).collect();
            write_column::<ByteArrayType>(group, &column, None)?;
        }
        let centres = byte_arrays(self.names.published.centres.iter().map(|c| c.name.as_str()));
        let column: Vec<ByteArray> = rows.iter().map(|row| centres[row.centre as usize].clone()).collect();
        write_column::<ByteArrayType>(group, &column, None)?;
        for (p, &d) in self.names.partitions.iter().enumerate() {
            let names = byte_arrays(dimensions.get(d).dictionary.names());
            let column = || rows.iter().map(|row| self.values[row.cell as usize][p]);
            let present: Vec<i16> = column().map(|value| i16::from(value.is_some())).collect();
            let values: Vec<ByteArray> = column().flatten().map(|value| names[value as usize].clone()).collect();
            write_column::<ByteArrayType>(group, &values, Some(&present))?;
        }
        let lower: Vec<i32> = rows.iter().map(|row| signed(row.interval.lower())).collect();
        write_column::<Int32Type>(group, &lower, None)?;
        let upper = || rows.iter().map(|row| row.interval.upper().filter(|&hi| hi < u64::from(u32::MAX)));
        let present: Vec<i16> = upper().map(|hi| i16::from(hi.is_some())).collect();
        let values: Vec<i32> = upper().flatten().map(signed).collect();
        write_column::<Int32Type>(group, &values, Some(&present))
    }
}

/// A count in the bits of an unsigned 32-bit column; a lower end beyond it stops there, which only widens.
fn signed(count: u64) -> i32 {
    u32::try_from(count).unwrap_or(u32::MAX - 1).cast_signed()
}

fn byte_arrays<'a>(names: impl Iterator<Item = &'a str>) -> Vec<ByteArray> {
    names.map(|name| ByteArray::from(name.as_bytes().to_vec())).collect()
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    present: Option<&[i16]>,
) -> parquet::errors::Result<()> {
    debug_assert!(matches!(T::get_physical_type(), Physical::BYTE_ARRAY | Physical::INT32));
    let mut column =
        group.next_column()?.ok_or_else(|| ParquetError::General("the schema has fewer columns than the table".into()))?;
    column.typed::<T>().write_batch(values, present, None)?;
    column.close()
}
