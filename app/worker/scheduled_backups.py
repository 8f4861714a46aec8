"""Backups by the approved schedule (7.3): the clock starts them, each in a process of its own.

A backup takes minutes, and timers and letters must not wait for it. The process holds an advisory lock of PostgreSQL
while it works: whoever gets the lock knows that an unfinished run has ended with its process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import structlog
from flask import Flask

from app.backups import commands, queries
from app.backups.commands import RunOutcome
from app.backups.create import BackupPlace, BackupRefused, MadeBackup, create_backup, remove_old_backups
from app.backups.key_file import KeyFileProblem
from app.backups.postgres_tools import ToolFailed, ToolMissing
from app.cases.incidents import record_backup_incident, resolve_backup_incidents
from app.kernel import door
from app.kernel.act import Act
from app.kernel.readiness import psycopg_url
from app.kernel.settings import PROJECT_DIR, Settings

log = structlog.get_logger(__name__)

RUN_LOCK_KEY = 0x6261636B
"""The key of the advisory lock: "back" in ASCII."""
PLACE_SETTINGS = ("BACKUP_DIR", "BACKUP_KEYS_DIR", "BACKUP_KEYS_LOCK")
_started: list[subprocess.Popen[bytes]] = []


def start_due_backup(settings: Settings, now: datetime) -> bool:
    """Start the process that makes the backup that is due, unless one of this worker still runs."""
    if _started and _started[0].poll() is None:
        return False
    with door.read():
        wanted = commands.find_due_run(now) is not None or queries.has_unfinished_run()
    if wanted:
        _started[:] = [
            subprocess.Popen(
                [sys.executable, "-m", "app.cli", "backup", "due"],
                cwd=PROJECT_DIR,
                env=dict(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        ]
    return False


def begin_quarterly_drill(settings: Settings, now: datetime) -> bool:
    """Begin the drill of this period, if it was not begun yet."""
    act = Act.by_system(now)
    with door.write(act):
        commands.begin_due_drill(act)
    return False


def run_due_backup(app: Flask, environ: Mapping[str, str]) -> str:
    """Make the backup that is due now and write its log; return what was done, "" when nothing was due."""
    services = app.extensions["depter"]
    settings: Settings = services.settings
    with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as holder, app.app_context():
        row = holder.execute("SELECT pg_try_advisory_lock(%s)", (RUN_LOCK_KEY,)).fetchone()
        if not (row and row[0]):
            return "Another backup by the schedule is being made."
        _report_interrupted_runs(services.clock())
        with door.read():
            due = commands.find_due_run(services.clock())
            schedule = queries.find_schedule_in_force()
        if due is None or schedule is None:
            return ""
        act = Act.by_system(services.clock())
        with door.write(act):
            run_id = commands.begin_run(act, *due)
        outcome = _make_backup_of_schedule(settings, environ, schedule)
        act = Act.by_system(services.clock())
        with door.write(act):
            commands.finish_run(act, run_id, outcome)
            if outcome.problem:
                record_backup_incident(act, outcome.problem, outcome.detail)
            else:
                resolve_backup_incidents(act)
    return outcome.detail or f"Backup {outcome.name}"


def _report_interrupted_runs(now: datetime) -> None:
    act = Act.by_system(now)
    with door.write(act):
        if commands.fail_interrupted_runs(act):
            record_backup_incident(act, commands.INTERRUPTED, "")


def _make_backup_of_schedule(
    settings: Settings, environ: Mapping[str, str], schedule: queries.ScheduleRow
) -> RunOutcome:
    """Make one backup, remove copies beyond those that the schedule keeps; never raises for what may go wrong."""
    lacking = [name for name in PLACE_SETTINGS if not environ.get(name)]
    if lacking:
        return RunOutcome("backups.run.no_place", ", ".join(lacking))
    place = BackupPlace(*(Path(environ[name]) for name in PLACE_SETTINGS))
    try:
        made = create_backup(settings, place)
        remove_old_backups(place, schedule.draft.copies)
        return _outcome_of_whole_backup(made, schedule.draft.archives_wal, settings)
    except (BackupRefused, KeyFileProblem, ToolMissing, ToolFailed) as problem:
        return RunOutcome("backups.run.failed", str(problem))
    except (OSError, psycopg.Error) as problem:
        log.exception("backup.failed")
        return RunOutcome("backups.run.failed", _short_problem(problem))


def _outcome_of_whole_backup(made: MadeBackup, archives_wal: bool, settings: Settings) -> RunOutcome:
    """Return the outcome of a whole copy, with what is wrong around it: lost files, WAL that is not archived."""
    values: dict[str, Any] = {
        "name": made.folder.name,
        "size": made.manifest.total_size,
        "sha256": made.manifest_sha256,
    }
    if made.manifest.missing:
        return RunOutcome("backups.run.files_lost", str(len(made.manifest.missing)), **values)
    if archives_wal and not _is_wal_archived(settings):
        return RunOutcome("backups.run.wal_off", "", **values)
    return RunOutcome(**values)


def _is_wal_archived(settings: Settings) -> bool:
    """Return whether the server archives its WAL and the last attempt did not fail."""
    with psycopg.connect(psycopg_url(settings.database_url)) as connection:
        row = connection.execute(
            "SELECT current_setting('archive_mode') <> 'off' AND (last_failed_time IS NULL OR"
            " last_archived_time > last_failed_time) FROM pg_stat_archiver"
        ).fetchone()
    return bool(row and row[0])


def _short_problem(problem: Exception) -> str:
    if isinstance(problem, OSError):
        return f"{problem.filename or ''} {problem.strerror or type(problem).__name__}".strip()
    return type(problem).__name__
