//! From the source's tables to persons with closed records.
//!
//! DataFusion reads and casts columns, finds the distinct codes and joins vocabularies; rows keep their numbers. Keys
//! become small numbers once, and the rest is sorting by them.

mod ages;
mod calendar;
mod columns;
mod csv;
mod deaths;
mod decode;
mod dictionary;
mod files;
mod functions;
mod hierarchy;
mod impossible;
mod ingest;
mod lines;
mod notes;
mod observed;
mod omop;
mod persons;
mod probe;
mod records;
mod row_account;
mod spelling;
mod table;
mod texts;
mod unread;
mod values;
mod vocabulary;

pub use ages::Age;
pub use calendar::{DateColumn, Peak};
pub use deaths::Deaths;
pub(super) use files::tables_in;
pub(super) use ingest::today;
pub use ingest::{IngestReport, ingest};
pub use notes::Note;
pub(crate) use notes::of_names;
pub(super) use probe::{Dates, Probe, omop_name, omop_person, omop_records, omop_table, omop_unread};
pub use row_account::{Class, Mended, Reason, RowAccount, percent};
pub(crate) use spelling::spellings;
pub use spelling::{Spelling, SpellingGroup};
pub(crate) use texts::{Texts, read_dictionary, suggestion};
pub use unread::UnreadColumns;
