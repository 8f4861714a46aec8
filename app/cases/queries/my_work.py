"""Tasks of one person, the files he submitted, and the number of open cases about students."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_

from app.audit.words import unseal_texts
from app.cases.access import (
    is_case_content_hidden_for,
    preload_names_of_cases,
    public_case_subject,
    visible_case_subject,
    visible_cases_condition,
)
from app.cases.models import Attachment, Case, Task
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.files.models import Blob, File
from app.kernel.act import Act
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class PersonTask:
    """An open task of one person, for his day page."""

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


def load_open_person_tasks(person: UUID, limit: int = 20, viewer: Act | None = None) -> list[PersonTask]:
    """Return the open tasks assigned to this person, first due first; one statement on a partial index.

    With `viewer` only those of cases that he may open, with the part of the case subject he may see.
    """
    statement = (
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
        return [PersonTask(*row) for row in db.session.execute(statement)]
    visible = (
        statement.add_columns(Case).join(Case, Case.id == Task.case_id).where(visible_cases_condition(viewer))
    )
    return [_person_task_for_viewer(viewer, *row) for row in db.session.execute(visible)]


def _person_task_for_viewer(viewer: Act, *row: Any) -> PersonTask:
    """Return the task with the part of the case subject that the viewer may see."""
    *columns, case = row
    task = PersonTask(*columns)
    return (
        replace(task, subject=public_case_subject(case.diagram, task.subject))
        if is_case_content_hidden_for(viewer, case)
        else task
    )


@dataclass(frozen=True, slots=True)
class SubmittedFile:
    """A submitted file: its case, when and by whom it was submitted, size, and whether it may be opened."""

    id: UUID
    name: str
    media_type: str
    size: int
    at: datetime
    by: UUID
    case: Case
    subject: dict[str, Any]
    can_open: bool


FILES_PER_PAGE = 50


def load_submitted_files_page(act: Act, student: UUID, after: str = "") -> tuple[list[SubmittedFile], str]:
    """Return the files submitted by this student or in his name, newest first, with the key of the next page.

    Only of cases that the person of the act may see. A file that he may not open has no subject beyond its
    public part (7.1).
    """
    statement = (
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
        .limit(FILES_PER_PAGE + 1)
    )
    if act.person != student:
        statement = statement.where(visible_cases_condition(act))
    if after:
        at, last_id = parse_page_key(after)
        statement = statement.where(
            tuple_(Attachment.at, Attachment.id) < tuple_(literal(at), literal(last_id))
        )
    rows = db.session.execute(statement).all()
    names = unseal_texts((row.Attachment.person, row.Attachment.name) for row in rows[:FILES_PER_PAGE])
    preload_names_of_cases(row.Case for row in rows)
    files = [_build_submitted_file_view(act, row, name) for row, name in zip(rows, names, strict=False)]
    has_more = len(rows) > FILES_PER_PAGE
    return files, format_page_key(
        rows[FILES_PER_PAGE - 1].Attachment.at, rows[FILES_PER_PAGE - 1].Attachment.id
    ) if has_more else ""


def _build_submitted_file_view(act: Act, row: Any, name: str) -> SubmittedFile:
    """Return the view of one file for the person of the act."""
    return SubmittedFile(
        id=row.Attachment.id,
        name=name,
        media_type=row.media_type,
        size=row.size,
        at=row.Attachment.at,
        by=row.Attachment.person,
        case=row.Case,
        subject=visible_case_subject(act, row.Case),
        can_open=not is_case_content_hidden_for(act, row.Case),
    )


def count_visible_open_student_cases(act: Act, students: Iterable[UUID]) -> dict[UUID, int]:
    """Return how many open cases are about each of these students; one statement, none for no students.

    Counts only cases that the person of the act may open.
    """
    student_ids = list(students)
    if not student_ids:
        return {}
    students_of_cases = (
        select(func.unnest(Case.about).label("student"))
        .where(Case.status == "open", Case.about.overlap(student_ids), visible_cases_condition(act))
        .subquery()
    )
    rows = db.session.execute(
        select(students_of_cases.c.student, func.count().label("cases"))
        .where(students_of_cases.c.student.in_(student_ids))
        .group_by(students_of_cases.c.student)
    )
    return {row.student: row.cases for row in rows}
