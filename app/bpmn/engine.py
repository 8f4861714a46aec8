"""Engine that runs a case one step at a time: start it, complete a task, fire a timer.

A step loads the state, acts, lets everything automatic run, and returns the new state with what opened and
closed. Process variables are kept in one place per case. An answer that no element of the diagram reads is
dropped: it is history, not a variable (a task's `decision` is always kept). Loggers of SpiffWorkflow are
quiet; its serializer and script engine are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from app.bpmn import state as states
from app.bpmn.errors import CaseStalled, InvalidVariable, TaskNotOpen
from app.bpmn.model import ServiceTask
from app.bpmn.spec import compile_case_spec
from app.bpmn.task_specs import BoundaryTimerSpec, CatchTimerSpec, UserTaskSpec
from app.bpmn.task_tree import FUTURE, READY, WAITING, CaseSpec, CaseTask, CaseWorkflow

__all__ = [
    "CaseSpec",
    "OpenTask",
    "OpenTimer",
    "ServiceOutcome",
    "StepResult",
    "compile_case_spec",
    "complete_task",
    "read_state_as_step_result",
    "replace_start_variables",
    "start_process",
    "trigger_timer",
]

MAX_AUTOMATIC_STEPS = 1000
MAX_VARIABLE_TEXT_LENGTH = 200
MAX_VARIABLE_NUMBER = 2**53
JSON_SCALAR_TYPES = (str, int, float, bool, type(None))

ServiceCaller = Callable[[ServiceTask, dict[str, Any]], str]


class OpenTask(NamedTuple):
    """A user task waiting for a person; `key` is unique in the case for ever, `element` is its id."""

    key: str
    element: str


class OpenTimer(NamedTuple):
    """A running timer; `policy` names its deadline, `key` is never used again in the case."""

    key: str
    element: str
    policy: str


class ServiceOutcome(NamedTuple):
    """A service task that ran in this step, and its outcome."""

    element: str
    outcome: str


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of one step. `closed` holds the task completed and those that a timer cancelled.

    `end` is the id of the end event that named the outcome (the last one reached if none has an outcome);
    None until `done`.
    """

    state: bytes
    variables: dict[str, Any]
    open_tasks: tuple[OpenTask, ...]
    opened: tuple[OpenTask, ...]
    closed: tuple[OpenTask, ...]
    open_timers: tuple[OpenTimer, ...]
    timers_opened: tuple[OpenTimer, ...]
    timers_closed: tuple[OpenTimer, ...]
    done: bool
    end: str | None
    services_called: tuple[ServiceOutcome, ...]


def start_process(
    spec: CaseSpec, variables: Mapping[str, Any], call: ServiceCaller | None = None
) -> StepResult:
    """Start a case. `variables` are the start variables, named `start.<name>` or plainly `<name>`.

    Raises CaseStalled, InvalidVariable, and whatever `call` raises.
    """
    return start_process_and_return_tree(spec, variables, call)[1]


def complete_task(
    spec: CaseSpec,
    state: bytes,
    task: str,
    answers: Mapping[str, Any],
    call: ServiceCaller | None = None,
    moved: Mapping[str, Any] | None = None,
) -> StepResult:
    """Complete the open task with this key; its answers become process variables `<element>.<field>`.

    `moved` are start variables, named plainly, that change from now on; None removes one.
    Raises TaskNotOpen, StateDamaged, CaseStalled, InvalidVariable, ExpressionError, and whatever `call` raises.
    """
    workflow, end = states.restore_workflow_and_end(spec, state, call)
    for name, value in (moved or {}).items():
        _require_scalar_or_list(f"start.{name}", value)
        if value is None:
            workflow.data.pop(f"start.{name}", None)
        else:
            workflow.data[f"start.{name}"] = value
    return complete_task_in_loaded_tree(workflow, end, task, answers)


def trigger_timer(spec: CaseSpec, state: bytes, timer: str, call: ServiceCaller | None = None) -> StepResult:
    """Fire the running timer with this key. Raises the same errors as `complete`."""
    workflow, end = states.restore_workflow_and_end(spec, state, call)
    return trigger_timer_in_loaded_tree(workflow, end, timer)


def read_state_as_step_result(spec: CaseSpec, state: bytes) -> StepResult:
    """Return the content of a stored state as a step in which nothing ran. Raises StateDamaged."""
    workflow, end = states.restore_workflow_and_end(spec, state, None)
    tasks, timers = _list_open_tasks_and_timers(workflow)
    done = not tasks and not timers
    return StepResult(state, workflow.data, tasks, (), (), timers, (), (), done, end if done else None, ())


def replace_start_variables(spec: CaseSpec, state: bytes, variables: Mapping[str, Any]) -> StepResult:
    """Replace start variables (`start.<name>`) of a case: nothing opens, closes or runs.

    Decisions already made stay; what opens from now on reads the new values. Raises StateDamaged, InvalidVariable.
    """
    workflow, end = states.restore_workflow_and_end(spec, state, None)
    for name, value in variables.items():
        if not name.startswith("start."):
            raise InvalidVariable(name, "no start variable")
        _require_scalar_or_list(name, value)
    workflow.data.update(variables)
    tasks, timers = _list_open_tasks_and_timers(workflow)
    body = states.serialize_state(workflow, end)
    return StepResult(body, workflow.data, tasks, (), (), timers, (), (), False, None, ())


def start_process_and_return_tree(
    spec: CaseSpec, variables: Mapping[str, Any], call: ServiceCaller | None
) -> tuple[CaseWorkflow, StepResult]:
    """Start a case as `start` does, and return the tree of tasks too."""
    named = {
        name if name.startswith("start.") else f"start.{name}": value for name, value in variables.items()
    }
    for name, value in named.items():
        _require_scalar_or_list(name, value)
    workflow = CaseWorkflow(spec, named, 0, call)
    for output in spec.process.start.outputs:
        child = workflow.task_tree._add_child(output, FUTURE)
        child.task_spec._update(child)
    return workflow, _run_workflow_and_build_step_result(workflow, None, (), ())


def complete_task_in_loaded_tree(
    workflow: CaseWorkflow, end: str | None, task: str, answers: Mapping[str, Any]
) -> StepResult:
    """Complete a task as `complete` does, on a tree of tasks that is already loaded."""
    found = workflow.tasks.get(task)
    if found is None or found._state != READY or not isinstance(found.task_spec, UserTaskSpec):
        raise TaskNotOpen(task)
    tasks_before, timers_before = _list_open_tasks_and_timers(workflow)
    element = found.task_spec.name
    keeps = workflow.case_spec.kept_answers_by_task[element]
    for name, value in answers.items():
        if name in keeps and value is not None:
            _require_scalar_or_list(f"{element}.{name}", value)
            workflow.data[f"{element}.{name}"] = value
    found.run()
    return _run_workflow_and_build_step_result(workflow, end, tasks_before, timers_before)


def trigger_timer_in_loaded_tree(workflow: CaseWorkflow, end: str | None, timer: str) -> StepResult:
    """Fire a timer as `fire` does, on a tree of tasks that is already loaded."""
    found = workflow.tasks.get(timer)
    if (
        found is None
        or found._state != WAITING
        or not isinstance(found.task_spec, (BoundaryTimerSpec, CatchTimerSpec))
    ):
        raise TaskNotOpen(timer)
    tasks_before, timers_before = _list_open_tasks_and_timers(workflow)
    found.internal_data["event_fired"] = True
    found.task_spec._update(found)
    return _run_workflow_and_build_step_result(workflow, end, tasks_before, timers_before)


def _require_scalar_or_list(name: str, value: Any) -> None:
    """Raise InvalidVariable unless the value is a JSON scalar or a list of them, within the limits."""
    for item in value if isinstance(value, list) else (value,):
        if type(item) is str and len(item) > MAX_VARIABLE_TEXT_LENGTH:
            raise InvalidVariable(name, "long text")
        if type(item) not in JSON_SCALAR_TYPES or (type(item) is float and not isfinite(item)):
            raise InvalidVariable(name, type(item).__name__)
        if type(item) is int and abs(item) > MAX_VARIABLE_NUMBER:
            raise InvalidVariable(name, "large number")


def _run_workflow_and_build_step_result(
    workflow: CaseWorkflow,
    end: str | None,
    tasks_before: tuple[OpenTask, ...],
    timers_before: tuple[OpenTimer, ...],
) -> StepResult:
    _run_automatic_elements(workflow)
    tasks, timers = _list_open_tasks_and_timers(workflow)
    if not (tasks or timers or workflow.completed):
        raise CaseStalled("nothing_open")
    end = _find_reached_end_with_outcome(workflow, end)
    return StepResult(
        state=states.serialize_state(workflow, end),
        variables=workflow.data,
        open_tasks=tasks,
        opened=tuple(task for task in tasks if task not in tasks_before),
        closed=tuple(task for task in tasks_before if task not in tasks),
        open_timers=timers,
        timers_opened=tuple(timer for timer in timers if timer not in timers_before),
        timers_closed=tuple(timer for timer in timers_before if timer not in timers),
        done=workflow.completed,
        end=end if workflow.completed else None,
        services_called=tuple(ServiceOutcome(*called) for called in workflow.called),
    )


def _run_automatic_elements(workflow: CaseWorkflow) -> None:
    """Run the elements that need no person until none is left. Raises CaseStalled after too many."""
    count = 0
    while ready := [t for t in workflow.tasks.values() if t._state == READY and not t.task_spec.manual]:
        for task in ready:
            count += 1
            if count > MAX_AUTOMATIC_STEPS:
                raise CaseStalled("endless", task.task_spec.name)
            if task._state == READY:
                task.run()


def _list_open_tasks_and_timers(workflow: CaseWorkflow) -> tuple[tuple[OpenTask, ...], tuple[OpenTimer, ...]]:
    tasks, timers = [], []
    for task in workflow.tasks.values():
        if task._state == READY and isinstance(task.task_spec, UserTaskSpec):
            tasks.append(OpenTask(task.id, task.task_spec.name))
        elif task._state == WAITING and isinstance(task.task_spec, (BoundaryTimerSpec, CatchTimerSpec)):
            timers.append(_build_open_timer_of_task(task))
    return tuple(tasks), tuple(timers)


def _build_open_timer_of_task(task: CaseTask) -> OpenTimer:
    return OpenTimer(task.id, task.task_spec.name, task.task_spec.event_definition.policy)


def _find_reached_end_with_outcome(workflow: CaseWorkflow, end: str | None) -> str | None:
    """Return the end that names the outcome: it wins over ends of side paths, in any order."""
    ends = workflow.case_spec.model.ends
    for reached in workflow.ended:
        if end is None or not ends[end].outcome:
            end = reached
    return end
