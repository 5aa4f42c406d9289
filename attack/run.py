#!/usr/bin/env python3
"""Builds releases of random populations under several policies, and attacks each.

Exit code 0: every release stood (or, with --unprotected, each one fell); 1: not so; 2: an error.
"""

import argparse
import functools
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import questions
from folder import Release
from populations import PRESETS, Population

HERE = pathlib.Path(__file__).resolve().parent
CHANGES = ("growth below base", "growth above base", "deletions", "plan", "dictionary", "order of rows")
# Passed on to attack.py as they are.
SWITCHES = ("strict", "strict_unions", "sense", "deep", "pairwise")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", metavar="NINZU", help="the binary that builds releases")
    parser.add_argument("--populations", type=int, default=6, help="how many random populations")
    parser.add_argument("--policies", nargs="+", default=list(PRESETS), metavar="POLICY", help="presets, or threshold/base")
    parser.add_argument("--each", action="store_true", help="one policy a population, in turn, instead of all of them")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first population")
    parser.add_argument("--sample", type=float, default=1.0, help="the share of subproblems to attack")
    parser.add_argument(
        "--unprotected", action="store_true", help="build without audit and repair (`build --unaudited`): fail if nothing is found"
    )
    parser.add_argument("--most", type=int, default=100, help="leave a release after so many violations")
    parser.add_argument("--joint", choices=("also", "only"), help="programs over many codes at once, and in whole people")
    for name in SWITCHES:
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help="as of attack.py")
    parser.add_argument(
        "--questions", type=int, default=0, metavar="N", help="also ask the engine about N questions of each release"
    )
    parser.add_argument(
        "--versions",
        nargs="*",
        choices=CHANGES,
        metavar="CHANGE",
        help=f"three versions, each after the one before: {', '.join(CHANGES)}",
    )
    parser.add_argument("--keep", metavar="FOLDER", help="keep populations, releases and reports in this folder")
    return parser.parse_args()


@functools.cache
def knows_unaudited(ninzu):
    """Whether `build` has the flag; a binary from before the audit builds unprotected releases only."""
    words = subprocess.run([ninzu, "build", "--help"], capture_output=True, text=True, check=True).stdout
    return re.search(r"^\s*--unaudited", words, re.MULTILINE) is not None


def build(options, spec, release, key, previous=None):
    """Builds a release; returns an error's words, or None."""
    command = [options.ninzu, "build", str(spec), "--out", str(release), "--key-file", str(key)]
    if previous:
        command += ["--previous", str(previous)]
    if options.unprotected and knows_unaudited(options.ninzu):
        command.append("--unaudited")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


def attack(options, release, report, previous=()):
    """Attacks a release; returns the exit code, the totals, and what was printed."""
    command = [sys.executable, str(HERE / "attack.py"), str(release), "--json", str(report)]
    command += ["--sample", str(options.sample), "--most", str(options.most)]
    if options.joint:
        command += ["--joint", options.joint]
    command += [f"--{name.replace('_', '-')}" for name in SWITCHES if getattr(options, name)]
    for old in previous:
        command += ["--previous", str(old)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    totals = json.loads(report.read_text(encoding="utf-8")) if done.returncode in (0, 1) else {}
    return done.returncode, totals, done.stdout + done.stderr


def rounds(options):
    """Each (seed, policy) to try."""
    for i in range(options.populations):
        chosen = [options.policies[i % len(options.policies)]] if options.each else options.policies
        for policy in chosen:
            yield options.seed + i, policy


def one(options, folder, seed, policy):
    """Builds and attacks one release; returns (found, a row of the table)."""
    here = folder / f"{seed}-{policy.replace('/', '-')}"
    population = Population(seed)
    spec = population.write(here / "people", policy)
    # A key of its own, the same every time: what is found can be found again.
    (here / "key").write_bytes(bytes([seed % 256 or 255]) * 32)
    (here / "key").chmod(0o600)
    begin = time.monotonic()
    error = build(options, spec, here / "release", here / "key")
    if error:
        raise RuntimeError(f"population {seed}, policy {policy}: the build failed: {error}")
    built = time.monotonic() - begin
    code, totals, text = attack(options, here / "release", here / "attack.json")
    if code not in (0, 1):
        raise RuntimeError(f"population {seed}, policy {policy}: the attack failed: {text}")
    found = sum(totals["violations"].values())
    if found and not options.unprotected:
        print(text)
    if options.questions:
        found += ask(options, here / "release", seed)
    row = (
        f"{seed:>5}  {policy:<10}{len(population.persons):>8,}{len(population.centres):>8}{population.order:>6}"
        f"{sum(totals['blocks'].values()):>8,}{totals['programs']:>10,}{totals['targets']:>10,}"
        f"{built:>8.1f}{totals['seconds']:>9.1f}{found:>11,}"
    )
    return found, row


def ask(options, release, seed):
    """What answers of the engine prove."""
    result = questions.totals(
        questions.search(Release(release), options.ninzu, options.questions, seed, options.sense, options.unprotected)
    )
    questions.say(result)
    return sum(result["violations"].values())


def three(population, change, seed):
    """Three versions of a population."""
    draw = random.Random(f"{seed} {change}")
    arrived = {person[0]: draw.random() for person in population.persons}
    left = {person[0]: draw.random() < 0.15 for person in population.persons}
    # Below base: a typical cell grows by less than a bucket; else by far more.
    ends = (0.97, 0.985, 1) if change != "growth above base" else (0.4, 0.7, 1)
    found = []
    for place, end in enumerate(ends):
        one = population.some(
            lambda person, place=place, end=end: arrived[person] < end and not (change == "deletions" and place and left[person])
        )
        # The same cells in each version, unless the plan is what changes.
        one.is_ranked, one.specimen_has_dictionary = False, True
        if change == "plan" and place:
            one.pair_order = 1 if one.pair_order > 1 else 2
            one.order = max(one.order, one.pair_order)
            one.pair_seed += place
        if change == "dictionary" and place:
            one.diagnosis = {**one.diagnosis, **{f"E{i}": ["A"] for i in range(place)}}
            one.diagnoses = [(person, "E0" if code == "A" else code, day) for person, code, day in one.diagnoses]
        if change == "order of rows":
            for rows in (one.persons, one.diagnoses, one.specimens):
                draw.shuffle(rows)
        found.append(one)
    return found


def versions(options, folder, seed, policy, change):
    """Builds three versions, each after the one before, and attacks them together; the violations."""
    here = folder / f"{seed}-{policy.replace('/', '-')}-{change.replace(' ', '-')}"
    built, words, apart = [], [], False
    for place, population in enumerate(three(Population(seed), change, seed)):
        spec = population.write(here / f"people{place}", policy)
        key = here / "key"
        if not place:
            key.write_bytes(bytes([seed % 256 or 255]) * 32)
            key.chmod(0o600)
        release = here / f"release{place}"
        error = build(options, spec, release, key, built[-1] if built else None)
        if error:
            words.append(f"version {place + 1} is refused: {error.splitlines()[0][:120]}")
            # What the words say: without the one before. What is found then is told, and is no violation: it was refused.
            apart = apart or place > 0
            error = build(options, spec, release, key)
        if error:
            words.append(f"version {place + 1} cannot be built: {error.splitlines()[0][:120]}")
            break
        built.append(release)
        audit = json.loads((release / "audit.json").read_text(encoding="utf-8")) if (release / "audit.json").exists() else {}
        if audit.get("unjoined"):
            words.append(f"version {place + 1}: {audit['unjoined']} subproblems audited without the one before")
    found, of = [], " of what was refused" if apart else ""
    for new in range(1, len(built)):
        for olds in ([built[new - 1]], built[:new]) if new > 1 else ([built[0]],):
            code, totals, text = attack(options, built[new], here / "attack.json", olds)
            if code not in (0, 1):
                words.append(f"{len(olds) + 1} versions: {text.strip().splitlines()[-1][:120]}")
                continue
            found.append(sum(totals["violations"].values()))
            words.append(
                f"{len(olds)} before version {new + 1}: {found[-1]} violations{of},"
                f" {totals['infeasible_families']} subproblems fit no point, {totals['not_of_all_versions']} not of all versions"
            )
    print(f"{seed:>5}  {policy:<10}{change}", *words, sep="\n         ", flush=True)
    return 0 if apart else sum(found)


def all_versions(options, folder):
    """Every change of every population."""
    found = 0
    for seed, policy in rounds(options):
        for change in options.versions or CHANGES:
            found += versions(options, folder, seed, policy, change)
    print(f"{found:,} violations over several versions")
    return 1 if found else 0


def main():
    options = arguments()
    if options.versions is not None:
        with tempfile.TemporaryDirectory() as temporary:
            return all_versions(options, pathlib.Path(options.keep or temporary))
    print(
        f"{'seed':>5}  {'policy':<10}{'persons':>8}{'centres':>8}{'order':>6}{'blocks':>8}{'programs':>10}{'targets':>10}"
        f"{'build s':>8}{'attack s':>9}{'violations':>11}"
    )
    total, hit, count = 0, 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(options.keep or temporary)
        try:
            for seed, policy in rounds(options):
                found, row = one(options, folder, seed, policy)
                print(row, flush=True)
                total, hit, count = total + found, hit + (found > 0), count + 1
        except RuntimeError as error:
            print(error, file=sys.stderr)
            return 2
    print(f"{total:,} violations in {hit} of {count} releases")
    if options.unprotected:
        if hit < count:
            print("an unprotected release stood: the attacker is too weak, or the population too easy")
        return 0 if hit == count else 1
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
