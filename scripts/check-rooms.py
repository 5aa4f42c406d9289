#!/usr/bin/env python3
"""No Rust file imports from one that stands behind it in ARCHITECTURE.md's "The order of modules"; so none import in a circle.

    scripts/check-rooms.py            says file:line of every import that breaks the order
    scripts/check-rooms.py --imports  prints the imports that it finds
    scripts/check-rooms.py --test     checks itself

A name counts as imported from the file that defines it, through however many faces it came. A face, the file `x.rs` of a folder
`x/`, only declares and re-exports: it has no place in the order. Tests may import from anywhere.
"""

import re
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
CRATES = {"engine": "core/engine/src", "core": "core/src"}

TOKEN = re.compile(
    r"""
    (?P<comment> //[^\n]* | /\* )
  | (?P<raw> b?r(?P<hashes>\#*)" )
  | (?P<string> b?"(?:[^"\\]|\\.)*" )
  | (?P<char> b?'(?:[^'\\\n]|\\(?:x..|u\{[^}]*\}|.))' )
  | (?P<lifetime> '\w+ )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<path> :: )
  | (?P<sign> [^\s\w] )
    """,
    re.VERBOSE | re.DOTALL,
)
COMMENT_EDGE = re.compile(r"/\*|\*/")
# Of strings only such as serde's "super::is_false" are read.
WRITTEN_PATH = re.compile(r'"((?:crate|super)(?:::\w+)+)"')
ITEMS = {"fn", "struct", "enum", "union", "trait", "type", "const", "static"}
HERE = {"crate", "super", "self"}
NESTING = {"{": 1, "}": -1, "(": 1, ")": -1, "[": 1, "]": -1}


def tokens(text):
    """Words, `::` and signs, each with its line; neither comments nor texts."""
    found, at = [], 0
    while match := TOKEN.search(text, at):
        at, line, kind = match.end(), text.count("\n", 0, match.start()) + 1, match.lastgroup
        if match["comment"] == "/*":
            depth = 1
            while depth and (edge := COMMENT_EDGE.search(text, at)):
                depth += 1 if edge[0] == "/*" else -1
                at = edge.end()
        elif match["raw"]:
            at = text.index('"' + match["hashes"], at) + 1 + len(match["hashes"])
        elif kind == "string" and (path := WRITTEN_PATH.fullmatch(match[0])):
            found += [(part, line) for part in re.findall(r"\w+|::", path[1])]
        elif kind in ("word", "path", "sign"):
            found.append((match[0], line))
    return found


class Module:
    """A file: the modules and items that it declares, the names that it binds, and every path that it names."""

    def __init__(self, path, parent):
        self.path, self.parent = path, parent
        self.children, self.items, self.bound, self.globs, self.named, self.stars = {}, set(), {}, [], [], []
        self.declared, self.is_face = [], True
        self.read(tokens(path.read_text(encoding="utf-8")))

    def read(self, words):
        at = depth = 0
        while at < len(words):
            word, line = words[at]
            if word == "#" and [w for w, _ in words[at + 1 : at + 6]] == ["[", "cfg", "(", "test", ")"]:
                at = behind_item(words, at + 7)
                continue
            if word == "use":
                at = self.read_use(words, at + 1, depth == 0)
                continue
            if depth == 0 and word == "mod":
                if words[at + 2][0] != ";":
                    sys.exit(f"{self.path}:{line}: a module inside a file; give it a file of its own")
                self.declared.append(words[at + 1][0])
            elif depth == 0 and (word in ITEMS or word in ("impl", "macro_rules")):
                self.is_face = False
                self.items.add(words[at + (2 if word == "macro_rules" else 1)][0])
            elif re.match(r"\w", word) and (at == 0 or words[at - 1][0] not in ("::", ".")):
                path = [word]
                while [w for w, _ in words[at + 1 : at + 2]] == ["::"] and re.match(r"\w", words[at + 2][0]):
                    path.append(words[at + 2][0])
                    at += 2
                if len(path) > 1:
                    self.named.append((path, line))
            depth += NESTING.get(word, 0)
            at += 1
        self.is_face = self.is_face and bool(self.declared)

    def read_use(self, words, at, is_top):
        """Reads a tree of names; returns the place behind its semicolon."""
        around, path = [], []
        while words[at][0] != ";":
            word, line = words[at]
            if word == "{":
                around.append(path)
            elif word in ("}", ","):
                path = around[-1]
                if word == "}":
                    around.pop()
            elif word == "*":
                self.stars.append((path, line))
                self.globs += [path] if is_top else []
            elif word != "::":
                path = path if word == "self" and path else [*path, word]
                name = path[-1]
                if words[at + 1][0] == "as":
                    at += 2
                    name = words[at][0]
                if words[at + 1][0] in (",", "}", ";"):
                    self.named.append((path, line))
                    self.bound.update({name: path} if is_top else {})
            at += 1
        return at + 1

    def root(self):
        return self.parent.root() if self.parent else self

    def find(self, path, seen=frozenset()):
        """The module that defines what a path names, and whether it is that module itself; nothing if it is not of this crate."""
        module, is_module = self, False
        for name in path:
            if name in HERE:
                module = {"crate": module.root(), "super": module.parent, "self": module}[name]
            elif name in module.children:
                module = module.children[name]
            elif name in module.items:
                return module, False
            else:
                found = module.find_bound(name, seen)
                if found is None or not found[1]:
                    return found
                module = found[0]
            is_module = True
        return (module, True) if is_module else None

    def find_bound(self, name, seen):
        """What a name is bound to by `use`."""
        if (self, name) in seen:
            return None
        seen = seen | {(self, name)}
        if name in self.bound:
            return self.find(self.bound[name], seen)
        for glob in self.globs:
            source = self.find(glob, seen)
            if source and source[0] is not self and (found := source[0].find([name], seen)):
                return found
        return None


def behind_item(words, at):
    """Behind the item that begins at a place: its block, or its semicolon."""
    depth = 0
    while at < len(words):
        word = words[at][0]
        depth += NESTING.get(word, 0)
        at += 1
        if depth == 0 and word in ("}", ";"):
            break
    return at


def load(path, parent=None):
    """A module with those below it."""
    module = Module(path, parent)
    folder = path.with_suffix("") if parent else path.parent
    module.children = {name: load(folder / f"{name}.rs", module) for name in module.declared}
    return module


def every(module):
    yield module
    for child in module.children.values():
        yield from every(child)


def imports(root):
    """User, line, and what it uses: a module, or nothing where a path of this crate leads nowhere."""
    for module in every(root):
        if module.is_face:
            continue
        for path, line in module.stars:
            found = module.find(path)
            if found:
                yield module, line, None if found[0].is_face else found[0]
        for path, line in module.named:
            found = module.find(path)
            if found and found[0] is not module and not found[0].is_face:
                yield module, line, found[0]
            # What `pub use other_crate::*` brings to the root is not known here.
            if not found and path[0] in HERE and not (path[0] == "crate" and root.globs):
                yield module, line, None


def order(home, text):
    """The files in the order of a text: each line has a room, its files, and behind two spaces what they are; a line without a
    room goes on with the one above."""
    files, room = [], ""
    for line in filter(None, text.splitlines()):
        columns = re.split(r"  +", line.rstrip())
        room = columns[0] or room
        crate, *folders = room.split("/")
        files += [home.joinpath(CRATES[crate], *folders, f"{name}.rs") for name in columns[1].split()]
    return files


def check(home, text):
    """What is wrong."""
    listed = order(home, text)
    rank = {path: at for at, path in enumerate(listed)}
    wrong = [f"ARCHITECTURE.md: {path.relative_to(home)} is in the order twice" for path in rank if listed.count(path) > 1]
    roots = [load(home / folder / "lib.rs") for folder in CRATES.values() if (home / folder).exists()]
    files = {module.path for root in roots for module in every(root) if not module.is_face}
    wrong += [f"{path.relative_to(home)}: is not in the order of modules" for path in sorted(files - rank.keys())]
    wrong += [f"ARCHITECTURE.md: {path.relative_to(home)} is a face, or not there" for path in rank if path not in files]
    for root in roots:
        for user, line, used in imports(root):
            where = f"{user.path.relative_to(home)}:{line}"
            if used is None:
                wrong.append(f"{where}: a path that this check cannot follow")
            elif user.path in rank and used.path in rank and rank[user.path] < rank[used.path]:
                wrong.append(f"{where}: uses {used.path.relative_to(home)}, which stands behind it in the order of modules")
    return wrong


def test():
    """A small crate in which one file imports from the room behind its own, in each way that there is."""
    files = {
        "lib.rs": "mod low;\nmod high;\npub use high::{Top, deep};\n",
        "low.rs": "mod one;\nmod two;\npub(crate) use two::Two;\n",
        "low/one.rs": "pub struct One;\n",
        "low/two.rs": "//! use crate::Top;\nuse super::one::One;\npub struct Two(One);\n#[cfg(test)]\nmod t { use crate::Top; }\n",
        "high.rs": "pub mod deep;\nmod top;\npub use top::Top;\n",
        "high/top.rs": "use crate::low::Two;\npub struct Top(Two);\n",
        "high/deep.rs": "pub fn deep() {}\n",
    }
    text = "engine/low   one two  what is below\nengine/high  top\n             deep\n"
    breaks = {
        "use crate::Top;": "high/top.rs",
        "use crate::{deep, high::{self, Top as Other}};": "high/top.rs",
        "fn f() { crate::high::deep::deep() }": "high/deep.rs",
        "use crate::deep;\nfn f() { deep::deep() }": "high/deep.rs",
        "fn f() -> super::super::Top { loop {} }": "high/top.rs",
        '#[serde(default = "crate::deep::deep")]\nstruct S;': "high/deep.rs",
        "use super::{two::*, one};": "low/two.rs",
        "use super::*;": "cannot follow",
        "use crate::nowhere;": "cannot follow",
    }
    for added, said in [("", None), *breaks.items()]:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, CRATES["engine"], name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content + (added if name == "low/one.rs" else ""), encoding="utf-8")
            wrong = check(Path(folder), text)
        if bool(wrong) != bool(said) or not all("low/one.rs:" in line for line in wrong) or (said and said not in str(wrong)):
            sys.exit(f"after {added!r} this is said: {wrong}")


def main():
    if "--test" in sys.argv:
        return test()
    if "--imports" in sys.argv:
        for folder in CRATES.values():
            for user, line, used in imports(load(HOME / folder / "lib.rs")):
                print(f"{user.path.relative_to(HOME)}:{line} {used and used.path.relative_to(HOME)}")
        return 0
    page = (HOME / "ARCHITECTURE.md").read_text(encoding="utf-8")
    wrong = check(HOME, re.search(r"## The order of modules\n.*?```\n(.*?)```", page, re.DOTALL)[1])
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
