#!/usr/bin/env python3
"""Builds releases of random populations under several policies, and attacks each.

Exit code 0: every release stood (or, with --unprotected, each one fell); 1: not so; 2: an error.
"""

import argparse
import functools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from populations import POLICIES, Population

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", metavar="NINZU", help="the binary that builds releases")
    parser.add_argument("--populations", type=int, default=6, help="how many random populations")
    parser.add_argument("--policies", nargs="+", default=list(POLICIES), metavar="POLICY", help="presets, or threshold/base")
    parser.add_argument("--each", action="store_true", help="one policy a population, in turn, instead of all of them")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first population")
    parser.add_argument("--sample", type=float, default=1.0, help="the share of blocks to attack")
    parser.add_argument(
        "--unprotected", action="store_true", help="build without audit and repair (`build --unaudited`): fail if nothing is found"
    )
    parser.add_argument("--most", type=int, default=100, help="leave a release after so many violations")
    parser.add_argument("--joint", choices=("also", "only"), help="programs over many codes at once, and in whole people")
    parser.add_argument("--keep", metavar="FOLDER", help="keep populations, releases and reports in this folder")
    return parser.parse_args()


@functools.cache
def knows_unaudited(ninzu):
    """Whether `build` has the flag; a binary from before the audit builds unprotected releases only."""
    words = subprocess.run([ninzu, "build", "--help"], capture_output=True, text=True, check=True).stdout
    return re.search(r"^\s*--unaudited", words, re.MULTILINE) is not None


def build(options, spec, release, key):
    """Builds a release; returns an error's words, or None."""
    command = [options.ninzu, "build", str(spec), "--out", str(release), "--key-file", str(key)]
    if options.unprotected and knows_unaudited(options.ninzu):
        command.append("--unaudited")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip() or f"exit code {done.returncode}"


def attack(options, release, report):
    """Attacks a release; returns the exit code, the totals, and what was printed."""
    command = [sys.executable, str(HERE / "attack.py"), str(release), "--json", str(report)]
    command += ["--sample", str(options.sample), "--most", str(options.most)]
    if options.joint:
        command += ["--joint", options.joint]
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
    row = (
        f"{seed:>5}  {policy:<10}{len(population.persons):>8,}{len(population.centres):>8}{population.order:>6}"
        f"{sum(totals['blocks'].values()):>8,}{totals['programs']:>10,}{totals['targets']:>10,}"
        f"{built:>8.1f}{totals['seconds']:>9.1f}{found:>11,}"
    )
    return found, row


def main():
    options = arguments()
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
