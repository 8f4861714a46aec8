"""Results of grade sheets by their points before and after: their versions never change, so they are searched as they
stand beside the records that wrote them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, literal, or_, select, tuple_
from sqlalchemy.orm import aliased

from app.audit.models import AuditRecord
from app.journal.gradebook_views.cell_versions import CellVersionFilter, points_conditions
from app.journal.tables import GradeSheet, Result
from app.kernel.db import db

RESULT_KIND = "journal.result"
_Before = aliased(Result)


@dataclass(frozen=True, slots=True)
class ResultVersionKey:
    """One version of a result as the list finds it, with the record that wrote it: its number and its moment."""

    id: UUID
    at: datetime
    record: tuple[int, datetime]
    event_type: str
    clause: str | None
    late: bool
    imported: bool
    deputy: bool


def load_result_version_keys(
    where: CellVersionFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
    limits: Sequence[ColumnElement[bool]] = (),
) -> Sequence[ResultVersionKey]:
    """Return the newest versions of results after a key that match; one statement, none where a mark of attendance is
    wanted, which a result is not. `limits` are conditions on the record that wrote a version (7.1)."""
    if any(value is not None and value.status for value in (where.before, where.after)):
        return []
    statement = (
        select(
            Result.id,
            Result.published_at,
            AuditRecord.id.label("record"),
            AuditRecord.recorded_at,
            AuditRecord.event_type,
            AuditRecord.clause,
            AuditRecord.late,
            AuditRecord.imported,
            AuditRecord.on_behalf_of,
        )
        .join(AuditRecord, and_(AuditRecord.object_id == Result.id, AuditRecord.object_kind == RESULT_KIND))
        .where(*_value_conditions(where), *_record_conditions(where), *limits)
        .order_by(Result.published_at.desc(), Result.id.desc())
        .limit(limit)
    )
    if where.before is not None:
        statement = statement.join(
            _Before,
            and_(
                _Before.sheet_id == Result.sheet_id,
                _Before.student_id == Result.student_id,
                _Before.version == Result.version - 1,
            ),
        )
    if where.offerings is not None:
        wanted: Any = where.offerings.query if where.offerings.query is not None else where.offerings.few
        statement = statement.join(GradeSheet, GradeSheet.id == Result.sheet_id).where(
            GradeSheet.offering_id.in_(wanted)
        )
    if after is not None:
        key = tuple_(literal(after[0], Result.published_at.type), literal(after[1], Result.id.type))
        statement = statement.where(tuple_(Result.published_at, Result.id) < key)
    return [
        ResultVersionKey(
            row.id,
            row.published_at,
            (row.record, row.recorded_at),
            row.event_type,
            row.clause,
            row.late,
            row.imported,
            row.on_behalf_of is not None,
        )
        for row in db.session.execute(statement)
    ]


def _value_conditions(where: CellVersionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for value, total in ((where.before, _Before.total), (where.after, Result.total)):
        found += points_conditions(value, total) if value is not None else []
    return found


def _record_conditions(where: CellVersionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.person is not None:
        did = or_(AuditRecord.person == where.person, AuditRecord.on_behalf_of == where.person)
        about = Result.student_id == where.person
        found.append({"did": did, "about": about}.get(where.part, or_(did, about)))
    if where.cases is not None:
        wanted: Any = where.cases.query if where.cases.query is not None else where.cases.few
        found.append(AuditRecord.case_id.in_(wanted))
    if where.kinds is not None:
        found.append(AuditRecord.event_type.in_(where.kinds))
    if where.clauses is not None:
        found.append(AuditRecord.clause.in_(where.clauses))
    if where.since is not None:
        found.append(Result.published_at >= where.since)
    if where.until is not None:
        found.append(Result.published_at < where.until)
    if where.deputy:
        found.append(AuditRecord.on_behalf_of.is_not(None))
    if where.late is not None:
        found.append(AuditRecord.late if where.late else ~AuditRecord.late)  # type: ignore[arg-type]
    if where.imported is not None:
        found.append(AuditRecord.imported if where.imported else ~AuditRecord.imported)  # type: ignore[arg-type]
    return found
