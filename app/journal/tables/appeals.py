"""Tables of commission matters (6.3, 5.4.3): appeals, hearings, protocols, corrections after them. All
immutable."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Appeal(Base):
    """A matter for a commission: a student's APPEAL against a result, or a PROPOSAL: to count points that came
    after the sheet was signed (5.4.3), or to change cells whose correction is academic (4.4.3). `result_id` is
    the disputed version, None for a change of cells; `late`: after the deadline of 6.3, `deadline_at`."""

    __tablename__ = "appeal"

    id: Mapped[UUIDpk]
    kind: Mapped[str]
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.result.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    change_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.change_set.id"), unique=True)
    makeup_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.makeup.id"))
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.dispute.id"))
    late: Mapped[bool]
    deadline_at: Mapped[datetime | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('APPEAL', 'PROPOSAL')", name="kind"),
        CheckConstraint(
            "(kind = 'PROPOSAL') = (makeup_id IS NOT NULL OR change_set_id IS NOT NULL)", name="makeup"
        ),
        CheckConstraint("(result_id IS NULL) = (change_set_id IS NOT NULL)", name="result"),
        CheckConstraint("(result_id IS NULL) = (sheet_id IS NULL)", name="sheet"),
        Index(None, "student_id"),
        Index(None, "result_id"),
        Index(None, "makeup_id", unique=True, postgresql_where=text("makeup_id IS NOT NULL")),
        {"schema": SCHEMA},
    )


class AppealEnd(Base):
    """The outcome of an appeal; without this row it is open."""

    __tablename__ = "appeal_end"

    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.appeal.id"), primary_key=True)
    outcome: Mapped[str]
    protocol_id: Mapped[UUID | None]
    ended_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(
            "outcome IN ('UPHELD', 'CHANGED', 'REEXAM', 'INADMISSIBLE', 'WITHDRAWN', 'SUPERSEDED')",
            name="outcome",
        ),
        {"schema": SCHEMA},
    )


class Hearing(Base):
    """The seats and the time of the hearing of an appeal: CONVENED, ADMITTED, SCHEDULED or POSTPONED, each
    step a row that follows another.

    `members` vote beside the chair; the secretary does not. `excluded` maps the recused persons to the reason
    (AUTHOR, REQUESTER, CURATOR, DECLARED). `restored`: the commission restored the missed deadline.
    """

    __tablename__ = "hearing"

    id: Mapped[UUIDpk]
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.appeal.id"))
    follows: Mapped[UUID | None] = mapped_column(ForeignKey("journal.hearing.id"))
    commission_id: Mapped[UUID] = mapped_column(ForeignKey("journal.commission.id"))
    stage: Mapped[str]
    chair_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    secretary_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    members: Mapped[list[str]] = mapped_column(JSONB)
    excluded: Mapped[dict[str, str]] = mapped_column(JSONB)
    quorum: Mapped[int]
    restored: Mapped[bool]
    held_at: Mapped[datetime | None]
    place: Mapped[str]
    sha256: Mapped[str]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("people.person.id"))
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("stage IN ('CONVENED', 'ADMITTED', 'SCHEDULED', 'POSTPONED')", name="stage"),
        CheckConstraint("chair_id <> secretary_id", name="two_persons"),
        CheckConstraint("(stage = 'SCHEDULED') = (held_at IS NOT NULL)", name="held"),
        Index(None, "appeal_id"),
        {"schema": SCHEMA},
    )


class Protocol(Base):
    """The decision of a commission: votes by name, the decision they make, the points; its motive is sealed.

    `votes` is a list of {person, vote}, the chair first. It is in force once the chair has signed
    (`ProtocolSigned`).
    """

    __tablename__ = "protocol"

    id: Mapped[UUIDpk]
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("journal.appeal.id"))
    hearing_id: Mapped[UUID] = mapped_column(ForeignKey("journal.hearing.id"))
    commission_id: Mapped[UUID] = mapped_column(ForeignKey("journal.commission.id"))
    result_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.result.id"))
    chair_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    secretary_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    votes: Mapped[list[Any]] = mapped_column(JSONB)
    decision: Mapped[str]
    points: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    motive: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("decision IN ('UPHELD', 'CHANGED', 'REEXAM')", name="decision"),
        CheckConstraint(
            "(decision = 'CHANGED' AND result_id IS NOT NULL) = (points IS NOT NULL)", name="points"
        ),
        CheckConstraint("chair_id <> secretary_id", name="two_persons"),
        Index(None, "appeal_id"),
        {"schema": SCHEMA},
    )


class ProtocolSigned(Base):
    """The signature of the chair under a protocol, with its number, counted without gaps for a commission and
    a year."""

    __tablename__ = "protocol_signed"

    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("journal.protocol.id"), primary_key=True)
    commission_id: Mapped[UUID] = mapped_column(ForeignKey("journal.commission.id"))
    year: Mapped[int]
    number: Mapped[int]
    signed_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    signed_at: Mapped[datetime]
    case_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("commission_id", "year", "number"),
        CheckConstraint("number > 0", name="number"),
        {"schema": SCHEMA},
    )


class AcademicCorrection(Base):
    """The change the academic office prepared from a signed protocol, for the version of the result it saw:
    approvals are bound to its SHA-256. `entered` are the new points of midterm or exam, `grade` is a current
    grade that is added; `change_set_id` are cells that are changed, without a result."""

    __tablename__ = "academic_correction"

    id: Mapped[UUIDpk]
    protocol_id: Mapped[UUID] = mapped_column(ForeignKey("journal.protocol.id"))
    sheet_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.grade_sheet.id"))
    student_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    change_set_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.change_set.id"))
    version: Mapped[int]
    entered: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    grade: Mapped[Decimal | None] = mapped_column(Numeric(4, 1))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("num_nonnulls(entered, grade, change_set_id) = 1", name="one_change"),
        CheckConstraint("(sheet_id IS NULL) = (change_set_id IS NOT NULL)", name="sheet"),
        Index(None, "protocol_id"),
        {"schema": SCHEMA},
    )


class ResultDisputeEnd(Base):
    """The end of a dispute of a result: ANSWERED, SILENT (the deadline passed) or WITHDRAWN. The deadline of
    an appeal runs anew from an answer or a silence (6.3)."""

    __tablename__ = "dispute_answer"

    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("journal.dispute.id"), primary_key=True)
    how: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("how IN ('ANSWERED', 'SILENT', 'WITHDRAWN')", name="how"),
        {"schema": SCHEMA},
    )
