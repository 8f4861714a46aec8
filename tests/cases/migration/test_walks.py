"""Random walks: a migrated case goes on exactly as its twin that was not migrated, to the same end."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest

from app.bpmn import engine
from app.bpmn.engine import CaseSpec, StepResult
from app.bpmn.parse import parse_diagram
from tests.bpmn.drive import FILES, START, Chance
from tests.cases.migration.histories import Running

WALKS, STEPS = 200, 40
ENDING = frozenset({"reject", "reclassify", "withdraw"})
"""Decisions that end a case: not taken before the move, so that every walk is migrated while it runs."""


def compiled(xml: str) -> CaseSpec:
    return engine.compile_case_spec(parse_diagram(xml.encode()))


@pytest.fixture(scope="module")
def versions() -> tuple[CaseSpec, CaseSpec]:
    """The late correction as it ships, and with another title: other bytes, other digest, the same drawing."""
    xml = FILES["late_correction"].read_text(encoding="utf-8")
    return compiled(xml), compiled(xml.replace("Technical correction after the deadline", "A correction"))


def takes_a_step(case: Running, chance: Chance, turn: int, *, ends: bool = True) -> Any:
    """Let chance choose a task or a timer; return what was chosen, for the twin. Without `ends` the case goes on."""
    moves = [("task", task.element) for task in case.step.open_tasks]
    moves += [("timer", timer.element) for timer in case.step.open_timers]
    kind, element = chance.random.choice(moves)
    if kind == "timer":
        case.fires(element)
        return kind, element, {}
    answers = chance.answers(element, turn)
    while not ends and answers.get("decision") in ENDING:
        answers = chance.answers(element, turn)
    del answers["comment"], answers["change_set"]
    case.completes(element, subject_id=f"set {turn}", **answers)
    return kind, element, answers


def follows(spec: CaseSpec, step: StepResult, move: Any, turn: int, outcomes: list[str]) -> StepResult:
    """Take the same step on the migrated case; operations end as the twin's did."""
    kind, element, answers = move
    left = iter(outcomes)
    call = lambda _service, _inputs: next(left)  # noqa: E731
    if kind == "timer":
        key = next(timer.key for timer in step.open_timers if timer.element == element)
        return engine.trigger_timer(spec, step.state, key, call)
    key = next(task.key for task in step.open_tasks if task.element == element)
    return engine.complete_task(spec, step.state, key, {**answers, "change_set": f"set {turn}"}, call)


def seen(step: StepResult) -> Any:
    """What people and operations can tell two cases apart by."""
    return (
        sorted(task.element for task in step.open_tasks),
        sorted(timer.element for timer in step.open_timers),
        step.variables,
        step.done,
        step.end,
    )


def walk(versions: tuple[CaseSpec, CaseSpec], seed: int) -> int:
    """Migrate in the middle of a walk; return how many steps the two then took together."""
    before, after = versions
    chance = Chance(before.model, seed)
    case = Running(before, chance.caller(), START)
    for turn in range(chance.random.randrange(12)):
        kept = copy(case), list(case.rows), dict(case.rounds_of_open)
        takes_a_step(case, chance, turn, ends=False)
        if case.step.done:
            # The correction was applied: the walk is migrated one step before.
            case, case.rows, case.rounds_of_open = kept
            break
    moved = case.moves_to(after)
    assert seen(moved) == seen(case.step), seed
    together = 0
    for turn in range(100, 100 + STEPS):
        if case.step.done:
            break
        move = takes_a_step(case, chance, turn)
        outcomes = [called.outcome for called in case.step.services_called]
        moved = follows(after, moved, move, turn, outcomes)
        assert seen(moved) == seen(case.step), (seed, turn, move)
        together += 1
    return together


@pytest.mark.parametrize("part", range(4))
def test_two_hundred_walks_go_on_as_their_twins(versions, part):
    steps = [walk(versions, seed) for seed in range(part, WALKS, 4)]
    assert sum(steps) > WALKS / 4 and min(steps) >= 1, "the walks have to go on after the move"
