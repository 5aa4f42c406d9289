#!/usr/bin/env python3
"""Is docs/release-format.md enough to read a release? A reader written from it answers as the command does.

    python tests/python/check_reader.py NINZU RELEASE [--questions 50] [--seed 1]

Draws direct questions of every kind that the release has, asks the binary NINZU and the reader, and compares the bounds
at each centre, over centres and in breakdowns; a reader whose cells were changed in memory must be found out by that.
Then it damages copies of the release: the reader must refuse each.
"""

import argparse
import collections
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import reader

# How often a kind is drawn anew before the release is taken to have none.
PATIENCE = 400


class Drawer:
    """Random direct questions of a release: codes, sets of partition values, dimensions to break down by."""

    def __init__(self, release, seed):
        self.release, self.random = release, random.Random(seed)
        self.tables = [t for t in release.tables.values() if t.mirror_of is None]
        self.single = [t for t in self.tables if len(t.codes) == 1]
        self.pairs = [t for t in self.tables if len(t.codes) == 2 and t.declared]
        everywhere = set.intersection(*release.collected.values()) if release.centres else set()
        self.missed = [t for t in self.single if t.codes[0] not in everywhere]

    def sets(self, count, several=False):
        """Values for so many partitions: one of each, or several."""
        crossed = [p for p in self.release.partitions if len(p.values) > 1]
        sets = {}
        for partition in self.random.sample(crossed, min(count, len(crossed))):
            most = len(partition.values) - 1 if several else 1
            sets[partition.name] = self.random.sample(partition.values, self.random.randint(1, most))
        return sets

    def code(self, table, plain=True):
        dimension = self.release.dimensions[table.codes[0]]
        codes = dimension.plain_values() if plain else list(dimension.onsets)
        codes = [code for code in codes if table.declares((code,))]
        return [(dimension.name, self.random.choice(codes))] if codes else None

    def by(self, count):
        crossed = [p.name for p in self.release.partitions if len(p.values) > 1]
        return self.random.sample(crossed, min(count, len(crossed)))

    def everyone(self):
        return [], {}, self.by(self.random.randint(0, 2))

    def base(self):
        return [], self.sets(self.random.randint(1, 2), several=self.random.random() < 0.5), []

    def one_code(self):
        return self.code(self.random.choice(self.single)), {}, []

    def one_code_and_values(self):
        several = self.random.random() < 0.5
        return self.code(self.random.choice(self.single)), self.sets(self.random.randint(1, 2), several), []

    def one_code_by_partitions(self):
        sets, by = self.sets(self.random.randint(0, 1)), self.by(self.random.randint(1, 2))
        return self.code(self.random.choice(self.single)), sets, by

    def any_code(self):
        table = self.random.choice(self.single)
        has_root = reader.ROOT in self.release.dimensions[table.codes[0]].parents and table.declares((reader.ROOT,))
        return [(table.codes[0], reader.ROOT)] if has_root else None, self.sets(self.random.randint(0, 1)), []

    def code_and_one_above_it(self):
        codes = self.code(self.random.choice(self.single))
        above = sorted(self.release.dimensions[codes[0][0]].above[codes[0][1]]) if codes else []
        return [*codes, (codes[0][0], self.random.choice(above))] if above else None, self.sets(1), []

    def onset(self):
        codes = self.code(self.random.choice(self.single), plain=False)
        return codes, self.sets(self.random.randint(0, 2), several=True), []

    def onset_by_life_stage(self):
        stage = self.release.stage
        codes = self.code(self.random.choice(self.single), plain=False)
        return codes, {}, [] if stage is None else [self.release.partitions[stage].name]

    def pair(self):
        if not self.pairs:
            return None, {}, []
        table = self.random.choice(self.pairs)
        codes = list(zip(table.codes, self.random.choice(sorted(table.declared))))
        self.random.shuffle(codes)
        return codes, self.sets(self.random.randint(0, 2), several=self.random.random() < 0.3), []

    def pair_by_a_partition(self):
        codes, _, _ = self.pair()
        return codes, {}, self.by(1)

    def unlisted_at_every_centre(self):
        """One code and one value of each of one or two partitions, and no centre lists the cell."""
        table = self.random.choice(self.single)
        codes, sets = self.code(table), self.sets(self.random.randint(1, 2))
        if codes is None:
            return None, sets, []
        values = tuple(sets[p.name][0] if p.name in sets else None for p in self.release.partitions)
        rows = self.release.rows[table.name].get((codes[0][1],), {})
        is_cell = self.release.cell(table, (codes[0][1],), values) and len(sets) <= table.order
        return codes if is_cell and not any(values in cells for cells in rows.values()) else None, sets, []

    def structural_zero(self):
        if not self.release.zeros:
            return None, {}, []
        zero = self.random.choice(self.release.zeros)
        kinds = {name: self.release.dimensions[name].kind for name in zero}
        codes = [item for item in zero.items() if kinds[item[0]] == "codes"]
        return codes, {name: [value] for name, value in zero.items() if kinds[name] == "partition"}, []

    def contradiction(self):
        crossed = self.by(1)
        return ([], {crossed[0]: []}, []) if crossed else (None, {}, [])

    def not_collected_somewhere(self):
        codes = self.code(self.random.choice(self.missed)) if self.missed else None
        return codes, self.sets(self.random.randint(0, 1)), []

    KINDS = (
        everyone,
        base,
        one_code,
        one_code_and_values,
        one_code_by_partitions,
        any_code,
        code_and_one_above_it,
        onset,
        onset_by_life_stage,
        pair,
        pair_by_a_partition,
        unlisted_at_every_centre,
        structural_zero,
        contradiction,
        not_collected_somewhere,
    )

    WITHOUT_CODES = (everyone, base, structural_zero, contradiction)

    def draw(self, kind):
        """A question of a kind and the reader's answer; nothing if the release has none."""
        for _ in range(PATIENCE):
            if not self.single and kind not in Drawer.WITHOUT_CODES:
                return None
            codes, sets, by = kind(self)
            if codes is None:
                continue
            try:
                return (codes, sets, by), self.release.answer(codes, sets, by)
            except reader.NotDirect:
                continue
        return None


def text(release, codes, sets, by):
    """A question in the language of the command."""

    def quoted(name):
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

    terms = [f"{quoted(d)} = {quoted(code)}" for d, code in codes]
    for name, values in sets.items():
        is_nobody = not values
        first, *rest = values or release.dimensions[name].values
        chosen = [first, *rest]
        terms.append(f"{quoted(name)} in ({', '.join(map(quoted, chosen))})")
        if is_nobody:
            terms[-1] = f"not {terms[-1]}"
    by = f" by {', '.join(map(quoted, by))}" if by else ""
    return (" and ".join(terms) or "everyone") + by


def ask(ninzu, folder, question):
    command = [ninzu, "query", folder, question, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise AssertionError(f"{question}: {done.stderr}")
    return json.loads(done.stdout)


def ends(bounds):
    """Lower and upper end as the reader has them; nothing if nothing is known."""
    if bounds is None or bounds["lower"] is None:
        return None
    return bounds["lower"], math.inf if bounds["upper"] is None else bounds["upper"]


def differences(ours, theirs):
    """Where the reader (ours) and the command (theirs) do not agree."""
    rows = {row["centre"]: row for row in theirs["centres"]}
    pairs = [(name, bounds, ends(rows[name])) for name, bounds in ours["centres"].items()]
    totals = theirs["answer"] if theirs["answer"]["status"] != "not_collected" else {}
    pairs += [(what, ours[what], ends(totals.get(what))) for what in ("records", "persons")]
    entries = {tuple(sorted(entry["key"].items())): entry for entry in theirs.get("by", [])}
    if len(entries) != len(ours.get("by", [])):
        yield f"the breakdown has {len(ours.get('by', []))} combinations, and the command's {len(entries)}"
    for key, answer in ours.get("by", []):
        entry = entries.get(tuple(sorted(key.items())), {"lower": None, "persons": None})
        pairs += [(f"{key}, records", answer["records"], ends(entry))]
        pairs += [(f"{key}, persons", answer["persons"], ends(entry["persons"]))]
    yield from (f"{what}: {ours}, and the command says {theirs}" for what, ours, theirs in pairs if ours != theirs)


def compare(ninzu, folder, release, questions, seed):
    """Breaches of: the reader's bounds are the command's."""
    drawer = Drawer(release, seed)
    drawn, missing, asked = collections.Counter(), [], []
    kinds = collections.deque(Drawer.KINDS)
    while kinds and len(asked) < questions:
        kind = kinds.popleft()
        found = drawer.draw(kind)
        if found is None:
            missing.append(kind.__name__)
            continue
        kinds.append(kind)
        question, ours = found
        asked.append((question, ours, ask(ninzu, folder, text(release, *question))))
        drawn[kind.__name__] += 1
    width = max(len(kind) for kind in drawn)
    for kind, count in drawn.items():
        print(f"  {kind:{width}}  {count}")
    print(f"  not in this release: {', '.join(missing) or 'no kind'}")
    if len(asked) < questions:
        yield f"only {len(asked)} of {questions} questions could be drawn"
    for question, ours, theirs in asked:
        if theirs["release"] != release.id:
            yield f"the command's release is {theirs['release']}, the reader's {release.id}"
        for difference in differences(ours, theirs):
            yield f"{text(release, *question)}: {difference}"
    yield from is_found_out(release, asked)


def is_found_out(release, asked):
    """A reader with other cells does not agree: the comparison can fail."""
    rows = release.rows
    release.rows = {
        name: {
            codes: {c: {values: (lo, hi + 1) for values, (lo, hi) in cells.items()} for c, cells in centres.items()}
            for codes, centres in table.items()
        }
        for name, table in rows.items()
    }
    try:
        found = sum(any(differences(release.answer(*question), theirs)) for question, _, theirs in asked)
    finally:
        release.rows = rows
    print(f"  {found} of {len(asked)} questions tell a reader whose upper ends are one too high")
    if not found:
        yield "no question tells a reader with other cells"


def counts_agree(release):
    """Breaches of: the declared cells are as many as the audit has counted."""
    if not hasattr(release, "audit"):
        return
    ours = {table.name: release.declared_cells(table) for table in release.tables.values() if table.mirror_of is None}
    if ours != release.audit["declared"]:
        yield f"{ours} cells are declared, and the audit has {release.audit['declared']}"


def damages(release, seed):
    """Ways to damage a copy of a release: what is done, and a function of the folder that does it."""
    chosen = random.Random(seed)
    paths = [item["path"] for item in [*release.info["files"], *release.info["tables"]]]

    def flip(path, at):
        def change(folder):
            data = bytearray((folder / path).read_bytes())
            data[at] ^= 1
            (folder / path).write_bytes(data)

        return change

    def resize(path, by):
        def change(folder):
            data = (folder / path).read_bytes()
            (folder / path).write_bytes(data + b"\0" * by if by > 0 else data[:by])

        return change

    def describe(edit):
        def change(folder):
            path = folder / reader.DESCRIPTOR
            descriptor = json.loads(path.read_text(encoding="utf-8"))
            edit(descriptor["ninzu"])
            path.write_text(json.dumps(descriptor, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

        return change

    def other_hash(part):
        part["sha256"] = f"{int(part['sha256'][0], 16) ^ 1:x}{part['sha256'][1:]}"

    for path in paths:
        size = (release.folder / path).stat().st_size
        yield f"a flipped byte in {path}", flip(path, chosen.randrange(size))
        yield f"a byte more in {path}", resize(path, 1)
        yield f"a byte less in {path}", resize(path, -1)
    table = next(i for i, table in enumerate(release.info["tables"]) if table["chunks"])
    of = release.info["tables"][table]
    yield "a flipped first byte of a cells file", flip(of["path"], 0)
    yield "a flipped last byte of a cells file", flip(of["path"], -1)
    yield "another hash of a dictionary", describe(lambda ninzu: other_hash(ninzu["files"][0]))
    yield "another hash of a row group", describe(lambda ninzu: other_hash(ninzu["tables"][table]["chunks"][0]))
    yield "another hash of a footer", describe(lambda ninzu: other_hash(ninzu["tables"][table]["footer"]))
    yield "a row group that is not covered", describe(lambda ninzu: ninzu["tables"][table]["chunks"].pop())
    yield "a file that is missing", lambda folder: (folder / of["path"]).unlink()
    yield "another format", describe(lambda ninzu: ninzu.update(format=3))
    if release.is_ours:
        yield "no policy", describe(lambda ninzu: ninzu.pop("policy"))
    if hasattr(release, "audit") and "of" in release.audit:
        # No hash of a file changes by these: only the audit says of which content it is.
        yield "another policy than was audited", describe(lambda ninzu: ninzu["policy"]["decoy"].update(published=0.5))
        yield "another label than was audited", describe(lambda ninzu: ninzu["centres"][0]["label"].update(en="A"))


def refusals(folder, release, seed):
    """Breaches of: the reader refuses every damaged copy, and takes an undamaged one."""
    refused = 0
    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "release"
        shutil.copytree(folder, copy)
        if reader.Release(copy, id=release.id, unaudited=True).id != release.id:
            yield "a copy has another id"
        for what, change in damages(release, seed):
            shutil.rmtree(copy)
            shutil.copytree(folder, copy)
            change(copy)
            try:
                reader.Release(copy, unaudited=True)
                yield f"{what} is not noticed"
            except reader.Refused:
                refused += 1
    print(f"  {refused} damaged copies refused")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu")
    parser.add_argument("release", type=pathlib.Path)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    typed = parser.parse_args()
    try:
        release = reader.Release(typed.release)
    except reader.Refused as error:
        print(f"FAILED the reader refuses the release: {error}")
        return 1
    print(f"{release.id}: {len(release.tables)} tables, every byte verified")
    breaches = [
        *compare(typed.ninzu, typed.release, release, typed.questions, typed.seed),
        *counts_agree(release),
        *refusals(typed.release, release, typed.seed),
    ]
    for breach in breaches[:20]:
        print(f"FAILED {breach}")
    if not breaches:
        print(f"{typed.questions} questions: the reader and the command agree")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
