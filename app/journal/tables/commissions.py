"""Tables of commissions: members, the order that formed them, from and until which day (6.3, 7.4, 7.6)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "journal"


class Commission(Base):
    """A commission as it was drafted: immutable (trigger), by its SHA-256. It exists once its order is
    published.

    Its scope is a discipline (`course_id`), an institute or department (`unit_id`), or, without both, the
    university.
    """

    __tablename__ = "commission"
    unchanging = True

    id: Mapped[UUIDpk]
    kind: Mapped[str]
    order_no: Mapped[str]
    order_date: Mapped[date]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("people.unit.id"))
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("journal.course.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    quorum: Mapped[int]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("kind IN ('APPEAL', 'AUTHORISED', 'ARCHIVE')", name="kind"),
        CheckConstraint("valid_from <= valid_until", name="period"),
        CheckConstraint("quorum > 1", name="quorum"),
        CheckConstraint("unit_id IS NULL OR course_id IS NULL", name="one_scope"),
        {"schema": SCHEMA},
    )


class CommissionSeat(Base):
    """A person in a commission: CHAIR, SECRETARY, MEMBER, or RESERVE who takes a vacant seat. Immutable."""

    __tablename__ = "commission_seat"

    commission_id: Mapped[UUID] = mapped_column(ForeignKey("journal.commission.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"), primary_key=True)
    part: Mapped[str]
    place: Mapped[int]

    __table_args__ = (
        CheckConstraint("part IN ('CHAIR', 'SECRETARY', 'MEMBER', 'RESERVE')", name="part"),
        Index(None, "person_id"),
        Index(
            "ix_commission_seat_chair",
            "commission_id",
            unique=True,
            postgresql_where=text("part = 'CHAIR'"),
        ),
        Index(
            "ix_commission_seat_secretary",
            "commission_id",
            unique=True,
            postgresql_where=text("part = 'SECRETARY'"),
        ),
        {"schema": SCHEMA},
    )


class CommissionOrder(Base):
    """The order that formed a commission: from now on it exists and does not change. Immutable."""

    __tablename__ = "commission_order"

    commission_id: Mapped[UUID] = mapped_column(ForeignKey("journal.commission.id"), primary_key=True)
    order_no: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    case_id: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("order_no"), {"schema": SCHEMA})
