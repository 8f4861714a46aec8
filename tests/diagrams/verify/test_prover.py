"""The verifier is proved: on mutants of the shipped diagrams it agrees with a slow explorer that drives the engine.

make torture ARGS=tests/diagrams/verify
TORTURE_SEED=spring TORTURE_MUTANTS=100 make torture ARGS=tests/diagrams/verify
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice

import pytest

from app.kernel.settings import PROJECT_DIR
from tests.diagrams.verify.agreement import Comparison, compare
from tests.support.diagram_mutants import OPERATORS, SEVERAL_CHANGES, DiagramMutant, MutantGenerator
from tests.support.random_walks import walk_problems

SEED = os.environ.get("TORTURE_SEED", "depter")
MUTANTS = int(os.environ.get("TORTURE_MUTANTS", "44"))
"""So many mutants an operator in which lint finds no error."""
UNCLEAN = 12
"""So many more an operator that lint refuses for what they mean."""
WALKS = 5
"""Walks on each safe mutant."""
SAMPLE = 60
LEAST_AN_OPERATOR, LEAST_IN_ALL, LEAST_OF_A_KIND = 30, 1000, 200
KINDS = [*OPERATORS, SEVERAL_CHANGES]
REPORT = PROJECT_DIR / "build" / "prover.txt"


def sample_of(place: int) -> list[DiagramMutant]:
    """The mutants of one operator in the sample: together there are SAMPLE, two or three of each operator."""
    number = SAMPLE // len(KINDS) + (place < SAMPLE % len(KINDS))
    return list(islice(MutantGenerator("sample").mutants(KINDS[place]), number))


@pytest.mark.parametrize("place", range(len(KINDS)), ids=KINDS)
def test_the_verifier_agrees_on_a_sample(place: int) -> None:
    found = [compare(mutant) for mutant in sample_of(place)]
    assert len(found) >= 2 and all(one.slow.kind != "unknown" for one in found)
    assert [trouble for one in found for trouble in one.troubles] == []


@pytest.mark.torture
def test_the_verifier_agrees_on_a_thousand_mutants() -> None:
    generator, troubles = MutantGenerator(SEED), list[str]()
    counts, total = {kind: Counter[str]() for kind in KINDS}, Counter[str]()
    for kind in KINDS:
        began = time.process_time()
        for mutant in generator.mutants(kind):
            count = counts[kind]
            if count["clean"] >= MUTANTS:
                break
            if not mutant.is_clean and count["unclean"] >= UNCLEAN:
                continue
            found = compare(mutant)
            count[found.slow.kind] += 1
            if found.slow.kind == "unknown":
                continue
            count["clean" if mutant.is_clean else "unclean"] += 1
            count["not explored to the end"] += not found.verified.explored
            problems = [*found.troubles, *_walk_problems(found)]
            count["disagreements"] += bool(problems)
            troubles += problems
        counts[kind]["seconds"] = round(time.process_time() - began)
        total = sum(counts.values(), Counter[str]())
        _write_report(counts, total, troubles)
    assert troubles == []
    assert all(count["clean"] >= LEAST_AN_OPERATOR for count in counts.values())
    assert total["clean"] >= LEAST_IN_ALL
    assert min(total["safe"], total["unsafe"]) >= LEAST_OF_A_KIND


def _write_report(counts: Mapping[str, Counter[str]], total: Counter[str], troubles: Sequence[str]) -> None:
    """Write what is known so far: whoever stops the run has that."""
    lines = [f"{kind:20} {_line(count)}" for kind, count in {**counts, "all": total}.items() if count]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join([f"seed {SEED}", *lines, *troubles]) + "\n")
    print(lines[-2])


def _walk_problems(found: Comparison) -> list[str]:
    if found.slow.kind != "safe":
        return []
    mutant = found.mutant
    return [
        f"{mutant.name}: {problem}" for problem in walk_problems(mutant.model, mutant.forms, range(WALKS))
    ]


def _line(count: Counter[str]) -> str:
    names = (
        "clean",
        "unclean",
        "safe",
        "unsafe",
        "unknown",
        "not explored to the end",
        "disagreements",
        "seconds",
    )
    return ", ".join(f"{name} {count[name]}" for name in names)
