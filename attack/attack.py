#!/usr/bin/env python3
"""Attacks a release: tries to prove, from the published files alone, that a small group is not empty, empty, or below k-1.

Exit code 0: nothing could be proved; 1: violations; 2: an error.
"""

import argparse
import collections
import json
import random
import sys
import time

import numpy

import deeper
import pairwise
import plan
import programs
import strict
import systems
import versions
from folder import Refused, Release

MOST_WITNESSES = 20
MOST_CONFIRMED = 500


class Tally:
    """What was attacked, and what was found."""

    def __init__(self):
        self.subproblems = collections.Counter()
        self.programs = collections.Counter()
        self.targets = collections.Counter()
        self.seconds = collections.Counter()
        self.follows = collections.Counter()
        self.infeasible = collections.Counter()
        self.left = collections.Counter()
        self.unjoined = collections.Counter()
        self.violations = collections.Counter()
        self.beyond = collections.Counter()
        self.short = 0
        self.unconfirmed = 0
        self.unasked = 0
        self.witnesses = []

    def add(self, kind, rule, witness):
        """Counts a violation; the first are kept in words."""
        self.violations[f"{rule} {kind}"] += 1
        if len(self.witnesses) < MOST_WITNESSES:
            self.witnesses.append(witness())

    def totals(self):
        return {
            "blocks": dict(self.subproblems),
            "programs": sum(self.programs.values()),
            "targets": sum(self.targets.values()),
            "follow_from_smaller_blocks": dict(self.follows),
            "infeasible_families": sum(self.infeasible.values()),
            "left_out": dict(self.left),
            "not_of_all_versions": sum(self.unjoined.values()),
            "seconds": round(sum(self.seconds.values()), 2),
            "beyond_the_linear_programs": dict(self.beyond),
            "violations": dict(self.violations),
            "unconfirmed": self.unconfirmed,
            "unasked_targets": self.unasked,
            "witnesses": self.witnesses,
        }


class Attack:
    """One release under attack."""

    def __init__(self, release, options, previous=()):
        """`previous`: earlier versions, oldest first."""
        self.release, self.options, self.previous = release, options, list(previous)
        self.tally = Tally()
        self.start = time.monotonic()
        self.last_system = (None, None)
        self.known = {centre: set() for centre in release.centres}
        self.is_roomy = {centre: self._is_roomy(centre) for centre in release.centres}
        self.full = 2 * release.k - 1 if options.sense and release.base < release.k else release.k
        self.facts = (
            {centre: strict.facts_of_versions(release, self.previous, centre) for centre in release.centres}
            if options.strict
            else {}
        )
        self.is_strictly_roomy = {centre: strict.is_roomy(release, centre, known) for centre, known in self.facts.items()}

    def _is_roomy(self, centre):
        """Whether every stratum of a centre can hold k-1 people, by the base table alone."""
        system = systems.joint(self.release, ())
        lo, hi = system.bounds(centre)
        program = programs.Program(system.matrix, lo, hi, numpy.ones(len(lo), dtype=bool))
        best = numpy.zeros(system.matrix.shape[1])
        try:
            for column in range(len(best)):
                if best[column] < self.release.k - 1 - programs.NEAR:
                    best = numpy.maximum(best, program.best(numpy.eye(1, len(best), column)[0], -1))
        except programs.Infeasible:
            return False
        return bool((best >= self.release.k - 1 - programs.NEAR).all())

    def is_over(self):
        """Whether time is over, or enough was found."""
        enough = self.options.most is not None and sum(self.tally.violations.values()) >= self.options.most
        return enough or (self.options.budget is not None and time.monotonic() - self.start > self.options.budget)

    def chosen(self):
        """The subproblems to attack: a share of each kind, the base always."""
        every = plan.subproblems(self.release, self.options.deep)
        if self.options.sample >= 1:
            return every
        draw = random.Random(self.options.seed)
        kinds = {}
        for i, subproblem in enumerate(every):
            kinds.setdefault(subproblem.kind, []).append(i)
        taken = set()
        for kind, places in kinds.items():
            share = len(places) if kind == "base" else max(1, round(len(places) * self.options.sample))
            taken.update(draw.sample(places, share))
        return [subproblem for i, subproblem in enumerate(every) if i in taken]

    def run(self):
        """Attacks subproblem after subproblem."""
        if self.options.joint != "only":
            for subproblem in self.chosen():
                self._attack(subproblem)
        if self.options.pairwise and not self.previous:
            for centre in self.release.centres:
                self._pairwise(centre)
        if self.options.joint:
            draw = random.Random(self.options.seed)
            variables = self.options.joint_variables
            joint = deeper.joint_subproblems(self.release, draw, variables)
            whole = deeper.integer_subproblems(self.release, plan.subproblems(self.release), draw, variables)
            for subproblem in joint + whole:
                self._attack(subproblem)

    def _attack(self, subproblem):
        """One subproblem, unless time is over."""
        if self.is_over():
            self.tally.left[subproblem.kind] += 1
            return
        begin = time.monotonic()
        self.tally.subproblems[subproblem.kind] += 1
        if subproblem.kind == "family by cell":
            self._by_cell(subproblem)
        elif subproblem.kind.startswith("integer"):
            self._by_integers(subproblem)
        else:
            self._by_programs(subproblem)
        self.tally.seconds[subproblem.kind] += time.monotonic() - begin

    def _system(self, subproblem):
        told = [old for old in self.previous if versions.speaks_of(old, self.release, subproblem)]
        key = (subproblem.kind, subproblem.codes, len(told), subproblem.centre if self.previous else None)
        if self.last_system[0] != key:
            system = plan.system_of(self.release, subproblem)
            if told:
                system = versions.Joined([*(plan.system_of(self.release, subproblem, old) for old in told), system])
            self.last_system = (key, system)
        if len(told) < len(self.previous):
            self.tally.unjoined[subproblem.kind] += 1
        return self.last_system[1]

    def _by_programs(self, subproblem):
        """The loose program, and where the subproblem's points fit, the strict one."""
        fits = True
        if not self.previous and plan.follows(self.release, subproblem, self.is_roomy[subproblem.centre]):
            self.tally.follows[subproblem.kind] += 1
        else:
            system = self._system(subproblem)
            lo, hi = system.bounds(subproblem.centre)
            fits = self._by_program(
                subproblem, programs.Check(system, lo, hi, self.release.k, self.known[subproblem.centre], self.full)
            )
        facts = self.facts.get(subproblem.centre)
        if facts and fits and not self._follows_strictly(subproblem):
            system = self._system(subproblem)
            rows = strict.rows_of(system, facts)
            lo, hi = system.bounds(subproblem.centre)
            self._by_program(
                subproblem, strict.Check(system, lo, hi, self.release.k, rows, self.known[subproblem.centre], self.full)
            )

    def _follows_strictly(self, subproblem):
        return not self.previous and plan.follows(self.release, subproblem, self.is_strictly_roomy[subproblem.centre], strict=True)

    def _by_program(self, subproblem, check):
        """One program of a subproblem; whether a point fits."""
        found = sum(self.tally.violations.values())
        check.confirm = found < MOST_CONFIRMED
        if self.options.most is not None:
            check.most = self.options.most - found
        if subproblem.kind == "joint":
            check.deadline = time.monotonic() + deeper.SECONDS
            check.program.end_after(deeper.SECONDS)
        fits = True
        try:
            check.run()
        except programs.Late:
            check.unasked += check.open_targets()
        except programs.Infeasible:
            fits = False
            self._contradiction(subproblem, check)
        self.tally.programs[check.prefix + subproblem.kind] += check.program.solved
        self.tally.targets[check.prefix + subproblem.kind] += check.targets
        self.tally.unconfirmed += check.unconfirmed
        self.tally.unasked += check.unasked
        for unsafe_target in check.unsafe_targets:
            self._report(subproblem, check.system, check.lo, check.hi, unsafe_target)
        return fits

    def _pairwise(self, centre):
        """One program for all codes and pairs of a centre; with strict knowledge, one more."""
        for prefix, facts in (("", frozenset()), ("strict ", self.facts.get(centre, frozenset()))):
            if self.is_over() or (prefix and not facts):
                continue
            subproblem, begin = plan.Subproblem("pairwise", centre, ()), time.monotonic()
            self.tally.subproblems[prefix + subproblem.kind] += 1
            model = pairwise.Model(self.release, centre, facts)
            check = pairwise.Check(model, self.release.k, self.options.pairwise_seconds, self.known[centre])
            check.prefix = prefix
            try:
                check.run()
            except programs.Late:
                self.tally.left[prefix + subproblem.kind] += 1
            except programs.Infeasible:
                rule = "strict existence" if prefix else "contradiction"
                self.tally.add(subproblem.kind, rule, lambda: {"block": f"pairwise program of {centre}", "proof": []})
            self.tally.programs[prefix + subproblem.kind] += check.solved
            self.tally.targets[prefix + subproblem.kind] += check.targets
            self.tally.unasked += check.unasked
            self.tally.unconfirmed += check.unconfirmed
            for unsafe_target in check.unsafe_targets:
                self._report(subproblem, model, check.lo, check.hi, unsafe_target)
            self.tally.seconds[prefix + subproblem.kind] += time.monotonic() - begin

    def _by_integers(self, subproblem):
        """Whole people only: a few targets of a subproblem by integer programs."""
        system = self._system(subproblem)
        lo, hi = system.bounds(subproblem.centre)
        draw = random.Random(f"{self.options.seed} {subproblem.words()}")
        unsafe_targets, solved, short = deeper.by_integers(system, lo, hi, self.release.k, draw, self.known[subproblem.centre])
        self.tally.programs[subproblem.kind] += solved
        self.tally.targets[subproblem.kind] += solved
        self.tally.short += short
        self.tally.beyond[subproblem.kind] += len(unsafe_targets)
        for unsafe_target in unsafe_targets:
            self._report(subproblem, system, lo, hi, unsafe_target)

    def _contradiction(self, subproblem, check):
        """No point fits: a family is then visibly not exhausted, or people have left between versions.

        Anything else is a release that cannot be true, or, if just the strict program has no point, one that proves somebody where
        nothing supports it.
        """
        if (subproblem.parent and not (check.prefix and self.options.strict_unions)) or (self.previous and not check.prefix):
            self.tally.infeasible[check.prefix + subproblem.kind] += 1
            return
        if check.prefix:
            unsafe_target = check.contradiction()
            if unsafe_target:
                self._report(subproblem, check.system, check.lo, check.loose, unsafe_target)
            else:
                self.tally.unconfirmed += 1
            return
        self.tally.add(
            subproblem.kind,
            "contradiction",
            lambda: {"block": subproblem.words(), "what": "no counts of people fit the published intervals", "proof": []},
        )

    def _report(self, subproblem, system, lo, hi, unsafe_target):
        centre = subproblem.centre

        def witness():
            rows = [row for row in (unsafe_target.p, unsafe_target.c) if row is not None]
            needed = f"at least {unsafe_target.needed}" if unsafe_target.needed else "0"
            if unsafe_target.rule == "strict existence":
                what = "somebody where nothing published supports it"
            else:
                what = ", less those with ".join(map(system.cell_words, rows))
            return {
                "block": subproblem.words(),
                "centre": centre,
                "what": what,
                "found": f"{unsafe_target.extreme} {unsafe_target.value:.6g}, must be {needed}",
                "published": "; ".join(system.row_words(centre, row) for row in rows),
                "proof": [
                    f"{system.row_words(centre, row)} ({side} {(lo if side == 'at least' else hi)[row]:.0f}, weight {weight:.3g})"
                    + (
                        " which nothing supports"
                        if row < len(system.cells) and system.cells[row] in self.facts.get(centre, ())
                        else ""
                    )
                    for row, side, weight in unsafe_target.proof
                ],
            }

        cells = tuple(system.cells[row] for row in (unsafe_target.p, unsafe_target.c) if row is not None)
        self.known[centre].add((unsafe_target.rule, unsafe_target.extreme, cells))
        self.tally.add(subproblem.kind, unsafe_target.rule, witness)

    def _by_cell(self, subproblem):
        """A large family: is a parent so full that a small child cannot be empty?"""
        release, centre = self.release, subproblem.centre
        children = [code for code in subproblem.codes if code != subproblem.parent]
        lo, _ = release.intervals(centre, (subproblem.parent,))
        lows, highs = (numpy.array(ends) for ends in zip(*(release.intervals(centre, (child,)) for child in children)))
        known = numpy.array([release.declared((child,)) for child in children])
        # A cell that is not declared is impossible here: no child of the family is an onset.
        highs = numpy.where(known, highs, 0)
        total = highs.sum(axis=0)
        parent = release.declared((subproblem.parent,))
        if (parent & (lo > total)).any():
            self.tally.infeasible[subproblem.kind] += 1
            return
        self._forced(subproblem, children, lo, lows, highs, known & parent)
        facts = self.facts.get(centre)
        if not facts:
            return
        around = self.release.margins.around
        closed = numpy.array(
            [
                [any((codes, w) in facts for codes in ((), (child,)) for w in around[i]) for i in range(len(lo))]
                for child in children
            ]
        )
        highs = numpy.where(closed, 0, highs)
        if (parent & (lo > highs.sum(axis=0))).any():
            self.tally.infeasible["strict family by cell"] += 1
            if self.options.strict_unions:
                self.tally.add(
                    subproblem.kind, "strict existence", lambda: {"block": subproblem.words(), "centre": centre, "proof": []}
                )
            return
        self._forced(subproblem, children, lo, lows, highs, known & parent & ~closed, "strict ")

    def _forced(self, subproblem, children, lo, lows, highs, known, prefix=""):
        """Small children whose parent's lower end leaves them no way of being empty."""
        release, centre = self.release, subproblem.centre
        self.tally.targets[prefix + subproblem.kind] += int((known & (lows < release.k)).sum())
        forced = lo - (highs.sum(axis=0) - highs)
        for i, cell in zip(*numpy.nonzero(known & (lows < release.k) & (forced > programs.TOLERANCE))):
            child = (children[i],)
            unsafe_target = (f"{prefix}T", "minimum", ((child, int(cell)),))
            if unsafe_target in self.known[centre] or ("T", *unsafe_target[1:]) in self.known[centre]:
                continue
            self.known[centre].add(unsafe_target)
            self.tally.add(
                subproblem.kind,
                f"{prefix}T",
                lambda: {
                    "block": subproblem.words(),
                    "centre": centre,
                    "what": release.cell_words(child, cell),
                    "found": f"minimum {forced[i, cell]:.0f}, must be 0",
                    "published": release.row_words(centre, child, cell),
                    "proof": [release.row_words(centre, (subproblem.parent,), cell)]
                    + [release.row_words(centre, (other,), cell) for other in children if (other,) != child],
                },
            )


def parser():
    """What can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", metavar="RELEASE", help="a release folder")
    parser.add_argument(
        "--sample", type=float, default=1.0, metavar="SHARE", help="attack this share of the subproblems of each kind"
    )
    parser.add_argument("--seed", type=int, default=1, help="the seed of the sample")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="start no subproblem after so many seconds")
    parser.add_argument(
        "--deep",
        action="store_true",
        help="also parent and child, both with all their onsets, and families of any size as one program",
    )
    parser.add_argument("--pairwise", action="store_true", help="one program for all codes and pairs of a centre at once")
    parser.add_argument("--pairwise-seconds", type=float, default=60, metavar="SECONDS", help="for each such program's targets")
    parser.add_argument(
        "--joint",
        choices=("also", "only"),
        help="programs over many codes at once, and in whole people on a sample: also, or nothing else",
    )
    parser.add_argument(
        "--joint-variables",
        type=int,
        default=deeper.MOST_VARIABLES,
        help="how large the programs of --joint may be (%(default)s: minutes for each on a real release)",
    )
    parser.add_argument(
        "--strict", action="store_true", help="the reader takes it that whatever nothing published supports is empty"
    )
    parser.add_argument(
        "--strict-unions",
        action="store_true",
        help="with --strict: whatever fills a parent loosely must fill it strictly, too (else such a family is not looked at)",
    )
    parser.add_argument(
        "--sense", action="store_true", help="where base < k: a group that is not empty must allow for 2k-1 people, not just for k"
    )
    parser.add_argument(
        "--previous",
        metavar="OLD",
        action="append",
        default=[],
        help="a version before, oldest first: attack all together, people having only joined; may be given several times",
    )
    parser.add_argument("--most", type=int, metavar="N", help="stop at so many violations")
    parser.add_argument("--json", metavar="FILE", help="write the totals to this file")
    return parser


def say(release, tally):
    """The result, for people."""
    print(f"{len(release.centres)} centres, {release.declared_cells():,} declared cells, k = {release.k}")
    print(f"{'blocks':<22}{'attacked':>10}{'follow':>10}{'programs':>10}{'targets':>10}{'seconds':>10}{'left out':>10}")
    for kind in dict.fromkeys([*tally.subproblems, *tally.left, *tally.targets]):
        print(
            f"{kind:<22}{tally.subproblems[kind]:>10,}{tally.follows[kind]:>10,}{tally.programs[kind]:>10,}"
            f"{tally.targets[kind]:>10,}{tally.seconds[kind]:>10.1f}{tally.left[kind]:>10,}"
        )
    if tally.infeasible:
        print(
            f"{sum(tally.infeasible.values()):,} subproblems fit no point: families visibly not exhausted by their children"
            " (or, over two versions, people who left)"
        )
    for kind in tally.beyond:
        asked = tally.programs[kind]
        print(
            f"{kind}: {tally.beyond[kind]:,} of {asked:,} programs in whole people find what no linear program of a subproblem did"
        )
    if tally.short:
        print(f"{tally.short:,} programs in whole people ended by time, with a bound")
    if tally.unjoined:
        print(
            f"{sum(tally.unjoined.values()):,} subproblems have codes that not all versions count alike: fewer versions were joined"
        )
    if tally.unasked:
        print(f"{tally.unasked:,} targets of subproblems begun were left: time was over, or enough was found")
    if tally.unconfirmed:
        print(f"{tally.unconfirmed} suspicions were not confirmed by a separate solve")
    for number, witness in enumerate(tally.witnesses, 1):
        print(f"\nviolation {number}: {witness['block']}")
        for name in ("what", "found", "published"):
            if name in witness:
                print(f"  {name}: {witness[name]}")
        for row in witness["proof"]:
            print(f"  proof: {row}")
    total = sum(tally.violations.values())
    print()
    for kind, count in sorted(tally.violations.items()):
        print(f"{kind}: {count:,} violations")
    if total > MOST_CONFIRMED:
        print(f"subproblems begun after {MOST_CONFIRMED} violations were solved once only, without a separate solve")
    print(f"{total:,} violations" if total else "no violation found")


def main():
    options = parser().parse_args()
    try:
        release = Release(options.release)
        previous = [versions.comparable(Release(old), release) for old in options.previous]
        attack = Attack(release, options, previous)
        attack.run()
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 2
    say(release, attack.tally)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(attack.tally.totals(), file, ensure_ascii=False, indent=1)
    return 1 if attack.tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
