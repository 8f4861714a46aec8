"""The verdict "sound" holds on the engine: no random walk through a shipped diagram meets a refusal or stands still."""

from __future__ import annotations

import pytest

from app.bpmn.errors import CaseStalled
from app.bpmn.parse import parse_diagram
from app.diagrams.versions import ShippedDiagram
from tests.diagrams.verify.test_shipped import SHIPPED
from tests.support.diagram_mutants import DiagramMutant, MutantGenerator
from tests.support.random_walks import walk_problems
from tests.support.slow_explorer import SlowExplorer

WALKS = 14
"""Walks on each diagram of a default run, 210 in all; `make torture` takes 200 on each."""


@pytest.mark.parametrize("walks", [WALKS, pytest.param(200, marks=pytest.mark.torture)])
@pytest.mark.parametrize("diagram", SHIPPED.values(), ids=SHIPPED)
def test_no_walk_through_a_shipped_diagram_is_refused(diagram: ShippedDiagram, walks: int) -> None:
    model = parse_diagram(diagram.xml.encode())
    assert walk_problems(model, diagram.forms, range(walks)) == []


@pytest.mark.parametrize("diagram", SHIPPED.values(), ids=SHIPPED)
def test_the_slow_explorer_finds_a_shipped_diagram_safe(diagram: ShippedDiagram) -> None:
    """With and without merging of states that differ in nothing that can still be read."""
    model = parse_diagram(diagram.xml.encode())
    for merge in (True, False):
        verdict = SlowExplorer(model, diagram.forms, merge=merge).verdict()
        assert (verdict.kind, verdict.reason) == ("safe", "")


def test_walks_meet_what_is_wrong_in_an_unsafe_mutant() -> None:
    assert any(
        CaseStalled.__name__ in problem
        for mutant in _mutants("merge_in_parallel", 2)
        for problem in walk_problems(mutant.model, mutant.forms, range(10))
    )


def _mutants(operator: str, number: int) -> list[DiagramMutant]:
    mutants = MutantGenerator("walks").mutants(operator)
    return [next(mutants) for _ in range(number)]
