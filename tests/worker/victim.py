"""A process that does what a wake-up does and dies by kill -9 just before its n-th statement. For tests only.

Reads a number and a moment from stdin, one pair a line. For each it forks a child that looks at that moment and is
killed before that statement (0: never), then prints how the child ended. Forking spares the start of Python; no
connection is open before.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from app import create_app
from app.audit.record import record
from app.kernel.act import Act
from app.kernel.settings import Settings
from app.outbox.relay import Delivery, Handlers
from app.worker import jobs
from app.worker.handlers import handlers


def die_before(statement: int) -> None:
    """Count every statement and every commit of this process from now on."""
    reached = 0

    def counted(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal reached
            reached += 1
            if reached == statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **kwargs)

        return call

    for owner, name in (
        (psycopg.Cursor, "execute"),
        (psycopg.Cursor, "executemany"),
        (psycopg.Connection, "commit"),
    ):
        setattr(owner, name, counted(getattr(owner, name)))


def write_down(act: Act, delivery: Delivery) -> None:
    """An effect that must exist exactly once for each message."""
    record(act, "tests.effect.written", ("tests.effect", UUID(int=delivery.id)), None, {})


def menu(settings: Settings) -> Handlers:
    """The real menu, and an effect in the database before and after each of its handlers."""
    return {fact: (write_down, *those) for fact, those in handlers(settings).items()}


def main() -> None:
    settings = Settings.from_env(os.environ)
    now: list[datetime] = []
    app, delivers = create_app(settings, lambda: now[-1]), menu(settings)
    jobs.handlers = lambda _settings: delivers
    print("ready", flush=True)
    for line in sys.stdin:
        statement, moment = line.split()
        child = os.fork()
        if child == 0:
            now.append(datetime.fromisoformat(moment))
            die_before(int(statement))
            jobs.look(app)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
