"""Which subproblems to attack, by kind: everything that the published tables can speak of together."""

import dataclasses

import systems
from folder import ROOT

MOST_CROSSED = 4
# The audit's programs hold no more children; with --deep all of them are one program whatever their number.
MOST_TOGETHER = 31


@dataclasses.dataclass(frozen=True)
class Subproblem:
    """Some codes at some centre, and how they are put together."""

    kind: str
    centre: str
    codes: tuple
    parent: "tuple | None" = None  # of a family: the parent that its children exhaust

    def words(self):
        onsets = (
            sum("@" in name for _, name in self.codes)
            if self.kind in ("code", "chain", "deep", "joint", "integer", "integer joint")
            else 0
        )
        names = [f"{d} = {name}" for d, name in self.codes if not onsets or "@" not in name]
        codes = ", ".join(names) or "the partitions alone"
        return f"{self.kind} subproblem of {codes}{f' and {onsets} onsets' if onsets else ''} at {self.centre}"


def system_of(release, subproblem, old=None):
    """The variables and rows of a subproblem, the same at every centre; with the rows of an older release."""
    if subproblem.kind == "wide family":
        children = [code for code in subproblem.codes if code != subproblem.parent]
        return systems.wide_family(release, subproblem.parent, children, old)
    exhausted = (subproblem.parent, [code for code in subproblem.codes if code != subproblem.parent]) if subproblem.parent else None
    most = 10**6 if subproblem.kind == "deep" else systems.MOST_PATTERNS
    return systems.joint(release, subproblem.codes, exhausted, most, old)


def subproblems(release, deep=False):
    """All subproblems, kind by kind; those of the same codes one after another."""
    plan = [Subproblem("base", centre, ()) for centre in release.centres]
    singles = [(d.name, code) for d in release.dimensions.values() if d.kind == "codes" for code in d.plain()]
    families = []
    for code in singles:
        own = tuple(systems.with_onsets(release, code))
        parents = [(code[0], parent) for parent in sorted(release.dimensions[code[0]].parents[code[1]])]
        plan += _everywhere(release, "code", own)
        for parent in parents:
            plan += _everywhere(release, "containment", (code, parent))
            if deep:
                plan += _everywhere(release, "deep", own + tuple(systems.with_onsets(release, parent)))
        if deep:
            for chain in _chains(release, code):
                plan += _everywhere(release, "chain", chain)
        children = [(code[0], child) for child in release.dimensions[code[0]].plain_children(code[1])]
        if children:
            families += [
                family
                for centre in release.centres
                if release.collecting(centre, (code,))
                for family in _family(release, centre, code, children, deep)
            ]
    plan += families
    for pair in release.pairs:
        plan += _everywhere(release, "pair", pair)
        for third in relatives(release, pair):
            plan += _everywhere(release, "triple", (*pair, third))
    plan += _screened(release)
    return [subproblem for subproblem in plan if release.collecting(subproblem.centre, subproblem.codes)]


def _chains(release, code):
    """A code, a parent and a grandparent, each with its onset in the first life stage: each of these lies in the next."""
    dimension = release.dimensions[code[0]]
    for parent in sorted(dimension.parents[code[1]]):
        for grandparent in sorted(dimension.parents[parent]):
            names = (code[1], parent, grandparent)
            first = [name for name, (of, stage) in dimension.onsets.items() if of in names and stage == 0]
            if len(first) > 1:
                yield tuple((code[0], name) for name in (*names, *first))


def _everywhere(release, kind, codes):
    return [Subproblem(kind, centre, tuple(codes)) for centre in release.centres]


def _family(release, centre, parent, children, deep):
    """A parent and all its children at one centre, unless there are too many for one program."""
    if len(children) <= MOST_CROSSED:
        return [Subproblem("family", centre, (parent, *children), parent)]
    small = [child for child in children if release.intervals(centre, (child,))[0][0] < release.k]
    is_one = deep or (len(small) <= 2 and len(children) <= MOST_TOGETHER)
    return [Subproblem("wide family" if is_one else "family by cell", centre, (parent, *children), parent)]


def relatives(release, pair):
    """Ancestors and descendants of the two codes of a pair."""
    found = []
    for dimension in dict.fromkeys(code[0] for code in pair):
        for name in release.dimensions[dimension].plain():
            code = (dimension, name)
            if code not in pair and any(release.is_within(code, one) or release.is_within(one, code) for one in pair):
                found.append(code)
    return found


def _screened(release):
    """{A, B, C} of three declared pairs with a cell where the other two speak of A and B together."""
    partners = {}
    for a, b in release.pairs:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    found = []
    for a, b in release.pairs:
        near = set(relatives(release, (a, b)))
        for c in sorted(partners[a] & partners[b] - near):
            for centre in release.centres:
                codes = release.sorted((a, b, c))
                if release.collecting(centre, codes) and (_speaks(release, centre, a, b, c) or _speaks(release, centre, b, a, c)):
                    found.append(Subproblem("triple", centre, codes))
    return list(dict.fromkeys(found))


def _speaks(release, centre, a, b, c):
    """Whether a cell has AC.lo + BC.lo - C.hi > 0 or BC.hi + A.hi - AC.lo < k - 1."""
    ac, bc = release.sorted((a, c)), release.sorted((b, c))
    count = min(release.margins.count(release.orders[codes]) for codes in (ac, bc, (a,), (c,)))
    declared = release.declared(ac)[:count] & release.declared(bc)[:count]
    (ac_lo, _), (bc_lo, bc_hi) = release.intervals(centre, ac), release.intervals(centre, bc)
    c_hi, a_hi = release.intervals(centre, (c,))[1][:count], release.intervals(centre, (a,))[1][:count]
    inside = (ac_lo[:count] + bc_lo[:count] - c_hi > 0) | (bc_hi[:count] + a_hi - ac_lo[:count] < release.k - 1)
    return bool((inside & declared).any())


def is_root(code):
    return code[1] == ROOT


def follows(release, subproblem, roomy, strict=False):
    """Whether nothing can be found in this subproblem that a smaller subproblem does not show already.

    `roomy`: every stratum of the centre can hold k-1 people. Then codes without any lower end can be had by nobody, or
    by k-1 people of any stratum, whatever else is true. And a descendant C of just one of A and B, without lower ends
    and without a pair with the other, can be had by nobody or by any k-1 of those whom {A, B} shows.
    """
    if subproblem.kind == "base" or not roomy:
        return False
    combinations = systems.combinations_of(release, subproblem.codes)
    if not any(release.intervals(subproblem.centre, codes)[0].any() for codes in combinations if codes):
        return True
    if strict or subproblem.kind != "triple":
        return False
    third = subproblem.codes[2]
    mine = [codes for codes in combinations if third in codes]
    above = [code for code in subproblem.codes[:2] if release.is_within(third, code)]
    return (
        len(above) == 1 and mine == [(third,)] and not release.zeros and not release.intervals(subproblem.centre, mine[0])[0].any()
    )
