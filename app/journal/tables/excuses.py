"""Tables of the documents submitted for absences, and of the excuses the directorate confirmed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Excuse(Base):
    """A document submitted for absences of a period (4.2.3): immutable (trigger), addressed by id and
    SHA-256.

    `document` is {number, issuer} sealed under the requester's key; `document_mark` is a keyed hash that
    recognises the same document without revealing it. `left_out` are "lesson:student" places a decision does
    not cover, `left_out_reasons` why, as {place: reason} with "" for those that have none of
    their own, sealed under the requester's key, and
    `left_out_mark` a keyed hash of it; a partially confirmed excuse names the original one in `narrows`.
    `files` are ids; the day of return is as stated by the requester.
    """

    __tablename__ = "excuse"
    unchanging = True

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
    left_out_reasons: Mapped[bytes | None] = mapped_column(LargeBinary)
    left_out_mark: Mapped[str] = mapped_column(default="", server_default="")
    narrows: Mapped[UUID | None] = mapped_column(ForeignKey("journal.excuse.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("ground IN ('medical', 'event', 'trip', 'other')", name="ground"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        CheckConstraint("cardinality(students) > 0", name="students"),
        Index(None, "document_mark"),
        Index(None, "made_at"),
        Index(None, "students", postgresql_using="gin"),
        {"schema": SCHEMA},
    )


class ExcuseIssuer(Base):
    """The keyed hash of the issuer of a submitted document, by which documents of one issuer are recognised; "" when
    the issuer was erased before it was marked. Append-only."""

    __tablename__ = "excuse_issuer"

    excuse_id: Mapped[UUID] = mapped_column(ForeignKey("journal.excuse.id"), primary_key=True)
    mark: Mapped[str]

    __table_args__ = (Index(None, "mark"), {"schema": SCHEMA})


class ConfirmedExcuse(Base):
    """A confirmed excuse of one student (4.2.4): the reason the student's absences of the period have.

    `revoked_at` is when it was revoked (P26); `revoked_lessons` are the lessons for which alone it was revoked,
    by the moment of it. Absences entered later in the period get the reason at once.
    """

    __tablename__ = "confirmed_excuse"

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
    revoked_lessons: Mapped[dict[str, str]] = mapped_column(
        JSONB, default=dict, server_default=text("'{}'::jsonb")
    )

    __table_args__ = (
        CheckConstraint("reason IN ('EXCUSED', 'SICK')", name="reason"),
        CheckConstraint("starts_on <= ends_on", name="period"),
        UniqueConstraint("excuse_id", "student_id"),
        Index(None, "student_id", "starts_on", postgresql_where=text("revoked_at IS NULL")),
        Index(None, "decided_at"),
        {"schema": SCHEMA},
    )


class RefusedExcuse(Base):
    """The refusal of a whole excuse for one student (4.2.4): immutable (trigger).

    The excuse it names holds every lesson of the period in `left_out`, with the reasons.
    """

    __tablename__ = "refused_excuse"
    unchanging = True

    id: Mapped[UUIDpk]
    excuse_id: Mapped[UUID] = mapped_column(ForeignKey("journal.excuse.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    decided_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    case_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("excuse_id", "student_id"),
        Index(None, "student_id"),
        Index(None, "decided_at"),
        {"schema": SCHEMA},
    )


class ExcuseDoubt(Base):
    """Which lessons of a confirmed excuse are in doubt (P26): immutable (trigger), addressed by its hash.

    Without `lessons` the whole excuse is in doubt, future lessons of its period included.
    """

    __tablename__ = "excuse_doubt"
    unchanging = True

    id: Mapped[UUIDpk]
    confirmed_id: Mapped[UUID] = mapped_column(ForeignKey("journal.confirmed_excuse.id"))
    lessons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "confirmed_id"), {"schema": SCHEMA})
