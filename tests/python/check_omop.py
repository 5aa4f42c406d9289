#!/usr/bin/env python3
"""Do the answers of a release hold the truth? On OMOP tables, against SQL over the rows themselves.

    python tests/python/check_omop.py NINZU OMOP_FOLDER [--queries 500] [--seed 1] [--keep FOLDER]

Builds a release with the binary NINZU (twice: the same key gives the same bytes, on one thread and on many), asks it random
questions (conjunctions, nested or and not, at least n of, ranges of life stages, onsets, up to three codes), and counts the same
people by DuckDB, from the raw tables and the written rules for OMOP.
Fails if one count lies outside its bounds. Prints how wide the bounds are beside the truth.
"""

import argparse
import collections
import dataclasses
import filecmp
import hashlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

import duckdb

from release import ROOT, UNKNOWN, Release

REFERENCE = "2024-12-31"

SPEC = """\
[release]
name = "omop-check"
title = {{ en = "OMOP tables, checked", ja = "OMOP表の検査" }}
reference_date = {reference}
[source]
kind = "omop"
path = {path}
centre = "NINZU"
scheme = "jh"
bad_rows = "drop"
bad_rows_limit = {{ specimen = 0.3 }}
[margins]
order = 2
pairs = [
    {{ of = ["diagnosis", "diagnosis"], codes = "top:8" }},
    {{ of = ["diagnosis", "specimen"], codes = "top:4" }},
]
pair_order = 2
[policy]
preset = "ndb"
"""

# The life stages of the scheme jh, and when each begins after birth.
STAGES = (
    ("perinatal", "0 DAY"),
    ("infancy", "28 DAY"),
    ("early_childhood", "1 YEAR"),
    ("school_age", "6 YEAR"),
    ("aya", "15 YEAR"),
    ("adulthood", "40 YEAR"),
    ("early_old_age", "65 YEAR"),
    ("late_old_age", "75 YEAR"),
)

# Dimension, table, concept, date.
TABLES = (
    ("diagnosis", "condition_occurrence", "condition_concept_id", "condition_start_date"),
    ("drug", "drug_exposure", "drug_concept_id", "drug_exposure_start_date"),
    ("procedure", "procedure_occurrence", "procedure_concept_id", "procedure_date"),
    ("measurement", "measurement", "measurement_concept_id", "measurement_date"),
    ("specimen", "specimen", "specimen_concept_id", "specimen_date"),
)


def stage(day: str) -> str:
    """The life stage on a day, as SQL; the first stage on any day before the second begins."""
    later = " ".join(f"WHEN {day} >= birth + INTERVAL {since} THEN '{name}'" for name, since in reversed(STAGES[1:]))
    return f"CASE WHEN birth IS NULL THEN '{UNKNOWN}' {later} ELSE '{STAGES[0][0]}' END"


class Truth:
    """The people, and who has which code: people and records that cannot be true, or lie outside observation, are left out."""

    def __init__(self, folder: pathlib.Path):
        self.database = duckdb.connect()
        sql = self.database.execute
        sql(
            f"""CREATE TABLE people AS SELECT *, {stage(f"DATE '{REFERENCE}'")} AS life_stage FROM (
                SELECT person_id AS person, CAST(birth_datetime AS DATE) AS birth,
                    CASE gender_concept_id WHEN 8507 THEN 'male' WHEN 8532 THEN 'female' ELSE '{UNKNOWN}' END AS sex
                FROM {quoted(folder, "person")}) WHERE birth IS NULL OR birth <= DATE '{REFERENCE}'"""
        )
        sql("CREATE TABLE facts (dimension VARCHAR, code VARCHAR, person BIGINT)")
        observed = ""
        if (folder / "observation_period.parquet").exists():
            observed = f"""AND EXISTS (FROM {quoted(folder, "observation_period")} o WHERE o.person_id = person AND (day IS NULL OR
                day BETWEEN CAST(observation_period_start_date AS DATE) AND CAST(observation_period_end_date AS DATE)))"""
        for dimension, table, concept, date in TABLES:
            if not (folder / f"{table}.parquet").exists():
                continue
            sql(
                f"""CREATE OR REPLACE TEMP TABLE records AS
                    SELECT person, birth, CAST({concept} AS VARCHAR) AS code, CAST({date} AS DATE) AS day
                    FROM {quoted(folder, table)} JOIN people ON person_id = person
                    WHERE {concept} <> 0 AND (day IS NULL OR day <= DATE '{REFERENCE}')
                        AND (day IS NULL OR birth IS NULL OR day >= birth) {observed}"""
            )
            sql("INSERT INTO facts SELECT ?, code, person FROM records GROUP BY ALL", [dimension])
            sql(f"INSERT INTO facts SELECT ?, '{ROOT}', person FROM records GROUP BY ALL", [dimension])
            sql(
                f"""INSERT INTO facts SELECT ?, code || '@' || {stage("first")}, person FROM
                    (SELECT code, person, birth, min(day) AS first FROM records GROUP BY ALL)
                    WHERE first IS NOT NULL AND birth IS NOT NULL""",
                [dimension],
            )

    def count(self, condition: str) -> int:
        return self.database.execute(f"SELECT count(*) FROM people WHERE {condition}").fetchall()[0][0]


def quoted(folder: pathlib.Path, table: str) -> str:
    return "'" + str(folder / f"{table}.parquet").replace("'", "''") + "'"


@dataclasses.dataclass
class Question:
    """A condition twice: as a query and as SQL."""

    query: str
    sql: str

    @classmethod
    def value(cls, dimension: str, value: str) -> "Question":
        return cls(f'{dimension} = "{value}"', f"{dimension} = '{value}'")

    @classmethod
    def values(cls, dimension: str, values: list) -> "Question":
        listed = ", ".join(f"'{value}'" for value in values)
        return cls(f"{dimension} in ({', '.join(values)})", f"{dimension} IN ({listed})")

    @classmethod
    def stages(cls, first: int, last: int) -> "Question":
        listed = ", ".join(f"'{name}'" for name, _ in STAGES[first : last + 1])
        return cls(f"life_stage in {STAGES[first][0]}..{STAGES[last][0]}", f"life_stage IN ({listed})")

    @classmethod
    def code(cls, dimension: str, code: str) -> "Question":
        query = f"has {dimension}" if code == ROOT else f'{dimension} = "{code}"'
        return cls(query, f"person IN (SELECT person FROM facts WHERE dimension = '{dimension}' AND code = '{code}')")

    def negated(self) -> "Question":
        return Question(f"not ({self.query})", f"NOT ({self.sql})")

    @classmethod
    def joined(cls, word: str, parts: list) -> "Question":
        return cls(f" {word} ".join(f"({p.query})" for p in parts), f" {word.upper()} ".join(f"({p.sql})" for p in parts))

    @classmethod
    def at_least(cls, n: int, parts: list) -> "Question":
        counted = " + ".join(f"CAST(({p.sql}) AS INTEGER)" for p in parts)
        return cls(f"at least {n} of ({', '.join(p.query for p in parts)})", f"({counted}) >= {n}")


class Questions:
    """Random questions about what a release names."""

    def __init__(self, release: Release, seed: int):
        self.random = random.Random(seed)
        self.codes, self.onsets = {}, {}
        for name, dimension in release.dimensions.items():
            if dimension["kind"] == "codes":
                names = release.dictionaries[name].names
                self.codes[name] = [code for code in names if "@" not in code]
                self.onsets[name] = [code for code in names if "@" in code]
        self.paired = sorted(
            {
                tuple(zip(table["codes"], codes))
                for table in release.tables.values()
                if len(table["codes"]) == 2 and not table.get("mirror_of")
                for codes in table["declared"]
            }
        )

    def partition(self) -> Question:
        draw = self.random
        kind = draw.randrange(4)
        if kind == 0:
            return Question.value("sex", draw.choice(("female", "male", UNKNOWN)))
        if kind == 1:
            return Question.values("sex", draw.sample(("female", "male", UNKNOWN), 2))
        first, last = sorted((draw.randrange(len(STAGES)), draw.randrange(len(STAGES))))
        return Question.stages(first, last) if kind == 2 else Question.value("life_stage", STAGES[last][0])

    def code_atoms(self, count: int) -> list:
        draw = self.random
        atoms = []
        if count >= 2 and draw.random() < 0.6:
            atoms = [Question.code(dimension, code) for dimension, code in draw.choice(self.paired)]
        while len(atoms) < count:
            dimension = draw.choice(("diagnosis", "diagnosis", "specimen", *self.codes))
            known = self.onsets if draw.random() < 0.2 else self.codes
            if known.get(dimension):
                atoms.append(Question.code(dimension, draw.choice(known[dimension])))
        return atoms

    def draw(self) -> Question:
        draw = self.random
        codes = self.code_atoms(draw.choice((0, 1, 1, 2, 2, 2, 3)))
        partitions = [self.partition() for _ in range(draw.choice((0, 1, 1, 2)))]
        atoms = codes + partitions
        draw.shuffle(atoms)
        if not atoms:
            return Question("everyone", "true")
        kind = draw.random()
        if kind < 0.4 or len(atoms) == 1:
            parts = [a.negated() if a in codes and kind < 0.15 and draw.random() < 0.5 else a for a in atoms]
            return Question.joined("and", parts)
        if kind < 0.6:
            return Question.at_least(draw.randint(1, len(atoms)), atoms)
        return self.tree(atoms)

    def tree(self, atoms: list) -> Question:
        draw = self.random
        if len(atoms) == 1:
            return atoms[0].negated() if draw.random() < 0.3 else atoms[0]
        cut = draw.randrange(1, len(atoms))
        both = Question.joined(draw.choice(("and", "or")), [self.tree(atoms[:cut]), self.tree(atoms[cut:])])
        return both.negated() if draw.random() < 0.2 else both


class Ninzu:
    """The command line."""

    def __init__(self, binary: pathlib.Path):
        self.binary = str(binary.resolve())

    def build(self, spec: pathlib.Path, key: pathlib.Path, out: pathlib.Path, **environment) -> None:
        line = [self.binary, "--quiet", "build", str(spec), "--key-file", str(key), "--out", str(out)]
        subprocess.run(line, check=True, env={**os.environ, **environment})

    def json(self, command: str, release: Release, query: str) -> dict:
        """What a command answers; exit code 1 means that nobody matches."""
        unaudited = [] if release.manifest["protection"]["audited"] else ["--unaudited"]
        line = [self.binary, command, *unaudited, "--format", "json", str(release.folder), query]
        done = subprocess.run(line, check=False, capture_output=True, text=True, encoding="utf-8")
        if done.returncode not in (0, 1) or not done.stdout:
            raise SystemExit(f"FAILED {command} of {query!r}: exit code {done.returncode}\n{done.stderr}")
        return json.loads(done.stdout)


def check(ninzu: Ninzu, release: Release, truth: Truth, arguments) -> int:
    questions = Questions(release, arguments.seed)
    widths, outside = collections.defaultdict(list), 0
    for _ in range(arguments.queries):
        question = questions.draw()
        answer = ninzu.json("query", release, question.query)["answer"]["persons"]
        path = ninzu.json("explain", release, question.query).get("path", "unnamed")
        count = truth.count(question.sql)
        lower, upper = answer["lower"], answer["upper"]
        if not lower <= count <= upper:
            outside += 1
            print(f"FAILED {count} people are outside [{lower}, {upper}], by {path}: {question.query}")
        widths[path].append((upper - lower) / max(1, count))
        if count >= 100:
            widths[f"{path}, of 100 people and more"].append((upper - lower) / count)
    everything = [w for path, found in widths.items() if "," not in path for w in found]
    print(f"{len(everything)} questions, {len(everything) - outside} answers hold the truth; median width beside the truth:")
    for path, found in [("all", everything), *sorted(widths.items())]:
        print(f"  {path:40} {statistics.median(found):8.3f}  ({len(found)} questions)")
    return 1 if outside or not everything else 0


def differences(a: pathlib.Path, b: pathlib.Path) -> list:
    """Files that two folders do not share byte for byte."""
    names = sorted({p.relative_to(folder).as_posix() for folder in (a, b) for p in folder.rglob("*") if p.is_file()})
    _, different, missing = filecmp.cmpfiles(a, b, names, shallow=False)
    return different + missing


def main() -> int:
    arguments = argparse.ArgumentParser(description="Bounds from a release against the truth in OMOP tables.")
    arguments.add_argument("ninzu", type=pathlib.Path, help="the binary")
    arguments.add_argument("omop", type=pathlib.Path, help="a folder of OMOP tables as Parquet")
    arguments.add_argument("--queries", type=int, default=500)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--keep", type=pathlib.Path, help="leave spec and release in this new folder")
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        folder = arguments.keep or pathlib.Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        spec = folder / "spec.toml"
        spec.write_text(SPEC.format(reference=REFERENCE, path=json.dumps(str(arguments.omop.resolve()))), encoding="utf-8")
        # A fixed key: the same release, and the same widths, in every run.
        key = folder / "key"
        key.write_bytes(hashlib.sha256(f"check {arguments.seed}".encode()).digest())
        key.chmod(0o600)
        ninzu = Ninzu(arguments.ninzu)
        ninzu.build(spec, key, folder / "release")
        ninzu.build(spec, key, folder / "again", RAYON_NUM_THREADS="1")
        different = differences(folder / "release", folder / "again")
        print(f"FAILED one key, two releases: {different[:3]}" if different else "built twice, the same bytes")
        return check(ninzu, Release(folder / "release"), Truth(arguments.omop.resolve()), arguments) or int(bool(different))


if __name__ == "__main__":
    sys.exit(main())
