"""A release folder, read with nothing but Python's own libraries, pandas and pyarrow: independent of the Rust reader."""

import csv
import dataclasses
import functools
import hashlib
import json
import pathlib

import numpy
import pandas

ROOT = "*"
UNKNOWN = "unknown"


@dataclasses.dataclass
class Dictionary:
    """The values of one dimension in order."""

    names: list
    parents: dict  # name -> set of names; the root for codes that name none
    stages: "list | None" = None  # names of life stages, for onsets
    listed: set = dataclasses.field(default_factory=set)  # names with a record; the others are onsets that it says

    @classmethod
    def read(cls, path: pathlib.Path, stages: "list | None" = None) -> "Dictionary":
        """`stages`: the life stages that a record's onsets are places of."""
        parents, listed = {}, set()
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                code = row["code"]
                is_first = code not in parents
                listed.add(code)
                parents.setdefault(code, set()).update({row["parent"]} - {""})
                for run in row.get("onsets", "").split() if is_first and stages else ():
                    first, _, last = run.partition("-")
                    parents.update((f"{code}@{stages[place]}", {code}) for place in range(int(first), int(last or first) + 1))
        for name, above in parents.items():
            if not above and name != ROOT and ROOT in parents:
                above.add(ROOT)
        return cls(list(parents), parents, stages, listed)

    @functools.cached_property
    def ids(self) -> dict:
        return {name: i for i, name in enumerate(self.names)}

    def ancestors(self, name: str) -> set:
        found, left = set(), [name]
        while left:
            for parent in self.parents[left.pop()] - found:
                found.add(parent)
                left.append(parent)
        return found

    def onset(self, name: str) -> "int | None":
        """The position of the stage of CODE@stage."""
        code, at, stage = name.rpartition("@")
        is_onset = bool(at) and self.stages is not None and code in self.parents and stage in self.stages
        return self.stages.index(stage) if is_onset else None


class Release:
    """The descriptor, the dictionaries, and the cells on demand."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        self.manifest = self.descriptor["ninzu"]
        self.policy = self.manifest.get("policy")
        self.dimensions = {d["name"]: d for d in self.manifest["dimensions"]}
        self.partitions = [name for name, d in self.dimensions.items() if d["kind"] == "partition"]
        self.life_stage = next((name for name in self.partitions if self.dimensions[name].get("role") == "life_stage"), None)
        path = folder / "dimensions"
        stages = self.life_stage and Dictionary.read(path / f"{self.life_stage}.csv").names
        of_stages = {name: stages if d["kind"] == "codes" else None for name, d in self.dimensions.items()}
        self.dictionaries = {name: Dictionary.read(path / f"{name}.csv", of) for name, of in of_stages.items()}
        self.centres = [c["name"] for c in self.manifest["centres"]]
        self.tables = {t["name"]: t for t in self.manifest["tables"]}

    @property
    def is_ours(self) -> bool:
        return self.manifest["protection"]["by"] == "ninzu"

    def code_columns(self, table: dict) -> list:
        """The names of a table's code columns: the second of a dimension with itself ends in _2."""
        seen = []
        return [(name, name + "_2" if seen.count(name) or seen.append(name) else name)[1] for name in table["codes"]]

    def columns(self, table: dict) -> list:
        return [*self.code_columns(table), "centre", *self.partitions, "lo", "hi"]

    def size(self, partition: str) -> int:
        return len(self.dictionaries[partition].names)

    def cells(self, table: dict) -> pandas.DataFrame:
        """Rows with names as ids of their dictionaries, -1 for null ("all"), and hi as a float, infinite for null."""
        frame = pandas.read_parquet(self.folder / table["path"], engine="pyarrow")
        ids = dict(zip(self.code_columns(table), (self.dictionaries[d].ids for d in table["codes"])))
        ids["centre"] = {name: i for i, name in enumerate(self.centres)}
        ids.update((p, self.dictionaries[p].ids) for p in self.partitions)
        out = {}
        for column, known in ids.items():
            values = frame[column]
            mapped = values.map(known)
            if (mapped.isna() & values.notna()).any():
                name = values[mapped.isna() & values.notna()].iloc[0]
                raise AssertionError(f"{table['name']}: {column} = {name!r} is in no dictionary")
            out[column] = mapped.fillna(-1).astype("int64")
        out["lo"] = frame["lo"].astype("int64")
        out["hi"] = frame["hi"].astype("float64").fillna(numpy.inf)
        return pandas.DataFrame(out)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
