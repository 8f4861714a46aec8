"""Send letters: one for urgent news, one a day for each person with the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from app.audit.words import unseal_text
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.i18n import every_year_written
from app.notices.commands.notify import Recipient
from app.notices.digest import DigestNotice, compose_digest_text
from app.notices.mail import MailSender
from app.notices.models import BellNotice, Digest, Letter
from app.notices.texts import compose_notice_text


def send_letter(act: Act, letter_id: UUID, post_office: MailSender) -> None:
    """Send one letter and record it; harmless when it was sent. Raises errors of the mail server.

    If the process is killed after the mail server accepted it, it is sent again with the same Message-ID.
    """
    letter = db.session.scalar(select(Letter).where(Letter.id == letter_id).with_for_update())
    if letter is None or letter.sent_at is not None:
        return
    with every_year_written():
        text = compose_notice_text(letter.event_type, letter.params, letter.locale, discreet=True)
    address = unseal_text(letter.person, letter.address)
    # An erased person has no address any more.
    if address:
        post_office.send_letter(letter.id, letter.at, address, letter.locale, text, letter.url)
    # Parameters and address name persons and are not needed any more.
    letter.sent_at, letter.params, letter.address = act.at, {}, None


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A daily letter that is due: its owner, and the notices he has not read on the bell."""

    id: UUID
    person: UUID
    due_at: datetime
    unread_notices: tuple[DigestNotice, ...]

    @property
    def task_ids(self) -> frozenset[UUID]:
        """Return the tasks that the notices are about."""
        return frozenset(UUID(line.params["task"]) for line in self.unread_notices if line.params.get("task"))


def lock_due_digest(digest_id: UUID) -> DueDigest | None:
    """Return the daily letter, locked until the act ends; None when it was sent. Two statements."""
    digest = db.session.scalar(select(Digest).where(Digest.id == digest_id).with_for_update())
    if digest is None or digest.sent_at is not None:
        return None
    rows = db.session.execute(
        select(BellNotice.event_type, BellNotice.params, BellNotice.url)
        .where(BellNotice.digest_id == digest_id, BellNotice.read_at.is_(None))
        .order_by(BellNotice.id)
    )
    return DueDigest(digest.id, digest.person, digest.due_at, tuple(DigestNotice(*row) for row in rows))


def send_digest(
    act: Act,
    digest: DueDigest,
    reader: Recipient | None,
    settled: Collection[UUID],
    post_office: MailSender,
) -> bool:
    """Send the daily letter and record it; return whether there was one to send.

    Nothing is sent to a person who cannot be reached any more (`reader` is None or has no address), nor when
    all of it was read or is about tasks that are closed (`settled`). Raises errors of the mail server; then
    nothing is recorded.
    """
    lines = [
        line
        for line in digest.unread_notices
        if line.params.get("task") not in {str(task) for task in settled}
    ]
    sends = bool(lines) and reader is not None and bool(reader.address)
    if sends and reader is not None and reader.address:
        with every_year_written():
            text = compose_digest_text(lines, digest.due_at, reader.locale)
        post_office.send_digest(digest.id, digest.due_at, reader.address, reader.locale, text)
    digest_row = db.session.get_one(Digest, digest.id)
    digest_row.sent_at = act.at
    return sends


def delete_sent_letters(before: datetime, limit: int = 10_000) -> int:
    """Delete letters sent before the moment with their addresses; bell notices stay. Returns how many."""
    deleted = 0
    for model in (Letter, Digest):
        old = select(model.id).where(model.sent_at < before).limit(limit)
        deleted += len(db.session.execute(delete(model).where(model.id.in_(old)).returning(model.id)).all())
    return deleted
