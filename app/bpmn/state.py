"""The state of a case as bytes and back: the marking of the diagram without history.

So a case costs the same on its hundredth return as on its first.

Layout: `D1`, eight bytes of BLAKE2b over the body keyed with the digest of the diagram, then the body, a JSON
list: last key used, end with an outcome reached so far, variables, open tasks with their timers, timers on
the path, tokens waiting at joins. A state of another format, of another diagram, or a damaged one does not
load.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import orjson

from app.bpmn.errors import StateDamaged
from app.bpmn.task_specs import (
    BoundarySplitSpec,
    BoundaryTimerSpec,
    CatchTimerSpec,
    ParallelGatewaySpec,
    UserTaskSpec,
)
from app.bpmn.task_tree import COMPLETED, READY, WAITING, CaseSpec, CaseTask, CaseWorkflow

STATE_FORMAT_PREFIX = b"D1"
_HEADER_LENGTH = len(STATE_FORMAT_PREFIX) + 8


def serialize_state(workflow: CaseWorkflow, end: str | None) -> bytes:
    """Return the state after a finished step. `end` is the end with an outcome that was reached so far."""
    tasks: list[Any] = []
    waits: list[Any] = []
    arrived: list[Any] = []
    for task in workflow.tasks.values():
        spec = task.task_spec
        if task._state == READY and isinstance(spec, UserTaskSpec):
            tasks.append([spec.name, int(task.id), _waiting_boundary_timers(task)])
        elif task._state == WAITING:
            if isinstance(spec, CatchTimerSpec):
                waits.append([spec.name, int(task.id)])
            elif isinstance(spec, ParallelGatewaySpec):
                arrived.append([spec.name, task.parent.task_spec.name])
    body = orjson.dumps([workflow.serial, end, workflow.data, tasks, waits, arrived])
    return STATE_FORMAT_PREFIX + _state_checksum(workflow.case_spec, body) + body


def _waiting_boundary_timers(task: CaseTask) -> list[Any]:
    found = []
    if isinstance(task.parent.task_spec, BoundarySplitSpec):
        for sibling in task.parent.children:
            if sibling._state == WAITING and isinstance(sibling.task_spec, BoundaryTimerSpec):
                found.append([sibling.task_spec.name, int(sibling.id)])
    return found


def restore_workflow_and_end(
    spec: CaseSpec, state: bytes, call: Callable[..., str] | None
) -> tuple[CaseWorkflow, str | None]:
    """Build the smallest tree of tasks that has this state. Raises StateDamaged."""
    if state[: len(STATE_FORMAT_PREFIX)] != STATE_FORMAT_PREFIX:
        raise StateDamaged("format")
    body = state[_HEADER_LENGTH:]
    if state[len(STATE_FORMAT_PREFIX) : _HEADER_LENGTH] != _state_checksum(spec, body):
        raise StateDamaged("checksum")
    try:
        serial, end, variables, tasks, waits, arrived = orjson.loads(body)
        if (
            type(serial) is not int
            or type(variables) is not dict
            or (end is not None and end not in spec.model.ends)
        ):
            raise ValueError("key, variables or end")
        workflow = CaseWorkflow(spec, variables, serial, call)
        for name, key, timers in tasks:
            _restore_task(workflow, name, key, timers)
        for name, key in waits:
            _add_checked_task(workflow, workflow.task_tree, name, CatchTimerSpec, WAITING, key)
        for name, source in arrived:
            before = _add_checked_task(workflow, workflow.task_tree, source, object, COMPLETED)
            _add_checked_task(workflow, before, name, ParallelGatewaySpec, WAITING)
    except (ValueError, TypeError, KeyError) as error:
        raise StateDamaged(f"{type(error).__name__}: {error}"[:200]) from None
    return workflow, end


def _restore_task(workflow: CaseWorkflow, name: str, key: int, timers: list[Any]) -> None:
    root = workflow.task_tree
    if f"{name}.split" in workflow.spec.task_specs:
        root = _add_checked_task(workflow, root, f"{name}.split", BoundarySplitSpec, COMPLETED)
    _add_checked_task(workflow, root, name, UserTaskSpec, READY, key)
    for timer, number in timers:
        _add_checked_task(workflow, root, timer, BoundaryTimerSpec, WAITING, number)


def _add_checked_task(
    workflow: CaseWorkflow, parent: CaseTask, name: str, kind: type[Any], state: int, key: int | None = None
) -> CaseTask:
    spec = workflow.spec.task_specs[name]
    if not isinstance(spec, kind):
        raise TypeError(f"{name} is not of the kind the state says")
    if key is None:
        return CaseTask(workflow, spec, parent, state)
    if type(key) is not int or not 0 < key <= workflow.serial or str(key) in workflow.tasks:
        raise ValueError(f"key of {name}")
    return CaseTask(workflow, spec, parent, state, str(key))


def _state_checksum(spec: CaseSpec, body: bytes) -> bytes:
    # Keyed with the diagram: a state must not be loaded into another version of the process.
    return blake2b(body, digest_size=8, key=spec.checksum_key).digest()
