//! What sums, and groups inside groups, say of each cell: intervals that only become narrower, and lose no possible counts.

use ninzu_engine::Interval;

use super::lattice::{Cover, Lattice};

/// Two statements about one sum that exclude each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct SumClash {
    /// The place of the cover in the lattice.
    pub(super) cover: usize,
    /// The cell of the coarse margin, inside it.
    pub(super) cell: usize,
    /// What is known of it, and what its parts add up to.
    pub(super) total: Interval,
    pub(super) sum: Interval,
}

/// Sums of the parts of each cell of a coarse margin.
struct Sums {
    lower: Vec<u64>,
    /// Of the parts that have an upper end.
    upper: Vec<u64>,
    /// How many have none.
    open: Vec<u32>,
}

impl Sums {
    fn of(lattice: &Lattice, cover: &Cover, cells: &[Interval]) -> Self {
        let (coarse, fine) = (&lattice.margins[cover.coarse], &lattice.margins[cover.fine]);
        let mut sums = Self { lower: vec![0; coarse.len], upper: vec![0; coarse.len], open: vec![0; coarse.len] };
        for (part, &into) in cells[fine.offset..fine.offset + fine.len].iter().zip(&cover.into) {
            let into = into as usize;
            sums.lower[into] = sums.lower[into].saturating_add(part.lower());
            match part.upper() {
                Some(upper) => sums.upper[into] = sums.upper[into].saturating_add(upper),
                None => sums.open[into] += 1,
            }
        }
        sums
    }

    fn interval(&self, cell: usize) -> Interval {
        let least = Interval::at_least(self.lower[cell]);
        if self.open[cell] > 0 { least } else { least.intersect(Interval::exact(self.upper[cell]).or_less()).unwrap_or(least) }
    }

    /// What is left for one part, when the total is this.
    fn left_for(&self, part: Interval, cell: usize, total: Interval) -> Interval {
        let others_lower = self.lower[cell] - part.lower();
        let others_upper = match (part.upper(), self.open[cell]) {
            (Some(upper), 0) => Some(self.upper[cell] - upper),
            (None, 1) => Some(self.upper[cell]),
            _ => None,
        };
        let lower = others_upper.map_or(0, |others| total.lower().saturating_sub(others));
        match total.upper() {
            Some(upper) => Interval::new(lower, upper.saturating_sub(others_lower)).unwrap_or(Interval::at_least(lower)),
            None => Interval::at_least(lower),
        }
    }
}

/// Narrows every total to what its parts add up to, and every part to what its total leaves; whether anything changed.
pub(super) fn by_sums(lattice: &Lattice, cells: &mut [Interval]) -> Result<bool, SumClash> {
    let mut changed = false;
    for (number, cover) in lattice.covers.iter().enumerate() {
        let sums = Sums::of(lattice, cover, cells);
        let (coarse, fine) = (&lattice.margins[cover.coarse], &lattice.margins[cover.fine]);
        for cell in 0..coarse.len {
            let (total, sum) = (cells[coarse.offset + cell], sums.interval(cell));
            let both = total.intersect(sum).ok_or(SumClash { cover: number, cell, total, sum })?;
            changed |= both != total;
            cells[coarse.offset + cell] = both;
        }
        for (part, &into) in cover.into.iter().enumerate() {
            let total = cells[coarse.offset + into as usize];
            let part = &mut cells[fine.offset + part];
            let narrowed = part.intersect(sums.left_for(*part, into as usize, total)).unwrap_or(*part);
            changed |= narrowed != *part;
            *part = narrowed;
        }
    }
    Ok(changed)
}

/// Narrows the cells of a group and of one that holds it: the first cell where they exclude each other is the error.
pub(super) fn by_inclusion(inner: &mut [Interval], outer: &mut [Interval]) -> Result<bool, usize> {
    let mut changed = false;
    for (cell, (inner, outer)) in inner.iter_mut().zip(outer).enumerate() {
        let inside = inner.intersect(outer.or_less()).ok_or(cell)?;
        // Not empty: `outer` reaches up to where `inside` begins.
        let around = outer.intersect(Interval::at_least(inside.lower())).unwrap_or(*outer);
        changed |= inside != *inner || around != *outer;
        (*inner, *outer) = (inside, around);
    }
    Ok(changed)
}

/// Narrows people with both of two codes, those with either, and everybody: `a + b - both <= all`.
pub(super) fn by_pair(both: &mut Interval, [a, b, all]: [&mut Interval; 3]) -> Result<bool, ()> {
    let before = [*both, *a, *b, *all];
    if let Some(most) = all.upper() {
        let least = a.lower().saturating_add(b.lower()).saturating_sub(most);
        *both = both.intersect(Interval::at_least(least)).ok_or(())?;
    }
    let either = (*a - *both).lower().saturating_add(b.lower());
    *all = all.intersect(Interval::at_least(either)).ok_or(())?;
    if let (Some(all), Some(both)) = (all.upper(), both.upper()) {
        let room = all.saturating_add(both);
        *a = a.intersect(Interval::exact(room.saturating_sub(b.lower())).or_less()).ok_or(())?;
        *b = b.intersect(Interval::exact(room.saturating_sub(a.lower())).or_less()).ok_or(())?;
    }
    Ok(before != [*both, *a, *b, *all])
}

/// For each cover, how many counts have parts beside them, and of how many both the count and its parts have upper ends.
pub(super) fn count(lattice: &Lattice, cells: &[Interval]) -> Vec<(u64, u64)> {
    let mut filled = cells.to_vec();
    let mut counts = vec![(0, 0); lattice.covers.len()];
    // The finest first: what has no rows of its own is known from its parts.
    for (number, cover) in lattice.covers.iter().enumerate().rev() {
        let sums = Sums::of(lattice, cover, &filled);
        let coarse = &lattice.margins[cover.coarse];
        for cell in 0..coarse.len {
            let (total, sum) = (cells[coarse.offset + cell], sums.interval(cell));
            if total == Interval::ANY {
                let known = &mut filled[coarse.offset + cell];
                *known = known.intersect(sum).unwrap_or(*known);
            } else if sum != Interval::ANY {
                counts[number].0 += 1;
                counts[number].1 += u64::from(total.upper().is_some() && sum.upper().is_some());
            }
        }
    }
    counts
}
