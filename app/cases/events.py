"""What a case tells the rooms above: who has a new task, and how a case ended. Words nothing, sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.bpmn.engine import Step
from app.cases.case_record import HeldCase
from app.cases.transitions import Moved, Opening
from app.diagrams.versions import Published
from app.kernel.act import Act
from app.outbox.post import News

TASK_OPENED = "cases.task.opened"
TASK_ESCALATED = "cases.task.escalated"
TASK_REMINDED = "cases.task.reminded"
DEADLINES_MOVED = "cases.deadlines.moved"
CASE_ENDED = "cases.case.ended"
CASE_RETURNED = "cases.case.returned"
CASE_COMMENTED = "cases.case.commented"
INCIDENT = "cases.incident.recorded"


PRIVATE = frozenset({"rejected", "reclassified", "withdrawn", "done"})
"""Outcomes in which nothing became of the persons a case is about: only the one who asked is told."""


def opened_news(case: HeldCase, published: Published, openings: Sequence[Opening]) -> list[News]:
    """One message a task: to its assignee, or to everybody of its pool.

    A rework tells its requester by `cases.case.returned`, with the reason; he is not told twice.
    """
    tasks = published.model.user_tasks
    return [
        (TASK_OPENED, _task(case, published, opening), None)
        for opening in openings
        if not tasks[opening.token.element].rework
    ]


def outcome_news(
    act: Act,
    case: HeldCase,
    published: Published,
    step: Step,
    moved: Moved,
    openings: Sequence[Opening] = (),
) -> list[News]:
    """To the requester: his case came back to him, by when he answers, or it ended."""
    about = case_payload(case, published)
    found: list[News] = []
    if moved.decision == "return" or _came_back(published, step):
        due = _rework_due(published, openings)
        returned = {**about, **due, "recipients": [str(case.requester)], "by": _by(act)}
        found.append((CASE_RETURNED, returned, None))
    if step.done:
        everybody = dict.fromkeys([str(case.requester), *(str(person) for person in case.about)])
        outcome = {**how_it_ended(published, case.outcome), "applied": case.outcome == "applied"}
        for_all = case.outcome not in PRIVATE
        recipients = list(everybody) if for_all else [str(case.requester)]
        found.append((CASE_ENDED, {**about, **outcome, "recipients": recipients, "by": _by(act)}, None))
    return found


def how_it_ended(published: Published, outcome: str | None) -> dict[str, Any]:
    """Return the outcome of a case and, where its diagram draws it, the title of the end in every language."""
    end = published.model.end_with(outcome)
    return {"outcome": outcome, **({"end": dict(end.titles)} if end else {})}


def case_payload(case: HeldCase, published: Published) -> dict[str, Any]:
    """What every notice of a case says about it."""
    return {
        "case": str(case.id),
        "number": case.number,
        "process": dict(published.model.titles),
        "subject": case.subject,
        "url": f"/cases/{case.id}",
    }


def _task(case: HeldCase, published: Published, opening: Opening) -> dict[str, Any]:
    element = published.model.user_tasks[opening.token.element]
    return {
        **case_payload(case, published),
        "task": str(opening.id),
        "title": dict(element.titles),
        "clause": element.clause,
        "due_at": opening.due.moment.isoformat(),
        "recipients": [str(person) for person in opening.owner.recipients],
        "on_behalf_of": str(opening.owner.on_behalf_of) if opening.owner.on_behalf_of else None,
        "pooled": opening.owner.pooled,
        "url": f"/tasks/{opening.id}",
    }


def _rework_due(published: Published, openings: Sequence[Opening]) -> dict[str, str]:
    """The term of the rework that opened now, and its task; nothing where none did."""
    for opening in openings:
        if published.model.user_tasks[opening.token.element].rework:
            return {"due_at": opening.due.moment.isoformat(), "task": str(opening.id)}
    return {}


def _came_back(published: Published, step: Step) -> bool:
    return bool(step.services_called) and any(
        published.model.user_tasks[token.element].rework for token in step.opened
    )


def _by(act: Act) -> str | None:
    return str(act.person) if act.person else None


def recipients(*persons: UUID | None) -> list[str]:
    """Persons as a payload names them, each once."""
    return list(dict.fromkeys(str(person) for person in persons if person))
