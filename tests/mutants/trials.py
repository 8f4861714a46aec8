"""Which tests pass a statement of a rule, and whether one of them notices a mutation of it.

The judges are the scenarios beside the regulation, every test marked with a clause, and the tests of the rules. What
they pass is watched once for a state of the sources and kept in `build/`, a file of judges each: a scenario that is
written to catch a survivor costs its own file anew, no other.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from app.kernel.servers.parent_watch import hold_file_lock
from tests.mutants.forking import Nursery
from tests.mutants.mutations import PROJECT_DIR, Mutant

TESTS = PROJECT_DIR / "tests"
BUILD = PROJECT_DIR / "build" / "mutants"
KEPT = BUILD / "touched"
EQUIVALENT = TESTS / "mutants" / "equivalent.toml"
SOURCES = (".py", ".toml", ".bpmn", ".form", ".html")
NO_JUDGES = {"bench", "browser", "mutants"}
PATIENCE = 60.0
FIRST = 8
"""So many of the cheapest judges are asked before all others have to be read."""
ENOUGH = 40
"""So many judges that pass a line themselves do not need those whose world passed it."""
WATCHING = 3600.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended. `by` names the test that failed; empty for a survivor."""

    mutant: Mutant
    by: str
    tried: int
    seconds: float
    clauses: tuple[str, ...]

    def told(self) -> str:
        """For a report."""
        judged = ", ".join(self.clauses) or "no clause"
        return f"{self.mutant.name}\n      ({self.mutant.kind}; {self.tried} tests of {judged})"


@dataclass(frozen=True)
class Touched:
    """What each judge passed: lines of rules in its setup and in itself, its seconds, clauses, whether it drives.

    `failing` are those that fail without any mutation; they judge nothing.
    """

    tests: dict[str, dict[str, Any]]
    failing: list[str]

    @cached_property
    def by_line(self) -> dict[str, list[str]]:
        """The tests that pass a line, the cheapest first."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.tests, key=self._cost):
            for line in {*self.tests[name]["call"], *self.tests[name]["setup"]}:
                found.setdefault(line, []).append(name)
        return found

    @cached_property
    def by_file(self) -> dict[str, list[str]]:
        """The tests that pass anything of a file: the judges of what is computed at import."""
        found: dict[str, dict[str, None]] = {}
        for line, names in self.by_line.items():
            found.setdefault(line.split(":")[0], {}).update(dict.fromkeys(names))
        return {path: sorted(names, key=self._cost) for path, names in found.items()}

    def _cost(self, name: str) -> tuple[bool, float, str]:
        test = self.tests[name]
        return test["database"], test["seconds"], name

    def judges(self, mutant: Mutant) -> list[str]:
        """Who has to notice: those who assert on the line themselves before those whose world only passes it."""
        if not mutant.statement:
            return self.by_file.get(mutant.path, [])
        line = f"{mutant.path}:{mutant.statement}"
        passing = self.by_line.get(line, [])
        asserting = [name for name in passing if line in self.tests[name]["call"]]
        return asserting if len(asserting) >= ENOUGH else list(dict.fromkeys([*asserting, *passing]))

    def clauses(self, names: list[str]) -> tuple[str, ...]:
        """The clauses that these tests prove."""
        return tuple(sorted({clause for name in names for clause in self.tests[name]["clauses"]}))

    def scenarios(self, clause: str) -> list[str]:
        """The tests beside the regulation that live this clause through by a command or a page."""
        return [
            name
            for name, test in self.tests.items()
            if clause in test["clauses"] and test["drives"] and name.startswith("tests/clauses/")
        ]


def equivalents() -> dict[tuple[str, str], str]:
    """The mutations that change nothing anybody could notice, with the reason why."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return {(one["path"], one["key"]): one["reason"] for one in listed}


def tried(nursery: Nursery, touched: Touched, mutant: Mutant, names: list[str], when: str = "") -> Verdict:
    """Run these tests on the mutation until one fails. With `when` only a failure in that phase counts."""
    began, by = time.monotonic(), ""
    for part in (names[:FIRST], names[FIRST:]):
        if part and not by:
            by = _noticed(nursery, touched, mutant, part, when)
    verdict = Verdict(mutant, by, len(names), time.monotonic() - began, touched.clauses(names))
    _noted(verdict)
    return verdict


def _noticed(nursery: Nursery, touched: Touched, mutant: Mutant, names: list[str], when: str) -> str:
    """Who noticed, or that nothing went on at all; empty when all passed."""
    found = nursery.run(
        {
            "mutation": (mutant.path, mutant.number),
            "tests": names,
            "files": _files(names),
            "options": ["-x"],
            "limit": PATIENCE + 5 * sum(touched.tests[name]["seconds"] + 1 for name in names),
        }
    )
    by = [failure for failure in found["failed"] if when in failure]
    if not when and not by and (found["hung"] or found["broken"]):
        by = ["it hung" if found["hung"] else found["broken"]]
    return by[0] if by else ""


def _files(names: list[str]) -> list[str]:
    return list(dict.fromkeys(name.split("::")[0] for name in names))


def _noted(verdict: Verdict) -> None:
    BUILD.mkdir(parents=True, exist_ok=True)
    line = {"mutation": verdict.mutant.name, "kind": verdict.mutant.kind, "by": verdict.by}
    with (BUILD / "verdicts.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line | {"seconds": round(verdict.seconds, 1)}, ensure_ascii=False) + "\n")


# --- watching ----------------------------------------------------------------------------------------------


def watched(nurseries: list[Nursery]) -> Touched:
    """What the judges pass: read where their file is as it was, the other files watched by all nurseries at once."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with hold_file_lock(BUILD / "lock", wait=WATCHING):
        state = _state()
        kept = {path: KEPT / f"{_fingerprint(state, path)}.json" for path in judge_files()}
        for old in {*KEPT.iterdir()} - {*kept.values()}:
            old.unlink()
        found = {path: json.loads(place.read_text()) for path, place in kept.items() if place.exists()}
        seen, failing = _watch(nurseries, [path for path in kept if path not in found])
        wrong = {name.rpartition(" (")[0] for name in failing}
        for path, tests in seen.items():
            found[path] = {name: test for name, test in tests.items() if name not in wrong}
            if found[path] == tests:
                kept[path].write_text(json.dumps(tests, ensure_ascii=False))
    return Touched({name: test for tests in found.values() for name, test in tests.items()}, failing)


def _watch(nurseries: list[Nursery], paths: list[str]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What the tests of these files pass, file by file, and which of them failed."""
    parts = [part for number in range(len(nurseries)) if (part := paths[number :: len(nurseries)])]
    requests = [{"mutation": None, "files": part, "limit": WATCHING} for part in parts]
    with ThreadPoolExecutor(len(nurseries)) as together:
        answers = list(
            together.map(lambda pair: pair[0].run(pair[1]), zip(nurseries, requests, strict=False))
        )
    stopped = [answer["broken"] or "it hung" for answer in answers if answer["broken"] or answer["hung"]]
    if stopped:
        raise AssertionError(f"the judges cannot even be watched: {stopped}")
    seen: dict[str, dict[str, Any]] = {path: {} for path in paths}
    for name, test in [pair for answer in answers for pair in answer["tests"].items()]:
        if "drives" in test:
            seen[name.split("::")[0]][name] = test
    return seen, [name for answer in answers for name in answer["failed"]]


def judge_files() -> list[str]:
    """The files with judges, large ones spread evenly."""
    files = {*(TESTS / "clauses").rglob("test_*.py"), *TESTS.rglob("test_rules*.py")}
    files |= {path for path in TESTS.rglob("test_*.py") if "mark.clause(" in path.read_text(encoding="utf-8")}
    chosen = [path for path in files if not NO_JUDGES & set(path.parts)]
    return [
        path.relative_to(PROJECT_DIR).as_posix()
        for path in sorted(chosen, key=lambda path: -path.stat().st_size)
    ]


def _state() -> str:
    """A fingerprint of everything the way of every judge depends on."""
    found, judging = hashlib.sha256(), set(judge_files())
    for folder in ("app", "tests", "workflows", "forms"):
        for path in sorted((PROJECT_DIR / folder).rglob("*")):
            name = path.relative_to(PROJECT_DIR).as_posix()
            if path.suffix in SOURCES and name not in judging and not NO_JUDGES & set(path.parts):
                found.update(f"{name}\0".encode() + path.read_bytes())
    return found.hexdigest()


def _fingerprint(state: str, judging: str) -> str:
    """Of the state, a file of judges, and the files of tests from which it borrows."""
    text = (PROJECT_DIR / judging).read_text(encoding="utf-8")
    borrowed = re.findall(r"^from (tests\.\S+\.test_\w+) import", text, re.MULTILINE)
    near = [
        PROJECT_DIR.joinpath(*name.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        for name in borrowed
    ]
    return hashlib.sha256("\0".join([state, judging, text, *near]).encode()).hexdigest()[:16]


def workers() -> int:
    """How many children run at once."""
    return os.cpu_count() or 1


def numbered(worker: str, place: int) -> str:
    """The name of a child's database: beyond those of the run's own workers."""
    return f"gw{16 + int(worker.removeprefix('gw')) * workers() + place}"


def nurseries(folder: Path, worker: str) -> list[Nursery]:
    """As many as may run at once while nobody else runs any."""
    return [Nursery(folder, numbered(worker, place)) for place in range(workers())]
