"""Tables of orders about students: as drafted, their students, and how they ended."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk
from app.people.order_rules import ORDER_ENDS, ORDER_KINDS, SIGNING_WAYS

SCHEMA = "people"


class ContingentOrder(Base):
    """An order about students as it was drafted: immutable (trigger), by its SHA-256 (2.1).

    `entries` are its lines: {student, group, until, names (sealed for the student), came_from}. A student of an order
    of enrolment is no person yet, so his id refers to nothing.
    """

    __tablename__ = "contingent_order"
    unchanging = True

    id: Mapped[UUIDpk]
    kind: Mapped[str]
    number: Mapped[str]
    ordered_on: Mapped[date]
    effective_on: Mapped[date]
    signing: Mapped[str]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("people.unit.id"))
    entries: Mapped[list[Any]] = mapped_column(JSONB)
    files: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    case_id: Mapped[UUID | None]
    drafted_by: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    sha256: Mapped[str]
    made_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(f"kind IN {ORDER_KINDS}", name="kind"),
        CheckConstraint(f"signing IN {SIGNING_WAYS}", name="signing"),
        Index(None, "ordered_on", "id"),
        Index(None, "number", "ordered_on"),
        Index(None, "unit_id"),
        {"schema": SCHEMA},
    )


class ContingentOrderStudent(Base):
    """A student whom an order is about; immutable. `student_id` is no person before an order of enrolment applies."""

    __tablename__ = "contingent_order_student"
    unchanging = True

    order_id: Mapped[UUID] = mapped_column(ForeignKey("people.contingent_order.id"), primary_key=True)
    student_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (Index(None, "student_id"), {"schema": SCHEMA})


class ContingentOrderEnd(Base):
    """How the way of an order ended: applied, refused, withdrawn, replaced by a reworked draft, or stopped; immutable.

    An order without a row is being checked.
    """

    __tablename__ = "contingent_order_end"
    unchanging = True

    order_id: Mapped[UUID] = mapped_column(ForeignKey("people.contingent_order.id"), primary_key=True)
    how: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint(f"how IN {ORDER_ENDS}", name="how"),
        {"schema": SCHEMA},
    )
