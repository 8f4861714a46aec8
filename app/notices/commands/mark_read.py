"""Mark notices of the bell as read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.notices.models import Bell


def mark_read(act: Act, notice_id: UUID) -> str:
    """Mark one notice of the act's person as read; return the path of its page. Raises Missing."""
    notice = db.session.scalar(select(Bell).where(Bell.id == notice_id, Bell.person == act.person))
    if notice is None:
        raise Missing
    if notice.read_at is None:
        notice.read_at = act.at
    return notice.url


def mark_all_read(act: Act, until: UUID) -> None:
    """Mark every notice of the act's person as read, up to the newest one on the page."""
    db.session.execute(
        update(Bell)
        .where(Bell.person == act.person, Bell.read_at.is_(None), Bell.id <= until)
        .values(read_at=act.at)
    )
