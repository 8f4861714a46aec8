"""The audit records of objects, newest first, within what a limited reader may see."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, literal, select, tuple_

from app.audit.models import AuditRecord
from app.kernel.db import db


def load_record_keys_of_objects(
    objects: Collection[UUID],
    after: tuple[datetime, int] | None,
    limit: int,
    *,
    kind: str = "",
    limits: Sequence[ColumnElement[bool]] = (),
) -> list[tuple[int, datetime, datetime]]:
    """Return number, moment of writing and moment of the act of the records of these objects, newest first, after a key
    (moment of the act, number); one statement, none without objects.

    `kind` is that of the objects. `limits` are the conditions on what a limited reader may see
    (`audit_scope.deeds_conditions`).
    """
    if not objects:
        return []
    wanted: list[ColumnElement[bool]] = [AuditRecord.object_id.in_(list(objects)), *limits]
    if kind:
        wanted.append(AuditRecord.object_kind == kind)
    if after is not None:
        key = tuple_(literal(after[0], AuditRecord.at.type), literal(after[1], AuditRecord.id.type))
        wanted.append(tuple_(AuditRecord.at, AuditRecord.id) < key)
    rows = db.session.execute(
        select(AuditRecord.id, AuditRecord.recorded_at, AuditRecord.at)
        .where(*wanted)
        .order_by(AuditRecord.at.desc(), AuditRecord.id.desc())
        .limit(limit)
    )
    return [(row.id, row.recorded_at, row.at) for row in rows]


def load_bodies_of_case(case_id: UUID, until: datetime, limit: int) -> Sequence[str]:
    """Return the bodies of the records written under a case before a moment, oldest first; one statement."""
    return db.session.scalars(
        select(AuditRecord.body)
        .where(AuditRecord.case_id == case_id, AuditRecord.at < until)
        .order_by(AuditRecord.id)
        .limit(limit)
    ).all()
