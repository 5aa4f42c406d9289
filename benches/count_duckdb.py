"""The counts of `count --write DIR` by DuckDB: grouping sets over a self-join of the same rows.

    python benches/count_duckdb.py DIR [--threads N]

Prints the same figures: cells and checksum must agree, seconds are to be compared.
"""

import argparse
import pathlib
import resource
import time

import duckdb

arguments = argparse.ArgumentParser()
arguments.add_argument("dir", type=pathlib.Path)
arguments.add_argument("--threads", type=int, default=2)
arguments = arguments.parse_args()

db = duckdb.connect()
db.execute(f"SET threads = {arguments.threads}")
for name in ("persons", "rows"):
    db.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet(?)", [str(arguments.dir / f"{name}.parquet")])

# From rows in memory, as the other side of the comparison. A cell's number is the one that `MarginLayout` gives it:
# total, sexes, stages, then sex by stage.
began, idle = time.perf_counter(), time.process_time()
cells, increments, checksum = db.execute(
    """
    WITH facts AS (
        SELECT person, code, centre, sex, stage FROM rows JOIN persons USING (person)
    ), cells AS (
        SELECT f.centre, f.sex, f.stage, f.code AS a, r.code AS b, count(*) AS n
        FROM facts f JOIN rows r ON f.person = r.person AND f.code < r.code
        GROUP BY GROUPING SETS (
            (f.centre, f.code, r.code),
            (f.centre, f.sex, f.code, r.code),
            (f.centre, f.stage, f.code, r.code),
            (f.centre, f.sex, f.stage, f.code, r.code)
        )
    ), numbered AS (
        SELECT *, CASE
            WHEN sex IS NULL AND stage IS NULL THEN 0
            WHEN stage IS NULL THEN 1 + sex::BIGINT
            WHEN sex IS NULL THEN 3 + stage::BIGINT
            ELSE 11 + 8 * sex::BIGINT + stage::BIGINT
        END AS cell FROM cells
    )
    SELECT count(*), sum(n) FILTER (cell = 0),
        sum(n::HUGEINT * (1 + a::BIGINT + 3 * b::BIGINT + 5 * centre::BIGINT + 7 * cell))
    FROM numbered
    """
).fetchone()
seconds, processor = time.perf_counter() - began, time.process_time() - idle

print(f"increments   {increments}")
print(f"cells        {cells}")
print(f"checksum     {checksum}")
print(f"peak memory  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
print(f"processor    {processor:.2f} s, all threads")
print(f"seconds      {seconds:.3f}")
