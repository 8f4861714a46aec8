"""The register of reads: who looked at medical papers, at marks of others, at persons and at the audit (7.1).

It stands outside the records of changes: a read changes nothing and is not sealed with them. The same read again within
`SAME_READ_WITHIN` is not written again, so that a page that is loaded anew costs one statement and no row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from app.audit.models import ReadRecord
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.ids import new_id

PAPER, MARKS, PERSON, AUDIT = "paper", "marks", "person", "audit"
"""Kinds of reads: a medical or another kept paper with its words, marks and attendance, roles and account of a person,
the audit and the register of reads itself."""
SAME_READ_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Read:
    """One read: its kind, the object as (kind, id), and whom it concerns (None: everybody of a journal, or nobody)."""

    kind: str
    object_kind: str
    object_id: UUID | None = None
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReadRow:
    """One row of the register."""

    id: UUID
    at: datetime
    reader: UUID
    on_behalf_of: UUID | None
    roles: tuple[str, ...]
    kind: str
    subject: UUID | None
    object_kind: str
    object_id: UUID | None


def append_reads(act: Act, reads: Iterable[Read]) -> int:
    """Append reads by the person of the act; return how many were new.

    Left out are reads of what concerns the reader himself, and those that he made a short time ago. Two statements at
    most. Raises ValueError for an act of nobody.
    """
    if act.person is None:
        raise ValueError("a read has a reader")
    own = {act.person, act.on_behalf_of}
    wanted = list(dict.fromkeys(one for one in reads if one.subject is None or one.subject not in own))
    if not wanted:
        return 0
    known = _load_recent_reads(act, wanted)
    fresh = [one for one in wanted if one not in known]
    db.session.add_all(
        ReadRecord(
            id=new_id(),
            at=act.at,
            reader=act.person,
            on_behalf_of=act.on_behalf_of,
            roles=sorted({assignment.role for assignment in act.assignments}),
            kind=one.kind,
            subject=one.subject,
            object_kind=one.object_kind,
            object_id=one.object_id,
        )
        for one in fresh
    )
    db.session.flush()
    return len(fresh)


def _load_recent_reads(act: Act, wanted: Collection[Read]) -> set[Read]:
    """Return which of these reads the person made within `SAME_READ_WITHIN`; one statement."""
    columns = (ReadRecord.kind, ReadRecord.object_kind, ReadRecord.object_id, ReadRecord.subject)
    found = db.session.execute(
        select(*columns).where(
            ReadRecord.reader == act.person,
            ReadRecord.at > act.at - SAME_READ_WITHIN,
            ReadRecord.kind.in_({one.kind for one in wanted}),
        )
    )
    return {Read(*row) for row in found}


def load_reads_about_person(
    person: UUID,
    journals: Collection[UUID],
    after: UUID | None,
    most: int,
    limits: Iterable[ColumnElement[bool]] = (),
) -> list[ReadRow]:
    """Return reads that concern a person, the latest first, after a key; one statement.

    `journals`: the journals in whose lists he stands; who read one of these as a whole, read his line too. `limits` are
    the conditions of a limited reader of the register.
    """
    concerns = or_(
        ReadRecord.subject == person,
        and_(ReadRecord.subject.is_(None), ReadRecord.object_id.in_(list(journals))),
    )
    return _load_reads_page(and_(concerns, ReadRecord.reader != person, *limits), after, most)


def load_reads_by_person(
    person: UUID, after: UUID | None, most: int, limits: Iterable[ColumnElement[bool]] = ()
) -> list[ReadRow]:
    """Return what a person read, the latest first, after a key, within the limits of the reader; one statement."""
    return _load_reads_page(and_(ReadRecord.reader == person, *limits), after, most)


def _load_reads_page(condition: ColumnElement[bool], after: UUID | None, most: int) -> list[ReadRow]:
    """Return rows under the condition, the latest first (ids are in the order of time), after a key; one statement."""
    statement = select(ReadRecord).where(condition).order_by(ReadRecord.id.desc())
    if after is not None:
        statement = statement.where(ReadRecord.id < after)
    return [
        ReadRow(
            row.id,
            row.at,
            row.reader,
            row.on_behalf_of,
            tuple(row.roles),
            row.kind,
            row.subject,
            row.object_kind,
            row.object_id,
        )
        for row in db.session.scalars(statement.limit(most))
    ]
