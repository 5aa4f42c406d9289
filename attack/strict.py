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


def facts_of_versions(release, previous, centre):
    """Those that no version supports: an older one supports what it counts and what is no fact of it."""
    known = facts(release, centre)
    for old in previous:
        if centre in old.centres:
            of_old = facts(old, centre)
            known = {
                fact
                for fact in known
                if fact in of_old or (fact[0] and (fact[0] not in old.orders or not old.collecting(centre, fact[0])))
            }
    return known


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
    """The rows of a subproblem that are facts; over several versions, a fact is one at all times."""
    return [row for row, cell in enumerate(system.cells) if cell[-2:] in known]


def is_roomy(release, centre, known):
    """Whether every stratum can hold k-1 people once the facts about it are taken back."""
    system = systems.joint(release, ())
    lo, hi = system.bounds(centre)
    check = Check(system, lo, hi, release.k, rows_of(system, known))
    back = Back(check)
    try:
        return all(back.holds(place, check.covering(place)) for place in range(system.matrix.shape[1]))
    except programs.Infeasible:
        return False


class Check(programs.Check):
    """T and D of one subproblem, every fact's cell being empty."""

    prefix = "strict "

    def __init__(self, system, lo, hi, k, rows, known=frozenset(), full=None):
        """`rows`: those of facts."""
        self.facts, self.loose = numpy.array(rows, dtype=int), hi
        cells = {}
        for row in rows:
            cells.setdefault(system.cells[row][-2:], []).append(row)
        self.at_all_times = {row: cells[system.cells[row][-2:]] for row in rows}
        closed = hi.copy()
        closed[self.facts] = 0
        self.alive = ~(system.matrix[self.facts] > 0).any(axis=0)
        self.points = []
        self._around, self._covering = {}, {}
        for row in system.matrix[len(system.cells) :]:
            for place in numpy.nonzero(row < 0)[0]:
                self._around.setdefault(int(place), []).append(numpy.nonzero(row > 0)[0])
        super().__init__(system, lo, closed, k, known, full)
        self.known = known

    def _choose(self):
        """Targets with a place that no fact empties; the others are kept aside."""
        self.empty = self.small & numpy.array([self._is_empty(i, None) for i in range(len(self.system.cells))], dtype=bool)
        self.open_min &= ~self.empty
        self.open_max &= ~self.empty
        without_people = numpy.array([self._is_empty(p, c) for p, c in self.system.covers], dtype=bool)
        self.empty_d = self.open_d & without_people.reshape(len(self.p))
        self.open_d &= ~self.empty_d

    def _is_empty(self, p, c):
        cost = self._cost(p, c)
        places = numpy.nonzero(cost > 0)[0]
        return all(self.denials(place, cost) != [()] for place in places)

    def denials(self, place, cost):
        """What empties a place: sets of facts (rows), of which one must be taken back whole for somebody to be there.

        A place that lies in others is empty where all of these are; those that `cost` takes away do not count. Without any
        left nobody can ever be there: no set.
        """
        sets = [self.covering(place)]
        for members in self._around.get(place, ()):
            others = [other for other in members if cost[other] >= 0]
            if not others:
                return []
            needed = {self.covering(other) for other in others}
            enough = [one for one in sets if any(set(one).issuperset(facts) for facts in needed)]
            sets = enough + [tuple(sorted({*one, *facts})) for one in sets if one not in enough for facts in needed]
        return list(dict.fromkeys(sets))

    def covering(self, place):
        """The facts about a place."""
        if place not in self._covering:
            held = self.facts[self.matrix[self.facts, place] > 0]
            self._covering[place] = tuple(sorted({row for fact in held for row in self.at_all_times[int(fact)]}))
        return self._covering[place]

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
        roomy, back = self._roomy(), Back(self)
        for p, c in targets:
            if self._is_known(p, c):
                continue
            cost = self._cost(p, c)
            sets = {facts for place in numpy.nonzero((cost > 0) & ~roomy)[0] for facts in self.denials(place, cost)}
            for facts in sets:
                if any(set(other) < set(facts) for other in sets) or back.reaches(cost, facts):
                    continue
                if not self._has_time():
                    break
                value = back.most(cost, facts)
                if value < self.k - 1 - programs.TOLERANCE:
                    self._report_back(facts, p, c, value)
                    break

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

    def _report_back(self, facts, p, c, value):
        rule = "strict T" if c is None else "strict D"
        unsafe_target = programs.UnsafeTarget(rule, p, c, "maximum", value, [], self.k - 1)
        if self.confirm:
            hi = self.hi.copy()
            hi[list(facts)] = self.loose[list(facts)]
            rows = programs.upside_down(self.matrix, self.lo, hi)
            unsafe_target = programs.confirmed(rule, p, c, self._cost(p, c), -1, self.k - 1, rows, hi)
        if unsafe_target:
            self.unsafe_targets.append(unsafe_target)
        else:
            self.unconfirmed += 1


class Back:
    """The strict program with some facts taken back."""

    def __init__(self, check):
        self.check = check
        self.program = programs.Program(check.matrix, check.lo, check.hi, numpy.ones(len(check.lo), dtype=bool))
        self.shown = {}

    def holds(self, place, facts):
        """Whether k-1 people can be at a place."""
        unit = numpy.eye(1, self.check.matrix.shape[1], place)[0]
        return self.reaches(unit, facts) or self.most(unit, facts) >= self.check.k - 1 - programs.NEAR

    def reaches(self, cost, facts):
        """Whether a point that is known shows that the cost can be k-1."""
        return any(cost @ point >= self.check.k - 1 - programs.NEAR for point in self.shown.get(facts, ()))

    def most(self, cost, facts):
        """The greatest cost, the facts being taken back."""
        check = self.check
        for row in facts:
            self.program.highs.changeRowBounds(row, check.lo[row], check.loose[row])
        point = self.program.best(cost, -1)
        check.program.solved += 1
        self.shown.setdefault(facts, []).append(point)
        for row in facts:
            self.program.highs.changeRowBounds(row, check.lo[row], 0.0)
        return float(cost @ point)
