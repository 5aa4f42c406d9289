#!/usr/bin/env python3
"""How wide two releases of the same people answer the same questions, each asked with its own command.

    python benches/compare.py NINZU RELEASE NINZU RELEASE [--queries 600] [--seed 7]

The questions have one to three conditions, on values that both releases name, joined by and, or, not. The relative width of an
answer is (upper - lower) / max(1, (upper + lower) / 2), over records; its median is printed for each release: of all questions, of
those that can have 100 people in the first, and by the number of conditions.
"""

import argparse
import csv
import io
import json
import pathlib
import random
import statistics

from widths import relative, run

# A statement in SQL holds so many questions.
AT_ONCE = 100


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for which in ("first", "second"):
        parser.add_argument(f"{which}_ninzu", type=pathlib.Path)
        parser.add_argument(f"{which}_release", type=pathlib.Path)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def named(ninzu: str, release: pathlib.Path) -> dict:
    """The values of each dimension, without onsets and what nobody said."""
    facets = json.loads(run(ninzu, "facets", release, "--format", "json"))
    left_out = ("@", "unknown")
    return {f["dimension"]: {v["value"] for v in f["values"] if not any(sign in v["value"] for sign in left_out)} for f in facets}


def questions(values: dict, count: int, seed: int) -> list:
    draw = random.Random(seed)
    dimensions = sorted(d for d in values if values[d])
    asked = []
    while len(asked) < count:
        drawn = [draw.choice(dimensions) for _ in range(draw.randint(1, 3))]
        terms = [f'{d} = "{draw.choice(sorted(values[d]))}"' for d in drawn]
        terms = [f"not {term}" if draw.random() < 0.2 else term for term in terms]
        asked.append(draw.choice((" and ", " and ", " or ")).join(terms))
    return asked


def answers(ninzu: str, release: pathlib.Path, asked: list) -> list:
    """The sums over centres of each answer: lower end, upper end, estimate."""
    found = []
    for at in range(0, len(asked), AT_ONCE):
        texts = [text.replace("'", "''") for text in asked[at : at + AT_ONCE]]
        selects = [
            f"select {i} as i, sum(lower) as lower, sum(upper) as upper, sum(estimate) as estimate from cohort('{text}')"
            for i, text in enumerate(texts)
        ]
        answer = run(ninzu, "sql", release, f"select * from ({' union all '.join(selects)}) order by i", "--format", "csv")
        rows = csv.DictReader(io.StringIO(answer))
        found += [(int(row["lower"] or 0), int(row["upper"] or 0), float(row["estimate"] or 0)) for row in rows]
    if len(found) != len(asked):
        raise SystemExit(f"{release} answered {len(found)} of {len(asked)} questions")
    return found


def main():
    options = arguments()
    of_first, of_second = (options.first_ninzu, options.first_release), (options.second_ninzu, options.second_release)
    both = [(str(ninzu.resolve()), release) for ninzu, release in (of_first, of_second)]
    first, second = (named(*one) for one in both)
    asked = questions({d: first[d] & second.get(d, set()) for d in first}, options.queries, options.seed)
    ends = [[answer[:2] for answer in answers(*one, asked)] for one in both]
    kinds = {"all": lambda i: True, "100 people and more": lambda i: ends[0][i][1] >= 100}
    kinds |= {f"{n} conditions": lambda i, n=n: asked[i].count(" = ") == n for n in (1, 2, 3)}
    print(f"{'questions':<22}{'number':>8}{'first':>9}{'second':>9}")
    for kind, belongs in kinds.items():
        chosen = [i for i in range(len(asked)) if belongs(i)]
        if chosen:
            widths = [statistics.median(relative(*e[i]) for i in chosen) for e in ends]
            print(f"{kind:<22}{len(chosen):>8}{widths[0]:>9.4f}{widths[1]:>9.4f}")


if __name__ == "__main__":
    main()
