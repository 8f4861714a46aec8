"""The bell of a person and his chosen mail channels. Returns structure; the web layer makes it text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select

from app.kernel.db import db
from app.kernel.prepared import PreparedStatement, fetch_rows
from app.notices.models import BellNotice, ChosenMailChannel

MAX_COUNTED_NOTICES = 100
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


# Compiled once per process: it runs for every page (docs/adr/0008).
_UNREAD_COUNT_STATEMENT = PreparedStatement(
    select(func.count()).select_from(
        select(BellNotice.id)
        .where(
            BellNotice.person == bindparam("person", type_=BellNotice.person.type, required=True),
            BellNotice.read_at.is_(None),
        )
        .limit(MAX_COUNTED_NOTICES)
        .subquery()
    )
)


def count_unread_notices_capped(person: UUID) -> int:
    """Return how many notices are unread, at most `MAX_COUNTED_NOTICES`; one statement on a partial index."""
    return int(fetch_rows(_UNREAD_COUNT_STATEMENT, {"person": person})[0][0])


def load_notices(person: UUID, limit: int = 30, before: UUID | None = None) -> Sequence[Notice]:
    """Return the person's notices, newest first, older than the notice `before`; one statement."""
    statement = select(
        BellNotice.id,
        BellNotice.event_type,
        BellNotice.params,
        BellNotice.url,
        BellNotice.at,
        BellNotice.read_at,
    ).where(BellNotice.person == person)
    if before is not None:
        statement = statement.where(BellNotice.id < before)
    return [Notice(*row) for row in db.session.execute(statement.order_by(BellNotice.id.desc()).limit(limit))]


def load_chosen_channels(person: UUID) -> dict[str, str]:
    """Return the channels the person chose, by topic; topics without a choice are missing. One statement."""
    statement = select(ChosenMailChannel.topic, ChosenMailChannel.way).where(
        ChosenMailChannel.person == person
    )
    return {row.topic: row.way for row in db.session.execute(statement)}
