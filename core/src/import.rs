//! Aggregates that somebody else protected and exported, as a release.
//!
//! A long table has a row for each cell: columns of dimensions, where a value such as the empty one means "all", and a count
//! or a lower and an upper bound. The spec says what the columns and the marks in them mean:
//!
//! ```toml
//! [release]
//! name = "ndb-questionnaire"
//! title = { en = "Check-up questionnaire", ja = "特定健診の質問票" }
//! protection = "MHLW, NDB Open Data"  # whose protection the table carries
//! reference_date = 2022-03-31         # optional, as are licence and sources
//! licence = "CC-BY-4.0"
//! sources = [{ title = "NDB Open Data", path = "https://example.org/ndb" }]
//!
//! [table]
//! path = "counts.csv"                 # or .tsv, .parquet; relative to the spec
//! count = "persons"                   # or lo = "lo" and hi = "hi"; an empty hi is no upper bound
//! total = ["", "total", "合計"]       # what means "all" in any dimension's column; [""] if left out
//! unlisted = "unknown"                # what a combination without a row means; or "zero", or [0, 9]
//! centre = "prefecture"               # rows over all centres are left out; or centre_name = "Japan" for one centre
//! centre_labels = { "北海道" = { en = "Hokkaido", ja = "北海道" } }
//! where = { question = "Q1" }         # optional: only rows with these texts
//! thousands = "."                     # optional: what groups digits; else a comma, a blank or an apostrophe are read
//! flags = ["b", "p"]                  # optional: signs beside numbers that change nothing; flag = "OBS_FLAG" is their column
//! rounded_to = 5                      # optional: counts are multiples of this, to the nearest (a 5 means 3 to 7),
//! rounding = "random"                 # or to either side by chance (1 to 9); rounded_to = 1: they are exact
//! not_total = ["T"]                   # optional: values, though they look like totals
//! [table.markers]                     # what stands in the count column and is no number
//! "<10" = [0, 9]
//! "*" = "unknown"                     # or "zero", a count, "at least 100"
//!
//! [[dimension]]
//! name = "sex"
//! kind = "partition"                  # everybody has exactly one value: totals must be sums
//! column = "sex"
//! label = { en = "Sex", ja = "性別" } # optional, as are all below
//! recode = { "男" = "M", "女" = "F" } # texts of the column to values (or to a total); so two dimensions can share a column
//! leave_out = ["0-19"]                # values whose rows are left out: bands that hold others
//! values = ["F", "M"]                 # all values in order, else those of the table as they appear
//! labels = { F = { en = "female", ja = "女性" } }
//! ordered = false
//! # role = "life_stage"
//!
//! [[dimension]]
//! name = "procedure"
//! kind = "codes"                      # people have any number; a row has at most two codes
//! column = "code"
//! dictionary = "codes.csv"            # code,parent,label_en,label_ja; else the codes of the table
//! ```
//!
//! With `rounded_to`, a combination or a marker that means zero is a count that was rounded to zero.
//!
//! `unlisted` speaks of the codes, the centres and the margins (lists of partitions crossed) that the table has rows of.

mod cell_table;
mod column;
mod consistency;
mod evidence;
mod labels;
mod parse_count;
mod read;
mod run;
mod search;
mod spec;
mod tables;
mod totals;

pub use run::{ImportSummary, import};
