"""The guarantee's linear programs over one subproblem: many targets cleared by feasible points, the rest one by one.

T: a cell whose lower end is below k has minimum 0 and maximum at least k-1.
D: of a cell p and a cell c one step below it, p - c has maximum at least k, or at least k-1 with minimum 0.
Where a group that is not empty must allow for `full` people and not just for k, `full` takes the place of k in D, and

S: a cell whose lower end is at least k has maximum at least `full`.
"""

import dataclasses
import time

import highspy
import numpy
import scipy.optimize
import scipy.sparse

TOLERANCE = 1e-5
NEAR = 1e-6
# Exchanges are looked for among this many variables: the search is quadratic in them.
MOST_EXCHANGED = 4_000


class Infeasible(Exception):
    """No point fits the intervals of a subproblem."""


class Late(Exception):
    """Time was over before a program was solved."""


class Program:
    """All points x >= 0 with lo <= matrix x <= hi; one objective after another from a warm start."""

    def __init__(self, matrix, lo, hi, keep):
        self.matrix, self.lo, self.hi = matrix, lo, hi
        self.solved = 0
        kept = scipy.sparse.csc_matrix(matrix[keep])
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = kept.shape
        model.col_cost_ = numpy.zeros(kept.shape[1])
        model.col_lower_, model.col_upper_ = numpy.zeros(kept.shape[1]), numpy.full(kept.shape[1], highspy.kHighsInf)
        model.row_lower_, model.row_upper_ = lo[keep], numpy.minimum(hi[keep], highspy.kHighsInf)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = kept.indptr, kept.indices, kept.data
        self.highs = highspy.Highs()
        self.highs.setOptionValue("output_flag", False)
        self.highs.setOptionValue("threads", 1)
        self.highs.setOptionValue("solver", "simplex")
        self.highs.passModel(model)
        self.columns = numpy.arange(kept.shape[1], dtype=numpy.int32)

    def end_after(self, seconds):
        """Solves, all together, for no longer than this."""
        self.highs.setOptionValue("time_limit", max(0.1, seconds))

    def add(self, chosen):
        """Adds rows that were left out; the next solve starts from where the last one ended."""
        rows = scipy.sparse.csr_matrix(self.matrix[chosen])
        lo, hi = self.lo[chosen], numpy.minimum(self.hi[chosen], highspy.kHighsInf)
        self.highs.addRows(rows.shape[0], lo, hi, rows.nnz, rows.indptr[:-1].astype(numpy.int32), rows.indices, rows.data)
        self.highs.setOptionValue("simplex_strategy", 1)

    def best(self, cost, sense):
        """The point with the least (sense 1) or greatest (sense -1) cost."""
        self.highs.changeColsCost(len(self.columns), self.columns, sense * numpy.asarray(cost, dtype=float))
        self.highs.run()
        self.solved += 1
        if self.solved == 1:
            self.highs.setOptionValue("presolve", "off")
            self.highs.setOptionValue("simplex_strategy", 4)
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            raise Infeasible
        if status == highspy.HighsModelStatus.kTimeLimit:
            raise Late
        if status != highspy.HighsModelStatus.kOptimal:
            return self._cold(cost, sense)
        return numpy.array(self.highs.getSolution().col_value)

    def _cold(self, cost, sense):
        """A solve that owes nothing to the one before: for when a warm start ends badly."""
        answer = fresh(upside_down(self.matrix, self.lo, self.hi), cost, sense)
        if answer.status == 2:
            raise Infeasible
        if answer.status != 0:
            raise ArithmeticError(f"the solver gave up: {answer.message}")
        return answer.x


def upside_down(matrix, lo, hi):
    """The rows for scipy, which knows upper ends only: lower ends upside down first, then the upper ends there are."""
    ends = numpy.isfinite(hi)
    rows = scipy.sparse.csr_matrix(matrix)
    return scipy.sparse.vstack([-rows, rows[ends]], format="csr"), numpy.concatenate([-lo, hi[ends]])


def fresh(rows, cost, sense):
    """A separate solve by scipy, with marginals, of the `rows` that `upside_down` made."""
    return scipy.optimize.linprog(sense * numpy.asarray(cost), A_ub=rows[0], b_ub=rows[1], method="highs")


@dataclasses.dataclass
class UnsafeTarget:
    """A violation: the extreme value of row p (less row c), what it had to be, and the published rows that prove it."""

    rule: str
    p: "int | None"
    c: "int | None"
    extreme: str
    value: float
    proof: list
    needed: float


class Check:
    """T, D and S of one subproblem at one centre."""

    prefix = ""

    def __init__(self, system, lo, hi, k, known=frozenset(), full=None):
        """`known`: violations (rule, extreme, cells) of smaller subproblems, which need not be found again."""
        self.system, self.lo, self.hi, self.k = system, lo, hi, k
        self.full = full or k
        self.matrix = system.matrix
        cells = len(system.cells)
        self.small = (lo[:cells] < k) & (system.sizes > 0)
        self.p, self.c = system.covers[:, 0], system.covers[:, 1]
        self.unsafe_targets = []
        self.unconfirmed, self.unasked = 0, 0
        self.deadline = self.most = float("inf")
        self.rows, self.confirm = None, True
        # A part of a small cell has minimum 0 where the whole has.
        self.open_min = self.small.copy()
        self.open_min[self.c[self.small[self.p] & self.small[self.c]]] = False
        self.open_max = self.small.copy()
        self.open_d = system.differ.copy()
        self.open_full = (lo[:cells] >= k) & (self.full > k)
        self._choose()
        self._forget(known)
        self.middling = numpy.zeros(len(self.p), dtype=bool)
        self.zero = self.small[self.p].copy()
        self.targets = 2 * int(self.small.sum()) + int(self.open_d.sum()) + int(self.open_full.sum())
        self.program = Program(self.matrix, lo, hi, self._rows_that_matter())

    def open_targets(self):
        """How many targets nothing has decided."""
        return int(sum(targets.sum() for targets in (self.open_min, self.open_max, self.open_full, self.open_d)))

    def _choose(self):
        """Which targets are this check's business: all of them."""

    def _forget(self, known):
        """Closes the targets that are known to fail."""
        if not known:
            return
        cells = self.system.cells
        for prefix in {"", self.prefix}:
            for i in numpy.nonzero(self.small)[0]:
                self.open_min[i] &= (f"{prefix}T", "minimum", (cells[i],)) not in known
                self.open_max[i] &= (f"{prefix}T", "maximum", (cells[i],)) not in known
            for i in numpy.nonzero(self.open_full)[0]:
                self.open_full[i] &= (f"{prefix}S", "maximum", (cells[i],)) not in known
            for i in numpy.nonzero(self.open_d)[0]:
                both = cells[self.p[i]], cells[self.c[i]]
                self.open_d[i] &= not known.intersection((f"{prefix}D", extreme, both) for extreme in ("minimum", "maximum"))

    def _rows_that_matter(self):
        """Leaves out rows without a lower end whose upper end follows from a cell above."""
        keep = numpy.ones(len(self.lo), dtype=bool)
        follows = (self.lo[self.c] == 0) & (self.hi[self.p] <= self.hi[self.c])
        keep[self.c[follows]] = False
        return keep

    def run(self):
        """All targets; what failed is in `unsafe targets`."""
        low = self.program.best(self._sum(~self.system.is_base), 1)
        self._absorb(low)
        self._exchange(low)
        self._minima()
        if self.open_max.any() or self.open_d.any():
            high = self.program.best(self._sum(self.open_max) + self._differences(self.open_d), -1)
            self._absorb(high)
            self._exchange(high)
        self._maxima()
        self._full_maxima()
        self._all_differences()
        return self.unsafe_targets

    def _differences(self, chosen):
        return self.matrix[self.p[chosen]].sum(axis=0) - self.matrix[self.c[chosen]].sum(axis=0)

    def _absorb(self, point):
        """Clears the targets that this point shows to be safe."""
        k, sums = self.k, self.matrix @ point
        cells = sums[: len(self.system.cells)]
        self.open_min &= cells > NEAR
        self.open_max &= cells < k - 1 - NEAR
        self.open_full &= cells < self.full - NEAR
        difference = cells[self.p] - cells[self.c]
        self.middling |= difference >= k - 1 - NEAR
        self.zero |= difference <= NEAR
        self._settle(difference >= self.full - NEAR)
        self._hold(point >= k - 1 - NEAR)

    def _settle(self, shown):
        self.open_d &= ~(shown | (self.middling & self.zero))

    def _hold(self, columns):
        """Clears what follows from single variables that can be k-1 in some point."""
        if not columns.any():
            return
        sums = self.matrix[: len(self.system.cells)] @ columns.astype(float)
        self.open_max &= sums == 0
        self.middling |= self.system.nested & (sums[self.p] - sums[self.c] > 0)
        self._settle(False)

    def _exchange(self, point):
        """Finds the variables that can gain k-1 people from one other variable, all else staying as it is."""
        if len(point) > MOST_EXCHANGED or (self.matrix < 0).any():
            return
        need = self.k - 1 - NEAR
        sums = self.matrix @ point
        sources = numpy.nonzero(point >= need)[0]
        rise = self.matrix[self.hi - sums < need].astype(numpy.float32)
        fall = self.matrix[sums - self.lo < need].astype(numpy.float32)
        blocked = rise.T @ (1 - rise[:, sources]) + (1 - fall).T @ fall[:, sources] > 0
        self._hold(~blocked.all(axis=1))

    def _in_bulk(self, still_open, cost, sense):
        """One program for all open targets at once, as long as a good share of them is cleared."""
        count = still_open().sum()
        while count:
            self._absorb(self.program.best(cost(still_open()), sense))
            before, count = count, still_open().sum()
            if before - count < 1 + before // 20:
                return

    def _has_time(self):
        """Whether another program may start; if not, counts the target that was not asked about."""
        if time.monotonic() < self.deadline and len(self.unsafe_targets) < self.most:
            return True
        self.unasked += 1
        return False

    def _sum(self, rows):
        return self.matrix[: len(self.system.cells)][rows].sum(axis=0)

    def _minima(self):
        """The minimum of every small cell that is no part of a small cell."""
        self._in_bulk(lambda: self.open_min, self._sum, 1)
        for i in numpy.nonzero(self.open_min)[0]:
            if self.open_min[i] and self._has_time():
                self._single(i, 1)

    def _maxima(self):
        """The maximum of every small cell, small parts first: what they show holds for the whole."""
        self._in_bulk(lambda: self.open_max, self._sum, -1)
        for i in numpy.nonzero(self.open_max)[0][::-1]:
            if self.open_max[i] and self._has_time():
                self._single(i, -1)

    def _full_maxima(self):
        """The maximum of every large cell that no point has shown to be large enough."""
        for i in numpy.nonzero(self.open_full)[0]:
            if self.open_full[i] and self._has_time():
                cost = self._cost(i, None)
                point = self.program.best(cost, -1)
                self._absorb(point)
                if float(cost @ point) < self.full - TOLERANCE:
                    self._report("S", i, None, -1, float(cost @ point))

    def _all_differences(self):
        """Every p - c that no point has shown to be safe."""
        self._in_bulk(lambda: self.open_d, self._differences, -1)
        for i in numpy.nonzero(self.open_d)[0]:
            if self.open_d[i] and self._has_time():
                self._difference(i)

    def _cost(self, p, c):
        return self.matrix[p] - (self.matrix[c] if c is not None else 0)

    def _single(self, p, sense):
        """One small cell's own program: a violation if its extreme is on the wrong side."""
        cost = self._cost(p, None)
        point = self.program.best(cost, sense)
        value = float(cost @ point)
        self._absorb(point)
        if sense == 1:
            self.open_min[p] = False
            wrong = value > TOLERANCE
        else:
            self.open_max[p] = False
            wrong = value < self.k - 1 - TOLERANCE
        if wrong:
            self._report("T", p, None, sense, value)

    def _difference(self, i):
        """One difference: its maximum, and its minimum where the maximum is just k-1."""
        p, c = int(self.p[i]), int(self.c[i])
        cost = self._cost(p, c)
        point = self.program.best(cost, -1)
        value = float(cost @ point)
        self._absorb(point)
        self.open_d[i] = False
        if value < self.k - 1 - TOLERANCE:
            self._report("D", p, c, -1, value)
        elif value < self.full - TOLERANCE and not self.zero[i]:
            point = self.program.best(cost, 1)
            self._absorb(point)
            if float(cost @ point) > TOLERANCE:
                self._report("D", p, c, 1, float(cost @ point))

    def _report(self, rule, p, c, sense, value):
        """Solves it anew, apart from everything before, and keeps it with its proof if the answer is the same."""
        extreme = "minimum" if sense == 1 else "maximum"
        needed = {"T": self.k - 1, "D": self.full, "S": self.full}[rule] if sense == -1 else 0
        if rule == "D" and sense == -1 and value < self.k - 1:
            needed = self.k - 1
        rule = self.prefix + rule
        if not self.confirm:
            self.unsafe_targets.append(UnsafeTarget(rule, p, c, extreme, value, [], needed))
            return
        if self.rows is None:
            self.rows = upside_down(self.matrix, self.lo, self.hi)
        unsafe_target = confirmed(rule, p, c, self._cost(p, c), sense, needed, self.rows, self.hi)
        if unsafe_target:
            self.unsafe_targets.append(unsafe_target)
        else:
            self.unconfirmed += 1


def confirmed(rule, p, c, cost, sense, needed, rows, hi):
    """A unsafe target, solved anew and with its proof, by the `rows` that `upside_down` made; None if the answer is another."""
    answer = fresh(rows, cost, sense)
    if answer.status == 2:
        raise Infeasible
    value = sense * answer.fun if answer.status == 0 else numpy.nan
    if not (value > TOLERANCE if sense == 1 else value < needed - TOLERANCE):
        return None
    finite = numpy.nonzero(numpy.isfinite(hi))[0]
    marginals = answer.ineqlin.marginals
    count = len(hi)
    proof = [(int(i), "at least", -marginals[i]) for i in numpy.nonzero(numpy.abs(marginals[:count]) > 1e-7)[0]]
    proof += [(int(finite[i]), "at most", -marginals[count + i]) for i in numpy.nonzero(numpy.abs(marginals[count:]) > 1e-7)[0]]
    return UnsafeTarget(rule, p, c, "minimum" if sense == 1 else "maximum", value, proof, needed)
