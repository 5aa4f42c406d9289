//! The columns of a cells table, and what stands in them for "all" and for "no upper bound".

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::schema::types::{Type, TypePtr};

/// "All" in a partition column.
pub(crate) const ALL: u32 = u32::MAX;
/// "No upper bound" in the `hi` column.
pub(crate) const OPEN: u32 = u32::MAX;

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
