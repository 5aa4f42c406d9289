//! The cells of every margin over up to `order` partition dimensions, numbered densely.

/// One marginal table: the partition dimensions that it crosses, as positions among the partitions, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margin {
    /// Positions among the partitions, ascending.
    pub dims: Vec<usize>,
    /// The number of its first cell.
    pub offset: usize,
    /// What one step in each of `dims` adds to a cell's number.
    strides: Vec<usize>,
}

/// Numbers the cells of all margins over up to `order` partitions: `0` is the grand total.
///
/// A partition with a single value is never crossed: each count is declared once.
///
/// # Examples
/// ```
/// use ninzu_engine::model::MarginLayout;
/// let layout = MarginLayout::new(&[3, 9], 2); // sex, life stage
/// assert_eq!(layout.len(), 1 + 3 + 9 + 27);
/// let cell = layout.index(&[Some(2), None]).unwrap();
/// assert_eq!(layout.values(cell), [Some(2), None]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginLayout {
    sizes: Vec<u32>,
    order: usize,
    margins: Vec<Margin>,
    len: usize,
}

impl MarginLayout {
    /// Margins over partitions of these sizes, by number of dimensions, then by position.
    pub fn new(sizes: &[u32], order: usize) -> Self {
        let crossed: Vec<usize> = (0..sizes.len()).filter(|&d| sizes[d] > 1).collect();
        let mut subsets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..order {
            let to = subsets.len();
            if from == to {
                break;
            }
            for s in from..to {
                let after = subsets[s].last().map_or(0, |&d| d + 1);
                for &d in crossed.iter().filter(|&&d| d >= after) {
                    let next: Vec<usize> = subsets[s].iter().copied().chain([d]).collect();
                    subsets.push(next);
                }
            }
            from = to;
        }
        let mut len = 0;
        let margins = subsets.into_iter().map(|dims| {
            let mut strides = vec![1; dims.len()];
            for i in (1..dims.len()).rev() {
                strides[i - 1] = strides[i] * sizes[dims[i]] as usize;
            }
            let offset = len;
            len += dims.iter().map(|&d| sizes[d] as usize).product::<usize>();
            Margin { dims, offset, strides }
        });
        let margins = margins.collect();
        Self { sizes: sizes.to_vec(), order, margins, len }
    }

    /// How many margins there would be, and cells of them, without setting them up.
    pub(crate) fn count(sizes: &[u32], order: usize) -> (u64, u64) {
        // For each number of crossed partitions, how many margins and how many cells: elementary symmetric sums.
        let crossed: Vec<u64> = sizes.iter().filter(|&&size| size > 1).map(|&size| u64::from(size)).collect();
        let order = order.min(crossed.len());
        let (mut margins, mut cells) = (vec![0_u64; order + 1], vec![0_u64; order + 1]);
        (margins[0], cells[0]) = (1, 1);
        for size in crossed {
            for n in (0..order).rev() {
                margins[n + 1] = margins[n + 1].saturating_add(margins[n]);
                cells[n + 1] = cells[n + 1].saturating_add(cells[n].saturating_mul(size));
            }
        }
        let sum = |of: Vec<u64>| of.into_iter().fold(0, u64::saturating_add);
        (sum(margins), sum(cells))
    }

    /// How many cells all margins have together.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no cell; there always is the grand total.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many dimensions a margin may cross.
    pub fn order(&self) -> usize {
        self.order
    }

    /// How many values each partition has.
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// The margins, the grand total first.
    pub fn margins(&self) -> &[Margin] {
        &self.margins
    }

    /// The margin over exactly these partitions (ascending; those with one value left out), if it is declared.
    pub fn margin(&self, dims: &[usize]) -> Option<&Margin> {
        let order = |m: &Margin| (m.dims.len(), &m.dims[..]).cmp(&(dims.len(), dims));
        self.margins.binary_search_by(order).ok().map(|at| &self.margins[at])
    }

    /// The number of the cell with these values, `None` meaning "all"; nothing if its margin is not declared.
    pub fn index(&self, values: &[Option<u32>]) -> Option<usize> {
        let dims: Vec<usize> = (0..values.len()).filter(|&d| values[d].is_some() && self.sizes[d] > 1).collect();
        Some(self.margin(&dims)?.cell(|d| values[d].unwrap_or(0)))
    }

    /// The values of a cell, `None` meaning "all".
    ///
    /// # Panics
    /// If `index` is not below `len()`.
    pub fn values(&self, index: usize) -> Vec<Option<u32>> {
        assert!(index < self.len, "cell {index} of {}", self.len);
        let at = self.margins.partition_point(|m| m.offset <= index) - 1;
        let margin = &self.margins[at];
        let mut values = vec![None; self.sizes.len()];
        let mut rest = index - margin.offset;
        for (&d, &stride) in margin.dims.iter().zip(&margin.strides) {
            values[d] = Some((rest / stride) as u32);
            rest %= stride;
        }
        values
    }
}

impl Margin {
    /// The number of this margin's cell for a person (or group) whose value of partition `d` is `value(d)`.
    pub fn cell(&self, value: impl Fn(usize) -> u32) -> usize {
        self.offset + self.dims.iter().zip(&self.strides).map(|(&d, &stride)| value(d) as usize * stride).sum::<usize>()
    }
}
