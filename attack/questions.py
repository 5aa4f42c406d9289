#!/usr/bin/env python3
"""Asks the real engine very many questions over the whole language, and looks for answers that prove a small group.

At no centre may an answer say 1 <= lower and upper < k; where base < k, lower >= 1 needs upper >= 2k-1 (`--sense`); and what
logically equal forms of one question say together may not do so either. Questions are drawn at random, then changed towards those
whose answers are narrow and near k. Nothing is known here but what a release names: the engine's own text is what is attacked.

Exit code 0: no answer proves anything; 1: some do; 2: an error.
"""

import argparse
import collections
import csv
import dataclasses
import json
import random
import subprocess
import sys
import time

from folder import ROOT, UNKNOWN, Refused, Release

MOST_WITNESSES = 12
# A statement in SQL holds so many questions.
AT_ONCE = 200
POOL = 400


@dataclasses.dataclass(frozen=True)
class Question:
    """A condition: an atom, or a sign with the conditions below it."""

    sign: str  # atom, not, and, or, at least
    parts: tuple  # of an atom: its text
    least: int = 0

    @property
    def text(self):
        if self.sign == "atom":
            return self.parts[0]
        inner = [part.text for part in self.parts]
        if self.sign == "not":
            return f"not ({inner[0]})"
        if self.sign == "at least":
            return f"at least {self.least} of ({', '.join(inner)})"
        return f" {self.sign} ".join(f"({text})" for text in inner)

    def nodes(self):
        yield self
        if self.sign != "atom":
            for part in self.parts:
                yield from part.nodes()

    def replaced(self, old, new):
        """The question with one node, wherever it stands, put in another's place."""
        if self is old:
            return new
        if self.sign == "atom":
            return self
        return dataclasses.replace(self, parts=tuple(part.replaced(old, new) for part in self.parts))


def atom(text):
    return Question("atom", (text,))


def negated(question):
    return Question("not", (question,))


def both(*parts):
    return Question("and", parts)


def either(*parts):
    return Question("or", parts)


def at_least(least, *parts):
    return Question("at least", parts, least)


def quoted(name):
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Generator:
    """Random questions about what a release names, and changes of questions."""

    def __init__(self, release, draw):
        self.release, self.draw = release, draw
        self.coded = [d for d in release.dimensions.values() if d.kind == "codes" and d.names]
        ordered = {d["name"] for d in release.manifest["dimensions"] if d.get("ordered")}
        self.ordered = {d.name for d in release.partitions if d.name in ordered}
        self.partitions = [d for d in release.partitions if len(d.names) > 1]
        # Codes that a published row counts are asked for more often: the others are in most answers' corners.
        counted = collections.Counter(code for (_, codes), cells in release.listed.items() for code in codes for _ in cells)
        self.counted = {d.name: [name for name in d.names if counted[d.name, name]] or d.names for d in self.coded}

    def value(self):
        """A condition on a partition."""
        draw = self.draw
        dimension = draw.choice(self.partitions)
        names = [name for name in dimension.names if name != UNKNOWN]
        kind = draw.random()
        if dimension.name in self.ordered and kind < 0.5 and names:
            first, last = sorted(draw.choices(range(len(names)), k=2))
            ends = [quoted(names[first]), quoted(names[last])]
            ends[draw.randrange(2)] *= draw.random() < 0.7 or ends[0] == ends[1]
            return atom(f"{dimension.name} in {'..'.join(ends)}") if any(ends) else atom("everyone")
        if kind < 0.75:
            return atom(f"{dimension.name} {draw.choice(('=', '=', '!='))} {quoted(draw.choice(dimension.names))}")
        chosen = draw.sample(dimension.names, draw.randint(1, len(dimension.names)))
        return atom(f"{dimension.name} {draw.choice(('in', 'not in'))} ({', '.join(map(quoted, chosen))})")

    def code(self):
        """A condition on codes."""
        draw = self.draw
        dimension = draw.choice(self.coded)
        names = self.counted[dimension.name] if draw.random() < 0.85 else dimension.names
        if draw.random() < 0.1:
            return atom(f"has {dimension.name}")
        if draw.random() < 0.12:
            chosen = draw.sample(names, min(len(names), draw.randint(2, 4)))
            return atom(f"{dimension.name} in ({', '.join(map(quoted, chosen))})")
        return self.named(dimension, draw.choice(names))

    def named(self, dimension, name):
        return atom(f"has {dimension.name}" if name == ROOT else f"{dimension.name} = {quoted(name)}")

    def pair(self):
        """Two codes that a table counts together, or two where one lies under the other."""
        draw = self.draw
        if self.release.pairs and draw.random() < 0.6:
            return [self.named(self.release.dimensions[d], name) for d, name in draw.choice(self.release.pairs)]
        dimension = draw.choice(self.coded)
        name = draw.choice(self.counted[dimension.name])
        return [self.named(dimension, name), self.named(dimension, draw.choice(sorted(dimension.within[name])))]

    def atoms(self):
        draw = self.draw
        found = self.pair() if self.coded and draw.random() < 0.5 else []
        found += [self.code() for _ in range(draw.choice((0, 1, 1, 2))) if self.coded]
        found += [self.value() for _ in range(draw.choice((0, 1, 1, 2))) if self.partitions]
        draw.shuffle(found)
        return found or [atom("everyone")]

    def tree(self, parts):
        draw = self.draw
        if len(parts) == 1:
            return negated(parts[0]) if draw.random() < 0.3 else parts[0]
        kind = draw.random()
        if kind < 0.2:
            return at_least(draw.randint(1, len(parts)), *parts)
        if kind < 0.5:
            return both(*(negated(part) if draw.random() < 0.35 else part for part in parts))
        cut = draw.randrange(1, len(parts))
        made = draw.choice((both, both, either))(self.tree(parts[:cut]), self.tree(parts[cut:]))
        return negated(made) if draw.random() < 0.15 else made

    def question(self):
        return self.tree(self.atoms())

    def changed(self, question):
        """A question a step away: narrower, wider, or with one part put in another's place."""
        draw = self.draw
        part = draw.choice(list(question.nodes()))
        new = draw.choice((self.value, self.code))() if self.partitions and self.coded else self.question()
        kind = draw.randrange(7)
        if kind == 0:
            return both(question, new)
        if kind == 1:
            return both(question, negated(new))
        if kind == 2:
            return question.replaced(part, new)
        if kind == 3:
            return question.replaced(part, negated(part))
        if kind == 4:
            return question.replaced(part, draw.choice((both, either))(part, new))
        if kind == 5 and part.sign not in ("atom", "not") and len(part.parts) > 1:
            fewer = list(part.parts)
            fewer.pop(draw.randrange(len(fewer)))
            return question.replaced(part, dataclasses.replace(part, parts=tuple(fewer), least=min(part.least, len(fewer))))
        other = self.draw.choice(self.pair())
        return both(question, other) if draw.random() < 0.5 else both(question, negated(other))

    def forms(self, question):
        """Logically equal forms of a question, and questions that add up to it: (forms, lists of disjoint parts)."""
        draw, other = self.draw, self.value() if self.partitions else self.code()
        code = self.code() if self.coded else other
        forms = [
            both(question, either(code, question)),
            at_least(2, question, other, question),
            negated(either(negated(question), negated(question))),
            either(both(question, other), both(question, negated(other))),
            both(either(question, code), either(question, negated(code))),
            either(question, both(question, code)),
            negated(at_least(1, negated(question), both(negated(question), code))),
        ]
        if question.sign == "and":
            parts = list(question.parts)
            draw.shuffle(parts)
            forms += [negated(either(*map(negated, parts))), at_least(len(parts), *parts), both(*parts, either(parts[0], code))]
        elif question.sign == "or":
            forms += [negated(both(*map(negated, question.parts))), at_least(1, *question.parts)]
        parts = []
        if self.partitions:
            dimension = draw.choice(self.partitions)
            parts.append([both(question, atom(f"{dimension.name} = {quoted(name)}")) for name in dimension.names])
            if dimension.name in self.ordered and len(dimension.names) > 2:
                names = [name for name in dimension.names if name != UNKNOWN]
                cut = draw.randrange(1, len(names)) if len(names) > 1 else 0
                if cut:
                    ranges = [f"..{quoted(names[cut - 1])}", f"{quoted(names[cut])}.."]
                    halves = [both(question, atom(f"{dimension.name} in {part}")) for part in ranges]
                    rest = [both(question, atom(f"{dimension.name} = {UNKNOWN}"))] if UNKNOWN in dimension.names else []
                    parts.append(halves + rest)
        parts.append([both(question, code), both(question, negated(code))])
        return forms, parts


class Engine:
    """The binary, many questions to a process."""

    def __init__(self, binary, folder, unaudited=False):
        self.line = [binary, "--quiet", "sql", *(["--unaudited"] if unaudited else []), "--timeout", "600", "--format", "csv"]
        self.folder = str(folder)
        self.asked, self.processes, self.seconds = 0, 0, 0.0
        self.refused = collections.Counter()

    def ask(self, questions):
        """For each question centre -> (lower, upper), an upper end of None for none; or None for one that is refused."""
        found = []
        for start in range(0, len(questions), AT_ONCE):
            found += self._chunk([question.text for question in questions[start : start + AT_ONCE]])
        return found

    def _chunk(self, texts):
        begin = time.monotonic()
        parts = []
        for i, text in enumerate(texts):
            escaped = text.replace("'", "''")
            parts.append(f"select {i} as question, centre, lower, upper from cohort('{escaped}')")
        done = subprocess.run(
            [*self.line, self.folder, "-"],
            input="\nunion all ".join(parts),
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        self.processes += 1
        self.seconds += time.monotonic() - begin
        if done.returncode not in (0, 1):
            # One question that is refused takes all of its statement with it: look for it by halves.
            if len(texts) == 1:
                self.refused[done.stderr.strip().splitlines()[0][:160] if done.stderr.strip() else "no words"] += 1
                return [None]
            middle = len(texts) // 2
            return self._chunk(texts[:middle]) + self._chunk(texts[middle:])
        self.asked += len(texts)
        answers = [{} for _ in texts]
        for row in csv.DictReader(done.stdout.splitlines()):
            if row["lower"] != "":
                answers[int(row["question"])][row["centre"]] = (int(row["lower"]), int(row["upper"]) if row["upper"] else None)
        return answers


def is_proof(interval, k, full):
    """Whether an interval proves a group that is not empty and small."""
    lower, upper = interval
    return lower >= 1 and upper is not None and upper < (max(k, full))


def distance(answer, k):
    """How far an answer is from proving something: narrow intervals with a lower end above 0 near k are near."""
    near = [(max(0, upper - k) + (upper - lower)) / k for lower, upper in answer.values() if lower >= 1 and upper is not None]
    empty = [5 + upper / k for lower, upper in answer.values() if lower == 0 and upper]
    return min(near or empty or [float("inf")])


class Search:
    """Questions asked, and what they prove."""

    def __init__(self, generator, engine, k, full):
        self.generator, self.engine, self.k, self.full = generator, engine, k, full
        self.pool, self.seen = [], set()
        self.found, self.witnesses = collections.Counter(), []
        self.narrowest = {}

    def _prove(self, rule, centre, interval, texts):
        self.found[rule] += 1
        if sum(w["rule"] == rule for w in self.witnesses) < MOST_WITNESSES:
            self.witnesses.append({"rule": rule, "centre": centre, "interval": list(interval), "questions": texts})

    def look(self, questions):
        """Asks questions once; keeps the nearest for the next round."""
        new = [question for question in dict.fromkeys(questions) if question.text not in self.seen and len(question.text) < 4000]
        self.seen.update(question.text for question in new)
        for question, answer in zip(new, self.engine.ask(new)):
            if answer is None:
                continue
            for centre, interval in answer.items():
                if is_proof(interval, self.k, self.full):
                    self._prove("answer", centre, interval, [question.text])
            if answer:
                self.pool.append((distance(answer, self.k), len(question.text), question))
        self.pool = sorted(self.pool, key=lambda entry: entry[:2])[:POOL]

    def together(self, question):
        """What logically equal forms, and parts that add up, say about one question in each centre."""
        forms, parts = self.generator.forms(question)
        forms = [question, *forms]
        every = forms + [part for group in parts for part in group]
        answers = self.engine.ask(every)
        if answers[0] is None:
            return
        for centre in answers[0]:
            intervals, texts = [], []
            for form, answer in zip(forms, answers):
                if answer and centre in answer:
                    intervals.append(answer[centre])
                    texts.append(form.text)
            place = len(forms)
            for group in parts:
                some = [answer and answer.get(centre) for answer in answers[place : place + len(group)]]
                place += len(group)
                if all(some):
                    ends = [upper for _, upper in some]
                    intervals.append((sum(lower for lower, _ in some), None if None in ends else sum(ends)))
                    texts.append(" PLUS ".join(part.text for part in group))
            self._intersect(centre, intervals, texts)

    def _intersect(self, centre, intervals, texts):
        lower = max(low for low, _ in intervals)
        ends = [high for _, high in intervals if high is not None]
        upper = min(ends) if ends else None
        names = [texts[i] for i, (low, high) in enumerate(intervals) if low == lower or high == upper]
        if upper is not None and lower > upper:
            self._prove("answers exclude each other", centre, (lower, upper), names)
        elif is_proof((lower, upper), self.k, self.full) and not any(is_proof(one, self.k, self.full) for one in intervals):
            self._prove("equal forms together", centre, (lower, upper), names)
        elif is_proof((lower, upper), self.k, self.full) and not is_proof(intervals[0], self.k, self.full):
            self._prove("an equal form", centre, (lower, upper), names)
        if len(set(intervals[: len(intervals)])) > 1:
            self.found["(forms that differ)"] += 1


def search(release, binary, count, seed, sense=False, unaudited=False):
    """Asks about `count` questions; the search, when it is over."""
    draw = random.Random(seed)
    generator = Generator(release, draw)
    engine = Engine(binary, release.folder, unaudited)
    full = 2 * release.k - 1 if sense and release.base < release.k else release.k
    work = Search(generator, engine, release.k, full)
    work.look([generator.question() for _ in range(min(count // 3, 5000) + 1)])
    while engine.asked + sum(engine.refused.values()) < count:
        before = engine.asked
        nearest = [question for *_, question in work.pool]
        asked = [generator.changed(draw.choice(nearest[: max(20, len(nearest) // 4)])) for _ in range(400)] if nearest else []
        work.look(asked + [generator.question() for _ in range(100)])
        for question in draw.sample(nearest[:100], min(20, len(nearest[:100]))) if nearest else []:
            work.together(question)
        if engine.asked == before:
            break
    return work


def totals(work):
    found = {rule: count for rule, count in work.found.items() if not rule.startswith("(")}
    return {
        "questions": work.engine.asked,
        "processes": work.engine.processes,
        "refused": dict(work.engine.refused.most_common(5)),
        "seconds": round(work.engine.seconds, 1),
        "forms_that_differ": work.found["(forms that differ)"],
        "nearest": [[round(near, 2), question.text] for near, _, question in work.pool[:5]],
        "violations": found,
        "witnesses": work.witnesses,
    }


def say(result):
    """The result, for people."""
    print(f"{result['questions']:,} questions in {result['processes']} processes, {result['seconds']} s")
    for words, count in result["refused"].items():
        print(f"refused {count} times: {words}")
    print(f"questions whose equal forms had different bounds: {result['forms_that_differ']:,}")
    for witness in result["witnesses"]:
        lower, upper = witness["interval"]
        print(f"\n{witness['rule']}: from {lower} to {upper} people at {witness['centre']}")
        for text in witness["questions"]:
            print(f"  {text}")
    for rule, count in result["violations"].items():
        print(f"{rule}: {count:,}")
    print(
        f"{sum(result['violations'].values()):,} answers prove a small group"
        if result["violations"]
        else "no answer proves a small group"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ninzu", metavar="NINZU", help="the binary that answers")
    parser.add_argument("release", metavar="RELEASE", help="a release folder")
    parser.add_argument("--count", type=int, default=10_000, help="about how many questions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--sense", action="store_true", help="where base < k: a lower end above 0 needs an upper end of 2k-1 or more"
    )
    parser.add_argument("--unaudited", action="store_true", help="the release may be one without an audit")
    parser.add_argument("--json", metavar="FILE", help="write the totals to this file")
    options = parser.parse_args()
    try:
        release = Release(options.release)
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 2
    result = totals(search(release, options.ninzu, options.count, options.seed, options.sense, options.unaudited))
    say(result)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(result, file, ensure_ascii=False, indent=1)
    return 1 if result["violations"] else 0


if __name__ == "__main__":
    sys.exit(main())
