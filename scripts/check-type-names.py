#!/usr/bin/env python3
"""No two types of a crate have the same name: whoever learnt the one would misread the other.

Types that one file keeps to itself are free.
"""

import re
import subprocess
from collections import defaultdict

# The crates, with the folders of their sources.
CRATES = {
    "ninzu": ["core/src"],
    "ninzu-benches": ["benches/src"],
    "ninzu-cli": ["cli/src"],
    "ninzu-engine": ["core/engine/src"],
    "ninzu-fuzz": ["fuzz/src", "fuzz/fuzz_targets"],
    "ninzu-wasm": ["wasm/src"],
    "ninzu-wasm-sql": ["wasm/sql/src"],
}

TYPE = re.compile(r"^pub(?:\([^)]*\))? (?:struct|enum|union|trait|type) (\w+)", re.MULTILINE)


def files(folders: list[str]) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "--", *folders], check=True, capture_output=True, text=True)
    return [path for path in listed.stdout.splitlines() if path.endswith(".rs")]


def types(folders: list[str]) -> dict[str, list[str]]:
    """Every type that more than its own file can name, with the files that define one of that name."""
    found = defaultdict(list)
    for path in files(folders):
        with open(path, encoding="utf-8") as file:
            for name in TYPE.findall(file.read()):
                found[name].append(path)
    return found


def main() -> None:
    for crate, folders in CRATES.items():
        for name, paths in sorted(types(folders).items()):
            if len(paths) > 1:
                print(f"{crate}: {name} in {', '.join(paths)}")


if __name__ == "__main__":
    main()
