//! What lies above what: cycles, the order from above to below, and the fewest parents that say the same.

/// Links between a code and one above it, written out, that one hierarchy may have.
const MOST_LINKS: usize = 50_000_000;

/// A hierarchy without a link that others imply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reduced {
    /// For each code, those directly above it, ascending.
    pub(super) parents: Vec<Vec<u32>>,
    /// For each code, all above it, ascending.
    pub(super) ancestors: Vec<Vec<u32>>,
}

/// Why a hierarchy cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Codes that lie under each other, the lower before the upper, ending where it began.
    Cycle(Vec<u32>),
    /// More links than can be kept.
    TooMany(usize),
}

/// The codes in an order in which each comes behind all above it.
pub(super) fn order(above: &[Vec<u32>]) -> Result<Vec<u32>, Refused> {
    let mut below = vec![Vec::new(); above.len()];
    let mut open: Vec<usize> = above.iter().map(Vec::len).collect();
    for (id, of) in (0..).zip(above) {
        for &upper in of {
            below[upper as usize].push(id);
        }
    }
    let mut order: Vec<u32> = (0..above.len() as u32).filter(|&id| open[id as usize] == 0).collect();
    let mut next = 0;
    while let Some(&id) = order.get(next) {
        next += 1;
        for &lower in &below[id as usize] {
            open[lower as usize] -= 1;
            if open[lower as usize] == 0 {
                order.push(lower);
            }
        }
    }
    let Some(start) = (0..above.len()).find(|&id| open[id] > 0) else { return Ok(order) };
    // Every code that is left has one above it that is left.
    let mut path = vec![start as u32];
    loop {
        let last = path[path.len() - 1] as usize;
        let Some(&upper) = above[last].iter().find(|&&upper| open[upper as usize] > 0) else { return Ok(order) };
        if let Some(from) = path.iter().position(|&id| id == upper) {
            path.drain(..from);
            path.push(upper);
            return Err(Refused::Cycle(path));
        }
        path.push(upper);
    }
}

/// The transitive reduction, and the closure, of what lies above what.
///
/// # Errors
/// `Cycle` and `TooMany`.
pub(super) fn reduce(above: &[Vec<u32>]) -> Result<Reduced, Refused> {
    reduce_within(above, MOST_LINKS)
}

fn reduce_within(above: &[Vec<u32>], most: usize) -> Result<Reduced, Refused> {
    let order = order(above)?;
    let mut rank = vec![0_u32; above.len()];
    for (position, &id) in (0..).zip(&order) {
        rank[id as usize] = position;
    }
    let mut reduced = Reduced { parents: vec![Vec::new(); above.len()], ancestors: vec![Vec::new(); above.len()] };
    // The code for which another was last found to lie above.
    let mut seen_for = vec![u32::MAX; above.len()];
    let mut links = 0;
    for &id in &order {
        let mut nearest = above[id as usize].clone();
        nearest.sort_unstable_by_key(|&upper| std::cmp::Reverse(rank[upper as usize]));
        let (mut parents, mut ancestors) = (Vec::new(), Vec::new());
        // What lies above another candidate comes behind it: by then it has been seen.
        for upper in nearest {
            if seen_for[upper as usize] == id {
                continue;
            }
            seen_for[upper as usize] = id;
            parents.push(upper);
            ancestors.push(upper);
            for &over in &reduced.ancestors[upper as usize] {
                if seen_for[over as usize] != id {
                    seen_for[over as usize] = id;
                    ancestors.push(over);
                }
            }
        }
        parents.sort_unstable();
        ancestors.sort_unstable();
        links += ancestors.len();
        if links > most {
            return Err(Refused::TooMany(most));
        }
        reduced.parents[id as usize] = parents;
        reduced.ancestors[id as usize] = ancestors;
    }
    Ok(reduced)
}

#[cfg(test)]
mod tests;
