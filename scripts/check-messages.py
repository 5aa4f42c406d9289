#!/usr/bin/env python3
"""Catalogues of messages are complete: each language has a text for every code in the sources, with a place for every argument.

    scripts/check-messages.py         says what is wrong
    scripts/check-messages.py --test  checks itself

A line of a catalogue is `code = "text with {argument}"`; the value stands between double quotes, single ones or three single
ones, and nothing in it is escaped. An argument called `reason` is what a library says in English: other languages may leave it
out, or name the `line` and `column` of it instead.
"""

import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LANGUAGES = ["en", "ja"]

# Each catalogue, and the sources that use it.
CATALOGUES = {
    "core/engine/messages": ["core/engine/src", "wasm/src"],
    "core/messages": ["core/src"],
    "cli/messages": ["cli/src"],
}
# The npm package's own catalogue is TypeScript, whose compiler checks codes; the sources that use it.
PACKAGE = "wasm/npm/src"
# Its errors stand beside those of the engine.
ENGINE = "core/engine/messages"
# A catalogue may have words of its own for a code of those before it.
OVERRIDES = "cli/messages"
# What the words of lists are looked up by, in whatever catalogue a list is.
OF_LISTS = {"list.separator", "list.or"}

PACKAGE_LINE = re.compile(r"""^  '([a-z0-9_.]+)': (["'`])(.+)\2,$""", re.MULTILINE)
LINE = re.compile(r"""^([a-z0-9_.]+) = (?:"([^"\\]*)"|'''(.+)'''|'([^']*)')$""")
PLACE = re.compile(r"\{([a-z_]+)(?:, (?:or|grouped))?\}")
CALL = re.compile(r'\bmessage!\(\s*"([a-z0-9_.]+)"')
REASON = {"reason", "line", "column"}


def texts(file):
    """The text of each code, and what is wrong with the file."""
    found, said = {}, []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = LINE.match(line)
        if not match:
            said.append(f"{file}:{number}: no line of a catalogue")
        elif match[1] in found:
            said.append(f"{file}:{number}: {match[1]} is there twice")
        else:
            found[match[1]] = next(value for value in match.groups()[1:] if value is not None)
    return found, said


def places(text):
    return set(PLACE.findall(text))


def differ(english, others):
    """The arguments that two languages do not share, or a text and a call."""
    unlike = english ^ others
    return unlike - REASON if "reason" in english else unlike


def top_level(source, at):
    """What stands in a call, from behind its code to its end, less what is nested in it or in texts."""
    kept, depth = [], 0
    while at < len(source):
        c = source[at]
        if c == '"':
            at = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL).match(source, at).end()
            continue
        if c in ")]}":
            if depth == 0:
                break
            depth -= 1
        elif c in "([{":
            depth += 1
        elif depth == 0:
            kept.append(c)
        at += 1
    return "".join(kept)


def calls(source):
    """Every message that a source makes: its place, its code, the names of its arguments."""
    for match in CALL.finditer(source):
        given = [part.split(",")[-1].strip() for part in top_level(source, match.end()).split(" = ")[:-1]]
        yield source.count("\n", 0, match.start()) + 1, match[1], set(given)


def sources(folders):
    for folder in folders:
        for path in sorted((HOME / folder).rglob("*.rs")):
            if path.name != "tests.rs" and "tests" not in path.relative_to(HOME).parts:
                yield path, path.read_text(encoding="utf-8")


def package_complaints():
    """What is wrong with the catalogue of the npm package."""
    files = {language: HOME / PACKAGE / "messages" / f"own-{language}.ts" for language in LANGUAGES}
    all_texts = {}
    for language, file in files.items():
        all_texts[language] = {code: text for code, _, text in PACKAGE_LINE.findall(file.read_text(encoding="utf-8"))}
    english = all_texts["en"]
    apart = [path for path in (HOME / PACKAGE).rglob("*.ts") if path not in files.values()]
    everything = "".join(path.read_text(encoding="utf-8") for path in apart)
    said = [f"{PACKAGE}: nothing says {code}" for code in english if f"'{code}'" not in everything]
    engine, _ = texts(HOME / ENGINE / "en.toml")
    said += [f"{PACKAGE}: {code} is the engine's, too" for code in sorted(english.keys() & engine.keys())]
    for language in LANGUAGES[1:]:
        said += [f"{PACKAGE}: only one language has {code}" for code in sorted(english.keys() ^ all_texts[language].keys())]
        for code in english.keys() & all_texts[language].keys():
            if unlike := differ(places(english[code]), places(all_texts[language][code])):
                said.append(f"{files[language].relative_to(HOME)}: {code} differs in {', '.join(sorted(unlike))}")
    return said


def complaints():
    said, known = package_complaints(), {}
    for folder, read in CATALOGUES.items():
        files = {language: HOME / folder / f"{language}.toml" for language in LANGUAGES}
        all_texts = {}
        for language, file in files.items():
            all_texts[language], wrong = texts(file)
            said += wrong
        english = all_texts["en"]
        for language in LANGUAGES[1:]:
            said += [f"{folder}: only one language has {code}" for code in sorted(english.keys() ^ all_texts[language].keys())]
            for code in english.keys() & all_texts[language].keys():
                unlike = differ(places(english[code]), places(all_texts[language][code]))
                if unlike:
                    said.append(f"{folder}/{language}.toml: {code} differs in {', '.join(sorted(unlike))}")
        everything = ""
        for path, source in sources(read):
            everything += source
            for line, code, given in calls(source):
                if code not in english:
                    said.append(f"{path.relative_to(HOME)}:{line}: {folder} has no text of {code}")
                elif unlike := differ(places(english[code]), given):
                    said.append(f"{path.relative_to(HOME)}:{line}: {code} and its text differ in {', '.join(sorted(unlike))}")
        for code, text in english.items():
            if code in known:
                if folder != OVERRIDES:
                    said.append(f"{folder}: {code} is in another catalogue too")
                elif places(text) - places(known[code]):
                    said.append(f"{folder}: {code} has arguments that its message lacks")
            elif code not in OF_LISTS and f'"{code}"' not in everything:
                said.append(f"{folder}: nothing says {code}")
        known |= english
    return said


def check_itself():
    source = 'message!("a.b", of = f(x, y = 1), n = n, what = message!("c", d = "e, f = g"))\nmessage!("h")'
    found = list(calls(source))
    assert found == [(1, "a.b", {"of", "n", "what"}), (1, "c", {"d"}), (2, "h", set())], found
    assert places('{"a": {b}} {c, or} {d, grouped} {e}') == {"b", "c", "d", "e"}
    assert differ({"reason"}, {"line", "column"}) == set()
    assert differ({"a"}, {"b"}) == {"a", "b"}
    assert PACKAGE_LINE.findall("  'a.b': `it's {c}`,\n  'd': \"e\",\n") == [("a.b", "`", "it's {c}"), ("d", '"', "e")]
    assert LINE.match("""a.b = 'say "x" \\ y'""") and LINE.match("""a = '''it's "x"'''""") and not LINE.match('a = "b\\n"')


def main():
    if "--test" in sys.argv:
        return check_itself()
    print("\n".join(complaints()), end="")
    return None


if __name__ == "__main__":
    main()
