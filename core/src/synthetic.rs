//! Synthetic people of six centres, to try everything out on: nobody in them exists.

mod figures;
mod generate;
mod model;
mod person;
mod tables;
#[cfg(test)]
mod tests;
mod write;

pub use generate::{GenerateOptions, GenerateSummary, generate};
