"""Queries of the pages of disciplines, journals and curricula: lists paged by key, one of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_

from app.journal.tables import Course, CurriculumLine, Offering, PlannedHours, Semester, Teaching
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup
from app.people.queries.structure import matches_text


@dataclass(frozen=True, slots=True)
class ListedCourse:
    """A discipline in a list."""

    id: UUID
    code: str
    names: Mapping[str, str]
    department: UUID
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class ListedJournal:
    """A journal in a list; `teachers` are short names."""

    id: UUID
    code: str
    names: Mapping[str, str]
    group: str
    group_id: UUID
    semester: Mapping[str, str]
    academic_year: str
    credits: Decimal | None
    planned_hours: int
    teachers: tuple[str, ...]
    ends_on: date | None
    state: str


@dataclass(frozen=True, slots=True)
class JournalCard:
    """A journal with what its page shows; `hours` by type of lesson."""

    id: UUID
    course: UUID
    code: str
    names: Mapping[str, str]
    department: UUID
    group: UUID
    group_name: str
    institute: UUID
    semester_names: Mapping[str, str]
    academic_year: str
    starts_on: date
    semester_ends_on: date
    credits: Decimal | None
    planned_hours: int
    hours: Mapping[str, int]
    ends_on: date | None
    teachers: Sequence[Teaching]
    state: str


def load_disciplines_page(
    units: Collection[UUID] | None,
    text: str = "",
    after: tuple[str, UUID] | None = None,
    most: int = 51,
) -> list[ListedCourse]:
    """Return disciplines of these departments (None: of all) by code after a key; one statement."""
    statement = select(Course).order_by(Course.code, Course.id).limit(most)
    if units is not None:
        statement = statement.where(Course.department_id.in_(units))
    if text:
        statement = statement.where(matches_text(text, Course.code, Course.names))
    if after is not None:
        statement = statement.where(tuple_(Course.code, Course.id) > tuple_(*after))
    return [
        ListedCourse(row.id, row.code, row.names, row.department_id, row.ends_on)
        for row in db.session.scalars(statement)
    ]


def load_disciplines_going_on(units: Collection[UUID] | None, today: date) -> list[ListedCourse]:
    """Return the disciplines of these departments (None: of all) that go on, by code; one statement."""
    statement = select(Course).where(or_(Course.ends_on.is_(None), Course.ends_on >= today))
    if units is not None:
        statement = statement.where(Course.department_id.in_(units))
    return [
        ListedCourse(row.id, row.code, row.names, row.department_id, row.ends_on)
        for row in db.session.scalars(statement.order_by(Course.code, Course.id))
    ]


def load_journals_page(
    reach: Collection[UUID] | None,
    units: Collection[UUID] | None = None,
    semester: UUID | None = None,
    text: str = "",
    after: tuple[str, str, UUID] | None = None,
    most: int = 51,
    state: str = "",
) -> list[ListedJournal]:
    """Return journals by code and group after a key: of departments or institutes in `reach` (None: all), of those in
    `units` (None: no filter), in a state ("": any); two statements."""
    key = (Course.code, StudyGroup.name, Offering.id)
    statement = (
        select(Offering, Course.code, Course.names, StudyGroup.name.label("group_name"), Semester)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .order_by(*key)
        .limit(most)
    )
    for among in (reach, units):
        if among is not None:
            statement = statement.where(or_(Course.department_id.in_(among), StudyGroup.unit_id.in_(among)))
    if semester is not None:
        statement = statement.where(Offering.semester_id == semester)
    if state:
        statement = statement.where(Offering.state == state)
    if text:
        statement = statement.where(matches_text(text, Course.code, Course.names, StudyGroup.name))
    if after is not None:
        statement = statement.where(tuple_(*key) > tuple_(*after))
    found = db.session.execute(statement).all()
    teachers = _load_teacher_names([row.Offering.id for row in found])
    return [
        ListedJournal(
            row.Offering.id,
            row.code,
            row.names,
            row.group_name,
            row.Offering.group_id,
            row.Semester.names,
            row.Semester.academic_year,
            row.Offering.credits,
            row.Offering.planned_hours,
            teachers.get(row.Offering.id, ()),
            row.Offering.ends_on,
            row.Offering.state,
        )
        for row in found
    ]


def _load_teacher_names(offerings: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Return the short names of the teachers by journal, in alphabetical order."""
    if not offerings:
        return {}
    pairs = db.session.execute(
        select(Teaching.offering_id, Teaching.person_id).where(Teaching.offering_id.in_(offerings)).distinct()
    ).all()
    names = people.load_names({person for _, person in pairs})
    by_journal: dict[UUID, list[str]] = {}
    for offering, person in sorted(pairs, key=lambda pair: names[pair[1]].sort_key):
        by_journal.setdefault(offering, []).append(names[person].short)
    return {offering: tuple(shown) for offering, shown in by_journal.items()}


def find_journal_card(offering: UUID) -> JournalCard | None:
    """Return a journal with its teachers by first day; None for an unknown one. Three statements."""
    row = db.session.execute(
        select(Offering, Course, StudyGroup, Semester)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Offering.id == offering)
    ).one_or_none()
    if row is None:
        return None
    hours = select(PlannedHours.type, PlannedHours.hours).where(PlannedHours.offering_id == offering)
    teachers = select(Teaching).where(Teaching.offering_id == offering)
    return JournalCard(
        offering,
        row.Course.id,
        row.Course.code,
        row.Course.names,
        row.Course.department_id,
        row.StudyGroup.id,
        row.StudyGroup.name,
        row.StudyGroup.unit_id,
        row.Semester.names,
        row.Semester.academic_year,
        row.Semester.starts_on,
        row.Semester.ends_on,
        row.Offering.credits,
        row.Offering.planned_hours,
        {row.type: row.hours for row in db.session.execute(hours)},
        row.Offering.ends_on,
        db.session.scalars(teachers.order_by(Teaching.starts_on, Teaching.part, Teaching.id)).all(),
        row.Offering.state,
    )


def load_curriculum(programme: UUID) -> list[tuple[CurriculumLine, str, Mapping[str, str]]]:
    """Return the curriculum of a programme, with code and names of each discipline, by semester; one statement."""
    found = db.session.execute(
        select(CurriculumLine, Course.code, Course.names)
        .join(Course, Course.id == CurriculumLine.course_id)
        .where(CurriculumLine.programme_id == programme)
        .order_by(CurriculumLine.semester, Course.code, CurriculumLine.id)
    )
    return [(row.CurriculumLine, row.code, row.names) for row in found]


def count_journals_of_course(course: UUID) -> int:
    """Return how many journals of a discipline there are or were; one statement."""
    return db.session.scalar(select(func.count()).where(Offering.course_id == course)) or 0
