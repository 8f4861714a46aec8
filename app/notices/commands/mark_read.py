"""Mark notices of the bell as read."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.notices.models import BellNotice


def mark_notice_read(act: Act, notice_id: UUID) -> str:
    """Mark one notice of the act's person as read; return the path of its page. Raises Missing."""
    notice = db.session.scalar(
        select(BellNotice).where(BellNotice.id == notice_id, BellNotice.person == act.person)
    )
    if notice is None:
        raise Missing
    if notice.read_at is None:
        notice.read_at = act.at
    return notice.url


def mark_notices_read_until(act: Act, until: UUID) -> None:
    """Mark every notice of the act's person as read, up to the newest one on the page."""
    db.session.execute(
        update(BellNotice)
        .where(BellNotice.person == act.person, BellNotice.read_at.is_(None), BellNotice.id <= until)
        .values(read_at=act.at)
    )
