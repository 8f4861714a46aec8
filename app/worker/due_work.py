"""What a wake-up does: fire due timers, deliver the outbox. Runs in an rq worker, or in the clock without one."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from flask import Flask

from app.cases.queries.requests import made_up_now
from app.cases.timers import fire_due
from app.files.store import Store
from app.journal.grade_sheets.entry_commands import MOST_DRAWN, draw_due_sheets
from app.journal.reminders.commands import (
    Place,
    forget_reminders,
    remind_of_absences,
    remind_of_grades,
    remind_of_rolls,
)
from app.kernel import door
from app.kernel.act import Act
from app.kernel.settings import Settings
from app.notices.commands import forget_sent
from app.outbox.dead_letters import forget_done
from app.outbox.dispatch import drain
from app.worker.event_handlers import handlers
from app.worker.wakeup import doorbell

log = structlog.get_logger(__name__)

BATCH = 100
ROUNDS = 10
KEPT = timedelta(days=30)
"""How long a delivered message and a sent letter are kept."""

REMEMBERED = timedelta(days=400)
"""How long the proof of a reminder is kept."""

Job = Callable[[Settings, datetime], bool]
"""Does a batch of what is due; True when there may be more. Safe to run twice and side by side."""

_app: list[Flask] = []


def install(app: Flask) -> None:
    """Tell this process which application its jobs run in."""
    _app[:] = [app]


def application() -> Flask:
    """The application of this process; made from the environment where nobody installed one."""
    if not _app:
        from app import create_app

        install(create_app(Settings.from_env(os.environ)))
    return _app[0]


def wake() -> None:
    """The rq job."""
    app = application()
    doorbell(app.extensions["depter"].settings.redis_url).answered()
    look(app)


def look(app: Flask) -> None:
    """Do everything that is due now, several rounds if there is much."""
    _run(app, DUE)


def remind(app: Flask) -> None:
    """Remind of what is no task of a case. Rolls each time; the others go through everybody once a day, some batches a
    time, and cost one row to look at when they are through."""
    _run(app, REMINDERS)


def hourly(app: Flask) -> None:
    """Draw the sheets of the day, throw away what nobody needs any more."""
    _run(app, HOURLY)


def _run(app: Flask, jobs: tuple[Job, ...]) -> None:
    depter = app.extensions["depter"]
    for job in jobs:
        for _ in range(ROUNDS):
            try:
                with app.app_context():
                    more = job(depter.settings, depter.clock())
            except Exception:
                log.exception("job.failed", job=job.__name__)
                break
            if not more:
                break


def fire_timers(settings: Settings, now: datetime) -> bool:
    """One batch of due reminders and timers of cases."""
    fired = fire_due(door.write, now, BATCH)
    return fired.reminded == BATCH or fired.moved + fired.failed == BATCH


def deliver(settings: Settings, now: datetime) -> bool:
    """One batch of the outbox."""
    return drain(handlers(settings), now, BATCH).total == BATCH


def remind_rolls(settings: Settings, now: datetime) -> bool:
    """Every lesson whose roll nobody called, batch by batch."""
    place: Place | None = None
    for _ in range(ROUNDS * ROUNDS):
        with door.write(Act.system(now)):
            place = remind_of_rolls(Act.system(now), place, BATCH)
        if place is None:
            break
    return False


def remind_grades(settings: Settings, now: datetime) -> bool:
    """One batch of the round through lessons that wait for grades."""
    with door.write(Act.system(now)):
        return remind_of_grades(Act.system(now), BATCH)


def remind_absences(settings: Settings, now: datetime) -> bool:
    """One batch of the round through students who missed something."""
    with door.write(Act.system(now)):
        return remind_of_absences(Act.system(now), BATCH, made_up_now)


def forget_old_reminders(settings: Settings, now: datetime) -> bool:
    """What proves a reminder of a year that is over."""
    with door.write(Act.system(now)):
        return forget_reminders(now - REMEMBERED) > 0


def forget_messages(settings: Settings, now: datetime) -> bool:
    """Delivered messages and sent letters after `KEPT`."""
    with door.write(Act.system(now)):
        return forget_done(now - KEPT) + forget_sent(now - KEPT) > 0


def draw_sheets(settings: Settings, now: datetime) -> bool:
    """The grade sheets whose week or day has come (1.4.2)."""
    act = Act.system(now)
    with door.write(act):
        return draw_due_sheets(act) == MOST_DRAWN


def sweep_files(settings: Settings, now: datetime) -> bool:
    """Encrypted files whose row was never committed."""
    with door.write(Act.system(now)):
        Store(settings.data_dir).sweep(now)
    return False


DUE: tuple[Job, ...] = (fire_timers, deliver)
REMINDERS: tuple[Job, ...] = (remind_rolls, remind_grades, remind_absences)
HOURLY: tuple[Job, ...] = (draw_sheets, forget_messages, forget_old_reminders, sweep_files)
