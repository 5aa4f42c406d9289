//! Batches of people as Parquet rows, in order, without holding more than a few batches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, DictionaryArray, Int64Array, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use arrow::record_batch::RecordBatch;
use ninzu_engine::{Error, ErrorKind, Result};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::figures::SEXES;
use super::model::Model;
use super::person::{Batch, Codes, PersonColumns};
use super::tables::RecordTable;
use crate::catalogue::message;

/// Rows that readers take at once.
const ROW_GROUP: usize = 1 << 18;

/// The file of the persons.
const PERSONS: &str = "persons.parquet";

/// A batch's rows: persons, then the code tables.
#[derive(Debug)]
pub(super) struct Batches {
    people: u64,
    tables: [RecordBatch; 5],
}

impl Batches {
    pub(super) fn new(model: &Model, batch: Batch) -> Result<Self> {
        let centres: ArrayRef = Arc::new(StringArray::from_iter_values(model.centres.iter().map(|c| &c.name)));
        let [diagnoses, specimens, data, consent] = batch.codes;
        let codes = |table: RecordTable, rows: Codes| codes(model, &centres, table, rows);
        Ok(Self {
            people: batch.people,
            tables: [
                persons(&centres, batch.persons)?,
                codes(RecordTable::Diagnoses, diagnoses)?,
                codes(RecordTable::Specimens, specimens)?,
                codes(RecordTable::Data, data)?,
                codes(RecordTable::Consent, consent)?,
            ],
        })
    }

    /// Distinct people in it.
    pub(super) fn people(&self) -> u64 {
        self.people
    }
}

/// The open files, in the order of `Batches`.
pub(super) struct Writers {
    files: Vec<(&'static str, ArrowWriter<BufWriter<File>>, u64)>,
}

impl Writers {
    pub(super) fn create(folder: &Path) -> Result<Self> {
        let mut files = vec![(PERSONS, create(folder, PERSONS, persons_schema())?, 0)];
        for table in RecordTable::ALL {
            files.push((table.file(), create(folder, table.file(), codes_schema(table))?, 0));
        }
        Ok(Self { files })
    }

    /// Appends batches, in order.
    pub(super) fn write(&mut self, batches: &[Batches]) -> Result<()> {
        self.files.par_iter_mut().enumerate().try_for_each(|(i, (name, writer, rows))| {
            for batch in batches {
                let batch = &batch.tables[i];
                writer.write(batch).map_err(|e| io(Path::new(name), &e))?;
                *rows += batch.num_rows() as u64;
            }
            Ok(())
        })
    }

    /// Completes the files and tells how many rows each has.
    pub(super) fn finish(self) -> Result<BTreeMap<String, u64>> {
        let mut counted = BTreeMap::new();
        for (name, writer, rows) in self.files {
            writer.close().map_err(|e| io(Path::new(name), &e))?;
            counted.insert(name.to_owned(), rows);
        }
        Ok(counted)
    }
}

fn create(folder: &Path, name: &str, schema: SchemaRef) -> Result<ArrowWriter<BufWriter<File>>> {
    let path = folder.join(name);
    let file = File::create_new(&path).map_err(|e| io(&path, &e))?;
    // Consecutive numbers: differences are small, a dictionary would be large.
    let person = ColumnPath::from("person_id");
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_column_dictionary_enabled(person.clone(), false)
        .set_column_encoding(person, Encoding::DELTA_BINARY_PACKED)
        .build();
    // Without the Arrow schema, strings read as plain strings.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    ArrowWriter::try_new_with_options(BufWriter::new(file), schema, options).map_err(|e| io(&path, &e))
}

fn persons_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("person_id", DataType::Int64, false),
        Field::new("centre", strings(), false),
        Field::new("sex", strings(), true),
        Field::new("birth_date", DataType::Date32, false),
    ]))
}

fn codes_schema(table: RecordTable) -> SchemaRef {
    let mut fields = vec![
        Field::new("person_id", DataType::Int64, false),
        Field::new("centre", strings(), false),
        Field::new(table.column(), strings(), false),
    ];
    if table == RecordTable::Diagnoses {
        fields.push(Field::new("first_date", DataType::Date32, true));
    }
    Arc::new(Schema::new(fields))
}

fn strings() -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8))
}

fn persons(centres: &ArrayRef, rows: PersonColumns) -> Result<RecordBatch> {
    let sexes: ArrayRef = Arc::new(StringArray::from_iter_values(SEXES));
    batch(
        persons_schema(),
        vec![
            Arc::new(Int64Array::from(rows.person)),
            named(rows.centre.into(), centres)?,
            named(rows.sex.into(), &sexes)?,
            Arc::new(Date32Array::from(rows.birth)),
        ],
    )
}

fn codes(model: &Model, centres: &ArrayRef, table: RecordTable, rows: Codes) -> Result<RecordBatch> {
    let names = model.dictionaries[table as usize].names();
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(names));
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(Int64Array::from(rows.person)), named(rows.centre.into(), centres)?, named(rows.code.into(), &names)?];
    if table == RecordTable::Diagnoses {
        columns.push(Arc::new(Date32Array::from(rows.date)));
    }
    batch(codes_schema(table), columns)
}

fn named(ids: UInt32Array, names: &ArrayRef) -> Result<ArrayRef> {
    DictionaryArray::<UInt32Type>::try_new(ids, Arc::clone(names))
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|e| internal(&e))
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(schema, columns).map_err(|e| internal(&e))
}

fn internal(why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidSource, message!("synthetic.rows", reason = why.to_string()))
}

/// The error of a file.
pub(super) fn io(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Io, message!("synthetic.file", file = path.display().to_string(), reason = why.to_string()))
}
