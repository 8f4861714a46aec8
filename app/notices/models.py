"""The tables of the bell, of letters and of what each person wants by mail.

A notice is kept as structure and worded when it is read or sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "notices"


class Digest(Base):
    """The daily letter of one person: one at each moment it leaves. `id` is its Message-ID.

    What it says are the bells that name it. `sent_at` when it left, or when there turned out to be nothing to say.
    """

    __tablename__ = "digest"

    id: Mapped[UUIDpk]
    person: Mapped[UUID]
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("person", "due_at"),
        Index("ix_digest_sent", "sent_at"),
        {"schema": SCHEMA},
    )


class Bell(Base):
    """One notice to one person. `message_id` is the outbox message it came with: never two for one message.

    `digest_id` is the daily letter that tells it too.
    """

    __tablename__ = "bell"

    id: Mapped[UUIDpk]
    message_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[UUID]
    fact: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    url: Mapped[str]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    digest_id: Mapped[UUID | None] = mapped_column(ForeignKey("notices.digest.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("message_id", "person"),
        Index("ix_bell_digest", "digest_id", postgresql_where=text("digest_id IS NOT NULL")),
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


class Channel(Base):
    """How one person wants one kind of news by mail; without a row it goes as the kind usually does."""

    __tablename__ = "channel"

    person: Mapped[UUIDpk]
    topic: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]

    __table_args__ = (
        CheckConstraint("way IN ('at_once', 'daily', 'never')", name="way"),
        {"schema": SCHEMA},
    )
