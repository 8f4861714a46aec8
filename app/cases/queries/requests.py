"""What I asked for, and the open cases about a student's cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, or_, select, tuple_

from app.cases.models import Case, Task
from app.cases.queries.inbox import PAGE, key_of, read_key
from app.kernel.db import db
from app.people import queries as people


@dataclass(frozen=True, slots=True)
class Request:
    """One of my cases: what about, where it stands, who has it, by when."""

    id: UUID
    number: str
    diagram: str
    version_id: UUID
    status: str
    outcome: str | None
    subject: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    element: str | None
    role: str | None
    holder: str
    due_at: datetime | None


def my_requests(person: UUID, after: str = "", only_open: bool = False) -> tuple[list[Request], str]:
    """Cases I started or that are about me, newest first, with who has them now; two statements."""
    conditions: list[Any] = [or_(Case.requester == person, Case.about.contains([person]))]
    if only_open:
        conditions.append(Case.status == "open")
    if after:
        opened, last = read_key(after)
        conditions.append(tuple_(Case.opened_at, Case.id) < tuple_(literal(opened), literal(last)))
    now = (
        select(Task.element, Task.role, Task.assignee, Task.due_at)
        .where(Task.case_id == Case.id, Task.closed_at.is_(None))
        .order_by(Task.due_at)
        .limit(1)
        .lateral()
    )
    found = db.session.execute(
        select(Case, now.c.element, now.c.role, now.c.assignee, now.c.due_at)
        .outerjoin(now, literal(True))
        .where(*conditions)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(PAGE + 1)
    ).all()
    names = people.names([row.assignee for row in found if row.assignee])
    shown = [_request(row, names) for row in found[:PAGE]]
    more = len(found) > PAGE
    return shown, key_of(shown[-1].opened_at, shown[-1].id) if more else ""


def _request(row: Any, names: dict[UUID, Any]) -> Request:
    case: Case = row[0]
    return Request(
        id=case.id,
        number=case.number,
        diagram=case.diagram,
        version_id=case.version_id,
        status=case.status,
        outcome=case.outcome,
        subject=case.subject,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        element=row.element,
        role=row.role,
        holder=names[row.assignee].short if row.assignee in names else "",
        due_at=row.due_at,
    )


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that speaks of a student, as a cell's card lists it."""

    id: UUID
    number: str
    diagram: str
    status: str
    outcome: str | None
    subject: dict[str, Any]


def about_student(students: Sequence[UUID], *, only_open: bool = True, limit: int = 50) -> list[OpenCase]:
    """Cases about any of these students, newest first; one statement."""
    statement = select(Case.id, Case.number, Case.diagram, Case.status, Case.outcome, Case.subject).where(
        Case.about.overlap(list(students))
    )
    if only_open:
        statement = statement.where(Case.status == "open")
    return [
        OpenCase(*row) for row in db.session.execute(statement.order_by(Case.opened_at.desc()).limit(limit))
    ]


def of_ids(case_ids: Sequence[UUID]) -> dict[UUID, OpenCase]:
    """Cases by id, as a history of a cell names them; one statement."""
    if not case_ids:
        return {}
    found = db.session.execute(
        select(Case.id, Case.number, Case.diagram, Case.status, Case.outcome, Case.subject).where(
            Case.id.in_(list(case_ids))
        )
    )
    return {row.id: OpenCase(*row) for row in found}


def by_number(number: str) -> UUID | None:
    """The id of the case with this number."""
    return db.session.scalar(select(Case.id).where(Case.number == number.strip()))
