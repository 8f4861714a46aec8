"""Dead letters: messages that failed too often, their retry, and the deletion of delivered messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.models import Message


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that failed too often. `last_error` is for IT and is not translated."""

    id: int
    event_type: str
    posted_at: datetime
    dead_at: datetime | None
    attempts: int
    last_error: str | None


def load_dead_letters(limit: int = 50, after: int | None = None) -> Sequence[DeadLetter]:
    """Return the dead letters below the id `after`, newest first; one statement."""
    statement = select(
        Message.id,
        Message.event_type,
        Message.posted_at,
        Message.dead_at,
        Message.attempts,
        Message.last_error,
    ).where(Message.dead_at.is_not(None), Message.done_at.is_(None))
    if after is not None:
        statement = statement.where(Message.id < after)
    return [
        DeadLetter(*row) for row in db.session.execute(statement.order_by(Message.id.desc()).limit(limit))
    ]


def count_due_messages(now: datetime) -> int:
    """Return how many messages are due and not delivered; one statement."""
    due = Message.done_at.is_(None), Message.dead_at.is_(None), Message.not_before <= now
    return db.session.scalar(select(func.count()).select_from(Message).where(*due)) or 0


def lock_undelivered_message(message_id: int) -> DeadLetter | None:
    """Lock and return a message that is not delivered yet; None when it is gone or delivered."""
    row = db.session.execute(
        select(
            Message.id,
            Message.event_type,
            Message.posted_at,
            Message.dead_at,
            Message.attempts,
            Message.last_error,
        )
        .where(Message.id == message_id, Message.done_at.is_(None))
        .with_for_update()
    ).one_or_none()
    return DeadLetter(*row) if row else None


def requeue_dead_letter(act: Act, message_id: int) -> str:
    """Make a dead letter due again from its first attempt; return its event type. Harmless if not dead.

    Raises Missing.
    """
    message = lock_undelivered_message(message_id)
    if message is None:
        raise Missing
    if message.dead_at is not None:
        db.session.execute(
            update(Message)
            .where(Message.id == message_id)
            .values(dead_at=None, attempts=0, not_before=act.at, revived_at=act.at)
        )
    return message.event_type


def give_up_dead_letter(act: Act, message_id: int) -> None:
    """Mark a dead letter as done without delivering it, so that it is deleted like a delivered one."""
    db.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.dead_at.is_not(None), Message.done_at.is_(None))
        .values(done_at=act.at)
    )


def delete_delivered_messages(before: datetime, limit: int = 10_000) -> int:
    """Delete messages delivered before the moment, because they name persons; return how many."""
    old = select(Message.id).where(Message.done_at < before).limit(limit)
    deleted = db.session.execute(delete(Message).where(Message.id.in_(old)).returning(Message.id))
    return len(deleted.all())
