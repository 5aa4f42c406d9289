//! Asks a release how many people match:
//!
//! ```text
//! cargo run --release --example ask -- examples/release "diagnosis = G40 and sex = female by centre"
//! ```
#![expect(clippy::print_stdout, reason = "it prints the answer")]

use ninzu::{Error, Release};

fn main() -> Result<(), Error> {
    let mut typed = std::env::args().skip(1);
    let folder = typed.next().unwrap_or_else(|| "examples/release".to_owned());
    let query = typed.next().unwrap_or_else(|| "diagnosis = G40".to_owned());

    let release = Release::open(folder)?;
    let question = release.query(&query)?;
    let answer = question.answer()?;
    println!("{}", answer.words.en);

    // Bounds are never left out: `None` above means that nothing bounds the count.
    for part in answer.by.iter().flatten() {
        println!("  {:?}: from {:?} to {:?}, {}", part.key, part.count.lower, part.count.upper, part.status.name());
    }

    // The same people, split by every value of every dimension.
    for facet in question.facets()? {
        println!("{}", facet.dimension);
        for value in facet.values {
            let records = value.combined.records;
            println!("  {}: from {} to {:?}", value.label.en, records.lower, records.upper);
        }
    }
    Ok(())
}
