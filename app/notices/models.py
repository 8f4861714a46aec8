"""Tables of the bell, letters, daily letters and the chosen mail channels.

A notice is stored as structure and becomes text when it is read or sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UUIDpk

SCHEMA = "notices"


class Digest(Base):
    """The daily letter of one person at one moment. `id` is its Message-ID.

    It contains the bell notices that refer to it. `sent_at` is set when it was sent, or when it had nothing
    to say.
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


class BellNotice(Base):
    """One notice to one person; at most one for each outbox message (`message_id`) and person.

    `digest_id` is the daily letter that contains it too.
    """

    __tablename__ = "bell"

    id: Mapped[UUIDpk]
    message_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[UUID]
    event_type: Mapped[str]
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
    """The same notice by mail. `id` is its Message-ID in every attempt; sending deletes its
    `params` and `address`, which is sealed under the key of the person."""

    __tablename__ = "letter"

    id: Mapped[UUIDpk]
    message_id: Mapped[int] = mapped_column(BigInteger)
    person: Mapped[UUID]
    address: Mapped[bytes | None] = mapped_column(LargeBinary)
    locale: Mapped[str]
    event_type: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    url: Mapped[str]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("message_id", "person"),
        Index("ix_letter_sent", "sent_at"),
        {"schema": SCHEMA},
    )


class ChosenMailChannel(Base):
    """The mail channel a person chose for one topic; without a row the topic's default applies."""

    __tablename__ = "channel"

    person: Mapped[UUIDpk]
    topic: Mapped[str] = mapped_column(primary_key=True)
    way: Mapped[str]

    __table_args__ = (
        CheckConstraint("way IN ('at_once', 'daily', 'never')", name="way"),
        {"schema": SCHEMA},
    )
