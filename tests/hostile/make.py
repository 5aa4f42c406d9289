"""Hostile releases and questions, made from a good release: one list for every reader.

    python3 tests/hostile/make.py BASE_RELEASE OUT

OUT must not exist. It gets a folder for each release, and `manifest.json`:

    {"cases": [{"name", "why", "release": folder under OUT, "expect": "refused" | "answer" | "either",
                "kinds": [kinds of error that are right], "only": "native" (a reader of folders) or absent,
                "steps": [{"do": "open" | "describe" | "verify" | "query" | "facets" | "explain",
                           "query": text, "query_file": path under OUT (a large text), "options": {...}}]}]}

Of a case that is refused, one step at least ends in an error of these kinds; no step of any case may crash, hang, take a gigabyte,
or print a character that acts on a terminal. Needs the standard library only.
"""

import copy
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

DESCRIPTOR = "datapackage.json"
# Commands of a terminal (also as one byte), and marks that turn the order of what follows.
ACTING = "\x1b[2J\x1b]0;owned\x07 \x9b31m \u202eevil\u2066 \x7f"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Release:
    """A release in memory, to be changed."""

    def __init__(self, files: dict[str, bytes]):
        self.files = dict(files)
        self.descriptor = json.loads(files[DESCRIPTOR])
        self.ninzu = self.descriptor["ninzu"]
        self.raw: bytes | None = None

    def table(self, name: str) -> dict:
        return next(table for table in self.ninzu["tables"] if table["name"] == name)

    def put(self, path: str, data: bytes) -> None:
        """Replaces a small file, its hash too."""
        self.files[path] = data
        entry = next(entry for entry in self.ninzu["files"] if entry["path"] == path)
        entry.update(length=len(data), sha256=sha256(data))

    def put_cells(self, name: str, groups: list[dict], body: bytes) -> None:
        """Replaces a table's rows: row groups that lie one after the other in `body`, behind the first four bytes."""
        table = self.table(name)
        footer = self.files[table["path"]][table["footer"]["offset"] :]
        at = 4
        for group in groups:
            group.update(offset=at, sha256=sha256(body[at - 4 : at - 4 + group["length"]]))
            at += group["length"]
        table["chunks"] = groups
        table["footer"] = {"offset": at, "length": len(footer), "sha256": sha256(footer)}
        self.files[table["path"]] = b"PAR1" + body + footer

    def write(self, folder: Path) -> None:
        self.files[DESCRIPTOR] = self.raw if self.raw is not None else json.dumps(self.descriptor, ensure_ascii=False).encode()
        for path, data in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)


class List:
    """The cases, and the folder that they are written to."""

    def __init__(self, base: Path, out: Path):
        self.base = {str(p.relative_to(base)): p.read_bytes() for p in sorted(base.rglob("*")) if p.is_file()}
        self.out = out
        self.cases: list[dict] = []

    def release(self, name: str, why: str, change, expect: str, kinds: list[str], steps=None, only=None) -> Path:
        release = Release(copy.deepcopy(self.base))
        change(release)
        release.write(self.out / name)
        self.add(name, why, name, expect, kinds, steps or [{"do": "open"}, {"do": "query", "query": "everyone"}], only)
        return self.out / name

    def question(self, name: str, why: str, text: str, expect: str, kinds: list[str], do="query", **options) -> None:
        step: dict = {"do": do}
        if len(text) > 2_000:
            step["query_file"] = f"questions/{name}.txt"
            path = self.out / step["query_file"]
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        else:
            step["query"] = text
        if options:
            step["options"] = options
        self.add(name, why, "good", expect, kinds, [step], None)

    def add(self, name, why, release, expect, kinds, steps, only) -> None:
        case = {"name": name, "why": why, "release": release, "expect": expect, "kinds": kinds, "steps": steps}
        if only:
            case["only"] = only
        self.cases.append(case)


TOO_MUCH = ["unsupported"]
WRONG = ["invalid_release"]


def descriptors(cases: List) -> None:
    """Descriptors that say too much or what is no descriptor."""

    def raw(data: bytes):
        def change(release: Release) -> None:
            release.raw = data

        return change

    cases.release("descriptor-empty", "no bytes at all", raw(b""), "refused", WRONG)
    cases.release("descriptor-null", "JSON, and no descriptor", raw(b"null"), "refused", WRONG)
    cases.release("descriptor-nested", "nested deeper than any reader of JSON goes", raw(b"[" * 200_000), "refused", WRONG)
    cases.release("descriptor-no-text", "bytes that are no text", raw(bytes(range(256)) * 8), "refused", WRONG)
    cases.release("descriptor-large", "forty million blanks", raw(b" " * (40 << 20)), "refused", [*TOO_MUCH, "io", "fetch"])
    cases.release("descriptor-many-pairs", "a million empty pairs", lambda r: r.table("base").update(declared=[[]] * 1_000_000), "either", WRONG)

    def order(release: Release) -> None:
        for table in release.ninzu["tables"]:
            table["order"] = 10**18

    cases.release("order-absurd", "margins over more partitions than there are atoms", order, "refused", TOO_MUCH)
    cases.release("format-3", "a format of tomorrow", lambda r: r.ninzu.update(format=3), "refused", TOO_MUCH)
    cases.release("threshold-zero", "a policy that hides nothing", lambda r: r.ninzu["policy"].update(threshold=0), "refused", [*WRONG, "invalid_policy"])

    def many(what: str, count: int):
        def change(release: Release) -> None:
            first = release.ninzu[what][0]
            names = [{**first, "name": f"{what}{i}"} for i in range(count)]
            release.ninzu[what] += [{**new, "path": f"cells/{i}.parquet"} if what == "tables" else new for i, new in enumerate(names)]

        return change

    cases.release("dimensions-many", "300 dimensions", many("dimensions", 300), "refused", TOO_MUCH)
    cases.release("centres-many", "5,000 centres", many("centres", 5_000), "refused", TOO_MUCH)
    cases.release("tables-many", "5,000 tables", many("tables", 5_000), "refused", TOO_MUCH)
    sex = {"sex": "male"}
    cases.release("zeros-many", "5,000 impossible combinations", lambda r: r.ninzu.update(structural_zeros=[sex] * 5_000), "refused", TOO_MUCH)

    def groups(release: Release) -> None:
        table = release.table("base")
        table["chunks"] = [{"offset": 4, "length": 0, "rows": 1, "sha256": "", "first": []}] * 300_000

    cases.release("row-groups-many", "300,000 row groups", groups, "refused", TOO_MUCH)

    def partitions(release: Release) -> None:
        for i in range(70):
            name, path = f"p{i}", f"dimensions/p{i}.csv"
            release.ninzu["dimensions"].append({"name": name, "label": {"en": name, "ja": name}, "kind": "partition"})
            release.ninzu["files"].append({"path": path})
            release.put(path, b"code,parent,label_en,label_ja\na,,a,a\nb,,b,b\n")

    cases.release("partitions-many", "70 partitions, which cross in more ways than can be counted", partitions, "refused", TOO_MUCH)


def dictionaries(cases: List) -> None:
    """Dictionaries of a million codes, and hierarchies without end."""
    head = "code,parent,label_en,label_ja\n"

    def diagnoses(text: str):
        return lambda release: release.put("dimensions/diagnosis.csv", text.encode())

    chain = head + "".join(f"c{i},{f'c{i - 1}' if i else ''},x,x\n" for i in range(40_000))
    cases.release("chain", "40,000 codes, each below the one before", diagnoses(chain), "refused", TOO_MUCH)
    cycle = head + "".join(f"c{i},c{(i + 1) % 40_000},x,x\n" for i in range(40_000))
    cases.release("cycle", "40,000 codes in a ring", diagnoses(cycle), "refused", WRONG)
    million = head + "".join(f"c{i},,,\n" for i in range(1_100_000))
    cases.release("codes-many", "more than a million codes", diagnoses(million), "refused", TOO_MUCH)
    onsets = "code,parent,onsets,label_en,label_ja\n"
    many = onsets + "".join(f"c{i},,0-4095,x,x\n" for i in range(300))
    cases.release("onsets-many", "300 codes, each with 4,096 onsets", diagnoses(many), "refused", TOO_MUCH)
    cases.release("onsets-endless", "an onset at every number", diagnoses(onsets + "E10,,0-4294967295,x,x\n"), "refused", WRONG)
    cases.release("onsets-nowhere", "an onset at a life stage that is not there", diagnoses(onsets + "E10,,99,x,x\n"), "refused", WRONG)
    cases.release("label-long", "a label of 65,000 bytes", diagnoses(head + f"E10,,{'x' * 65_000},x\n"), "refused", TOO_MUCH)
    cases.release("code-long", "a code of 65,000 bytes", diagnoses(head + f"{'E' * 65_000},,x,x\n"), "refused", TOO_MUCH)
    cases.release("dictionary-ends", "a dictionary that ends in a quote", diagnoses(head + 'E10,,"x'), "refused", [*WRONG, "unknown_name"])
    long = {"en": "x" * 65_000, "ja": "x"}
    cases.release("title-long", "a title of 65,000 bytes", lambda r: r.ninzu.update(title=long), "refused", TOO_MUCH)
    cases.release("centre-label-long", "a centre's label of 65,000 bytes", lambda r: r.ninzu["centres"][0].update(label=long), "refused", TOO_MUCH)

    def partition(release: Release) -> None:
        rows = "".join(f"v{i},,x,x\n" for i in range(5_000))
        release.put("dimensions/sex.csv", (head + rows).encode())

    cases.release("values-many", "a partition of 5,000 values", partition, "refused", TOO_MUCH)


def texts(cases: List) -> None:
    """Texts that act on a terminal."""
    asked = [{"do": do} for do in ("open", "describe")] + [{"do": do, "query": "everyone"} for do in ("query", "facets", "explain")]
    asked += [{"do": "query", "query": f"sex = {ACTING}"}, {"do": "query", "query": f'diagnosis = "{ACTING}"'}]

    def labels(release: Release) -> None:
        label = {"en": ACTING, "ja": ACTING}
        release.ninzu.update(title=label)
        release.descriptor["title"] = ACTING
        for entry in release.ninzu["centres"] + release.ninzu["dimensions"]:
            entry["label"] = label
        for path in [p for p in release.files if p.startswith("dimensions/")]:
            lines = release.files[path].decode().splitlines()
            plain = lines[0].count(",") - 1
            rows = [",".join([*line.split(",", plain)[:plain], f'"{ACTING}","{ACTING}"']) for line in lines[1:]]
            release.put(path, ("\n".join([lines[0], *rows]) + "\n").encode())

    cases.release("labels-act", "labels and titles that are commands of a terminal", labels, "either", ["syntax", "unknown_name"], asked)

    def names(release: Release) -> None:
        text = release.files["dimensions/diagnosis.csv"].decode()
        columns = text.split("\n", 1)[0].count(",") + 1
        release.put("dimensions/diagnosis.csv", (text + ",".join([f'"{ACTING}"', "", *[""] * (columns - 4), "x", "x"]) + "\n").encode())

    cases.release("codes-act", "a code that is a command of a terminal", names, "either", ["syntax", "unknown_name", *WRONG], asked)
    by = {"by": ACTING, "audited": True}
    cases.release("publisher-acts", "a publisher whose name is a command of a terminal", lambda r: r.ninzu.update(protection=by, policy=None), "either", WRONG, asked)


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def page(kind: int, size: int, data: bytes, values: int) -> bytes:
    """A page with its header, as Thrift's compact form has it."""
    number = lambda n: varint(n << 1)  # noqa: E731
    inner = b"\x15" + number(values) + b"\x15" + number(0) + b"\x15" + number(3) + b"\x15" + number(3) + b"\x00"
    field = b"\x2c" if kind == 0 else b"\x4c"
    return b"\x15" + number(kind) + b"\x15" + number(size) + b"\x15" + number(len(data)) + field + inner + b"\x00" + data


def bomb(size: int) -> bytes:
    """`size` zeros as Snappy stores them: three bytes for 64."""
    return varint(size) + b"\x00\x00" + b"\xfe\x01\x00" * ((size - 1) // 64 + 1)


def cells(cases: List) -> None:
    """Row groups that are not what they say."""
    asked = [{"do": "query", "query": "sex = female by life_stage"}, {"do": "verify"}]

    def body(data: bytes, rows: int = 10):
        def change(release: Release) -> None:
            release.put_cells("base", [{"length": len(data), "rows": rows, "first": []}], data)

        return change

    cases.release("page-empty", "a row group without a page", body(b""), "refused", WRONG, asked)
    cases.release("page-huge", "a page that says it has two billion bytes", body(page(0, 2**31 - 1, b"\x00", 10)), "refused", WRONG, asked)
    cases.release("page-bomb", "a page of forty million bytes in two million", body(page(2, 40 << 20, bomb(40 << 20), 10)), "refused", WRONG, asked)
    many = page(2, 31 << 20, bomb(31 << 20), 1) * 10
    cases.release("page-bombs", "ten dictionaries of thirty million bytes", body(many), "refused", WRONG, asked)
    cases.release("page-many-values", "a page of four billion values", body(page(0, 8, bomb(8), 2**32 - 1)), "refused", WRONG, asked)
    cases.release("page-no-values", "a hundred thousand pages without a value", body(page(0, 1, bomb(1), 0) * 100_000), "refused", WRONG, asked)
    cases.release("page-noise", "bytes of no meaning", body(hashlib.sha512(b"noise").digest() * 100), "refused", WRONG, asked)
    cases.release("rows-many", "a row group of two billion rows", body(page(0, 1, bomb(1), 1), 2**31), "refused", TOO_MUCH, asked)
    cases.release("rows-none", "a row group of no rows", body(b"x", 0), "refused", WRONG, asked)

    def chunk(**new):
        return lambda release: release.table("base")["chunks"][0].update(**new)

    cases.release("range-without-end", "a row group that ends beyond all numbers", chunk(length=2**64 - 1), "refused", [*TOO_MUCH, *WRONG], asked)
    cases.release("range-huge", "a row group of a terabyte", chunk(length=2**40), "refused", TOO_MUCH, asked)
    cases.release("range-overlaps", "a row group before its file begins", chunk(offset=0), "refused", WRONG, asked)
    cases.release("first-unknown", "a row group that begins with a code nobody has", chunk(first=["nobody"]), "refused", WRONG, asked)
    cases.release("hash-wrong", "a hash that no bytes have", chunk(sha256="00" * 32), "refused", ["tampered"], asked)


def verified(cases: List) -> None:
    """Bytes that no hash covers, and files that are not the release's."""
    verify = [{"do": "verify"}]

    def appended(path: str):
        def change(release: Release) -> None:
            release.files[path] += b"smuggled"

        return change

    cases.release("bytes-behind-cells", "bytes behind the last that a hash covers", appended("cells/base.parquet"), "refused", ["tampered"], verify)
    cases.release("bytes-behind-dictionary", "the same in a dictionary", appended("dimensions/sex.csv"), "refused", ["tampered"], verify)

    def between(release: Release) -> None:
        table = release.table("base")
        data, last = release.files[table["path"]], table["footer"]["offset"]
        release.files[table["path"]] = data[:last] + b"smuggled" + data[last:]
        table["footer"]["offset"] += 8

    cases.release("bytes-before-footer", "bytes between the rows and the footer", between, "refused", WRONG, verify)

    def before(release: Release) -> None:
        table = release.table("base")
        data = release.files[table["path"]]
        release.files[table["path"]] = data[:4] + b"smuggled" + data[4:]
        for part in [*table["chunks"], table["footer"]]:
            part["offset"] += 8

    cases.release("bytes-before-rows", "bytes before the first row group", before, "refused", WRONG, verify)

    def magic(release: Release) -> None:
        path = release.table("base")["path"]
        release.files[path] = b"EVIL" + release.files[path][4:]

    cases.release("bytes-instead-of-magic", "other bytes where a Parquet file says what it is", magic, "refused", ["tampered"], verify)

    for name, path in [
        ("path-up", "../outside.parquet"),
        ("path-through", "cells/../../outside.parquet"),
        ("path-absolute", "/etc/passwd"),
        ("path-windows", "..\\outside.parquet"),
        ("path-drive", "C:/outside.parquet"),
        ("path-empty", ""),
        ("path-descriptor", DESCRIPTOR),
        ("path-twice", "cells/diagnosis.parquet"),
        ("path-acts", f"cells/{ACTING}.parquet"),
    ]:
        cases.release(name, f"a table whose file is {path!r}", lambda r, path=path: r.table("base").update(path=path), "refused", WRONG, verify)

    out = cases.release("link-out", "a table that is a link to a file outside", lambda r: None, "refused", WRONG, verify, "native")
    outside = cases.out / "outside.parquet"
    os.rename(out / "cells/base.parquet", outside)
    os.symlink(outside, out / "cells/base.parquet")
    pipe = cases.release("pipe", "a dictionary that is a pipe into which nobody writes", lambda r: None, "refused", WRONG, None, "native")
    os.remove(pipe / "dimensions/sex.csv")
    os.mkfifo(pipe / "dimensions/sex.csv")
    device = cases.release("device", "a descriptor that is a device without end", lambda r: None, "refused", [*WRONG, "io"], None, "native")
    os.remove(device / DESCRIPTOR)
    os.symlink("/dev/zero", device / DESCRIPTOR)


def questions(cases: List) -> None:
    """Questions that are too much, or nearly."""
    wrong, ask = ["syntax"], cases.question
    ask("query-long", "100,000 bytes", "sex = " + "x" * 100_000, "refused", wrong)
    ask("query-wide", "an error at the end of a line of 65,000 bytes", "sex = female and " * 3_000 + "x", "refused", wrong)
    ask("query-wide-name", "a name of 65,000 bytes", 'diagnosis = "' + "x" * 65_000 + '"', "refused", ["unknown_name"])
    ask("query-nested", "30,000 parentheses", "(" * 30_000 + "sex = female" + ")" * 30_000, "refused", wrong)
    ask("query-nots", "10,000 times not", "not " * 10_000 + "sex = female", "refused", wrong)
    ask("query-terms", "5,000 terms", " or ".join(["sex = female"] * 5_000), "refused", wrong)
    ask("query-control", "control characters in a word", f"sex = {ACTING}", "refused", wrong)
    ask("query-nul", "a text with a zero byte", "sex = fe\u200bmale", "refused", wrong)
    ask("json-nested", "JSON nested 100,000 deep", '{"filter": ' + '{"not": ' * 100_000 + '"everyone"' + "}" * 100_001, "refused", wrong)
    ask("json-long", "two million bytes of JSON", '{"filter": "everyone", "by": [' + '"sex",' * 300_000 + '"sex"]}', "refused", wrong)
    ask("by-everything", "more combinations than anybody reads", "everyone by diagnosis, specimen, sex, life_stage", "either", ["invalid_query"])

    text = cases.base["dimensions/diagnosis.csv"].decode().splitlines()[1:]
    names = [line.split(",", 1)[0] for line in text]
    codes = [name for name in dict.fromkeys(names) if name.replace("-", "").isalnum()][:1_000]
    listed = ", ".join(codes)
    terms = [f"diagnosis = {code}" for code in codes]
    ask("codes-all", "every code there is", f"diagnosis in ({listed})", "answer", [])
    ask("codes-none", "everybody without any code", f"not diagnosis in ({listed})", "answer", [])
    ask("codes-half", "half of all codes", f"at least {len(codes) // 2} of ({', '.join(terms)})", "answer", [])
    few = ", ".join(terms[:20])
    ask("codes-broken-down", "a tenth of twenty codes, by everything", f"at least 2 of ({few}) by diagnosis, centre", "answer", [])
    ask("codes-and-values", "codes and values in one condition", " or ".join(f"({t} and sex = female)" for t in terms[:200]), "answer", [])
    ask("program-broken-down", "a program for each code", f"at least 2 of ({', '.join(terms[:3])}) by diagnosis, life_stage", "answer", [])
    ask("facets-of-many", "facets under a list of codes", f"diagnosis in ({', '.join(codes[:200])}) and not sex = male", "answer", [], do="facets")
    ask("facets-of-half", "facets under half of a list", f"at least 5 of ({', '.join(terms[:60])})", "answer", [], do="facets")
    ask("unknown-many", "a list of codes that nobody has", f"diagnosis in ({', '.join(f'Z{i}x' for i in range(1_500))})", "answer", [], unknown_codes="anything")
    ask("explain-many", "how it is answered", f"not diagnosis in ({', '.join(codes[:300])})", "answer", [], do="explain")


def main() -> None:
    base, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True)
    cases = List(base, out)
    shutil.copytree(base, out / "good")
    cases.add("good", "the release that all others are made from", "good", "answer", [], [{"do": do} for do in ("open", "describe", "verify")], None)
    for part in (descriptors, dictionaries, texts, cells, verified, questions):
        part(cases)
    (out / "manifest.json").write_text(json.dumps({"cases": cases.cases}, indent=1, ensure_ascii=False))
    print(f"{len(cases.cases)} cases in {out}")


if __name__ == "__main__":
    main()
