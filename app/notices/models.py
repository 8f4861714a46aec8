"""The tables of the bell and of letters. A notice is kept as structure and worded when it is read or sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "notices"


class Bell(Base):
    """One notice to one person. `message_id` is the outbox message it came with: never two for one message."""

    __tablename__ = "bell"

    id: Mapped[UUIDpk]
    message_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[UUID]
    fact: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    url: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id", "person"),
        Index("ix_bell_person", "person", "id"),
        Index("ix_bell_unread", "person", postgresql_where=text("read_at IS NULL")),
        {"schema": SCHEMA},
    )


class Letter(Base):
    """The same notice by mail. `id` is its Message-ID, however often it has to be sent; `params` go when it is sent."""

    __tablename__ = "letter"

    id: Mapped[UUIDpk]
    message_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[UUID]
    address: Mapped[str]
    locale: Mapped[str]
    fact: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    url: Mapped[str]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id", "person"),
        Index("ix_letter_sent", "sent_at"),
        {"schema": SCHEMA},
    )
