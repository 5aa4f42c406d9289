"""Strict knowledge: a reader who takes it that whatever nothing published supports is empty.

A fact is a cell of the base table, or a code within one value of one partition, within which no row is published with a lower end
above 0, be it a finer row, one of a code below, an onset or a pair. In the strict program the cells of all facts are empty. A
target that has a place of its own there is held to the same rules as without facts. One that has none is empty, and must be able
to hold k-1 people at each of its places once just the facts about that place are taken back.
"""

import numpy

import programs
import systems


def facts(release, centre):
    """The cells that nothing published at a centre supports: a set of (codes, cell)."""
    supported = set()
    for (place, codes), cells in release.listed.items():
        if place == centre:
            above = {(), *((code,) for one in codes for code in _above(release, one))}
            held = [cell for cell, (lo, _) in cells.items() if lo > 0]
            for whole in {whole for cell in held for whole in release.margins.around[cell]}:
                supported.update((one, whole) for one in above)
            if release.stage is not None:
                supported.update(_first_onsets(release, codes, held))
    singles = [codes for codes in release.orders if len(codes) < 2 and release.collecting(centre, codes)]
    return {
        (codes, int(cell))
        for codes in singles
        for cell in numpy.nonzero(release.declared(codes))[0]
        if (codes, int(cell)) not in supported and (not codes or _crossed(release, cell) == 1)
    }


def _crossed(release, cell):
    return sum(value is not None for value in release.margins.cells[cell])


def _above(release, code):
    """The codes that everybody with this one has: those above, and for an onset in the first life stage theirs, too."""
    dimension = release.dimensions[code[0]]
    found = {(code[0], name) for name in dimension.within[code[1]]}
    onset = release.onset(code)
    if onset and onset[1] == 0:
        stages = {plain: name for name, (plain, stage) in dimension.onsets.items() if stage == 0}
        found |= {(code[0], stages[name]) for name in dimension.within[onset[0]] if name in stages}
    return found


def _first_onsets(release, codes, held):
    """Whoever is in the first life stage has an onset in it: what rows of a code there support of the onset."""
    for cell in held:
        if release.margins.cells[cell][release.stage] == 0:
            for dimension, name in codes:
                names = release.dimensions[dimension]
                first = [onset for onset, (code, stage) in names.onsets.items() if code in names.within[name] and stage == 0]
                yield from ((((dimension, onset),), whole) for onset in first for whole in release.margins.around[cell])


def rows_of(system, known):
    """The rows of a subproblem that are facts."""
    return [row for row, cell in enumerate(system.cells) if cell in known]


def is_roomy(release, centre, known):
    """Whether every stratum can hold k-1 people once the facts about it are taken back."""
    system = systems.joint(release, ())
    lo, hi = system.bounds(centre)
    check = Check(system, lo, hi, release.k, rows_of(system, known))
    back = Back(check)
    try:
        return all(back.holds(place) for place in range(system.matrix.shape[1]))
    except programs.Infeasible:
        return False


class Check(programs.Check):
    """T and D of one subproblem, every fact's cell being empty."""

    prefix = "strict "

    def __init__(self, system, lo, hi, k, rows, known=frozenset(), full=None):
        """`rows`: those of facts."""
        self.facts, self.loose = numpy.array(rows, dtype=int), hi
        closed = hi.copy()
        closed[self.facts] = 0
        self.alive = ~(system.matrix[self.facts] > 0).any(axis=0)
        self.points = []
        super().__init__(system, lo, closed, k, known, full)
        self.known = known

    def _choose(self):
        """Targets with a place that no fact empties; the others are kept aside."""
        alive = self.matrix[: len(self.system.cells)] @ self.alive > 0
        self.empty = self.small & ~alive
        self.open_min &= alive
        self.open_max &= alive
        beside = numpy.array([self._places(p, c)[self.alive].any() for p, c in self.system.covers], dtype=bool)
        self.empty_d = self.open_d & ~beside.reshape(len(self.p))
        self.open_d &= ~self.empty_d

    def _places(self, p, c):
        """The variables of a target."""
        return self._cost(p, c) > 0

    def _absorb(self, point):
        super()._absorb(point)
        if len(self.points) < 4:
            self.points.append(point)

    def run(self):
        super().run()
        self._empty_targets()
        return self.unsafe_targets

    def contradiction(self):
        """Where no strict point fits: the fewest people at places that nothing supports, with the proof."""
        rows = programs.upside_down(self.matrix, self.lo, self.loose)
        cost = (~self.alive).astype(float)
        return programs.confirmed("strict existence", None, None, cost, 1, 0, rows, self.loose)

    def _empty_targets(self):
        """Targets that facts empty: k-1 people at each of their places, the facts about it being taken back."""
        targets = [(int(i), None) for i in numpy.nonzero(self.empty)[0]]
        targets += [(int(self.p[i]), int(self.c[i])) for i in numpy.nonzero(self.empty_d)[0]]
        self.targets += len(targets)
        if not targets:
            return
        places = numpy.array([self._places(p, c) for p, c in targets])
        roomy = self._roomy()
        open_targets = [i for i, target in enumerate(targets) if (places[i] & ~roomy).any() and not self._is_known(*target)]
        back = Back(self)
        for place in numpy.nonzero(places[open_targets].any(axis=0) & ~roomy)[0] if open_targets else ():
            mine = [targets[i] for i in open_targets if places[i, place] and not self._is_known(*targets[i])]
            if not mine or not self._has_time() or back.holds(place):
                continue
            for p, c in mine:
                value = back.most(self._cost(p, c), place)
                if value < self.k - 1 - programs.TOLERANCE:
                    self._report_back(back, p, c, place, value)

    def _is_known(self, p, c):
        cells = tuple(self.system.cells[row] for row in (p, c) if row is not None)
        rule = "T" if c is None else "D"
        if any(
            unsafe_target.rule == f"strict {rule}" and (unsafe_target.p, unsafe_target.c) == (p, c)
            for unsafe_target in self.unsafe_targets
        ):
            return True
        return any(
            (f"{prefix}{rule}", extreme, cells) in self.known for prefix in ("", "strict ") for extreme in ("minimum", "maximum")
        )

    def _roomy(self):
        """The places that can gain k-1 people in one of the strict points, with nobody or one other place losing them."""
        found = numpy.zeros(self.matrix.shape[1], dtype=bool)
        if (self.matrix < 0).any():
            return found
        need = self.k - 1 - programs.NEAR
        for point in self.points:
            sums = self.matrix @ point
            sources = numpy.nonzero(point >= need)[0]
            rise = self.matrix[self.loose - sums < need].astype(numpy.float32)
            fall = self.matrix[sums - self.lo < need].astype(numpy.float32)
            blocked = rise.T @ (1 - rise[:, sources]) + (1 - fall).T @ fall[:, sources] > 0
            found |= ~rise.any(axis=0) | ~blocked.all(axis=1)
        return found

    def _report_back(self, back, p, c, place, value):
        rule = "strict T" if c is None else "strict D"
        unsafe_target = programs.UnsafeTarget(rule, p, c, "maximum", value, [], self.k - 1)
        if self.confirm:
            hi = self.hi.copy()
            covering = back.covering(place)
            hi[covering] = self.loose[covering]
            rows = programs.upside_down(self.matrix, self.lo, hi)
            unsafe_target = programs.confirmed(rule, p, c, self._cost(p, c), -1, self.k - 1, rows, hi)
        if unsafe_target:
            self.unsafe_targets.append(unsafe_target)
        else:
            self.unconfirmed += 1


class Back:
    """The strict program with the facts about one place taken back."""

    def __init__(self, check):
        self.check = check
        self.program = programs.Program(check.matrix, check.lo, check.hi, numpy.ones(len(check.lo), dtype=bool))
        self.shown = {}

    def covering(self, place):
        facts = self.check.facts
        return facts[self.check.matrix[facts, place] > 0]

    def holds(self, place):
        """Whether k-1 people can be at a place."""
        key = tuple(self.covering(place))
        if key in self.shown and self.shown[key][place] >= self.check.k - 1 - programs.NEAR:
            return True
        unit = numpy.eye(1, self.check.matrix.shape[1], place)[0]
        return self.most(unit, place) >= self.check.k - 1 - programs.NEAR

    def most(self, cost, place):
        """The greatest cost, the facts about a place being taken back."""
        check, covering = self.check, self.covering(place)
        for row in covering:
            self.program.highs.changeRowBounds(int(row), check.lo[row], check.loose[row])
        point = self.program.best(cost, -1)
        check.program.solved += 1
        key = tuple(covering)
        self.shown[key] = numpy.maximum(self.shown.get(key, 0), point)
        for row in covering:
            self.program.highs.changeRowBounds(int(row), check.lo[row], 0.0)
        return float(cost @ point)
