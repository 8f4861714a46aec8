"""The journals in whose lists a student stands or stood, and journals by id, with discipline and group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.journal.tables import Course, Offering
from app.kernel.db import db
from app.people.models import Membership, StudyGroup


@dataclass(frozen=True, slots=True)
class ListedJournal:
    """Names of the discipline (ky, ru, en) and the group of a journal, and the units of both."""

    names: Mapping[str, str]
    group: str
    units: tuple[UUID, ...] = ()


def load_journals_of_student(student: UUID) -> dict[UUID, ListedJournal]:
    """Return the journals of every group to which the student belongs or belonged; one statement."""
    groups = select(Membership.group_id).where(Membership.person_id == student)
    return _load_journals_where(Offering.group_id.in_(groups))


def load_journals(ids: Collection[UUID]) -> dict[UUID, ListedJournal]:
    """Return the journals among these ids; one statement, none for no ids."""
    return _load_journals_where(Offering.id.in_(list(ids))) if ids else {}


def _load_journals_where(condition: ColumnElement[bool]) -> dict[UUID, ListedJournal]:
    columns: Any = (Offering.id, Course.names, StudyGroup.name, Course.department_id, StudyGroup.unit_id)
    found = db.session.execute(
        select(*columns)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(condition)
    )
    return {id: ListedJournal(names, group, tuple(units)) for id, names, group, *units in found}
