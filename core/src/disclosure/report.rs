//! An audit as one page that needs nothing else: no script, no request, English and Japanese.
//!
//! It says totals only. Whatever it shows follows from the published files: nothing about repair or decoys of any row.

mod histogram;
mod html;
mod limits;
mod page;
mod sections;
mod subject;
#[cfg(test)]
mod tests;
mod violations;
mod widths;

pub use page::report;
