"""The engine against the token game, and every way a step can refuse."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import pytest
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway

from app.bpmn import engine
from app.bpmn.engine import StepResult
from app.bpmn.errors import CaseStalled, ExpressionError, InvalidVariable, TaskNotOpen
from app.bpmn.model import Gateway, ProcessModel, SequenceFlow, ServiceTask
from app.bpmn.task_specs import NoPredictionMixin, ParallelGatewaySpec
from tests.bpmn.drive import FILES, START, kept_alive, model_of, reloaded

WALKS = 60
"""Walks of a default run; `make torture` takes 300."""
walks = pytest.mark.parametrize("walks", [WALKS, pytest.param(300, marks=pytest.mark.torture)])


class StockJoin(NoPredictionMixin, ParallelGateway):
    """SpiffWorkflow's own join, put back."""


def applied(service: ServiceTask, inputs: dict[str, Any]) -> str:
    return {"archive": "kept", "remind": "done"}.get(service.id, "applied")


def key_of(step: StepResult, element: str) -> str:
    tokens = [*step.open_tasks, *step.open_timers]
    return next(token.key for token in tokens if token.element == element)


class Played:
    """A case that a test plays by element ids."""

    def __init__(self, name: str, call: Any = applied) -> None:
        self.spec = engine.compile_case_spec(model_of(name))
        self.call = call
        self.step = engine.start_process(self.spec, START, call)

    def does(self, element: str, **answers: Any) -> StepResult:
        self.step = engine.complete_task(
            self.spec, self.step.state, key_of(self.step, element), answers, self.call
        )
        return self.step

    def late(self, timer: str) -> StepResult:
        self.step = engine.trigger_timer(self.spec, self.step.state, key_of(self.step, timer), self.call)
        return self.step

    @property
    def tasks(self) -> list[str]:
        return sorted(task.element for task in self.step.open_tasks)


# --- against the token game ---------------------------------------------------------------------------------


@walks
@pytest.mark.parametrize("name", sorted(FILES))
def test_engine_and_token_game_agree_when_the_state_is_reloaded_at_every_step(name: str, walks: int) -> None:
    model = model_of(name)
    assert [trouble for seed in range(walks) if (trouble := reloaded(model, seed))] == []


@walks
@pytest.mark.parametrize("name", sorted(FILES))
def test_engine_and_token_game_agree_when_nothing_is_ever_stored(name: str, walks: int) -> None:
    model = model_of(name)
    assert [
        trouble for seed in range(walks) if (trouble := kept_alive(model, seed, ParallelGatewaySpec))
    ] == []


def test_the_stock_join_is_caught_by_the_same_walks() -> None:
    model = model_of("everything")
    wrong = [trouble for seed in range(WALKS) if (trouble := kept_alive(model, seed, StockJoin))]
    assert len(wrong) > WALKS // 4


@pytest.mark.parametrize(
    ("join", "expected"), [(ParallelGatewaySpec, ["head"]), (StockJoin, ["head", "prepare"])]
)
def test_a_join_waits_for_every_branch_of_this_round(join: type[Any], expected: list[str]) -> None:
    """Round 1 ends with the check, round 2 begins with it: the stock join goes on while the head is still deciding."""
    spec = engine.compile_case_spec(model_of("everything"), join=join)
    workflow, step = engine.start_process_and_return_tree(spec, START, applied)
    for element, answers in (
        ("prepare", {}),
        ("waited", None),
        ("head", {"decision": "approve"}),
        ("check", {"result": "bad"}),
        ("prepare", {}),
        ("check", {"result": "bad"}),
    ):
        if answers is None:
            step = engine.trigger_timer_in_loaded_tree(workflow, None, key_of(step, element))
        else:
            step = engine.complete_task_in_loaded_tree(workflow, None, key_of(step, element), answers)
    assert sorted(task.element for task in step.open_tasks) == expected


# --- one step -----------------------------------------------------------------------------------------------


def test_a_step_says_what_it_opened_and_closed() -> None:
    case = Played("late_correction")
    assert [task.element for task in case.step.opened] == ["endorse_department_head"]
    assert [(t.element, t.policy) for t in case.step.timers_opened] == [
        ("endorse_department_head_late", "correction.step_sla")
    ]
    first = case.step
    step = case.does("endorse_department_head", decision="approve")
    assert [task.element for task in step.opened] == ["forward_directorate"]
    assert step.closed == first.opened
    assert step.timers_closed == first.timers_opened
    assert [timer.element for timer in step.timers_opened] == ["forward_directorate_late"]
    assert step.variables["endorse_department_head.decision"] == "approve"
    assert not step.done


def test_an_interrupting_timer_takes_the_task_away_and_another_keeps_it() -> None:
    case = Played("everything")
    case.does("prepare")
    case.late("head_reminder")
    assert "head" in case.tasks
    assert [called.element for called in case.step.services_called] == ["remind"]
    step = case.late("head_late")
    assert [task.element for task in step.closed] == ["head"]
    assert case.tasks == ["check", "head_deputy"]


def test_keys_are_never_used_twice() -> None:
    case = Played("late_correction")
    seen: list[str] = [case.step.opened[0].key]
    for _ in range(5):
        case.does("endorse_department_head", decision="return")
        seen += [task.key for task in case.step.opened]
        case.does("rework_teacher", decision="resubmit")
        seen += [task.key for task in case.step.opened]
    assert len(set(seen)) == len(seen)
    with pytest.raises(TaskNotOpen):
        engine.complete_task(case.spec, case.step.state, seen[0], {"decision": "approve"})


def test_looking_at_a_state_says_what_the_step_said() -> None:
    case = Played("everything")
    case.does("prepare")
    seen = engine.read_state_as_step_result(case.spec, case.step.state)
    assert sorted(seen.open_tasks) == sorted(case.step.open_tasks)
    assert sorted(seen.open_timers) == sorted(case.step.open_timers)
    assert seen.variables == case.step.variables


def test_the_end_that_names_an_outcome_wins_over_the_end_of_a_side_path() -> None:
    case = Played("everything")
    case.does("prepare")
    case.late("head_reminder")
    case.does("head", decision="reject")
    case.late("waited")
    step = case.does("check", result="ok")
    assert (step.done, step.end) == (True, "rejected")
    assert engine.read_state_as_step_result(case.spec, step.state).end == "rejected"


# --- variables --------------------------------------------------------------------------------------------------


def test_opening_a_task_again_forgets_its_answer_and_those_of_the_steps_after_it() -> None:
    case = Played("late_correction")
    case.late("endorse_department_head_late")
    case.does("visa_deputy", decision="approve")
    step = case.does("forward_directorate", decision="return")
    assert not [name for name in step.variables if name.startswith(("visa", "forward"))]
    step = case.does("rework_teacher", decision="resubmit", change_set="second")
    assert step.variables["rework_teacher.change_set"] == "second"
    step = case.does("endorse_department_head", decision="return")
    assert [task.element for task in step.opened] == ["rework_teacher"]
    assert "rework_teacher.change_set" not in step.variables


def test_a_deputys_approval_of_an_earlier_round_does_not_count_again() -> None:
    case = Played("late_correction")
    case.late("endorse_department_head_late")
    case.does("visa_deputy", decision="approve")
    case.does("forward_directorate", decision="return")
    case.does("rework_teacher", decision="resubmit", change_set="second")
    step = case.does("endorse_department_head", decision="reject")
    assert (step.done, step.end) == (True, "rejected_by_head")


def test_a_service_gets_the_newest_change_set_there_is() -> None:
    seen: list[dict[str, Any]] = []

    def call(service: ServiceTask, inputs: dict[str, Any]) -> str:
        seen.append(inputs)
        return "cell_changed" if len(seen) == 1 else "applied"

    case = Played("late_correction", call)
    for change_set in (None, "second"):
        if change_set:
            case.does("rework_teacher", decision="resubmit", change_set=change_set)
        for task in (
            "endorse_department_head",
            "forward_directorate",
            "decide_academic_office",
            "release_it",
        ):
            case.does(task, decision="approve")
    assert seen == [{"change_set": "first"}, {"change_set": "second"}]
    assert case.step.end == "applied"


def test_an_answer_that_nobody_reads_is_not_a_fact() -> None:
    case = Played("late_correction")
    step = case.does(
        "endorse_department_head", decision="approve", comment="x" * 10_000, seen={"any": "thing"}
    )
    assert set(step.variables) == {*START, "endorse_department_head.decision"}


def test_start_facts_may_be_named_plainly() -> None:
    spec = engine.compile_case_spec(model_of("two_tasks"))
    assert engine.start_process(spec, {"change_set": "a"}).variables == {"start.change_set": "a"}


@pytest.mark.parametrize(
    "value", [object(), {"a": 1}, (1,), {1}, b"x", [[1]], float("nan"), 1e999, 2**60, "x" * 201]
)
def test_only_plain_values_become_facts(value: Any) -> None:
    case = Played("late_correction")
    with pytest.raises(InvalidVariable):
        case.does("endorse_department_head", decision=value)
    with pytest.raises(InvalidVariable):
        engine.start_process(case.spec, {"change_set": value})


def test_plain_values_survive_the_state() -> None:
    spec = engine.compile_case_spec(model_of("two_tasks"))
    variables = {"a": "ө\u2028\U0001f393", "b": 2**53, "c": 0.1, "d": True, "e": None, "f": ["x", 1, None]}
    step = engine.start_process(spec, variables)
    assert engine.read_state_as_step_result(spec, step.state).variables == {
        f"start.{name}": value for name, value in variables.items()
    }


# --- refusals -----------------------------------------------------------------------------------------------


def test_an_error_of_the_operation_passes_through_unchanged() -> None:
    class Refusal(Exception):
        pass

    refusal = Refusal("the cell is locked")

    def call(service: ServiceTask, inputs: dict[str, Any]) -> str:
        raise refusal

    case = Played("two_tasks", call)
    case.does("request", change_set="a")
    before = case.step.state
    with pytest.raises(Refusal) as raised:
        case.does("visa", decision="approve")
    assert raised.value is refusal
    assert case.step.state == before


def test_an_operation_must_end_in_the_code_of_an_outcome() -> None:
    case = Played("two_tasks", lambda service, inputs: None)
    case.does("request", change_set="a")
    with pytest.raises(TypeError):
        case.does("visa", decision="approve")


@pytest.mark.parametrize("key", ["", "0", "1", "999", "visa", "endorse_department_head_late"])
def test_a_task_that_is_not_open_cannot_be_completed(key: str) -> None:
    case = Played("late_correction")
    with pytest.raises(TaskNotOpen):
        engine.complete_task(case.spec, case.step.state, key, {})
    with pytest.raises(TaskNotOpen):
        engine.trigger_timer(case.spec, case.step.state, key)


def test_a_timer_is_no_task_and_a_task_no_timer() -> None:
    case = Played("late_correction")
    with pytest.raises(TaskNotOpen):
        engine.complete_task(case.spec, case.step.state, case.step.open_timers[0].key, {})
    with pytest.raises(TaskNotOpen):
        engine.trigger_timer(case.spec, case.step.state, case.step.open_tasks[0].key)


def test_a_decision_that_no_branch_knows_stalls_aloud() -> None:
    case = Played("late_correction")
    with pytest.raises(CaseStalled) as stalled:
        case.does("endorse_department_head", decision="perhaps")
    assert stalled.value.params == {"why": "no_branch", "element": "department_head_decided"}


def test_values_that_cannot_be_compared_are_an_error_aloud() -> None:
    case = Played("late_correction")
    with pytest.raises(ExpressionError):
        case.does("endorse_department_head", decision=1)


def changed(model: ProcessModel, **changes: Any) -> ProcessModel:
    return dataclasses.replace(
        model, **{name: {**getattr(model, name), **new} for name, new in changes.items()}
    )


def test_a_join_that_can_never_be_passed_stalls_aloud() -> None:
    """`parse` cannot see this one: a decision sends one token to a join that wants two."""
    model = model_of("two_tasks")
    join = Gateway("visa_join", "parallel", "", {})
    flows = {
        "visa_approved": dataclasses.replace(model.flows["visa_approved"], target="visa_join"),
        "visa_rejected": dataclasses.replace(model.flows["visa_rejected"], target="rejected_way"),
        "j1": SequenceFlow("j1", "visa_join", "apply", None, {}),
        "j2": SequenceFlow("j2", "rejected_way", "visa_join", None, {}),
    }
    way = Gateway("rejected_way", "exclusive", "", {})
    spec = engine.compile_case_spec(
        changed(model, gateways={"visa_join": join, "rejected_way": way}, flows=flows)
    )
    step = engine.start_process(spec, START, applied)
    step = engine.complete_task(spec, step.state, key_of(step, "request"), {}, applied)
    with pytest.raises(CaseStalled) as stalled:
        engine.complete_task(spec, step.state, key_of(step, "visa"), {"decision": "approve"}, applied)
    assert stalled.value.params["why"] == "nothing_open"


def test_a_circle_without_people_stalls_aloud() -> None:
    """`parse` refuses such a diagram; should one get past it, a step ends all the same."""
    model = model_of("two_tasks")
    back = dataclasses.replace(model.flows["f4"], target="visa_decided")
    spec = engine.compile_case_spec(changed(model, flows={"f4": back}))
    step = engine.start_process(spec, START, applied)
    step = engine.complete_task(spec, step.state, key_of(step, "request"), {}, applied)
    with pytest.raises(CaseStalled) as stalled:
        engine.complete_task(spec, step.state, key_of(step, "visa"), {"decision": "approve"}, applied)
    assert stalled.value.params["why"] == "endless"


def test_the_longest_diagram_runs_without_recursion_limits() -> None:
    model = model_of("two_tasks")
    names = [f"step{number}" for number in range(190)]
    template = model.services["apply"]
    chain = {name: dataclasses.replace(template, id=name) for name in names}
    flows = {
        "visa_approved": dataclasses.replace(model.flows["visa_approved"], target=names[0]),
        **{
            f"c{a}": SequenceFlow(f"c{a}", a, b, None, {})
            for a, b in zip(names, [*names[1:], "apply"], strict=True)
        },
    }
    spec = engine.compile_case_spec(changed(model, services=chain, flows=flows))
    step = engine.start_process(spec, START, applied)
    step = engine.complete_task(spec, step.state, key_of(step, "request"), {}, applied)
    step = engine.complete_task(spec, step.state, key_of(step, "visa"), {"decision": "approve"}, applied)
    assert (len(step.services_called), step.end) == (191, "done")


def test_spiffworkflow_says_nothing_while_a_case_runs(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Played("late_correction").does("endorse_department_head", decision="approve")
    assert not [record for record in caplog.records if record.name.startswith("spiff")]
