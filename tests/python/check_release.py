#!/usr/bin/env python3
"""Is a release what its descriptor says, to readers that share no code with the one that wrote it?

    python tests/python/check_release.py RELEASE

Reads the folder with frictionless, pandas, pyarrow and DuckDB. Each check is a property with a name; the first few breaches of each
are printed, and any breach makes the exit code 1.
"""

import json
import pathlib
import sys
import time

import duckdb
import frictionless
import numpy
import pandas
import pyarrow.parquet

from release import UNKNOWN, Release, sha256


def descriptor_validates(release):
    """Frictionless finds nothing wrong with the descriptor, nor with any row of any resource."""
    report = frictionless.validate(str(release.folder / "datapackage.json"))
    for error in report.flatten(["type", "title", "rowNumber", "fieldName", "note"])[:5]:
        yield str(error)
    for task in report.tasks:
        for error in task.errors[:3]:
            yield f"{task.name}: {error.message}"
    names = {r["path"] for r in release.descriptor["resources"]}
    wanted = {t["path"] for t in release.tables.values()} | {f"dimensions/{d}.csv" for d in release.dimensions}
    if not wanted <= names:
        yield f"no resource for {sorted(wanted - names)}"
    for resource in release.descriptor["resources"]:
        if "bytes" in resource:
            yield f"{resource['path']} states bytes, which frictionless refuses for Parquet"


def every_file_is_named_and_hashed(release):
    """Nothing lies in the folder that the descriptor does not name, and small files have the bytes that it says."""
    there = {p.relative_to(release.folder).as_posix() for p in release.folder.rglob("*") if p.is_file()}
    files = {f["path"]: f for f in release.manifest["files"]}
    named = {"datapackage.json", *files, *(t["path"] for t in release.tables.values())}
    if there != named:
        yield f"named but missing: {sorted(named - there)}; there but not named: {sorted(there - named)}"
    for path in sorted(there & set(files)):
        data = (release.folder / path).read_bytes()
        if (len(data), sha256(data)) != (files[path]["length"], files[path]["sha256"]):
            yield f"{path} is not the file that the descriptor describes"


def chunks_cover_their_file(release):
    """Chunks and footer follow each other without a gap, hash to what is stated, and are the row groups of the file."""
    for name, table in release.tables.items():
        data = (release.folder / table["path"]).read_bytes()
        footer = pyarrow.parquet.read_metadata(release.folder / table["path"])
        if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
            yield f"{name} is no Parquet file"
        at = 4 if table["chunks"] else table["footer"]["offset"]
        if not table["chunks"] and at not in (0, 4):
            yield f"{name}: no chunks, and a footer that begins at {at}"
        for i, part in enumerate([*table["chunks"], table["footer"]]):
            if part["offset"] != at:
                yield f"{name}: part {i} begins at {part['offset']}, not {at}"
            at = part["offset"] + part["length"]
            if sha256(data[part["offset"] : at]) != part["sha256"]:
                yield f"{name}: part {i} has another hash"
        if at != len(data):
            yield f"{name}: the footer ends at {at} of {len(data)} bytes"
        groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
        if [g.num_rows for g in groups] != [c["rows"] for c in table["chunks"]]:
            yield f"{name}: its row groups have other numbers of rows than its chunks"
        codecs = {g.column(c).compression for g in groups for c in range(g.num_columns)}
        if not codecs <= {"SNAPPY"}:
            yield f"{name}: compressed by {sorted(codecs)}"
        frame = pandas.read_parquet(release.folder / table["path"], columns=release.code_columns(table) or ["lo"])
        starts = numpy.cumsum([0, *(c["rows"] for c in table["chunks"])])[:-1]
        for start, chunk in zip(starts, table["chunks"]):
            first = [frame[c].iloc[start] for c in release.code_columns(table)]
            if first != chunk["first"]:
                yield f"{name}: the chunk of row {start} begins with {first}, not {chunk['first']}"


def others_read_the_same(release):
    """pandas and DuckDB see the same columns, rows and sums in every table, and the same dictionaries."""
    database = duckdb.connect()
    for name, table in release.tables.items():
        path = release.folder / table["path"]
        frame = pandas.read_parquet(path)
        if list(frame.columns) != release.columns(table):
            yield f"{name}: columns {list(frame.columns)}"
        types = {c: str(t) for c, t, *_ in database.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()}
        expected = {c: "UINTEGER" if c in ("lo", "hi") else "VARCHAR" for c in release.columns(table)}
        if types != expected:
            yield f"{name}: types {types}"
        theirs = database.execute("SELECT count(*), sum(lo), sum(hi), count(hi) FROM read_parquet(?)", [str(path)]).fetchall()[0]
        ours = (len(frame), int(frame["lo"].sum()), int(frame["hi"].sum()), int(frame["hi"].count()))
        if ours != tuple(int(x or 0) for x in theirs):
            yield f"{name}: pandas {ours}, DuckDB {theirs}"
    for name, dictionary in release.dictionaries.items():
        path = str(release.folder / "dimensions" / f"{name}.csv")
        codes = database.execute("SELECT DISTINCT code FROM read_csv(?, header = true, all_varchar = true)", [path]).fetchall()
        if {c for (c,) in codes} != dictionary.listed:
            yield f"{name}: DuckDB reads other codes"
        for code, parents in dictionary.parents.items():
            if not parents <= set(dictionary.names):
                yield f"{name}: {code} lies under {sorted(parents - set(dictionary.names))}, which is not listed"


def rows_are_sorted(release):
    """By codes, centre, partition values ("all" first), each cell once."""
    for name, table in release.tables.items():
        keys = release.cells(table).drop(columns=["lo", "hi"])
        order = numpy.lexsort([keys[c] for c in reversed(keys.columns)])
        if (order != numpy.arange(len(keys))).any():
            yield f"{name}: row {int(numpy.argmax(order != numpy.arange(len(keys))))} is out of order"
        if keys.duplicated().any():
            yield f"{name}: row {int(numpy.argmax(keys.duplicated()))} is a cell's second"


def rows_are_declared_cells(release):
    """Only cells that the manifest declares are listed: margins, codes, centres, onsets, structural zeros."""
    for name, table in release.tables.items():
        cells, columns = release.cells(table), release.code_columns(table)
        crossed = (cells[release.partitions] >= 0).sum(axis=1) if release.partitions else pandas.Series(0, cells.index)
        if (crossed > table["order"]).any():
            yield f"{name}: a row crosses more than {table['order']} partitions"
        for partition in release.partitions:
            if release.size(partition) == 1 and (cells[partition] >= 0).any():
                yield f"{name}: {partition} has one value and is crossed all the same"
        if table["declared"] != "dictionary":
            declared = {tuple(codes) for codes in table["declared"]}
            if len(columns) == 2 and table["codes"][0] == table["codes"][1]:
                declared |= {(b, a) for a, b in declared}
            names = [release.dictionaries[d].names for d in table["codes"]]
            listed = {tuple(n[i] for n, i in zip(names, row)) for row in set(map(tuple, cells[columns].values.tolist()))}
            if not listed <= declared:
                yield f"{name}: undeclared {sorted(listed - declared)[:3]}"
            for codes in declared if len(columns) == 2 and table["codes"][0] == table["codes"][1] else ():
                dictionary = release.dictionaries[table["codes"][0]]
                if codes[0] == codes[1] or codes[0] in dictionary.ancestors(codes[1]):
                    yield f"{name}: {codes} is a code with itself or its ancestor"
        for i, centre in enumerate(release.centres):
            missing = set(table["codes"]) - set(release.manifest["collects"].get(centre, []))
            if missing and (cells["centre"] == i).any():
                yield f"{name}: {centre} has cells and does not collect {sorted(missing)}"
        yield from impossible_onsets(release, name, table, cells)
        yield from structural_zeros(release, name, table, cells)


def impossible_onsets(release, name, table, cells):
    if release.life_stage is None:
        return
    stages = release.dictionaries[release.life_stage].names
    stage = cells[release.life_stage]
    unknown = stages.index(UNKNOWN) if UNKNOWN in stages else len(stages)
    for dimension, column in zip(table["codes"], release.code_columns(table)):
        dictionary = release.dictionaries[dimension]
        onsets = numpy.array([-1 if (o := dictionary.onset(code)) is None else o for code in dictionary.names], dtype="int64")
        onset = pandas.Series(onsets[cells[column]], cells.index)
        late = (onset > stage) & (onset != unknown) & (stage != unknown)
        if ((onset >= 0) & (stage >= 0) & ((stage == 0) | late)).any():
            yield f"{name}: an onset at the first life stage, or later than the life stage, is listed"


def structural_zeros(release, name, table, cells):
    for zero in release.manifest.get("structural_zeros", []):
        match = pandas.Series(True, cells.index)
        for dimension, value in zero.items():
            dictionary = release.dictionaries[dimension]
            if dimension in release.partitions:
                match &= cells[dimension] == dictionary.ids[value]
            else:
                inside = numpy.array([value == c or value in dictionary.ancestors(c) for c in dictionary.names], dtype=bool)
                holds = pandas.Series(False, cells.index)
                for other, column in zip(table["codes"], release.code_columns(table)):
                    if other == dimension:
                        holds |= pandas.Series(inside[cells[column]], cells.index)
                match &= holds
        if match.any():
            yield f"{name}: a row of the structural zero {zero}"


def intervals_are_unions_of_buckets(release):
    """Nothing is published that buckets, decoys and widening cannot make: no exact small count, no odd width."""
    for name, table in release.tables.items():
        cells = release.cells(table)
        if (cells["hi"] < cells["lo"]).any():
            yield f"{name}: hi < lo in row {int(numpy.argmax(cells['hi'] < cells['lo']))}"
        if not release.is_ours:
            continue
        k, base = release.policy["threshold"], release.policy["base"]
        if table["unlisted"] != [0, k - 1]:
            yield f"{name}: unlisted cells mean {table['unlisted']}, and the threshold is {k}"
        lower = (cells["lo"] == 0) | ((cells["lo"] >= k) & ((cells["lo"] - k) % base == 0))
        upper = numpy.isfinite(cells["hi"]) & (cells["hi"] >= k - 1) & ((cells["hi"] + 1 - k) % base == 0)
        if not (lower & upper).all():
            row = cells[~(lower & upper)].iloc[0]
            yield f"{name}: [{row['lo']}, {row['hi']}] is no union of buckets of {base} from {k} up"


def mirrors_hold_the_same_cells(release):
    """A pair table in its other order, and both orders of a dimension with itself, say the same."""
    for name, table in release.tables.items():
        if len(table["codes"]) != 2:
            continue
        a, b = release.code_columns(table)
        cells = release.cells(table)
        if table["codes"][0] == table["codes"][1]:
            other, why = cells.rename(columns={a: b, b: a}), "itself"
        elif table.get("mirror_of") is None:
            if not any(t.get("mirror_of") == name for t in release.tables.values()):
                yield f"{name} has no mirror"
            continue
        else:
            twin = release.tables[table["mirror_of"]]
            other, why = release.cells(twin), twin["name"]
            for key in ("order", "unlisted"):
                if table[key] != twin[key]:
                    yield f"{name} and {why} differ in {key}"
            if {tuple(c) for c in table["declared"]} != {tuple(reversed(c)) for c in twin["declared"]}:
                yield f"{name} and {why} declare different pairs"
        if set(map(tuple, cells.values.tolist())) != set(map(tuple, other[cells.columns].values.tolist())):
            yield f"{name} does not mirror {why}"


def parts_fit_their_whole(release):
    """Some people fit: what a partition's values add up to meets their total, and nobody has a code without its whole."""
    if not release.is_ours:
        return
    tables = {name: release.cells(table) for name, table in release.tables.items()}
    for name, table in release.tables.items():
        cells, unlisted = tables[name], table["unlisted"][1]
        keys = [c for c in cells.columns if c not in ("lo", "hi")]
        for partition in (p for p in release.partitions if release.size(p) > 1):
            rest = [key for key in keys if key != partition]
            # CODE@stage at the first stage is CODE there, and declared by that name alone.
            summed = cells[~has_onset(release, table, cells)] if partition == release.life_stage else cells
            parts = summed[summed[partition] >= 0].groupby(rest)
            parts = parts.agg(lo_parts=("lo", "sum"), hi_parts=("hi", "sum"), n=("lo", "size")).reset_index()
            whole = summed[summed[partition] < 0].rename(columns={"lo": "lo_whole", "hi": "hi_whole"})
            both = whole.merge(parts, on=rest, how="outer")
            others = [p for p in release.partitions if p != partition]
            both = both[(both[others] >= 0).sum(axis=1) < table["order"]] if others else both
            both = both.fillna({"lo_whole": 0, "hi_whole": unlisted, "lo_parts": 0, "hi_parts": 0, "n": 0})
            most = both["hi_parts"] + (release.size(partition) - both["n"]) * unlisted
            if ((both["lo_parts"] > both["hi_whole"]) | (both["lo_whole"] > most)).any():
                yield f"{name}: the values of {partition} cannot add up to their total"
        for i, column in enumerate(release.code_columns(table)):
            # Without one of its codes, a row lies inside a row of the table of the others: of the other code, or of none.
            others = [(c, d) for j, (c, d) in enumerate(zip(release.code_columns(table), table["codes"])) if j != i]
            parts = cells.drop(columns=column).rename(columns=dict(others))
            yield from contained(f"{name} without {column}", parts, tables[others[0][1] if others else "base"], unlisted)
        if len(table["codes"]) == 1:
            dictionary = release.dictionaries[table["codes"][0]]
            edges = [(dictionary.ids[c], dictionary.ids[p]) for c, above in dictionary.parents.items() for p in above]
            edges = pandas.DataFrame(edges, columns=[name, "above"], dtype="int64")
            parts = cells.merge(edges, on=name).drop(columns=name).rename(columns={"above": name})
            yield from contained(f"{name} below its parents", parts, cells, unlisted)


def has_onset(release, table, cells):
    """Which rows have a code CODE@stage."""
    found = pandas.Series(False, cells.index)
    for dimension, column in zip(table["codes"], release.code_columns(table)):
        dictionary = release.dictionaries[dimension]
        found |= cells[column].isin([i for i, code in enumerate(dictionary.names) if dictionary.onset(code) is not None])
    return found


def contained(name, parts, wholes, unlisted):
    """No part has more people than its whole may have."""
    keys = [c for c in wholes.columns if c not in ("lo", "hi")]
    both = parts.merge(wholes, on=keys, how="left", suffixes=("_part", "_whole")).fillna({"hi_whole": unlisted})
    if (both["lo_part"] > both["hi_whole"]).any():
        yield f"{name}: a part has more people than its whole"


def audit_is_there(release):
    """A release that says it was audited holds the audit, with no violation left."""
    if not (release.is_ours and release.manifest["protection"]["audited"]):
        return
    path = release.folder / "audit.json"
    if not path.exists():
        yield "audited, without audit.json"
        return
    audit = list(items(json.loads(path.read_text(encoding="utf-8"))))
    private = sorted(key for key, _ in audit if "repair" in key or "widen" in key)
    if private:
        yield f"audit.json speaks of {private}, which is the steward's alone"
    violations = [value for key, value in audit if "violation" in key]
    if not violations or any(violations):
        yield f"audit.json does not say that no violation is left: {violations}"


def items(value):
    """Every key of a JSON value with what it holds."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from items(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from items(inner)


CHECKS = (
    descriptor_validates,
    every_file_is_named_and_hashed,
    chunks_cover_their_file,
    others_read_the_same,
    rows_are_sorted,
    rows_are_declared_cells,
    intervals_are_unions_of_buckets,
    mirrors_hold_the_same_cells,
    parts_fit_their_whole,
    audit_is_there,
)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    release = Release(pathlib.Path(sys.argv[1]))
    rows = sum(c["rows"] for t in release.tables.values() for c in t["chunks"])
    print(f"{release.descriptor['name']}: {len(release.tables)} tables, {rows} rows")
    failed = 0
    for check in CHECKS:
        began = time.perf_counter()
        try:
            breaches = list(check(release))
        except AssertionError as error:
            breaches = [str(error)]
        print(f"  {'FAILED' if breaches else 'ok':6} {check.__name__} ({time.perf_counter() - began:.1f} s)")
        for breach in breaches[:5]:
            print(f"         {breach}")
        failed += bool(breaches)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
