"""Tables of teaching: disciplines, semesters, offerings, teachers, lessons."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Course(Base):
    """A discipline. `names` in ky/ru/en; `department_id` is the responsible department; `ends_on` the last day on
    which it is taught, None while it goes on."""

    __tablename__ = "course"

    id: Mapped[UUIDpk]
    code: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    ends_on: Mapped[date | None]
    external_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        Index(None, "department_id"),
        Index(None, "code", "id"),
        {"schema": SCHEMA},
    )


class CurriculumLine(Base):
    """A discipline in the curriculum of a programme: `semester` is the number of the semester of study (1 is the
    first), `hours` academic hours by type of lesson, `control` how it is examined; `ends_on` as of a programme."""

    __tablename__ = "curriculum_line"

    id: Mapped[UUIDpk]
    programme_id: Mapped[UUID] = mapped_column(ForeignKey("people.programme.id"))
    course_id: Mapped[UUID] = mapped_column(ForeignKey("journal.course.id"))
    semester: Mapped[int] = mapped_column(SmallInteger)
    credits: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    hours: Mapped[dict[str, Any]] = mapped_column(JSONB)
    control: Mapped[str]
    ends_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("control IN ('EXAM', 'CREDIT')", name="control"),
        CheckConstraint("semester BETWEEN 1 AND 14", name="semester"),
        Index(None, "programme_id", "semester"),
        Index(None, "course_id"),
        {"schema": SCHEMA},
    )


class Semester(Base):
    """A period of the academic year in which offerings run; both days included.

    `makeup_until` is the academic calendar's last day for make-up work (5.3.2), None: the last day of the
    semester. The module weeks (4.3.2) and the session are empty until the academic calendar sets them.
    """

    __tablename__ = "semester"

    id: Mapped[UUIDpk]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    academic_year: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    makeup_until: Mapped[date | None]
    module1_from: Mapped[date | None]
    module1_until: Mapped[date | None]
    module2_from: Mapped[date | None]
    module2_until: Mapped[date | None]
    session_from: Mapped[date | None]
    session_until: Mapped[date | None]
    external_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("module1_from <= module1_until", name="module1"),
        CheckConstraint("module2_from <= module2_until", name="module2"),
        CheckConstraint("session_from <= session_until", name="session"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Offering(Base):
    """A discipline taught to one group in one semester (2.1a): the journal of a teacher; its exam is on
    `exam_on`. `ends_on` is its last day when it was ended before its semester.

    `state` is DRAFT until it is opened, then OPEN, SUBMITTED by a teacher, CONFIRMED (1.5.1), CLOSED with its last
    sheet; marks are entered while it is OPEN.
    """

    __tablename__ = "offering"

    id: Mapped[UUIDpk]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("journal.course.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    planned_hours: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    credits: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    exam_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    external_id: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="DRAFT", server_default="DRAFT")

    __table_args__ = (
        CheckConstraint(
            "state IN ('DRAFT', 'OPEN', 'SUBMITTED', 'CONFIRMED', 'CLOSED', 'ARCHIVED')", name="state"
        ),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        Index(None, "group_id", "semester_id"),
        Index(None, "course_id"),
        {"schema": SCHEMA},
    )


class Teaching(Base):
    """A person who teaches an offering, in which part, from and until which day (both included; open when
    None)."""

    __tablename__ = "teaching"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    part: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("part IN ('LECTURER', 'PRACTICE', 'LAB', 'SUBSTITUTE')", name="part"),
        CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name="period"),
        UniqueConstraint("offering_id", "person_id", "part", "starts_on"),
        Index(None, "person_id", "offering_id"),
        {"schema": SCHEMA},
    )


class Lesson(Base):
    """One lesson. Its roll is taken at once or not at all; `version` counts changes of its description.

    `teacher_id` is the teacher of the journal who gives it, None: any of them. `pattern_id` and `pattern_day` name the
    weekly pattern it was generated from and the day of it, also after it was moved to another day.
    """

    __tablename__ = "lesson"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    type: Mapped[str]
    topic: Mapped[str] = mapped_column(default="", server_default="")
    methods: Mapped[str] = mapped_column(default="", server_default="")
    task: Mapped[str] = mapped_column(default="", server_default="")
    hours: Mapped[int] = mapped_column(default=2, server_default=text("2"))
    room: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="PLANNED", server_default="PLANNED")
    roll_taken_at: Mapped[datetime | None]
    roll_taken_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    roll_late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    external_id: Mapped[str | None]
    teacher_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    pattern_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.lesson_pattern.id"))
    pattern_day: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("(pattern_id IS NULL) = (pattern_day IS NULL)", name="pattern"),
        CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')", name="type"
        ),
        CheckConstraint("state IN ('PLANNED', 'HELD', 'CANCELLED', 'MOVED', 'SUBSTITUTED')", name="state"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("(roll_taken_at IS NULL) = (roll_taken_by IS NULL)", name="roll"),
        Index(None, "offering_id", "starts_at", "id"),
        Index(None, "starts_at"),
        Index("ix_lesson_late", "roll_taken_at", postgresql_where=text("roll_late")),
        Index(
            "uq_lesson_pattern_day",
            "pattern_id",
            "pattern_day",
            unique=True,
            postgresql_where=text("pattern_id IS NOT NULL"),
        ),
        Index("ix_lesson_untaken", "starts_at", "id", postgresql_where=text("roll_taken_at IS NULL")),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
