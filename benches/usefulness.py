#!/usr/bin/env python3
"""How narrow are the answers to questions that researchers ask? Beside the truth, from the tables that the release was built of.

    python benches/usefulness.py NINZU RELEASE SPEC [--questions 100] [--cohorts 20] [--seed 1] [--json FILE]
        [--most "two diagnoses=0.05" ...] [--diagnosis NAME] [--specimen NAME] [--consent NAME] [--sex NAME]

SPEC is the release's spec, or the folder in which it is spec.toml (`ninzu demo --keep` writes `people`). The people are counted as
tests/python/population.py reads them, which needs Python 3.11.

Questions. Of each kind, different ones until there are enough. A value is drawn with a probability proportional to the square root
of the number of people who have it, so that rare codes are asked for, too, though less often. Codes of one dimension in a question
are unrelated: none lies above another. Onsets and `unknown` are not asked for. A question is kept if its true number is at least
100. People are counted at each centre that collects what is asked, and added up over centres: somebody at two centres counts twice.
A kind's questions depend on the seed and on the kind alone; of fewer questions they are the first.

Statistics of each kind, with both ends and the estimate added up over centres:

    width       median of (upper - lower) / truth: a share, 0 if every answer is exact
    factor 2    the share of answers with upper <= 2 lower
    outside     the number of answers with truth < lower or upper < truth: must be 0
    estimate    median of |estimate - truth| / truth: a share

Facets: for cohorts of one diagnosis, drawn in the same way, every value of every dimension but onsets, as `ninzu facets` bounds it.
`values` is how many of them are true of at least 100 people in the cohort, `factor 2` the share of these with upper <= 2 lower;
`outside` looks at all values, however few people have them.

Exit code 1 if truth is outside an answer, each of which is named; if nothing could be asked; or if a kind's width is larger than
`--most` allows.
"""

import argparse
import dataclasses
import itertools
import json
import pathlib
import random
import statistics
import sys

import numpy
from compare import answers
from widths import run

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "python"))
from population import Population
from release import ROOT, UNKNOWN, Release

# Questions about fewer people are not kept.
LEAST = 100
# So many draws for each question that is wanted.
ATTEMPTS = 200


@dataclasses.dataclass
class Condition:
    """A condition as a query, as the people who meet it, and the dimensions that it names."""

    query: str
    people: numpy.ndarray  # of booleans, as in Population
    dimensions: frozenset

    @classmethod
    def joined(cls, word: str, parts: tuple) -> "Condition":
        """Sorted, so that the same parts are the same text."""
        query = f" {word} ".join(sorted(part.query for part in parts))
        join = {"and": numpy.logical_and, "or": numpy.logical_or}[word]
        people = join.reduce([part.people for part in parts])
        return cls(query, people, frozenset().union(*(part.dimensions for part in parts)))


def every(*parts):
    return Condition.joined("and", parts)


def some(*parts):
    condition = Condition.joined("or", parts)
    return dataclasses.replace(condition, query=f"({condition.query})")


def without(value):
    return Condition(f"not {value.query}", ~value.people, value.dimensions)


# What is drawn, and the question that it makes.
KINDS = {
    "sex and one diagnosis": (("sex", "diagnosis"), every),
    "two diagnoses": (("diagnosis", "diagnosis"), every),
    "one diagnosis, not another": (("diagnosis", "diagnosis"), lambda one, other: every(one, without(other))),
    "diagnosis and specimen": (("diagnosis", "specimen"), every),
    "diagnosis, specimen, consent": (("diagnosis", "specimen", "consent"), every),
    "sex, two diagnoses, specimen": (("sex", "diagnosis", "diagnosis", "specimen"), every),
    "one of three diagnoses, and specimen": (
        ("diagnosis", "diagnosis", "diagnosis", "specimen"),
        lambda *drawn: every(some(*drawn[:3]), drawn[3]),
    ),
}
ROLES = ("sex", "diagnosis", "specimen", "consent")


@dataclasses.dataclass
class Answer:
    """A question, its true number, and its bounds and estimate, all added up over centres."""

    question: str
    truth: int
    lower: int
    upper: int
    estimate: float

    @property
    def holds(self) -> bool:
        return self.lower <= self.truth <= self.upper

    @property
    def within_two(self) -> bool:
        return self.upper <= 2 * self.lower

    @property
    def width(self) -> float:
        return (self.upper - self.lower) / self.truth

    @property
    def error(self) -> float:
        return abs(self.estimate - self.truth) / self.truth


class Questions:
    """Random questions to people of whom everything is known."""

    def __init__(self, population: Population, roles: dict, seed: int):
        """`roles` are dimensions by what they are to a question; those that are not in the population, or of which nobody has a
        value that may be asked for, are left out."""
        self.population, self.seed = population, seed
        self.values = {name: self._weighted(name) for name in roles.values() if name in population.holders}
        self.roles = {role: name for role, name in roles.items() if name in self.values and self.values[name][0]}

    def _weighted(self, dimension: str) -> tuple:
        """The values that may be asked for, and the square roots of how many people have them."""
        people = self.population.holders[dimension]
        named = self.population.release.dictionaries[dimension].names
        values = [value for value in named if value not in (ROOT, UNKNOWN) and "@" not in value]
        values = [value for value in values if value in people and people[value].any()]
        return values, [float(people[value].sum()) ** 0.5 for value in values]

    def count(self, condition: Condition) -> int:
        return int((condition.people & self.population.collecting(condition.dimensions)).sum())

    def value(self, dimension: str, value: str) -> Condition:
        return Condition(f'{dimension} = "{value}"', self.population.holders[dimension][value], frozenset((dimension,)))

    def of_kind(self, kind: str, wanted: tuple, make, count: int) -> list:
        """Up to `count` different questions."""
        draw = random.Random(f"{self.seed} {kind}")
        found = {}
        for _ in range(count * ATTEMPTS):
            if len(found) == count:
                break
            drawn = [(self.roles[role], draw.choices(*self.values[self.roles[role]])[0]) for role in wanted]
            if any(self._related(one, other) for i, one in enumerate(drawn) for other in drawn[:i]):
                continue
            condition = make(*(self.value(*one) for one in drawn))
            if self.count(condition) >= LEAST:
                found[condition.query] = condition
        return list(found.values())

    def _related(self, one: tuple, other: tuple) -> bool:
        """Whether two values of the same dimension are one, or one lies above the other."""
        (dimension, value), (another, name) = one, other
        if dimension != another:
            return False
        ancestors = self.population.release.dictionaries[dimension].ancestors
        return value == name or value in ancestors(name) or name in ancestors(value)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", type=pathlib.Path)
    parser.add_argument("release", type=pathlib.Path)
    parser.add_argument("spec", type=pathlib.Path)
    parser.add_argument("--questions", type=int, default=100, help="how many of each kind")
    parser.add_argument("--cohorts", type=int, default=20, help="how many whose facets are asked for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path, help="write everything to this file, each answer included")
    parser.add_argument("--most", nargs="+", default=[], metavar="KIND=WIDTH", help="the largest median width of a kind")
    for role in ROLES:
        parser.add_argument(f"--{role}", default=role, metavar="NAME", help=f"the dimension that is the {role}")
    options = parser.parse_args()
    try:
        options.most = {kind: float(width) for kind, _, width in (most.rpartition("=") for most in options.most)}
    except ValueError as error:
        parser.error(f"--most is KIND=WIDTH: {error}")
    if unknown := set(options.most) - set(KINDS):
        parser.error(f"--most: no kind is called {'; '.join(sorted(unknown))}. There are: {'; '.join(KINDS)}")
    return options


def asked(ninzu: str, questions: Questions, count: int) -> dict:
    """The answers to questions of each kind. What cannot be asked, or not so often, is said."""
    found = {}
    for kind, (wanted, make) in KINDS.items():
        missing = sorted({role for role in wanted if role not in questions.roles})
        if missing:
            print(f"{kind}: left out, there is no {' and no '.join(missing)}")
            continue
        drawn = questions.of_kind(kind, wanted, make, count)
        if len(drawn) < count:
            print(f"{kind}: {count * ATTEMPTS:,} draws found only {len(drawn)} of {count} questions about {LEAST} people and more")
        if drawn:
            given = answers(ninzu, questions.population.release.folder, [condition.query for condition in drawn])
            found[kind] = [Answer(one.query, questions.count(one), *answer) for one, answer in zip(drawn, given)]
    return found


def facets(ninzu: str, questions: Questions, count: int) -> dict:
    """The answers of facets for cohorts of one diagnosis, by dimension. What cannot be asked, or not so often, is said."""
    found = {}
    if "diagnosis" not in questions.roles:
        print("facets: left out, there is no diagnosis")
        return found
    drawn = questions.of_kind("facets", ("diagnosis",), lambda one: one, count)
    if len(drawn) < count:
        print(f"facets: {count * ATTEMPTS:,} draws found only {len(drawn)} of {count} cohorts of {LEAST} people and more")
    for cohort in drawn:
        for facet in json.loads(run(ninzu, "facets", questions.population.release.folder, cohort.query, "--format", "json")):
            holders = questions.population.holders.get(facet["dimension"], {})
            for value in facet["values"]:
                if value["value"] not in holders or value["status"] == "not_collected":
                    continue
                both, records = every(cohort, questions.value(facet["dimension"], value["value"])), value["records"]
                answer = Answer(both.query, questions.count(both), records["lower"], records["upper"], records["estimate"])
                found.setdefault(facet["dimension"], []).append(answer)
    return found


def summary_of(kind: str, given: list) -> dict:
    return {
        "kind": kind,
        "questions": len(given),
        "width": statistics.median(answer.width for answer in given),
        "factor_2": statistics.mean(answer.within_two for answer in given),
        "outside": sum(not answer.holds for answer in given),
        "estimate": statistics.median(answer.error for answer in given),
    }


def summary_of_facet(dimension: str, given: list) -> dict:
    large = [answer for answer in given if answer.truth >= LEAST]
    return {
        "dimension": dimension,
        "values": len(large),
        "factor_2": statistics.mean(answer.within_two for answer in large) if large else None,
        "outside": sum(not answer.holds for answer in given),
    }


def tell(kinds: list, dimensions: list):
    print(f"\n{'questions':<38}{'number':>8}{'width':>9}{'factor 2':>10}{'outside':>9}{'estimate':>10}")
    for kind in kinds:
        print(f"{kind['kind']:<38}{kind['questions']:>8}{kind['width']:>9.4f}{kind['factor_2']:>10.3f}", end="")
        print(f"{kind['outside']:>9}{kind['estimate']:>10.4f}")
    print(f"\n{'facets of':<38}{'values':>8}{'':>9}{'factor 2':>10}{'outside':>9}")
    for facet in dimensions:
        share = "" if facet["factor_2"] is None else f"{facet['factor_2']:.3f}"
        print(f"{facet['dimension']:<38}{facet['values']:>8}{'':>9}{share:>10}{facet['outside']:>9}")


def main() -> int:
    options = arguments()
    ninzu, release = str(options.ninzu.resolve()), Release(options.release)
    population = Population.of_spec(options.spec, release)
    for dimension in population.uncounted:
        print(f"{dimension}: left out, it cannot be counted here")
    questions = Questions(population, {role: getattr(options, role) for role in ROLES}, options.seed)
    given, faceted = asked(ninzu, questions, options.questions), facets(ninzu, questions, options.cohorts)
    kinds = [summary_of(*one) for one in given.items()]
    dimensions = [summary_of_facet(*one) for one in faceted.items()]
    if faceted:
        dimensions.append(summary_of_facet("all", list(itertools.chain(*faceted.values()))))
    tell(kinds, dimensions)
    if options.json:
        each = {kind: [dataclasses.asdict(answer) for answer in of_kind] for kind, of_kind in given.items()}
        everything = {"release": release.descriptor["name"], "seed": options.seed, "kinds": kinds, "facets": dimensions}
        options.json.write_text(json.dumps({**everything, "answers": each}, indent=1) + "\n", encoding="utf-8")
    failed = [
        f"{answer.truth} people are outside [{answer.lower}, {answer.upper}]: {answer.question}"
        for answer in itertools.chain(*given.values(), *faceted.values())
        if not answer.holds
    ]
    widths = {kind["kind"]: kind["width"] for kind in kinds}
    for kind, most in options.most.items():
        if kind not in widths:
            failed.append(f"{kind}: not asked, so its width is not known to be at most {most}")
        elif widths[kind] > most:
            failed.append(f"{kind}: the median width {widths[kind]:.4f} is larger than {most}")
    if not kinds:
        failed.append("nothing could be asked")
    for failure in failed:
        print(f"FAILED {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
