"""IT tries a message again that gave up: the outbox does it, the audit remembers who."""

from __future__ import annotations

from uuid import UUID

from app.audit.record import record
from app.kernel.act import Act
from app.outbox.stopped import revive


def try_again(act: Act, message_id: int) -> None:
    """Put a message that gave up back among those that are due. Raises Missing."""
    fact = revive(act, message_id)
    object_ = ("outbox.message", UUID(int=message_id))
    record(act, "outbox.message.revived", object_, None, {"message": message_id, "fact": fact})
