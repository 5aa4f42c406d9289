//! Parquet's own writer is the oracle.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use proptest::prelude::*;

use super::{Input, Pages, decompress};
use crate::Result;
use crate::format::cells_schema;

const NULL: u32 = u32::MAX;

/// The columns of a cells table with one code and one partition; texts are the digits of their numbers.
#[derive(Debug, Clone, PartialEq)]
struct Columns {
    code: Vec<u32>,
    centre: Vec<u32>,
    sex: Vec<Option<u32>>,
    lo: Vec<u32>,
    hi: Vec<Option<u32>>,
}

fn columns() -> impl Strategy<Value = Columns> {
    let values = || prop_oneof![0..1_u32, 0..3_u32, 0..500_u32, 0..NULL];
    let row = (values(), values(), prop::option::of(values()), values(), prop::option::weighted(0.9, values()));
    prop::collection::vec(row, 1..700).prop_map(|rows| Columns {
        code: rows.iter().map(|row| row.0).collect(),
        centre: rows.iter().map(|row| row.1).collect(),
        sex: rows.iter().map(|row| row.2).collect(),
        lo: rows.iter().map(|row| row.3).collect(),
        hi: rows.iter().map(|row| row.4).collect(),
    })
}

/// Dictionaries or none, or ones that are soon too large; pages of all rows or of few.
fn properties() -> impl Strategy<Value = WriterPropertiesBuilder> {
    (any::<bool>(), prop_oneof![Just(1 << 20), 16..2_000_usize], prop_oneof![Just(1 << 20), 1..300_usize]).prop_map(
        |(dictionary, dictionary_size, rows)| {
            WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                .set_dictionary_enabled(dictionary)
                .set_dictionary_page_size_limit(dictionary_size)
                .set_data_page_row_count_limit(rows)
                .set_write_batch_size(64)
        },
    )
}

impl Columns {
    fn write(&self, properties: WriterPropertiesBuilder) -> Vec<u8> {
        let schema = cells_schema(&["code"], &["sex"]);
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let text = |value: &u32| ByteArray::from(value.to_string().into_bytes());
        let count = |value: &u32| value.cast_signed();
        let present = |values: &[Option<u32>]| values.iter().map(|value| i16::from(value.is_some())).collect::<Vec<_>>();
        write::<ByteArrayType>(&mut group, self.code.iter().map(text), None);
        write::<ByteArrayType>(&mut group, self.centre.iter().map(text), None);
        write::<ByteArrayType>(&mut group, self.sex.iter().flatten().map(text), Some(&present(&self.sex)));
        write::<Int32Type>(&mut group, self.lo.iter().map(count), None);
        write::<Int32Type>(&mut group, self.hi.iter().flatten().map(count), Some(&present(&self.hi)));
        let end: i64 = group.close().unwrap().columns().iter().map(ColumnChunkMetaData::compressed_size).sum();
        writer.finish().unwrap();
        // Before the row group are the four letters with which a file begins.
        writer.inner()[4..4 + end as usize].to_vec()
    }

    fn read(bytes: &[u8], rows: usize) -> Result<Self> {
        let text = |input: &mut Input<'_>| Ok(input.text()?.parse().unwrap_or(0));
        let count = |input: &mut Input<'_>| input.count();
        let optional = |column: Vec<u32>| column.into_iter().map(|value| Some(value).filter(|&value| value != NULL)).collect();
        let mut pages = Pages::new(bytes, rows);
        Ok(Self {
            code: pages.column(None, &text)?,
            centre: pages.column(None, &text)?,
            sex: optional(pages.column(Some(NULL), &text)?),
            lo: pages.column(None, &count)?,
            hi: optional(pages.column(Some(NULL), &count)?),
        })
    }
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = T::T>,
    present: Option<&[i16]>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(&values.collect::<Vec<_>>(), present, None).unwrap();
    column.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_parquet_writes_is_read(columns in columns(), properties in properties()) {
        prop_assert_eq!(Columns::read(&columns.write(properties), columns.lo.len()).unwrap(), columns);
    }

    #[test]
    fn what_is_cut_off_is_refused(columns in columns(), properties in properties(), keep in 0.0..1.0) {
        let bytes = columns.write(properties);
        let kept = &bytes[..(bytes.len() as f64 * keep) as usize];
        prop_assert!(Columns::read(kept, columns.lo.len()).is_err());
    }

    #[test]
    fn damage_never_panics(columns in columns(), properties in properties(), damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        let mut bytes = columns.write(properties);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(read) = Columns::read(&bytes, columns.lo.len()) {
            prop_assert_eq!(read.lo.len(), columns.lo.len());
        }
    }
}

#[test]
fn a_size_that_snappy_cannot_reach_takes_no_memory() {
    assert!(decompress(&[0; 8], 1 << 40).is_err());
}
