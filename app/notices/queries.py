"""The bell of a person and his chosen mail channels. Returns structure; the web layer makes it text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.db import db
from app.notices.models import Bell, Channel

MAX_COUNTED = 100
"""Maximum counted; beyond it the bell shows "99+"."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of one person."""

    id: UUID
    event_type: str
    params: dict[str, Any]
    url: str
    at: datetime
    read_at: datetime | None


def count_unread(person: UUID) -> int:
    """Return how many notices are unread, at most `MAX_COUNTED`; one statement on a partial index."""
    unread_ids = select(Bell.id).where(Bell.person == person, Bell.read_at.is_(None)).limit(MAX_COUNTED)
    return db.session.scalar(select(func.count()).select_from(unread_ids.subquery())) or 0


def load_notices(person: UUID, limit: int = 30, before: UUID | None = None) -> Sequence[Notice]:
    """Return the person's notices, newest first, older than the notice `before`; one statement."""
    statement = select(Bell.id, Bell.event_type, Bell.params, Bell.url, Bell.at, Bell.read_at).where(
        Bell.person == person
    )
    if before is not None:
        statement = statement.where(Bell.id < before)
    return [Notice(*row) for row in db.session.execute(statement.order_by(Bell.id.desc()).limit(limit))]


def load_channels(person: UUID) -> dict[str, str]:
    """Return the channels the person chose, by topic; topics without a choice are missing. One statement."""
    statement = select(Channel.topic, Channel.way).where(Channel.person == person)
    return {row.topic: row.way for row in db.session.execute(statement)}
