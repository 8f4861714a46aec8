"""Cases by requester, student, subject or number, for lists and for the card of a cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.cases.access import (
    is_case_content_hidden_for,
    preload_names_of_cases,
    visible_case_subject,
    visible_cases_condition,
    visible_requester_name,
)
from app.cases.models import Case, Task
from app.cases.queries.inbox import PAGE_SIZE, format_page_key, parse_page_key
from app.kernel.act import Act
from app.kernel.db import db
from app.people import queries as people

MAX_OPEN_REQUESTS = 200
"""Maximum number of open cases that are listed together."""


@dataclass(frozen=True, slots=True)
class RequestedCaseRow:
    """One case as its requester follows it.

    `subject` is the part the reader may see; `content_hidden`: its words are not for him (7.1). `element` to `clause`
    belong to the open task that is due first; None when there is none. `asked_by` is the requester,
    `asked_for` the person in whose name, when it was not himself.
    """

    id: UUID
    number: str
    diagram: str
    version_id: UUID
    status: str
    outcome: str | None
    subject: dict[str, Any]
    subject_id: UUID | None
    requester: UUID
    asked_by: str
    asked_for: UUID | None
    opened_at: datetime
    closed_at: datetime | None
    task: UUID | None
    element: str | None
    role: str | None
    assignee: UUID | None
    holder: str
    unit: UUID | None
    since: datetime | None
    due_at: datetime | None
    computation: dict[str, Any]
    clause: str | None
    content_hidden: bool = False


def load_person_requests_page(
    person: UUID, after: str = "", only_open: bool = False, viewer: Act | None = None
) -> tuple[list[RequestedCaseRow], str]:
    """Return the cases this person requested or that are about him, newest first, and the next page's key.

    Each with its present assignee; two statements. `viewer` restricts them to cases that he may open, as a
    curator or a directorate does for a student.
    """
    conditions: list[Any] = [or_(Case.requester == person, Case.about.contains([person]))]
    if viewer is not None:
        conditions.append(visible_cases_condition(viewer))
    if only_open:
        conditions.append(Case.status == "open")
    if after:
        opened, last_id = parse_page_key(after)
        conditions.append(tuple_(Case.opened_at, Case.id) < tuple_(literal(opened), literal(last_id)))
    requests = _load_requested_case_rows(conditions, PAGE_SIZE + 1, viewer)
    page_rows = requests[:PAGE_SIZE]
    return page_rows, format_page_key(page_rows[-1].opened_at, page_rows[-1].id) if len(
        requests
    ) > PAGE_SIZE else ""


def load_open_cases_about_student(student: UUID, viewer: Act | None = None) -> list[RequestedCaseRow]:
    """Return every open case about this student, newest first, with its assignee; two statements.

    `viewer` restricts them to cases that he may open.
    """
    conditions: list[Any] = [Case.about.contains([student]), Case.status == "open"]
    if viewer is not None:
        conditions.append(visible_cases_condition(viewer))
    return _load_requested_case_rows(conditions, MAX_OPEN_REQUESTS, viewer)


def _load_requested_case_rows(
    conditions: Sequence[Any], limit: int, viewer: Act | None
) -> list[RequestedCaseRow]:
    """Return the cases under these conditions with their first due task and its assignee; two statements."""
    first_due = (
        select(Task)
        .where(Task.case_id == Case.id, Task.closed_at.is_(None))
        .order_by(Task.due_at)
        .limit(1)
        .lateral()
    )
    task = aliased(Task, first_due)
    rows = db.session.execute(
        select(Case, task)
        .outerjoin(first_due, literal(True))
        .where(*conditions)
        .order_by(Case.opened_at.desc(), Case.id.desc())
        .limit(limit)
    ).all()
    names = people.load_names([task.assignee for _case, task in rows if task is not None])
    preload_names_of_cases(case for case, _task in rows)
    return [_requested_case_row(case, task, names, viewer) for case, task in rows]


def _requested_case_row(
    case: Case, task: Task | None, names: Mapping[UUID, people.PersonName], viewer: Act | None
) -> RequestedCaseRow:
    """Return one row of the list."""
    holder = names.get(task.assignee) if task is not None and task.assignee else None
    return RequestedCaseRow(
        id=case.id,
        number=case.number,
        diagram=case.diagram,
        version_id=case.version_id,
        status=case.status,
        outcome=case.outcome,
        subject=visible_case_subject(viewer, case) if viewer else case.subject,
        subject_id=case.subject_id,
        requester=case.requester,
        asked_by=visible_requester_name(case),
        asked_for=case.on_behalf_of,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        task=task.id if task else None,
        element=task.element if task else None,
        role=task.role if task else None,
        assignee=task.assignee if task else None,
        holder=holder.short if holder else "",
        unit=task.unit_id if task else None,
        since=task.opened_at if task else None,
        due_at=task.due_at if task else None,
        computation=task.computation if task else {},
        clause=task.clause if task else None,
        content_hidden=viewer is not None and is_case_content_hidden_for(viewer, case),
    )


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case about a student, as a cell's card lists it. `content_hidden`: its words are not for the reader (7.1)."""

    id: UUID
    number: str
    diagram: str
    version_id: UUID
    status: str
    outcome: str | None
    subject: dict[str, Any]
    content_hidden: bool = False


def load_cases_about_students(
    students: Sequence[UUID], *, only_open: bool = True, limit: int = 50
) -> list[CaseSummary]:
    """Return the cases about any of these students, newest first; one statement."""
    statement = select(
        Case.id, Case.number, Case.diagram, Case.version_id, Case.status, Case.outcome, Case.subject
    ).where(Case.about.overlap(list(students)))
    if only_open:
        statement = statement.where(Case.status == "open")
    return [
        CaseSummary(*row)
        for row in db.session.execute(statement.order_by(Case.opened_at.desc()).limit(limit))
    ]


def load_cases_by_id(act: Act, case_ids: Sequence[UUID]) -> dict[UUID, CaseSummary]:
    """Return cases by id, with what the person of the act may see of them; one statement, none for no ids."""
    if not case_ids:
        return {}
    cases = db.session.scalars(select(Case).where(Case.id.in_(list(case_ids)))).all()
    preload_names_of_cases(cases)
    return {row.id: _case_summary(act, row) for row in cases}


def _case_summary(act: Act, row: Case) -> CaseSummary:
    """Return the summary of a case with the part of its subject that the person may see."""
    kept = is_case_content_hidden_for(act, row)
    return CaseSummary(
        row.id,
        row.number,
        row.diagram,
        row.version_id,
        row.status,
        row.outcome,
        visible_case_subject(act, row),
        kept,
    )


def load_cases_by_subject_id(subjects: Sequence[UUID]) -> list[CaseSummary]:
    """Return the cases whose subject is one of these now, newest first; one statement."""
    rows = db.session.execute(
        select(Case.id, Case.number, Case.diagram, Case.version_id, Case.status, Case.outcome, Case.subject)
        .where(Case.subject_id.in_(list(subjects)))
        .order_by(Case.opened_at.desc())
    )
    return [CaseSummary(*row) for row in rows]


def find_case_id_by_number(number: str) -> UUID | None:
    """Return the id of the case with this number; None when there is none."""
    return db.session.scalar(select(Case.id).where(Case.number == number.strip()))


def load_case_ids_by_number(numbers: Sequence[str]) -> dict[str, UUID]:
    """Return the ids of the cases with these numbers; one statement, none for no numbers."""
    if not numbers:
        return {}
    rows = db.session.execute(select(Case.number, Case.id).where(Case.number.in_(list(numbers))))
    return {row.number: row.id for row in rows}


def load_cells_of_open_makeup_cases(students: Sequence[UUID]) -> frozenset[tuple[UUID, UUID]]:
    """Return (lesson, student) of the open make-up cases of these students; one statement."""
    subjects = db.session.scalars(
        select(Case.subject).where(
            Case.about.overlap(list(students)), Case.status == "open", Case.diagram == "makeup"
        )
    )
    return frozenset(
        (UUID(missed["lesson"]), UUID(subject["student_id"]))
        for subject in subjects
        for missed in subject.get("missed", ())
    )
