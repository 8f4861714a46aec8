"""The title page of a journal: title data (2.1a), the group list by orders
(2.1b), the study calendar (2.1c)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS, LESSON_TYPES_WITHOUT_ROLL
from app.journal.gradebook.load import OfferingState
from app.journal.tables import Course, Lesson, Offering, Semester
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Programme, StudyGroup


@dataclass(frozen=True, slots=True)
class CourseTeacher:
    """A teacher with the part taught, and its first and last day (both included)."""

    name: people.PersonName
    part: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PlannedLesson:
    """One line of the study calendar; `hours` are academic hours."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    type: str
    topic: str
    methods: str
    task: str
    hours: int
    state: str
    roll_taken_at: datetime | None

    @property
    def is_in_study_calendar(self) -> bool:
        """Return whether the hours belong to the calendar: not for a cancelled or rescheduled lesson."""
        return self.state not in LESSON_STATES_WITHOUT_MARKS

    def is_taught(self, now: datetime) -> bool:
        """Return whether the hours are taught: the lesson took place, is over, and
        has a roll where one is required."""
        entered = self.roll_taken_at is not None or self.type in LESSON_TYPES_WITHOUT_ROLL
        return self.is_in_study_calendar and entered and self.ends_at <= now


@dataclass(frozen=True, slots=True)
class TitlePage:
    """The title page. Units are by id in `units`; `programme`, `names` and `semester` in ky/ru/en."""

    code: str
    names: Mapping[str, str]
    department: Mapping[str, str]
    institute: Mapping[str, str]
    group: str
    group_id: UUID
    programme: Mapping[str, str] | None
    year_of_study: int | None
    curator: people.PersonName | None
    semester: Mapping[str, str]
    academic_year: str
    starts_on: date
    ends_on: date
    planned_hours: int
    credits: Decimal | None
    semester_id: UUID
    exam_on: date | None
    teachers: tuple[CourseTeacher, ...]
    members: tuple[people.GroupMember, ...]
    lessons: tuple[PlannedLesson, ...]

    def hours_taught(self, now: datetime) -> int:
        """Return the academic hours taught up to this moment."""
        return sum(lesson.hours for lesson in self.lessons if lesson.is_taught(now))


def load_title_page(offering: OfferingState) -> TitlePage:
    """Return the title page of a journal; the caller has checked access. Five statements."""
    row = db.session.execute(
        select(Offering, Course.code, Semester, StudyGroup, Programme.names.label("programme"))
        .join(Course, Course.id == Offering.course_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .outerjoin(Programme, Programme.id == StudyGroup.programme_id)
        .where(Offering.id == offering.id)
    ).one()
    units = people.load_unit_tree()
    curator = row.StudyGroup.curator_id
    names = people.load_names({part.person for part in offering.teachers} | ({curator} if curator else set()))
    return TitlePage(
        code=row.code,
        names=offering.names,
        department=units[offering.department].names,
        institute=units[offering.institute].names,
        group=row.StudyGroup.name,
        group_id=row.StudyGroup.id,
        programme=row.programme,
        year_of_study=row.StudyGroup.year_of_study,
        curator=names.get(curator),
        semester=row.Semester.names,
        academic_year=row.Semester.academic_year,
        starts_on=row.Semester.starts_on,
        ends_on=row.Semester.ends_on,
        planned_hours=row.Offering.planned_hours,
        credits=row.Offering.credits,
        semester_id=row.Semester.id,
        exam_on=row.Offering.exam_on,
        teachers=tuple(
            CourseTeacher(names[part.person], part.part, part.starts_on, part.ends_on)
            for part in sorted(offering.teachers, key=lambda part: (part.starts_on, part.part))
        ),
        members=tuple(people.load_past_and_present_members(row.StudyGroup.id)),
        lessons=_load_planned_lessons(offering.id),
    )


_PLANNED_LESSON_COLUMNS = tuple(getattr(Lesson, name) for name in PlannedLesson.__slots__)


def _load_planned_lessons(offering: UUID) -> tuple[PlannedLesson, ...]:
    """Return the lines of the study calendar by start."""
    # Columns instead of entities, in the order of the dataclass fields.
    found: Any = db.session.execute(
        select(*_PLANNED_LESSON_COLUMNS)
        .where(Lesson.offering_id == offering)
        .order_by(Lesson.starts_at, Lesson.id)
    )
    return tuple(PlannedLesson(*row) for row in found)
