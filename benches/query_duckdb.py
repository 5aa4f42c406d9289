#!/usr/bin/env python3
"""The direct questions of the query benchmark by DuckDB: the same cells, summed by SQL.

    python benches/query_duckdb.py DIR [--rounds 3] [--threads 1]

DIR is what the benchmark `query --out DIR` leaves: a folder `release`, and `queries.json`, a list of conjunctions with their
answers over all centres:

    {"where": {"diagnosis": ["G40"], "life_stage": ["aya", "adulthood"]}, "lower": 1230, "upper": 1429}

Each is a sum over the rows of one table, that of its codes dimensions: `where` lists the values of the columns that its margin
crosses, and the other partition columns are null. The engine may know better than the sums and never worse: lower is at least
the sum of lo, upper at most the sum of hi with that of the declared cells that are not listed. Where a question says `lo` and
`hi_listed` as well, these are DuckDB's sums exactly.

Beside them, on the tables in memory: the benchmark's breakdown (one code by every centre and partition value) and its facets
(every value of every dimension under a range of two partitions), as grouping statements.

Prints one JSON object: microseconds a question, half and 99 in 100 of them at most, over tables in memory and over Parquet files.
"""

import argparse
import json
import math
import pathlib
import statistics
import sys
import time

import duckdb


class Manifest:
    """What the descriptor says of the tables."""

    def __init__(self, release: pathlib.Path):
        self.release = release
        manifest = json.loads((release / "datapackage.json").read_text(encoding="utf-8"))["ninzu"]
        self.tables = {tuple(sorted(table["codes"])): table for table in reversed(manifest["tables"])}
        self.partitions = [d["name"] for d in manifest["dimensions"] if d["kind"] == "partition"]
        self.centres = len(manifest["centres"])

    def table(self, query: dict) -> dict:
        return self.tables[tuple(sorted(set(query["where"]) - set(self.partitions)))]

    def path(self, table: dict) -> str:
        return "'" + str(self.release / table["path"]).replace("'", "''") + "'"

    def statement(self, query: dict, source: str) -> str:
        terms = [f"{quoted(column)} IN ({', '.join(map(text, values))})" for column, values in query["where"].items()]
        terms += [f"{quoted(column)} IS NULL" for column in self.partitions if column not in query["where"]]
        return f"SELECT sum(lo), sum(hi), count(*) FROM {source} WHERE {' AND '.join(terms) or 'true'}"

    def agrees(self, query: dict, lo: int, hi: int, rows: int) -> bool:
        declared = self.centres * math.prod(len(values) for values in query["where"].values())
        unlisted = self.table(query)["unlisted"][1] * (declared - rows)
        exact = lo == query.get("lo", lo) and hi == query.get("hi_listed", hi)
        return exact and lo <= query.get("lower", lo) <= query.get("upper", hi) <= hi + unlisted


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def timed(database, manifest: Manifest, queries: list, source, rounds: int) -> dict:
    """Microseconds from a prepared statement to numbers, each query `rounds` times after one round to warm up."""
    for number, query in enumerate(queries):
        database.execute(f"PREPARE q{number} AS {manifest.statement(query, source(manifest.table(query)))}")
    micros = []
    for i in range(rounds + 1):
        for number, query in enumerate(queries):
            began = time.perf_counter_ns()
            found = database.execute(f"EXECUTE q{number}").fetchall()[0]
            took = (time.perf_counter_ns() - began) / 1000
            if not manifest.agrees(query, *(int(x or 0) for x in found)):
                raise SystemExit(f"FAILED lo, hi and rows are {found} for {json.dumps(query)}")
            if i > 0:
                micros.append(took)
    for number in range(len(queries)):
        database.execute(f"DEALLOCATE q{number}")
    return percentiles(micros)


def percentiles(micros: list) -> dict:
    micros.sort()
    return {"p50": round(statistics.median(micros), 1), "p99": round(micros[int(0.99 * len(micros))], 1), "timings": len(micros)}


def timed_statements(database, statements: list) -> dict:
    """Microseconds of each list of statements together, after one round to warm up."""
    micros = []
    for warm in (True, False):
        for together in statements:
            began = time.perf_counter_ns()
            for statement in together:
                if not database.execute(statement).fetchall():
                    raise SystemExit(f"FAILED no rows: {statement}")
            if not warm:
                micros.append((time.perf_counter_ns() - began) / 1000)
    return percentiles(micros)


def breakdowns(manifest: Manifest) -> list:
    """One code by centre and every partition: 50 codes, as the benchmark asks."""
    keys = ", ".join(map(quoted, ["centre", *manifest.partitions]))
    crossed = " AND ".join(f"{quoted(p)} IS NOT NULL" for p in manifest.partitions)
    return [
        [f"SELECT {keys}, sum(lo), sum(hi) FROM diagnosis WHERE diagnosis = 'D{20 * i:03}' AND {crossed} GROUP BY ALL"]
        for i in range(50)
    ]


def facets(manifest: Manifest) -> list:
    """Every value of every dimension among sex s001 and life stages from one to the last: one statement a dimension."""

    def of(dimension: str, first: int) -> str:
        free = "" if dimension == "region" else " AND region IS NULL"
        source = "diagnosis" if dimension == "diagnosis" else "base"
        where = f"sex = 's001' AND life_stage >= 'l{first:03}'{free}"
        return f"SELECT {quoted(dimension)}, sum(lo), sum(hi) FROM {source} WHERE {where} GROUP BY ALL"

    return [[of(d, first) for d in [*manifest.partitions, "diagnosis"]] for first in range(8)]


def main() -> int:
    arguments = argparse.ArgumentParser(description="The direct questions of the query benchmark by DuckDB.")
    arguments.add_argument("dir", type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--threads", type=int, default=1)
    arguments = arguments.parse_args()
    manifest = Manifest(arguments.dir / "release")
    queries = json.loads((arguments.dir / "queries.json").read_text(encoding="utf-8"))
    if not queries or arguments.rounds < 1:
        raise SystemExit("FAILED nothing to time")
    database = duckdb.connect()
    database.execute(f"SET threads = {arguments.threads}")
    used = {table["name"]: table for table in map(manifest.table, queries)}
    if set(used) != {"base", "diagnosis"}:
        raise SystemExit(f"FAILED the benchmark asks the tables base and diagnosis, not {sorted(used)}")
    for name, table in used.items():
        database.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM read_parquet({manifest.path(table)})")
    result = {
        "peer": f"DuckDB {duckdb.__version__}",
        "threads": arguments.threads,
        "rows": sum(chunk["rows"] for table in used.values() for chunk in table["chunks"]),
        "queries": len(queries),
        "unit": "microseconds a query",
        "memory": timed(database, manifest, queries, lambda t: quoted(t["name"]), arguments.rounds),
        "parquet": timed(database, manifest, queries, lambda t: f"read_parquet({manifest.path(t)})", arguments.rounds),
        "breakdown": timed_statements(database, breakdowns(manifest)),
        "facets": timed_statements(database, facets(manifest)),
    }
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
