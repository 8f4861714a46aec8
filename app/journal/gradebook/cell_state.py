"""The input of the journal rules: cells, lessons, sheets, teaching periods, permits; statuses of annex 2."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.kernel.clock import local_day
from app.kernel.errors import Invalid

ATTENDANCE, GRADE = "ATTENDANCE", "GRADE"
CELL_KINDS = (ATTENDANCE, GRADE)
PRESENT, ABSENT = "PRESENT", "ABSENT"
EXCUSED, SICK, MADE_UP = "EXCUSED", "SICK", "MADE_UP"
NOT_RECORDED, NOT_APPLICABLE = "NOT_RECORDED", "NOT_APPLICABLE"
ATTENDANCE_STATUSES = (PRESENT, ABSENT, EXCUSED, SICK, MADE_UP, NOT_RECORDED, NOT_APPLICABLE)
"""Statuses of an attendance cell: the five of annex 2, and NOT_RECORDED, NOT_APPLICABLE of the product."""

LESSON_TYPES = ("LECTURE", "PRACTICE", "LAB", "INDEPENDENT_WORK", "CONSULTATION")
LESSON_TYPES_WITHOUT_ROLL = frozenset({"INDEPENDENT_WORK"})
"""Types of lesson that take no attendance (reading of 2.1c)."""
LESSON_STATES_WITHOUT_MARKS = frozenset({"CANCELLED", "MOVED"})
"""States in which a lesson takes no marks."""

POINTS_PATTERN = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]))?")
MAX_POINTS = 100


@dataclass(frozen=True, slots=True)
class CoveringSheetState:
    """A grade sheet that covers the lesson: signed at `signed_or_closed_at` by its teacher, or `closed` by the office
    at that moment.

    A signed sheet fixes the points that existed when it was signed (4.4.3); a closed one fixes everything
    (7.6). `latest_signed_at` is the last signature over the lesson where several sheets cover it, None: this one.
    """

    kind: str
    signed_or_closed_at: datetime
    closed: bool = True
    latest_signed_at: datetime | None = None

    @property
    def grades_counted_until(self) -> datetime:
        """Return the last moment at which an entered grade was still counted by a signature."""
        return self.latest_signed_at or self.signed_or_closed_at


@dataclass(frozen=True, slots=True)
class TeachingPeriod:
    """One dated part of one person in an offering; open at its end when `ends_on` is None."""

    person: UUID
    part: str
    starts_on: date
    ends_on: date | None

    def covers(self, day: date) -> bool:
        """Return whether the part runs on this day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True)
class LatePermit:
    """A permit for a late entry, granted by an approved request (P21): for the cell of one student, or
    without one for the whole roll."""

    student: UUID | None
    kind: str
    opened_at: datetime
    closes_at: datetime
    computation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LessonState:
    """The state of a lesson for the rules. `sheet` is the signed or closed sheet that covers it, if there is
    one; `late_permits` are the permits for entering it late."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    type: str
    state: str
    roll_taken_at: datetime | None = None
    roll_taken_by: UUID | None = None
    sheet: CoveringSheetState | None = None
    late_permits: tuple[LatePermit, ...] = ()

    def find_open_late_permit(self, student: UUID | None, kind: str, now: datetime) -> LatePermit | None:
        """Return the permit with the latest end that allows entering this cell (without a student: the roll)
        now."""
        open_permits = [
            one
            for one in self.late_permits
            if one.kind == kind and one.student in (None, student) and one.opened_at <= now <= one.closes_at
        ]
        return max(open_permits, key=lambda one: one.closes_at, default=None)

    @property
    def closed_covering_sheet(self) -> CoveringSheetState | None:
        """Return the closed sheet over the lesson, or None; after it nobody alone changes anything (7.6)."""
        return self.sheet if self.sheet is not None and self.sheet.closed else None

    @property
    def day(self) -> date:
        """Return the day of the lesson, on which a grade given in it was performed (4.3.1)."""
        return local_day(self.starts_at)

    @property
    def takes_roll(self) -> bool:
        """Return whether attendance is taken at this type of lesson."""
        return self.type not in LESSON_TYPES_WITHOUT_ROLL


@dataclass(frozen=True, slots=True)
class CellState:
    """The state of a cell for the rules: stored (version above 0), or entered with the roll, or never
    entered.

    `applicable` is False outside the student's dated membership (2.1b); `corrected_at` is when an approved
    change set wrote the present value; `excuse_id` is the confirmed excuse that its reason rests on.
    """

    lesson: LessonState
    student: UUID
    kind: str
    applicable: bool = True
    stored: str | None = None
    version: int = 0
    reason: str | None = None
    made_up: bool = False
    stored_at: datetime | None = None
    stored_by: UUID | None = None
    corrected_at: datetime | None = None
    excuse_id: UUID | None = None

    @property
    def is_absence_settled(self) -> bool:
        """Return whether the absence was confirmed or made up, so that it is not changed as an ordinary mark
        (4.2.4, 5.4.2).

        A reason that was written with the first entry (version 1) was confirmed beforehand: the teacher may
        still correct what he saw himself.
        """
        return self.made_up or (self.reason is not None and self.version != 1)

    @property
    def sheet(self) -> CoveringSheetState | None:
        """Return the sheet that fixes this cell: a closed one fixes every cell, a signed one the points under
        it (4.4.3, 7.6).

        A grade that was entered after the signature is not part of what was signed.
        """
        sheet = self.lesson.sheet
        if sheet is None or sheet.closed:
            return sheet
        after = self.stored_at is not None and self.stored_at > sheet.grades_counted_until
        return None if self.kind != GRADE or after else sheet

    @property
    def is_present_by_roll_only(self) -> bool:
        """Return whether the student is present by the roll alone: nobody marked the cell otherwise."""
        return self.kind == ATTENDANCE and self.stored is None and self.lesson.roll_taken_at is not None

    @property
    def value(self) -> str | None:
        """Return the present value: PRESENT, ABSENT, points, or None when nothing is entered."""
        return PRESENT if self.is_present_by_roll_only else self.stored

    @property
    def first_entered_at(self) -> datetime | None:
        """Return when the value was entered for the first time; for presence by the roll, when the roll was
        taken."""
        if self.stored_at is not None:
            return self.stored_at
        return self.lesson.roll_taken_at if self.kind == ATTENDANCE else None

    @property
    def first_entered_by(self) -> UUID | None:
        """Return who entered the value for the first time; for presence by the roll, who took the roll."""
        if self.stored_at is not None:
            return self.stored_by
        return self.lesson.roll_taken_by if self.kind == ATTENDANCE else None


def attendance_status(cell: CellState) -> str:
    """Return the status of an attendance cell: one of STATUSES, derived from absence, reason and make-up work
    (annex 2)."""
    if not cell.applicable or not cell.lesson.takes_roll or cell.lesson.state in LESSON_STATES_WITHOUT_MARKS:
        return NOT_APPLICABLE
    if cell.value is None:
        return NOT_RECORDED
    if cell.value == PRESENT:
        return PRESENT
    return MADE_UP if cell.made_up else cell.reason or ABSENT


def parse_cell_value(kind: str, value: object, field: str = "value") -> str | None:
    """Return the canonical spelling of an entered value; None takes it back. Raises Invalid naming `field`.

    A teacher enters presence and absence only (reading of 4.2.2), and no unit has marks of its own (7.7);
    points are 0 to 100 with one decimal.
    """
    if value is None or value == "":
        return None
    if kind == ATTENDANCE:
        if value in (PRESENT, ABSENT):
            return str(value)
        code = (
            "journal.mark.not_yours_to_set" if value in ATTENDANCE_STATUSES else "journal.mark.unknown_status"
        )
        raise Invalid.field(field, code)
    found = POINTS_PATTERN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None or float(f"{found[1]}.{found[2] or 0}") > MAX_POINTS:
        raise Invalid.field(field, "journal.mark.not_points", most=MAX_POINTS)
    tenths = found[2] if found[2] not in (None, "0") else ""
    return str(int(found[1])) + (f".{tenths}" if tenths else "")


def is_teacher_on_day(teachers: Iterable[TeachingPeriod], persons: frozenset[UUID], day: date) -> bool:
    """Return whether one of the persons teaches the offering on this day."""
    return any(part.person in persons and part.covers(day) for part in teachers)


def is_teacher_at_any_time(teachers: Iterable[TeachingPeriod], persons: frozenset[UUID]) -> bool:
    """Return whether one of the persons teaches, taught or will teach the offering."""
    return any(part.person in persons for part in teachers)


def pick_main_teacher_id(teachers: Iterable[TeachingPeriod]) -> UUID | None:
    """Return the main teacher of a journal: the lecturer, else any teacher who is not a substitute; None
    without one."""
    own = [part for part in teachers if part.part != "SUBSTITUTE"]
    first = min(
        own,
        key=lambda part: (part.part != "LECTURER", part.ends_on is not None, part.starts_on),
        default=None,
    )
    return first.person if first else None


def is_main_teacher_on_day(teachers: Iterable[TeachingPeriod], persons: frozenset[UUID], day: date) -> bool:
    """Return whether one of the persons is the main teacher on this day: a lecturer, or, without lecturers,
    any teacher who is not a substitute."""
    running = [part for part in teachers if part.covers(day) and part.part != "SUBSTITUTE"]
    lecturers = [part for part in running if part.part == "LECTURER"]
    return any(part.person in persons for part in lecturers or running)
