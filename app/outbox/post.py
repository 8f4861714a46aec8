"""`post` puts a fact beside the change it tells of. Knows no handler and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kernel.act import Act
from app.kernel.prepared import PreparedInsert, Row, pipelined
from app.outbox.models import Message

News = tuple[str, Mapping[str, Any], datetime | None]
"""A fact, its payload, and the moment before which nobody hears of it."""

POST = PreparedInsert(Message, "fact", "payload", "posted_at", "not_before", "attempts")


def post(act: Act, fact: str, payload: Mapping[str, Any], *, not_before: datetime | None = None) -> None:
    """Write one message into the running act's transaction; it exists if and only if the act commits.

    `fact` is named `room.noun.past`; `payload` is JSON. `not_before` holds the message back until that moment.
    """
    post_all(act, [(fact, payload, not_before)])


def post_all(act: Act, messages: Sequence[News]) -> None:
    """Several messages in one round trip, in the order given."""
    if messages:
        with pipelined() as wire:
            wire.send(POST, *rows(act, messages))


def rows(act: Act, messages: Sequence[News]) -> list[Row]:
    """The rows of these messages for `POST`."""
    return [
        {
            "fact": fact,
            "payload": dict(payload),
            "posted_at": act.at,
            "not_before": not_before or act.at,
            "attempts": 0,
        }
        for fact, payload, not_before in messages
    ]
