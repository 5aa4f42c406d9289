"""The system of a subproblem: its variables, the cells that sum them, and which cells cover which."""

import numpy

MOST_PATTERNS = 4096


def in_any_steps(pairs):
    """All pairs that chains of these pairs lead over, each once."""
    above = {}
    for p, c in pairs:
        above.setdefault(c, set()).add(p)
    reached = {}

    def reach(c):
        if c not in reached:
            reached[c] = above.get(c, set()).union(*(reach(p) for p in above.get(c, ())))
        return reached[c]

    return [(p, c) for c in sorted(above) for p in sorted(reach(c))]


class TooLarge(Exception):
    """A subproblem with more patterns than the caller allows."""


class System:
    """Strata times patterns of codes. Row i of `matrix` sums the variables of the cell `cells[i]` = (codes, cell).

    Rows after the cells' are ties between variables that must be at least 0. `covers` lists (p, c), rows with p any number of
    steps above c, where somebody can be in p and not in c; `nested` says of each that c sums a part of p's variables.
    """

    def __init__(self, release, combinations, vectors, possible, ties=(), weights=None):
        self.release = release
        stratum, pattern = numpy.nonzero(possible)
        margins = release.margins
        rows, self.cells = [], []
        self.places = {}
        for codes, vector in zip(combinations, vectors):
            held = vector[pattern]
            for cell in numpy.nonzero(release.declared(codes))[0]:
                self.places[codes, int(cell)] = len(self.cells)
                self.cells.append((codes, int(cell)))
                rows.append(margins.matrix[cell][stratum] * held)
        tied = []
        for vector in ties:
            for s in range(len(margins.strata)):
                row = (stratum == s) * vector[pattern]
                if row.any():
                    tied.append(row)
        width = len(stratum)
        self.matrix = numpy.array(rows + tied, dtype=float).reshape(len(rows) + len(tied), width)
        self.weights = numpy.ones(width) if weights is None else weights[pattern]
        self.sizes = self.matrix[: len(self.cells)] @ self.weights
        self.is_base = numpy.array([not codes for codes, _ in self.cells])
        self.combinations = list(combinations)
        self._cover(combinations)

    def _cover(self, combinations):
        """Finds the covering pairs of rows."""
        pairs = []
        known = set(combinations)
        above = {codes: self._codes_above(codes) & known for codes in combinations}
        for codes in combinations:
            count = self.release.margins.count(self.release.orders[codes])
            pairs += [((codes, p), (codes, c)) for p, c in self.release.margins.covers if c < count]
            pairs += [((upper, c), (codes, c)) for upper in sorted(above[codes]) for c in range(count)]
        rows = in_any_steps([(self.places[p], self.places[c]) for p, c in pairs if p in self.places and c in self.places])
        self.covers = numpy.array(rows, dtype=int).reshape(len(rows), 2)
        p, c = self.covers.T
        self.differ = (self.sizes[p] - self.sizes[c] > 0) & (self.sizes[c] > 0)
        self.nested = numpy.array([(self.matrix[a] >= self.matrix[b]).all() for a, b in rows], dtype=bool)

    def _codes_above(self, codes):
        """The combinations that cover this one: a code replaced by its direct parent, or one code less."""
        found = set()
        for i, (dimension, name) in enumerate(codes):
            rest = codes[:i] + codes[i + 1 :]
            found.add(rest)
            for parent in self.release.dimensions[dimension].parents[name]:
                found.add(self.release.sorted((*rest, (dimension, parent))))
        return found

    def cell_words(self, row):
        return self.release.cell_words(*self.cells[row])

    def row_words(self, centre, row):
        """A row in words: a published cell, or a tie."""
        if row >= len(self.cells):
            return "a child lies inside its parent, and a parent inside its children"
        return self.release.row_words(centre, *self.cells[row])

    def bounds(self, centre, release=None):
        """Lower and upper ends of all rows at a centre, of this release or another that declares the same cells."""
        release = release or self.release
        ties = len(self.matrix) - len(self.cells)
        lo, hi = numpy.zeros(len(self.cells) + ties), numpy.full(len(self.cells) + ties, numpy.inf)
        start = 0
        for codes in self.combinations:
            declared = self.release.declared(codes)
            lower, upper = release.intervals(centre, codes)
            end = start + int(declared.sum())
            lo[start:end], hi[start:end] = lower[declared], upper[declared]
            start = end
        return lo, hi


def with_onsets(release, code):
    """A code and its onsets."""
    dimension = release.dimensions[code[0]]
    return [code] + [(code[0], name) for name in dimension.names if dimension.onsets.get(name, (None,))[0] == code[1]]


def patterns(release, codes, exhausted=None, most=MOST_PATTERNS):
    """The possible sets of codes that one person has; `exhausted`: a parent that nobody has without a child of it."""
    groups = {}
    for code in codes:
        onset = release.onset(code)
        groups.setdefault((code[0], onset[0]) if onset else code, []).append(code)
    order = sorted(groups, key=lambda code: len(release.dimensions[code[0]].within[code[1]]))
    found = [frozenset()]
    for code in order:
        own = [code] if code in groups[code] else []
        states = [frozenset()] + ([frozenset(own)] if own else [])
        states += [frozenset([*own, onset]) for onset in groups[code] if onset != code]
        found = [p | s for p in found for s in states if not s or _fits(release, codes, p, s)]
        if len(found) > most:
            raise TooLarge
    if exhausted:
        parent, children = exhausted
        found = [p for p in found if parent not in p or any(child in p for child in children)]
    return found


def _fits(release, codes, pattern, state):
    """Whether somebody with `pattern` can also be in `state` of one more code, whose ancestors were decided before."""
    both = pattern | state
    for code in state:
        dimension = release.dimensions[code[0]]
        if any((code[0], above) in codes and (code[0], above) not in both for above in dimension.within[code[1]]):
            return False
        onset = release.onset(code)
        if onset and not all(_dated(release, codes, both, code[0], onset, above) for above in dimension.within[onset[0]]):
            return False
    return True


def _dated(release, codes, pattern, dimension, onset, above):
    """Whether the ancestor `above` of a dated code can have its first record when the pattern says so: not later."""
    if above == onset[0]:
        return True
    stages = {s: (dimension, name) for name, (code, s) in release.dimensions[dimension].onsets.items() if code == above}
    held = [s for s, name in stages.items() if name in pattern]
    if held:
        return held[0] <= onset[1]
    early = [name for s, name in stages.items() if s <= onset[1]]
    return not early or any(name not in codes for name in early)


def possible(release, found):
    """Strata times patterns: whether it is possible."""
    mask = numpy.ones((len(release.margins.strata), len(found)), dtype=bool)
    for j, pattern in enumerate(found):
        onsets = [onset for onset in map(release.onset, pattern) if onset]
        for i, values in enumerate(release.margins.strata):
            late = any(release.is_late(stage, values[release.stage]) for _, stage in onsets)
            mask[i, j] = not late and not release.is_zero(pattern, values)
    return mask


def combinations_of(release, codes):
    """The declared combinations that speak of these codes only."""
    known = set(codes)
    return (
        [()] + [(code,) for code in codes if (code,) in release.orders] + [pair for pair in release.pairs if known.issuperset(pair)]
    )


def joint(release, codes, exhausted=None, most=MOST_PATTERNS, old=None):
    """The subproblem of the partitions and some codes, crossed; as an older release published it, which may have fewer codes."""
    codes, teller = list(dict.fromkeys(codes)), old or release
    found = patterns(release, codes, exhausted, most)
    combinations = combinations_of(teller, codes)
    vectors = [numpy.array([pattern.issuperset(one) for pattern in found], dtype=float) for one in combinations]
    unknown = {code for code in codes if (code,) not in teller.orders}
    ties = [-numpy.array([bool(pattern & unknown) for pattern in found], dtype=float)] if unknown else []
    return System(teller, combinations, vectors, possible(release, found), ties)


def wide_family(release, parent, children, old=None):
    """A parent and many children, not crossed: in each stratum child <= parent <= sum of the children.

    As an older release published it, which may have fewer children: nobody had the others.
    """
    codes, teller = [parent, *children], old or release
    combinations = [()] + [(code,) for code in codes]
    unit = numpy.eye(len(codes) + 1)
    vectors = [unit[0] + unit[1], *unit[1:]]
    ties = [unit[1] - unit[i] for i in range(2, len(codes) + 1)] + [unit[2:].sum(axis=0) - unit[1]]
    found = [frozenset()] + [frozenset({parent, code}) for code in codes]
    weights = numpy.array([1.0, 2.0] + [1.0] * len(children))
    known = [i for i, codes in enumerate(combinations) if not codes or codes in teller.orders]
    ties += [-unit[i] for i in range(len(combinations)) if i not in known]
    return System(teller, [combinations[i] for i in known], [vectors[i] for i in known], possible(release, found), ties, weights)
