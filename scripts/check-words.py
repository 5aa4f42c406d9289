#!/usr/bin/env python3
"""Words that the glossary has given up stay out of the sources: those of the left column of "Words we no longer use".

    scripts/check-words.py         says where one stands
    scripts/check-words.py --test  checks itself

A word that everyday English needs too is not looked for. Names that other programs read are allowed where they are written.
"""

import re
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
GLOSSARY = "docs/glossary.md"
HEADING = "## Words we no longer use"

# Where words are looked for, and files that have them by their nature.
SOURCES = ["*.rs", "*.py", "*.ts", "*.mjs", "*.sh", "*.md", "*/messages/*.toml"]
APART = [GLOSSARY, "CHANGELOG.md", "scripts/check-words.py"]

RUST, CODE = r"\.rs$", r"\.(rs|py|ts|mjs)$"
# In the attacker's folder and in the audit "block" is a word of ours; elsewhere it is ICD-10's, or a file system's.
AUDIT = r"^(attack|core/engine/src|core/src/disclosure)/.*\.(rs|py)$"

# For each entry of the column what is looked for, and in which files; None: everyday English.
WORDS: dict[str, tuple[str, str] | None] = {
    "world": (r"\bworlds?\b", CODE),
    "block (audit)": (r"\b[Bb]locks?\b", AUDIT),
    "block (engine), `Shape`": (r"\b(struct|enum|class) Shape\b", CODE),
    "laws (of a shape)": (r"\blaws?\b", CODE),
    "laws (of tests)": (r"\blaws?\b", CODE),
    "ledger": (r"\bledgers?\b", "."),
    "sheet": (r"\b(struct|enum|class) Sheet\b", CODE),
    "tuple": (r"\btuples?\b", RUST),
    "listed, unlisted": None,
    "prove, `Prover`": (r"\bProver\b", CODE),
    "finding": (r"\bfindings\b|\bFinding\b", r"^(attack|core)/.*\.(rs|py)$"),
    "to clear a target": (r"\bclears? (a|the) targets?\b", "."),
    "lineage": (r"\blineages?\b", CODE),
    "offspring": (r"\boffspring\b", CODE),
    "nested": None,
    "family": (r"\bfamil(y|ies)\b", r"^core/.*\.rs$"),
    "dated": None,
    "apart": None,
    "speaks, silent, tells": None,
    "`NotEmpty`": (r"\bNotEmpty\b", CODE),
    "`Small`": (r"\b(struct|enum) Small\b", RUST),
    "`Difference`": None,
    "walk": None,
    "improve": (r"\bimprove\b", RUST),
    "rebound": (r"\brebound\b", CODE),
    "unknown": (r"\bunknowns\b", AUDIT),
    "row (of a program)": None,
    "ends": None,
    "box": None,
    "closed (codes)": None,
    "closed (bounds)": None,
    "closed (dictionary)": None,
    "direct": None,
    "program (way of answering)": None,
    "`How`, `Ways`": (r"\b(struct|enum) (How|Ways)\b", RUST),
    "`Wanted`": (r"\bWanted\b", CODE),
    "words (of an answer)": None,
    "said, fact, told": None,
    "facts": None,
    "clock, fell, dirty": (r"\b(struct|enum) Clock\b", RUST),
    "judge, wish, pins, pinned": (r"\b(judge|wish|pins)\b", RUST),
    "letter, hear, tell, serve, thread": (r"\bhear\b", CODE),
    "follow, follower": (r"\bfollowers?\b", CODE),
    "`Ui`": (r"\b(class|interface|type) Ui\b", CODE),
    "parted": (r"\bparted\b", CODE),
}

# Names that other programs read: a word between quotes, in these files.
CONTRACT = {
    "attack/": ["block", "blocks"],
    "core/src/disclosure/": ["block", "blocks", "family", "large family", "lineage", "offspring", "unknowns", "unfilled_families"],
    "core/tests/": ["family", "large family", "lineage", "offspring"],
}
# Lines that show such a name in a comment or a sentence of `audit.json`, or the engine's field of that name.
LINES = [
    (r"^core/src/disclosure/", r"\(`\w+` in files\.\)|by the linear program of each block"),
    (r"^core/engine/src/answer/", r"\bunknowns\b"),
]


def entries(glossary: str) -> list[str]:
    """The left column of the table of words given up."""
    table = glossary.split(HEADING)[1].split("\n|---")[1].splitlines()[1:]
    return [line.split("|")[1].strip() for line in table if line.startswith("|")]


def without_contract(path: str, line: str) -> str:
    """A line without the names that other programs read."""
    if any(re.search(where, path) and re.search(what, line) for where, what in LINES):
        return ""
    for folder, names in CONTRACT.items():
        if path.startswith(folder):
            line = re.sub("|".join(rf"""(["']){re.escape(name)}\{i}""" for i, name in enumerate(names, 1)), "", line)
    return line


def found(path: str, text: str) -> list[str]:
    patterns = [(word, *rule) for word, rule in WORDS.items() if rule and re.search(rule[1], path)]
    said = []
    for number, line in enumerate(text.splitlines(), 1):
        line = without_contract(path, line)
        said += [f"{path}:{number}: {word}: {line.strip()[:100]}" for word, what, _ in patterns if re.search(what, line)]
    return said


def check_itself() -> None:
    assert entries(f"{HEADING}\n\n| a | b | c |\n|---|---|---|\n| one | two | x |\n| `T` | u | y |\n") == ["one", "`T`"]
    assert found("core/src/a.rs", "let tuple = 1;\nlet row = 2;") == ["core/src/a.rs:1: tuple: let tuple = 1;"]
    assert found("core/src/disclosure/a.rs", 'Self::A => "family",') == []
    assert len(found("core/src/disclosure/a.rs", "a family of codes")) == 1
    assert found("attack/a.py", 'totals["blocks"]') == [] and len(found("attack/a.py", "blocks = 1")) == 1
    assert found("web-demo/a.ts", "display: block") == []


def main() -> None:
    if "--test" in sys.argv:
        return check_itself()
    known = entries((HOME / GLOSSARY).read_text(encoding="utf-8"))
    said = [f"{GLOSSARY}: {word} is not among the words of scripts/check-words.py" for word in known if word not in WORDS]
    said += [f"scripts/check-words.py: {word} is not in {GLOSSARY}" for word in WORDS if word not in known]
    listed = subprocess.run(["git", "ls-files", "--", *SOURCES], cwd=HOME, check=True, capture_output=True, text=True)
    for path in listed.stdout.splitlines():
        if path not in APART and (HOME / path).is_file():
            said += found(path, (HOME / path).read_text(encoding="utf-8"))
    print("\n".join(said), end="")
    return None


if __name__ == "__main__":
    main()
