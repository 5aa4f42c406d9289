"""Attacks beyond the guarantee's own blocks: one program over many codes, and programs in whole people."""

import dataclasses

import numpy
import scipy.optimize
import scipy.sparse

import plan
import programs
import shapes

MOST_UNKNOWNS = 20_000
SECONDS = 60
JOINT_BLOCKS = 2
INTEGER_BLOCKS = 20
INTEGER_TARGETS = 4
INTEGER_JOINT_UNKNOWNS = 8_000
INTEGER_JOINT_CODES = 10
INTEGER_SECONDS = 5


def joint_blocks(release, draw):
    """All codes of a centre at once; where they are too many, some random sets as large as fit."""
    found = []
    for centre in release.centres:
        for _ in range(JOINT_BLOCKS):
            codes, is_all = _as_many_as_fit(release, centre, draw)
            found.append(plan.Block("joint", centre, tuple(codes)))
            if is_all:
                break
    return found


def _as_many_as_fit(release, centre, draw, unknowns=MOST_UNKNOWNS):
    """Codes one after another, those of pairs first, some with their onsets, while the unknowns stay few enough."""
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
    most = unknowns // len(release.margins.strata)
    chosen, is_all = [], True
    for code in paired + others:
        more = shapes.with_onsets(release, code) if draw.random() < 0.2 and not release.onset(code) else [code]
        try:
            shapes.patterns(release, chosen + more, most=most)
            chosen = list(dict.fromkeys(chosen + more))
        except shapes.TooLarge:
            is_all = False
    return chosen, is_all


def integer_blocks(release, blocks, draw):
    """A random few of the guarantee's blocks, and of programs over ten and more codes of a centre."""
    crossed = [block for block in blocks if block.kind in ("code", "containment", "family", "pair", "triple")]
    chosen = [dataclasses.replace(block, kind="integer") for block in draw.sample(crossed, min(INTEGER_BLOCKS, len(crossed)))]
    for centre in release.centres:
        codes, _ = _as_many_as_fit(release, centre, draw, INTEGER_JOINT_UNKNOWNS)
        if len(codes) >= INTEGER_JOINT_CODES:
            chosen.append(plan.Block("integer joint", centre, tuple(codes)))
    return chosen


def by_integers(shape, lo, hi, k, draw, known=frozenset()):
    """T of a few small cells in whole numbers; (findings, programs solved, programs that time cut short).

    A program that time cuts short still has a bound that holds.
    """
    findings, solved, short = [], 0, 0
    small = numpy.nonzero((lo[: len(shape.cells)] < k) & (shape.sizes > 0))[0]
    matrix = scipy.sparse.csr_matrix(shape.matrix)
    for row in draw.sample(list(small), min(INTEGER_TARGETS, len(small))):
        for sense, extreme in ((1, "minimum"), (-1, "maximum")):
            if ("T", extreme, (shape.cells[row],)) in known:
                continue
            answer = scipy.optimize.milp(
                sense * shape.matrix[row],
                integrality=numpy.ones(shape.matrix.shape[1]),
                constraints=scipy.optimize.LinearConstraint(matrix, lo, hi),
                options={"time_limit": INTEGER_SECONDS},
            )
            solved += 1
            short += answer.status == 1
            bound = answer.fun if answer.status == 0 else answer.mip_dual_bound
            value = sense * bound if bound is not None else None
            if value is None or (value < 0.5 if sense == 1 else value > k - 1.5):
                continue
            findings.append(programs.Finding("T", int(row), None, extreme, value, [], 0 if sense == 1 else k - 1))
    return findings, solved, short
