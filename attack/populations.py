#!/usr/bin/env python3
"""Random populations, as CSV tables with a spec: small cells everywhere, and every sort of hierarchy.

usage: populations.py FOLDER [--seed N] [--policy NAME]
"""

import argparse
import copy
import csv
import datetime
import math
import pathlib
import random

REFERENCE = datetime.date(2024, 12, 31)
PRESETS = ("ndb", "cms", "all-of-us", "nhs", "ohdsi")
BANDS = (
    [("child", 0), ("adult", 18)],
    [("child", 0), ("young", 15), ("old", 65)],
    [("infant", 0), ("child", 1), ("adult", 20), ("old", 65)],
)


def policy_lines(policy):
    """A policy of the spec: a preset, or threshold/base."""
    if policy in PRESETS:
        return [f'preset = "{policy}"']
    threshold, base = policy.split("/")
    return [f"threshold = {int(threshold)}", f"base = {int(base)}"]


class Population:
    """People, their codes, and what the steward says about them; the same for the same seed."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        self.centres = [f"C{i}" for i in range(self.draw.choice((2, 3)))]
        self.sexes = ["female", "male"] + ["unknown"] * self.draw.choice((0, 1))
        self.regions = [f"r{i}" for i in range(self.draw.choice((0, 0, 2, 3)))]
        self.bands = self.draw.choice(BANDS) if self.draw.random() < 0.8 else None
        # Programs grow with the strata: at most so many that a release is built and attacked in seconds.
        if len(self.sexes) * max(1, len(self.regions)) * len(self.bands or range(9)) > 20:
            self.regions = []
        self.order = self.draw.choice((2, 3))
        self.pair_order = self.draw.randint(1, self.order)
        self.diagnosis = self._hierarchy()
        self.specimen = {code: [] for code in ("dna", "serum", "tissue", "urine")[: self.draw.randint(2, 4)]}
        self.specimen_has_dictionary = self.draw.random() < 0.7
        self.zero = self.draw.choice(list(self.diagnosis)) if self.draw.random() < 0.5 else None
        self._people()
        self.pair_seed = len(self.persons)
        self.is_ranked, self.more_pairs, self.pairable = True, 0, list(self.diagnosis)
        self._records()

    def _hierarchy(self):
        """Codes three deep, with parents of one, two and many children; now and then a code with two parents."""
        parents = {"A": [], "B": [], "D": []}
        parents["A1"] = ["A"]
        parents.update({f"B{i}": ["B"] for i in (1, 2)})
        parents.update({f"B1.{i}": ["B1"] for i in range(1, self.draw.choice((2, 3, 4)))})
        parents.update({f"D{i}": ["D"] for i in range(1, self.draw.choice((3, 4, 6, 8)))})
        parents["A1.1"] = ["A1"]
        if self.draw.random() < 0.4:
            parents["X"] = ["A1", "B2"]
        return parents

    def _birth(self, centre):
        """A birth date; the last centre's people are all in one life stage."""
        if centre == self.centres[-1]:
            ages = (66, 74)
        else:
            ages = self.draw.choice(((0, 1), (1, 14), (15, 39), (40, 64), (65, 90), (30, 80)))
        day = REFERENCE - datetime.timedelta(days=int(self.draw.uniform(ages[0] + 0.1, ages[1] + 0.9) * 365.25))
        return None if self.draw.random() < 0.02 and centre != self.centres[-1] else day

    def _people(self):
        count = self.draw.randint(200, 1500)
        weights = [self.draw.uniform(0.3, 1) for _ in self.centres]
        sexes = [0.5, 0.45, 0.05][: len(self.sexes)]
        self.persons = []
        for i in range(count):
            centre = self.draw.choices(self.centres, weights)[0]
            region = self.draw.choices(self.regions, [1 / (j + 1) for j in range(len(self.regions))])[0] if self.regions else None
            self.persons.append((f"p{i}", centre, self.draw.choices(self.sexes, sexes)[0], region, self._birth(centre)))

    def _shares(self, codes):
        """How common each code is at each centre: from a few people to a third of all."""
        few = math.log(3 / len(self.persons))
        return {(code, centre): math.exp(self.draw.uniform(few, math.log(0.35))) for code in codes for centre in self.centres}

    def _is_within(self, code, above):
        return code == above or any(self._is_within(parent, above) for parent in self.diagnosis[code])

    def _records(self):
        """Who has which codes, with a first date that may be missing."""
        leaning = {code: self.draw.choice(self.sexes[:2]) for code in self.diagnosis}
        shares, self.diagnoses, self.specimens = self._shares(self.diagnosis), [], []
        inner = {parent for above in self.diagnosis.values() for parent in above}
        direct = {code for code in sorted(inner) if self.draw.random() < 0.4}
        for person, centre, sex, _, birth in self.persons:
            for code in self.diagnosis:
                if (code in inner and code not in direct) or (sex == "male" and self.zero and self._is_within(code, self.zero)):
                    continue
                if self.draw.random() < shares[code, centre] * (1.6 if sex == leaning[code] else 0.5):
                    self.diagnoses.append((person, code, self._date(birth)))
        shares = self._shares(self.specimen)
        for person, centre, *_ in self.persons:
            if self._collects(centre):
                self.specimens += [(person, code) for code in self.specimen if self.draw.random() < shares[code, centre] * 1.5]

    def _date(self, birth):
        if birth is None or self.draw.random() < 0.1:
            return None
        share = self.draw.random() ** self.draw.choice((0.5, 1, 2))
        return birth + datetime.timedelta(days=int((REFERENCE - birth).days * share))

    def _collects(self, centre):
        """The last centre but one collects no specimens."""
        return centre != self.centres[-2]

    def some(self, chosen):
        """The same population with fewer people: `chosen` says of each person whether."""
        fewer = copy.copy(self)
        fewer.persons = [person for person in self.persons if chosen(person[0])]
        known = {person[0] for person in fewer.persons}
        fewer.diagnoses = [record for record in self.diagnoses if record[0] in known]
        fewer.specimens = [record for record in self.specimens if record[0] in known]
        return fewer

    def write(self, folder, policy):
        """Tables, dictionaries and spec.toml in a folder; returns the path of the spec."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        columns = ["person_id", "centre", "sex"] + (["region"] if self.regions else []) + ["birth_date"]
        people = [[v for i, v in enumerate(person) if i != 3 or self.regions] for person in self.persons]
        _table(folder / "persons.csv", columns, people)
        _table(folder / "diagnoses.csv", ["person_id", "code", "date"], self.diagnoses)
        _table(folder / "specimens.csv", ["person_id", "code"], self.specimens)
        parents = [(code, parent) for code, above in self.diagnosis.items() for parent in above or [None]]
        _table(folder / "diagnosis.csv", ["code", "parent"], parents)
        _table(folder / "specimen.csv", ["code", "parent"], [(code, None) for code in self.specimen])
        spec = folder / "spec.toml"
        spec.write_text("\n".join(self._spec(policy)) + "\n", encoding="utf-8")
        return spec

    def _spec(self, policy):
        yield from ("[release]", 'name = "random"', 'title = { en = "Random people", ja = "無作為な人々" }')
        yield from (f"reference_date = {REFERENCE}", "[source]", 'kind = "table"', 'persons = "persons.csv"')
        yield from ('person = "person_id"', 'centre = "centre"')
        for centre in self.centres:
            collects = '"diagnosis", "specimen"' if self._collects(centre) else '"diagnosis"'
            yield from ("[[centre]]", f'name = "{centre}"', f"collects = [{collects}]")
        yield from self._partitions()
        yield from ("[[dimension]]", 'name = "diagnosis"', 'kind = "codes"', 'table = "diagnoses.csv"', 'code = "code"')
        yield from ('date = "date"', 'dictionary = "diagnosis.csv"')
        yield from ("[[dimension]]", 'name = "specimen"', 'kind = "codes"', 'table = "specimens.csv"', 'code = "code"')
        if self.specimen_has_dictionary:
            yield 'dictionary = "specimen.csv"'
        yield from ("[margins]", f"order = {self.order}", f"pair_order = {self.pair_order}")
        yield f"pairs = [{', '.join(self._pairs())}]"
        yield from ("[policy]", *policy_lines(policy))
        if self.zero:
            yield from ("[[structural_zero]]", 'sex = "male"', f'diagnosis = "{self.zero}"')

    def _partitions(self):
        for name, values in (("sex", self.sexes), ("region", self.regions)):
            if values:
                listed = ", ".join(f'"{value}"' for value in values)
                yield from ("[[dimension]]", f'name = "{name}"', 'kind = "partition"', f"values = [{listed}]")
        yield from (
            "[[dimension]]",
            'name = "life_stage"',
            'kind = "partition"',
            'birth_date = "birth_date"',
            'missing = "unknown"',
        )
        bands = ", ".join(f'{{ code = "{code}", from = {age} }}' for code, age in self.bands or ())
        yield f"bands = [{bands}]" if bands else 'scheme = "jh"'

    def _pairs(self):
        """Pairs of diagnoses by rank, of diagnosis and specimen by name, now and then with an onset."""
        draw = random.Random(self.pair_seed)
        count = draw.choice((3, 4, 5))
        if self.is_ranked:
            yield f'{{ of = ["diagnosis", "diagnosis"], codes = "top:{count}" }}'
        else:
            codes = draw.sample(self.pairable, count)
            codes += [code for code in self.pairable if code not in codes][: self.more_pairs]
            listed = ", ".join(f'"{code}"' for code in codes)
            yield f'{{ of = ["diagnosis", "diagnosis"], codes = [{listed}] }}'
        named = draw.sample(self.pairable, 3) + list(self.specimen)[:2]
        if self.bands and draw.random() < 0.5:
            named.append(f"{draw.choice(self.pairable)}@{self.bands[0][0]}")
        listed = ", ".join(f'"{code}"' for code in named)
        yield f'{{ of = ["diagnosis", "specimen"], codes = [{listed}] }}'


def _table(path, columns, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([["" if value is None else value for value in row] for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policy", default="ndb", help=f"one of {', '.join(PRESETS)}, or threshold/base")
    options = parser.parse_args()
    print(Population(options.seed).write(options.folder, options.policy))


if __name__ == "__main__":
    main()
