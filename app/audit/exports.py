"""Exports of lists of the audit: asked for, made by the worker in batches, kept for a day for the one who asked.

This module knows no list: it keeps requests, rows and files, sealed under the key of the person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update

from app.audit.models import AuditExport, AuditExportPart
from app.audit.record import record_audit_event
from app.audit.words import seal_content, unseal_content
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Denied, Invalid, Missing, Refused

MAX_EXPORT_ROWS = 50_000
"""A spreadsheet with more rows is not read by anybody, and takes a worker more than a minute."""
EXPORT_KEPT = timedelta(days=1)
MAX_WAITING = 3
FORMATS = ("csv", "xlsx", "json")
WAITING, READY, ENDED = "WAITING", "READY", "ENDED"
EXPORT_CONTINUED_EVENT = "audit.export.continued"
EXPORT_CANCELLED = "audit.export.cancelled"
EXPORT_ASKED, EXPORT_FINISHED, EXPORT_TAKEN = (
    "audit.export.asked",
    "audit.export.finished",
    "audit.export.taken",
)


@dataclass(frozen=True, slots=True)
class ExportRow:
    """An export as its owner sees it. `request` is what was asked for; `done` of `rows` are written."""

    id: UUID
    person: UUID
    page: str
    format: str
    state: str
    rows: int
    done: int
    asked_at: datetime
    kept_until: datetime | None
    next_key: str
    request: Mapping[str, Any]


def ask_for_export(
    act: Act, export_id: UUID, page: str, format: str, request: Mapping[str, Any], rows: int
) -> bool:
    """Keep the request for a file of a list of `rows` rows; return False for a repeat.

    Raises Denied, Invalid on `format`, Refused for more than `MAX_EXPORT_ROWS` rows, none, and `MAX_WAITING` waiting.
    """
    if act.person is None:
        raise Denied("audit.search.nobody")
    if format not in FORMATS:
        raise Invalid.field("format", "forms.field.not_offered")
    if db.session.get(AuditExport, export_id) is not None:
        return False
    if rows > MAX_EXPORT_ROWS:
        raise Refused("audit.export.too_many", max=MAX_EXPORT_ROWS)
    if rows == 0:
        raise Refused("audit.export.empty")
    waiting = select(func.count()).where(AuditExport.person == act.person, AuditExport.state == WAITING)
    if (db.session.scalar(waiting) or 0) >= MAX_WAITING:
        raise Refused("audit.export.waiting", max=MAX_WAITING)
    db.session.add(
        AuditExport(
            id=export_id,
            person=act.person,
            page=page,
            format=format,
            request=seal_content(act.person, json.dumps(request, ensure_ascii=False).encode()),
            rows=rows,
            asked_at=act.at,
        )
    )
    db.session.flush()
    after = {"page": page, "format": format, "rows": rows}
    record_audit_event(act, EXPORT_ASKED, ("audit.export", export_id), None, after)
    return True


def lock_waiting_export(export_id: UUID) -> ExportRow | None:
    """Return an export that is being made, locked; None for one that is finished, ended or erased."""
    row = db.session.scalar(
        select(AuditExport)
        .where(AuditExport.id == export_id, AuditExport.state == WAITING)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return _export_row(row) if row is not None else None


def add_export_part(export: ExportRow, rows: Sequence[Sequence[str]], next_key: str) -> None:
    """Keep the rows of one batch; the next one begins at `next_key` ("": there is none)."""
    number = db.session.scalar(
        select(func.count()).select_from(AuditExportPart).where(AuditExportPart.export_id == export.id)
    )
    body = seal_content(export.person, json.dumps(list(rows), ensure_ascii=False).encode())
    db.session.add(AuditExportPart(export_id=export.id, number=number or 0, body=body))
    db.session.execute(
        update(AuditExport)
        .where(AuditExport.id == export.id)
        .values(done=export.done + len(rows), next_key=next_key or None)
    )
    db.session.flush()


def load_export_parts(export: ExportRow) -> list[list[str]]:
    """Return the rows of an export that were kept so far; two statements."""
    parts = db.session.scalars(
        select(AuditExportPart.body)
        .where(AuditExportPart.export_id == export.id)
        .order_by(AuditExportPart.number)
    )
    return [row for part in parts for row in json.loads(unseal_content(export.person, part) or b"[]")]


def finish_export(act: Act, export: ExportRow, content: bytes, rows: int) -> None:
    """Keep the file of an export for a day, for the person who asked for it; its rows are not needed any more."""
    db.session.execute(delete(AuditExportPart).where(AuditExportPart.export_id == export.id))
    db.session.execute(
        update(AuditExport)
        .where(AuditExport.id == export.id)
        .values(
            state=READY,
            content=seal_content(export.person, content),
            done=rows,
            rows=rows,
            ended_at=act.at,
            kept_until=act.at + EXPORT_KEPT,
        )
    )
    record_audit_event(act, EXPORT_FINISHED, ("audit.export", export.id), None, {"rows": rows})


def cancel_export(act: Act, export: ExportRow) -> None:
    """End an export whose person may not read the audit any more."""
    db.session.execute(delete(AuditExportPart).where(AuditExportPart.export_id == export.id))
    db.session.execute(
        update(AuditExport).where(AuditExport.id == export.id).values(state=ENDED, ended_at=act.at)
    )
    record_audit_event(act, EXPORT_CANCELLED, ("audit.export", export.id), None, None)


def take_export_content(act: Act, export_id: UUID) -> tuple[ExportRow, bytes]:
    """Return the file of an export for the person who asked for it; recorded. Raises Missing: somebody else's, none
    yet, or after its day."""
    row = db.session.get(AuditExport, export_id)
    if row is None or row.person != act.person or row.content is None or _is_over(row, act.at):
        raise Missing
    content = unseal_content(row.person, row.content)
    found = _export_row(row)
    if content is None or found is None:
        raise Missing
    record_audit_event(act, EXPORT_TAKEN, ("audit.export", export_id), None, None)
    return found, content


def load_exports(person: UUID, now: datetime, limit: int = 10) -> list[ExportRow]:
    """Return the exports of a person that are being made or may be taken, newest first; two statements."""
    rows = db.session.scalars(
        select(AuditExport)
        .where(AuditExport.person == person, AuditExport.state.in_((WAITING, READY)))
        .order_by(AuditExport.asked_at.desc())
        .limit(limit)
    )
    found = [_export_row(row) for row in rows if not _is_over(row, now)]
    return [one for one in found if one is not None]


def end_old_exports(now: datetime, limit: int) -> int:
    """Delete the files whose day is over, and what was left of those never finished; return how many."""
    ended = db.session.scalars(
        select(AuditExport.id)
        .where(
            AuditExport.state != ENDED,
            func.coalesce(AuditExport.kept_until, AuditExport.asked_at + EXPORT_KEPT) <= now,
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if ended:
        db.session.execute(delete(AuditExportPart).where(AuditExportPart.export_id.in_(ended)))
        db.session.execute(
            update(AuditExport).where(AuditExport.id.in_(ended)).values(state=ENDED, content=None)
        )
    return len(ended)


def _is_over(row: AuditExport, now: datetime) -> bool:
    return row.kept_until is not None and row.kept_until <= now


def _export_row(row: AuditExport) -> ExportRow | None:
    """Return an export with what was asked for; None when the key of its person was erased."""
    opened = unseal_content(row.person, row.request)
    if opened is None:
        return None
    return ExportRow(
        row.id,
        row.person,
        row.page,
        row.format,
        row.state,
        row.rows,
        row.done,
        row.asked_at,
        row.kept_until,
        row.next_key or "",
        json.loads(opened),
    )
