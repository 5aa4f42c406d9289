"""A reader of releases, written from docs/release-format.md alone: nothing but Python's own library and pyarrow.

It verifies every byte when it opens a release, and answers direct questions: those that one margin of a table counts.
"""

import csv
import functools
import hashlib
import io
import itertools
import json
import math
import pathlib
import re

import pyarrow
import pyarrow.parquet

DESCRIPTOR = "datapackage.json"
AUDIT = "audit.json"
ROOT = "*"
UNKNOWN = "unknown"
OPEN = math.inf
U32_MAX = (1 << 32) - 1
PRESETS = {"ndb": 10, "cms": 11, "all-of-us": 21, "nhs": 8, "ohdsi": 5}

# Limits of the format, as far as this reader could be hurt by what exceeds them.
DESCRIPTOR_BYTES, FILE_BYTES, GROUP_BYTES = 32 << 20, 64 << 20, 16 << 20
GROUP_ROWS, CELLS, COVER_CELLS = 1 << 17, 1 << 20, 1 << 16
HIERARCHY_DEPTH = 256


class Refused(Exception):
    """The release is not what it must be."""


class NotDirect(Exception):
    """The question is not one that a margin counts."""


def need(holds, what):
    if not holds:
        raise Refused(what)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


# Intervals are pairs of lower and upper end; an open upper end is infinite.

ANY = (0, OPEN)


def add(a, b):
    return a[0] + b[0], a[1] + b[1]


def subtract(whole, part):
    lo = 0 if part[1] == OPEN else max(0, whole[0] - part[1])
    return lo, OPEN if whole[1] == OPEN else max(0, whole[1] - part[0])


def narrow(a, b):
    both = max(a[0], b[0]), min(a[1], b[1])
    need(both[0] <= both[1], "published intervals exclude each other")
    return both


class Dimension:
    """A dimension and its dictionary."""

    def __init__(self, info, data, stages):
        """`stages`: the life stages that records may speak of, if they do so in this format."""
        self.name, self.kind = info["name"], info["kind"]
        need(self.kind in ("partition", "codes"), f"{self.name} is of an unknown kind")
        need(info.get("role") in (None, "life_stage"), f"{self.name} has an unknown role")
        need(info.get("dictionary") in (None, "spec", "rows"), f"{self.name} has an unknown sort of dictionary")
        self.ordered = info.get("ordered", False)
        self.is_life_stage = info.get("role") == "life_stage" and self.kind == "partition"
        self.parents = {}
        self.onsets = {}  # CODE@stage -> stage
        try:
            records = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise Refused(f"the dictionary of {self.name} cannot be read: {error}") from error
        records = [record for record in records if record]
        columns = records[0] if records else []
        need(columns[:2] == ["code", "parent"], f"the dictionary of {self.name} has other columns")
        has_onsets = stages is not None and "onsets" in columns
        for record in records[1:]:
            is_record = len(record) == len(columns) and record[0]
            need(is_record, f"the dictionary of {self.name} has a record with other fields than columns, or without a code")
            is_first = record[0] not in self.parents
            self.parents.setdefault(record[0], set()).update({record[1]} - {""})
            if is_first and has_onsets:
                for stage in self._stages(record[columns.index("onsets")], stages):
                    onset = f"{record[0]}@{stage}"
                    need(onset not in self.parents, f"{onset} of {self.name} is listed twice")
                    self.parents[onset] = {record[0]}
                    self.onsets[onset] = stage
        for code, above in self.parents.items():
            need(above <= self.parents.keys(), f"{code} of {self.name} lies below a code that is not listed")
            if not above and code != ROOT and ROOT in self.parents:
                above.add(ROOT)
        self.values = list(self.parents)
        self.position = {value: i for i, value in enumerate(self.values)}
        self.above = {}
        for code in self.values:
            self._find_above(code)

    def _stages(self, text, stages):
        """The life stages that a field names by their places: `0-2 5`, ascending, runs by their ends."""
        need(re.fullmatch(r"(\d+(-\d+)?( \d+(-\d+)?)*)?", text, re.ASCII), f"{text!r} is no list of life stages in {self.name}")
        runs = [[int(end) for end in run.split("-")] for run in text.split()]
        need(all(run[-1] < len(stages) for run in runs), f"{text!r} of {self.name} names places that are no life stages")
        places = [place for run in runs for place in range(run[0], run[-1] + 1)]
        need(places == sorted(set(places)), f"{text!r} of {self.name} does not ascend")
        need(not any("@" in stages[place] for place in places), f"a life stage of {self.name} has a sign that parts onsets")
        return [stages[place] for place in places]

    def _find_above(self, code):
        """Fills in the codes above a code, parents first."""
        path = [code]
        while path:
            need(len(path) <= HIERARCHY_DEPTH + 1, f"{self.name} has a cycle, or more levels than any dictionary")
            open_parents = [parent for parent in self.parents[path[-1]] if parent not in self.above]
            if open_parents:
                path.append(open_parents[0])
                continue
            last = path.pop()
            parents = self.parents[last]
            self.above[last] = parents.union(*(self.above[parent] for parent in parents))

    def find_onsets(self, stages):
        for value in self.values:
            code, at, stage = value.rpartition("@")
            if at and value not in self.onsets:
                need(code in self.parents and stage in stages.parents, f"{value} of {self.name} is no onset")
                self.onsets[value] = stage

    def plain_values(self):
        """The values that a breakdown has: no root, no onsets."""
        return [value for value in self.values if value not in self.onsets and value != ROOT]


class Table:
    """A table's description, and its rows once they are read."""

    def __init__(self, info, release):
        self.name, self.path, self.codes = info["name"], info["path"], tuple(info["codes"])
        need(len(self.codes) <= 2, f"{self.name} has more than two codes")
        dimensions = release.dimensions
        is_codes = all(name in dimensions and dimensions[name].kind == "codes" for name in self.codes)
        need(is_codes, f"{self.name} is of a dimension that has no codes")
        self.order, self.mirror_of = info["order"], info.get("mirror_of")
        self.chunks, self.footer = info["chunks"], info["footer"]
        unlisted = info["unlisted"]
        self.unlisted = ANY if unlisted is None else (unlisted[0], OPEN if unlisted[1] == U32_MAX else unlisted[1])
        need(self.unlisted[0] <= self.unlisted[1], f"{self.name}: unlisted cells have lo above hi")
        is_meant = not release.is_ours or self.unlisted == (0, release.info["policy"]["threshold"] - 1)
        need(is_meant, f"{self.name}: unlisted cells are not those below the threshold")
        self.is_of_itself = len(self.codes) == 2 and self.codes[0] == self.codes[1]
        self.declared = None
        if info["declared"] != "dictionary":
            need(isinstance(info["declared"], list), f"{self.name} declares what this reader does not know")
            self.declared = {tuple(codes) for codes in info["declared"]}
            for codes in [*self.declared, *(tuple(chunk["first"]) for chunk in self.chunks)]:
                is_named = len(codes) == len(self.codes) and all(
                    code in dimensions[name].parents for name, code in zip(self.codes, codes)
                )
                need(is_named, f"{self.name} declares codes that are not in its dictionaries")
        crossed = [i for i, p in enumerate(release.partitions) if len(p.values) > 1]
        counts = range(min(self.order, len(crossed)) + 1)
        self.margins = [margin for count in counts for margin in itertools.combinations(crossed, count)]
        cells = sum(math.prod(len(release.partitions[i].values) for i in margin) for margin in self.margins)
        need(cells <= CELLS, f"{self.name} has more cells than any table")
        code_columns = [f"{name}_2" if name in self.codes[:i] else name for i, name in enumerate(self.codes)]
        self.columns = [*code_columns, "centre", *(p.name for p in release.partitions), "lo", "hi"]

    def declares(self, codes):
        if self.declared is None:
            return len(codes) < 2 or not self.is_of_itself or codes[0] != codes[1]
        return codes in self.declared or (self.is_of_itself and codes[::-1] in self.declared)

    def combinations(self, release):
        """Each combination of codes that it declares; a pair of a dimension with itself once."""
        if self.declared is not None:
            return self.declared
        return itertools.product(*(release.dimensions[name].values for name in self.codes))


class Release:
    """A release folder of which every byte was verified."""

    def __init__(self, folder, id=None, unaudited=False):
        self.folder = pathlib.Path(folder)
        data = self._read(DESCRIPTOR, most=DESCRIPTOR_BYTES)
        self.id = sha256(data)
        need(id is None or id == self.id, f"the release is {self.id}, not {id}")
        try:
            self.info = json.loads(data)["ninzu"]
            need(self.info["format"] in (1, 2), f"format {self.info['format']} is unknown")
            self._check_protection(unaudited)
            files = {file["path"]: self._small_file(file) for file in self.info["files"]}
            self._check_paths()
            self._check_audit(files)
            self._read_dimensions(files)
            self._read_tables()
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
            raise Refused(f"the descriptor is not as it must be: {error!r}") from error

    def _read(self, path, most):
        """The bytes of a file inside the folder."""
        file = (self.folder / path).resolve()
        leads_out = {"", ".", ".."}.intersection(path.split("/"))
        is_plain = not leads_out and not re.search(r"[\x00-\x1f\x7f-\x9f\\]|^.:", path)
        need(is_plain and file.is_relative_to(self.folder.resolve()), f"{path} is not a path inside the release")
        need(file.is_file(), f"{path} is missing")
        need(file.stat().st_size <= most, f"{path} has more bytes than any such file")
        return file.read_bytes()

    def _small_file(self, file):
        data = self._read(file["path"], most=FILE_BYTES)
        need(len(data) == file["length"], f"{file['path']} has {len(data)} bytes, not {file['length']}")
        need(sha256(data) == file["sha256"], f"{file['path']} does not have its hash")
        return data

    def _check_protection(self, unaudited):
        protection, policy = self.info["protection"], self.info.get("policy")
        self.is_ours = protection["by"] == "ninzu"
        if policy is not None:
            need(policy.keys() <= {"threshold", "base", "decoy", "preset"}, "the policy has unknown keys")
            need(policy["decoy"].keys() == {"published", "unlisted"}, "the policy's decoys have other keys")
            need(policy["threshold"] >= 2 and policy["base"] >= 1, "the policy hides nothing")
            need(all(0 < rate <= 0.5 for rate in policy["decoy"].values()), "the policy has other rates than are safe")
            preset = policy.get("preset")
            fits = preset is None or PRESETS.get(preset) == policy["threshold"] == policy["base"]
            need(fits, f"the policy is not the preset {preset}")
        need(policy is not None or not self.is_ours, "the release says that it is protected, but not how")
        need(protection["audited"] or not self.is_ours or unaudited, "the release carries no passed audit")

    def _check_paths(self):
        paths = [item["path"] for item in [*self.info["files"], *self.info["tables"]]]
        need(len(paths) == len(set(paths)), "a file is named twice")
        need(DESCRIPTOR not in paths, "the descriptor is among its own files")

    def _check_audit(self, files):
        if not (self.is_ours and self.info["protection"]["audited"]):
            return
        need(AUDIT in files, f"the release says that it was audited, and has no {AUDIT}")
        audit = json.loads(files[AUDIT])
        need(audit["violations"] == 0, f"{AUDIT} names violations")
        need(audit.get("of") in (None, self.content()), f"{AUDIT} is of another release")
        self.audit = audit

    def content(self):
        """The hash of what an audit is of."""
        protection = {key: value for key, value in self.info["protection"].items() if key != "audited"}
        files = [file for file in self.info["files"] if file["path"] != AUDIT]
        content = {**self.info, "protection": protection, "files": files}
        return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())

    def _read_dimensions(self, files):
        described = self.info["dimensions"]
        of = {}
        for info in described:
            path = f"dimensions/{info['name']}.csv"
            need(path in files, f"{path} is not among the release's files")
            of[info["name"]] = files[path]
        is_stage = [d for d in described if d["kind"] == "partition" and d.get("role") == "life_stage"]
        life_stages = Dimension(is_stage[0], of[is_stage[0]["name"]], None).values if is_stage else None
        self.dimensions = {}
        for info in described:
            stages = life_stages if self.info["format"] == 2 and info["kind"] == "codes" else None
            self.dimensions[info["name"]] = Dimension(info, of[info["name"]], stages)
        need(len(self.dimensions) == len(described), "two dimensions have one name")
        self.partitions = [d for d in self.dimensions.values() if d.kind == "partition"]
        stages = [i for i, partition in enumerate(self.partitions) if partition.is_life_stage]
        need(len(stages) <= 1, "two dimensions are the life stage")
        self.stage = stages[0] if stages else None
        for dimension in self.dimensions.values():
            if stages and dimension.kind == "codes":
                dimension.find_onsets(self.partitions[self.stage])
        self.centres = [centre["name"] for centre in self.info["centres"]]
        need(len(self.centres) == len(set(self.centres)), "two centres have one name")
        self.collected = {centre: set(self.info["collects"].get(centre, ())) for centre in self.centres}
        need(self.dimensions.keys() >= set().union(*self.collected.values()), "a centre collects what is no dimension")
        self.zeros = []
        for zero in self.info.get("structural_zeros", []):
            need(zero, "a structural zero names no dimension")
            is_named = all(d in self.dimensions and value in self.dimensions[d].parents for d, value in zero.items())
            need(is_named, f"the structural zero {zero} names what no dictionary has")
            self.zeros.append(zero)

    def _read_tables(self):
        self.tables = {}
        self.rows = {}  # table's name -> codes -> centre -> values of the partitions -> interval
        for info in self.info["tables"]:
            table = Table(info, self)
            need(table.codes not in self.tables, f"{table.name} counts what another table counts")
            self.tables[table.codes] = table
            self.rows[table.name] = self._rows(table, self._table_bytes(table))
        need(() in self.tables, "the release has no base table")
        for table in self.tables.values():
            if table.mirror_of is not None:
                of = self.tables.get(table.codes[::-1])
                mirrored = {codes[::-1]: rows for codes, rows in self.rows[table.name].items()}
                is_mirror = of is not None and of.name == table.mirror_of and mirrored == self.rows[of.name]
                need(is_mirror, f"{table.name} does not mirror {table.mirror_of}")

    def _table_bytes(self, table):
        """The bytes of a table's file, once its hashes tile it."""
        data = self._read(table.path, most=OPEN)
        at = 4 if table.chunks or table.footer["offset"] else 0
        need(data[:4] == b"PAR1", f"{table.path} is no Parquet file")
        for part in [*table.chunks, table.footer]:
            is_next = part["offset"] == at and part["length"] >= 0
            need(is_next, f"{table.path}: bytes from {at} are covered by no hash, or twice")
            at += part["length"]
            is_right = sha256(data[part["offset"] : at]) == part["sha256"]
            need(is_right, f"{table.path}: bytes {part['offset']}..{at} do not have their hash")
        need(len(data) == at, f"{table.path} has {len(data)} bytes, not {at}")
        for chunk in table.chunks:
            is_small = chunk["length"] <= GROUP_BYTES and 0 < chunk["rows"] <= GROUP_ROWS
            need(is_small, f"{table.path}: a row group is empty, or larger than any")
        return data

    def _rows(self, table, data):
        """The rows of a table, each checked to be a declared cell, in order."""
        try:
            file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(data))
            groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            columns = file.read().to_pydict()
        except (pyarrow.ArrowException, OSError) as error:
            raise Refused(f"{table.path} cannot be decoded: {error}") from error
        need(list(columns) == table.columns, f"{table.path} has columns {list(columns)}")
        need(groups == [chunk["rows"] for chunk in table.chunks], f"{table.path} has other row groups than its chunks")
        places = [self.dimensions[name].position for name in table.codes]
        places += [{centre: i for i, centre in enumerate(self.centres)}]
        places += [{None: -1, **partition.position} for partition in self.partitions]
        width, last, rows, firsts = len(table.codes), None, {}, set(itertools.accumulate([0, *groups]))
        chunks = iter(table.chunks)
        for i, row in enumerate(zip(*columns.values())):
            *names, lo, hi = row
            try:
                place = [of[name] for of, name in zip(places, names)]
            except KeyError as error:
                raise Refused(f"{table.path}: row {i} names {error}, which no dictionary has") from error
            need(last is None or last < place, f"{table.path}: row {i} is out of order, or a cell's second")
            last = place
            codes, centre, values = tuple(names[:width]), names[width], tuple(names[width + 1 :])
            if i in firsts:
                is_first = list(codes) == next(chunks)["first"]
                need(is_first, f"{table.path}: row {i} is not what its row group begins with")
            need(lo is not None and (hi is None or lo <= hi), f"{table.path}: row {i} has lo above hi")
            margin = tuple(p for p, value in enumerate(values) if value is not None)
            is_counted = table.declares(codes) and margin in table.margins and self.collects(centre, table.codes)
            is_declared = is_counted and self.cell(table, codes, values) is True
            need(is_declared, f"{table.path}: row {i} is not a declared cell")
            interval = (lo, OPEN if hi in (None, U32_MAX) else hi)
            need(self.is_of_buckets(*interval), f"{table.path}: row {i} has an interval that is not made of buckets")
            rows.setdefault(codes, {}).setdefault(centre, {})[values] = interval
        return rows

    def is_of_buckets(self, lo, hi):
        """Whether an interval is one that the policy can make, if the release is protected by one."""
        if not self.is_ours:
            return True
        k, base = self.info["policy"]["threshold"], self.info["policy"]["base"]
        is_lower = lo == 0 or (lo >= k and (lo - k) % base == 0)
        return is_lower and k - 1 <= hi < OPEN and (hi + 1 - k) % base == 0

    def collects(self, centre, dimensions):
        return self.collected[centre].issuperset(dimensions)

    def cell(self, table, codes, values):
        """True if a cell of a margin is declared, False if nobody can be in it, None if it was not counted."""
        if self.is_covered(table.codes, codes, values):
            return False
        stage = None if self.stage is None else values[self.stage]
        if stage is None:
            return True
        onsets = [self.dimensions[d].onsets.get(code) for d, code in zip(table.codes, codes)]
        if any(self.is_later(onset, stage) for onset in onsets if onset is not None):
            return False
        is_first = self.partitions[self.stage].position[stage] == 0
        return None if is_first and any(onset is not None for onset in onsets) else True

    def is_covered(self, dimensions, codes, values):
        """Whether a structural zero says that nobody is in a cell."""
        of = {partition.name: value for partition, value in zip(self.partitions, values)}

        def holds(dimension, value):
            if dimension in of:
                return of[dimension] == value
            return any(d == dimension and self.is_within(d, code, value) for d, code in zip(dimensions, codes))

        return any(all(holds(*term) for term in zero.items()) for zero in self.zeros)

    def is_within(self, dimension, code, above):
        return code == above or above in self.dimensions[dimension].above[code]

    def is_later(self, onset, stage):
        """Whether a first record in a life stage cannot be of somebody who is in another."""
        position = self.partitions[self.stage].position
        return position[onset] > position[stage] and UNKNOWN not in (onset, stage)

    def declared_cells(self, table):
        """How many cells a table declares, at all centres."""
        centres = sum(self.collects(centre, table.codes) for centre in self.centres)
        cells = sum(
            self.cell(table, codes, values) is True
            for codes in table.combinations(self)
            for margin in table.margins
            for values in self.values_of(margin, {})
        )
        return centres * cells

    def values_of(self, margin, sets):
        """Each combination of values that a margin has inside of some sets."""
        choices = [
            [v for v in p.values if p.name not in sets or v in sets[p.name]] if i in margin else [None]
            for i, p in enumerate(self.partitions)
        ]
        return itertools.product(*choices)

    # Direct questions. A group is some codes ((dimension, code), ...) and sets {partition: values}.

    def answer(self, codes=(), sets=None, by=()):
        """`centres` {name: interval or None}, `records`, `persons`; with a breakdown `by` [(key, the same), ...]."""
        sets = {name: frozenset(values) for name, values in (sets or {}).items()}
        answer = self._answer(tuple(codes), sets)
        if by:
            answer["by"] = []
            for values in itertools.product(*(self.dimensions[name].plain_values() for name in by)):
                key = dict(zip(by, values))
                more, part = list(codes), dict(sets)
                for name, value in key.items():
                    if self.dimensions[name].kind == "codes":
                        more.append((name, value))
                    else:
                        part[name] = part.get(name, frozenset([value])) & {value}
                answer["by"].append((key, self._answer(tuple(more), part)))
        return answer

    def _answer(self, codes, sets):
        asked = {d for d, _ in codes}
        is_nobody = not all(sets.values())
        bounds = dict.fromkeys(self.centres, (0, 0)) if is_nobody else self.bounds(codes, sets)
        # Where nobody can match, whatever the codes, none is asked for.
        centres = {c: bounds[c] if is_nobody or self.collects(c, asked) else None for c in self.centres}
        return {"centres": centres, **combine(centres.values())}

    def bounds(self, codes, sets):
        """The bounds of a group at each centre, by the rules of a direct question."""
        sets = {name: values for name, values in sets.items() if len(values) < len(self.dimensions[name].values)}
        codes = self.least(codes)
        if len(codes) > 2:
            raise NotDirect(f"{codes} are more than two codes")
        own = [(margin, self.sum(codes, sets, margin)) for margin in self.margins(codes)]
        own = [(margin, found) for margin, found in own if found is not None]
        if not own:
            raise NotDirect(f"no margin counts {codes} with {sets}")
        bounds = dict.fromkeys(self.centres, ANY)

        def narrow_all(by):
            for centre in bounds:
                bounds[centre] = narrow(bounds[centre], by(centre))

        for _, found in own:
            narrow_all(found.get)
        for name in sets:
            others = {**sets, name: frozenset(self.dimensions[name].values) - sets[name]}
            siblings = dict.fromkeys(self.centres, ANY)
            for margin, _ in own:
                found = self.sum(codes, others, margin)
                if found is not None:
                    siblings = {centre: narrow(siblings[centre], found[centre]) for centre in siblings}
            rest = {other: values for other, values in sets.items() if other != name}
            for margin in self.margins(codes):
                if name not in self.names_of(margin) and (whole := self.sum(codes, rest, margin)) is not None:
                    narrow_all(lambda centre, whole=whole, parts=siblings: subtract(whole[centre], parts[centre]))
        for larger in self.larger(codes):
            if (found := self.coarsest(larger, sets)) is not None:
                narrow_all(lambda centre, found=found: (0, found[centre][1]))
        if len(codes) == 2:
            parts = [self.coarsest(part, sets) for part in (codes[:1], codes[1:], ())]
            if all(part is not None for part in parts):
                a, b, everyone = parts
                narrow_all(lambda centre: (subtract(add(a[centre], b[centre]), everyone[centre])[0], OPEN))
        return bounds

    def least(self, codes):
        """Codes without those that others imply, in the order of dimensions."""
        places = list(self.dimensions)

        def place(code):
            return places.index(code[0]), self.dimensions[code[0]].position[code[1]]

        distinct = sorted(set(codes), key=place)

        def is_implied(d, code):
            return any(d == e and code in self.dimensions[d].above[other] for e, other in distinct)

        return tuple(code for code in distinct if not is_implied(*code))

    def larger(self, codes):
        """The codes of each larger group: one replaced by one above it, or left out."""
        for i, (d, code) in enumerate(codes):
            for above in self.dimensions[d].above[code]:
                yield (*codes[:i], (d, above), *codes[i + 1 :])
            yield codes[:i] + codes[i + 1 :]

    def names_of(self, margin):
        return {self.partitions[p].name for p in margin}

    def table_of(self, codes):
        """The table that declares some codes."""
        table = self.tables.get(tuple(d for d, _ in codes))
        return table if table is not None and table.declares(tuple(code for _, code in codes)) else None

    def margins(self, codes):
        table = self.table_of(codes)
        return [] if table is None else table.margins

    def sum(self, codes, sets, margin):
        """What a margin says of a group at each centre; nothing if it does not count it."""
        cells = self.cells(codes, tuple(sorted(sets.items())), margin)
        return None if cells is None else self.sum_of(codes, cells)

    @functools.lru_cache(maxsize=1024)
    def cells(self, codes, sets, margin):
        """The declared cells of a group in a margin; nothing if one is neither declared nor impossible."""
        table, sets = self.table_of(codes), dict(sets)
        if table is None or not self.names_of(margin).issuperset(sets):
            return None
        if math.prod(len(sets.get(self.partitions[p].name, self.partitions[p].values)) for p in margin) > COVER_CELLS:
            return None
        names = tuple(code for _, code in codes)
        cells = [(values, self.cell(table, names, values)) for values in self.values_of(margin, sets)]
        is_counted = all(is_cell is not None for _, is_cell in cells)
        return [values for values, is_cell in cells if is_cell] if is_counted else None

    def sum_of(self, codes, cells):
        table = self.table_of(codes)
        rows = self.rows[table.name].get(tuple(code for _, code in codes), {})
        sums = {}
        for centre in self.centres:
            listed = rows.get(centre, {})
            sums[centre] = functools.reduce(add, (listed.get(values, table.unlisted) for values in cells), (0, 0))
        return sums

    def coarsest(self, codes, sets):
        """What the coarsest margin that counts a group says of it."""
        found = [(margin, self.cells(codes, tuple(sorted(sets.items())), margin)) for margin in self.margins(codes)]
        found = [(len(margin), len(cells), margin, cells) for margin, cells in found if cells is not None]
        return self.sum_of(codes, min(found)[3]) if found else None


def combine(intervals):
    """Records and persons over the centres that have an answer; nothing if none has."""
    known = [interval for interval in intervals if interval is not None]
    if not known:
        return {"records": None, "persons": None}
    records = functools.reduce(add, known)
    return {"records": records, "persons": (max(lo for lo, _ in known), records[1])}
