"""Queries of a student's own marks (6.1): by course, with absences and points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, and_, cast, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from app.journal.gradebook import load as load_gradebook
from app.journal.gradebook.cell_state import (
    ATTENDANCE,
    GRADE,
    NOT_APPLICABLE,
    NOT_RECORDED,
    attendance_status,
)
from app.journal.gradebook.load_cells import build_cell_state
from app.journal.tables import Cell, Course, Lesson, Offering, Semester, Teaching
from app.kernel.clock import UNIVERSITY_ZONE
from app.kernel.db import db
from app.people import queries as people
from app.people.models import Membership, StudyGroup
from app.people.rules import TRANSFER_ORDER


@dataclass(frozen=True, slots=True)
class StudentLessonMark:
    """One lesson of the student: the status of annex 2, the points, its topic and its task."""

    lesson: UUID
    starts_at: datetime
    type: str
    topic: str
    task: str
    status: str
    grade: str


@dataclass(frozen=True, slots=True)
class CourseMarks:
    """A course of the student with its lessons until now, oldest first.

    `carried` is the same discipline in earlier groups, left by the transfer order `order_no`; each of those
    names the journal it was `carried_into`, and counts there and not here, so that the rating has every point
    once.
    """

    offering: UUID
    names: Mapping[str, str]
    teachers: tuple[str, ...]
    marks: list[StudentLessonMark]
    group: str = ""
    order_no: str = ""
    carried: tuple[CourseMarks, ...] = ()
    carried_into: UUID | None = None
    exam_on: date | None = None

    @property
    def recorded_lessons(self) -> list[StudentLessonMark]:
        """Return the lessons whose attendance was recorded."""
        return [mark for mark in self.marks if mark.status not in (NOT_RECORDED, NOT_APPLICABLE)]

    @property
    def points(self) -> list[Decimal]:
        """Return the points in the order of the lessons, transferred ones first; none where they are counted
        elsewhere."""
        if self.carried_into is not None:
            return []
        return [
            value for one in self.carried for value in one.points_of_this_journal
        ] + self.points_of_this_journal

    @property
    def points_of_this_journal(self) -> list[Decimal]:
        """Return the points given in this very journal."""
        return [Decimal(mark.grade) for mark in self.marks if mark.grade]

    @property
    def absences_not_made_up(self) -> list[StudentLessonMark]:
        """Return the lessons missed and not made up."""
        return [mark for mark in self.marks if mark.status in ("ABSENT", "EXCUSED", "SICK")]


@dataclass(frozen=True, slots=True)
class StudentSemester:
    """A semester in which the student's groups are taught something."""

    id: UUID
    names: Mapping[str, str]
    academic_year: str
    starts_on: date


def load_taught_student_semesters(student: UUID) -> list[StudentSemester]:
    """Return the semesters in which the student belonged to a group that is taught something, newest first;
    one statement."""
    found = db.session.execute(
        select(Semester.id, Semester.names, Semester.academic_year, Semester.starts_on)
        .where(
            exists().where(
                Offering.semester_id == Semester.id,
                Membership.group_id == Offering.group_id,
                Membership.person_id == student,
                Membership.starts_on <= Semester.ends_on,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= Semester.starts_on),
            )
        )
        .order_by(Semester.starts_on.desc(), Semester.id)
    )
    return [StudentSemester(*row) for row in found]


def load_student_course_marks(
    student: UUID, now: datetime, semester: UUID | None = None
) -> list[CourseMarks]:
    """Return every course of the student's groups (of one semester, if one is given) with the lessons of the
    student's days of membership, until `now`; two statements.

    What is saved is visible at once (6.1).
    """
    attendance, grade = aliased(Cell), aliased(Cell)
    day = cast(func.timezone(UNIVERSITY_ZONE.key, Lesson.starts_at), Date)
    teachers = (
        select(func.array_agg(Teaching.person_id.distinct()))
        .where(Teaching.offering_id == Offering.id)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(
            Lesson,
            Offering.id,
            Course.names,
            teachers,
            attendance,
            grade,
            Membership,
            StudyGroup.name,
            Offering.course_id,
            Offering.semester_id,
            Offering.exam_on,
        )
        .join(Offering, Offering.id == Lesson.offering_id)
        .join(Course, Course.id == Offering.course_id)
        .join(
            Membership,
            and_(
                Membership.group_id == Offering.group_id,
                Membership.person_id == student,
                Membership.starts_on <= day,
                or_(Membership.ends_on.is_(None), Membership.ends_on >= day),
            ),
        )
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .outerjoin(attendance, _cell_join_condition(attendance, student, ATTENDANCE))
        .outerjoin(grade, _cell_join_condition(grade, student, GRADE))
        .where(Lesson.starts_at <= now, Offering.semester_id == semester if semester is not None else true())
        .order_by(Course.code, Offering.id, Lesson.starts_at, Lesson.id)
    ).all()
    names = people.load_names({person for row in found for person in row[3] or ()})
    courses: dict[UUID, CourseMarks] = {}
    memberships: dict[tuple[UUID, UUID], dict[UUID, Membership]] = {}
    for lesson, offering, title, teaching, mark, points, member, group, course, semester_id, exam_on in found:
        memberships.setdefault((course, semester_id), {})[offering] = member
        student_mark = _build_lesson_mark(lesson, student, mark, points)
        if offering not in courses:
            teacher_names = tuple(sorted(names[person].short for person in teaching or ()))
            courses[offering] = CourseMarks(
                offering, title, teacher_names, [], group, member.order_no, exam_on=exam_on
            )
        if student_mark.status != NOT_APPLICABLE or student_mark.grade:
            courses[offering].marks.append(student_mark)
    for journals in memberships.values():
        _link_transferred_courses(courses, journals)
    return list(courses.values())


def _link_transferred_courses(courses: dict[UUID, CourseMarks], journals: Mapping[UUID, Membership]) -> None:
    """Make the journals of one discipline in earlier groups count in that of the present group
    (cross-cutting 9)."""
    last = max(journals, key=lambda offering: journals[offering].starts_on)
    left = [one for one, member in journals.items() if one != last and member.ended_as == TRANSFER_ORDER]
    for offering in left:
        courses[offering] = replace(courses[offering], carried_into=last)
    if left:
        order = journals[last].order_no
        carried = tuple(courses[one] for one in left)
        courses[last] = replace(courses[last], carried=carried, order_no=order)


def _cell_join_condition(cell: Any, student: UUID, kind: str) -> Any:
    return and_(cell.lesson_id == Lesson.id, cell.student_id == student, cell.kind == kind)


def _build_lesson_mark(
    lesson: Lesson, student: UUID, mark: Cell | None, points: Cell | None
) -> StudentLessonMark:
    state = load_gradebook.lesson_state_for_display(lesson)
    return StudentLessonMark(
        lesson=lesson.id,
        starts_at=lesson.starts_at,
        type=lesson.type,
        topic=lesson.topic,
        task=lesson.task,
        status=attendance_status(build_cell_state(state, student, ATTENDANCE, mark, True)),
        grade=points.value or "" if points else "",
    )
