#!/usr/bin/env python3
"""What a reader who knows the algorithm comes to believe about a small group: posteriors beside the prior, by Monte Carlo.

    python benches/posterior.py NINZU [--builds 600] [--centres 500] [--seed 1] [--alone] [--decoy 0.1 0.25]
    python benches/posterior.py NINZU --check

The audit is about proof. This asks what remains of probability: populations are drawn from a prior that the reader is assumed to
have, each is built by the real binary (random widening under a fresh key, repair and audit), and releases are grouped by what
they publish. Within a group the true sizes are draws from the posterior

    P(n | release) = P(n) P(release | n) / sum over m of P(m) P(release | m),

so their shares estimate it, with the standard error sqrt(p (1 - p) / releases). A build holds many centres, each of them one
population: a centre is counted, widened, repaired and audited on its own, and its draws are HMACs of its own name. `--check` builds
some of them alone and compares. It draws few populations and fails, as every run does, where truth is outside an interval, where
posteriors do not add up, or where the total of everyone is not widened as often as the policy says.

The prior (one centre, sex, a parent P with children A and B, another code Q, margins of order 1):

    people      uniform on 30 to 60, each a woman with probability 1/2
    A           a share uniform on 0.15 to 0.6, each person on their own
    B           nobody with probability 0.3, else a share log-uniform on 0.01 to 0.5
    P directly  nobody with probability 1/2, else a share uniform on 0 to 0.2
    Q           a share uniform on 0.2 to 0.6; with --alone there is no Q: whoever has any code has P, one group published twice

Three readers are compared. The first has the prior alone. The second sees the published totals of everyone, any code, P, A and B
and takes them at face value: what the prior says where the counts lie in these intervals, estimated from all populations drawn. The
third knows the algorithm, key excepted. What the third knows beyond the second is what widening and repair tell by being where they
are: the minimality attack (Wong et al. 2007). The most telling release is chosen among groups of releases with the same five
totals, on every other population, and told on the rest, so that the choice does not flatter the figure.
"""

import argparse
import dataclasses
import pathlib
import shutil
import subprocess
import tempfile
import time

import numpy
import pyarrow.parquet

SEXES = ("female", "male")
CODES = ("*", "P", "A", "B", "Q")
# The totals that readers go by; "*" is any code, None is everyone.
TOTALS = (None, "*", "P", "A", "B")
# Everyone and each code, each in all, of women, of men.
CELLS = [(code, sex) for code in (None, *CODES) for sex in (None, *SEXES)]
AT = {cell: i for i, cell in enumerate(CELLS)}
SPEC = """[release]
name = "posterior"
title = {{ en = "Drawn people", ja = "無作為な人々" }}
reference_date = 2024-12-31
[source]
kind = "table"
persons = "persons.csv"
person = "person"
centre = "centre"
{centres}
[[dimension]]
name = "sex"
kind = "partition"
values = ["female", "male"]
[[dimension]]
name = "code"
kind = "codes"
table = "codes.csv"
code = "code"
dictionary = "dictionary.csv"
[margins]
order = 1
[policy]
threshold = {threshold}
base = {base}
decoy = {{ published = {decoy[0]}, unlisted = {decoy[1]} }}
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", type=pathlib.Path)
    parser.add_argument("--builds", type=int, default=600, help="how many builds, each under a key of its own")
    parser.add_argument("--centres", type=int, default=500, help="how many populations a build holds")
    parser.add_argument("--seed", type=int, default=1, help="of the populations and of the keys")
    parser.add_argument("--alone", action="store_true", help="without Q: any code and P are the same people")
    parser.add_argument(
        "--decoy", type=float, nargs=2, default=(0.1, 0.25), help="the rates of random widening: published, suppressed"
    )
    parser.add_argument("--threshold", type=int, default=10)
    parser.add_argument("--base", type=int, default=10)
    parser.add_argument("--least", type=int, default=100, help="how many releases a group needs twice, to be chosen and to be told")
    parser.add_argument("--check", action="store_true", help="a quick run that fails if something is wrong")
    options = parser.parse_args()
    if options.check:
        options.builds, options.centres, options.least = 2, 600, 5
    return options


class People:
    """The persons of many populations, and the true counts of every declared cell of each."""

    def __init__(self, draw, centres, alone):
        sizes = draw.integers(30, 61, centres)
        self.centre = numpy.repeat(numpy.arange(centres), sizes)
        b = numpy.where(draw.random(centres) < 0.3, 0, numpy.exp(draw.uniform(numpy.log(0.01), numpy.log(0.5), centres)))
        direct = numpy.where(draw.random(centres) < 0.5, 0, draw.uniform(0, 0.2, centres))
        shares = {"A": draw.uniform(0.15, 0.6, centres), "B": b, "P": direct, "Q": draw.uniform(0.2, 0.6, centres) * (not alone)}
        people = len(self.centre)
        self.sex = draw.integers(0, 2, people)
        self.records = {code: draw.random(people) < share[self.centre] for code, share in shares.items()}
        within = {**self.records, None: numpy.ones(people, bool)}
        within["P"] = self.records["A"] | self.records["B"] | self.records["P"]
        within["*"] = within["P"] | within["Q"]
        self.codes = [code for code in CODES if not (alone and code == "Q")]
        self.outside_a = self._count(within["P"] & ~within["A"], centres)
        chosen = {None: True, **{sex: self.sex == i for i, sex in enumerate(SEXES)}}
        self.truth = numpy.array([self._count(within[code] & chosen[sex], centres) for code, sex in CELLS])

    def _count(self, who, centres):
        return numpy.bincount(self.centre[who], minlength=centres)

    def write(self, folder, only=None):
        """Tables for the binary: of all populations, or of one."""
        folder.mkdir()
        keep = numpy.flatnonzero(self.centre == only) if only is not None else numpy.arange(len(self.centre))
        persons = "".join(f"{i},c{self.centre[i]},{SEXES[self.sex[i]]}\n" for i in keep)
        (folder / "persons.csv").write_text("person,centre,sex\n" + persons, encoding="utf-8")
        records = "".join(f"{i},{code}\n" for code, has in self.records.items() for i in keep[has[keep]])
        (folder / "codes.csv").write_text("person,code\n" + records, encoding="utf-8")
        listed = "".join(f"{code},{'P' if code in 'AB' else ''}\n" for code in self.codes if code != "*")
        (folder / "dictionary.csv").write_text("code,parent\n" + listed, encoding="utf-8")


def build(options, people, folder, key, only=None):
    """The published lower and upper ends of every cell (rows) of every population (columns); no row means [0, k-1]."""
    people.write(folder, only)
    centres = [only] if only is not None else range(people.truth.shape[1])
    listed = "\n".join(f'[[centre]]\nname = "c{c}"\ncollects = ["code"]' for c in centres)
    spec = SPEC.format(centres=listed, threshold=options.threshold, base=options.base, decoy=options.decoy)
    (folder / "spec.toml").write_text(spec, encoding="utf-8")
    (folder / "key").write_bytes(key)
    (folder / "key").chmod(0o600)
    command = [options.ninzu.resolve(), "--quiet", "build", "spec.toml", "--out", "release", "--key-file", "key"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(done.stderr)
    lo = numpy.zeros(people.truth.shape, int)
    hi = numpy.full(people.truth.shape, options.threshold - 1)
    for name in ("base", "code"):
        rows = pyarrow.parquet.read_table(folder / "release" / "cells" / f"{name}.parquet").to_pydict()
        codes = rows.get("code", [None] * len(rows["centre"]))
        for code, sex, centre, low, high in zip(codes, rows["sex"], rows["centre"], rows["lo"], rows["hi"]):
            at = AT[code, sex], int(centre[1:])
            lo[at], hi[at] = low, high
    return lo, hi


class Sample:
    """Populations with their releases: true sizes of the targets, and the published totals around them."""

    def __init__(self, options, truth, outside_a, lo, hi):
        self.k, self.base, self.rate = options.threshold, options.base, options.decoy[0]
        self.truth, self.lo, self.hi = truth, lo, hi
        self.sizes = {"B": truth[AT["B", None]], "women of B": truth[AT["B", "female"]], "P without A": outside_a}
        at = [AT[code, None] for code in TOTALS]
        self.totals, self.lower, self.upper = truth[at], lo[at], hi[at]
        self.by_size = numpy.argsort(self.totals[0], kind="stable")
        self.ordered = self.totals[:, self.by_size]
        ends = numpy.concatenate([self.lower, self.upper])
        self.signatures, self.group = numpy.unique(ends, axis=1, return_inverse=True)
        self.group = self.group.ravel()

    def total(self, code):
        return self.lower[TOTALS.index(code)], self.upper[TOTALS.index(code)]

    def is_coded(self, code):
        """Whether a total is published, and as narrow as the coding makes it."""
        lower, upper = self.total(code)
        return (lower >= self.k) & (upper - lower == self.base - 1)

    def cases(self):
        """Each a text, its target, and which releases it is about."""
        lower, upper = self.total("B")
        suppressed = (lower == 0) & (upper == self.k - 1)
        coded = self.is_coded("P") & self.is_coded("A")
        women = AT["B", "female"]
        no_women = (self.lo[women] == 0) & (self.hi[women] == self.k - 1)
        touching = coded & (self.total("P")[0] == self.total("A")[0])
        yield "(a) B suppressed, P or A suppressed or widened", "B", suppressed & ~coded
        yield "(b) B suppressed, P and A as coded", "B", suppressed & coded
        yield f"(c) B published as [0, {self.k - 1 + self.base}]", "B", (lower == 0) & (upper == self.k - 1 + self.base)
        yield (
            f"(c) B published as [0, {self.k - 1 + 2 * self.base}] or wider",
            "B",
            (lower == 0) & (upper >= self.k - 1 + 2 * self.base),
        )
        yield "(d) P without A, both as coded", "P without A", coded
        yield "(d) P without A, both as coded in the same interval", "P without A", touching
        yield f"(e) women of B suppressed, B published from {self.k} or more", "women of B", no_women & (lower >= self.k)

    def inside(self, group):
        """The populations whose totals lie in a group's intervals, whatever was published of them."""
        lower, upper = numpy.split(self.signatures[:, group, None], 2)
        begin = numpy.searchsorted(self.ordered[0], lower[0, 0])
        end = numpy.searchsorted(self.ordered[0], upper[0, 0], "right")
        totals = self.ordered[1:, begin:end]
        return self.by_size[begin:end][((totals >= lower[1:]) & (totals <= upper[1:])).all(0)]

    def face_value(self, chosen, value, length):
        """The distribution for readers who take the totals at face value, over the releases of a case."""
        groups, releases = numpy.unique(self.group[chosen], return_counts=True)
        each = (count * shares(value[self.inside(group)], length) for group, count in zip(groups, releases))
        return sum(each) / releases.sum()

    def small(self):
        """Each a text, its target, and the releases whose totals do not prove that somebody is in it."""
        lower, upper = self.total("B")
        yield "B, suppressed", "B", (lower == 0) & (upper == self.k - 1)
        yield "B, published from 0", "B", (lower == 0) & (upper >= self.k)
        possible = (self.total("A")[0] >= self.k) & (self.total("P")[0] <= self.total("A")[1])
        yield "P without A, A published", "P without A", possible

    def telling(self, target, possible, least):
        """What each group of these releases, with the same totals, says of a target."""
        value = self.sizes[target]
        order = numpy.argsort(self.group, kind="stable")
        for members in numpy.split(order, numpy.flatnonzero(numpy.diff(self.group[order])) + 1):
            members = members[possible[members]]
            chosen, told = members[members % 2 == 0], members[members % 2 == 1]
            if min(len(chosen), len(told)) >= least:
                group = self.group[members[0]]
                face = shares(value[self.inside(group)] > 0, 2)[1]
                if face < 1:  # else the intervals alone say it
                    yield Telling(self.signatures[:, group], value[chosen], value[told], face)


@dataclasses.dataclass
class Telling:
    """A group of releases with the same totals: true sizes to choose it by and to tell it by, and P(n >= 1) at face value."""

    signature: numpy.ndarray
    chosen: numpy.ndarray
    told: numpy.ndarray
    face: float

    def gain(self):
        """The odds that somebody is there against those at face value; half a person keeps them finite."""
        some = (self.chosen > 0).sum()
        return (some + 0.5) / (len(self.chosen) - some + 0.5) / (self.face + 1e-4) * (1 - self.face + 1e-4)

    def words(self):
        share, size = (self.told > 0).mean(), len(self.told)
        lower, upper = numpy.split(self.signature, 2)
        names = ("all", "any code", "P", "A", "B")
        cells = ", ".join(f"{name} [{low}, {high}]" for name, low, high in zip(names, lower, upper))
        return f"| {cells} | {size:,} | {self.face:.3f} | {share:.3f} ± {error(share, size):.3f} |"


def shares(value, length):
    """The distribution of true sizes; their sum is 1."""
    return numpy.bincount(value, minlength=length) / len(value)


def error(share, size):
    """The standard error of a share; of 0 and 1 that of half a case."""
    share = min(max(share, 0.5 / size), 1 - 0.5 / size)
    return (share * (1 - share) / size) ** 0.5


def draw_all(options, folder):
    """All populations with their releases."""
    draw = numpy.random.default_rng(options.seed)
    parts = []
    for number in range(options.builds):
        people, key, place = People(draw, options.centres, options.alone), draw.bytes(32), folder / str(number)
        lo, hi = build(options, people, place, key)
        parts.append((people.truth, people.outside_a, lo, hi))
        if options.check and number == 0:
            check_alone(options, people, folder, key, lo, hi)
        shutil.rmtree(place)
    return Sample(options, *(numpy.concatenate(part, axis=-1) for part in zip(*parts)))


def check_alone(options, people, folder, key, lo, hi):
    """A population that is built alone, under the same key, is published as it is among others."""
    for only in range(2):
        alone = build(options, people, folder / f"alone{only}", key, only)
        for ends, mine in zip((lo, hi), alone):
            assert (ends[:, only] == mine[:, only]).all(), f"population {only} is published otherwise when it is alone"


def beliefs(sample):
    """For each case its text, how many releases it has, and the target's distribution for each reader."""
    for name, target, chosen in sample.cases():
        assert chosen.any(), f"no release for {name}"
        value = sample.sizes[target]
        length = int(value.max()) + 1
        readers = {
            "prior": shares(value, length),
            "intervals": sample.face_value(chosen, value, length),
            "algorithm": shares(value[chosen], length),
        }
        for reader, one in readers.items():
            assert abs(one.sum() - 1) < 1e-9, f"{name}: what the {reader} says adds up to {one.sum()}"
        yield name, int(chosen.sum()), readers


def check(sample):
    """What must hold whatever was drawn."""
    assert (sample.lo <= sample.truth).all() and (sample.truth <= sample.hi).all(), "a true count is outside its interval"
    # The upper end of everyone: P(S >= 1) is the policy's rate by chance, and a little by repair.
    everyone = AT[None, None]
    coded = sample.k + (sample.truth[everyone] - sample.k) // sample.base * sample.base + sample.base - 1
    widened, size = (sample.hi[everyone] > coded).mean(), len(coded)
    slack = 5 * error(sample.rate, size)
    assert -slack < widened - sample.rate < 0.05 + slack, (
        f"the total of everyone is widened upwards in {widened:.3f} of all releases"
    )


def tell(sample, least):
    size = len(sample.group)
    print("| published | reader | P(0) | P(1 to k-1) | mean | most likely |\n|---|---|---|---|---|---|")
    for name, count, readers in beliefs(sample):
        of = {"prior": size, "algorithm": count}
        for reader, one in readers.items():
            mean, most = one @ numpy.arange(len(one)), int(one.argmax())
            sure = f" ± {error(one[0], of[reader]):.3f}" if reader in of else ""
            said = f"{name}: {count:,}" if reader == "prior" else ""
            print(
                f"| {said} | {reader} | {one[0]:.3f}{sure} | {one[1 : sample.k].sum():.3f} | {mean:.1f} | {most}: {one[most]:.2f} |"
            )
    print(f"\nP(n >= 1) in the most telling releases, of groups of {2 * least:,} and more with the same totals")
    print("| published | releases | intervals | algorithm |\n|---|---|---|---|")
    for name, target, possible in sample.small():
        groups = sorted(sample.telling(target, possible, least), key=Telling.gain)
        print(f"| *{name}; prior {(sample.sizes[target] > 0).mean():.3f}; {len(groups)} groups* | | | |")
        for group in groups[-1:] + groups[: len(groups) > 1]:
            print(group.words())


def main():
    options, begin = arguments(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        sample = draw_all(options, pathlib.Path(folder))
    print(f"{len(sample.group):,} populations in {options.builds:,} builds, {time.monotonic() - begin:.0f} s\n")
    check(sample)
    tell(sample, options.least)


if __name__ == "__main__":
    main()
