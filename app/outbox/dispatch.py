"""Deliver outbox messages: `deliver_due_messages` calls the handlers of each due message in one act.

A message is claimed by locking its row, and the lock ends with the act. So a killed worker leaves the message
as it was, and the next one delivers it. Handlers write in the same act, so their writes exist exactly once.
Their effects outside the database (a letter) may be repeated: they must be safe to run again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.kernel import door
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.logs import error_type_and_place_text
from app.outbox.models import Message
from app.outbox.post import post_event

MOST_ATTEMPTS = 8
FIRST_RETRY_DELAY = timedelta(seconds=10)
"""The delay after the first failure; see `retry_delay`."""
MESSAGE_DIED_EVENT = "outbox.message.died"
DEAD_LETTER_NOTICE_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MessageDelivery:
    """A message as its handlers see it."""

    id: int
    event_type: str
    payload: Mapping[str, Any]
    posted_at: datetime
    attempts: int = 0
    revived_at: datetime | None = None


MessageHandler = Callable[[Act, MessageDelivery], None]
HandlersByEventType = Mapping[str, Sequence[MessageHandler]]


@dataclass(frozen=True, slots=True)
class DeliveryObserver:
    """Functions called in the act that records a dead letter (with its error), or delivers a revived one."""

    died: Callable[[Act, MessageDelivery, str], None]
    delivered: Callable[[Act, MessageDelivery], None]


@dataclass(frozen=True, slots=True)
class DeliveryRunCounts:
    """Counts of one run: delivered messages, messages that wait for a retry, dead letters."""

    done: int = 0
    failed: int = 0
    died: int = 0

    @property
    def total(self) -> int:
        """Return the number of messages tried."""
        return self.done + self.failed + self.died


def retry_delay(attempts: int) -> timedelta:
    """Return the delay after the n-th failure: 10 s, 30 s, 90 s, ... about three hours in all."""
    return FIRST_RETRY_DELAY * 3 ** (attempts - 1)


def deliver_due_messages(
    handlers: HandlersByEventType,
    now: datetime,
    limit: int = 100,
    observer: DeliveryObserver | None = None,
) -> DeliveryRunCounts:
    """Deliver up to `limit` messages that are due at `now`, the longest due first.

    A message without handlers is delivered at once. Several workers may run at the same moment. Raises errors
    of the database; a failure of a handler is recorded with its message and not raised.
    """
    counts = {"done": 0, "failed": 0, "died": 0}
    for _ in range(limit):
        result = _deliver_next_message(handlers, now, observer)
        if result is None:
            break
        counts[result] += 1
    return DeliveryRunCounts(**counts)


def _deliver_next_message(
    handlers: HandlersByEventType, now: datetime, observer: DeliveryObserver | None
) -> str | None:
    """Deliver the next due message; return "done", "failed" or "died", None when none is due."""
    act = Act.by_system(now)
    delivery: MessageDelivery | None = None
    try:
        with door.write(act):
            delivery = _lock_next_due_message(now)
            if delivery is None:
                return None
            for handle in handlers.get(delivery.event_type, ()):
                handle(act, delivery)
            db.session.execute(update(Message).where(Message.id == delivery.id).values(done_at=now))
            if observer is not None and delivery.revived_at is not None:
                observer.delivered(act, delivery)
        return "done"
    except Exception as error:
        if delivery is None:
            raise
        with door.write(act):
            # The act of the handlers was rolled back; the failure is recorded in an act of its own.
            return _record_failed_attempt(act, delivery, error, observer)


def _lock_next_due_message(now: datetime) -> MessageDelivery | None:
    """Lock and return the due message that has been due longest; None when there is none."""
    row = db.session.execute(
        select(
            Message.id,
            Message.event_type,
            Message.payload,
            Message.posted_at,
            Message.attempts,
            Message.revived_at,
        )
        .where(Message.done_at.is_(None), Message.dead_at.is_(None), Message.not_before <= now)
        .order_by(Message.not_before, Message.id)
        .limit(1)
        # Messages that another worker holds are skipped.
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return MessageDelivery(*row) if row else None


def _record_failed_attempt(
    act: Act, delivery: MessageDelivery, error: Exception, observer: DeliveryObserver | None
) -> str:
    """Record the failed attempt, unless another worker was faster; return "failed" or "died"."""
    attempts = delivery.attempts + 1
    is_dead = attempts >= MOST_ATTEMPTS
    noted_id = db.session.scalar(
        update(Message)
        .where(Message.id == delivery.id, Message.done_at.is_(None), Message.attempts == delivery.attempts)
        .values(
            attempts=attempts,
            last_error=error_type_and_place_text(error),
            not_before=act.at + retry_delay(attempts),
            dead_at=act.at if is_dead else None,
        )
        .returning(Message.id)
    )
    if noted_id is None or not is_dead:
        return "failed"
    if observer is not None:
        observer.died(act, delivery, error_type_and_place_text(error))
    _announce_dead_letter(act, delivery)
    return "died"


def _announce_dead_letter(act: Act, delivery: MessageDelivery) -> None:
    """Notify IT of a dead letter, once an hour for each event type; never of a dead announcement."""
    if delivery.event_type == MESSAGE_DIED_EVENT:
        return
    recent = select(Message.id).where(
        Message.event_type == delivery.event_type,
        Message.dead_at > act.at - DEAD_LETTER_NOTICE_INTERVAL,
        Message.id != delivery.id,
    )
    if db.session.scalar(recent.limit(1)) is None:
        post_event(
            act, MESSAGE_DIED_EVENT, {"role": "it_admin", "about": delivery.event_type, "url": "/incidents"}
        )
