"""Decide whether one running case moves to another version, and where it then stands. Pure.

The plan and the move use the same function; the move calls it again under the lock of the case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.bpmn.engine import CaseSpec, StepResult
from app.bpmn.model import ProcessModel
from app.cases.migration import reasons
from app.cases.migration.approvals import find_invalid_approval, find_unmeetable_operation_demand
from app.cases.migration.reasons import CaseStays
from app.cases.migration.replay import RecordedStep, replay_running_case_history

STATUS_REASONS: Mapping[str, str] = {
    "open": "",
    "suspended": reasons.CASE_SUSPENDED,
    "quarantined": reasons.CASE_QUARANTINED,
}
"""Why a case of this status stays; "" when it may move. Every other status is closed."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What a decision reads of one case: its row, its history, and the elements of its open tasks and timers.

    `intact`: the stored state matches its checksum.
    """

    id: UUID
    status: str
    requester: UUID
    subject_hash: str | None
    intact: bool
    steps: Sequence[RecordedStep]
    tasks: tuple[str, ...]
    timers: tuple[str, ...]


def compute_step_result_after_migration(
    spec: CaseSpec, pinned: ProcessModel, facts: CaseFacts, start_variables: Mapping[str, Any]
) -> StepResult:
    """Return where the case stands on the version of `spec`. Raises CaseStays with the reason.

    A case moves when its history replays, every approval counts, its open tasks are the same and no timer on the path
    is lost. Timers of tasks may differ: one that is gone ends, a new one begins.
    """
    reason = STATUS_REASONS.get(facts.status, reasons.CASE_CLOSED)
    if reason:
        raise CaseStays(reason)
    if not facts.intact:
        raise CaseStays(reasons.DAMAGED_STATE)
    for element in facts.tasks:
        if element not in spec.model.user_tasks:
            raise CaseStays(reasons.OPEN_TASK_GONE, step=element)
    result = replay_running_case_history(spec, pinned, facts.steps, start_variables)
    _require_same_open_tasks_and_timers(spec.model, pinned, facts, result)
    invalid = find_invalid_approval(spec.model, facts.steps) or find_unmeetable_operation_demand(
        spec.model,
        facts.steps,
        [*facts.tasks, *(timer.element for timer in result.open_timers)],
        facts.requester,
        facts.subject_hash,
    )
    if invalid is not None:
        raise CaseStays(invalid.code, **invalid.details)
    return result


def _require_same_open_tasks_and_timers(
    model: ProcessModel, pinned: ProcessModel, facts: CaseFacts, result: StepResult
) -> None:
    """Raise CaseStays unless the open tasks and the timers on the path are the same on both versions."""
    replayed, stored = Counter(task.element for task in result.open_tasks), Counter(facts.tasks)
    if replayed != stored:
        differing = next(iter([*(replayed - stored), *(stored - replayed)]))
        raise CaseStays(reasons.OPEN_TASKS_DIFFER, step=differing)
    on_path = Counter(
        timer.element for timer in result.open_timers if not model.timers[timer.element].attached_to
    )
    stored_on_path = Counter(
        timer for timer in facts.timers if timer in pinned.timers and not pinned.timers[timer].attached_to
    )
    if on_path != stored_on_path:
        differing = next(iter([*(on_path - stored_on_path), *(stored_on_path - on_path)]))
        raise CaseStays(reasons.TIMERS_DIFFER, step=differing)


def migration_decision_signature(
    facts: CaseFacts, version: UUID, names: frozenset[str], start_variables: Mapping[str, Any]
) -> tuple[Any, ...]:
    """Return what the decision depends on: cases with equal signatures have equal decisions.

    `names` are the process variables that conditions of either version read. Persons are numbered in the order in
    which they appear, because only their being different counts; so are subjects.
    """
    numbers: dict[Any, int] = {None: -1, facts.requester: 0}
    subjects: dict[str | None, int] = {facts.subject_hash: 0}

    def number_of_person(person: UUID | None) -> int:
        return numbers.setdefault(person, len(numbers))

    steps = tuple(
        (
            entry.kind,
            entry.element,
            entry.decision,
            entry.role,
            entry.approves,
            entry.iteration,
            tuple(entry.opened),
            step.services,
            step.fired_timer_id,
            number_of_person(entry.person),
            number_of_person(entry.on_behalf_of),
            subjects.setdefault(entry.subject_hash, len(subjects)),
            _step_values_read_by_conditions(step, names),
        )
        for step in facts.steps
        for entry in (step.entry,)
    )
    fallback = tuple(sorted((name, str(start_variables[name])) for name in names & start_variables.keys()))
    return (
        version,
        facts.status,
        facts.intact,
        steps,
        tuple(sorted(facts.tasks)),
        tuple(sorted(facts.timers)),
        fallback,
    )


def _step_values_read_by_conditions(step: RecordedStep, names: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """Return the answers and variables of a step that conditions read, in a fixed order."""
    element = step.entry.element
    values = {f"{element}.{name}": value for name, value in step.answers.items()}
    for name, value in {**step.variables, **(step.answers.get("variables") or {})}.items():
        values[name if "." in name else f"start.{name}"] = value
    return tuple(sorted((name, repr(value)) for name, value in values.items() if name in names))


def variables_read_by_conditions(model: ProcessModel) -> frozenset[str]:
    """Return the process variables that the conditions of a diagram read."""
    return frozenset(
        name
        for flow in model.flows.values()
        if flow.condition is not None
        for name in flow.condition.variable_names
    )
