"""A roster of 200,000 enrolments: the answer to the upload, the plan, and the import, with the memory they take."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from sqlalchemy import func, select

from app.exchange import commands
from app.exchange.models import RosterImport
from app.exchange.planning import make_requested_plan
from app.files.store import FileStore
from app.kernel import door
from app.kernel.act import Act, RoleAssignment
from app.kernel.db import db
from app.kernel.ids import new_id
from tests.scenarios.world import World
from tests.support.large_roster import large_roster
from tools.bench.table import Figure, figure

ANSWER_LIMIT_SECONDS = 2.0


def measure(figures: list[Figure], world: World, enrolments: int) -> None:
    """Send the file, make its plan, execute it, and make the plan of the same file again."""
    data = large_roster(enrolments)
    with TemporaryDirectory() as folder:
        store = FileStore(Path(folder))
        act = Act(
            world.hires("academic_office", None), None, world.clock(), (RoleAssignment("academic_office"),)
        )
        first, second = new_id(), new_id()
        send_and_plan(figures, act, store, first, data, f"{enrolments}_new")
        figures.append(
            figure(f"roster.import_{enrolments}_new", [import_roster(act, store, first)], peak_memory())
        )
        send_and_plan(figures, act, store, second, data, f"{enrolments}_stored")


def send_and_plan(
    figures: list[Figure], act: Act, store: FileStore, import_id: UUID, data: bytes, name: str
) -> None:
    """The answer to the upload, which has to come within two seconds, and the plan."""

    def send() -> None:
        commands.store_uploaded_roster(act, store, import_id, "large.zip", BytesIO(data))

    answer = seconds_of(act, send)
    assert answer < ANSWER_LIMIT_SECONDS
    figures.append(figure(f"roster.answer_{name}", [answer]))
    planning = seconds_of(act, lambda: make_requested_plan(act, store, import_id))
    figures.append(figure(f"roster.plan_{name}", [planning], peak_memory()))


def import_roster(act: Act, store: FileStore, import_id: UUID) -> float:
    """Seconds of the import of the plan."""
    fingerprint = db.session.scalar(select(RosterImport.fingerprint).where(RosterImport.id == import_id))
    with door.write(act):
        commands.queue_import(act, import_id, fingerprint or "")
    seconds = seconds_of(act, lambda: commands.execute_import(act, store, import_id))
    done = select(func.count()).where(RosterImport.id == import_id, RosterImport.state == "finished")
    assert db.session.scalar(done) == 1
    return seconds


def seconds_of(act: Act, deed: Callable[[], None]) -> float:
    """Seconds of one act."""
    begun = time.perf_counter()
    with door.write(act):
        deed()
    return time.perf_counter() - begun


def peak_memory() -> str:
    """The most memory that this process has had."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB at most"
