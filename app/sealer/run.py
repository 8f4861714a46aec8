"""`depter sealer`: seal and publish until stopped. One sealer works at a time; another says so and waits.

An advisory lock on the connection of the sealer chooses the one that works; PostgreSQL frees it when the connection
ends. A sealer that has to stop signing says why in its log, in `sealer.status` and as an incident, looks again every
`STOPPED_SECONDS`, and goes on by itself once the reason is gone.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import psycopg
import structlog

from app.sealer import store
from app.sealer.publication import FILE_NAME as PUBLISHED_FILE_NAME
from app.sealer.publication import append_notes_to_file, last_number_in_file
from app.sealer.reports import open_sealer_connection, report_finding, report_status
from app.sealer.seal import Sealer, SealingStopped
from app.sealer.settings import SealerSettings
from app.sealer.witness_client import WitnessUnreachable, cosign_last_checkpoint

log = structlog.get_logger(__name__)

SEALER_LOCK_KEY = 0x73656C72
"""The key of the advisory lock of the sealer that works: "selr" in ASCII."""
WAITING_SECONDS, STOPPED_SECONDS, WITNESS_SECONDS, STATUS_SECONDS = 2.0, 15.0, 10.0, 30.0
WORKING = "working"
SILENT_AFTER = timedelta(minutes=2)
"""A sealer says at least every half minute that it works."""
NOT_PUBLISHED = "sealer.not_published"
MAX_PUBLISHED_AT_ONCE = 1000


def run_until_stopped(settings: SealerSettings, should_stop: Callable[[], bool] = lambda: False) -> None:
    """Seal and publish; wait while another sealer works, while the database is away, or while signing is stopped."""
    if settings.witness_url:
        threading.Thread(target=_ask_witness_forever, args=(settings, should_stop), daemon=True).start()
    said = ""
    while not should_stop():
        try:
            with open_sealer_connection(settings) as connection:
                if take_sealer_lock(connection):
                    said = ""
                    _seal_until_stopped(connection, settings, should_stop)
                elif said != "waiting":
                    said = "waiting"
                    log.warning(
                        "sealer.waits", reason="another sealer works; this one takes over when it ends"
                    )
            pause = WAITING_SECONDS
        except SealingStopped as stopped:
            if said != stopped.code:
                said = stopped.code
                log.error("sealer.stopped", code=stopped.code, reason=str(stopped))
            pause = STOPPED_SECONDS
        except psycopg.Error as problem:
            if said != "database":
                said = "database"
                log.warning("sealer.without_database", error=type(problem).__name__)
            pause = WAITING_SECONDS
        except OSError as problem:
            # A full disk: the checkpoint is in the database, the note beside it follows when there is room.
            log.error("sealer.disk", error=str(problem))
            pause = WAITING_SECONDS
        _sleep(pause, should_stop)


def take_sealer_lock(connection: store.Connection) -> bool:
    """Return whether this connection is the one that seals from now on."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (SEALER_LOCK_KEY,)).fetchone()
    return bool(row and row[0])


def _seal_until_stopped(
    connection: store.Connection, settings: SealerSettings, should_stop: Callable[[], bool]
) -> None:
    """Seal every few seconds. Raises SealingStopped after it was reported, psycopg.Error, OSError."""
    sealer, host = Sealer(connection, settings), socket.gethostname()
    try:
        sealer.begin()
        log.info("sealer.works", records=sealer.last_checkpoint.size if sealer.last_checkpoint else 0)
        said_at = float("-inf")
        while not should_stop():
            started = time.monotonic()
            sealed = sealer.seal_round()
            if sealed or started - said_at > STATUS_SECONDS:
                report_status(connection, host, WORKING)
                said_at = started
            publish_to_file(connection, settings)
            _sleep(settings.seconds - (time.monotonic() - started), should_stop)
    except SealingStopped as stopped:
        with suppress(psycopg.Error):
            report_status(connection, host, stopped.code)
            detail = {"reason": str(stopped)[:500], **stopped.detail}
            epochs = store.load_epochs(connection)
            report_finding(connection, stopped.code, f"log {epochs[-1].number if epochs else 0}", detail)
        raise


def publish_to_file(connection: store.Connection, settings: SealerSettings) -> None:
    """Append what is new to the file for another host; a file that cannot be written is a finding, once a day."""
    if settings.publish_dir is None:
        return
    try:
        known = last_number_in_file(settings.publish_dir / PUBLISHED_FILE_NAME)
        rows = connection.execute(
            "SELECT number, note FROM sealer.checkpoint WHERE number > %s ORDER BY number LIMIT %s",
            (known, MAX_PUBLISHED_AT_ONCE),
        ).fetchall()
        append_notes_to_file(settings.publish_dir, [(row[0], row[1]) for row in rows])
    except OSError as problem:
        log.error("sealer.not_published", error=problem.strerror)
        day = store.load_database_time(connection).date().isoformat()
        report_finding(connection, NOT_PUBLISHED, day, {"reason": problem.strerror or ""})


def _ask_witness_forever(settings: SealerSettings, should_stop: Callable[[], bool]) -> None:
    """Have new checkpoints cosigned, over a connection of its own: a slow witness delays no seal."""
    said = ""
    while not should_stop():
        try:
            with open_sealer_connection(settings) as connection:
                outcome = cosign_last_checkpoint(connection, settings)
            said = "" if outcome == "cosigned" else said
        except (WitnessUnreachable, psycopg.Error, ValueError) as problem:
            if said != str(problem):
                said = str(problem)
                log.warning("sealer.witness", error=said[:300])
        _sleep(WITNESS_SECONDS, should_stop)


def _sleep(seconds: float, should_stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not should_stop() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.5))
