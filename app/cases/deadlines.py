"""When a task is due and when it is remembered: asks the regulation, keeps the computation to be unfolded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.bpmn.model import Model
from app.kernel.clock import local_day
from app.kernel.db import db
from app.regulation import queries as regulation
from app.regulation import rules as terms_rules

STEP_TERM = "correction.step_sla"
"""The term of a step whose diagram names none (1 working day, P02)."""


@dataclass(frozen=True, slots=True)
class Due:
    """A moment, the policy that gave it, and how it was computed (JSON, unfolded on the page)."""

    moment: datetime
    policy: str
    computation: dict[str, Any]


def due_for(unit: UUID | None, policy: str, anchor: datetime) -> Due:
    """The end of a term that begins now for somebody of this unit; raises KeyError for an unknown policy."""
    name = policy or STEP_TERM
    terms = regulation.terms(db.session, unit, local_day(anchor))
    deadline = terms_rules.until(terms, name, anchor)
    return Due(deadline.moment, name, deadline.as_json())


def anchored(facts: Mapping[str, Any], anchor: str, now: datetime) -> datetime:
    """The moment a term is counted from: the start fact its drawing names, else now."""
    stated = facts.get(anchor) if anchor else None
    return datetime.fromisoformat(stated) if stated else now


def taken_at_end(model: Model, task: str) -> bool:
    """Whether a timer takes the task away at the very end of its term, so that it never stands there overdue. A timer
    of another term, or one that only opens a side path, does not."""
    element = model.user_tasks[task]
    return any(
        timer.interrupting
        and timer.policy == (element.deadline or STEP_TERM)
        and timer.anchor == element.anchor
        for timer in model.boundary(task)
    )


def reminders_of(due: Due, anchor: datetime, *, overdue: bool) -> Iterator[tuple[str, Due]]:
    """The rows beside a task: at 50 % and 90 % of its term, and at its end where no timer is drawn there."""
    whole = due.moment - anchor
    for kind, share in (("reminder_50", 0.5), ("reminder_90", 0.9)):
        if whole.total_seconds() > 0:
            yield kind, Due(anchor + whole * share, due.policy, {})
    if overdue:
        yield "overdue", Due(due.moment, due.policy, {})
