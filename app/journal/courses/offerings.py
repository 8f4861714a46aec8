"""Lists of journals: of a teacher, of groups, of units."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, true

from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LESSON_TYPES_WITHOUT_ROLL
from app.journal.tables import Course, Lesson, Offering, Semester, Teaching
from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup

MAX_OFFERINGS = 500


@dataclass(frozen=True, slots=True)
class OfferingRow:
    """One journal in a list. `missing_rolls` counts held lessons without a roll, `topics` lessons with a topic."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: str
    semester: Mapping[str, str]
    academic_year: str
    starts_on: date
    ends_on: date
    planned_hours: int
    credits: Decimal | None
    lessons: int
    rolls_taken: int
    missing_rolls: int
    topics: int
    teachers: tuple[str, ...]
    state: str


def load_offerings_ever_taught(person: UUID, now: datetime) -> list[OfferingRow]:
    """Return the journals this person teaches or taught, latest semester first; two statements."""
    mine = select(Teaching.offering_id).where(Teaching.person_id == person)
    return _load_offering_rows(Offering.id.in_(mine), now)


def load_offerings_of_groups(now: datetime, groups: Iterable[UUID]) -> list[OfferingRow]:
    """Return the journals of these groups; two statements, none without groups."""
    wanted = list(groups)
    return _load_offering_rows(Offering.group_id.in_(wanted), now) if wanted else []


def load_offerings_of_units(
    now: datetime, departments: Iterable[UUID] = (), groups_of: Iterable[UUID] = (), *, all: bool = False
) -> list[OfferingRow]:
    """Return the journals of disciplines of these departments and of groups
    of these units; two statements."""
    if all:
        return _load_offering_rows(Offering.id.is_not(None), now)
    departments, units = list(departments), list(groups_of)
    conditions: list[ColumnElement[bool]] = []
    if departments:
        conditions.append(Course.department_id.in_(departments))
    if units:
        conditions.append(StudyGroup.unit_id.in_(units))
    return _load_offering_rows(or_(false(), *conditions), now)


def load_audited_offerings(now: datetime, assignments: Collection[RoleAssignment]) -> list[OfferingRow]:
    """Return the journals in the limits of an auditor, every one for an auditor without limits (7.1); two statements
    and one for each unit."""
    condition = people.audited_rows_condition(
        assignments,
        "journal.read",
        (Course.department_id, StudyGroup.unit_id),
        (Semester.starts_on, Semester.ends_on),
    )
    return _load_offering_rows(true() if condition is None else condition, now)


def _load_offering_rows(condition: ColumnElement[bool], now: datetime) -> list[OfferingRow]:
    """Return the journals of a condition with counts of lessons, rolls and
    overdue rolls, and teachers' names."""
    begun = (
        (Lesson.ends_at < now)
        & Lesson.type.not_in(LESSON_TYPES_WITHOUT_ROLL)
        & Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS)
    )
    # LATERAL: one index range of lessons for each journal instead of a grouping over all lessons.
    counts = (
        select(
            func.count().label("lessons"),
            func.count(Lesson.roll_taken_at).label("taken"),
            func.count()
            .filter(begun, Lesson.roll_taken_at.is_(None), Offering.state != "DRAFT")
            .label("behind"),
            func.count().filter(Lesson.topic != "").label("topics"),
        )
        .where(Lesson.offering_id == Offering.id)
        .lateral()
    )
    teachers = (
        select(func.array_agg(Teaching.person_id.distinct()))
        .where(Teaching.offering_id == Offering.id)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(Offering, Course, Semester, StudyGroup.name, counts, teachers.label("teachers"))
        .join(Course, Course.id == Offering.course_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(counts, true())
        .where(condition)
        .order_by(Semester.starts_on.desc(), Course.code, StudyGroup.name)
        .limit(MAX_OFFERINGS)
    ).all()
    names = people.load_names({person for row in found for person in row.teachers or ()})
    return [_build_offering_row(row, names) for row in found]


def _build_offering_row(row: Any, names: Mapping[UUID, people.PersonName]) -> OfferingRow:
    """Return the list row of a query row."""
    return OfferingRow(
        id=row.Offering.id,
        code=row.Course.code,
        names=row.Course.names,
        group=row.name,
        semester=row.Semester.names,
        academic_year=row.Semester.academic_year,
        starts_on=row.Semester.starts_on,
        ends_on=row.Semester.ends_on,
        planned_hours=row.Offering.planned_hours,
        credits=row.Offering.credits,
        lessons=row.lessons,
        rolls_taken=row.taken,
        missing_rolls=row.behind,
        topics=row.topics,
        teachers=tuple(sorted(names[person].short for person in row.teachers or ())),
        state=row.Offering.state,
    )
