"""Table of the hours in which an auditor sees names."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk


class NameUncovering(Base):
    """Names are shown to an auditor in one session until a moment (7.1); never changed.

    `reason` is sealed under the key of the auditor.
    """

    __tablename__ = "name_uncovering"
    unchanging = True

    id: Mapped[UUIDpk]
    session_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.person.id"))
    at: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint("at < until", name="period"),
        Index(None, "session_id", "until"),
        {"schema": "people"},
    )
