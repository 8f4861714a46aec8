"""Reads of the exam timetable: exam days by journal, for its page, its rules and other pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select

from app.journal.courses.journal_pages import select_page_of_journals
from app.journal.exams.rules import ExamRuleInput
from app.journal.grading.rating import FINAL
from app.journal.semesters.queries import build_semester_dates_of_row
from app.journal.tables import Course, GradeSheet, Offering, Semester, Teaching
from app.kernel.db import db
from app.kernel.errors import Missing
from app.people import queries as people
from app.people.models import StudyGroup
from app.regulation.term_book import RegulationSnapshot


@dataclass(frozen=True, slots=True)
class ExamRow:
    """One exam of the timetable: discipline, group, teachers, day; `is_final_signed`: the final
    is signed and the day is fixed."""

    offering: UUID
    code: str
    names: Mapping[str, str]
    group: str
    group_id: UUID
    department: UUID
    exam_on: date | None
    is_final_signed: bool
    teachers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExamTimetable:
    """A page of exams by group and discipline; `has_more`: further rows follow."""

    rows: tuple[ExamRow, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class ExamFilters:
    """Filters of the timetable: groups by name and departments, with the number of
    exams and of exams with a day."""

    groups: tuple[tuple[UUID, str], ...]
    departments: tuple[UUID, ...]
    exam_count: int
    dated_exam_count: int


def _final_sheet_signed_condition() -> ColumnElement[bool]:
    """Return the SQL condition that the final sheet of a journal is signed."""
    return exists().where(
        GradeSheet.offering_id == Offering.id, GradeSheet.kind == FINAL, GradeSheet.state != "DRAFT"
    )


def load_exam_timetable(
    semester: UUID,
    most: int,
    group: UUID | None = None,
    department: UUID | None = None,
    after: UUID | None = None,
) -> ExamTimetable:
    """Return the exams of a semester, at most `most`, after the journal `after`; two statements."""
    teachers = (
        select(func.array_agg(Teaching.person_id.distinct()))
        .where(Teaching.offering_id == Offering.id, Teaching.part != "SUBSTITUTE")
        .scalar_subquery()
    )
    wanted = select_page_of_journals(
        semester,
        most,
        Offering.id,
        Course.code,
        Course.names,
        StudyGroup.name,
        StudyGroup.id.label("group_id"),
        Course.department_id,
        Offering.exam_on,
        _final_sheet_signed_condition().label("signed"),
        teachers.label("teachers"),
        group=group,
        after=after,
    )
    if department is not None:
        wanted = wanted.where(Course.department_id == department)
    found = db.session.execute(wanted).all()
    names = people.load_names({person for row in found for person in row.teachers or ()})
    return ExamTimetable(tuple(_build_exam_row(row, names) for row in found[:most]), len(found) > most)


def _build_exam_row(row: Row[Any], names: Mapping[UUID, people.PersonName]) -> ExamRow:
    """Return the timetable row of a query row."""
    return ExamRow(
        offering=row.id,
        code=row.code,
        names=row.names,
        group=row.name,
        group_id=row.group_id,
        department=row.department_id,
        exam_on=row.exam_on,
        is_final_signed=row.signed,
        teachers=tuple(sorted(names[person].short for person in row.teachers or ())),
    )


def load_exam_filter_options(semester: UUID) -> ExamFilters:
    """Return the groups and departments with exams in a semester, and the counts of exams; one statement."""
    found = db.session.execute(
        select(
            StudyGroup.id, StudyGroup.name, Course.department_id, func.count(), func.count(Offering.exam_on)
        )
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.semester_id == semester)
        .group_by(StudyGroup.id, StudyGroup.name, Course.department_id)
        .order_by(StudyGroup.name, StudyGroup.id)
    ).all()
    return ExamFilters(
        groups=tuple(dict.fromkeys((row[0], row[1]) for row in found)),
        departments=tuple(dict.fromkeys(row[2] for row in found)),
        exam_count=sum(row[3] for row in found),
        dated_exam_count=sum(row[4] for row in found),
    )


@dataclass(frozen=True, slots=True)
class ExamForRules:
    """An exam with its rule input and the names a change needs."""

    offering: Offering
    names: Mapping[str, str]
    group: str
    facts: ExamRuleInput


def load_exams_for_rules(
    semester: UUID, offerings: Collection[UUID], book: RegulationSnapshot, *, lock: bool = False
) -> dict[UUID, ExamForRules]:
    """Return those of the journals that belong to the semester, by id; one statement."""
    wanted = (
        select(Offering, Semester, Course, StudyGroup.name, _final_sheet_signed_condition().label("signed"))
        .join(Semester, Semester.id == Offering.semester_id)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.semester_id == semester, Offering.id.in_(list(offerings)))
        # Locks are taken in the order of ids against deadlocks; rows are read afresh.
        .order_by(Offering.id)
        .execution_options(populate_existing=True)
    )
    if lock:
        wanted = wanted.with_for_update(of=Offering, key_share=True)
    found = {}
    for row, semester_row, course, group, signed in db.session.execute(wanted).all():
        dates = build_semester_dates_of_row(semester_row)
        calendar = book.calendar_of_unit(course.department_id, dates.starts_on)
        state = ExamRuleInput(row.exam_on, dates, calendar, signed)
        found[row.id] = ExamForRules(row, course.names, group, state)
    return found


def load_same_day_group_exams(
    semester: UUID, days: Mapping[UUID, date | None]
) -> list[tuple[str, date, int]]:
    """Return groups that would have several exams on one of these days:
    (group, day, count); one statement."""
    wanted = {day for day in days.values() if day is not None}
    if not wanted:
        return []
    found = db.session.execute(
        select(Offering.id, Offering.exam_on, StudyGroup.name)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(
            Offering.semester_id == semester,
            Offering.group_id.in_(select(Offering.group_id).where(Offering.id.in_(list(days)))),
        )
    ).all()
    counted: dict[tuple[str, date], int] = {}
    for id, exam_on, group in found:
        day = days.get(id, exam_on)
        if day in wanted:
            counted[group, day] = counted.get((group, day), 0) + 1
    return sorted((group, day, count) for (group, day), count in counted.items() if count > 1)


@dataclass(frozen=True, slots=True)
class JournalExam:
    """The exam of a journal: semester and day, None while no day is set."""

    semester: UUID
    day: date | None


def load_journal_exam(offering: UUID) -> JournalExam:
    """Return the exam of one journal; one statement. Raise Missing."""
    row = db.session.execute(
        select(Offering.semester_id, Offering.exam_on).where(Offering.id == offering)
    ).one_or_none()
    if row is None:
        raise Missing
    return JournalExam(row.semester_id, row.exam_on)
