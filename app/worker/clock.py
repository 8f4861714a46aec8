"""The clock of the worker: wakes a worker every second, or runs the due work itself without Redis.

One clock is active at a time: the one that holds a PostgreSQL advisory lock on its own connection. PostgreSQL
frees the lock when that connection ends, and the clock of another worker takes over within a second (ADR 11).
"""

from __future__ import annotations

import contextlib
import threading
import time
from datetime import datetime

import psycopg
import structlog
from flask import Flask
from redis.exceptions import RedisError

from app.kernel.clock import system_clock
from app.kernel.settings import Settings
from app.worker import due_work
from app.worker.clock_check import MAX_DIFFERENCE, ClockReport, clock_difference
from app.worker.wakeup import WakeupQueue

log = structlog.get_logger(__name__)

LOCK_KEY = 0x64657074
"""The key of the advisory lock: "dept" in ASCII."""
TICK_SECONDS = 1.0
MAX_UNANSWERED_WAKEUPS = 5
"""After so many wake-ups without an answer the clock runs the due work itself."""
HOURLY_SECONDS = 3600.0
REMINDER_SECONDS = 60.0
"""Seconds between runs of reminders.

Deadlines in hours are reminded to the minute; deadlines in days soon after midnight, before the daily letter.
"""


class WakeupClock:
    """One clock; `tick` runs once a second. `held`: this clock holds the lock and is active."""

    def __init__(self, app: Flask) -> None:
        settings: Settings = app.extensions["depter"].settings
        self._app = app
        self._url = settings.database_url.replace("+psycopg", "", 1)
        self._wakeup_queue = WakeupQueue(settings.redis_url)
        self._connection: psycopg.Connection | None = None
        self._report = ClockReport(app)
        self._unanswered = 0
        self._hour_at = float("-inf")
        self._reminded_at = float("-inf")
        self.held = False

    def start(self) -> None:
        """Run in a daemon thread until the process ends."""
        threading.Thread(target=self._run_forever, name="clock", daemon=True).start()

    def _run_forever(self) -> None:
        """Call `tick` once a second; log errors."""
        while True:
            started = time.monotonic()
            try:
                self.send_wakeup_or_run_due_work()
            except Exception:
                log.exception("clock.failed")
            time.sleep(max(0.0, TICK_SECONDS - (time.monotonic() - started)))

    def send_wakeup_or_run_due_work(self) -> bool:
        """Send a wake-up or run the due work; return False when another worker holds the lock, or when
        the clock of this machine differs from that of PostgreSQL."""
        if not self._try_to_hold_lock():
            return False
        try:
            self._unanswered = 0 if self._wakeup_queue.send_wakeup() else self._unanswered + 1
        except RedisError as problem:
            # Logged once; from now on the clock runs the due work without waiting.
            if self._unanswered < MAX_UNANSWERED_WAKEUPS:
                log.warning("clock.without_redis", error=str(problem))
            self._unanswered = MAX_UNANSWERED_WAKEUPS
        if self._unanswered >= MAX_UNANSWERED_WAKEUPS:
            due_work.run_due_work(self._app)
        if time.monotonic() - self._reminded_at > REMINDER_SECONDS:
            self._reminded_at = time.monotonic()
            due_work.run_journal_reminders(self._app)
        if time.monotonic() - self._hour_at > HOURLY_SECONDS:
            self._hour_at = time.monotonic()
            due_work.run_hourly_jobs(self._app)
        return True

    def _try_to_hold_lock(self) -> bool:
        """Return whether this clock holds the lock, after trying to take it."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
                self.held = False
            # PostgreSQL is asked each time, because the connection, and the lock with it, may have been lost.
            taken = "true" if self.held else f"pg_try_advisory_lock({LOCK_KEY})"
            before = system_clock()
            row = self._connection.execute(f"SELECT {taken}, clock_timestamp()".encode()).fetchone()
            self.held = bool(row and row[0])
            if row is not None and not self._agrees_with_database_clock(before, row[1]):
                # The worker of a machine whose clock is right takes over.
                self.release_lock()
        except psycopg.Error as problem:
            log.warning("clock.without_database", error=str(problem))
            self.release_lock()
        return self.held

    def _agrees_with_database_clock(self, before: datetime, database_now: datetime) -> bool:
        """Return whether this machine and PostgreSQL differ by a minute at most; report what changed."""
        difference = clock_difference(before, database_now)
        agrees = abs(difference) <= MAX_DIFFERENCE
        if not agrees:
            self._report.report_clock_difference(difference, database_now)
        elif self.held:
            self._report.solve_clock_incident_on_agreement(database_now)
        return agrees

    def release_lock(self) -> None:
        """Release the lock and close the connection."""
        if self._connection is not None:
            if self.held:
                with contextlib.suppress(psycopg.Error):
                    # A closed connection alone frees the lock only some moments later.
                    self._connection.execute(f"SELECT pg_advisory_unlock({LOCK_KEY})".encode())
            self._connection.close()
            self._connection = None
        self.held = False
