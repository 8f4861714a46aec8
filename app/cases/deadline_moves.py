"""Whether an open term ends at another moment now: the term as it stands and the book of the regulation in, the new
end out. A preview and its execution decide by the same function. Reads rows, writes none.

A term that is closed or has fired has no row here and never moves. A term is never moved into the past: whoever has it
keeps what he was promised. A term that has ended moves only to a moment still to come (a pause was recorded for the
time in which it ended); otherwise it stays late as it was.
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
from app.regulation.rules import Deadline, Terms, until
from app.regulation.term_book import Book


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """A term that runs: of a task (`id` is its own), or of a timer of the diagram (`task` is what it hangs on)."""

    id: UUID
    case: UUID
    task: UUID | None
    element: str
    unit: UUID | None
    policy: str
    anchor: datetime
    due_at: datetime
    of_task: bool


@dataclass(frozen=True, slots=True)
class MovedTerm:
    """A term with its new end."""

    term: OpenTerm
    deadline: Deadline


def moved(term: OpenTerm, terms: Terms, now: datetime) -> Deadline | None:
    """The end of the term by these terms of its unit; None when it stays as it is."""
    if term.policy not in terms.policies:
        return None
    counted = until(terms, term.policy, term.anchor)
    return counted if counted.moment != term.due_at and counted.moment > now else None


def all_moved(open_terms: Iterable[OpenTerm], book: Book, now: datetime) -> list[MovedTerm]:
    """Every term that ends otherwise by this book, in the order given."""
    known: dict[tuple[UUID | None, date], Terms] = {}
    found = []
    for term in open_terms:
        key = (term.unit, local_day(term.anchor))
        if key not in known:
            known[key] = book.terms(*key)
        deadline = moved(term, known[key], now)
        if deadline is not None:
            found.append(MovedTerm(term, deadline))
    return found


def told(found: Sequence[MovedTerm]) -> list[MovedTerm]:
    """Those people read of: tasks, and timers that do not simply end with their task."""
    ends = {(one.term.task, one.term.due_at) for one in found if one.term.of_task}
    return [one for one in found if one.term.of_task or (one.term.task, one.term.due_at) not in ends]


def open_terms(
    since: datetime, cases: Collection[UUID] | None = None, units: Collection[UUID] | None = None
) -> list[OpenTerm]:
    """Terms that run and end after `since`: of these cases, or of all; of these units, or of all. Two statements."""
    return [*_of_tasks(since, cases, units), *_of_timers(since, cases, units)]


def _of_tasks(
    since: datetime, cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[OpenTerm]:
    anchor = Task.computation["steps"][0]["at"].astext
    wanted = select(
        Task.id, Task.case_id, Task.element, Task.unit_id, Task.policy, anchor, Task.opened_at, Task.due_at
    ).where(Task.closed_at.is_(None), Task.due_at >= since, *_within(Task.case_id, cases, units))
    return [
        OpenTerm(
            id=id,
            case=case,
            task=id,
            element=element,
            unit=unit,
            policy=policy,
            anchor=datetime.fromisoformat(since_text) if since_text else opened_at,
            due_at=due_at,
            of_task=True,
        )
        for id, case, element, unit, policy, since_text, opened_at, due_at in db.session.execute(wanted)
    ]


def _of_timers(
    since: datetime, cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[OpenTerm]:
    wanted = (
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
        .where(Timer.kind == "diagram", Timer.due_at >= since, *_within(Timer.case_id, cases, units))
    )
    return [OpenTerm(*row, of_task=False) for row in db.session.execute(wanted)]


def _within(
    of_case: InstrumentedAttribute[UUID], cases: Collection[UUID] | None, units: Collection[UUID] | None
) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if cases is not None:
        chosen.append(of_case.in_(list(cases)))
    if units is not None:
        chosen.append(Task.unit_id.in_(list(units)))
    return chosen
