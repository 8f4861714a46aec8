"""Queries of imports for pages. Return frozen rows; each docstring gives the number of statements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, tuple_

from app.audit.words import unseal_text, unseal_texts
from app.exchange.models import ImportPlanLine, ImportProgress, RosterImport
from app.files.models import File
from app.kernel.db import db
from app.people.rules import kyrgyz_sort_key


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import. `counts` by table: insert, update, end, same, absent; `done` of `whole` while the plan is made
    or executed."""

    id: UUID
    name: str
    state: str
    version: str
    inclusive_ends: bool
    ended_last_day: date | None
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
    kept_until: datetime | None
    done: int | None
    whole: int | None


@dataclass(frozen=True, slots=True)
class PlanLineRow:
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


def _roster_imports_statement() -> Select[Any]:
    """Return the SELECT of imports with file name and progress."""
    return (
        select(
            RosterImport.id,
            File.name,
            RosterImport.state,
            RosterImport.version,
            RosterImport.inclusive_ends,
            RosterImport.ended_last_day,
            RosterImport.fingerprint,
            RosterImport.changes,
            RosterImport.counts,
            RosterImport.left_out,
            RosterImport.remarks,
            RosterImport.findings,
            RosterImport.sent_by,
            RosterImport.sent_at,
            RosterImport.previewed_at,
            RosterImport.queued_by,
            RosterImport.queued_at,
            RosterImport.ended_at,
            RosterImport.problem,
            RosterImport.kept_until,
            ImportProgress.done,
            ImportProgress.whole,
        )
        .join(File, File.id == RosterImport.id)
        .outerjoin(ImportProgress, ImportProgress.import_id == RosterImport.id)
    )


def load_roster_imports(limit: int, before: tuple[datetime, UUID] | None = None) -> Sequence[ImportRow]:
    """Return imports, newest first, before a position if given; at most two statements."""
    wanted = (
        _roster_imports_statement().order_by(RosterImport.sent_at.desc(), RosterImport.id.desc()).limit(limit)
    )
    if before is not None:
        wanted = wanted.where(tuple_(RosterImport.sent_at, RosterImport.id) < before)
    return _unseal_findings_of_import_rows(db.session.execute(wanted).all())


def find_roster_import(import_id: UUID) -> ImportRow | None:
    """Return one import, or None; at most two statements."""
    rows = _unseal_findings_of_import_rows(
        db.session.execute(_roster_imports_statement().where(RosterImport.id == import_id)).all()
    )
    return rows[0] if rows else None


def _unseal_findings_of_import_rows(rows: Sequence[Any]) -> list[ImportRow]:
    """Return the rows with their findings unsealed."""
    findings = unseal_texts((row.sent_by, row.findings) for row in rows)
    names = unseal_texts((row.sent_by, row.name) for row in rows)
    values = [dict(zip(ImportRow.__slots__, row, strict=True)) for row in rows]
    return [
        ImportRow(**row | {"findings": json.loads(found or "[]"), "name": name})
        for row, found, name in zip(values, findings, names, strict=True)
    ]


def load_roster_import_findings(found: RosterImport) -> list[dict[str, Any]]:
    """Return the findings of an import as JSON; at most one statement."""
    findings: list[dict[str, Any]] = json.loads(unseal_text(found.sent_by, found.findings) or "[]")
    return findings


def load_proposed_groups(import_id: UUID) -> Sequence[Mapping[str, Any]]:
    """Return the groups that a plan proposes for several classes, by unit and name; one statement."""
    found = db.session.scalar(select(RosterImport.groups).where(RosterImport.id == import_id)) or []
    return sorted(found, key=lambda one: (one["unit"], one["name"], one["courses"]))


@dataclass(frozen=True, slots=True)
class MissingStudentRow:
    """One student of a class whom the file does not name; `ends`: chosen to leave."""

    id: UUID
    about: str
    ends: bool


def _missing_stays_statement(import_id: UUID) -> Select[UUID, bytes | None, bool, UUID]:
    """Return the SELECT of the lines of students missing in the file; those that leave have no place in it."""
    return (
        select(
            ImportPlanLine.object_id,
            ImportPlanLine.about,
            ImportPlanLine.action != "absent",
            RosterImport.sent_by,
        )
        .join(RosterImport, RosterImport.id == ImportPlanLine.import_id)
        .where(ImportPlanLine.import_id == import_id, ImportPlanLine.kind == "membership")
        .where(ImportPlanLine.file == "")
        .order_by(ImportPlanLine.object_id)
    )


def load_missing_students(import_id: UUID, limit: int) -> Sequence[MissingStudentRow]:
    """Return students missing in the file, by name; at most two statements."""
    rows = db.session.execute(_missing_stays_statement(import_id)).all()
    names = unseal_texts((sent_by, about) for _id, about, _ends, sent_by in rows)
    found = [MissingStudentRow(row[0], name, row[2]) for row, name in zip(rows, names, strict=True)]
    return sorted(found, key=lambda one: (kyrgyz_sort_key(one.about, ""), one.id))[:limit]


def load_missing_stay_ids(import_id: UUID) -> frozenset[UUID]:
    """Return the stays missing in the file; one statement."""
    return frozenset(row[0] for row in db.session.execute(_missing_stays_statement(import_id)))


def load_plan_lines(
    import_id: UUID, limit: int, after: int = 0, kind: str = "", action: str = "", remark: str = ""
) -> Sequence[PlanLineRow]:
    """Return lines of a plan in order, after a number, filtered by kind, action and remark; at most two
    statements."""
    wanted = select(
        ImportPlanLine.number,
        ImportPlanLine.kind,
        ImportPlanLine.action,
        ImportPlanLine.object_id,
        ImportPlanLine.about,
        ImportPlanLine.file,
        ImportPlanLine.line,
        ImportPlanLine.columns,
        ImportPlanLine.remark,
        RosterImport.sent_by,
    )
    wanted = wanted.join(RosterImport, RosterImport.id == ImportPlanLine.import_id).where(
        ImportPlanLine.import_id == import_id, ImportPlanLine.number > after
    )
    for column, value in (
        (ImportPlanLine.kind, kind),
        (ImportPlanLine.action, action),
        (ImportPlanLine.remark, remark),
    ):
        if value:
            wanted = wanted.where(column == value)
    rows = db.session.execute(wanted.order_by(ImportPlanLine.number).limit(limit)).all()
    about = unseal_texts((row.sent_by, row.about) for row in rows)
    columns = unseal_texts((row.sent_by, row.columns) for row in rows)
    return [
        PlanLineRow(*row[:4], name, *row[5:7], json.loads(values or "{}"), row.remark)
        for row, name, values in zip(rows, about, columns, strict=True)
    ]
