"""Post events to the outbox in the transaction of the change they report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kernel.act import Act
from app.kernel.prepared import PreparedInsert, StatementValues, open_pipeline
from app.outbox.models import Message

OutboxEvent = tuple[str, Mapping[str, Any], datetime | None]
"""Event type, payload, and the moment before which it is not delivered (None: at once)."""

INSERT_MESSAGE = PreparedInsert(Message, "event_type", "payload", "posted_at", "not_before", "attempts")


def post_event(
    act: Act, event_type: str, payload: Mapping[str, Any], *, not_before: datetime | None = None
) -> None:
    """Write one event into the running act's transaction; it exists if and only if the act commits.

    An event type is named `room.noun.past`; the payload is JSON. `not_before` is the earliest moment of its
    delivery.
    """
    post_events(act, [(event_type, payload, not_before)])


def post_events(act: Act, events: Sequence[OutboxEvent]) -> None:
    """Write several events in one round trip, in the order given."""
    if events:
        with open_pipeline() as pipe:
            pipe.send_statement(INSERT_MESSAGE, *outbox_message_rows(act, events))


def outbox_message_rows(act: Act, events: Sequence[OutboxEvent]) -> list[StatementValues]:
    """Return the rows of these events for `INSERT_MESSAGE`."""
    return [
        {
            "event_type": event_type,
            "payload": dict(payload),
            "posted_at": act.at,
            "not_before": not_before or act.at,
            "attempts": 0,
        }
        for event_type, payload, not_before in events
    ]
