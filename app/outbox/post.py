"""`post` puts a fact beside the change it tells of. Knows no handler and sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from app.kernel.act import Act
from app.kernel.db import db, table
from app.outbox.models import Message


def post(act: Act, fact: str, payload: Mapping[str, Any], *, not_before: datetime | None = None) -> None:
    """Write one message into the running act's transaction; it exists if and only if the act commits.

    `fact` is named `room.noun.past`; `payload` is JSON. `not_before` holds the message back until that moment.
    """
    post_all(act, [(fact, payload, not_before)])


def post_all(act: Act, messages: list[tuple[str, Mapping[str, Any], datetime | None]]) -> None:
    """Several messages by one statement, in the order given."""
    rows = [
        {"fact": fact, "payload": dict(payload), "posted_at": act.at, "not_before": not_before or act.at}
        for fact, payload, not_before in messages
    ]
    if rows:
        db.session.execute(insert(table(Message)).inline(), rows)
