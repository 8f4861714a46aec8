"""The token game by itself: the rules of BPMN, told on the test diagram."""

from __future__ import annotations

from typing import Any

import pytest

from app.bpmn import engine, token_game
from app.bpmn.errors import TaskNotOpen
from app.bpmn.model import ServiceTask
from app.bpmn.parse import parse_diagram
from tests.bpmn.drive import START, differs, model_of
from tests.support.drawing import drawing

MODEL = model_of("everything")


def outcome(service: ServiceTask, inputs: dict[str, Any]) -> str:
    return {"archive": "kept"}.get(service.id, "applied")


def played(*moves: str | tuple[str, dict[str, str]]) -> token_game.Marking:
    """A marking after these moves: a timer's id, a task's id, or a task with its answers."""
    marking = token_game.marking_after_start(MODEL, START, outcome)
    for move in moves:
        element, answers = (move, {}) if isinstance(move, str) else move
        if element in MODEL.timers:
            marking = token_game.marking_after_timer(MODEL, marking, element, outcome)
        else:
            marking = token_game.marking_after_task(MODEL, marking, element, answers, outcome)
    return marking


def test_a_fork_opens_every_branch() -> None:
    marking = played("prepare")
    assert marking.open_task_ids == ("check", "head")
    assert marking.running_timer_ids == ("head_late", "head_reminder", "waited")


def test_a_join_keeps_tokens_until_each_flow_has_one() -> None:
    marking = played("prepare", ("head", {"decision": "approve"}), "waited")
    assert marking.open_task_ids == ("check",)
    assert set(marking.arrived) == {"f11", "f15"}
    marking = token_game.marking_after_task(MODEL, marking, "check", {"result": "ok"}, outcome)
    assert (marking.open_task_ids, marking.arrived) == (("dean",), ())


def test_completing_a_task_takes_its_timers_along() -> None:
    assert played("prepare", "head").running_timer_ids == ("waited",)


def test_a_timer_that_does_not_interrupt_fires_once() -> None:
    marking = played("prepare", "head_reminder")
    assert "head" in marking.open_task_ids
    with pytest.raises(TaskNotOpen):
        token_game.marking_after_timer(MODEL, marking, "head_reminder", outcome)


def test_markings_with_the_same_tokens_and_facts_are_equal() -> None:
    assert played("prepare", "waited") == played("prepare", "waited")


def test_moves_are_what_may_happen() -> None:
    assert [move.element for move in played("prepare").moves] == [
        "check",
        "head",
        "head_late",
        "head_reminder",
        "waited",
    ]


def test_the_game_ends_when_no_token_is_left() -> None:
    marking = played(
        "prepare",
        ("head", {"decision": "approve"}),
        "waited",
        ("check", {"result": "ok"}),
        ("dean", {"decision": "approve"}),
    )
    assert (marking.done, marking.end, marking.moves) == (True, "applied", ())


def test_a_task_that_opens_deletes_variables_before_the_other_tokens_go_on() -> None:
    """The gateway is passed twice in one step: what the first token opens takes away what the second would read."""
    model = parse_diagram(
        drawing(
            "begin > check\ncheck > fork\nfork > look\nfork > again\nlook > again\n"
            "again > check: look.outcome == 'wait'\nagain > over",
            tasks={"check": {}},
            services={"look": ("journal.look_before_closing", "signing=start.change_set")},
            parallel=["fork"],
            exclusive=["again"],
            defaults={"again": "over"},
        )
    )
    spec, call = engine.compile_case_spec(model), lambda service, inputs: "wait"
    started = engine.start_process(spec, START, call)
    step = engine.complete_task(spec, started.state, started.open_tasks[0].key, {}, call)
    first = token_game.marking_after_start(model, START, call)
    game = token_game.marking_after_task(model, first, "check", {}, call)
    assert [task.element for task in step.open_tasks] == ["check"]
    assert differs(model, step, game) == ""
