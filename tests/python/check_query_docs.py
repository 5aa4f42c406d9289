#!/usr/bin/env python3
"""Are the questions in docs/query-language.md understood as it says, and its errors those that it shows?

    python tests/python/check_query_docs.py NINZU DEMO_RELEASE

Asks the binary NINZU every question in the tables of examples and errors, the first one and the JSON one. The page
speaks of the release that `ninzu demo` builds. Needs the standard library only.
"""

import hashlib
import itertools
import json
import pathlib
import re
import subprocess
import sys

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "query-language.md"
CODE = re.compile(r"`([^`]*)`")


def rows(page, header):
    """The rows of the table with this header."""
    _, _, table = page.partition(f"\n{header}\n")
    lines = itertools.takewhile(lambda line: line.startswith("|"), table.splitlines()[1:])
    return [line.strip("| ").split(" | ") for line in lines]


def ask(ninzu, release, question):
    command = [ninzu, "query", release, question, "--format", "json", "--lang", "en"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def example(done, canonical):
    """What is wrong with the answer to a question of this canonical text."""
    if done.returncode not in (0, 1):
        yield done.stderr
        return
    answer = json.loads(done.stdout)
    if answer["query"] != canonical:
        yield f"its canonical text is {answer['query']}"
    if answer["hash"] != hashlib.sha256(canonical.encode()).hexdigest():
        yield "its hash is not that of its text"


def error(done, message, hint):
    """What is wrong with an error that should say this."""
    if done.returncode != 2:
        yield f"it is no error: {done.stdout}"
    lines = [line.strip() for line in done.stderr.splitlines()]
    if f"x {message}" not in lines or f"help: {hint}" not in lines:
        yield f"its error is\n{done.stderr}"


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    page = PAGE.read_text(encoding="utf-8")
    checks = []
    for question, canonical, _ in rows(page, "| question | canonical text | meaning |"):
        checks.append((question.strip("`"), example, [canonical.strip("`")]))
        checks.append((canonical.strip("`"), example, [canonical.strip("`")]))
    for question, message, hint in rows(page, "| question | message | hint |"):
        checks.append((question.strip("`"), error, [message, hint]))
    first = re.search(r"```\n(.*?)```", page, re.DOTALL).group(1)
    checks.append((first, lambda done: [done.stderr] if done.returncode else [], []))
    as_json, said = re.search(r"```json\n(.*?)```\nis (`[^`]*`)", page, re.DOTALL).groups()
    checks.append((as_json, example, [" ".join(CODE.findall(said)[0].split())]))
    failed = 0
    for question, check, said in checks:
        for breach in check(ask(*sys.argv[1:], question), *said):
            failed += 1
            print(f"FAILED {question}: {breach}")
    print(f"{len(checks)} questions of the page asked, {failed} not as it says")
    return 1 if failed or len(checks) < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
