//! Counts as bars of text.

use ninzu::answer::MaybeCount;

/// A count as a bar: solid up to its lower bound, hatched up to its upper bound, a stroke at the estimate.
///
/// `most` is the count that fills the width. A bar without an upper bound ends in an arrow.
pub(crate) fn bar(count: &MaybeCount, most: u64, width: usize) -> String {
    let Some(lower) = count.lower else { return String::new() };
    let place = |value: f64| ((value / most.max(1) as f64 * width as f64).round() as usize).min(width);
    let solid = place(lower as f64);
    let end = count.upper.map_or(width, |upper| place(upper as f64));
    let mut bar: Vec<char> = (0..end).map(|at| if at < solid { '█' } else { '░' }).collect();
    if let Some(estimate) = count.estimate.filter(|_| count.upper != Some(0)) {
        let at = place(estimate).min(width - 1);
        bar.resize(bar.len().max(at + 1), ' ');
        bar[at] = '|';
    }
    if count.upper.is_none() {
        bar.push('→');
    }
    bar.into_iter().collect()
}
