#!/usr/bin/env python3
"""How much wider repair makes answers: the same random questions to a release without and with it, for each policy.

    python benches/widths.py NINZU SPEC.toml [--policies ndb nhs 10/20 ...] [--queries 500] [--seed 1]

Builds the release of a spec for each policy twice (`build --unaudited`, and `build`), with one key, and asks both the same
questions: one to three conditions on partitions and codes, joined by and, or, not. The relative width of an answer is
(upper - lower) / max(1, (upper + lower) / 2), over records; its median is printed, and the seconds of both builds.
"""

import argparse
import json
import pathlib
import random
import re
import statistics
import subprocess
import tempfile
import time

POLICIES = ("ndb", "cms", "all-of-us", "nhs", "ohdsi")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", type=pathlib.Path)
    parser.add_argument("spec", type=pathlib.Path)
    parser.add_argument("--policies", nargs="+", default=POLICIES)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def with_policy(spec: str, policy: str) -> str:
    """A spec under another policy."""
    threshold, _, base = policy.partition("/")
    said = f"threshold = {threshold}\nbase = {base}\n" if base else f'preset = "{policy}"\n'
    return re.sub(r"\[policy\]\n(?:[^\[\n][^\n]*\n?)*", f"[policy]\n{said}", spec)


def questions(ninzu: str, release: pathlib.Path, count: int, seed: int) -> list:
    """Random questions about what a release names."""
    draw = random.Random(seed)
    atoms = {}
    for facet in json.loads(run(ninzu, "facets", release, "--format", "json")):
        listed = [v["value"] for v in facet["values"] if "@" not in v["value"]]
        atoms[facet["dimension"]] = [f'{facet["dimension"]} = "{code}"' for code in listed]
    asked = []
    while len(asked) < count:
        terms = [draw.choice(atoms[draw.choice(sorted(atoms))]) for _ in range(draw.randint(1, 3))]
        terms = [f"not {term}" if draw.random() < 0.2 else term for term in terms]
        asked.append(draw.choice((" and ", " and ", " or ")).join(terms))
    return asked


def run(ninzu: str, *words) -> str:
    done = subprocess.run([ninzu, "--quiet", *map(str, words)], check=False, capture_output=True, text=True, encoding="utf-8")
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    return done.stdout


def width(ninzu: str, release: pathlib.Path, question: str, *more) -> float:
    records = json.loads(run(ninzu, "query", release, question, "--format", "json", *more))["answer"]["records"]
    return relative(records["lower"], records["upper"])


def relative(lower: int, upper: int) -> float:
    return (upper - lower) / max(1, (upper + lower) / 2)


def main():
    options = arguments()
    ninzu, text = str(options.ninzu.resolve()), options.spec.read_text(encoding="utf-8")
    print(f"{'policy':<10}{'before':>8}{'after':>8}{'build s':>9}{'repaired s':>11}")
    with tempfile.TemporaryDirectory() as folder:
        for at, policy in enumerate(options.policies):
            # Beside the sources, whose paths are relative to it.
            spec = options.spec.with_name(f".widths-{at}.toml")
            spec.write_text(with_policy(text, policy), encoding="utf-8")
            try:
                took = []
                for name, more in (("bare", ["--unaudited"]), ("audited", [])):
                    begin = time.monotonic()
                    run(ninzu, "build", spec, "--out", f"{folder}/{at}-{name}", "--key-file", f"{folder}/key", *more)
                    took.append(time.monotonic() - begin)
            finally:
                spec.unlink()
            bare, audited = pathlib.Path(folder, f"{at}-bare"), pathlib.Path(folder, f"{at}-audited")
            asked = questions(ninzu, audited, options.queries, options.seed)
            before = statistics.median(width(ninzu, bare, question, "--unaudited") for question in asked)
            after = statistics.median(width(ninzu, audited, question) for question in asked)
            print(f"{policy:<10}{before:>8.3f}{after:>8.3f}{took[0]:>9.1f}{took[1]:>11.1f}", flush=True)


if __name__ == "__main__":
    main()
