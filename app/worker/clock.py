"""Rings every second, in one worker of the university at a time; without Redis it looks by itself.

Who holds the advisory lock, on a connection of its own, is the clock. PostgreSQL frees the lock when that connection
ends, and the clock of another worker takes over within a second.
"""

from __future__ import annotations

import contextlib
import threading
import time

import psycopg
import structlog
from flask import Flask
from redis.exceptions import RedisError

from app.kernel.settings import Settings
from app.worker import due_work
from app.worker.wakeup import Doorbell

log = structlog.get_logger(__name__)

LOCK = 0x64657074
"""The key of the advisory lock: "dept"."""
SECOND = 1.0
PATIENCE = 5
"""So many rings without an answer, and the clock looks by itself."""
HOUR = 3600.0
REMIND_EVERY = 60.0
"""Terms of hours are reminded of to the minute; terms of days soon after midnight, for the letter of that morning."""


class Clock:
    """One clock; `tick` once a second. `held` tells whether it is the one that rings."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.extensions["depter"].settings
        self._app = app
        self._url = settings.database_url.replace("+psycopg", "", 1)
        self._doorbell = Doorbell(settings.redis_url)
        self._connection: psycopg.Connection | None = None
        self._unanswered = 0
        self._hour_at = float("-inf")
        self._reminded = float("-inf")
        self.held = False

    def start(self) -> None:
        """Tick in a thread of its own until the process ends."""
        threading.Thread(target=self._run, name="clock", daemon=True).start()

    def _run(self) -> None:
        while True:
            begun = time.monotonic()
            try:
                self.tick()
            except Exception:
                log.exception("clock.failed")
            time.sleep(max(0.0, SECOND - (time.monotonic() - begun)))

    def tick(self) -> bool:
        """Ring, or look by itself; False when another worker holds the lock."""
        if not self._holds():
            return False
        try:
            self._unanswered = 0 if self._doorbell.ring() else self._unanswered + 1
        except RedisError as problem:
            if self._unanswered < PATIENCE:
                log.warning("clock.without_redis", error=str(problem))
            self._unanswered = PATIENCE
        if self._unanswered >= PATIENCE:
            due_work.look(self._app)
        if time.monotonic() - self._reminded > REMIND_EVERY:
            self._reminded = time.monotonic()
            due_work.remind(self._app)
        if time.monotonic() - self._hour_at > HOUR:
            self._hour_at = time.monotonic()
            due_work.hourly(self._app)
        return True

    def _holds(self) -> bool:
        """Whether the lock is ours, asked of PostgreSQL each time: a connection may have been lost."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                self.held = False
            question = "SELECT 1" if self.held else f"SELECT pg_try_advisory_lock({LOCK})::int"
            row = self._connection.execute(question.encode()).fetchone()
            self.held = bool(row and row[0])
        except psycopg.Error as problem:
            log.warning("clock.without_database", error=str(problem))
            self.let_go()
        return self.held

    def let_go(self) -> None:
        """Give the lock back, at once: a closed connection alone lets go of it some moments later."""
        if self._connection is not None:
            if self.held:
                with contextlib.suppress(psycopg.Error):
                    self._connection.execute(f"SELECT pg_advisory_unlock({LOCK})".encode())
            self._connection.close()
            self._connection = None
        self.held = False
