"""What waits for one person alone, what he handed in, and how many cases run about the students of a group."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_

from app.cases.access import keeps_from, open_subject, seen_by, subject_for
from app.cases.models import Attachment, Case, Task
from app.cases.queries.inbox import key_of, read_key
from app.files.models import Blob, File
from app.kernel.act import Act
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open task of one person, as his day shows it."""

    id: UUID
    case: UUID
    number: str
    version_id: UUID
    element: str
    subject: dict[str, Any]
    unit: UUID | None
    due_at: datetime
    computation: dict[str, Any]
    clause: str


def tasks_of(person: UUID, limit: int = 20, viewer: Act | None = None) -> list[Waiting]:
    """The open tasks that are this person's alone, the most pressing first; one statement on a partial index.

    With `viewer` those of cases that he may open, with what he may know of them.
    """
    wanted = (
        select(
            Task.id,
            Task.case_id,
            Task.number,
            Task.version_id,
            Task.element,
            Task.subject,
            Task.unit_id,
            Task.due_at,
            Task.computation,
            Task.clause,
        )
        .where(Task.assignee == person, Task.closed_at.is_(None))
        .order_by(Task.due_at, Task.id)
        .limit(limit)
    )
    if viewer is None:
        return [Waiting(*row) for row in db.session.execute(wanted)]
    theirs = wanted.add_columns(Case).join(Case, Case.id == Task.case_id).where(seen_by(viewer))
    return [_seen(viewer, *row) for row in db.session.execute(theirs)]


def _seen(viewer: Act, *row: Any) -> Waiting:
    *columns, case = row
    one = Waiting(*columns)
    return replace(one, subject=open_subject(case.diagram, one.subject)) if keeps_from(viewer, case) else one


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was handed in: in which case, when, by whom, how large, and whether it may be opened."""

    id: UUID
    name: str
    media_type: str
    size: int
    at: datetime
    by: UUID
    case: Case
    subject: dict[str, Any]
    may_open: bool


PAPERS = 50


def papers_of(act: Act, student: UUID, after: str = "") -> tuple[list[Paper], str]:
    """The files this student handed in, and those handed in in his name, newest first, with the key of the next page.

    Of the cases that the person of the act may see; papers that are not for him are named by their case alone (7.1).
    """
    wanted = (
        select(Attachment, Blob.media_type, Blob.size, Case)
        .join(File, File.id == Attachment.id)
        .join(Blob, Blob.address == File.address)
        .join(Case, Case.id == Attachment.case_id)
        .where(
            or_(
                Attachment.person == student,
                and_(Case.on_behalf_of == student, Attachment.person == Case.requester),
            )
        )
        .order_by(Attachment.at.desc(), Attachment.id.desc())
        .limit(PAPERS + 1)
    )
    if act.person != student:
        wanted = wanted.where(seen_by(act))
    if after:
        at, last = read_key(after)
        wanted = wanted.where(tuple_(Attachment.at, Attachment.id) < tuple_(literal(at), literal(last)))
    found = db.session.execute(wanted).all()
    shown = [_paper(act, row) for row in found[:PAPERS]]
    more = len(found) > PAPERS
    return shown, key_of(found[PAPERS - 1].Attachment.at, found[PAPERS - 1].Attachment.id) if more else ""


def _paper(act: Act, row: Any) -> Paper:
    return Paper(
        id=row.Attachment.id,
        name=row.Attachment.name,
        media_type=row.media_type,
        size=row.size,
        at=row.Attachment.at,
        by=row.Attachment.person,
        case=row.Case,
        subject=subject_for(act, row.Case),
        may_open=not keeps_from(act, row.Case),
    )


def open_counts(act: Act, students: Iterable[UUID]) -> dict[UUID, int]:
    """How many open cases that the person of the act may open are about each of these students; one statement, none
    for nobody."""
    wanted = list(students)
    if not wanted:
        return {}
    about = (
        select(func.unnest(Case.about).label("student"))
        .where(Case.status == "open", Case.about.overlap(wanted), seen_by(act))
        .subquery()
    )
    found = db.session.execute(
        select(about.c.student, func.count().label("cases"))
        .where(about.c.student.in_(wanted))
        .group_by(about.c.student)
    )
    return {row.student: row.cases for row in found}
