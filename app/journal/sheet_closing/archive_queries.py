"""Reads of the archive: the academic years with their journals, and what is open about one journal (7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from app.journal.courses.state_rules import ARCHIVED, CLOSED
from app.journal.gradebook import load as load_gradebook
from app.journal.sheet_closing.archive_rules import ARCHIVE_AFTER_POLICY
from app.journal.sheet_closing.queries import SheetCoverage, load_cases_of_coverage
from app.journal.tables import GradeSheet, JournalStateChange, Lesson, Offering, Semester
from app.kernel.clock import local_day, local_noon_in_utc
from app.kernel.db import db
from app.kernel.errors import Missing
from app.regulation import queries as regulation
from app.regulation.rules import Deadline, compute_deadline


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """An academic year with the numbers of its journals; it is archived after `opens`."""

    name: str
    ended_on: date
    opens: Deadline
    archived: int
    closed: int
    unfinished: int


def load_archive_years() -> list[ArchiveYear]:
    """Return the academic years that have journals, the newest first; one statement, and one for each calendar."""
    states = {
        name: func.count(Offering.id).filter(condition)
        for name, condition in (
            ("archived", Offering.state == ARCHIVED),
            ("closed", Offering.state == CLOSED),
            ("unfinished", Offering.state.not_in((ARCHIVED, CLOSED))),
        )
    }
    found = db.session.execute(
        select(
            Semester.academic_year,
            func.max(Semester.ends_on),
            *(count.label(name) for name, count in states.items()),
        )
        .join(Offering, Offering.semester_id == Semester.id)
        .group_by(Semester.academic_year)
        .order_by(func.max(Semester.ends_on).desc(), Semester.academic_year)
    )
    return [
        ArchiveYear(name, ended_on, archiving_deadline(ended_on), *counts)
        for name, ended_on, *counts in found
    ]


def find_archive_year(name: str) -> ArchiveYear | None:
    """Return one academic year by its name, or None."""
    return next((one for one in load_archive_years() if one.name == name), None)


def load_archive_year_of_journal(offering: UUID) -> ArchiveYear:
    """Return the academic year of a journal. Raises Missing."""
    name = db.session.scalar(
        select(Semester.academic_year)
        .join(Offering, Offering.semester_id == Semester.id)
        .where(Offering.id == offering)
    )
    found = find_archive_year(name) if name is not None else None
    if found is None:
        raise Missing
    return found


def load_sheets_of_journal(offering: UUID) -> Sequence[GradeSheet]:
    """Return the sheets of a journal; one statement."""
    return db.session.scalars(
        select(GradeSheet).where(GradeSheet.offering_id == offering).order_by(GradeSheet.kind)
    ).all()


def archiving_deadline(ended_on: date) -> Deadline:
    """Return the last moment at which a year is not archived yet, by the calendar of the university."""
    anchor = local_noon_in_utc(ended_on)
    calendar = regulation.load_unit_deadline_calendar(db.session, None, local_day(anchor))
    return compute_deadline(calendar, ARCHIVE_AFTER_POLICY, anchor)


def load_closed_journals_of_year(year: str, after: UUID | None, most: int) -> Sequence[UUID]:
    """Return journals of a year that are closed, in the order of their ids, after one of them; one statement."""
    wanted = (
        select(Offering.id)
        .join(Semester, Semester.id == Offering.semester_id)
        .where(Semester.academic_year == year, Offering.state == CLOSED)
        .order_by(Offering.id)
        .limit(most)
    )
    return db.session.scalars(wanted.where(Offering.id > after) if after is not None else wanted).all()


def load_open_case_numbers(offering: UUID, sheets: Sequence[GradeSheet]) -> list[str]:
    """Return the numbers of the open cases about a journal or one of its sheets."""
    journal = load_gradebook.load_offerings([offering])[offering]
    students = tuple(one.id for one in load_gradebook.load_present_and_past_students(journal.group))
    lessons = tuple(
        (id, local_day(at))
        for id, at in db.session.execute(
            select(Lesson.id, Lesson.starts_at).where(Lesson.offering_id == offering).order_by(Lesson.id)
        )
    )
    found = {
        case.number
        for sheet in sheets
        for case in load_cases_of_coverage(SheetCoverage(sheet.id, offering, students, lessons))
    }
    return sorted(found)


def find_archived_at(offering: UUID) -> datetime | None:
    """Return when a journal was archived (UTC), None for one that is not."""
    return db.session.scalar(
        select(func.max(JournalStateChange.made_at)).where(
            JournalStateChange.offering_id == offering, JournalStateChange.state == ARCHIVED
        )
    )
