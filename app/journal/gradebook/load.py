"""Queries that load the input of the rules: offerings with teachers and sheets, lessons, memberships,
cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from app.journal.gradebook.cell_state import CoveringSheetState, LatePermit, LessonState, TeachingPeriod
from app.journal.tables import Course, GradeSheet, LateEntryPermit, Lesson, Offering, Semester, Teaching
from app.kernel.clock import local_day
from app.kernel.db import db
from app.people import queries as people
from app.people.models import StudyGroup, Unit
from app.regulation import queries as regulation
from app.regulation.rules import DeadlineCalendar


@dataclass(frozen=True, slots=True)
class FixedSheet:
    """A signed or closed sheet: the moment of that, and the last day of lessons it covers."""

    kind: str
    covers_until: date
    at: datetime
    closed: bool


@dataclass(frozen=True, slots=True)
class OfferingState:
    """The state of an offering for the rules: the department of the discipline, the institute and the curator
    of the group, teachers and sheets, late permits by lesson, the first and last day of the semester, the state of
    the journal (`tables.courses.Offering`)."""

    id: UUID
    names: Mapping[str, str]
    group: UUID
    department: UUID
    group_name: str
    curator: UUID | None
    institute: UUID
    department_parent: UUID | None
    teachers: tuple[TeachingPeriod, ...]
    sheets: tuple[FixedSheet, ...]
    late_permits_by_lesson: Mapping[UUID, tuple[LatePermit, ...]]
    starts_on: date
    ends_on: date
    state: str

    @property
    def units(self) -> frozenset[UUID]:
        """Return the units responsible for it: the department, its parent and the institute."""
        units = (self.department, self.department_parent, self.institute)
        return frozenset(unit for unit in units if unit is not None)

    def covering_sheet_on(self, day: date) -> CoveringSheetState | None:
        """Return the sheet that covers lessons of this day: a closed one before a signed one, the earlier
        first."""
        over = [sheet for sheet in self.sheets if day <= sheet.covers_until]
        first = min(over, key=lambda sheet: (not sheet.closed, sheet.at), default=None)
        latest = max((sheet.at for sheet in over if not sheet.closed), default=None)
        return CoveringSheetState(first.kind, first.at, first.closed, latest) if first else None


def load_offerings(ids: Iterable[UUID]) -> dict[UUID, OfferingState]:
    """Load the offerings among `ids` that exist; one statement."""
    # Sub-selects with JSON lists instead of joins: one row per offering, everything in one statement.
    teachers = (
        select(
            func.json_agg(
                func.json_build_array(Teaching.person_id, Teaching.part, Teaching.starts_on, Teaching.ends_on)
            )
        )
        .where(Teaching.offering_id == Offering.id)
        .scalar_subquery()
    )
    sheets = (
        select(
            func.json_agg(
                func.json_build_array(
                    GradeSheet.kind,
                    GradeSheet.covers_until,
                    func.coalesce(GradeSheet.closed_at, GradeSheet.signed_at),
                    GradeSheet.state.in_(("CLOSED", "ARCHIVED")),
                )
            )
        )
        .where(GradeSheet.offering_id == Offering.id, GradeSheet.state != "DRAFT")
        .scalar_subquery()
    )
    windows = (
        select(
            func.json_agg(
                func.json_build_array(
                    LateEntryPermit.lesson_id,
                    LateEntryPermit.student_id,
                    LateEntryPermit.kind,
                    LateEntryPermit.opened_at,
                    LateEntryPermit.closes_at,
                    LateEntryPermit.computation,
                )
            )
        )
        .where(LateEntryPermit.offering_id == Offering.id)
        .scalar_subquery()
    )
    found = db.session.execute(
        select(
            Offering.id,
            Course.names,
            Offering.group_id,
            Course.department_id,
            StudyGroup.name.label("group_name"),
            StudyGroup.curator_id.label("curator"),
            StudyGroup.unit_id.label("institute"),
            Unit.parent_id.label("department_parent"),
            teachers.label("teachers"),
            sheets.label("sheets"),
            windows.label("windows"),
            Semester.starts_on,
            Semester.ends_on,
            Offering.state,
        )
        .join(Course, Course.id == Offering.course_id)
        .join(Semester, Semester.id == Offering.semester_id)
        .join(Unit, Unit.id == Course.department_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.id.in_(list(ids)))
    )
    return {row.id: _build_offering_state(row) for row in found}


def _build_offering_state(row: Row[Any]) -> OfferingState:
    return OfferingState(
        id=row.id,
        names=row.names,
        group=row.group_id,
        department=row.department_id,
        group_name=row.group_name,
        curator=row.curator,
        institute=row.institute,
        department_parent=row.department_parent,
        teachers=_parse_teaching_periods(row.teachers),
        sheets=_parse_fixed_sheets(row.sheets),
        late_permits_by_lesson=_parse_late_permits_by_lesson(row.windows),
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        state=row.state,
    )


def _parse_teaching_periods(rows: list[list[Any]] | None) -> tuple[TeachingPeriod, ...]:
    return tuple(
        TeachingPeriod(UUID(person), part, _parse_date(starts), _parse_date(ends) if ends else None)
        for person, part, starts, ends in rows or ()
    )


def _parse_fixed_sheets(rows: list[list[Any]] | None) -> tuple[FixedSheet, ...]:
    return tuple(
        FixedSheet(kind, _parse_date(until), datetime.fromisoformat(at), closed)
        for kind, until, at, closed in rows or ()
    )


def _parse_late_permits_by_lesson(rows: list[list[Any]] | None) -> Mapping[UUID, tuple[LatePermit, ...]]:
    found: dict[UUID, tuple[LatePermit, ...]] = {}
    for lesson, student, kind, opened, closes, computation in rows or ():
        period = datetime.fromisoformat(opened), datetime.fromisoformat(closes)
        permit = LatePermit(UUID(student) if student else None, kind, *period, computation)
        found[UUID(lesson)] = (*found.get(UUID(lesson), ()), permit)
    return found


def _parse_date(text: str) -> date:
    return date.fromisoformat(text)


def lock_and_load_lessons(ids: Iterable[UUID]) -> dict[UUID, Lesson]:
    """Lock the lessons among `ids` that exist in the order of their ids and load them again; one statement.

    Whatever guards them (sheets, teachers) has to be read after this, in a statement of its own.
    """
    # Locked in one order, so that two acts with common lessons cannot deadlock.
    found = db.session.scalars(
        select(Lesson)
        .where(Lesson.id.in_(list(ids)))
        .order_by(Lesson.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {lesson.id: lesson for lesson in found}


def build_lesson_state(lesson: Lesson | Row[Any], offering: OfferingState) -> LessonState:
    """Return the state of a lesson, with the signed or closed sheet that covers it and its late permits."""
    state = lesson_state_for_display(lesson)
    windows = offering.late_permits_by_lesson.get(state.id, ())
    if not offering.sheets and not windows:
        return state
    return replace(state, sheet=offering.covering_sheet_on(state.day), late_permits=windows)


def lesson_state_for_display(lesson: Lesson | Row[Any]) -> LessonState:
    """Return the state of a lesson without sheets and permits: enough to display it, not to decide what may
    be done."""
    return LessonState(
        id=lesson.id,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        type=lesson.type,
        state=lesson.state,
        roll_taken_at=lesson.roll_taken_at,
        roll_taken_by=lesson.roll_taken_by,
    )


@dataclass(frozen=True, slots=True)
class GroupStudent:
    """A present or former member of the group, with the days of each membership (both included)."""

    id: UUID
    name: str
    periods: tuple[tuple[date, date | None], ...]

    def is_member_on(self, day: date) -> bool:
        """Return whether the student belonged to the group on this day (2.1b)."""
        return any(start <= day and (end is None or day <= end) for start, end in self.periods)


def load_present_and_past_students(group: UUID) -> list[GroupStudent]:
    """Load all present and former members of the group, by name; one statement."""
    found: dict[UUID, GroupStudent] = {}
    for membership in people.load_past_and_present_members(group):
        earlier = found[membership.person].periods if membership.person in found else ()
        found[membership.person] = GroupStudent(
            membership.person, membership.name.full, (*earlier, (membership.starts_on, membership.ends_on))
        )
    return list(found.values())


def load_deadline_calendar(offering: OfferingState, now: datetime) -> DeadlineCalendar:
    """Load the deadline calendar of the discipline's department, which its teachers follow."""
    return regulation.load_unit_deadline_calendar(db.session(), offering.department, local_day(now))
