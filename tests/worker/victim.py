"""A process that does what a wake-up does, at the moment a line names, and can be killed at any statement."""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID

from app import create_app
from app.audit.record import record_audit_event
from app.kernel.act import Act
from app.kernel.settings import Settings
from app.outbox.dispatch import HandlersByEventType, MessageDelivery
from app.worker import due_work
from app.worker.event_handlers import event_handlers_by_type
from tests.support.crash_process import serve


def write_down(act: Act, delivery: MessageDelivery) -> None:
    """An effect that must exist exactly once for each message."""
    record_audit_event(act, "tests.effect.written", ("tests.effect", UUID(int=delivery.id)), None, {})


def menu(settings: Settings) -> HandlersByEventType:
    """The real menu, and an effect in the database before and after each of its handlers."""
    return {
        event_type: (write_down, *those) for event_type, those in event_handlers_by_type(settings).items()
    }


def main() -> None:
    settings = Settings.from_env(os.environ)
    now: list[datetime] = []
    app, delivers = create_app(settings, lambda: now[-1]), menu(settings)
    due_work.event_handlers_by_type = lambda _settings: delivers

    def look(moment: str) -> None:
        now.append(datetime.fromisoformat(moment))
        due_work.run_due_work(app)

    serve(look)


if __name__ == "__main__":
    main()
