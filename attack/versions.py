"""Several versions of one release under one attack: nobody has left between them."""

import numpy

from folder import Refused


def comparable(old, new):
    """An older version that speaks of the same groups: other plans, other dictionaries and another order of rows are allowed.

    What it has to share are the threshold, the centres and the values of the partitions. A code counts in both only where it has
    the same codes above it; see `Joined`.
    """
    values = [[(d.name, tuple(d.names)) for d in release.partitions] for release in (old, new)]
    if old.k != new.k or values[0] != values[1] or set(old.centres) != set(new.centres):
        raise Refused("the previous release has another threshold, other centres or other partitions: there is no joint program")
    return old


def speaks_of(old, new, subproblem):
    """Whether an older version has a subproblem's codes, with the same codes above and onsets, and the centre collects them.

    A parent may have got more children since: before, it was filled by those that it had.
    """
    for dimension, name in subproblem.codes:
        before, now = old.dimensions.get(dimension), new.dimensions[dimension]
        if before is None or before.kind != now.kind:
            return False
        is_new_child = subproblem.parent not in (None, (dimension, name)) and name not in before.ids
        if not is_new_child and (name not in before.ids or before.within[name] != now.within[name]):
            return False
    if subproblem.parent:
        dimension, name = subproblem.parent
        if not {(dimension, child) for child in old.dimensions[dimension].plain_children(name)} <= set(subproblem.codes):
            return False
    return old.collecting(subproblem.centre, subproblem.codes) and old.zeros == new.zeros


class Joined:
    """A subproblem at several times, oldest first: the first counts, and the growth of each later time, which is not negative."""

    def __init__(self, systems):
        self.systems = systems
        times = len(systems)
        names = ["old", "new"] if times == 2 else [*(f"version {i + 1}" for i in range(times - 1)), "new"]
        self.cells, cells, ties, self.rows = [], [], [], []
        sizes, bases, covers, differ, nested = [], [], [], [], []
        for time, (name, system) in enumerate(zip(names, systems)):
            count = len(system.cells)
            # A time's counts are the first ones and all growth up to it.
            reach = [1.0] * (time + 1) + [0.0] * (times - time - 1)
            cells.append(numpy.hstack([weight * system.matrix[:count] for weight in reach]))
            ties.append(numpy.hstack([weight * system.matrix[count:] for weight in reach]))
            covers.append(system.covers + len(self.cells))
            self.cells += [(name, *cell) for cell in system.cells]
            self.rows += [(name, system.release, cell) for cell in system.cells]
            sizes.append(system.sizes)
            bases.append(system.is_base)
            differ.append(system.differ)
            nested.append(system.nested)
        self.matrix = numpy.vstack([*cells, *ties])
        self.sizes, self.is_base = numpy.concatenate(sizes), numpy.concatenate(bases)
        self.covers, self.differ, self.nested = numpy.vstack(covers), numpy.concatenate(differ), numpy.concatenate(nested)

    def bounds(self, centre):
        """Rows of each time, oldest first, then the ties of each."""
        every = [(len(system.cells), *system.bounds(centre)) for system in self.systems]
        lo = [lower[:count] for count, lower, _ in every] + [lower[count:] for count, lower, _ in every]
        hi = [upper[:count] for count, _, upper in every] + [upper[count:] for count, _, upper in every]
        return numpy.concatenate(lo), numpy.concatenate(hi)

    def cell_words(self, row):
        name, release, cell = self.rows[row]
        return f"{name} {release.cell_words(*cell)}"

    def row_words(self, centre, row):
        """A row in words, with its version."""
        if row >= len(self.cells):
            return "a child lies inside its parent, and a parent inside its children"
        name, release, cell = self.rows[row]
        return f"{name} {release.row_words(centre, *cell)}"
