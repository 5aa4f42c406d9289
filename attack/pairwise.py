"""One program for all codes of a centre: in each stratum the people, those with each code, and those with each pair of codes.

A relaxation of everything that the release says together: containment, Fréchet's inequalities for pairs and triangles of codes, the
hierarchy, parents filled by their children, onsets that exclude each other and are no later below than above. Three codes of which
two pairs are declared have an unknown for the third. Codes that no published row speaks of, alone, in pairs or from below, are left
out: nobody need have them, and k-1 people may.
"""

import itertools
import time

import numpy
import scipy.sparse

import programs

BULK = 60
TRIANGLES = 40_000


class Model:
    """The unknowns and rows of one centre. `rows` are sums of declared cells, `ties` what must be at least 0."""

    def __init__(self, release, centre, facts=frozenset()):
        self.release, self.centre, self.facts = release, centre, facts
        self.strata = list(range(len(release.margins.strata)))
        self._choose()
        self.columns, self.upper = {}, []
        for codes in self.codes:
            for s in self.strata:
                if self._is_possible(codes, s):
                    self.columns[codes, s] = len(self.upper)
                    self.upper.append(numpy.inf)
        self.ties, self.kinds, self.unions = [], [], []
        self._tie()
        self._count()

    def _is_possible(self, codes, s):
        release = self.release
        values = release.margins.strata[s]
        onsets = [onset for onset in map(release.onset, codes) if onset]
        return not (release.is_zero(codes, values) or any(release.is_late(stage, values[release.stage]) for _, stage in onsets))

    def _choose(self):
        """The tuples that have unknowns: everybody, codes that rows speak of, the declared pairs of these, and third pairs."""
        release = self.release
        told = {code for (centre, codes), cells in release.listed.items() if centre == self.centre for code in codes
                if any(lo > 0 for lo, _ in cells.values())}
        told = {(code[0], above) for code in told for above in release.dimensions[code[0]].within[code[1]]}
        self.plain = [code for codes in release.orders if len(codes) == 1 for code in codes if code in told]
        known = set(self.plain)
        self.pairs = [pair for pair in release.pairs if known.issuperset(pair) and release.collecting(self.centre, pair)]
        self.codes = [(), *((code,) for code in self.plain), *self.pairs]
        self._third_pairs()

    def _third_pairs(self):
        """Triangles, of which two sides are known at least: (A, B, C), with the sides AB, AC and BC."""
        beside = {}
        for a, b in self.pairs:
            beside.setdefault(a, set()).add(b)
            beside.setdefault(b, set()).add(a)
        triangles = {
            self.release.sorted((middle, a, b)) for middle, near in beside.items() for a, b in itertools.combinations(sorted(near), 2)
        }
        for a, b in self.pairs:
            triangles |= {self.release.sorted((a, b, c)) for c in self._relatives(a) | self._relatives(b) if c not in (a, b)}
        self.triangles = sorted(triangles)[:TRIANGLES]
        known = set(self.codes)
        for triangle in self.triangles:
            for side in itertools.combinations(triangle, 2):
                joint = self._joint(side)
                if joint not in known:
                    known.add(joint)
                    self.codes.append(joint)

    def _relatives(self, code):
        """The codes of a code's lineage, no onsets."""
        plain = [one for one in self.plain if one != code and one[0] == code[0] and not self.release.onset(one)]
        return {one for one in plain if self.release.is_within(one, code) or self.release.is_within(code, one)}

    def _joint(self, side):
        """What stands for people with two codes: the pair, or the lower one of two in one lineage; None if nobody can."""
        release = self.release
        a, b = side
        if release.is_within(a, b):
            return (a,)
        if release.is_within(b, a):
            return (b,)
        onsets = release.onset(a), release.onset(b)
        if a[0] == b[0] and None not in onsets and onsets[0][0] == onsets[1][0]:
            return ()
        return release.sorted(side)

    def _add(self, *terms, kind="containment"):
        """A tie in each stratum: the sum of (weight, codes) is at least 0. Codes that nobody can have there count 0."""
        for s in self.strata:
            row = [(self.columns[codes, s], weight) for weight, codes in terms if (codes, s) in self.columns]
            if any(weight < 0 for _, weight in row):
                self.ties.append(row)
                self.kinds.append(kind)

    def _tie(self):
        release = self.release
        known = set(self.codes)
        for code in self.plain:
            above = [(code[0], parent) for parent in release.dimensions[code[0]].parents[code[1]]]
            for parent in [(one,) for one in above if (one,) in known] or [()]:
                self._add((1, parent), (-1, (code,)))
        for pair in [codes for codes in self.codes if len(codes) == 2]:
            a, b = pair
            self._add((1, (a,)), (-1, pair))
            self._add((1, (b,)), (-1, pair))
            for whole in self._common(a, b):
                self._add((1, whole), (-1, (a,)), (-1, (b,)), (1, pair))
            for i, one in enumerate(pair):
                for parent in release.dimensions[one[0]].within[one[1]] - {one[1]}:
                    upper = release.sorted(((one[0], parent), pair[1 - i]))
                    if upper in known:
                        self._add((1, upper), (-1, pair))
        for a, b, c in self.triangles:
            ab, ac, bc = (self._joint(side) for side in ((a, b), (a, c), (b, c)))
            if () in (ab, ac, bc):
                continue
            for middle, near, far in (((a,), (ab, ac), bc), ((b,), (ab, bc), ac), ((c,), (ac, bc), ab)):
                if len({middle, *near, far}) == 4:
                    self._add((1, middle), (1, far), (-1, near[0]), (-1, near[1]))
            if len(ab) == len(ac) == len(bc) == 2:
                self._add((1, ()), (-1, (a,)), (-1, (b,)), (-1, (c,)), (1, ab), (1, ac), (1, bc))
        self._tie_onsets(known)
        self._tie_unions(known)

    def _common(self, a, b):
        """The smallest groups that hold whoever has A and whoever has B."""
        known = set(self.plain)
        if a[0] != b[0]:
            return [()]
        within = self.release.dimensions[a[0]].within
        common = {(a[0], name) for name in within[a[1]] & within[b[1]]} & known
        return [(one,) for one in common if not any(o != one and self.release.is_within(o, one) for o in common)] or [()]

    def _tie_onsets(self, known):
        """Onsets of a code are parts of it; up to each stage, those of a code lie within those of the code above."""
        release = self.release
        for dimension in release.dimensions.values():
            stages = {}
            for name, (code, stage) in dimension.onsets.items():
                if ((dimension.name, name),) in known:
                    stages.setdefault(code, {})[stage] = ((dimension.name, name),)
            for code, mine in stages.items():
                self._add((1, ((dimension.name, code),)), *((-1, onset) for onset in mine.values()))
                for parent in dimension.parents[code]:
                    every = {s for name, (one, s) in dimension.onsets.items() if one == parent}
                    for stage in sorted(mine):
                        above = stages.get(parent, {})
                        early = {s for s in every if s <= stage}
                        if early and early <= set(above):
                            below = [(-1, onset) for s, onset in mine.items() if s <= stage]
                            self._add(*((1, above[s]) for s in early), *below)

    def _tie_unions(self, known):
        """A parent has no more people than its children together; a code that is left out can have k-1 in each cell."""
        for dimension in self.release.dimensions.values():
            for parent in dimension.plain():
                children = [((dimension.name, child),) for child in dimension.plain_children(parent)]
                if children and ((dimension.name, parent),) in known and all(child in known for child in children):
                    start = len(self.ties)
                    self._add(*((1, child) for child in children), (-1, ((dimension.name, parent),)))
                    self.unions.append((parent, range(start, len(self.ties))))

    def _count(self):
        """The rows of declared cells, with the bounds of the release."""
        release = self.release
        self.known_codes = set(self.codes)
        self.cells, data, lo, hi = [], [], [], []
        for codes in self.codes:
            if codes not in release.orders:
                continue
            declared = release.declared(codes)
            lower, upper = release.intervals(self.centre, codes)
            for cell in numpy.nonzero(declared)[0]:
                row = [(self.columns[codes, s], 1.0) for s in numpy.nonzero(release.margins.matrix[cell])[0] if (codes, s) in self.columns]
                if row:
                    self.cells.append((codes, int(cell)))
                    data.append(row)
                    lo.append(lower[cell])
                    hi.append(0.0 if (codes, int(cell)) in self.facts else upper[cell])
        self.count = len(data)
        self.matters = numpy.array([self._matters(*cell) for cell in self.cells] + [True] * len(self.ties))
        entries = [(i, column, weight) for i, row in enumerate(data + self.ties) for column, weight in row]
        i, columns, weights = (numpy.array(part) for part in zip(*entries))
        self.matrix = scipy.sparse.csr_matrix((weights, (i, columns)), shape=(len(data) + len(self.ties), len(self.upper)))
        self.lo = numpy.concatenate([lo, numpy.zeros(len(self.ties))])
        self.hi = numpy.concatenate([hi, numpy.full(len(self.ties), numpy.inf)])

    def _matters(self, codes, cell):
        """Whether a cell's bounds say more than those of the cells that it lies in."""
        release = self.release
        lo, hi = (ends[cell] for ends in release.intervals(self.centre, codes))
        if lo > 0 or (codes, cell) in self.facts:
            return True
        wholes = [(codes, whole) for whole in release.margins.around[cell] if whole != cell]
        for i, (dimension, name) in enumerate(codes):
            rest = codes[:i] + codes[i + 1 :]
            upper = [release.sorted((*rest, (dimension, parent))) for parent in release.dimensions[dimension].parents[name]]
            wholes += [(above, cell) for above in [rest, *upper] if above in self.known_codes]
        for above, whole in wholes:
            if whole < release.margins.count(release.orders.get(above, -1)) and release.declared(above)[whole]:
                if release.intervals(self.centre, above)[1][whole] <= hi:
                    return False
        return True

    def cell_words(self, row):
        return self.release.cell_words(*self.cells[row])

    def row_words(self, centre, row):
        if row >= self.count:
            return "containment, pairs, hierarchy or onsets"
        return self.release.row_words(centre, *self.cells[row])


class Check:
    """T of all cells of a centre, and D of those that cover each other, as far as the time goes."""

    prefix = ""

    def __init__(self, model, k, seconds, known=frozenset()):
        self.model, self.k, self.shape = model, k, model
        self.lo, self.hi = model.lo.copy(), model.hi
        self.deadline = time.monotonic() + seconds
        self.findings, self.unconfirmed, self.unasked, self.opened = [], 0, 0, 0
        self.program = None
        self.sums = model.matrix[: model.count]
        small = self.lo[: model.count] < k
        alive = numpy.ones(model.matrix.shape[1], dtype=bool)
        closed = numpy.array([cell in model.facts for cell in model.cells])
        if closed.any():
            alive = numpy.asarray(self.sums[closed].sum(axis=0)).ravel() == 0
        small &= self.sums @ alive > 0
        names = {extreme: {cells for rule, end, cells in known if rule.endswith("T") and end == extreme} for extreme in ("minimum", "maximum")}
        self.open_min = small & numpy.array([(cell,) not in names["minimum"] for cell in model.cells])
        self.open_max = small & numpy.array([(cell,) not in names["maximum"] for cell in model.cells])
        self.targets = 2 * int(small.sum())

    def fill(self):
        """Takes back the unions that no world fits: those parents are visibly not filled. Returns their names."""
        model = self.model
        keep = model.matters
        rows = [model.count + i for _, ties in model.unions for i in ties]
        slack = scipy.sparse.csr_matrix((numpy.ones(len(rows)), (rows, range(len(rows)))), shape=(len(self.lo), len(rows)))
        program = programs.Program(scipy.sparse.hstack([model.matrix, slack], format="csr"), self.lo, self.hi, keep)
        width = model.matrix.shape[1]
        world = program.best(numpy.concatenate([numpy.zeros(width), numpy.ones(len(rows))]), 1)
        missing = dict(zip(rows, world[width:]))
        opened = [(name, ties) for name, ties in model.unions if any(missing[model.count + i] > programs.NEAR for i in ties)]
        for _, ties in opened:
            self.lo[[model.count + i for i in ties]] = -numpy.inf
        self.opened = len(opened)

    def run(self):
        self.fill()
        self.program = programs.Program(self.model.matrix, self.lo, self.hi, self.model.matters)
        self._absorb(self.program.best(self._sum(self.open_min), 1))
        self._in_bulk("open_max", -1)
        self._in_bulk("open_min", 1)
        for sense, name in ((1, "open_min"), (-1, "open_max")):
            for i in numpy.nonzero(getattr(self, name))[0]:
                if not getattr(self, name)[i]:
                    continue
                if time.monotonic() > self.deadline:
                    self.unasked += 1
                    continue
                self._single(int(i), sense, getattr(self, name))
        return self.findings

    def _sum(self, rows):
        return numpy.asarray(self.sums[rows].sum(axis=0)).ravel()

    def _absorb(self, world):
        counts = self.sums @ world
        self.open_min &= counts > programs.NEAR
        self.open_max &= counts < self.k - 1 - programs.NEAR

    def _in_bulk(self, name, sense):
        """Sums of open targets first, then of random halves of them, while each program clears a few."""
        draw = numpy.random.default_rng(1)
        idle = 0
        for i in range(BULK):
            rows = numpy.nonzero(getattr(self, name))[0]
            if not len(rows) or idle > 2 or time.monotonic() > self.deadline:
                return
            chosen = rows if i == 0 else draw.choice(rows, max(1, len(rows) // 3), replace=False)
            self._absorb(self.program.best(self._sum(chosen), sense))
            idle = 0 if len(rows) - getattr(self, name).sum() > max(2, len(rows) // 50) else idle + 1

    def _single(self, row, sense, still_open):
        cost = numpy.asarray(self.sums[[row]].todense()).ravel()
        world = self.program.best(cost, sense)
        value = float(cost @ world)
        self._absorb(world)
        still_open[row] = False
        if not (value > programs.TOLERANCE if sense == 1 else value < self.k - 1 - programs.TOLERANCE):
            return
        rows = programs.upside_down(self.model.matrix, numpy.maximum(self.lo, -1e9), self.hi)
        needed = 0 if sense == 1 else self.k - 1
        finding = programs.confirmed(f"{self.prefix}T", row, None, cost, sense, needed, rows, self.hi)
        if finding:
            self.findings.append(finding)
        else:
            self.unconfirmed += 1
