"""Compute when a task is due and when its reminders are sent, and keep the computation for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app import operations
from app.bpmn.model import ProcessModel
from app.kernel.clock import local_day
from app.kernel.db import db
from app.regulation import queries as regulation
from app.regulation import rules as terms_rules

DEFAULT_POLICY = "correction.step_sla"
"""The policy of a task whose diagram names none (1 working day, P02)."""


@dataclass(frozen=True, slots=True)
class DueDate:
    """A moment, the policy that gave it, and its computation (JSON, shown on the page)."""

    moment: datetime
    policy: str
    computation: dict[str, Any]


def compute_due_date(
    unit: UUID | None, policy: str, anchor: datetime, not_before: datetime | None = None
) -> DueDate:
    """Return the end of a deadline from the anchor on for this unit; raise KeyError for an unknown policy.

    It does not end before the day `not_before`.
    """
    policy_name = policy or DEFAULT_POLICY
    calendar = regulation.load_unit_deadline_calendar(db.session, unit, local_day(anchor))
    deadline = terms_rules.compute_deadline(calendar, policy_name, anchor, not_before)
    return DueDate(deadline.moment, policy_name, deadline.as_json())


def deadline_anchor_moment_or_now(variables: Mapping[str, Any], anchor: str, now: datetime) -> datetime:
    """Return the moment a deadline is counted from: the process variable named by the diagram, else now."""
    moment = variables.get(anchor) if anchor else None
    return datetime.fromisoformat(moment) if moment else now


def start_variable_of_earliest_due_day(diagram: str, policy: str) -> str:
    """Return the start variable before whose day no task of the process by this policy is due; "" without one."""
    start = operations.find_own_start_of_process(diagram)
    name = start.not_before.get(policy, "") if start is not None else ""
    return f"start.{name}" if name else ""


def earliest_due_moment_by_policy(diagram: str, policy: str, variables: Mapping[str, Any]) -> datetime | None:
    """Return the moment before whose day no task by this policy is due; None without one."""
    moment = variables.get(start_variable_of_earliest_due_day(diagram, policy))
    return datetime.fromisoformat(moment) if moment else None


def earliest_due_moment_of_computation(computation: Mapping[str, Any]) -> datetime | None:
    """Return the moment before whose day a task is not due, from its stored computation."""
    moment = computation.get("not_before")
    return datetime.fromisoformat(moment) if moment else None


def is_task_closed_by_timer_at_deadline(model: ProcessModel, task: str) -> bool:
    """Return whether a timer closes the task exactly at its deadline, so that it is never shown as overdue.

    A timer with another policy or anchor, or one that does not interrupt the task, does not count.
    """
    element = model.user_tasks[task]
    return any(
        timer.interrupting
        and timer.policy == (element.deadline or DEFAULT_POLICY)
        and timer.anchor == element.anchor
        for timer in model.boundary_timers(task)
    )


def iterate_reminder_due_dates(
    due: DueDate, anchor: datetime, *, overdue: bool
) -> Iterator[tuple[str, DueDate]]:
    """Yield the reminders of a task: at 50 % and 90 % of its time and, if `overdue` is set, at its end."""
    duration = due.moment - anchor
    for kind, share in (("reminder_50", 0.5), ("reminder_90", 0.9)):
        # A deadline that ends before it begins (an anchor in the past) has no time to divide.
        if duration.total_seconds() > 0:
            yield kind, DueDate(anchor + duration * share, due.policy, {})
    if overdue:
        yield "overdue", DueDate(due.moment, due.policy, {})
