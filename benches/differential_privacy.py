#!/usr/bin/env python3
"""The demo's plan under differential privacy, with accounting: how wide its intervals are, beside those that Ninzu publishes.

    ninzu demo --keep DEMO
    python benches/differential_privacy.py DEMO [--epsilon 1 3 10] [--delta 1e-6] [--cap 1 0.99] [--at-a-centre] [--seed 1]
    python benches/differential_privacy.py DEMO --check

DEMO has the people and their release. The true counts of every declared cell are computed from the people, and must lie in the
release's intervals. Then every margin of the plan (a table, crossed with some partitions) is counted once more with noise.

Privacy. Data are neighbours if one has one person more, with all records at all centres (`--at-a-centre`: at one centre, Ninzu's
unit). Whoever is added moves each cell that they are in by 1. In one margin of a table those are as many as the person has codes
(or pairs of them) there, those above included, so with at most D of them the margin's L2 sensitivity is sqrt(D). D is what the
table's most loaded person has, or, where `--cap` is a share below 1, a quantile over the persons: whoever has more loses the rest,
drawn at random. Either is looked up in the data, free of charge; a real release has to state it beforehand. Each cell gets discrete
Gaussian noise, P(X = x) ~ exp(-x^2 / (2 s2)), which costs 1 / (2 s2) of zero-concentrated privacy for each cell that a person is in
(rho-zCDP; Canonne, Kamath, Steinke 2020, theorem 4). Costs add up (Bun and Steinke 2016, lemma 1.7): D / (2 s2) for a margin, rho
for all of them. rho-zCDP is (epsilon, delta)-differential privacy with

    epsilon = rho + 2 sqrt(rho ln(1 / delta))        (Bun and Steinke 2016, proposition 1.3).

Consistency. In each table every code's margins are fitted together by least squares, weighted by 1 / s2 (Hay et al. 2010; Li et al.
2015): the cells of a code at a centre are sums of its strata, A x, and the fit of noisy y is A (A' W A)^-1 A' W y. It is exact for
sums over partitions. That a code has at most its parent's people, and that first records add up to their code, is not used, nor is
anything but 0 below: with those, intervals would be somewhat narrower where counts are small. Ninzu's published intervals are not
made narrower by each other here, either.

Budget. Inside a table its margins' shares minimise the mean over its margins of a cell's variance after fitting: the A-optimal
design, by the multiplicative algorithm (Silvey, Titterington and Torsney 1978; Yu 2010). Between tables, with v_t / rho_t that mean
at the budget rho_t, the sum over tables is least for rho_t proportional to sqrt(v_t).

Intervals are the fit's value -+ 1.96 standard deviations, in whole people and not below 0: 95 % for each cell, where Ninzu's hold
for certain. The last column says at which epsilon the median widths of such cells would be the same. The sampler is vectorised and
in floating point, good for measuring widths; `--check` holds it against an exact one in rational arithmetic, and fails if coverage,
accounting or consistency is not what is said above.
"""

import argparse
import fractions
import pathlib
import random
import sys
import time

import numpy
import pyarrow.parquet

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "attack"))
from folder import UNKNOWN, Release

# The demo's tables: dimension, its file of records, the column of codes, the column of dates.
SOURCES = (
    ("diagnosis", "diagnoses", "icd10", "first_date"),
    ("specimen", "specimens", "specimen", None),
    ("data", "data", "data", None),
    ("consent", "consent", "consent", None),
)
# Where the stages of the scheme "jh" begin after birth: (years, days).
BEGINS = ((0, 28), (1, 0), (6, 0), (15, 0), (40, 0), (65, 0), (75, 0))
CLASSES = ((0, 0), (1, 9), (10, 99), (100, 999), (1000, None))
Z = 1.959964


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("demo", type=pathlib.Path, help="the folder of `ninzu demo --keep`: people and release")
    parser.add_argument("--epsilon", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--delta", type=float, default=1e-6)
    parser.add_argument("--cap", type=float, nargs="+", default=[1, 0.99], help="the share of persons who keep all their codes")
    parser.add_argument("--at-a-centre", action="store_true", help="neighbours differ by a person's records at one centre")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--check", action="store_true", help="a quick run that fails if something is wrong")
    options = parser.parse_args()
    if options.check:
        options.epsilon, options.cap = [3], [1]
    return options


def rho_of(epsilon, delta):
    """The zCDP budget of (epsilon, delta): epsilon = rho + 2 sqrt(rho ln(1 / delta)), solved for rho."""
    log = -numpy.log(delta)
    return (numpy.sqrt(epsilon + log) - numpy.sqrt(log)) ** 2


def epsilon_of(rho, delta):
    """What a zCDP budget means as (epsilon, delta)."""
    return rho + 2 * numpy.sqrt(rho * -numpy.log(delta))


def discrete_gaussian(draw, variance, size):
    """Draws of P(X = x) ~ exp(-x^2 / (2 variance)), in floating point (Canonne, Kamath, Steinke 2020, algorithm 3)."""
    scale = int(numpy.sqrt(variance)) + 1
    found = numpy.empty(0, int)
    while len(found) < size:
        more = int((size - len(found)) * 2) + 16
        # A discrete Laplace draw is the difference of two geometric ones.
        stop = -numpy.expm1(-1 / scale)
        laplace = draw.geometric(stop, more) - draw.geometric(stop, more)
        accept = numpy.exp(-((abs(laplace) - variance / scale) ** 2) / (2 * variance))
        found = numpy.concatenate([found, laplace[draw.random(more) < accept]])
    return found[:size]


def exact_bernoulli(draw, minus_log):
    """True with probability exp(-minus_log), a fraction; only whole random numbers are drawn (the same, algorithm 1)."""
    while minus_log > 1:
        if not exact_bernoulli(draw, fractions.Fraction(1)):
            return False
        minus_log -= 1
    k = 1
    while draw.randrange(minus_log.denominator * k) < minus_log.numerator:
        k += 1
    return k % 2 == 1


def exact_gaussian(draw, variance):
    """One exact draw of the discrete Gaussian (the same, algorithms 2 and 3)."""
    scale = int(float(variance) ** 0.5) + 1
    while True:
        rest = draw.randrange(scale)
        if not exact_bernoulli(draw, fractions.Fraction(rest, scale)):
            continue
        whole = 0
        while exact_bernoulli(draw, fractions.Fraction(1)):
            whole += 1
        laplace, negative = rest + scale * whole, draw.random() < 0.5
        if negative and laplace == 0:
            continue
        if exact_bernoulli(draw, (laplace - variance / scale) ** 2 / (2 * variance)):
            return -laplace if negative else laplace


def stages(birth, day):
    """The life stage of persons born on some days, on others; who was born on 29 February has birthdays on the 28th."""
    month = birth.astype("M8[M]")
    place = (birth - month.astype("M8[D]")).astype(int)
    found = numpy.zeros(len(birth), int)
    for years, days in BEGINS:
        then = month + numpy.timedelta64(12 * years, "M")
        length = ((then + numpy.timedelta64(1, "M")).astype("M8[D]") - then.astype("M8[D]")).astype(int)
        found += then.astype("M8[D]") + numpy.minimum(place, length - 1) + days <= day
    return found


class People:
    """Persons at centres ("stays"), and for each table which of its codes or pairs each of them has."""

    def __init__(self, folder, release):
        self.release = release
        rows = pyarrow.parquet.read_table(folder / "persons.parquet")
        self.person = numpy.asarray(rows["person_id"])
        self.centre = numpy.array([release.centres.index(centre) for centre in rows["centre"].to_pylist()])
        self.birth = numpy.asarray(rows["birth_date"]).astype("M8[D]")
        today = numpy.datetime64(release.manifest["reference_date"])
        sexes, scheme = (dimension.ids for dimension in release.partitions)
        if list(scheme)[-1] == UNKNOWN or len(scheme) != len(BEGINS) + 1:
            raise SystemExit("these are not the demo's life stages")
        sex = numpy.array([sexes[value or UNKNOWN] for value in rows["sex"].to_pylist()])
        self.stratum = sex * len(scheme) + stages(self.birth, today)
        self.stay = {key: at for at, key in enumerate(zip(self.person.tolist(), self.centre.tolist()))}
        everybody = numpy.arange(len(self.person))
        # Of each table: the combinations of codes, and (stay, combination) for whoever is in it.
        self.tables = {"base": ([()], everybody, numpy.zeros(len(everybody), int))}
        has = {}
        for source in SOURCES:
            self._read(folder, *source, has)
        for codes in release.pairs:
            name = " + ".join(dimension for dimension, _ in codes)
            combinations, who, what = self.tables.setdefault(name, ([], [], []))
            both = numpy.intersect1d(has[codes[0]], has[codes[1]], assume_unique=True)
            who.append(both)
            what.append(numpy.full(len(both), len(combinations)))
            combinations.append(codes)
        for name, (combinations, who, what) in self.tables.items():
            if isinstance(who, list):
                self.tables[name] = combinations, numpy.concatenate(who), numpy.concatenate(what)

    def _read(self, folder, name, file, column, date, has):
        """The records of a dimension, with all codes above each, and the life stage of the first."""
        dimension = self.release.dimensions[name]
        rows = pyarrow.parquet.read_table(folder / f"{file}.parquet")
        keys = zip(rows["person_id"].to_pylist(), rows["centre"].to_pylist())
        places = {centre: at for at, centre in enumerate(self.release.centres)}
        stay = numpy.array([self.stay[person, places[centre]] for person, centre in keys])
        day = numpy.asarray(rows[date]).astype("M8[D]") if date else numpy.full(len(stay), numpy.datetime64("NaT"), "M8[D]")
        plain = dimension.plain()
        ids = {code: at for at, code in enumerate(plain)}
        above = {code: [ids[other] for other in dimension.within[code]] for code in plain}
        each = [above[code] for code in rows[column].to_pylist()]
        lengths = numpy.array([len(codes) for codes in each])
        what, who, when = numpy.concatenate(each).astype(int), numpy.repeat(stay, lengths), numpy.repeat(day, lengths)
        order = numpy.lexsort((when, what, who))  # no date stands last
        who, what, when = who[order], what[order], when[order]
        first = numpy.append(True, (who[1:] != who[:-1]) | (what[1:] != what[:-1]))
        who, what, when = who[first], what[first], when[first]
        self.tables[name] = [((name, code),) for code in plain], who, what
        by_code = numpy.argsort(what, kind="stable")
        ends = numpy.searchsorted(what[by_code], numpy.arange(len(plain) + 1))
        has.update({(name, code): who[by_code[ends[at] : ends[at + 1]]] for code, at in ids.items()})
        if date:
            stage = stages(self.birth[who], when)
            onsets = {onset: at for at, onset in enumerate(dimension.onsets)}
            table = numpy.full((len(plain), len(BEGINS) + 1), -1)
            for onset, (code, begin) in dimension.onsets.items():
                table[ids[code], begin] = onsets[onset]
            found = table[what, stage]
            listed = (found >= 0) & ~numpy.isnat(when)
            self.tables[f"{name}, first records"] = [((name, onset),) for onset in onsets], who[listed], found[listed]

    def unit(self, at_a_centre):
        """Who is added or removed as one, for each stay."""
        return numpy.arange(len(self.person)) if at_a_centre else numpy.unique(self.person, return_inverse=True)[1].ravel()

    def loads(self, name, unit):
        """How many combinations of a table each unit is in."""
        return numpy.bincount(unit[self.tables[name][1]], minlength=unit.max() + 1)

    def strata(self, name, keep=slice(None)):
        """Counts of a table: combination, centre, stratum."""
        combinations, who, what = self.tables[name]
        who, what = who[keep], what[keep]
        shape = (len(combinations), len(self.release.centres), len(self.release.margins.strata))
        index = numpy.ravel_multi_index((what, self.centre[who], self.stratum[who]), shape)
        return numpy.bincount(index, minlength=int(numpy.prod(shape))).reshape(shape)

    def capped(self, name, unit, cap, draw):
        """Which rows of a table stay, where nobody keeps more than `cap`."""
        who = unit[self.tables[name][1]]
        order = numpy.lexsort((draw.random(len(who)), who))
        begin = numpy.searchsorted(who[order], who[order])
        keep = numpy.empty(len(who), bool)
        keep[order] = numpy.arange(len(who)) - begin < cap
        return keep


class Design:
    """How a table's budget is divided among its margins, and the fit of its noisy cells."""

    def __init__(self, margins, order):
        self.cells = margins.cells[: margins.count(order)]
        matrix = margins.matrix[: len(self.cells)].astype(float)
        kinds = [tuple(value is not None for value in cell) for cell in self.cells]
        self.kinds = sorted(set(kinds), key=lambda kind: (sum(kind), kind))
        self.kind = numpy.array([self.kinds.index(kind) for kind in kinds])
        # A-optimal shares: minimise tr(C M^-1), M the information of the strata, C the mean over margins of their cells.
        weight = (1 / numpy.bincount(self.kind))[self.kind] / len(self.kinds)
        wanted = matrix.T @ (weight[:, None] * matrix)
        share = numpy.full(len(self.kinds), 1 / len(self.kinds))
        for _ in range(2000):
            inverse = numpy.linalg.pinv(matrix.T @ (share[self.kind][:, None] * matrix))
            gain = numpy.einsum("ij,jk,ik->i", matrix, inverse @ wanted @ inverse, matrix)
            share *= numpy.sqrt(numpy.bincount(self.kind, gain))
            share /= share.sum()
        self.share = share
        root = numpy.sqrt(share[self.kind])
        self.fit = matrix @ numpy.linalg.pinv(root[:, None] * matrix) * root
        # The variance of each fitted cell, for noise of variance 1 / share.
        self.variance = (self.fit**2 / share[self.kind]).sum(1)
        self.mean = float(weight @ self.variance)


class Table:
    """The declared cells of one table: true counts, what Ninzu publishes, and its design."""

    def __init__(self, people, name, designs):
        release = people.release
        self.name = name
        combinations = people.tables[name][0]
        self.order = release.orders[combinations[0]]
        self.design = designs.setdefault(self.order, Design(release.margins, self.order))
        self.matrix = release.margins.matrix[: len(self.design.cells)].T.astype(int)
        shape = (len(combinations), len(release.centres), len(self.design.cells))
        self.lo, self.hi, self.declared = numpy.zeros(shape), numpy.zeros(shape), numpy.zeros(shape, bool)
        for at, codes in enumerate(combinations):
            for place, centre in enumerate(release.centres):
                if release.collecting(centre, codes):
                    self.lo[at, place], self.hi[at, place] = release.intervals(centre, codes)
                    self.declared[at, place] = release.declared(codes)
        self.truth = people.strata(name) @ self.matrix
        inside = (self.lo <= self.truth) & (self.truth <= self.hi) | ~self.declared
        if not inside.all():
            raise SystemExit(f"{name}: {(~inside).sum()} true counts are outside the release's intervals")


class Noisy:
    """A table's cells after noise and fit."""

    def __init__(self, table, counts, cap, rho, draw):
        design = table.design
        self.variances = cap / (2 * rho * design.share)
        noise = numpy.empty(counts.shape, int)
        for kind, variance in enumerate(self.variances):
            chosen = design.kind == kind
            noise[..., chosen] = discrete_gaussian(draw, variance, noise[..., chosen].size).reshape(noise[..., chosen].shape)
        self.fitted = (counts + noise) @ design.fit.T
        self.deviation = numpy.broadcast_to(numpy.sqrt(design.variance * cap / (2 * rho)), counts.shape)
        lower, upper = self.fitted - Z * self.deviation, self.fitted + Z * self.deviation
        self.inside = (lower <= table.truth) & (table.truth <= upper)
        lower, upper = numpy.maximum(0, numpy.ceil(lower)), numpy.maximum(0, numpy.floor(upper))
        self.width = numpy.maximum(upper - lower, 0)


class Run:
    """All tables under one budget and one cap."""

    def __init__(self, people, tables, unit, quantile, epsilon, options):
        draw = numpy.random.default_rng(options.seed)
        self.quantile, self.epsilon, self.rho = quantile, epsilon, rho_of(epsilon, options.delta)
        loads = {table.name: people.loads(table.name, unit) for table in tables}
        self.caps = {name: max(1, int(numpy.quantile(load, quantile, method="higher"))) for name, load in loads.items()}
        cost = {table.name: numpy.sqrt(self.caps[table.name] * table.design.mean) for table in tables}
        self.rhos = {name: self.rho * one / sum(cost.values()) for name, one in cost.items()}
        self.noisy, self.dropped = {}, {}
        for table in tables:
            keep = people.capped(table.name, unit, self.caps[table.name], draw)
            counts = people.strata(table.name, keep) @ table.matrix
            self.noisy[table.name] = Noisy(table, counts, self.caps[table.name], self.rhos[table.name], draw)
            self.dropped[table.name] = 1 - keep.mean()
        # What the most expensive unit of these data costs: never more than rho.
        spent = sum(
            numpy.minimum(loads[name], self.caps[name]) * (1 / (2 * noisy.variances)).sum() for name, noisy in self.noisy.items()
        )
        self.spent = float(spent.max())


def check_sampler(seed):
    """Both samplers against the distribution: variances within five standard errors, frequencies by chi-squared."""
    draw, exact = numpy.random.default_rng(seed), random.Random(seed)
    for variance in (0.4, 7.3, 400):
        reach = int(12 * variance**0.5) + 5
        x = numpy.arange(-reach, reach + 1)
        mass = numpy.exp(-(x**2) / (2 * variance))
        mass /= mass.sum()
        second, fourth = mass @ x**2, mass @ x**4.0
        fraction = fractions.Fraction(variance).limit_denominator(1000)
        for name, sample in (
            ("vectorised", discrete_gaussian(draw, variance, 400_000)),
            ("exact", numpy.array([exact_gaussian(exact, fraction) for _ in range(10_000)])),
        ):
            size = len(sample)
            off = abs((sample**2.0).mean() - second) / ((fourth - second**2) / size) ** 0.5
            assert off < 5, f"the {name} sampler's variance is {off:.1f} standard errors off"
            assert abs(sample.mean()) < 5 * (second / size) ** 0.5, f"the {name} sampler's mean is off"
            seen, expected = numpy.bincount(sample + reach, minlength=len(x)), mass * size
            often = expected >= 20
            chi = ((seen[often] - expected[often]) ** 2 / expected[often]).sum()
            degrees = often.sum()
            assert chi < degrees + 5 * (2 * degrees) ** 0.5 + 5, f"the {name} sampler: chi-squared {chi:.0f} at {degrees}"


def check(tables, run, options):
    """Accounting, consistency and coverage."""
    check_sampler(options.seed)
    assert abs(epsilon_of(run.rho, options.delta) - run.epsilon) < 1e-9, "rho and epsilon do not belong together"
    total = sum((run.caps[name] / (2 * noisy.variances)).sum() for name, noisy in run.noisy.items())
    assert abs(total - run.rho) < 1e-9, f"margins cost {total}, not {run.rho}"
    assert run.spent <= run.rho + 1e-9, f"somebody costs {run.spent}, more than {run.rho}"
    for table in tables:
        noisy, design = run.noisy[table.name], table.design
        finest = design.kind == len(design.kinds) - 1
        sums = noisy.fitted[..., finest].sum(-1)
        assert numpy.allclose(sums, noisy.fitted[..., 0]), f"{table.name}: fitted strata do not add up to their total"
        assert (design.variance <= 1 / design.share[design.kind] + 1e-9).all(), "fitting makes a cell worse"
        off = (noisy.fitted - table.truth) / noisy.deviation
        assert abs(off.std() - 1) < 0.1, f"{table.name}: fitted cells are {off.std():.2f} standard deviations off"
    inside = numpy.concatenate([run.noisy[table.name].inside[table.declared] for table in tables]).mean()
    assert 0.94 < inside < 0.96, f"95 % intervals hold {inside:.1%} of true counts"


def together(masks, arrays):
    """The chosen entries of several arrays, as one."""
    return numpy.concatenate([array[mask] for mask, array in zip(masks, arrays)])


def median(values):
    return f"{numpy.median(values):,.0f}" if len(values) else ""


def tell(tables, runs, delta):
    """Sensitivities, and widths by table and by size."""
    for quantile in dict.fromkeys(run.quantile for run in runs):
        same = [run for run in runs if run.quantile == quantile]
        first = same[0]
        print(f"\nA share of {quantile:g} of persons keep all their codes. Alone: the median width were it the only table.\n")
        print("| table | D | share of rho | rows dropped |" + "".join(f" alone, {run.epsilon:g} |" for run in same))
        print("|" + "---|" * (len(same) + 4))
        for table in tables:
            name, share = table.name, first.rhos[table.name] / first.rho
            mask = table.declared & (table.truth >= 10)
            alone = [2 * Z * run.noisy[name].deviation[mask] * share**0.5 for run in same]
            print(f"| {name} | {first.caps[name]} | {share:.3f} | {first.dropped[name]:.2%} |", end=" ")
            print(" | ".join(median(widths) for widths in alone), "|")
    heads = [f"{run.epsilon:g}" + (f" ({run.quantile:g})" if run.quantile < 1 else "") for run in runs]
    head = "| cells | Ninzu | mean | " + " | ".join(heads)
    print(f"\nMedian widths; at epsilon (the share of persons who keep all their codes).\n\n| | {head[2:]} | same |")
    print("|" + "---|" * (len(runs) + 5))
    groups = [(f"{table.name}, from 10", [table], 10, None) for table in tables]
    groups += [
        (f"all tables, {low}" + (f" to {high}" if high else " and more") * (high != 0), tables, low, high) for low, high in CLASSES
    ]
    for name, chosen, low, high in groups:
        masks = [t.declared & (t.truth >= low) & (t.truth <= (numpy.inf if high is None else high)) for t in chosen]
        ours = together(masks, [t.hi - t.lo for t in chosen])
        said = [median(together(masks, [run.noisy[t.name].width for t in chosen])) for run in runs]
        deviation = together(masks, [runs[0].noisy[t.name].deviation for t in chosen])
        same = ""
        if low >= 10:
            ratio = 2 * Z * numpy.median(deviation) / numpy.median(ours)
            same = f"{epsilon_of(runs[0].rho * ratio**2, delta):,.0f}"
        print(f"| {name} | {len(ours):,} | {median(ours)} | {ours.mean():.1f} | " + " | ".join(said) + f" | {same} |")
    declared = [table.declared for table in tables]
    shares = [together(declared, [run.noisy[table.name].inside for table in tables]).mean() for run in runs]
    print("| true counts inside | | 100 % | | " + " | ".join(f"{share:.1%}" for share in shares) + " | |")


def main():
    options, begin = arguments(), time.monotonic()
    release = Release(options.demo / "release")
    people = People(options.demo / "people", release)
    designs = {}
    tables = [Table(people, name, designs) for name in people.tables]
    unit = people.unit(options.at_a_centre)
    what = "persons at centres" if options.at_a_centre else "persons"
    print(
        f"{unit.max() + 1:,} {what}, {sum(int(table.declared.sum()) for table in tables):,} declared cells, delta {options.delta:g}"
    )
    runs = [Run(people, tables, unit, cap, epsilon, options) for cap in options.cap for epsilon in options.epsilon]
    if options.check:
        check(tables, runs[0], options)
    tell(tables, runs, options.delta)
    print(f"\n{time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
