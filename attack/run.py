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
# What changes between three versions, and whether `ninzu build --previous` must refuse it.
CHANGES = {
    "growth below base": False,
    "growth above base": False,
    "deletions": False,
    "deletions beside growth": False,
    "more pairs": False,
    "other pairs": True,
    "more codes": False,
    "fewer codes": True,
    "moved code": True,
    "order of rows": False,
}
# Those that leave the tables as they are, so that centres that have hardly grown may stay.
SLOW = ("growth below base", "deletions", "order of rows")
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


def build(options, spec, release, key, previous=(), told=None):
    """Builds a release; returns an error's words, or None. `told`: a list that gets what it says."""
    command = [options.ninzu, "build", str(spec), "--out", str(release), "--key-file", str(key)]
    for old in previous:
        command += ["--previous", str(old)]
    if options.unprotected and knows_unaudited(options.ninzu):
        command.append("--unaudited")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if told is not None:
        told += done.stderr.splitlines()
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
    left = {person[0]: draw.random() < 0.1 for person in population.persons}
    # Below base: a typical cell grows by less than a bucket; else by far more.
    ends = (0.97, 0.985, 1) if change in SLOW else (0.25, 0.5, 1)
    found = []
    for place, end in enumerate(ends):
        gone = left if change.startswith("deletions") and place else {}
        one = population.some(lambda person, end=end, gone=gone: arrived[person] < end and not gone.get(person))
        # The same cells in each version, unless the plan is what changes.
        one.is_ranked, one.specimen_has_dictionary, one.pairable = False, True, list(population.diagnosis)
        if change == "more pairs":
            one.more_pairs = place
        if change == "other pairs":
            one.pair_seed += place
        if change == "more codes" and place:
            one.diagnosis = {**one.diagnosis, **{f"E{i}": ["A"] for i in range(place)}}
            one.diagnoses = [(person, "E0" if code == "A" else code, day) for person, code, day in one.diagnoses]
        if change == "fewer codes":
            one.zero = None
        if change == "fewer codes" and place:
            one.diagnosis = {code: above for code, above in one.diagnosis.items() if code not in ("A1.1", "X")}
            one.pairable = list(one.diagnosis)
            one.diagnoses = [(person, "A1" if code in ("A1.1", "X") else code, day) for person, code, day in one.diagnoses]
        if change == "moved code" and place:
            one.diagnosis = {**one.diagnosis, "A1.1": ["B1"]}
        if change == "order of rows":
            for rows in (one.persons, one.diagnoses, one.specimens):
                draw.shuffle(rows)
        found.append(one)
    return found


def versions(options, folder, seed, policy, change):
    """Builds three versions, each after those before that were not refused, and attacks them together; the faults, and how many
    were joined."""
    here = folder / f"{seed}-{policy.replace('/', '-')}-{change.replace(' ', '-')}"
    built, words, faults, refused = [], [], 0, 0
    for place, population in enumerate(three(Population(seed), change, seed)):
        spec = population.write(here / f"people{place}", policy)
        key = here / "key"
        if not place:
            key.write_bytes(bytes([seed % 256 or 255]) * 32)
            key.chmod(0o600)
        release, told = here / f"release{place}", []
        begin = time.monotonic()
        error = build(options, spec, release, key, built, told)
        if error:
            # Refused is a version only for what the steward can change, and is told how.
            is_refusal = place > 0 and "earlier" in error and "\n  help: " in error
            words.append(f"version {place + 1} {'is refused' if is_refusal else 'FAILS'}: {error.splitlines()[0]}")
            faults, refused = faults + (not is_refusal), refused + is_refusal
            continue
        built.append(release)
        audit = json.loads((release / "audit.json").read_text(encoding="utf-8")) if (release / "audit.json").exists() else {}
        stale = sum("is not refreshed" in line for line in told)
        apart = audit.get("unjoined", 0)
        if apart and not any(f"{apart:,}" in line and "people who left" in line for line in told):
            words.append(f"version {place + 1} does not say what it does not protect")
            faults += 1
        words.append(
            f"version {place + 1}: {time.monotonic() - begin:.1f} s, {stale} of {len(population.centres)} centres stay,"
            f" {apart} subproblems without a version before"
        )
    if CHANGES[change] and not refused:
        words.append("NOT REFUSED")
        faults += 1
    for new in range(1, len(built)):
        # The last two, the last with the first, and all.
        for olds in dict.fromkeys(((built[new - 1],), (built[0],), tuple(built[:new]))):
            code, totals, text = attack(options, built[new], here / "attack.json", olds)
            if code not in (0, 1):
                words.append(f"{len(olds) + 1} versions: {text.strip().splitlines()[-1][:120]}")
                faults += 1
                continue
            found = sum(totals["violations"].values())
            faults += found
            words.append(
                f"{built[new].name} with {', '.join(old.name for old in olds)}: {totals['targets']:,} targets, {found} violations,"
                f" {totals['infeasible_families']} subproblems fit no point, {totals['not_of_all_versions']} not of all versions"
            )
            if found:
                print(text)
    print(f"{seed:>5}  {policy:<10}{change}", *words, sep="\n         ", flush=True)
    return faults, len(built)


def all_versions(options, folder):
    """Every change of every population."""
    faults, joined, tried = 0, 0, 0
    for seed, policy in rounds(options):
        for change in options.versions or CHANGES:
            more, built = versions(options, folder, seed, policy, change)
            faults, tried = faults + more, tried + (not CHANGES[change])
            joined += built == 3
    print(f"{faults:,} faults over several versions; three versions stood in {joined} of {tried} cases that need no refusal")
    return 1 if faults or (tried and not joined) else 0


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
