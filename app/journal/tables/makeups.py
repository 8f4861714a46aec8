"""Tables of the make-up work for missed lessons."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class MakeupStage(Base):
    """One step of the make-up work for missed lessons of one discipline (1.4.3): immutable (trigger),
    addressed by its hash.

    A chain by `follows`: REQUESTED (which lessons), ASSIGNED (form, topic, criteria, dates), RESULT (done,
    again, failed, not required; points, comment). Name of an other form, topic, criteria and comment are sealed
    under the key of the student. The log of make-up work is derived from it and from the cells, one store and
    two views (5.6).
    """

    __tablename__ = "makeup"
    unchanging = True

    id: Mapped[UUIDpk]
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    lessons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    stage: Mapped[str]
    form: Mapped[str | None]
    form_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    topic: Mapped[bytes | None] = mapped_column(LargeBinary)
    criteria: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_on: Mapped[date | None]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    given_on: Mapped[date | None]
    result: Mapped[str | None]
    points: Mapped[int | None]
    comment: Mapped[bytes | None] = mapped_column(LargeBinary)
    accepted_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    accepted_on: Mapped[date | None]
    overdue: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    follows: Mapped[UUID | None] = mapped_column(ForeignKey("journal.makeup.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("stage IN ('REQUESTED', 'ASSIGNED', 'RESULT')", name="stage"),
        CheckConstraint(
            "result IS NULL OR result IN ('DONE', 'AGAIN', 'FAILED', 'NOT_REQUIRED')", name="result"
        ),
        CheckConstraint("(stage = 'RESULT') = (result IS NOT NULL)", name="result_at_end"),
        CheckConstraint(
            "(form IS NOT DISTINCT FROM 'other') = (form_name IS NOT NULL)", name="name_of_other_form"
        ),
        CheckConstraint("cardinality(lessons) > 0", name="lessons"),
        Index(None, "student_id", "made_at"),
        Index(None, "offering_id", "made_at"),
        Index(None, "follows"),
        {"schema": SCHEMA},
    )


class MakeupExtensionRequest(Base):
    """A request to make up missed lessons after the semester's last date: immutable (trigger), by hash
    (5.3.2)."""

    __tablename__ = "makeup_extension_request"
    unchanging = True

    id: Mapped[UUIDpk]
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    offering_id: Mapped[UUID] = mapped_column(ForeignKey("journal.offering.id"))
    lessons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    reason: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("cardinality(lessons) > 0", name="lessons"),
        Index(None, "student_id"),
        {"schema": SCHEMA},
    )


class MakeupExtension(Base):
    """The personal last day that head and directorate decided for the lessons of one request (5.3.2)."""

    __tablename__ = "makeup_extension"

    id: Mapped[UUIDpk]
    request_id: Mapped[UUID] = mapped_column(ForeignKey("journal.makeup_extension_request.id"), unique=True)
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    lessons: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    until: Mapped[date]
    decided_at: Mapped[datetime]
    case_id: Mapped[UUID | None]

    __table_args__ = (Index(None, "student_id"), {"schema": SCHEMA})
