"""Queries of the opening of journals: departments with counts, journals with what they lack, checks of teachers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.journal.gradebook.cell_state import LESSON_STATES_WITHOUT_MARKS
from app.journal.grading.scheme_queries import find_scheme_in_force, load_all_scheme_versions
from app.journal.opening.opening_rows import (
    OpeningRow,
    add_teacher_checks,
    load_duplicate_journals,
    load_journal_teachers,
)
from app.journal.tables import (
    Course,
    JournalOpening,
    Lesson,
    Offering,
    PlannedTopic,
    Semester,
    SyllabusGrading,
    Teaching,
)
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.models import Membership, StudyGroup

NO_TEACHER, NO_STUDENTS, NO_LESSONS, NO_TOPICS, NO_CRITERIA, SCHEME_UNCONFIRMED, HOURS_DIFFER = (
    "no_teacher",
    "no_students",
    "no_lessons",
    "no_topics",
    "no_criteria",
    "scheme_unconfirmed",
    "hours_differ",
)
"""What a journal lacks before it is opened. Only a missing teacher keeps it closed; 2.3 asks for scheme and criteria
and says nothing about the journal, so the rest is a warning."""


@dataclass(frozen=True, slots=True)
class DepartmentCount:
    """How many journals of a department are in each state, in one semester; `case` opens them, if one was begun."""

    department: UUID
    by_state: Mapping[str, int]
    case: UUID | None


def load_department_counts(semester: UUID, departments: Collection[UUID] | None) -> list[DepartmentCount]:
    """Return the departments with journals in a semester (None: of the whole university); two statements."""
    wanted = (
        select(Course.department_id, Offering.state, func.count())
        .join(Offering, Offering.course_id == Course.id)
        .where(Offering.semester_id == semester)
        .group_by(Course.department_id, Offering.state)
    )
    openings = (
        select(JournalOpening.department_id, JournalOpening.case_id)
        .where(JournalOpening.semester_id == semester)
        .order_by(JournalOpening.made_at)
    )
    if departments is not None:
        wanted = wanted.where(Course.department_id.in_(departments))
    by_department: dict[UUID, dict[str, int]] = {}
    for department, state, count in db.session.execute(wanted):
        by_department.setdefault(department, {})[state] = count
    cases = {row.department_id: row.case_id for row in db.session.execute(openings)}
    return [DepartmentCount(one, counts, cases.get(one)) for one, counts in by_department.items()]


def load_opening_rows(
    semester: UUID,
    departments: Collection[UUID] | None,
    *,
    state: str = "",
    after: tuple[str, str, UUID] | None = None,
    most: int | None = None,
) -> list[OpeningRow]:
    """Return journals of a semester with what they lack, by discipline and group after a key; a fixed number of
    statements, however many journals."""
    key = (Course.code, StudyGroup.name, Offering.id)
    wanted = _opening_statement().where(Offering.semester_id == semester).order_by(*key)
    if departments is not None:
        wanted = wanted.where(Course.department_id.in_(departments))
    if state:
        wanted = wanted.where(Offering.state == state)
    if after is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*after))
    return _load_rows(wanted.limit(most) if most is not None else wanted)


def load_opening_row(offering: UUID) -> OpeningRow:
    """Return one journal with what it lacks. Raises Missing."""
    found = _load_rows(_opening_statement().where(Offering.id == offering))
    if not found:
        raise Missing
    return found[0]


def load_draft_rows_of_teacher(person: UUID) -> list[OpeningRow]:
    """Return the journals that a person teaches and that are not open yet, by discipline and group."""
    mine = select(Teaching.offering_id).where(Teaching.person_id == person)
    return _load_rows(
        _opening_statement()
        .where(Offering.id.in_(mine), Offering.state == "DRAFT")
        .order_by(Course.code, StudyGroup.name, Offering.id)
    )


def count_draft_journals_of_teachers(persons: Collection[UUID]) -> int:
    """Return how many journals that these persons teach are not open yet; one statement."""
    mine = select(Teaching.offering_id).where(Teaching.person_id.in_(persons))
    found = select(func.count()).where(Offering.id.in_(mine), Offering.state == "DRAFT")
    return int(db.session.scalar(found) or 0)


def _opening_statement() -> Select[Any]:
    """Return the statement of the journals with counts of students, lessons and topics."""
    taking_place = Lesson.state.not_in(LESSON_STATES_WITHOUT_MARKS)
    lessons = (
        select(func.count().label("lessons"), func.coalesce(func.sum(Lesson.hours), 0).label("hours"))
        .where(Lesson.offering_id == Offering.id, taking_place)
        .lateral()
    )
    topics = (
        select(
            func.count().label("topics"),
            func.coalesce(func.sum(PlannedTopic.hours), 0).label("hours"),
            func.md5(
                func.string_agg(PlannedTopic.topic, aggregate_order_by(literal("\n"), PlannedTopic.position))
            ).label("digest"),
        )
        .where(PlannedTopic.offering_id == Offering.id)
        .lateral()
    )
    person = cast(Membership.person_id, Text)
    students = (
        select(
            func.count(Membership.person_id.distinct()).label("students"),
            func.md5(func.string_agg(person, aggregate_order_by(literal(","), person))).label("digest"),
        )
        .where(
            Membership.group_id == Offering.group_id,
            Membership.starts_on <= Semester.ends_on,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= Semester.starts_on),
        )
        .lateral()
    )
    scheme = (
        select(SyllabusGrading.scheme_id)
        .where(SyllabusGrading.offering_id == Offering.id)
        .order_by(SyllabusGrading.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            Offering.id,
            Offering.state,
            Offering.planned_hours,
            Offering.semester_id,
            Course.id.label("course"),
            Course.code,
            Course.names,
            Course.department_id,
            StudyGroup.id.label("group_id"),
            StudyGroup.name.label("group_name"),
            Semester.starts_on,
            Semester.ends_on,
            lessons.c.lessons,
            lessons.c.hours.label("lesson_hours"),
            topics.c.topics,
            topics.c.hours.label("topic_hours"),
            students.c.students,
            func.concat(students.c.digest, topics.c.digest).label("content"),
            scheme.label("syllabus_scheme"),
        )
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(lessons, lessons.c.lessons.is_not(None))
        .join(topics, topics.c.topics.is_not(None))
        .join(students, students.c.students.is_not(None))
        .where(or_(Offering.ends_on.is_(None), Offering.ends_on >= Semester.starts_on))
    )


def _load_rows(wanted: Select[Any]) -> list[OpeningRow]:
    """Run a statement of journals and add teachers, checks, schemes and duplicates; six statements."""
    rows = db.session.execute(wanted).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    teachers = load_journal_teachers(ids, {row.id: (row.starts_on, row.ends_on) for row in rows})
    duplicates = load_duplicate_journals(ids)
    confirmed = {one.id for one in load_all_scheme_versions() if one.confirmed_at is not None}
    defaults: dict[tuple[UUID, date], UUID | None] = {}
    for row in rows:
        where = (row.department_id, row.starts_on)
        if row.syllabus_scheme is None and where not in defaults:
            found = find_scheme_in_force(*where)
            defaults[where] = found.id if found else None
    built = [
        OpeningRow(
            id=row.id,
            code=row.code,
            names=row.names,
            group=row.group_name,
            department=row.department_id,
            state=row.state,
            teachers=teachers.get(row.id, ()),
            students=row.students,
            lessons=row.lessons,
            lesson_hours=row.lesson_hours,
            planned_hours=row.planned_hours,
            topics=row.topics,
            topic_hours=row.topic_hours,
            content=row.content,
            lacking=_lacking_parts(
                row,
                bool(teachers.get(row.id)),
                (row.syllabus_scheme or defaults.get((row.department_id, row.starts_on))) in confirmed,
            ),
            duplicates=duplicates.get(row.id, ()),
        )
        for row in rows
    ]
    return add_teacher_checks(built)


def _lacking_parts(row: Any, has_teacher: bool, scheme_confirmed: bool) -> tuple[str, ...]:
    """Return what a journal lacks, the most important first."""
    lacking = {
        NO_TEACHER: not has_teacher,
        NO_STUDENTS: not row.students,
        NO_LESSONS: not row.lessons,
        NO_TOPICS: not row.topics,
        NO_CRITERIA: row.syllabus_scheme is None,
        SCHEME_UNCONFIRMED: not scheme_confirmed,
        HOURS_DIFFER: bool(row.lessons) and row.lesson_hours != row.planned_hours,
    }
    return tuple(name for name, missing in lacking.items() if missing)


def load_opening(id: UUID) -> JournalOpening:
    """Return an opening; raises Missing."""
    row = db.session.get(JournalOpening, id)
    if row is None:
        raise Missing
    return row


def load_opening_fingerprint(id: UUID) -> str | None:
    """Return the SHA-256 that approvals of an opening are bound to; None when there is none."""
    row = db.session.get(JournalOpening, id)
    return row.sha256 if row else None


def load_opening_subject(id: UUID) -> dict[str, Any]:
    """Return an opening as its case shows it: {kind, department, department_id, semester, semester_id, year}. Raises
    Missing."""
    row = load_opening(id)
    semester = db.session.get(Semester, row.semester_id)
    assert semester is not None
    return {
        "kind": "opening",
        "department": dict(people.load_unit_tree()[row.department_id].names),
        "department_id": str(row.department_id),
        "semester": dict(semester.names),
        "semester_id": str(row.semester_id),
        "year": semester.academic_year,
    }
