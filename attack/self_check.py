#!/usr/bin/env python3
"""Checks the attacker itself on hand-made releases whose weaknesses are known, and against a plain solver."""

import contextlib
import csv
import io
import json
import pathlib
import random
import tempfile

import numpy
import pyarrow
import pyarrow.parquet

import attack
import deeper
import folder
import plan
import programs
import questions
import systems
import versions

SEX = {"sex": ["female", "male"]}
ONE = {"one": ["only"]}
STAGES = {"life_stage": ["child", "adult", "unknown"]}
FAMILY = {"P": [], "A": ["P"], "B": ["P"]}
PLAIN = {"A": [], "B": []}


def write(path, partitions, codes, rows, pairs=(), zeros=(), k=10, by="ninzu", base=None):
    """A release of one centre with one codes dimension `dx`. `rows`: "A+B sex=female" -> (lo, hi)."""
    path = pathlib.Path(path)
    (path / "dimensions").mkdir(parents=True)
    (path / "cells").mkdir()
    dictionaries = {name: [(value, "") for value in values] for name, values in partitions.items()}
    dictionaries["dx"] = [(code, parent) for code, above in codes.items() for parent in above or [""]]
    for name, values in dictionaries.items():
        with (path / "dimensions" / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("code", "parent"), *values])
    tables = [("base", [], [[]]), ("dx", ["dx"], "dictionary")] + ([("dx+dx", ["dx", "dx"], list(pairs))] if pairs else [])
    manifest = {
        "format": 1,
        "policy": {"threshold": k, "base": base or k},
        "protection": {"by": by, "audited": False},
        "centres": [{"name": "C"}],
        "collects": {"C": ["dx"]},
        "structural_zeros": list(zeros),
        "dimensions": [
            {"name": name, "kind": "partition", **({"role": name, "ordered": True} if name == "life_stage" else {})}
            for name in partitions
        ]
        + [{"name": "dx", "kind": "codes"}],
        "tables": [
            {"name": name, "path": f"cells/{name}.parquet", "codes": of, "order": 3, "declared": declared, "unlisted": [0, k - 1]}
            for name, of, declared in tables
        ],
    }
    (path / "datapackage.json").write_text(json.dumps({"ninzu": manifest}), encoding="utf-8")
    for name, of, _ in tables:
        _write_cells(path / "cells" / f"{name}.parquet", partitions, of, rows)
    return path


def _write_cells(path, partitions, of, rows):
    names = ["dx", "dx_2"][: len(of)]
    columns = {name: [] for name in [*names, "centre", *partitions, "lo", "hi"]}
    for words, (lo, hi) in rows.items():
        codes, _, values = words.partition(" ")
        codes = [] if codes == "everyone" else codes.split("+")
        if len(codes) != len(of):
            continue
        chosen = dict(value.split("=") for value in values.split())
        cell = {**dict(zip(names, codes)), "centre": "C", "lo": lo, "hi": hi, **{name: chosen.get(name) for name in partitions}}
        for name, column in columns.items():
            column.append(cell[name])
    types = {name: pyarrow.uint32() if name in ("lo", "hi") else pyarrow.string() for name in columns}
    pyarrow.parquet.write_table(pyarrow.table({n: pyarrow.array(c, types[n]) for n, c in columns.items()}), path)


def attacked(*made, previous=(), deep=True, switches=(), **more):
    """The violations by kind, and the witnesses, of a hand-made release."""
    with tempfile.TemporaryDirectory() as temporary:
        release = folder.Release(write(f"{temporary}/new", *made, **more))
        old = []
        for i, one in enumerate(previous):
            old.append(
                versions.comparable(folder.Release(write(f"{temporary}/old{i}", *one[:3], **{**more, **dict(one[3:])})), release)
            )
    options = attack.parser().parse_args(["RELEASE", *switches])
    options.deep = deep
    work = attack.Attack(release, options, old)
    work.run()
    with contextlib.redirect_stdout(io.StringIO()):
        attack.say(release, work.tally)
    return work.tally


def kinds(*made, **more):
    return set(attacked(*made, **more).violations)


BASE = {"everyone": (100, 109)}


def a_clean_release_stands():
    rows = {**BASE, "everyone sex=female": (50, 59), "everyone sex=male": (50, 59)}
    rows.update({"A": (30, 39), "A sex=female": (20, 29), "A sex=male": (10, 19)})
    assert kinds(SEX, PLAIN, rows, pairs=[("A", "B")]) == set()


def margin_minus_children():
    rows = {"everyone": (100, 109), "everyone sex=female": (90, 99)}
    tally = attacked(SEX, PLAIN, rows)
    assert tally.violations["T base"] == 1, tally.violations
    witness = tally.witnesses[0]
    assert witness["what"] == "sex = male" and witness["found"].startswith("minimum 1,"), witness
    assert len(witness["proof"]) == 2, witness


def union_with_one_unlisted_child():
    rows = {**BASE, "P": (50, 59), "A": (40, 49)}
    assert "T family" in kinds(ONE, FAMILY, rows)
    visibly_open = {**BASE, "P": (70, 79), "A": (40, 49)}
    tally = attacked(ONE, FAMILY, visibly_open)
    assert not tally.violations and tally.infeasible["family"] == 1


def large_families():
    codes = {"P": [], **{f"A{i}": ["P"] for i in range(6)}}
    rows = {**BASE, "P": (70, 79), **{f"A{i}": (10, 19) for i in range(5)}}
    rows["A0"] = (20, 29)
    assert kinds(ONE, codes, {**rows, "P": (106, 109)}) >= {"T wide family"}
    few = {**BASE, "P": (55, 59), "A0": (10, 19), "A1": (13, 13), "A2": (0, 10), "A3": (0, 0)}
    assert "T family by cell" in kinds(ONE, codes, few, deep=False)
    assert "T wide family" in kinds(ONE, codes, few)


def pair_of_common_codes():
    rows = {**BASE, "A": (58, 67), "B": (58, 67)}
    assert "T pair" in kinds(ONE, PLAIN, rows, pairs=[("A", "B")])
    assert "T pair" not in kinds(ONE, PLAIN, rows)


def difference():
    rows = {"everyone": (100, 104), "A": (100, 104)}
    tally = attacked(ONE, PLAIN, rows)
    assert set(tally.violations) == {"D code"}, tally.violations
    assert tally.witnesses[0]["what"] == "everyone, less those with dx = A", tally.witnesses
    assert kinds(ONE, PLAIN, {**rows, "A": (91, 95)}) == set()
    assert kinds(ONE, PLAIN, {**rows, "A": (95, 104)}) == set(), "at most 9, and none"
    assert kinds(ONE, PLAIN, {**rows, "A": (95, 99)}) == {"D code"}, "at most 9, at least 1"


def onset_states_add_up():
    codes = {"A": [], "A@child": ["A"], "A@adult": ["A"]}
    rows = {"everyone": (100, 109), "everyone life_stage=adult": (90, 109), "A": (10, 14), "A life_stage=adult": (0, 19)}
    assert kinds(STAGES, codes, rows) == set()
    assert "T code" in kinds(STAGES, codes, {**rows, "A@child": (10, 14)})


def onsets_of_three_generations():
    codes = {"G": [], "P": ["G"], "A": ["P"], "A@child": ["A"], "G@child": ["G"]}
    rows = {"everyone": (100, 199), "everyone life_stage=adult": (90, 199), "A": (10, 29), "P": (10, 29), "G": (10, 29)}
    rows.update({f"{code} life_stage=adult": (0, 29) for code in "APG"})
    rows.update({"A@child": (10, 29), "G@child": (0, 29)})
    assert kinds(STAGES, codes, rows) == {"T chain"}, "whoever has A as a child has G as a child"
    assert kinds(STAGES, codes, {**rows, "G@child": (10, 29)}) == set()


def whole_people():
    """Half a person is none."""
    with tempfile.TemporaryDirectory() as temporary:
        release = folder.Release(write(f"{temporary}/r", ONE, PLAIN, {**BASE, "A": (20, 29)}))
    system = systems.joint(release, release.sorted((("dx", "A"), ("dx", "B"))))
    lo, hi = system.bounds("C")
    assert deeper.by_integers(system, lo, hi, 10, random.Random(1))[0] == [], "A may hold anybody, and B nobody"
    # Half of B at least: linearly, B has less than one person; in whole people there is one.
    row = system.places[(("dx", "B"),), 0]
    lo = lo.copy()
    lo[row] = 0.4
    found = deeper.by_integers(system, lo, hi, 10, random.Random(1))[0]
    assert [(one.p, one.extreme, round(one.value)) for one in found] == [(row, "minimum", 1)], found


def pairs_together():
    """The pairwise program of a centre: triangles, the hierarchy, unions, and what is not there."""

    def pairwise_kinds(*made, **more):
        return {kind for kind in kinds(*made, switches=["--pairwise"], **more) if "pairwise" in kind}

    codes = {"A": [], "B": [], "C": [], "E": []}
    clean = {**BASE, **dict.fromkeys(codes, (30, 39))}
    every = [("A", "B"), ("B", "C"), ("C", "E"), ("A", "E")]
    assert pairwise_kinds(ONE, codes, clean, pairs=every) == set()
    # B is nearly all of A, C nearly all of B, and E nearly all of C: A and E share somebody. No two pairs speak of A and E.
    rows = {
        **BASE,
        "A": (30, 39),
        "B": (30, 30),
        "C": (30, 30),
        "E": (30, 39),
        "A+B": (28, 30),
        "B+C": (28, 30),
        "C+E": (28, 30),
        "A+E": (0, 39),
    }
    tally = attacked(ONE, codes, rows, pairs=every, switches=["--pairwise"])
    assert tally.violations["T pairwise"] and not any("T" in kind and "pairwise" not in kind for kind in tally.violations), (
        tally.violations
    )
    assert any(w["what"] == "dx = A and dx = E" and w["found"].startswith("minimum 24,") for w in tally.witnesses), tally.witnesses
    # Children fill their parent, and those with B alone are the rest.
    rows = {**BASE, "P": (50, 59), "A": (40, 49)}
    assert "T pairwise" in pairwise_kinds(ONE, FAMILY, rows) or "T family" in kinds(ONE, FAMILY, rows)
    assert pairwise_kinds(ONE, FAMILY, {**rows, "P": (70, 79)}) == set(), "visibly not filled"


def questions_that_prove():
    """The reading of answers, by an engine that is none."""

    class Mute:
        asked, refused = 0, {}

        def ask(self, asked):
            return [self.said.get(question.text, {"C": (0, 99)}) for question in asked]

    with tempfile.TemporaryDirectory() as temporary:
        made = write(f"{temporary}/r", {**SEX, **STAGES}, PLAIN, {**BASE, "A": (20, 29)}, pairs=[("A", "B")])
        generator = questions.Generator(folder.Release(made), random.Random(1))
    one = questions.both(questions.atom("has dx"), questions.atom("sex = female"))
    for said, full, proof in (
        ((1, 9), 10, 1),
        ((0, 9), 10, 0),
        ((1, 10), 10, 0),
        ((1, 10), 19, 1),
        ((10, 18), 19, 1),
        ((10, 19), 19, 0),
    ):
        engine = Mute()
        engine.said = {one.text: {"C": said}}
        work = questions.Search(generator, engine, 10, full)
        work.look([one])
        assert work.found["answer"] == proof, (said, full)
    engine = Mute()
    engine.said = {
        one.text: {"C": (1, 20)},
        "not (" + " or ".join(f"(not ({part.text}))" for part in one.parts) + ")": {"C": (0, 8)},
    }
    for seed in range(20):
        generator.draw.seed(seed)
        work = questions.Search(generator, engine, 10, 10)
        work.together(one)
        if work.found["equal forms together"] or work.found["an equal form"]:
            break
    assert work.found["equal forms together"] == 1, work.found
    texts = [generator.question().text for _ in range(300)]
    for words in ("not (", "at least", " or ", " in ", "..", "has dx", "life_stage", "sex"):
        assert any(words in text for text in texts), words


def triple_with_a_parent():
    codes = {"P": [], "A": ["P"], "B": []}
    rows = {**BASE, "P": (30, 34), "A": (30, 39), "B": (30, 39), "P+B": (12, 21)}
    assert "T triple" in kinds(ONE, codes, rows, pairs=[("A", "B"), ("P", "B")])


def triple_of_three_pairs():
    codes = {"A": [], "B": [], "E": []}
    rows = {**BASE, "A": (30, 39), "B": (30, 39), "E": (30, 39), "A+E": (22, 31), "B+E": (22, 31)}
    assert "T triple" in kinds(ONE, codes, rows, pairs=[("A", "B"), ("A", "E"), ("B", "E")])


def versions_together():
    old = {**BASE, "A": (20, 29)}
    new = {**BASE, "A": (20, 29)}
    assert attacked(ONE, PLAIN, new, previous=[(ONE, PLAIN, old)]).violations == {}
    # Everybody is at most 109, 100 of them before, and A rises by 10 at the least: nearly all who joined have A.
    new = {**BASE, "everyone": (100, 100), "A": (41, 41), "B": (0, 9)}
    old = {**BASE, "everyone": (100, 100), "A": (41, 41), "B": (8, 8)}
    assert attacked(ONE, PLAIN, new, previous=[(ONE, PLAIN, old)]).violations


HALVES = {**BASE, "everyone sex=female": (50, 59), "everyone sex=male": (50, 59)}


def three_versions_together():
    """What no version shows together with the one before it: the first pins from below, the last from above."""
    first = {"everyone": (60, 69), "everyone sex=female": (60, 69)}
    second = {"everyone": (60, 79), "everyone sex=female": (50, 79)}
    third = {"everyone": (60, 67), "everyone sex=female": (50, 69)}
    one, two, three = ((SEX, PLAIN, rows) for rows in (first, second, third))
    assert kinds(*two, previous=[one]) == kinds(*three, previous=[two]) == kinds(*three) == set()
    assert "D base" in kinds(*three, previous=[one, two])
    # Other plans: the pair was counted once, and A's people once only. Codes that came later are joined as far as they are known.
    pair = {**BASE, "A": (58, 67), "B": (58, 67)}
    assert "T pair" in kinds(ONE, PLAIN, pair, pairs=[("A", "B")], previous=[(ONE, PLAIN, pair, ("pairs", ()))])
    tally = attacked(ONE, {**PLAIN, "E": []}, pair, previous=[(ONE, PLAIN, pair)])
    assert not tally.violations and tally.unjoined["code"] == 1, (tally.violations, tally.unjoined)


def versions_of_a_growing_family():
    """P was A and B, and is A, B and C now: at most 29 had A, and 30 or more P."""
    codes = {"P": [], "A": ["P"], "B": ["P"]}
    old = {**BASE, "P": (30, 39), "A": (20, 39), "B": (0, 19)}
    new = {**BASE, "P": (30, 59), "A": (20, 29), "B": (0, 29), "C": (0, 9)}
    assert kinds(ONE, codes, old) == kinds(ONE, {**codes, "C": ["P"]}, new) == set()
    assert "T family" in kinds(ONE, {**codes, "C": ["P"]}, new, previous=[(ONE, codes, old)])
    # Not where they did not fill it.
    old = {**BASE, "P": (50, 59), "A": (20, 39), "B": (0, 9)}
    new = {**BASE, "P": (50, 99), "A": (20, 99), "B": (0, 29), "C": (0, 99)}
    assert kinds(ONE, {**codes, "C": ["P"]}, new, previous=[(ONE, codes, old)]) == set()


def strict_knowledge():
    """Nobody is taken to be where nothing published supports it."""

    def strictly(*made, more=()):
        loose, strict = (dict(attacked(*made, switches=s).violations) for s in ((), ("--strict", *more)))
        assert loose.items() <= strict.items(), (loose, strict)
        return {kind: count for kind, count in strict.items() if kind not in loose}

    women_only = {"everyone": (100, 109), "everyone sex=female": (100, 109)}
    assert strictly(SEX, PLAIN, women_only) == {}, "a man can be there once just that fact is taken back"
    assert strictly(SEX, PLAIN, {**HALVES, "A": (10, 19), "A sex=female": (10, 19)}) == {}
    # Ten people with A, and each sex may have none of them.
    rows = {**HALVES, "A": (10, 19), "A sex=female": (0, 19), "A sex=male": (0, 19)}
    assert strictly(SEX, PLAIN, rows) == {"strict existence code": 1}
    # The same over two versions; a fact is one at both times.
    tally = attacked(SEX, PLAIN, rows, previous=[(SEX, PLAIN, rows)], switches=("--strict",))
    assert dict(tally.violations) == {"strict existence code": 1}, tally.violations
    rows = {**HALVES, "A": (10, 19), "A sex=female": (10, 19)}
    tally = attacked(SEX, PLAIN, rows, previous=[(SEX, PLAIN, rows)], switches=("--strict",))
    assert dict(tally.violations) == {}, tally.violations
    # Women with A are ten or more, and may all be children; but nothing published supports a child with A.
    rows = dict.fromkeys(("everyone sex=female", "everyone sex=male", "everyone life_stage=child"), (90, 199))
    rows.update({f"everyone sex={sex} life_stage={stage}": (90, 199) for sex in SEX["sex"] for stage in ("child", "adult")})
    rows.update({"everyone": (360, 799), "everyone life_stage=adult": (180, 399)})
    rows = {word: (lo, 799) for word, (lo, _) in rows.items()}
    rows.update({"A": (20, 59), "A sex=female": (10, 19), "A sex=male": (10, 39), "A life_stage=adult": (10, 59)})
    rows.update({"A life_stage=child": (0, 29), "A sex=female life_stage=child": (0, 19)})
    rows.update({"A sex=female life_stage=adult": (0, 19), "A sex=male life_stage=adult": (10, 39)})
    assert set(strictly({**SEX, **STAGES}, PLAIN, rows)) == {"strict T code"}
    assert strictly({**SEX, **STAGES}, PLAIN, {**rows, "A life_stage=child": (10, 29)}) == {}
    # Whom a parent counts has one of its children, of whom none is supported among women.
    rows = {**HALVES, "P": (10, 19), "P sex=female": (10, 19), "A": (0, 19), "B": (0, 19)}
    rows.update({"A sex=female": (0, 19), "B sex=female": (0, 19)})
    assert strictly(SEX, FAMILY, rows) == {}
    assert strictly(SEX, FAMILY, rows, more=["--strict-unions"]) == {"strict existence family": 1}


def the_sense_of_a_narrow_base():
    rows = {**BASE, "A": (10, 12)}
    assert kinds(ONE, PLAIN, rows, base=3) == set()
    assert kinds(ONE, PLAIN, rows, switches=["--sense"]) == set(), "only where base is below k"
    assert kinds(ONE, PLAIN, rows, base=3, switches=["--sense"]) == {"S code"}
    assert kinds(ONE, PLAIN, {**BASE, "A": (10, 18)}, base=3, switches=["--sense"]) == {"S code"}
    assert kinds(ONE, PLAIN, {**BASE, "A": (10, 21)}, base=3, switches=["--sense"]) == set()
    rows = {"everyone": (100, 102), "A": (88, 92)}
    assert kinds(ONE, PLAIN, rows, base=5) == set()
    assert kinds(ONE, PLAIN, rows, base=5, switches=["--sense"]) == {"D code"}, "from 8 to 14 without A"


def what_is_declared():
    codes = {"*": [], "A": [], "A@child": ["A"], "A@adult": ["A"], "Z": [], "Z1": ["Z"]}
    with tempfile.TemporaryDirectory() as temporary:
        made = write(f"{temporary}/r", {**SEX, "one": ["only"], **STAGES}, codes, {}, zeros=[{"sex": "male", "dx": "Z"}])
        release = folder.Release(made)
    cells = 1 + 2 + 3 + 6
    count = {name: int(release.declared((("dx", name),)).sum()) for name in codes}
    assert count["*"] == count["A"] == cells, count
    assert count["A@child"] == cells - 3, "CODE@stage at the first life stage"
    assert count["A@adult"] == cells - 3, "an onset later than the life stage, or at the first"
    assert count["Z"] == count["Z1"] == 1 + 1 + 3 + 3, count
    assert release.declared(()).sum() == cells
    assert release.dimensions["dx"].parents["A"] == {"*"}


def what_is_possible():
    codes = {"P": [], "A": ["P"]}
    codes.update({f"{code}@{stage}": [code] for code in ("P", "A") for stage in ("child", "adult")})
    with tempfile.TemporaryDirectory() as temporary:
        release = folder.Release(write(f"{temporary}/r", {**SEX, **STAGES}, codes, {}))
    deep = systems.with_onsets(release, ("dx", "A")) + systems.with_onsets(release, ("dx", "P"))
    found = {"+".join(sorted(name for _, name in pattern)) for pattern in systems.patterns(release, deep)}
    undated = {"", "P", "P+P@child", "P+P@adult"}
    child = {"A+P", "A+P+P@child", "A+P+P@adult"}
    dated = {"A+A@child+P+P@child", "A+A@adult+P+P@child", "A+A@adult+P+P@adult"}
    assert found == undated | child | dated, found


def imports_are_refused():
    with tempfile.TemporaryDirectory() as temporary:
        made = write(f"{temporary}/r", SEX, PLAIN, {}, by="somebody")
        try:
            folder.Release(made)
        except folder.Refused as refused:
            assert "imported" in str(refused)
        else:
            raise AssertionError("an imported release was not refused")


def pooling_loses_nothing():
    """The same verdicts as one separate program for each target, on random counts without repair."""
    draw = random.Random(5)
    codes = {"*": [], "P": [], "A": ["P"], "B": ["P"], "E": []}
    verdicts = set()
    for width in (5, 5, 10, 20, 20, 40):
        with tempfile.TemporaryDirectory() as temporary:
            rows = _random_rows(draw, width)
            release = folder.Release(write(f"{temporary}/r", SEX, codes, rows, pairs=[("A", "E"), ("B", "E")], k=5))
        for subproblem in plan.subproblems(release):
            verdicts.add(_same_verdict(release, subproblem))
    assert verdicts == {True, False}, "both clean subproblems and violations must occur"


def _random_rows(draw, width):
    """Intervals of this width around the counts of random people; below the threshold unlisted or [0, 4 + width]."""
    counts = {}
    for _ in range(draw.randint(60, 120)):
        codes = {code for code, share in (("A", 0.2), ("B", 0.1), ("E", 0.3)) if draw.random() < share}
        codes |= ({"P"} if codes & {"A", "B"} else set()) | ({"*"} if codes else set())
        sex = draw.choice(["female", "female", "male"])
        words = ["everyone", *codes] + [pair for pair in ("A+E", "B+E") if codes.issuperset(pair.split("+"))]
        for word in words + [f"{word} sex={sex}" for word in words]:
            counts[word] = counts.get(word, 0) + 1
    rows = {}
    for word, count in counts.items():
        if count >= 5:
            lo = count - (count - 5) % width
            rows[word] = (lo, lo + width - 1)
        elif draw.random() < 0.5:
            rows[word] = (0, 4 + width)
    return rows


def _same_verdict(release, subproblem):
    """Compares pooled and plain; whether the subproblem stands."""
    if subproblem.kind == "family by cell":
        return True
    system = plan.system_of(release, subproblem)
    lo, hi = system.bounds(subproblem.centre)
    check = programs.Check(system, lo, hi, release.k)
    try:
        found = {(f.rule, f.p, f.c, f.extreme) for f in check.run()}
    except programs.Infeasible:
        assert programs.fresh(programs.upside_down(system.matrix, lo, hi), system.matrix[0], 1).status == 2, subproblem
        return True
    plain = _plain(system, lo, hi, release.k)
    if plan.follows(
        release, subproblem, attack.Attack(release, attack.parser().parse_args(["RELEASE"])).is_roomy[subproblem.centre]
    ):
        assert not {f for f in plain if not system.is_base[f[1]]}, subproblem
    assert found <= plain, (subproblem, found - plain)
    missed = {f for f in plain - found if f[0] == "T" and f[3] == "maximum"}
    assert not missed, (subproblem, missed)
    assert bool(found) == bool(plain), (subproblem, plain)
    return not plain


def _plain(system, lo, hi, k):
    """Every T and D by a program of its own."""
    failed, rows = set(), programs.upside_down(system.matrix, lo, hi)

    def extreme(cost, sense):
        return sense * programs.fresh(rows, cost, sense).fun

    for row in numpy.nonzero((lo[: len(system.cells)] < k) & (system.sizes > 0))[0]:
        if extreme(system.matrix[row], 1) > programs.TOLERANCE:
            failed.add(("T", int(row), None, "minimum"))
        if extreme(system.matrix[row], -1) < k - 1 - programs.TOLERANCE:
            failed.add(("T", int(row), None, "maximum"))
    for (p, c), differ in zip(system.covers, system.differ):
        cost = system.matrix[p] - system.matrix[c]
        most = extreme(cost, -1) if differ else k
        if most < k - 1 - programs.TOLERANCE:
            failed.add(("D", int(p), int(c), "maximum"))
        elif most < k - programs.TOLERANCE and extreme(cost, 1) > programs.TOLERANCE:
            failed.add(("D", int(p), int(c), "minimum"))
    return failed


CHECKS = (
    a_clean_release_stands,
    margin_minus_children,
    union_with_one_unlisted_child,
    large_families,
    pair_of_common_codes,
    difference,
    onset_states_add_up,
    onsets_of_three_generations,
    whole_people,
    pairs_together,
    questions_that_prove,
    triple_with_a_parent,
    triple_of_three_pairs,
    versions_together,
    three_versions_together,
    versions_of_a_growing_family,
    strict_knowledge,
    the_sense_of_a_narrow_base,
    what_is_declared,
    what_is_possible,
    imports_are_refused,
    pooling_loses_nothing,
)


def main():
    for check in CHECKS:
        check()
        print(f"{check.__name__.replace('_', ' ')}: ok")


if __name__ == "__main__":
    main()
