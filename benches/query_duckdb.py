#!/usr/bin/env python3
"""The direct queries of the query benchmark by DuckDB: the same sums over the same cells, as SQL.

    python benches/query_duckdb.py RELEASE QUERIES.json [--rounds 20] [--threads 1]

QUERIES.json is a list of sums over rows of one table each:

    {"table": "diagnosis",
     "where": {"diagnosis": ["G40"], "sex": ["female"], "life_stage": ["aya", "adulthood"]},
     "null": ["other_partition"],
     "lo": 1230,
     "hi_listed": 1429}

`where` lists the values of the columns that the margin crosses, `null` names the partition columns that are "all"; `lo` and
`hi_listed` are the sums of the columns lo and hi over the rows that match, at all centres together. DuckDB's sums must be equal.
Prints one JSON object: microseconds a query, half and 99 in 100 of them at most, over a table in memory and over the Parquet
files.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import duckdb


def statement(query: dict, source: str) -> str:
    """A query as SQL."""
    terms = []
    for column, wanted in query["where"].items():
        values = ", ".join("'" + value.replace("'", "''") + "'" for value in wanted)
        terms.append(f"{quoted(column)} IN ({values})" if len(wanted) > 1 else f"{quoted(column)} = {values}")
    terms += [f"{quoted(column)} IS NULL" for column in query["null"]]
    return f"SELECT sum(lo), sum(hi) FROM {source} WHERE {' AND '.join(terms) or 'true'}"


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def timed(database, queries: list, sources: dict, rounds: int) -> dict:
    """Microseconds from a prepared statement to numbers, each query `rounds` times after one round to warm up."""
    for number, query in enumerate(queries):
        database.execute(f"PREPARE q{number} AS {statement(query, sources[query['table']])}")
    micros = []
    for i in range(rounds + 1):
        for number, query in enumerate(queries):
            began = time.perf_counter_ns()
            lo, hi = database.execute(f"EXECUTE q{number}").fetchall()[0]
            took = (time.perf_counter_ns() - began) / 1000
            if (int(lo or 0), int(hi or 0)) != (query["lo"], query["hi_listed"]):
                raise SystemExit(f"FAILED lo = {lo}, hi = {hi} for {json.dumps(query)}")
            if i > 0:
                micros.append(took)
    for number in range(len(queries)):
        database.execute(f"DEALLOCATE q{number}")
    return {"p50": round(statistics.median(micros), 1), "p99": round(percentile(micros, 0.99), 1), "timings": len(micros)}


def percentile(values: list, share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    arguments = argparse.ArgumentParser(description="Direct queries of a release by DuckDB.")
    arguments.add_argument("release", type=pathlib.Path)
    arguments.add_argument("queries", type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--threads", type=int, default=1)
    arguments = arguments.parse_args()
    queries = json.loads(arguments.queries.read_text(encoding="utf-8"))
    if not queries:
        raise SystemExit("FAILED no queries")
    tables = json.loads((arguments.release / "datapackage.json").read_text(encoding="utf-8"))["ninzu"]["tables"]
    used = {query["table"] for query in queries}
    database = duckdb.connect()
    database.execute(f"SET threads = {arguments.threads}")
    memory, parquet, rows = {}, {}, 0
    for table in (t for t in tables if t["name"] in used):
        path = str(arguments.release / table["path"]).replace("'", "''")
        memory[table["name"]], parquet[table["name"]] = quoted(table["name"]), f"read_parquet('{path}')"
        database.execute(f"CREATE TABLE {quoted(table['name'])} AS SELECT * FROM read_parquet('{path}')")
        rows += sum(chunk["rows"] for chunk in table["chunks"])
    result = {
        "peer": f"DuckDB {duckdb.__version__}",
        "threads": arguments.threads,
        "rows": rows,
        "queries": len(queries),
        "unit": "microseconds a query",
        "memory": timed(database, queries, memory, arguments.rounds),
        "parquet": timed(database, queries, parquet, arguments.rounds),
    }
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
