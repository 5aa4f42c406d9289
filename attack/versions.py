"""Two versions of one release under one attack: nobody has left between them."""

import numpy

from folder import Refused


def same_cells(old, new):
    """The old release, if it declares the same cells under the same threshold."""
    alike = (
        old.k == new.k
        and old.centres == new.centres
        and old.collects == new.collects
        and old.orders == new.orders
        and old.zeros == new.zeros
        and all(old.dimensions[n].parents == d.parents for n, d in new.dimensions.items())
    )
    if not alike:
        raise Refused("the previous release declares other cells, or has another threshold: there is no joint program")
    return old


class Both:
    """A block at two times: old counts, and the growth of each, which is not negative. New counts are their sum."""

    def __init__(self, shape, old):
        self.shape, self.old = shape, old
        count = len(shape.cells)
        cells, ties = shape.matrix[:count], shape.matrix[count:]
        before, after = numpy.hstack([cells, 0 * cells]), numpy.hstack([cells, cells])
        tied = [numpy.hstack([ties, 0 * ties]), numpy.hstack([ties, ties])]
        self.matrix = numpy.vstack([before, after, *tied])
        self.cells = [(time, *cell) for time in ("old", "new") for cell in shape.cells]
        self.sizes = numpy.tile(shape.sizes, 2)
        self.is_base = numpy.tile(shape.is_base, 2)
        self.covers = numpy.vstack([shape.covers, shape.covers + count])
        self.differ = numpy.tile(shape.differ, 2)
        self.nested = numpy.tile(shape.nested, 2)

    def bounds(self, centre):
        """Old rows, new rows, ties of both."""
        count = len(self.shape.cells)
        new_lo, new_hi = self.shape.bounds(centre)
        old_lo, old_hi = self.shape.bounds(centre, self.old)
        lo = numpy.concatenate([old_lo[:count], new_lo[:count], old_lo[count:], new_lo[count:]])
        hi = numpy.concatenate([old_hi[:count], new_hi[:count], old_hi[count:], new_hi[count:]])
        return lo, hi

    def cell_words(self, row):
        time, codes, cell = self.cells[row]
        return f"{time} {self.old.cell_words(codes, cell)}"

    def row_words(self, centre, row):
        """A row in words, with its version."""
        if row >= len(self.cells):
            return "a child lies inside its parent, and a parent inside its children"
        time, codes, cell = self.cells[row]
        release = self.old if time == "old" else self.shape.release
        return f"{time} {release.row_words(centre, codes, cell)}"
