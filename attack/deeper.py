"""Attacks beyond the guarantee's own subproblems: one program over many codes, and programs in whole people."""

import dataclasses

import numpy
import scipy.optimize
import scipy.sparse

import plan
import programs
import systems

MOST_VARIABLES = 20_000
SECONDS = 60
JOINT_BLOCKS = 2
INTEGER_BLOCKS = 20
INTEGER_TARGETS = 4
INTEGER_JOINT_UNKNOWNS = 8_000
INTEGER_JOINT_CODES = 10
INTEGER_SECONDS = 5


def joint_subproblems(release, draw, variables=MOST_VARIABLES):
    """All codes of a centre at once; where they are too many, some random sets as large as fit into so many variables."""
    found = []
    for centre in release.centres:
        for _ in range(JOINT_BLOCKS):
            codes, is_all = _as_many_as_fit(release, centre, draw, variables)
            found.append(plan.Subproblem("joint", centre, tuple(codes)))
            if is_all:
                break
    return found


def _as_many_as_fit(release, centre, draw, variables):
    """Codes one after another, those of pairs first, some with their onsets, while the variables stay few enough."""
    paired = sorted({code for pair in release.pairs for code in pair if release.collecting(centre, pair)})
    others = [
        (d.name, name)
        for d in release.dimensions.values()
        if d.name in release.collects[centre]
        for name in d.plain()
        if d.kind == "codes" and (d.name, name) not in paired
    ]
    draw.shuffle(paired)
    draw.shuffle(others)
    most = variables // len(release.margins.strata)
    chosen, is_all = [], True
    for code in paired + others:
        more = systems.with_onsets(release, code) if draw.random() < 0.2 and not release.onset(code) else [code]
        try:
            systems.patterns(release, chosen + more, most=most)
            chosen = list(dict.fromkeys(chosen + more))
        except systems.TooLarge:
            is_all = False
    return chosen, is_all


def integer_subproblems(release, subproblems, draw, variables=MOST_VARIABLES):
    """A random few of the guarantee's subproblems, and of programs over ten and more codes of a centre."""
    crossed = [subproblem for subproblem in subproblems if subproblem.kind in ("code", "containment", "family", "pair", "triple")]
    chosen = [
        dataclasses.replace(subproblem, kind="integer") for subproblem in draw.sample(crossed, min(INTEGER_BLOCKS, len(crossed)))
    ]
    for centre in release.centres:
        codes, _ = _as_many_as_fit(release, centre, draw, min(variables, INTEGER_JOINT_UNKNOWNS))
        if len(codes) >= INTEGER_JOINT_CODES:
            chosen.append(plan.Subproblem("integer joint", centre, tuple(codes)))
    return chosen


def by_integers(system, lo, hi, k, draw, known=frozenset()):
    """T of a few small cells in whole numbers; (unsafe targets, programs solved, programs that time cut short).

    A program that time cuts short still has a bound that holds.
    """
    unsafe_targets, solved, short = [], 0, 0
    small = numpy.nonzero((lo[: len(system.cells)] < k) & (system.sizes > 0))[0]
    matrix = scipy.sparse.csr_matrix(system.matrix)
    for row in draw.sample(list(small), min(INTEGER_TARGETS, len(small))):
        for sense, extreme in ((1, "minimum"), (-1, "maximum")):
            if ("T", extreme, (system.cells[row],)) in known:
                continue
            answer = scipy.optimize.milp(
                sense * system.matrix[row],
                integrality=numpy.ones(system.matrix.shape[1]),
                constraints=scipy.optimize.LinearConstraint(matrix, lo, hi),
                options={"time_limit": INTEGER_SECONDS},
            )
            solved += 1
            short += answer.status == 1
            bound = answer.fun if answer.status == 0 else answer.mip_dual_bound
            value = sense * bound if bound is not None else None
            if value is None or (value < 0.5 if sense == 1 else value > k - 1.5):
                continue
            unsafe_targets.append(programs.UnsafeTarget("T", int(row), None, extreme, value, [], 0 if sense == 1 else k - 1))
    return unsafe_targets, solved, short
