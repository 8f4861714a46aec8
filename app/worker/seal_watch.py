"""Watch over the seals: findings of the sealer become incidents, the night is compared, auditors get the checkpoint."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta

import psycopg
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditRecord, CrossCheck, CrossCheckFinding, UnsealedRecord
from app.audit.record import record_audit_event
from app.cases.incidents import record_seal_incident, resolve_seal_incidents
from app.cases.models import Incident
from app.kernel import door
from app.kernel.act import Act
from app.kernel.clock import local_day, local_time
from app.kernel.db import db
from app.kernel.ids import new_id
from app.kernel.readiness import psycopg_url
from app.kernel.settings import PROJECT_DIR, Settings
from app.outbox.post import post_event
from app.sealer.models import SealedCheckpoint, SealerStatus, SealFinding
from app.sealer.queries import CROSS_CHECK_CODE, PASSING_CODES, SILENT_CODE
from app.worker.cross_check import NightReport, compare_everything, is_night_check_due

NIGHT_LOCK_KEY = 0x6E697465
"""The key of the advisory lock of the comparison: "nite" in ASCII."""
CHECKPOINT_SIGNED = "audit.checkpoint.signed"
MAX_LAG = timedelta(minutes=10)
MAX_FINDINGS_AT_ONCE = 50
_started: list[subprocess.Popen[bytes]] = []


def report_seal_findings(settings: Settings, now: datetime) -> bool:
    """Make incidents of what the sealer found, and of records that nobody seals; solve those whose cause is gone."""
    act = Act.by_system(now)
    with door.write(act):
        reported = select(func.max(Incident.detail["finding"].as_integer())).where(Incident.kind == "seal")
        last = db.session.scalar(reported) or 0
        found = db.session.scalars(
            select(SealFinding)
            .where(SealFinding.id > last)
            .order_by(SealFinding.id)
            .limit(MAX_FINDINGS_AT_ONCE)
        ).all()
        for one in found:
            record_seal_incident(act, one.code, {"finding": one.id, "error": _finding_text(one)})
        _watch_lag(act)
    return False


def _finding_text(one: SealFinding) -> str:
    reason = one.detail.get("reason")
    return f"{one.subject}: {reason}"[:500] if reason else one.subject


def _watch_lag(act: Act) -> None:
    """Record that records wait too long for their seal; solve what ends once the sealer works."""
    oldest = db.session.scalar(select(func.min(UnsealedRecord.record_id)))
    since = (
        db.session.scalar(select(AuditRecord.recorded_at).where(AuditRecord.id == oldest)) if oldest else None
    )
    if since is not None and act.at - since > MAX_LAG:
        record_seal_incident(act, SILENT_CODE, {"error": since.isoformat(timespec="minutes")})
        return
    status = db.session.scalars(select(SealerStatus)).first()
    if status is not None and status.state == "working":
        open_codes = db.session.scalars(
            select(Incident.code).where(Incident.kind == "seal", Incident.resolved_at.is_(None))
        ).all()
        for code in PASSING_CODES.intersection(open_codes):
            resolve_seal_incidents(act, code)


def start_due_night_check(settings: Settings, now: datetime) -> bool:
    """Start the process that compares the night, once a day from 02:00 on, unless it still runs."""
    if _started and _started[0].poll() is None:
        return False
    with door.read():
        wanted = is_night_check_due(local_time(now), db.session.scalar(select(func.max(CrossCheck.day))))
    if wanted:
        _started[:] = [
            subprocess.Popen(
                [sys.executable, "-m", "app.cli", "audit", "check-night"],
                cwd=PROJECT_DIR,
                env=dict(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        ]
    return False


def run_night_check(app: Flask) -> NightReport | None:
    """Compare this night and store the result; None when it was compared already, or is being compared."""
    services = app.extensions["depter"]
    settings: Settings = services.settings
    with psycopg.connect(psycopg_url(settings.database_url), autocommit=True) as holder, app.app_context():
        row = holder.execute("SELECT pg_try_advisory_lock(%s)", (NIGHT_LOCK_KEY,)).fetchone()
        now = services.clock()
        with door.read():
            last = db.session.scalars(select(CrossCheck).order_by(CrossCheck.day.desc()).limit(1)).first()
            first_leaf = last.next_leaf if last is not None else 0
            is_done = last is not None and last.day >= local_day(now)
        if not (row and row[0]) or is_done:
            return None
        with door.read():
            report = compare_everything(settings, local_day(now), first_leaf)
        act = Act.by_system(services.clock())
        with door.write(act):
            store_night_report(act, report, now)
    return report


def store_night_report(act: Act, report: NightReport, started_at: datetime) -> None:
    """Store one night with its findings, make or solve the incident, and send auditors the checkpoint of the day."""
    check = CrossCheck(
        id=new_id(),
        day=local_day(started_at),
        started_at=started_at,
        finished_at=act.at,
        next_leaf=report.next_leaf,
        counts=dict(report.counts),
    )
    db.session.add(check)
    db.session.flush()
    db.session.add_all(
        CrossCheckFinding(
            id=new_id(),
            cross_check_id=check.id,
            kind=one.kind,
            code=one.code,
            object_id=one.object_id,
            record_id=one.record_id,
        )
        for one in report.findings
    )
    record_audit_event(
        act, "audit.cross_check.made", ("audit.cross_check", check.id), None, dict(report.counts), "1.4.4"
    )
    found = report.counts.get("findings", 0)
    if found:
        record_seal_incident(act, CROSS_CHECK_CODE, {"error": f"{found}, {check.day.isoformat()}"})
    else:
        resolve_seal_incidents(act, CROSS_CHECK_CODE)
    _post_checkpoint_of_day(act)


def _post_checkpoint_of_day(act: Act) -> None:
    """Put the last checkpoint into the daily letter of the auditors, who keep it where we cannot change it."""
    last = db.session.scalars(
        select(SealedCheckpoint).order_by(SealedCheckpoint.number.desc()).limit(1)
    ).first()
    if last is not None:
        payload = {
            "checkpoint": last.number,
            "note": last.note.strip(),
            "url": "/audit/seals",
            "roles": ["auditor"],
        }
        post_event(act, CHECKPOINT_SIGNED, payload)
