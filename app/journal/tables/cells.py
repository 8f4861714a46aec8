"""Tables of the cells and of their corrections, late entries and disputes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Numeric,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Cell(Base):
    """One mark of one student at one lesson. A row, once written, stays; written by `gradebook.cell_writer`
    only.

    `value`: PRESENT or ABSENT for attendance, points such as "87.5" for a grade, None when it was taken back.
    `reason` (EXCUSED, SICK) and `made_up` are stored beside an absence. `first_entered_at` and
    `first_entered_by` never change; for a cell whose presence was entered with the roll they are the roll's.
    `change_set_id` is the correction that wrote the present version, if one did; `excused_id` the confirmed
    excuse that `reason` rests on.
    """

    __tablename__ = "cell"

    id: Mapped[UUIDpk]
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("journal.lesson.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    kind: Mapped[str]
    value: Mapped[str | None]
    reason: Mapped[str | None]
    made_up: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    version: Mapped[int]
    late: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    first_entered_at: Mapped[datetime]
    first_entered_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    change_set_id: Mapped[UUID | None]
    excused_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.confirmed_excuse.id"))

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
        Index("ix_cell_owing", "student_id", postgresql_where=text("value = 'ABSENT' AND NOT made_up")),
        Index(None, "excused_id", postgresql_where=text("excused_id IS NOT NULL")),
        # Patterns of a period: rows lie in the order of their first entry.
        Index("ix_cell_late", "first_entered_at", postgresql_where=text("late")),
        Index("ix_cell_first_entered_at_range", "first_entered_at", postgresql_using="brin"),
        Index("ix_cell_changed_at_range", "changed_at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )


_VALUE_COLUMNS = ("old_points", "new_points", "old_value", "new_value", "late", "source")


class CellVersion(Base):
    """One version of a cell: what stood in it before and what was written. Append-only (trigger).

    Written by `gradebook.cell_writer` with the cell itself. The audit holds the values sealed; here they can be
    searched, as the journal itself holds them. The reason of an absence is not here: it may tell of an illness (7.1).
    `old_points` and `new_points` are the values of a grade as numbers. `source` is HAND or IMPORT (of an act of
    takeover). An `old_value` is empty for a first entry.
    """

    __tablename__ = "cell_version"
    unchanging = True

    id: Mapped[UUIDpk]
    cell_id: Mapped[UUID]
    version: Mapped[int]
    lesson_id: Mapped[UUID]
    offering_id: Mapped[UUID]
    student_id: Mapped[UUID]
    kind: Mapped[str]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]
    old_points: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    new_points: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    event_type: Mapped[str]
    clause: Mapped[str | None]
    person: Mapped[UUID | None]
    on_behalf_of: Mapped[UUID | None]
    at: Mapped[datetime]
    late: Mapped[bool]
    case_id: Mapped[UUID | None]
    source: Mapped[str]

    __table_args__ = (
        CheckConstraint("kind IN ('ATTENDANCE', 'GRADE')", name="kind"),
        CheckConstraint("source IN ('HAND', 'IMPORT')", name="source"),
        UniqueConstraint("cell_id", "version"),
        # Searches by values are answered from the index: it holds the values as well.
        Index(None, "at", "id", postgresql_include=[*_VALUE_COLUMNS, "offering_id"]),
        Index(None, "student_id", "at", "id"),
        Index(
            None,
            "person",
            "at",
            "id",
            postgresql_include=[*_VALUE_COLUMNS, "offering_id"],
            postgresql_where=text("person IS NOT NULL"),
        ),
        Index(None, "offering_id", "at", "id", postgresql_include=list(_VALUE_COLUMNS)),
        Index(None, "case_id", "at", "id", postgresql_where=text("case_id IS NOT NULL")),
        Index(None, "new_points", "at", "id", postgresql_where=text("new_points IS NOT NULL")),
        Index(None, "old_points", "new_points", "at", "id", postgresql_where=text("old_points IS NOT NULL")),
        *(
            Index(
                name,
                "at",
                "id",
                postgresql_include=[*_VALUE_COLUMNS, "offering_id"],
                postgresql_where=text(rows),
            )
            for name, rows in (
                ("ix_cell_version_late", "late"),
                ("ix_cell_version_corrected", "old_points IS NOT NULL"),
            )
        ),
        {"schema": SCHEMA},
    )


class ChangeSet(Base):
    """The exact content of a correction: immutable (trigger), addressed by id and SHA-256.

    `cells` is a list of {lesson, student, kind, version, old, new}, ordered by lesson, student and kind. `reason` is
    sealed under the key of the requester.
    """

    __tablename__ = "change_set"
    unchanging = True

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    cells: Mapped[list[Any]] = mapped_column(JSONB)
    error_kind: Mapped[str]
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("error_kind IN ('typo', 'wrong_date_or_column', 'system_fault')", name="error_kind"),
        Index(None, "requester"),
        Index(None, "offering_id"),
        {"schema": SCHEMA},
    )


class LateEntryRequest(Base):
    """A request to enter cells after their deadline: immutable (trigger), addressed by id and SHA-256 (P21).

    `entries` is a list of {lesson, student, kind}, in one order; without a student it is the roll of the
    lesson. `reason` is sealed under the key of the requester.
    """

    __tablename__ = "late_entry_request"
    unchanging = True

    id: Mapped[UUIDpk]
    requester: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    entries: Mapped[list[Any]] = mapped_column(JSONB)
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "requester"), {"schema": SCHEMA})


class LateEntryPermit(Base):
    """The permit granted by an approved request: this cell may be entered until `closes_at`; then the permit
    ends by itself."""

    __tablename__ = "late_entry_permit"

    id: Mapped[UUIDpk]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("journal.late_entry_request.id"))
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


class Dispute(Base):
    """A mark, or a result (RESULT), that a student disputes, as it was at that moment: immutable (trigger),
    by its SHA-256 (6.2)."""

    __tablename__ = "dispute"
    unchanging = True

    id: Mapped[UUIDpk]
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.lesson.id"))
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.result.id"))
    kind: Mapped[str]
    version: Mapped[int]
    late: Mapped[bool]
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('ATTENDANCE', 'GRADE', 'RESULT')", name="kind"),
        CheckConstraint("(kind = 'RESULT') = (result_id IS NOT NULL)", name="result"),
        CheckConstraint("(kind = 'RESULT') = (lesson_id IS NULL)", name="lesson"),
        Index(None, "student_id"),
        Index(None, "result_id", postgresql_where=text("result_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
