"""Compare the clock of this machine with that of PostgreSQL: one computes deadlines, the other stores moments."""

from __future__ import annotations

import socket
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import func, select

from app.cases.incidents import record_clock_incident, resolve_clock_incidents
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import system_clock
from app.kernel.db import db
from app.kernel.readiness import MAX_CLOCK_DIFFERENCE as MAX_DIFFERENCE
from app.kernel.readiness import clock_difference as difference_between

log = structlog.get_logger(__name__)

REPORT_INTERVAL = timedelta(minutes=1)
"""How often a difference that lasts is reported again."""


def clock_difference(before: datetime, database_now: datetime) -> timedelta:
    """Return how far PostgreSQL is ahead. It answered between `before` and now: no travel time is counted."""
    return difference_between(before, database_now, system_clock())


def agrees_with_database_clock(app: Flask) -> bool:
    """Return whether the clocks differ by a minute at most; one statement over a connection of its own."""
    with app.app_context(), db.engine.connect() as connection:
        before = system_clock()
        database_now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return abs(clock_difference(before, database_now)) <= MAX_DIFFERENCE


class ClockReport:
    """What one process has said about its clock: a log line and an incident once a minute while it differs."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._host = socket.gethostname()
        self._reported_at: datetime | None = None
        self._settled = False

    def report_clock_difference(self, difference: timedelta, database_now: datetime) -> None:
        """Report a difference; nothing within `REPORT_INTERVAL` of the last report."""
        if self._reported_at is not None and abs(database_now - self._reported_at) < REPORT_INTERVAL:
            return
        self._reported_at, self._settled = database_now, False
        seconds = round(difference.total_seconds())
        log.error("clock.differs_from_database", host=self._host, database_is_ahead_seconds=seconds)
        act = Act.by_system(database_now)
        with self._app.app_context(), door.write(act):
            record_clock_incident(act, self._host, f"{self._host}: {seconds:+d} s")

    def solve_clock_incident_on_agreement(self, database_now: datetime) -> None:
        """Solve the incident of this host, once after each report and once in each process."""
        if self._settled:
            return
        act = Act.by_system(database_now)
        with self._app.app_context(), door.write(act):
            settled = resolve_clock_incidents(act, self._host)
        if settled:
            log.warning("clock.agrees_again", host=self._host)
        self._reported_at, self._settled = None, True
