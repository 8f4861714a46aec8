"""The table of the outbox: events with their due moment and attempts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base


class Message(Base):
    """One event on its way to its handlers. Open while neither `done_at` nor `dead_at` is set.

    `revived_at` is when a person made a dead letter due again; a dead letter with `done_at` was given up.
    """

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_type: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    posted_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    revived_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_message_due",
            "not_before",
            "id",
            postgresql_where=text("done_at IS NULL AND dead_at IS NULL"),
        ),
        # The messages of a case, for its trace.
        Index(
            "ix_message_case",
            text("(payload ->> 'case')"),
            "id",
            postgresql_where=text("(payload ->> 'case') IS NOT NULL"),
        ),
        Index("ix_message_dead", "dead_at", postgresql_where=text("dead_at IS NOT NULL")),
        {"schema": "outbox"},
    )
