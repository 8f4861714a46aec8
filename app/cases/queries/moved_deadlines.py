"""Open deadlines that a change of the calendar would move or has moved, and deadlines in a period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.cases.calendar_anchors import load_cases_with_deadlines_by_calendar, replace_deadline_anchors
from app.cases.deadline_moves import (
    compute_rescheduled_deadlines,
    deadline_moves_without_joint_timers,
    load_open_deadlines,
)
from app.cases.models import Case, DeadlineReschedulingRun, MovedDeadline, Task
from app.journal.semesters.queries import PreviewDates
from app.kernel.db import db
from app.regulation.term_book import RegulationSnapshot

MAX_LISTED_DEADLINES = 100
"""Maximum number of rows in one list; the count covers all."""


@dataclass(frozen=True, slots=True)
class MovedDeadlineRow:
    """One deadline: case, element, and due date before and after (None: it does not move)."""

    case: UUID
    number: str
    version: UUID
    element: str
    before: datetime
    after: datetime | None


@dataclass(frozen=True, slots=True)
class MovedDeadlineList:
    """The number of deadlines and the first of them by date. `finished_at` is None while counting goes on."""

    count: int
    rows: tuple[MovedDeadlineRow, ...]
    finished_at: datetime | None = None


def load_previewed_deadline_moves(
    book: RegulationSnapshot,
    since: datetime,
    units: Collection[UUID] | None,
    now: datetime,
    instead: PreviewDates | None = None,
) -> MovedDeadlineList:
    """Return the deadlines that would move by this book and the dates `instead` of the academic calendar.

    Locks nothing. The number of statements does not depend on the number of deadlines.
    """
    deadlines = load_open_deadlines(since, units=units)
    if instead:
        deadlines = replace_deadline_anchors(
            deadlines,
            load_cases_with_deadlines_by_calendar({deadline.case for deadline in deadlines}, instead),
        )
    moves = deadline_moves_without_joint_timers(compute_rescheduled_deadlines(deadlines, book, now))
    moves.sort(key=lambda move: (move.old.due_at, move.old.id))
    first = moves[:MAX_LISTED_DEADLINES]
    case_numbers = _load_case_numbers_and_versions({move.old.case for move in first})
    rows = tuple(
        MovedDeadlineRow(
            move.old.case,
            *case_numbers[move.old.case],
            move.old.element,
            move.old.due_at,
            move.new.moment,
        )
        for move in first
    )
    return MovedDeadlineList(len(moves), rows)


def _load_case_numbers_and_versions(ids: Collection[UUID]) -> dict[UUID, tuple[str, UUID]]:
    """Return number and version of these cases; one statement."""
    statement = select(Case.id, Case.number, Case.version_id).where(Case.id.in_(list(ids)))
    return {row.id: (row.number, row.version_id) for row in db.session.execute(statement)}


def load_moved_deadlines(change: UUID) -> MovedDeadlineList:
    """Return the deadlines that this change has moved; three statements."""
    statement = (
        select(
            MovedDeadline.case_id,
            Case.number,
            Case.version_id,
            MovedDeadline.element,
            MovedDeadline.due_before,
            MovedDeadline.due_after,
        )
        .join(Case, Case.id == MovedDeadline.case_id)
        .where(MovedDeadline.change_id == change)
        .order_by(MovedDeadline.due_before, MovedDeadline.id)
        .limit(MAX_LISTED_DEADLINES)
    )
    finished = db.session.scalar(
        select(DeadlineReschedulingRun.finished_at).where(DeadlineReschedulingRun.change_id == change)
    )
    rows = tuple(MovedDeadlineRow(*row) for row in db.session.execute(statement))
    return MovedDeadlineList(count_moved_deadlines([change]).get(change, 0), rows, finished)


def count_moved_deadlines(changes: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many deadlines each of these changes has moved; one statement."""
    statement = (
        select(MovedDeadline.change_id, func.count())
        .where(MovedDeadline.change_id.in_(list(changes)))
        .group_by(MovedDeadline.change_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def load_open_task_deadlines_between(since: datetime, until: datetime) -> MovedDeadlineList:
    """Return the open deadlines of tasks that end in this period; two statements."""
    open_between = (Task.closed_at.is_(None), Task.due_at >= since, Task.due_at < until)
    statement = (
        select(Task.case_id, Task.number, Task.version_id, Task.element, Task.due_at)
        .where(*open_between)
        .order_by(Task.due_at, Task.id)
        .limit(MAX_LISTED_DEADLINES)
    )
    rows = tuple(MovedDeadlineRow(*row, None) for row in db.session.execute(statement))
    return MovedDeadlineList(
        db.session.scalar(select(func.count()).select_from(Task).where(*open_between)) or 0, rows
    )
