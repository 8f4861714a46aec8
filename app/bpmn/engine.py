"""Runs a case one step at a time: start, complete a task, fire a timer. Knows no date, no person and no database.

A step loads the state, acts, lets everything automatic run, and returns the new state with what opened and closed.
Facts live in one place per case; an answer that nobody in the diagram reads is history, not a fact, and is dropped
(a task's `decision` is always kept). Loggers of SpiffWorkflow are quiet, its serializer and script engine unused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from app.bpmn import state as states
from app.bpmn.errors import BadFacts, NotOpen, Stalled
from app.bpmn.model import Service
from app.bpmn.parts import BoundaryPart, PersonPart, WaitPart
from app.bpmn.spec import compile_model
from app.bpmn.tree import FUTURE, READY, WAITING, CaseTask, CaseWorkflow, Spec

__all__ = [
    "Called",
    "OpenTask",
    "OpenTimer",
    "Spec",
    "Step",
    "compile_model",
    "complete",
    "fire",
    "look",
    "restate",
    "start",
]

MAX_AUTOMATIC = 1000
MAX_TEXT = 200
MAX_NUMBER = 2**53
PLAIN = (str, int, float, bool, type(None))

Call = Callable[[Service, dict[str, Any]], str]


class OpenTask(NamedTuple):
    """A user task waiting for a person; `key` is unique within the case for ever, `element` its id in the diagram."""

    key: str
    element: str


class OpenTimer(NamedTuple):
    """A timer that runs; `policy` names its term, `key` is unique within the case for ever."""

    key: str
    element: str
    policy: str


class Called(NamedTuple):
    """A service task that ran in this step, and the outcome it ended in."""

    element: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did. `closed` holds the task completed and those taken away by a timer.

    `end` is the id of the end event that named how the case ended (the last one reached if none has an outcome);
    None until `done`.
    """

    state: bytes
    facts: dict[str, Any]
    open_tasks: tuple[OpenTask, ...]
    opened: tuple[OpenTask, ...]
    closed: tuple[OpenTask, ...]
    open_timers: tuple[OpenTimer, ...]
    timers_opened: tuple[OpenTimer, ...]
    timers_closed: tuple[OpenTimer, ...]
    done: bool
    end: str | None
    services_called: tuple[Called, ...]


def start(spec: Spec, facts: Mapping[str, Any], call: Call | None = None) -> Step:
    """Begin a case. `facts` are the start facts, named `start.<name>` or plainly `<name>`.

    Raises Stalled, BadFacts, and whatever `call` raises.
    """
    return begin(spec, facts, call)[1]


def complete(
    spec: Spec,
    state: bytes,
    task: str,
    answers: Mapping[str, Any],
    call: Call | None = None,
    moved: Mapping[str, Any] | None = None,
) -> Step:
    """Complete the open task with this key; its answers become facts `<element>.<field>`.

    `moved` are start facts, named plainly, that have another value from now on; None takes one away.
    Raises NotOpen, StateDamaged, Stalled, BadFacts, ExpressionError, and whatever `call` raises.
    """
    workflow, end = states.load(spec, state, call)
    for name, value in (moved or {}).items():
        _plain(f"start.{name}", value)
        if value is None:
            workflow.data.pop(f"start.{name}", None)
        else:
            workflow.data[f"start.{name}"] = value
    return finish_task(workflow, end, task, answers)


def fire(spec: Spec, state: bytes, timer: str, call: Call | None = None) -> Step:
    """Let the running timer with this key fire. Raises as `complete` does."""
    workflow, end = states.load(spec, state, call)
    return fire_timer(workflow, end, timer)


def look(spec: Spec, state: bytes) -> Step:
    """What a stored state says, without doing anything. Raises StateDamaged."""
    workflow, end = states.load(spec, state, None)
    tasks, timers = _open(workflow)
    done = not tasks and not timers
    return Step(state, workflow.data, tasks, (), (), timers, (), (), done, end if done else None, ())


def restate(spec: Spec, state: bytes, facts: Mapping[str, Any]) -> Step:
    """The same case with other start facts (`start.<name>`): nothing opens, closes or runs.

    What the facts decided before stays decided; what opens from now on reads the new ones. Raises StateDamaged,
    BadFacts.
    """
    workflow, end = states.load(spec, state, None)
    for name, value in facts.items():
        if not name.startswith("start."):
            raise BadFacts(name, "no start fact")
        _plain(name, value)
    workflow.data.update(facts)
    tasks, timers = _open(workflow)
    body = states.dump(workflow, end)
    return Step(body, workflow.data, tasks, (), (), timers, (), (), False, None, ())


def begin(spec: Spec, facts: Mapping[str, Any], call: Call | None) -> tuple[CaseWorkflow, Step]:
    """`start`, with the tree of tasks kept for whoever wants to watch it."""
    named = {name if name.startswith("start.") else f"start.{name}": value for name, value in facts.items()}
    for name, value in named.items():
        _plain(name, value)
    workflow = CaseWorkflow(spec, named, 0, call)
    for output in spec.process.start.outputs:
        child = workflow.task_tree._add_child(output, FUTURE)
        child.task_spec._update(child)
    return workflow, _finish(workflow, None, (), ())


def finish_task(workflow: CaseWorkflow, end: str | None, task: str, answers: Mapping[str, Any]) -> Step:
    """`complete`, on a tree of tasks that is already loaded."""
    found = workflow.tasks.get(task)
    if found is None or found._state != READY or not isinstance(found.task_spec, PersonPart):
        raise NotOpen(task)
    before, ticking = _open(workflow)
    element = found.task_spec.name
    keeps = workflow.case_spec.keeps[element]
    for name, value in answers.items():
        if name in keeps and value is not None:
            _plain(f"{element}.{name}", value)
            workflow.data[f"{element}.{name}"] = value
    found.run()
    return _finish(workflow, end, before, ticking)


def fire_timer(workflow: CaseWorkflow, end: str | None, timer: str) -> Step:
    """`fire`, on a tree of tasks that is already loaded."""
    found = workflow.tasks.get(timer)
    if found is None or found._state != WAITING or not isinstance(found.task_spec, (BoundaryPart, WaitPart)):
        raise NotOpen(timer)
    before, ticking = _open(workflow)
    found.internal_data["event_fired"] = True
    found.task_spec._update(found)
    return _finish(workflow, end, before, ticking)


def _plain(name: str, value: Any) -> None:
    """Facts are ids, codes and decisions: scalars that JSON knows, or a list of them."""
    for item in value if isinstance(value, list) else (value,):
        if type(item) is str and len(item) > MAX_TEXT:
            raise BadFacts(name, "long text")
        if type(item) not in PLAIN or (type(item) is float and not isfinite(item)):
            raise BadFacts(name, type(item).__name__)
        if type(item) is int and abs(item) > MAX_NUMBER:
            raise BadFacts(name, "large number")


def _finish(
    workflow: CaseWorkflow, end: str | None, before: tuple[OpenTask, ...], ticking: tuple[OpenTimer, ...]
) -> Step:
    _settle(workflow)
    tasks, timers = _open(workflow)
    if not (tasks or timers or workflow.completed):
        raise Stalled("nothing_open")
    end = _end(workflow, end)
    return Step(
        state=states.dump(workflow, end),
        facts=workflow.data,
        open_tasks=tasks,
        opened=tuple(task for task in tasks if task not in before),
        closed=tuple(task for task in before if task not in tasks),
        open_timers=timers,
        timers_opened=tuple(timer for timer in timers if timer not in ticking),
        timers_closed=tuple(timer for timer in ticking if timer not in timers),
        done=workflow.completed,
        end=end if workflow.completed else None,
        services_called=tuple(Called(*called) for called in workflow.called),
    )


def _settle(workflow: CaseWorkflow) -> None:
    """Run what needs no person until nothing is left to run."""
    count = 0
    while ready := [t for t in workflow.tasks.values() if t._state == READY and not t.task_spec.manual]:
        for task in ready:
            count += 1
            if count > MAX_AUTOMATIC:
                raise Stalled("endless", task.task_spec.name)
            if task._state == READY:
                task.run()


def _open(workflow: CaseWorkflow) -> tuple[tuple[OpenTask, ...], tuple[OpenTimer, ...]]:
    tasks, timers = [], []
    for task in workflow.tasks.values():
        if task._state == READY and isinstance(task.task_spec, PersonPart):
            tasks.append(OpenTask(task.id, task.task_spec.name))
        elif task._state == WAITING and isinstance(task.task_spec, (BoundaryPart, WaitPart)):
            timers.append(_timer(task))
    return tuple(tasks), tuple(timers)


def _timer(task: CaseTask) -> OpenTimer:
    return OpenTimer(task.id, task.task_spec.name, task.task_spec.event_definition.policy)


def _end(workflow: CaseWorkflow, end: str | None) -> str | None:
    """The end that names the outcome wins over ends of side paths, whenever they are reached."""
    ends = workflow.case_spec.model.ends
    for reached in workflow.ended:
        if end is None or not ends[end].outcome:
            end = reached
    return end
