"""The owner of a bell reads it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.notices.models import Bell


def read(act: Act, notice_id: UUID) -> str:
    """Mark one notice of the act's person as read; answers the path of the page about it. Raises Missing."""
    found = db.session.scalar(select(Bell).where(Bell.id == notice_id, Bell.person == act.person))
    if found is None:
        raise Missing
    if found.read_at is None:
        found.read_at = act.at
    return found.url


def read_all(act: Act, until: UUID) -> None:
    """Mark every notice of the act's person as read, up to the newest one that was shown."""
    db.session.execute(
        update(Bell)
        .where(Bell.person == act.person, Bell.read_at.is_(None), Bell.id <= until)
        .values(read_at=act.at)
    )
