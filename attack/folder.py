"""A release folder, as a stranger reads it: manifest, dictionaries, and the interval of every declared cell."""

import csv
import functools
import itertools
import json
import pathlib

import numpy
import pyarrow.parquet

ROOT = "*"
UNKNOWN = "unknown"


class Refused(Exception):
    """What the attacker cannot or must not attack, in words for the reader."""


class Dimension:
    """One dimension's values in order, with the parents of each."""

    def __init__(self, name, kind, parents):
        self.name, self.kind, self.parents = name, kind, parents
        self.names = list(parents)
        self.ids = {value: i for i, value in enumerate(self.names)}
        self.children = {value: [] for value in self.names}
        for value, above in parents.items():
            for parent in above:
                self.children[parent].append(value)
        self.within = {value: self._closure(value) for value in self.names}
        self.onsets = {}  # CODE@stage -> (CODE, position of the stage)

    def _closure(self, value):
        """The value and all its ancestors."""
        found, left = {value}, [value]
        while left:
            new = self.parents[left.pop()] - found
            found |= new
            left.extend(new)
        return found

    @classmethod
    def read(cls, path, name, kind, stages=None):
        """`stages`: the life stages that the onsets of a record are places of."""
        parents = {}
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                code = row["code"]
                is_first = code not in parents
                parents.setdefault(code, set()).update({row["parent"]} - {""})
                for run in row.get("onsets", "").split() if is_first and stages else ():
                    first, _, last = run.partition("-")
                    for place in range(int(first), int(last or first) + 1):
                        parents[f"{code}@{stages[place]}"] = {code}
        if ROOT in parents and kind == "codes":
            for value, above in parents.items():
                if not above and value != ROOT:
                    above.add(ROOT)
        return cls(name, kind, parents)

    def find_onsets(self, stages):
        """Learns which codes are onsets: CODE@stage of a code and a life stage."""
        for value in self.names:
            code, at, stage = value.rpartition("@")
            if at and code in self.ids and stage in stages:
                self.onsets[value] = (code, stages.index(stage))

    def plain_children(self, code):
        return [child for child in self.children[code] if child not in self.onsets]

    def plain(self):
        """Codes that are not onsets."""
        return [code for code in self.names if code not in self.onsets]


class Margins:
    """The cells that cross up to `order` partitions: coarse ones first, so that a lower order's cells are a prefix."""

    def __init__(self, sizes, order):
        self.sizes = sizes
        self.strata = list(itertools.product(*(range(size) for size in sizes)))
        crossed = [i for i, size in enumerate(sizes) if size > 1]
        self.cells, self.ends = [], [0]
        for count in range(min(order, len(crossed)) + 1):
            for chosen in itertools.combinations(crossed, count):
                for values in itertools.product(*(range(sizes[i]) for i in chosen)):
                    cell = [None] * len(sizes)
                    for i, value in zip(chosen, values):
                        cell[i] = value
                    self.cells.append(tuple(cell))
            self.ends.append(len(self.cells))
        self.index = {cell: i for i, cell in enumerate(self.cells)}
        strata = numpy.array(self.strata, dtype=int).reshape(len(self.strata), len(sizes))
        self.matrix = numpy.ones((len(self.cells), len(self.strata)), dtype=bool)
        for row, cell in zip(self.matrix, self.cells):
            for i, value in enumerate(cell):
                if value is not None:
                    row &= strata[:, i] == value
        self.covers = [
            (self.index[(*cell[:i], None, *cell[i + 1 :])], c)
            for c, cell in enumerate(self.cells)
            for i, value in enumerate(cell)
            if value is not None
        ]
        # The cells that each cell lies in, itself included: for finer cells of another order, too.
        self.around = [
            [self.index[whole] for whole in itertools.product(*((None, value) if value is not None else (None,) for value in cell))]
            for cell in self.cells
        ]

    def count(self, order):
        """How many cells cross up to `order` partitions."""
        return self.ends[min(order + 1, len(self.ends) - 1)]


class Release:
    """What is published. A code is (dimension, name); a combination of codes, in dictionary order, names a column of cells."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self._read_manifest()
        self._read_dimensions()
        order = max(self.orders.values())
        self.margins = Margins([len(d.names) for d in self.partitions], order)
        self.listed = {}
        for table in self.manifest["tables"]:
            self._read_cells(table)

    def _read_manifest(self):
        path = self.folder / "datapackage.json"
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))["ninzu"]
        except (OSError, ValueError, KeyError) as error:
            raise Refused(f"{path} is no release: {error!r}") from error
        if manifest.get("format") not in (1, 2):
            raise Refused(f"format {manifest.get('format')!r} is unknown: this attacker reads formats 1 and 2")
        if manifest.get("protection", {}).get("by") != "ninzu" or not manifest.get("policy"):
            raise Refused("an imported release: somebody else's protection, about which Ninzu promises nothing to attack")
        self.manifest = manifest
        self.k = int(manifest["policy"]["threshold"])
        self.base = int(manifest["policy"]["base"])
        self.centres = [centre["name"] for centre in manifest["centres"]]
        self.collects = {name: set(manifest["collects"].get(name, ())) for name in self.centres}

    def _read_dimensions(self):
        described = self.manifest["dimensions"]
        path = self.folder / "dimensions"
        roles = {d["name"]: d.get("role") for d in described}
        stages = [Dimension.read(path / f"{name}.csv", name, "partition") for name, role in roles.items() if role == "life_stage"]
        self.dimensions = {}
        for d in described:
            of = stages[0].names if stages and d["kind"] == "codes" and self.manifest["format"] > 1 else None
            self.dimensions[d["name"]] = Dimension.read(path / f"{d['name']}.csv", d["name"], d["kind"], of)
        self.partitions = [d for d in self.dimensions.values() if d.kind == "partition"]
        self.position = {name: i for i, name in enumerate(self.dimensions)}
        self.stage = next((i for i, d in enumerate(self.partitions) if roles[d.name] == "life_stage"), None)
        if self.stage is not None:
            for dimension in self.dimensions.values():
                if dimension.kind == "codes":
                    dimension.find_onsets(self.partitions[self.stage].names)
        partitions = {d.name: (i, d) for i, d in enumerate(self.partitions)}
        self.zeros = []
        for zero in self.manifest.get("structural_zeros", ()):
            values = [(partitions[name][0], partitions[name][1].ids[v]) for name, v in zero.items() if name in partitions]
            codes = [(name, value) for name, value in zero.items() if name not in partitions]
            self.zeros.append((values, codes))
        self.orders, self.pairs = {}, []
        for table in self.manifest["tables"]:
            if "mirror_of" not in table:
                self._declare(table)
        self.codes = {codes[0] for codes in self.orders if len(codes) == 1}

    def _declare(self, table):
        """Learns the combinations of codes that a table declares, and how many partitions it crosses."""
        of, declared = table["codes"], table["declared"]
        if declared == "dictionary":
            declared = [[code] for code in self.dimensions[of[0]].names]
        for names in declared:
            codes = self.sorted(zip(of, names))
            self.orders[codes] = int(table["order"])
            if len(codes) == 2:
                self.pairs.append(codes)
        if table.get("unlisted") != [0, self.k - 1]:
            raise Refused(f"table {table['name']} says that unlisted means {table.get('unlisted')}, not [0, {self.k - 1}]")

    def sorted(self, codes):
        return tuple(sorted(codes, key=lambda code: (self.position[code[0]], self.dimensions[code[0]].ids[code[1]])))

    def _read_cells(self, table):
        """Reads the listed rows of a table into `listed`: (centre, codes) -> {cell: (lo, hi)}."""
        columns = pyarrow.parquet.read_table(self.folder / table["path"]).to_pydict()
        seen, code_columns = [], []
        for name in table["codes"]:
            code_columns.append(columns[name + "_2" if name in seen else name])
            seen.append(name)
        ids = [[None if v is None else d.ids[v] for v in columns[d.name]] for d in self.partitions]
        for i, (centre, lo, hi) in enumerate(zip(columns["centre"], columns["lo"], columns["hi"])):
            codes = self.sorted((d, column[i]) for d, column in zip(table["codes"], code_columns))
            cell = self.margins.index.get(tuple(values[i] for values in ids))
            if codes not in self.orders or cell is None or not self.is_listable(centre, codes, cell):
                raise Refused(f"{table['name']}: row {i} lists a cell that is not declared")
            interval = (lo, float("inf") if hi is None else hi)
            if self.listed.setdefault((centre, codes), {}).setdefault(cell, interval) != interval:
                raise Refused(f"{table['name']}: row {i} says otherwise than another row of the same cell")

    def is_listable(self, centre, codes, cell):
        return self.collecting(centre, codes) and cell < self.margins.count(self.orders[codes]) and self.declared(codes)[cell]

    def collecting(self, centre, codes):
        """Whether a centre collects the dimensions of all these codes."""
        return all(d in self.collects[centre] for d, _ in codes)

    def is_within(self, code, above):
        return code[0] == above[0] and above[1] in self.dimensions[code[0]].within[code[1]]

    def is_zero(self, codes, values):
        """Whether a declared structural zero says that nobody has these codes and partition values."""
        return any(
            all(values[i] == value for i, value in zero_values)
            and all(any(self.is_within(code, above) for code in codes) for above in zero_codes)
            for zero_values, zero_codes in self.zeros
        )

    def onset(self, code):
        """(CODE, stage) of CODE@stage, else None."""
        return self.dimensions[code[0]].onsets.get(code[1])

    def is_late(self, onset, stage):
        """Whether a first record in stage `onset` cannot be of somebody who is in `stage` now."""
        names = self.partitions[self.stage].names
        return onset > stage and UNKNOWN not in (names[onset], names[stage])

    @functools.cache
    def declared(self, codes):
        """For each cell of the codes' margins whether it is declared."""
        return numpy.array([self._is_cell(codes, cell) for cell in self.margins.cells[: self.margins.count(self.orders[codes])]])

    def _is_cell(self, codes, cell):
        stage = cell[self.stage] if self.stage is not None else None
        onsets = [onset for onset in map(self.onset, codes) if onset]
        if stage is not None and any(stage == 0 or self.is_late(onset, stage) for _, onset in onsets):
            return False
        return not self.is_zero(codes, cell)

    @functools.cache
    def intervals(self, centre, codes):
        """Lower and upper ends of all cells of the codes' margins."""
        count = self.margins.count(self.orders[codes])
        lo, hi = numpy.zeros(count), numpy.full(count, self.k - 1.0)
        for cell, interval in self.listed.get((centre, codes), {}).items():
            lo[cell], hi[cell] = interval
        return lo, hi

    def cell_words(self, codes, cell):
        """A cell in words."""
        parts = [f"{d} = {name}" for d, name in codes]
        parts += [f"{d.name} = {d.names[v]}" for d, v in zip(self.partitions, self.margins.cells[cell]) if v is not None]
        return " and ".join(parts) or "everyone"

    def row_words(self, centre, codes, cell):
        """A published row in words."""
        lo, hi = (ends[cell] for ends in self.intervals(centre, codes))
        listed = cell in self.listed.get((centre, codes), {})
        return f"{self.cell_words(codes, cell)}: {'listed as' if listed else 'not listed, so in'} [{lo:.0f}, {hi:.0f}]"

    def declared_cells(self):
        """How many cells are declared, over all centres."""
        return sum(
            int(self.declared(codes).sum()) for codes in self.orders for centre in self.centres if self.collecting(centre, codes)
        )
