//! Codes without a dictionary in the spec: that such a code is named says that `k` people have it somewhere, so only those are named
//! whose published totals say it too. Where one loses its name for that, the release no longer says that all others are rare.

use std::collections::BTreeSet;

use ninzu_engine::Result;
use ninzu_engine::model::{Dimension, Dimensions, Kind, Listed};

use crate::Published;
use crate::source::Naming;

/// Takes out the codes that rows name, but for those with a total of at least `k` at some centre and what these lie in; how the rest
/// is numbered now. Nothing if none is taken out.
pub(super) fn without_unproved_codes(published: &Published, threshold: u32) -> Result<Option<(Published, Naming)>> {
    let dimensions = &published.dimensions;
    let is_named_by_rows =
        |d: usize| dimensions.get(d).kind == Kind::Codes && dimensions.get(d).dictionary.listed() == Some(Listed::Rows);
    let of_dimension = |d: usize| -> BTreeSet<u32> {
        let dictionary = &dimensions.get(d).dictionary;
        if !is_named_by_rows(d) {
            return (0..dictionary.len() as u32).collect();
        }
        let totals = published.tables.iter().filter(|table| table.codes == [d]).flat_map(|table| &table.rows);
        let reached = totals.filter(|row| row.cell == 0 && row.interval.lower() >= u64::from(threshold)).map(|row| row.codes[0]);
        let mut kept: BTreeSet<u32> = reached.chain(dictionary.root()).collect();
        let above: Vec<u32> = kept.iter().flat_map(|&code| dictionary.ancestors(code)).copied().collect();
        kept.extend(above);
        kept
    };
    let kept: Vec<BTreeSet<u32>> = (0..dimensions.all().len()).map(of_dimension).collect();
    if kept.iter().enumerate().all(|(d, kept)| kept.len() == dimensions.get(d).dictionary.len()) {
        return Ok(None);
    }
    let naming = Naming::of(dimensions, &kept);
    let tables = published.tables.iter().cloned().map(|table| naming.table(table));
    let renamed = Published { dimensions: naming.dimensions(dimensions)?, tables: tables.collect(), ..published.clone() };
    Ok(Some((renamed, naming)))
}

/// The same dimensions, without the claim that codes are rare that these do not name.
pub(super) fn without_claim(dimensions: &Dimensions, of: &BTreeSet<usize>) -> Result<Dimensions> {
    let without = |(d, dimension): (usize, &Dimension)| {
        let listed = if of.contains(&d) { None } else { dimension.dictionary.listed() };
        Dimension { dictionary: dimension.dictionary.clone().listed_by(listed), ..dimension.clone() }
    };
    Dimensions::new(dimensions.all().iter().enumerate().map(without).collect())
}
