"""Runs the hostile releases and questions on the command line: python3 tests/hostile/check.py NINZU OUT [NAME...]

Every run must end within a few seconds of processor time and a gigabyte, in an answer or in an error that is short and on which
nothing acts. What is refused must be refused, and what has an answer answered.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

SECONDS, MEMORY, MESSAGE = 5.0, 1 << 30, 20_000
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def run(args: list[str]) -> tuple[int, str, str, float, int]:
    """Exit code, output, errors, seconds of processor time, most memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        env = dict(os.environ, LC_ALL="C.UTF-8", NO_COLOR="1")
        process = subprocess.Popen(args, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=env)
        # Also what waits without computing must end.
        try:
            _, status, usage = wait(process)
        finally:
            if process.poll() is None:
                process.kill()
        out.seek(0)
        err.seek(0)
        text = [stream.read().decode("utf-8", "replace") for stream in (out, err)]
        return os.waitstatus_to_exitcode(status), *text, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def wait(process: subprocess.Popen):
    import signal

    def late(*_):
        process.kill()

    signal.signal(signal.SIGALRM, late)
    signal.alarm(120)
    ended = os.wait4(process.pid, 0)
    signal.alarm(0)
    process.returncode = os.waitstatus_to_exitcode(ended[1])
    return ended


def commands(ninzu: str, out: Path, case: dict, step: dict) -> list[list[str]]:
    release, do = str(out / case["release"]), step["do"]
    if do in ("open", "describe", "verify"):
        more = ["--verify"] if do == "verify" else []
        return [[ninzu, "describe", release, "--unaudited", "--format", form, *more] for form in ("json", "table")]
    query = "@" + str(out / step["query_file"]) if "query_file" in step else step["query"]
    options = [f"--{name.replace('_', '-')}={value}" for name, value in step.get("options", {}).items()]
    forms = {"query": ("json", "table", "csv", "markdown"), "facets": ("json", "table", "csv"), "explain": ("json", "table")}[do]
    large = "query_file" in step
    return [[ninzu, do, release, query, "--unaudited", "--format", form, *options] for form in forms[: 1 if large else None]]


def faults(case: dict, code: int, out: str, err: str, seconds: float, memory: int) -> list[str]:
    found = []
    if code not in (0, 1, 2) or "panicked" in err:
        found.append(f"crashed: exit code {code}: {err[:300]}")
    if seconds > SECONDS:
        found.append(f"{seconds:.1f} s of processor time")
    if memory > MEMORY:
        found.append(f"{memory >> 20} MiB of memory")
    if len(err) > MESSAGE:
        found.append(f"{len(err)} characters of error")
    for text, name in ((out, "output"), (err, "errors")):
        if acts := ACTS.search(text):
            found.append(f"{name} have {acts[0]!r}: {text[max(0, acts.start() - 40) : acts.start() + 20]!r}")
    is_error = code == 2 or (code == 1 and not out)
    if case["expect"] == "answer" and is_error:
        found.append(f"refused: {err[:300]}")
    return found


def main() -> None:
    ninzu, out, wanted = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    failed, runs, slowest, largest = 0, 0, (0.0, ""), (0, "")
    for case in json.loads((out / "manifest.json").read_text())["cases"]:
        if wanted and case["name"] not in wanted:
            continue
        refused, found = False, []
        for step in case["steps"]:
            for args in commands(ninzu, out, case, step):
                code, text, err, seconds, memory = run(args)
                runs += 1
                slowest, largest = max(slowest, (seconds, case["name"])), max(largest, (memory, case["name"]))
                refused |= code == 2 or (code == 1 and not text)
                found += [f"{' '.join(args[1:])[:100]}: {fault}" for fault in faults(case, code, text, err, seconds, memory)]
        if case["expect"] == "refused" and not refused:
            found.append("not refused")
        if found:
            failed += 1
            print(f"FAILED {case['name']} ({case['why']})")
            print("".join(f"  {fault}\n" for fault in found[:4]), end="")
    most = f"slowest {slowest[0]:.1f} s ({slowest[1]}), most memory {largest[0] >> 20} MiB ({largest[1]})"
    print(f"{runs} runs, {failed} cases failed; {most}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
