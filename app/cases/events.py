"""Outbox events of cases: new tasks, returns for rework and ends. Builds payloads; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.bpmn.engine import StepResult
from app.cases.case_record import CaseRecord
from app.cases.transitions import CaseTransition, NewTask
from app.diagrams.versions import PublishedDiagram
from app.kernel.act import Act
from app.outbox.post import OutboxEvent

TASK_OPENED = "cases.task.opened"
TASK_ESCALATED = "cases.task.escalated"
TASK_REMINDED = "cases.task.reminded"
DEADLINES_MOVED = "cases.deadlines.moved"
CASE_ENDED = "cases.case.ended"
CASE_RETURNED = "cases.case.returned"
CASE_COMMENTED = "cases.case.commented"
INCIDENT_RECORDED = "cases.incident.recorded"
BACKUP_FAILED = "cases.backup.failed"
SEAL_FOUND = "cases.seal.found"


REQUESTER_ONLY_OUTCOMES = frozenset({"rejected", "reclassified", "withdrawn", "done"})
"""Outcomes without consequences for the persons a case is about: only the requester is notified."""


def new_task_events(
    case: CaseRecord, published: PublishedDiagram, new_tasks: Sequence[NewTask]
) -> list[OutboxEvent]:
    """Return one event for each new task, to its assignee or to everybody of its pool.

    A rework task has none: its requester gets `cases.case.returned` with the reason.
    """
    tasks = published.model.user_tasks
    return [
        (TASK_OPENED, _new_task_payload(case, published, new_task), None)
        for new_task in new_tasks
        if not tasks[new_task.token.element].rework
    ]


def case_return_and_end_events(
    act: Act,
    case: CaseRecord,
    published: PublishedDiagram,
    step: StepResult,
    transition: CaseTransition,
    new_tasks: Sequence[NewTask] = (),
) -> list[OutboxEvent]:
    """Return the events about the progress of a case: it was returned for rework, or it ended."""
    payload = case_event_payload(case, published)
    events: list[OutboxEvent] = []
    if transition.decision == "return" or _is_returned_for_rework(published, step):
        deadline = _rework_task_payload(published, new_tasks)
        returned = {**payload, **deadline, "recipients": [str(case.requester)], "by": _actor_id_text(act)}
        events.append((CASE_RETURNED, returned, None))
    if step.done:
        all_recipients = dict.fromkeys([str(case.requester), *(str(person) for person in case.about)])
        outcome = {**case_ending_payload(published, case.outcome), "applied": case.outcome == "applied"}
        notify_all = case.outcome not in REQUESTER_ONLY_OUTCOMES
        persons = list(all_recipients) if notify_all else [str(case.requester)]
        events.append(
            (CASE_ENDED, {**payload, **outcome, "recipients": persons, "by": _actor_id_text(act)}, None)
        )
    return events


def case_ending_payload(published: PublishedDiagram, outcome: str | None) -> dict[str, Any]:
    """Return the outcome of a case and, where its diagram draws it, the title of the end in every language."""
    end = published.model.find_end_with_outcome(outcome)
    return {"outcome": outcome, **({"end": dict(end.titles)} if end else {})}


def case_event_payload(case: CaseRecord, published: PublishedDiagram) -> dict[str, Any]:
    """Return the part of a payload that every event of a case has."""
    return {
        "case": str(case.id),
        "number": case.number,
        "process": dict(published.model.titles),
        "subject": case.subject,
        "url": f"/cases/{case.id}",
    }


def _new_task_payload(case: CaseRecord, published: PublishedDiagram, new_task: NewTask) -> dict[str, Any]:
    """Return the payload of a new task."""
    element = published.model.user_tasks[new_task.token.element]
    return {
        **case_event_payload(case, published),
        "task": str(new_task.id),
        "title": dict(element.titles),
        "clause": element.clause,
        "due_at": new_task.due.moment.isoformat(),
        "recipients": [str(person) for person in new_task.owner.recipients],
        "on_behalf_of": str(new_task.owner.on_behalf_of) if new_task.owner.on_behalf_of else None,
        "pooled": new_task.owner.pooled,
        "url": f"/tasks/{new_task.id}",
    }


def _rework_task_payload(published: PublishedDiagram, new_tasks: Sequence[NewTask]) -> dict[str, str]:
    """Return the due date and id of the rework task that opened now; {} when there is none."""
    for new_task in new_tasks:
        if published.model.user_tasks[new_task.token.element].rework:
            return {"due_at": new_task.due.moment.isoformat(), "task": str(new_task.id)}
    return {}


def _is_returned_for_rework(published: PublishedDiagram, step: StepResult) -> bool:
    """Return whether a service task sent the case back to a rework task."""
    return bool(step.services_called) and any(
        published.model.user_tasks[token.element].rework for token in step.opened
    )


def _actor_id_text(act: Act) -> str | None:
    """Return the id of the person of the act as text; None for the system."""
    return str(act.person) if act.person else None


def recipient_id_texts(*persons: UUID | None) -> list[str]:
    """Return person ids as a payload needs them, each once, without None."""
    return list(dict.fromkeys(str(person) for person in persons if person))
