"""Letters leave: one for urgent news, one a person a day for the rest. Knows rows and the post office."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from app.kernel.act import Act
from app.kernel.db import db
from app.notices.commands.telling import Recipient
from app.notices.digest import Line, compose_digest
from app.notices.mail import PostOffice
from app.notices.models import Bell, Digest, Letter
from app.notices.texts import compose


def send_letter(act: Act, letter_id: UUID, post_office: PostOffice) -> None:
    """Hand one letter to the post office and note it; harmless when it was sent.

    Killed after the mail server took it, it is sent again with the same Message-ID. Raises what the mail raises.
    """
    letter = db.session.scalar(select(Letter).where(Letter.id == letter_id).with_for_update())
    if letter is None or letter.sent_at is not None:
        return
    worded = compose(letter.fact, letter.params, letter.locale, discreet=True)
    post_office.send(letter.id, letter.at, letter.address, letter.locale, worded, letter.url)
    letter.sent_at, letter.params = act.at, {}


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A daily letter that leaves now: whose, and what its owner has not read on the bell meanwhile."""

    id: UUID
    person: UUID
    due_at: datetime
    lines: tuple[Line, ...]

    @property
    def tasks(self) -> frozenset[UUID]:
        """The tasks it speaks of."""
        return frozenset(UUID(line.params["task"]) for line in self.lines if line.params.get("task"))


def due_digest(digest_id: UUID) -> DueDigest | None:
    """The daily letter, locked until the act ends; None when it left already. Two statements."""
    digest = db.session.scalar(select(Digest).where(Digest.id == digest_id).with_for_update())
    if digest is None or digest.sent_at is not None:
        return None
    found = db.session.execute(
        select(Bell.fact, Bell.params, Bell.url)
        .where(Bell.digest_id == digest_id, Bell.read_at.is_(None))
        .order_by(Bell.id)
    )
    return DueDigest(digest.id, digest.person, digest.due_at, tuple(Line(*row) for row in found))


def send_digest(
    act: Act,
    digest: DueDigest,
    reader: Recipient | None,
    settled: Collection[UUID],
    post_office: PostOffice,
) -> bool:
    """Hand the daily letter to the post office and note it; answers whether there was one to send.

    Nothing leaves for somebody who cannot be reached any more (`reader` is None or has no address), nor when all of it
    was read, or was about tasks that are `settled`. Raises what the mail raises; then nothing is noted.
    """
    lines = [line for line in digest.lines if line.params.get("task") not in {str(task) for task in settled}]
    sends = bool(lines) and reader is not None and bool(reader.address)
    if sends and reader is not None and reader.address:
        worded = compose_digest(lines, digest.due_at, reader.locale)
        post_office.send_digest(digest.id, digest.due_at, reader.address, reader.locale, worded)
    row = db.session.get_one(Digest, digest.id)
    row.sent_at = act.at
    return sends


def forget_sent(before: datetime, limit: int = 10_000) -> int:
    """Delete letters sent before the moment, addresses with them; the bells stay."""
    gone = 0
    for model in (Letter, Digest):
        old = select(model.id).where(model.sent_at < before).limit(limit)
        gone += len(db.session.execute(delete(model).where(model.id.in_(old)).returning(model.id)).all())
    return gone
