"""Which open deadlines a change of the calendar would move, has moved, and which run into a year. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.cases.calendar_anchors import anchored_anew, dated_cases
from app.cases.deadline_moves import all_moved, open_terms, told
from app.cases.models import Case, MovedDeadline, Recount, Task
from app.journal.semesters.queries import Dates
from app.kernel.db import db
from app.regulation.term_book import Book

MOST = 100
"""The most rows one list shows; the count tells of all."""


@dataclass(frozen=True, slots=True)
class MovedRow:
    """One deadline: the case and the step of its diagram, when it was due and when it is (None: it does not move)."""

    case: UUID
    number: str
    version: UUID
    element: str
    before: datetime
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Moves:
    """How many, and the first of them by their date. `finished` is None while they are being counted."""

    count: int
    rows: tuple[MovedRow, ...]
    finished: datetime | None = None


def would_move(
    book: Book,
    since: datetime,
    units: Collection[UUID] | None,
    now: datetime,
    instead: Dates | None = None,
) -> Moves:
    """What would move if the regulation's tables said what this book says, and the academic calendar the dates
    `instead`; some statements, however many terms, and nothing is locked."""
    terms = open_terms(since, units=units)
    if instead:
        terms = anchored_anew(terms, dated_cases({term.case for term in terms}, instead))
    found = told(all_moved(terms, book, now))
    found.sort(key=lambda one: (one.old.due_at, one.old.id))
    first = found[:MOST]
    cases = _cases({one.old.case for one in first})
    rows = tuple(
        MovedRow(
            one.old.case,
            *cases[one.old.case],
            one.old.element,
            one.old.due_at,
            one.new.moment,
        )
        for one in first
    )
    return Moves(len(found), rows)


def _cases(ids: Collection[UUID]) -> dict[UUID, tuple[str, UUID]]:
    wanted = select(Case.id, Case.number, Case.version_id).where(Case.id.in_(list(ids)))
    return {row.id: (row.number, row.version_id) for row in db.session.execute(wanted)}


def moved_by(change: UUID) -> Moves:
    """What this change has moved; three statements."""
    wanted = (
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
        .limit(MOST)
    )
    finished = db.session.scalar(select(Recount.finished_at).where(Recount.change_id == change))
    rows = tuple(MovedRow(*row) for row in db.session.execute(wanted))
    return Moves(counts([change]).get(change, 0), rows, finished)


def counts(changes: Sequence[UUID]) -> dict[UUID, int]:
    """How many deadlines each of these changes has moved; one statement."""
    wanted = (
        select(MovedDeadline.change_id, func.count())
        .where(MovedDeadline.change_id.in_(list(changes)))
        .group_by(MovedDeadline.change_id)
    )
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def ending_between(since: datetime, until: datetime) -> Moves:
    """Open deadlines that end in this stretch; two statements."""
    here = (Task.closed_at.is_(None), Task.due_at >= since, Task.due_at < until)
    wanted = (
        select(Task.case_id, Task.number, Task.version_id, Task.element, Task.due_at)
        .where(*here)
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    rows = tuple(MovedRow(*row, None) for row in db.session.execute(wanted))
    return Moves(db.session.scalar(select(func.count()).select_from(Task).where(*here)) or 0, rows)
