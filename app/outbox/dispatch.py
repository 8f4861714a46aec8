"""`drain` hands each due message to its handlers, one act a message. Knows when and how often, not what it means.

A message is claimed by locking its row, and the lock ends with the act: killed, a relay leaves nothing behind and the
next one finds the message as it was. Handlers write by the same act, so what they write exists exactly once.
What they do outside the database (a letter) may be repeated: they must be safe to run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import StatementError

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.outbox.models import Message
from app.outbox.post import post

MOST_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=10)
DIED = "outbox.message.died"
TOLD_ONCE_A = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as its handlers see it."""

    id: int
    fact: str
    payload: Mapping[str, Any]
    posted_at: datetime
    attempts: int = 0


Handler = Callable[[Act, Delivery], None]
Handlers = Mapping[str, Sequence[Handler]]


@dataclass(frozen=True, slots=True)
class Drained:
    """How many messages ended well, how many wait for another attempt, how many gave up."""

    done: int = 0
    failed: int = 0
    died: int = 0

    @property
    def total(self) -> int:
        return self.done + self.failed + self.died


def pause_after(attempts: int) -> timedelta:
    """How long a message waits after its n-th failure: 10 s, 30 s, 90 s, ... about three hours in all."""
    return FIRST_PAUSE * 3 ** (attempts - 1)


def drain(handlers: Handlers, now: datetime, limit: int = 100) -> Drained:
    """Deliver up to `limit` messages that are due at `now`, those first that have been due longest.

    A message that nobody handles is done at once. Several relays may run at the same moment. Raises what the
    database raises; a handler's failure is recorded with its message and never raised.
    """
    ends = {"done": 0, "failed": 0, "died": 0}
    for _ in range(limit):
        ended = _deliver_one(handlers, now)
        if ended is None:
            break
        ends[ended] += 1
    return Drained(**ends)


def _deliver_one(handlers: Handlers, now: datetime) -> str | None:
    act = Act.system(now)
    delivery: Delivery | None = None
    try:
        with door.write(act):
            delivery = _claim(now)
            if delivery is None:
                return None
            for handle in handlers.get(delivery.fact, ()):
                handle(act, delivery)
            db.session.execute(update(Message).where(Message.id == delivery.id).values(done_at=now))
        return "done"
    except Exception as error:
        if delivery is None:
            raise
        with door.write(act):
            return _note_failure(act, delivery, error)


def _claim(now: datetime) -> Delivery | None:
    row = db.session.execute(
        select(Message.id, Message.fact, Message.payload, Message.posted_at, Message.attempts)
        .where(Message.done_at.is_(None), Message.dead_at.is_(None), Message.not_before <= now)
        .order_by(Message.not_before, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return Delivery(*row) if row else None


def _note_failure(act: Act, delivery: Delivery, error: Exception) -> str:
    """Write the attempt down, unless another relay was quicker with this message."""
    attempts = delivery.attempts + 1
    dies = attempts >= MOST_ATTEMPTS
    noted = db.session.scalar(
        update(Message)
        .where(Message.id == delivery.id, Message.done_at.is_(None), Message.attempts == delivery.attempts)
        .values(
            attempts=attempts,
            last_error=_worded(error),
            not_before=act.at + pause_after(attempts),
            dead_at=act.at if dies else None,
        )
        .returning(Message.id)
    )
    if noted is None or not dies:
        return "failed"
    _announce(act, delivery)
    return "died"


def _worded(error: Exception) -> str:
    """What IT reads. A statement's parameters may be a person's marks and are left out."""
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    return f"{type(cause).__name__}: {cause}"[:1000]


def _announce(act: Act, delivery: Delivery) -> None:
    """Tell IT once an hour and kind of message; the message that tells it is never announced itself."""
    if delivery.fact == DIED:
        return
    recent = select(Message.id).where(
        Message.fact == delivery.fact, Message.dead_at > act.at - TOLD_ONCE_A, Message.id != delivery.id
    )
    if db.session.scalar(recent.limit(1)) is None:
        post(act, DIED, {"role": "it_admin", "about": delivery.fact, "url": "/incidents"})
