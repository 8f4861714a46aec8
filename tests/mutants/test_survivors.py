"""Every rule is held by a test: small lies are told in each file of rules, and somebody has to notice each.

make torture ARGS=tests/mutants
TORTURE_SEED=spring TORTURE_SAMPLE=30 make torture ARGS="tests/mutants -k closing"
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from app.regulation.clauses import all_clauses
from tests.mutants import trials
from tests.mutants.forking import Nursery
from tests.mutants.mutations import PROJECT_DIR, Mutant, drawn, mutants, rules_files
from tools.reference.clauses import LATER

pytestmark = pytest.mark.torture

SEED = os.environ.get("TORTURE_SEED", "depter")
SAMPLE = int(os.environ.get("TORTURE_SAMPLE", "10"))
ATTEMPTS = 12
PATHS = rules_files()
IN_FORCE = [clause.number for clause in all_clauses() if clause.number not in LATER]


@pytest.fixture(scope="session")
def _nurseries(servers: Any, worker: str) -> Iterator[list[Nursery]]:
    servers.database(f"depter_{worker}")  # makes the template that the children copy
    made = trials.nurseries(servers.folder, worker)
    yield made
    for nursery in made:
        nursery.close()


@pytest.fixture(scope="session")
def touched(_nurseries: list[Nursery]) -> trials.Touched:
    return trials.watched(_nurseries)


@pytest.fixture(scope="session")
def nursery(_nurseries: list[Nursery]) -> Nursery:
    return _nurseries[0]


def test_without_a_mutation_every_judge_passes(touched):
    assert touched.failing == []


def real(path: Any) -> list[Mutant]:
    """The mutations of a file that somebody could notice."""
    known = trials.equivalents()
    return [one for one in mutants(path) if (one.path, one.key) not in known]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(PROJECT_DIR / "app").as_posix())
def test_every_drawn_mutation_of_a_rule_is_noticed(path, nursery, touched):
    chosen = drawn(real(path), SEED, SAMPLE)
    verdicts = [trials.tried(nursery, touched, one, touched.judges(one)) for one in chosen]
    survived = [verdict.told() for verdict in verdicts if not verdict.by]
    assert not survived, f"{len(survived)} of {len(chosen)} survived:\n  " + "\n  ".join(survived)


@pytest.mark.parametrize("clause", IN_FORCE)
def test_a_scenario_of_the_clause_notices_a_mutation_of_its_rule(clause, nursery, touched):
    scenarios = touched.scenarios(clause)
    assert scenarios, f"no scenario of {clause} drives a command or a page"
    passed = {line: [] for name in scenarios for line in touched.tests[name]["call"]}
    for name in scenarios:
        for line in touched.tests[name]["call"]:
            passed[line].append(name)
    chosen = [one for one in candidates(clause) if f"{one.path}:{one.statement}" in passed]
    assert chosen, f"the scenarios of {clause} pass no rule"
    for one in chosen[:ATTEMPTS]:
        names = passed[f"{one.path}:{one.statement}"]
        if trials.tried(nursery, touched, one, names, when="(call)").by:
            return
    pytest.fail(
        f"the scenarios of {clause} notice none of: " + "\n  ".join(one.name for one in chosen[:ATTEMPTS])
    )


def candidates(clause: str) -> list[Mutant]:
    """Mutations of all rules, drawn by the seed; first those in functions that name the clause."""
    found: list[tuple[bool, int, Mutant]] = []
    for path in PATHS:
        source = path.read_text(encoding="utf-8").splitlines()
        every = drawn(real(path), f"{SEED}:{clause}", 10_000)
        named = {one.where for one in every if clause in source[one.line - 1]}
        found += [(one.where not in named, place, one) for place, one in enumerate(every)]
    return [one for _far, _place, one in sorted(found, key=lambda item: item[:2])]


def test_a_reviewed_mutation_is_one_that_there_is():
    there = {(one.path, one.key) for path in PATHS for one in mutants(path)}
    gone = [entry for entry in trials.equivalents() if entry not in there]
    assert not gone, f"take them out of equivalent.toml: {gone}"
    assert all(reason.strip() for reason in trials.equivalents().values())
