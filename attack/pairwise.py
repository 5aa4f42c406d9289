"""One program for all codes of a centre: in each stratum the people, those with each code, and those with each pair of codes.

A relaxation of everything that the release says together: containment, Fréchet's inequalities for pairs and triangles of codes, the
hierarchy, parents filled by their children, onsets that exclude each other and are no later below than above. Three codes of which
two pairs are declared have a variable for the third. Codes that no published row speaks of, alone, in pairs or from below, are left
out: nobody need have them, and k-1 people may.
"""

import contextlib
import itertools
import time

import numpy
import scipy.sparse

import programs

TRIANGLES = 40_000
MOST_CHILDREN = 4


class Model:
    """The variables and rows of one centre. `rows` are sums of declared cells, `ties` what must be at least 0."""

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
        """Combinations that have variables: everybody, codes that rows speak of, the declared pairs of these, and third pairs."""
        release = self.release
        told = {
            code
            for (centre, codes), cells in release.listed.items()
            if centre == self.centre
            for code in codes
            if any(lo > 0 for lo, _ in cells.values())
        }
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
            self.release.sorted((middle, a, b))
            for middle, near in beside.items()
            for a, b in itertools.combinations(sorted(near), 2)
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
        """The codes of a code's ancestor closure, no onsets."""
        plain = [one for one in self.plain if one != code and one[0] == code[0] and not self.release.onset(one)]
        return {one for one in plain if self.release.is_within(one, code) or self.release.is_within(code, one)}

    def _joint(self, side):
        """What stands for people with two codes: the pair, or the lower of two one above the other; None if nobody can."""
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
                    self._add((1, middle), (1, far), (-1, near[0]), (-1, near[1]), kind="triangle")
            if len(ab) == len(ac) == len(bc) == 2:
                self._add((1, ()), (-1, (a,)), (-1, (b,)), (-1, (c,)), (1, ab), (1, ac), (1, bc), kind="triangle")
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
                    self.unions.append(((dimension.name, parent), range(start, len(self.ties))))

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
                row = [
                    (self.columns[codes, s], 1.0)
                    for s in numpy.nonzero(release.margins.matrix[cell])[0]
                    if (codes, s) in self.columns
                ]
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
            told = whole < release.margins.count(release.orders.get(above, -1)) and release.declared(above)[whole]
            if told and release.intervals(self.centre, above)[1][whole] <= hi:
                return False
        return True

    def gains(self):
        """What each row gains by one more person of each kind: by one who comes, and by one who has had none of the codes."""
        places = numpy.arange(len(self.upper))
        i, j = [], []
        for (codes, s), place in self.columns.items():
            held = {(code[0], name) for code in codes for name in self.release.dimensions[code[0]].within[code[1]]}
            mine = [(), *((code,) for code in held), *itertools.combinations(sorted(held), 2)]
            for one in mine:
                column = self.columns.get((one if len(one) < 2 else self.release.sorted(one), s))
                if column is not None:
                    i.append(column)
                    j.append(place)
        shape = (len(places), len(places))
        persons = scipy.sparse.csr_matrix((numpy.ones(len(i)), (i, j)), shape=shape)
        nobody = [self.columns[(), s] for _, s in self.columns]
        nobodies = scipy.sparse.csr_matrix((numpy.ones(len(places)), (nobody, list(self.columns.values()))), shape=shape)
        return [(self.matrix @ more).tocoo() for more in (persons, persons - nobodies)]

    def cell_words(self, row):
        return self.release.cell_words(*self.cells[row])

    def row_words(self, centre, row):
        if row >= self.count:
            return "containment, pairs, hierarchy or onsets"
        return self.release.row_words(centre, *self.cells[row])


class Check:
    """T of all cells of a centre, as far as the time goes. Triangles that a point breaks are added as they are met."""

    prefix = ""

    def __init__(self, model, k, seconds, known=frozenset()):
        self.model, self.k, self.system = model, k, model
        self.lo, self.hi = model.lo.copy(), model.hi
        self.deadline = time.monotonic() + seconds
        self.unsafe_targets, self.unconfirmed, self.unasked, self.solved, self.opened = [], 0, 0, 0, 0
        self.lazy = numpy.array([False] * model.count + [kind == "triangle" for kind in model.kinds])
        self.active = model.matters & ~self.lazy
        self.sums = model.matrix[: model.count]
        alive = self._alive()
        small = (self.lo[: model.count] < k) & (self.sums @ alive > 0)
        self.open = {
            sense: small & numpy.array([("T", extreme, (cell,)) not in known for cell in model.cells])
            for sense, extreme in ((1, "minimum"), (-1, "maximum"))
        }
        self.targets = 2 * int(small.sum())
        self.gains = model.gains()
        self.groups = {}
        for row, (codes, _) in enumerate(model.cells):
            self.groups.setdefault(codes, []).append(row)

    def _alive(self):
        """The variables that can have people: a fact's cell is empty, and so is what lies in it, or in several such; no target."""
        model = self.model
        closed = numpy.array([cell in model.facts for cell in model.cells])
        alive = self.sums[closed].sum(axis=0).A1 == 0 if closed.any() else numpy.ones(model.matrix.shape[1], dtype=bool)
        before = -1
        while before != alive.sum():
            before = alive.sum()
            for row in model.ties:
                if not any(weight > 0 and alive[column] for column, weight in row):
                    alive[[column for column, weight in row if weight < 0]] = False
        return alive

    def run(self):
        self._fill()
        draw = numpy.random.default_rng(1)
        with contextlib.suppress(programs.Late):
            self._solve(self._low(), 1, (self.deadline - time.monotonic()) / 2)
        try:
            for sense in (1, -1):
                self._in_bulk(sense, draw)
            for sense in (1, -1):
                for row in draw.permutation(numpy.nonzero(self.open[sense])[0]):
                    if self.open[sense][row] and time.monotonic() < self.deadline:
                        self._single(int(row), sense)
        except programs.Late:
            pass
        self.unasked = int(self.open[1].sum() + self.open[-1].sum())
        return self.unsafe_targets

    def _fill(self):
        """Takes back the unions of parents that a single cell shows not to be filled; all of them, if no point fits the rest."""
        model, release = self.model, self.model.release
        for name, ties in model.unions:
            dimension, parent = name
            children = [((dimension, child),) for child in release.dimensions[dimension].plain_children(parent)]
            most = sum(numpy.where(release.declared(child), release.intervals(model.centre, child)[1], 0) for child in children)
            if (release.intervals(model.centre, (name,))[0] > most).any():
                self._take_back(ties)
        # Unions are what makes the program slow: where time or the points do not allow for them, large ones go first, then all.
        begin, share = time.monotonic(), (self.deadline - time.monotonic()) / 4
        for most in (len(model.columns), MOST_CHILDREN, 0):
            for (dimension, parent), ties in model.unions:
                if len(release.dimensions[dimension].plain_children(parent)) > most:
                    self._take_back(ties)
            try:
                self._solve(self._small(), 1, share)
                break
            except (programs.Infeasible, programs.Late):
                if most == 0:
                    raise
        self.deadline += time.monotonic() - begin - share

    def _small(self):
        return self.sums[self.open[1]].sum(axis=0).A1

    def _low(self):
        """As few codes as can be: everybody else then has room for more."""
        return self.sums[[bool(codes) for codes, _ in self.model.cells]].sum(axis=0).A1

    def _take_back(self, ties):
        rows = [self.model.count + i for i in ties]
        self.opened += bool(numpy.isfinite(self.lo[rows]).any())
        self.lo[rows] = -numpy.inf

    def _solve(self, cost, sense, seconds=None):
        """A point with the best cost."""
        program = programs.Program(self.model.matrix, self.lo, self.hi, self.active)
        program.end_after(seconds or self.deadline - time.monotonic())
        while True:
            point = program.best(cost, sense)
            self.solved += 1
            broken = self.lazy & ~self.active & (self.model.matrix @ point < self.lo - programs.NEAR)
            if not broken.any():
                self._absorb(point)
                return point
            self.active |= broken
            program.add(broken)

    def _absorb(self, point):
        counts = self.sums @ point
        self.open[1] &= counts > programs.NEAR
        self.open[-1] &= counts < self.k - 1 - programs.NEAR
        sums, need = self.model.matrix @ point, self.k - 1 - programs.NEAR
        for gain in self.gains:
            over = (gain.data > 0) & (self.hi[gain.row] - sums[gain.row] < need * gain.data)
            under = (gain.data < 0) & (sums[gain.row] - self.lo[gain.row] < -need * gain.data)
            roomy = numpy.ones(len(point), dtype=bool)
            roomy[gain.col[over | under]] = False
            self.open[-1] &= self.sums @ roomy == 0

    def _in_bulk(self, sense, draw):
        """A random open cell of each group of codes, all at once, again and again while that clears a good share."""
        idle = 0
        still_open = self.open[sense]
        while still_open.any() and idle < 3 and time.monotonic() < self.deadline:
            chosen = [draw.choice(rows) for rows in ([r for r in rows if still_open[r]] for rows in self.groups.values()) if rows]
            cost = self.sums[chosen].sum(axis=0).A1
            before = still_open.sum()
            self._solve(cost, sense)
            idle = idle + 1 if before - still_open.sum() < len(chosen) // 10 + 1 else 0

    def _single(self, row, sense):
        """One target's own program, with every triangle."""
        cost = self.sums[[row]].toarray().ravel()
        point = self._solve(cost, sense)
        value = float(cost @ point)
        self.open[sense][row] = False
        if not (value > programs.TOLERANCE if sense == 1 else value < self.k - 1 - programs.TOLERANCE):
            return
        active = numpy.nonzero(self.active & numpy.isfinite(self.lo))[0]
        rows = programs.upside_down(self.model.matrix[active], self.lo[active], self.hi[active])
        needed = 0 if sense == 1 else self.k - 1
        unsafe_target = programs.confirmed(f"{self.prefix}T", row, None, cost, sense, needed, rows, self.hi[active])
        if unsafe_target:
            unsafe_target.proof = [(int(active[i]), side, weight) for i, side, weight in unsafe_target.proof]
            self.unsafe_targets.append(unsafe_target)
        else:
            self.unconfirmed += 1
