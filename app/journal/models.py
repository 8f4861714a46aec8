"""The tables of the journal. Knows what is stored and what may repeat, not who may change it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Course(Base):
    """A discipline. `names` in ky/ru/en; `department_id` is the department that answers for it."""

    __tablename__ = "course"

    id: Mapped[UUIDpk]
    code: Mapped[str]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    external_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        Index(None, "department_id"),
        {"schema": SCHEMA},
    )


class Semester(Base):
    """A stretch of the academic year in which offerings run; both days included.

    `workoff_until` is the academic calendar's last day for work-offs (5.3.2), None: the last day of the semester.
    """

    __tablename__ = "semester"

    id: Mapped[UUIDpk]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    academic_year: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    workoff_until: Mapped[date | None]
    external_id: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="period"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Offering(Base):
    """A discipline taught to one group in one semester (2.1a): the journal a teacher opens."""

    __tablename__ = "offering"

    id: Mapped[UUIDpk]
    course_id: Mapped[UUID] = mapped_column(ForeignKey("journal.course.id"))
    group_id: Mapped[UUID] = mapped_column(ForeignKey("people.study_group.id"))
    semester_id: Mapped[UUID] = mapped_column(ForeignKey("journal.semester.id"))
    planned_hours: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    credits: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    external_id: Mapped[str | None]

    __table_args__ = (
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        Index(None, "group_id", "semester_id"),
        Index(None, "course_id"),
        {"schema": SCHEMA},
    )


class Teaching(Base):
    """Who teaches an offering, in which part, from and until which day (both included; open when None)."""

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
    """One lesson. Its roll is taken at once or not at all; `version` counts changes of its description."""

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

    __table_args__ = (
        CheckConstraint(
            "type IN ('LECTURE', 'PRACTICE', 'LAB', 'INDEPENDENT_WORK', 'CONSULTATION')", name="type"
        ),
        CheckConstraint("state IN ('PLANNED', 'HELD', 'CANCELLED', 'MOVED', 'SUBSTITUTED')", name="state"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("(roll_taken_at IS NULL) = (roll_taken_by IS NULL)", name="roll"),
        Index(None, "offering_id", "starts_at", "id"),
        Index(None, "starts_at"),
        Index(None, "external_id", unique=True, postgresql_where=text("external_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Cell(Base):
    """One mark of one student at one lesson. A row, once written, stays; written by `commands.change_cells` only.

    `value`: PRESENT or ABSENT for attendance, points such as "87.5" for a grade, None when it was taken back.
    `reason` (EXCUSED, SICK) and `worked_off` are facts of their own beside an absence. `first_entered_at` and
    `first_entered_by` never change; for a cell whose presence was entered with the roll they are the roll's.
    `change_set_id` is the correction that wrote the present version, if one did; `excused_id` the confirmed excuse
    that `reason` rests on.
    """

    __tablename__ = "cell"

    id: Mapped[UUIDpk]
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("journal.lesson.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    kind: Mapped[str]
    value: Mapped[str | None]
    reason: Mapped[str | None]
    worked_off: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int]
    late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    first_entered_at: Mapped[datetime]
    first_entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    change_set_id: Mapped[UUID | None]
    excused_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.excused.id"))

    __table_args__ = (
        CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name="kind"),
        CheckConstraint("kind <> 'ATTENDANCE' OR value IN ('PRESENT', 'ABSENT')", name="attendance"),
        CheckConstraint(
            r"kind <> 'GRADE' OR (value ~ '^\d{1,3}(\.\d)?$' AND value::numeric <= 100)", name="grade"
        ),
        CheckConstraint("reason IS NULL OR reason IN ('EXCUSED', 'SICK')", name="reason"),
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("lesson_id", "student_id", "kind"),
        Index(None, "student_id", "lesson_id"),
        Index(None, "excused_id", postgresql_where=text("excused_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class ChangeSet(Base):
    """What a correction would change, exactly: immutable (trigger), addressed by id and SHA-256.

    `cells` is a list of {lesson, student, kind, version, old, new}, ordered by lesson, student and kind.
    """

    __tablename__ = "change_set"

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    error_kind: Mapped[str]
    reason: Mapped[str]
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("error_kind IN ('typo', 'wrong_date_or_column', 'system_fault')", name="error_kind"),
        Index(None, "requester"),
        {"schema": SCHEMA},
    )


class EntryRequest(Base):
    """Cells somebody wants to enter after their term: immutable (trigger), addressed by id and SHA-256 (P21).

    `entries` is a list of {lesson, student, kind}, in one order; without a student it is the roll of the lesson.
    """

    __tablename__ = "entry_request"

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    entries: Mapped[list[Any]] = mapped_column(JSONB)
    reason: Mapped[str]
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "requester"), {"schema": SCHEMA})


class EntryWindow(Base):
    """The door an approved request opened: this cell may be entered until `closes_at`, then it shuts by itself."""

    __tablename__ = "entry_window"

    id: Mapped[UUIDpk]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("journal.entry_request.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("journal.lesson.id"))
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    kind: Mapped[str]
    opened_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    computation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    case_id: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name="kind"),
        CheckConstraint("student_id IS NOT NULL OR kind = 'ATTENDANCE'", name="roll"),
        CheckConstraint("opened_at < closes_at", name="period"),
        UniqueConstraint("request_id", "lesson_id", "student_id", "kind", postgresql_nulls_not_distinct=True),
        Index(None, "offering_id"),
        {"schema": SCHEMA},
    )


class Excuse(Base):
    """A document handed in for absences of a period (4.2.3): immutable (trigger), addressed by id and SHA-256.

    `document` is {number, issuer} sealed under the requester's key; `document_mark` recognises the same paper without
    telling it. `left_out` are "lesson:student" places a decision does not cover; such a narrowed excuse names the one
    it came from in `narrows`. `files` are ids; the day of return is what the requester says it was.
    """

    __tablename__ = "excuse"

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    students: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ground: Mapped[str]
    document: Mapped[bytes] = mapped_column(LargeBinary)
    document_mark: Mapped[str]
    document_date: Mapped[date]
    returned_on: Mapped[date | None]
    files: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    left_out: Mapped[list[Any]] = mapped_column(JSONB)
    narrows: Mapped[UUID | None] = mapped_column(ForeignKey("journal.excuse.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("ground IN ('medical', 'event', 'trip', 'other')", name="ground"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("cardinality(students) > 0", name="students"),
        Index(None, "document_mark"),
        Index(None, "students", postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class Excused(Base):
    """What the directorate confirmed for one student (4.2.4): the reason his absences of the period have.

    `revoked_at` when it was taken back (P26). Absences entered later in the period get the reason at once.
    """

    __tablename__ = "excused"

    id: Mapped[UUIDpk]
    excuse_id: Mapped[UUID] = mapped_column(ForeignKey("journal.excuse.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    case_id: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    revoked_case: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("reason IN ('EXCUSED', 'SICK')", name="reason"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        UniqueConstraint("excuse_id", "student_id"),
        Index(None, "student_id", "starts_on", postgresql_where=text("revoked_at IS NULL")),
        Index(None, "decided_at"),
        {"schema": SCHEMA},
    )


class Workoff(Base):
    """One step of making up missed lessons of one discipline (1.4.3): immutable (trigger), addressed by its hash.

    A chain by `follows`: REQUESTED (which lessons), ASSIGNED (form, topic, criteria, dates), RESULT (done, again,
    failed; points, comment). The log of work-offs is drawn from it and from the cells, one store and two views (5.6).
    """

    __tablename__ = "workoff"

    id: Mapped[UUIDpk]
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    lessons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    stage: Mapped[str]
    form: Mapped[str | None]
    topic: Mapped[str] = mapped_column(default="", server_default="")
    criteria: Mapped[str] = mapped_column(default="", server_default="")
    due_on: Mapped[date | None]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    given_on: Mapped[date | None]
    result: Mapped[str | None]
    points: Mapped[int | None]
    comment: Mapped[str] = mapped_column(default="", server_default="")
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    accepted_on: Mapped[date | None]
    overdue: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    follows: Mapped[UUID | None] = mapped_column(ForeignKey("journal.workoff.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("stage IN ('REQUESTED', 'ASSIGNED', 'RESULT')", name="stage"),
        CheckConstraint("result IS NULL OR result IN ('DONE', 'AGAIN', 'FAILED')", name="result"),
        CheckConstraint("(stage = 'RESULT') = (result IS NOT NULL)", name="result_at_end"),
        CheckConstraint("cardinality(lessons) > 0", name="lessons"),
        Index(None, "student_id", "made_at"),
        Index(None, "offering_id", "made_at"),
        Index(None, "follows"),
        {"schema": SCHEMA},
    )


class GradeSheet(Base):
    """A sheet drawn from an offering. While closed nobody corrects lessons up to `covers_until` (7.6)."""

    __tablename__ = "grade_sheet"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="OPEN", server_default="OPEN")
    covers_until: Mapped[date]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))

    __table_args__ = (
        CheckConstraint("kind IN ('MODULE1', 'MODULE2', 'FINAL', 'RETAKE', 'SUMMARY_REPORT')", name="kind"),
        CheckConstraint("state IN ('OPEN', 'CLOSED')", name="state"),
        CheckConstraint("(state = 'CLOSED') = (closed_at IS NOT NULL)", name="closed"),
        UniqueConstraint("offering_id", "kind"),
        {"schema": SCHEMA},
    )
