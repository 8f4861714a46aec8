"""Reads of change sets: content, structured subject and scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.audit.words import unseal_text
from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.access import offering_permission_scope
from app.journal.tables import ChangeSet, Lesson
from app.kernel.clock import local_day
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.rules import PermissionScope


@dataclass(frozen=True, slots=True)
class ChangeSetView:
    """An immutable change set; cells are {lesson, student, kind, version, old, new}."""

    id: UUID
    requester: UUID
    offering: UUID
    cells: Sequence[Mapping[str, Any]]
    error_kind: str
    reason: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ChangeSetScope:
    """Units and persons of a change set: department of the discipline,
    institute of the students, students."""

    discipline_department: UUID
    student_institute: UUID
    students: tuple[UUID, ...]
    scope: PermissionScope


def load_change_set(id: UUID) -> ChangeSetView:
    """Return the change set with this id; raise Missing."""
    row = _load_change_set_row(id)
    return ChangeSetView(
        row.id,
        row.requester,
        row.offering_id,
        row.cells,
        row.error_kind,
        unseal_text(row.requester, row.reason),
        row.sha256,
    )


def describe_change_set(id: UUID) -> dict[str, Any]:
    """Return a change set as JSON: {course: {ky, ru, en}, group, offering, cells: [{student, student_id,
    lesson, date, lesson_type, kind, old, new}]}.

    Empty values are "". Texts are added by the presenter. Raise Missing.
    """
    row = _load_change_set_row(id)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    lessons = {
        str(lesson.id): lesson
        for lesson in db.session.scalars(
            select(Lesson).where(Lesson.id.in_({UUID(cell["lesson"]) for cell in row.cells}))
        )
    }
    names = people.load_names({UUID(cell["student"]) for cell in row.cells})
    cells = [
        {
            "student": names[UUID(cell["student"])].short,
            "student_id": cell["student"],
            "lesson": cell["lesson"],
            "date": local_day(lessons[cell["lesson"]].starts_at).isoformat(),
            "lesson_type": lessons[cell["lesson"]].type,
            "kind": cell["kind"],
            "old": cell["old"] or "",
            "new": cell["new"] or "",
        }
        for cell in row.cells
    ]
    cells.sort(key=lambda cell: (cell["date"], cell["student"], cell["kind"]))
    return {
        "course": dict(offering.names),
        "group": offering.group_name,
        "offering": str(offering.id),
        "cells": cells,
    }


def load_change_set_scope(id: UUID) -> ChangeSetScope:
    """Return the units and persons the change set concerns; raise Missing."""
    row = _load_change_set_row(id)
    offering = load_gradebook.load_offerings([row.offering_id])[row.offering_id]
    students = tuple(dict.fromkeys(UUID(cell["student"]) for cell in row.cells))
    scope = offering_permission_scope(offering, (row.requester, *students))
    return ChangeSetScope(offering.department, offering.institute, students, scope)


def load_change_set_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 to which approvals of this change set are bound; None when it does not exist."""
    row = db.session.get(ChangeSet, id)
    return row.sha256 if row else None


def _load_change_set_row(id: UUID) -> ChangeSet:
    """Return the change set; raise Missing."""
    row = db.session.get(ChangeSet, id)
    if row is None:
        raise Missing
    return row
