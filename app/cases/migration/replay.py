"""Replay the recorded history of a case on another version of its diagram. Pure: no database, no operation runs.

The engine of the other version takes the same start variables, decisions and timers; operations end as they ended.
After each step it must have opened exactly the tasks that the history says, else the case took a way that this version
does not have. SpiffWorkflow's own migration is not used: it skips approvals and restarts timers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.bpmn import engine
from app.bpmn.engine import CaseSpec, StepResult
from app.bpmn.errors import CaseStalled, ExpressionError, InvalidVariable, TaskNotOpen
from app.bpmn.model import ProcessModel, ServiceTask
from app.cases.migration import reasons
from app.cases.migration.reasons import CaseStays
from app.cases.rules import COMPLETED_HISTORY_KIND, HistoryEntry

STARTED_KIND = "started"
TIMER_KINDS = frozenset({"timer", "escalated"})
SERVICE_KIND = "service"
VARIABLE_KINDS = frozenset({"retimed"})
"""History entries that changed start variables without a step of the engine."""
REPLAYED_KINDS = frozenset(
    {STARTED_KIND, COMPLETED_HISTORY_KIND, SERVICE_KIND, *TIMER_KINDS, *VARIABLE_KINDS}
)
"""Kinds of history entries that a replay reads."""
_ENGINE_ERRORS = (CaseStalled, ExpressionError, InvalidVariable, TaskNotOpen)


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """One step of the history: the entry as the rules read it, its answers and variables, the operations that ran."""

    entry: HistoryEntry
    task_id: UUID | None
    answers: Mapping[str, Any]
    variables: Mapping[str, Any]
    services: tuple[tuple[str, str], ...] = ()

    @property
    def fired_timer_id(self) -> str:
        """Return the diagram timer that fired; "" for another kind of step."""
        return str(self.answers.get("timer", "")) if self.entry.kind in TIMER_KINDS else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow(HistoryEntry):
    """One row of the history as a replay reads it: the entry of the rules with answers and variables."""

    task_id: UUID | None
    answers: Mapping[str, Any]
    variables: Mapping[str, Any]


def recorded_steps_from_history(rows: Iterable[HistoryRow]) -> list[RecordedStep]:
    """Return the steps of a history in order, each with the operations that ran in it."""
    steps: list[RecordedStep] = []
    services: list[list[tuple[str, str]]] = []
    for row in rows:
        if row.kind == SERVICE_KIND and services:
            services[-1].append((row.element or "", row.decision or ""))
        elif row.kind in REPLAYED_KINDS:
            steps.append(RecordedStep(row, row.task_id, row.answers, row.variables))
            services.append([])
    return [
        RecordedStep(step.entry, step.task_id, step.answers, step.variables, tuple(ran))
        for step, ran in zip(steps, services, strict=True)
    ]


def replay_running_case_history(
    spec: CaseSpec, pinned: ProcessModel, steps: Sequence[RecordedStep], start_variables: Mapping[str, Any]
) -> StepResult:
    """Return where the history of a running case leads on the version of `spec`. Raises CaseStays.

    `pinned` is the version the case ran on: an operation counts only if both versions name the same one.
    `start_variables` are used for a history that did not record its own.
    """
    result = replay_recorded_steps(spec, pinned, steps, start_variables)
    if result.done:
        raise CaseStays(reasons.HISTORY_DIFFERS, step=_element_of_recorded_step(steps[-1]))
    return result


def replay_recorded_steps(
    spec: CaseSpec, pinned: ProcessModel, steps: Sequence[RecordedStep], start_variables: Mapping[str, Any]
) -> StepResult:
    """Return the last result of taking each step of a history, of a running or a finished case. Raises CaseStays."""
    if not steps or steps[0].entry.kind != STARTED_KIND:
        raise CaseStays(reasons.DAMAGED_STATE)
    result: StepResult | None = None
    for step in steps:
        outcomes = _RecordedOutcomes(spec.model, pinned, step)
        try:
            result = _replay_one_recorded_step(spec, result, step, outcomes, start_variables)
        except _ENGINE_ERRORS:
            raise CaseStays(reasons.HISTORY_DIFFERS, step=_element_of_recorded_step(step)) from None
        if outcomes.left:
            raise CaseStays(reasons.HISTORY_DIFFERS, step=outcomes.left[0][0])
        if step.entry.kind not in VARIABLE_KINDS:
            _require_same_opened_tasks(spec.model, step, result)
    assert result is not None, "there is a first step"
    return result


def _replay_one_recorded_step(
    spec: CaseSpec,
    before: StepResult | None,
    step: RecordedStep,
    outcomes: _RecordedOutcomes,
    start_variables: Mapping[str, Any],
) -> StepResult:
    """Let the engine take one recorded step."""
    if before is None:
        return engine.start_process(spec, step.variables or start_variables, outcomes)
    if step.entry.kind in VARIABLE_KINDS:
        changed = step.answers.get("variables") or {}
        return engine.replace_start_variables(spec, before.state, changed)
    if step.fired_timer_id:
        keys = [timer.key for timer in before.open_timers if timer.element == step.fired_timer_id]
    else:
        keys = [task.key for task in before.open_tasks if task.element == step.entry.element]
    if len(keys) != 1:
        raise CaseStays(reasons.HISTORY_DIFFERS, step=_element_of_recorded_step(step))
    if step.fired_timer_id:
        return engine.trigger_timer(spec, before.state, keys[0], outcomes)
    prefix = f"{step.entry.element}."
    own = {
        name.removeprefix(prefix): value for name, value in step.variables.items() if name.startswith(prefix)
    }
    moved = {
        name.removeprefix("start."): value
        for name, value in step.variables.items()
        if name.startswith("start.")
    }
    return engine.complete_task(spec, before.state, keys[0], {**step.answers, **own}, outcomes, moved)


def _element_of_recorded_step(step: RecordedStep) -> str:
    return step.entry.element or step.fired_timer_id or step.entry.kind


class _RecordedOutcomes:
    """The function that the engine calls for a service task: the outcome that the history recorded for it."""

    def __init__(self, model: ProcessModel, pinned: ProcessModel, step: RecordedStep) -> None:
        self._model, self._pinned = model, pinned
        self.left = list(step.services)

    def __call__(self, service: ServiceTask, inputs: dict[str, Any]) -> str:
        """Return the recorded outcome. Raises CaseStays when this operation did not run."""
        for place, (element, outcome) in enumerate(self.left):
            if element == service.id:
                ran = self._pinned.services.get(service.id)
                if ran is not None and ran.operation != service.operation:
                    raise CaseStays(reasons.OPERATION_CHANGED, step=service.id)
                del self.left[place]
                return outcome
        raise CaseStays(reasons.OPERATION_MISSING, step=service.id)


def _require_same_opened_tasks(model: ProcessModel, step: RecordedStep, result: StepResult) -> None:
    """Raise CaseStays unless the step opened the tasks that it opened when it was taken."""
    opened = Counter(task.element for task in result.opened)
    recorded = Counter(step.entry.opened)
    if opened == recorded:
        return
    for element in recorded - opened:
        if element not in model.user_tasks:
            raise CaseStays(reasons.STEP_GONE, step=element)
    extra = list((opened - recorded).elements())
    for element in extra:
        if model.user_tasks[element].approves:
            raise CaseStays(reasons.APPROVAL_MISSING, step=element)
    if extra:
        raise CaseStays(reasons.STEP_MISSING, step=extra[0])
    raise CaseStays(reasons.HISTORY_DIFFERS, step=_element_of_recorded_step(step))
