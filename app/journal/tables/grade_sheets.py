"""Tables of grading schemes, criteria, grade sheets and the results they fix."""

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
SHEET_KINDS_SQL_LIST = "'MODULE1', 'MODULE2', 'FINAL', 'RETAKE', 'SUMMARY_REPORT'"


class GradingScheme(Base):
    """One version of the module-rating system (2.3): immutable (trigger), by its SHA-256.

    `definition` holds components with their parts, thresholds, letters and rounding (see
    `grading.rating.Scheme`); `source` names in ky/ru/en the document it comes from.
    """

    __tablename__ = "grading_scheme"

    id: Mapped[UUIDpk]
    code: Mapped[str]
    version: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[dict[str, Any]] = mapped_column(JSONB)
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    effective_from: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))

    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("code", "version"),
        {"schema": SCHEMA},
    )


class SchemeConfirmation(Base):
    """The confirmation of a version of a scheme by the academic office; until then it is displayed as not
    confirmed (2.3)."""

    __tablename__ = "scheme_confirmation"

    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grading_scheme.id"), primary_key=True)
    confirmed_at: Mapped[datetime]
    confirmed_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    ground: Mapped[str]

    __table_args__ = ({"schema": SCHEMA},)


class SyllabusGrading(Base):
    """The grading part of the syllabus of an offering (2.3): immutable versions, the newest is current.

    `extra` is the extra academic form for unexcused absences, if the syllabus demands one (5.2.3).
    """

    __tablename__ = "syllabus"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    version: Mapped[int]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grading_scheme.id"))
    criteria: Mapped[str]
    extra: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))

    __table_args__ = (
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("offering_id", "version"),
        {"schema": SCHEMA},
    )


class GradeSheet(Base):
    """A sheet of an offering (P09): DRAFT, SIGNED by the teacher, ENDORSED by the head, APPROVED, CLOSED, and
    ARCHIVED after the academic year (7.4).

    It covers lessons up to `covers_until`; points are entered from `enter_from` to `enter_until`, both
    included, and after a return or a permit (then for the students of `open_for` alone) until `open_until`.
    `signing_id` is the current signature. `left_open` is what the office noted when it closed the sheet all
    the same, as [{kind, count, cases}], with its reason, sealed under the key of `closed_by`.
    """

    __tablename__ = "grade_sheet"

    id: Mapped[UUIDpk]
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    kind: Mapped[str]
    number: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="DRAFT", server_default="DRAFT")
    covers_until: Mapped[date]
    enter_from: Mapped[date | None]
    enter_until: Mapped[date | None]
    open_until: Mapped[datetime | None]
    open_for: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    signing_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    archived_at: Mapped[datetime | None]
    left_open: Mapped[list[Any]] = mapped_column(JSONB, default=list, server_default=text("'[]'"))
    left_open_reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint(f"kind IN ({SHEET_KINDS_SQL_LIST})", name="kind"),
        CheckConstraint(
            "state IN ('DRAFT', 'SIGNED', 'ENDORSED', 'APPROVED', 'CLOSED', 'ARCHIVED')", name="state"
        ),
        CheckConstraint("(state = 'DRAFT') = (signed_at IS NULL)", name="signed"),
        CheckConstraint("(state IN ('CLOSED', 'ARCHIVED')) = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("(state = 'ARCHIVED') = (archived_at IS NOT NULL)", name="archived"),
        CheckConstraint(
            "left_open = '[]' OR state IN ('CLOSED', 'ARCHIVED') AND left_open_reason IS NOT NULL",
            name="left_open",
        ),
        UniqueConstraint("offering_id", "kind"),
        {"schema": SCHEMA},
    )


class LateSheetEntryRequest(Base):
    """A request to enter lines after the week or the day: immutable (trigger), by its SHA-256 (P21)."""

    __tablename__ = "sheet_reopening_request"

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    students: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("cardinality(students) > 0", name="students"),
        Index(None, "sheet_id"),
        {"schema": SCHEMA},
    )


class SheetEntry(Base):
    """The entry of a teacher on a sheet for one student: points of the midterm or the exam, or that the
    student did not attend."""

    __tablename__ = "sheet_entry"

    id: Mapped[UUIDpk]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    status: Mapped[str]
    points: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    version: Mapped[int]
    late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    entered_at: Mapped[datetime]
    entered_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))

    __table_args__ = (
        CheckConstraint("status IN ('GRADED', 'NOT_ATTENDED')", name="status"),
        CheckConstraint("(status = 'GRADED') = (points IS NOT NULL)", name="points"),
        CheckConstraint("points >= 0", name="not_negative"),
        CheckConstraint("version > 0", name="version"),
        UniqueConstraint("sheet_id", "student_id"),
        Index(None, "entered_at"),
        {"schema": SCHEMA},
    )


class SheetSigning(Base):
    """A sheet as its teacher signed it: immutable (trigger); approvals are bound to its SHA-256.

    `lines` is a list of {student, status, entered, total, letter}, by student.
    """

    __tablename__ = "sheet_signing"
    unchanging = True

    id: Mapped[UUIDpk]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grading_scheme.id"))
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    sha256: Mapped[str]
    signed_at: Mapped[datetime]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))

    __table_args__ = (Index(None, "sheet_id"), {"schema": SCHEMA})


class Result(Base):
    """The result of a student in a module or a final (2.1e): immutable versions (trigger), the highest is
    current.

    A version rests on a signature, on a protocol (4.4.3), or on the act by which it was taken over.
    `entered` are the points of the midterm or exam,
    `total` the computed result, `arithmetic` how it was computed, as JSON. Published when it was written.
    """

    __tablename__ = "result"

    id: Mapped[UUIDpk]
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    version: Mapped[int]
    status: Mapped[str]
    entered: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    total: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    letter: Mapped[str | None]
    arithmetic: Mapped[dict[str, Any]] = mapped_column(JSONB)
    signing_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.sheet_signing.id"))
    protocol_id: Mapped[UUID | None]
    takeover_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.takeover.id"))
    sha256: Mapped[str]
    published_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("status IN ('GRADED', 'NOT_ATTENDED', 'NOT_ADMITTED')", name="status"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint(
            "signing_id IS NOT NULL OR protocol_id IS NOT NULL OR takeover_id IS NOT NULL", name="ground"
        ),
        UniqueConstraint("sheet_id", "student_id", "version"),
        Index(None, "student_id"),
        Index(None, "protocol_id", postgresql_where=text("protocol_id IS NOT NULL")),
        Index("ix_result_later_version", "published_at", postgresql_where=text("version > 1")),
        Index(None, "total", "published_at", "id"),
        Index(None, "published_at", "id"),
        {"schema": SCHEMA},
    )
