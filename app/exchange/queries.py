"""Queries of imports for pages. Return frozen rows; each docstring gives the number of statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from app.exchange.models import Import, Line, Progress
from app.files.models import File
from app.kernel.db import db


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. `counts` by table: insert, update, end, same, absent; `done` of `changes` during
    execution."""

    id: UUID
    name: str
    state: str
    version: str
    fingerprint: str
    changes: int
    counts: Mapping[str, Mapping[str, int]]
    left_out: Mapping[str, int]
    remarks: Mapping[str, int]
    findings: Sequence[Mapping[str, Any]]
    sent_by: UUID
    sent_at: datetime
    previewed_at: datetime
    queued_by: UUID | None
    queued_at: datetime | None
    ended_at: datetime | None
    problem: str | None
    done: int | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of a plan, with its line of the file (0: none)."""

    number: int
    kind: str
    action: str
    object_id: UUID
    about: str
    file: str
    line: int
    columns: Mapping[str, Sequence[Any]]
    remark: str


def _select_imports() -> Select[Any]:
    """Return the SELECT of imports with file name and progress."""
    return (
        select(
            Import.id,
            File.name,
            Import.state,
            Import.version,
            Import.fingerprint,
            Import.changes,
            Import.counts,
            Import.left_out,
            Import.remarks,
            Import.findings,
            Import.sent_by,
            Import.sent_at,
            Import.previewed_at,
            Import.queued_by,
            Import.queued_at,
            Import.ended_at,
            Import.problem,
            Progress.done,
        )
        .join(File, File.id == Import.id)
        .outerjoin(Progress, Progress.import_id == Import.id)
    )


def list_imports(limit: int, before: tuple[datetime, UUID] | None = None) -> Sequence[ImportRow]:
    """Return imports, newest first, before a position if given; one statement."""
    wanted = _select_imports().order_by(Import.sent_at.desc(), Import.id.desc()).limit(limit)
    if before is not None:
        wanted = wanted.where(tuple_(Import.sent_at, Import.id) < before)
    return [ImportRow(*row) for row in db.session.execute(wanted)]


def find_import(import_id: UUID) -> ImportRow | None:
    """Return one import, or None; one statement."""
    row = db.session.execute(_select_imports().where(Import.id == import_id)).one_or_none()
    return ImportRow(*row) if row else None


def list_lines(
    import_id: UUID, limit: int, after: int = 0, kind: str = "", action: str = "", remark: str = ""
) -> Sequence[LineRow]:
    """Return lines of a plan in order, after a number, filtered by kind, action and remark; one statement."""
    wanted = select(
        Line.number,
        Line.kind,
        Line.action,
        Line.object_id,
        Line.about,
        Line.file,
        Line.line,
        Line.columns,
        Line.remark,
    ).where(Line.import_id == import_id, Line.number > after)
    for column, value in ((Line.kind, kind), (Line.action, action), (Line.remark, remark)):
        if value:
            wanted = wanted.where(column == value)
    return [LineRow(*row) for row in db.session.execute(wanted.order_by(Line.number).limit(limit))]
