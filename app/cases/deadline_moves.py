"""Compute whether an open deadline moves when the calendar changes. Reads rows, writes none.

A preview and its execution use the same function. A closed task or a fired timer has no row here, so its
deadline never moves. A deadline is never moved into the past. An overdue deadline moves only to a future
moment (a pause was recorded afterwards for the time in which it ended); otherwise it stays as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app.cases.models import Task, Timer
from app.kernel.clock import local_day
from app.kernel.db import db
from app.regulation.rules import Deadline, DeadlineCalendar, compute_deadline
from app.regulation.term_book import RegulationSnapshot


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """An open deadline of a task (`id` is the task) or of a diagram timer (`task` is its attached task).

    `not_before` is the moment before whose day a task is not due.
    """

    id: UUID
    case: UUID
    task: UUID | None
    element: str
    unit: UUID | None
    policy: str
    anchor: datetime
    due_at: datetime
    of_task: bool
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RescheduledDeadline:
    """An open deadline with its new end."""

    old: OpenDeadline
    new: Deadline


def moved_deadline_or_none(
    deadline: OpenDeadline, calendar: DeadlineCalendar, now: datetime
) -> Deadline | None:
    """Return the new end of the deadline by this calendar of its unit; None when it does not change."""
    if deadline.policy not in calendar.policies:
        return None
    computed = compute_deadline(calendar, deadline.policy, deadline.anchor, deadline.not_before)
    return computed if computed.moment != deadline.due_at and computed.moment > now else None


def compute_rescheduled_deadlines(
    open_deadlines: Iterable[OpenDeadline], book: RegulationSnapshot, now: datetime
) -> list[RescheduledDeadline]:
    """Return every deadline that ends at another moment by this book, in the order given."""
    calendars: dict[tuple[UUID | None, date], DeadlineCalendar] = {}
    found = []
    for open_deadline in open_deadlines:
        key = (open_deadline.unit, local_day(open_deadline.anchor))
        if key not in calendars:
            calendars[key] = book.calendar_of_unit(*key)
        new = moved_deadline_or_none(open_deadline, calendars[key], now)
        if new is not None:
            found.append(RescheduledDeadline(open_deadline, new))
    return found


def deadline_moves_without_joint_timers(moves: Sequence[RescheduledDeadline]) -> list[RescheduledDeadline]:
    """Return the moves to show to people: tasks, and timers that do not end together with their task."""
    task_ends = {(move.old.task, move.old.due_at) for move in moves if move.old.of_task}
    return [move for move in moves if move.old.of_task or (move.old.task, move.old.due_at) not in task_ends]


def load_open_deadlines(
    since: datetime, cases: Collection[UUID] | None = None, units: Collection[UUID] | None = None
) -> list[OpenDeadline]:
    """Return the open deadlines that end at or after `since`; two statements.

    `cases` and `units` restrict the result; None means all.
    """
    return [*_load_task_deadlines(since, cases, units), *_load_timer_deadlines(since, cases, units)]


def _load_task_deadlines(
    since: datetime, cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[OpenDeadline]:
    """Return the open deadlines of tasks; one statement."""
    anchor = Task.computation["steps"][0]["at"].astext
    least = Task.computation["not_before"].astext
    statement = select(
        Task.id,
        Task.case_id,
        Task.element,
        Task.unit_id,
        Task.policy,
        anchor,
        Task.opened_at,
        Task.due_at,
        least,
    ).where(
        Task.closed_at.is_(None), Task.due_at >= since, *_case_and_unit_conditions(Task.case_id, cases, units)
    )
    return [
        OpenDeadline(
            id=id,
            case=case,
            task=id,
            element=element,
            unit=unit,
            policy=policy,
            anchor=datetime.fromisoformat(anchor_text) if anchor_text else opened_at,
            due_at=due_at,
            of_task=True,
            not_before=datetime.fromisoformat(least_text) if least_text else None,
        )
        for id, case, element, unit, policy, anchor_text, opened_at, due_at, least_text in db.session.execute(
            statement
        )
    ]


def _load_timer_deadlines(
    since: datetime, cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[OpenDeadline]:
    """Return the open deadlines of diagram timers; one statement."""
    statement = (
        select(
            Timer.id,
            Timer.case_id,
            Timer.task_id,
            Timer.element,
            Task.unit_id,
            Timer.policy,
            Timer.anchor,
            Timer.due_at,
        )
        .outerjoin(Task, Task.id == Timer.task_id)
        .where(
            Timer.kind == "diagram",
            Timer.due_at >= since,
            *_case_and_unit_conditions(Timer.case_id, cases, units),
        )
    )
    return [OpenDeadline(*row, of_task=False) for row in db.session.execute(statement)]


def _case_and_unit_conditions(
    of_case: InstrumentedAttribute[UUID], cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[ColumnElement[bool]]:
    """Return the SQL conditions for these cases and units."""
    conditions: list[ColumnElement[bool]] = []
    if cases is not None:
        conditions.append(of_case.in_(list(cases)))
    if units is not None:
        conditions.append(Task.unit_id.in_(list(units)))
    return conditions
