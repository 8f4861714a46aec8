"""Tables of general requests: what was asked, what was decided about it, and the notes left of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Request(Base):
    """The subject of a general case: who asks, about whom or what, and what was answered. Immutable (trigger).

    `about` is PERSON, STUDENT, JOURNAL or UNIT. `units` are the units by the name of their start variable, as they
    were then. `answers` are the answers of the form that are no free text; free text stays in the history of the case.
    `previous_id` is the request that this one replaces after a return.
    """

    __tablename__ = "request"
    unchanging = True

    id: Mapped[UUIDpk]
    about: Mapped[str]
    requester_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.offering.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    units: Mapped[dict[str, Any]] = mapped_column(JSONB)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.request.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("about IN ('PERSON', 'STUDENT', 'JOURNAL', 'UNIT')", name="about"),
        CheckConstraint("about <> 'STUDENT' OR student_id IS NOT NULL", name="student"),
        CheckConstraint("(about = 'JOURNAL') = (offering_id IS NOT NULL)", name="offering"),
        CheckConstraint("about <> 'UNIT' OR unit_id IS NOT NULL", name="unit"),
        {"schema": SCHEMA},
    )


class RequestDecision(Base):
    """A decision that a case recorded about a request, with who acted and when. Append-only."""

    __tablename__ = "request_decision"

    id: Mapped[UUIDpk]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("journal.request.id"))
    case_id: Mapped[UUID]
    decision: Mapped[str]
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (Index(None, "case_id", "made_at"), {"schema": SCHEMA})


class Note(Base):
    """A note of a finished step on the page of a student or of a journal, kept until a day."""

    __tablename__ = "note"

    id: Mapped[UUIDpk]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("journal.request.id"))
    case_id: Mapped[UUID]
    number: Mapped[str]
    student_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.offering.id"))
    titles: Mapped[dict[str, Any]] = mapped_column(JSONB)
    process: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime]
    keep_until: Mapped[date]

    __table_args__ = (
        CheckConstraint("(student_id IS NULL) <> (offering_id IS NULL)", name="page"),
        Index(None, "student_id", "made_at"),
        Index(None, "offering_id", "made_at"),
        Index(None, "keep_until"),
        {"schema": SCHEMA},
    )
