"""The bell as its owner reads it, and what he wants by mail. Structure out; the entrance words it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.kernel.db import db
from app.notices.models import Bell, Channel

COUNTED = 100
"""Beyond this the bell says "99+" and nobody counts on."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of one person."""

    id: UUID
    fact: str
    params: dict[str, Any]
    url: str
    at: datetime
    read_at: datetime | None


def unread(person: UUID) -> int:
    """How many notices the person has not read, at most `COUNTED`; one statement on a partial index."""
    some = select(Bell.id).where(Bell.person == person, Bell.read_at.is_(None)).limit(COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def notices(person: UUID, limit: int = 30, before: UUID | None = None) -> Sequence[Notice]:
    """The person's notices, newest first, older than the notice `before`; one statement."""
    wanted = select(Bell.id, Bell.fact, Bell.params, Bell.url, Bell.at, Bell.read_at).where(
        Bell.person == person
    )
    if before is not None:
        wanted = wanted.where(Bell.id < before)
    return [Notice(*row) for row in db.session.execute(wanted.order_by(Bell.id.desc()).limit(limit))]


def chosen(person: UUID) -> dict[str, str]:
    """The ways the person chose, by kind of news; kinds without a choice are not there. One statement."""
    found = select(Channel.topic, Channel.way).where(Channel.person == person)
    return {row.topic: row.way for row in db.session.execute(found)}
