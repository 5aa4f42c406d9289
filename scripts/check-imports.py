#!/usr/bin/env python3
"""What the house rules ask of imports in TypeScript: no circles between files, and folders in one order.

A file imports from its own line of the order below and from the lines above it. Types count too: who reads a file has to know them.
"""

import os
import re
import sys
from pathlib import Path

# For each source folder: its parts, from the first to the last. A part is a folder, or a file at the top.
ORDERS: dict[str, list[list[str]]] = {
    "wasm/npm/src": [
        ["wasm", "wasm-sql"],  # generated
        ["messages"],
        ["types.ts", "error.ts", "address.ts", "signal.ts", "trust.ts", "blake2b.ts"],
        ["host"],
        ["wasm-module"],
        ["signature.ts", "search.ts", "api.ts", "translate.ts", "release.ts"],
        ["sql"],
        ["worker"],
        ["index.ts", "node.ts", "sql.ts", "sql-node.ts", "worker.ts", "sql-worker.ts", "open.ts", "http.ts", "serve.ts"],
        ["worker-entry.ts", "sql-worker-entry.ts"],
    ],
    "web-demo/src": [
        ["model", "style"],
        ["text"],
        ["view"],
        ["elements"],
        ["define.ts"],
        ["page.ts", "portal.ts"],
    ],
}
# Nobody imports them: they have no place in the order.
APART = {"env.d.ts"}

IMPORT = re.compile(r"""\b(?:from|import)\s*\(?\s*(["'])(\.{1,2}/[^"']*)\1""")
COMMENT = re.compile(r"^\s*(?://|/?\*).*$", re.MULTILINE)


def part(file: str) -> str:
    """The folder or the top file that a file belongs to."""
    return file.split("/", 1)[0]


def imports(root: Path, file: str) -> list[str]:
    """The TypeScript files that a file imports, as paths in the source folder."""
    text = COMMENT.sub("", (root / file).read_text(encoding="utf-8"))
    found = []
    for match in IMPORT.finditer(text):
        target = os.path.normpath(os.path.join(os.path.dirname(file), match[2]))
        if Path(target).suffix not in {"", ".js", ".ts"}:
            continue  # a style sheet
        # Modules that end in .js are written in TypeScript, but for what wasm-bindgen generates.
        found.append(re.sub(r"(\.js|\.ts)?$", ".ts", target, count=1))
    return found


def circle(edges: dict[str, list[str]]) -> list[str] | None:
    """Files that import each other in a ring, the first one repeated at the end."""
    done: set[str] = set()
    path: list[str] = []

    def visit(file: str) -> list[str] | None:
        if file in path:
            return [*path[path.index(file) :], file]
        if file in done:
            return None
        path.append(file)
        for target in edges.get(file, []):
            if ring := visit(target):
                return ring
        path.pop()
        done.add(file)
        return None

    for file in edges:
        if ring := visit(file):
            return ring
    return None


def complaints(folder: str, order: list[list[str]]) -> list[str]:
    """What is wrong in a source folder."""
    root = Path(folder)
    place = {name: i for i, names in enumerate(order) for name in names}
    generated = {"wasm", "wasm-sql"}
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.ts"))
    files = [file for file in files if part(file) not in generated and file not in APART]
    homeless = [file for file in files if part(file) not in place]
    said = [f"{folder}/{file}: it has no place in the order of scripts/check-imports.py" for file in homeless]
    edges = {file: imports(root, file) for file in files}
    for file, targets in edges.items():
        for target in targets:
            if part(target) not in generated and not (root / target).is_file():
                said.append(f"{folder}/{file}: there is no {target}")
            elif place.get(part(target), -1) > place.get(part(file), len(order)):
                said.append(f"{folder}/{file} imports {target}, which comes after it")
    if ring := circle(edges):
        said.append(f"{folder}: a circle: {' > '.join(ring)}")
    return said


def main() -> int:
    os.chdir(Path(__file__).resolve().parent.parent)
    said = [complaint for folder, order in ORDERS.items() for complaint in complaints(folder, order)]
    print("\n".join(said), end="\n" if said else "")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
