"""The list of all deeds: records of the audit by their filters, newest first, and counts of the newest of them.

Only columns that stand in the clear are filtered by; what is sealed is never searched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, text, tuple_

from app.audit.history import AuditEntry, decrypt_audit_records
from app.audit.models import AuditRecord
from app.audit.newest_rows import Arm, Listing, Wide, is_one_of, load_newest_rows
from app.kernel.db import db

FACET_LIMIT = 1001
"""So many rows are looked at for counts; 1,001 means "more than a thousand"."""
DID, ABOUT, EITHER = "did", "about", ""
ROWS_OF_PERSON, ROWS_OF_JOURNAL, ROWS_OF_CASE = 20_000, 1000, 30
"""How many records there are about of each; by it the narrowest filter is chosen."""
_EVENT_TYPES_STATEMENT = text(
    """
WITH RECURSIVE known AS (
  (SELECT event_type FROM audit.record ORDER BY event_type LIMIT 1)
  UNION ALL
  SELECT (SELECT r.event_type FROM audit.record r WHERE r.event_type > known.event_type ORDER BY r.event_type LIMIT 1)
  FROM known WHERE known.event_type IS NOT NULL
)
SELECT event_type FROM known WHERE event_type IS NOT NULL
"""
)
"""Jumps from one event type to the next in the index, instead of reading every record."""


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of journals or of cases: `few`, or a `query` that yields them where there are many."""

    few: tuple[UUID, ...] | None = None
    query: Select[Any] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What deeds are about: journals, units, groups. A deed about one of them matches."""

    offerings: Ids
    units: tuple[UUID, ...] = ()
    groups: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class DeedFilter:
    """The filters of the list, as ids and codes. What is None does not filter, an empty tuple finds nothing.

    `part`: whether the person did it (himself or by a deputy), or it was about him, or either. `since` and `until` are
    moments; `until` is not included. `limits` are the conditions of a limited reader, `limit_arms` where his records
    are read from if no other filter narrows.
    """

    person: UUID | None = None
    part: str = EITHER
    object: UUID | None = None
    place: Place | None = None
    cases: Ids | None = None
    kinds: tuple[str, ...] | None = None
    clauses: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    deputy: bool = False
    late: bool | None = None
    imported: bool | None = None
    limits: tuple[ColumnElement[bool], ...] = ()
    limit_arms: tuple[Arm, ...] = ()


@dataclass(frozen=True, slots=True)
class DeedKey:
    """One record as the list finds it, before its values are opened."""

    id: int
    recorded_at: datetime
    at: datetime
    event_type: str
    clause: str | None
    late: bool
    imported: bool
    deputy: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """How many of the newest 1,001 matching rows have each value; `total` is 1,001 when there are more."""

    total: int
    kinds: dict[str, int]
    clauses: dict[str, int]
    late: int
    imported: int
    deputy: int


_LISTING = Listing(
    (
        AuditRecord.id,
        AuditRecord.recorded_at,
        AuditRecord.at,
        AuditRecord.event_type,
        AuditRecord.clause,
        AuditRecord.late,
        AuditRecord.imported,
        AuditRecord.on_behalf_of,
    ),
    AuditRecord.at,
    AuditRecord.id,
)


def load_deed_keys(where: DeedFilter, after: tuple[datetime, int] | None, limit: int) -> list[DeedKey]:
    """Return the newest records after a key that match; one or two statements, read from indexes."""
    narrow, wide = _filters_of_ids(where)
    conditions, arms = _conditions(where), narrow[0] if narrow else []
    for column, codes in ((AuditRecord.event_type, where.kinds), (AuditRecord.clause, where.clauses)):
        if codes is not None and not narrow and not wide and not arms:
            arms = [Arm(column, codes)]
        elif codes is not None:
            conditions.append(is_one_of(column, codes))
    if not arms and not wide:
        arms = list(where.limit_arms)
    filters = [*(Wide(tuple(one)) for one in narrow[1:]), *wide]
    rows = load_newest_rows(_LISTING, conditions, arms, filters, after, limit)
    return [
        DeedKey(
            row.id,
            row.recorded_at,
            row.at,
            row.event_type,
            row.clause,
            row.late,
            row.imported,
            row.on_behalf_of is not None,
        )
        for row in rows
    ]


def count_facets(rows: Sequence[DeedKey]) -> Facets:
    """Return the facets of rows; those of the first `FACET_LIMIT` are asked for."""
    return Facets(
        total=len(rows),
        kinds=dict(Counter(row.event_type for row in rows).most_common()),
        clauses=dict(Counter(row.clause for row in rows if row.clause).most_common()),
        late=sum(row.late for row in rows),
        imported=sum(row.imported for row in rows),
        deputy=sum(row.deputy for row in rows),
    )


def load_deeds(keys: Collection[tuple[int, datetime]]) -> dict[int, AuditEntry]:
    """Return records with their values opened, by number; two statements, none for no keys."""
    if not keys:
        return {}
    wanted = tuple_(AuditRecord.id, AuditRecord.recorded_at).in_(list(keys))
    records = db.session.scalars(select(AuditRecord).where(wanted)).all()
    return {entry.id: entry for entry in decrypt_audit_records(records)}


def find_deed(number: int, limits: Collection[ColumnElement[bool]] = ()) -> AuditEntry | None:
    """Return one record with its values opened, or None, also for one outside the limits; two statements."""
    records = db.session.scalars(select(AuditRecord).where(AuditRecord.id == number, *limits)).all()
    return next(iter(decrypt_audit_records(records)), None)


def load_known_event_types() -> list[str]:
    """Return the event types that there are records of; one statement, however many records."""
    return list(db.session.scalars(_EVENT_TYPES_STATEMENT))


def load_deeds_of_versions(versions: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], AuditEntry]:
    """Return the records that wrote these (cell, version); two statements, none without versions."""
    if not versions:
        return {}
    cells = {cell for cell, _version in versions}
    records = db.session.scalars(select(AuditRecord).where(AuditRecord.object_id.in_(cells))).all()
    found: dict[tuple[UUID, int], AuditEntry] = {}
    for entry in decrypt_audit_records(records):
        version = (entry.after or {}).get("version")
        if isinstance(version, int) and (entry.object[1], version) in versions:
            found[entry.object[1], version] = entry
    return found


def _conditions(where: DeedFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that name no ids, and those of a limited reader."""
    conditions: list[ColumnElement[bool]] = list(where.limits)
    if where.since is not None:
        conditions.append(AuditRecord.at >= where.since)
    if where.until is not None:
        conditions.append(AuditRecord.at < where.until)
    if where.cases is not None:
        # Written as the conditions of the partial indexes are.
        conditions.append(AuditRecord.case_id.is_not(None))
    if where.deputy:
        conditions.append(AuditRecord.on_behalf_of.is_not(None))
    for wanted, column in ((where.late, AuditRecord.late), (where.imported, AuditRecord.imported)):
        if wanted is not None:
            conditions.append(column if wanted else ~column)  # type: ignore[arg-type]
    return conditions


def _filters_of_ids(where: DeedFilter) -> tuple[list[list[Arm]], list[Wide]]:
    """Return the filters with few ids, the one with the fewest records first, and the wide ones."""
    narrow: list[tuple[int, list[Arm]]] = []
    wide: list[Wide] = []
    if where.person is not None:
        person = (where.person,)
        did = [Arm(AuditRecord.person, person), Arm(AuditRecord.on_behalf_of, person)]
        about = [Arm(AuditRecord.subject, person)]
        narrow.append((ROWS_OF_PERSON, {DID: did, ABOUT: about}.get(where.part, did + about)))
    if where.object is not None:
        narrow.append((0, [Arm(AuditRecord.object_id, (where.object,))]))
    if where.cases is not None:
        if where.cases.few is not None:
            few = where.cases.few
            narrow.append((ROWS_OF_CASE * len(few), [Arm(AuditRecord.case_id, few)]))
        elif where.cases.query is not None:
            wide.append(Wide((Arm(AuditRecord.case_id, where.cases.query),)))
    if where.place is not None:
        offerings = where.place.offerings
        around = [Arm(AuditRecord.unit_id, where.place.units), Arm(AuditRecord.group_id, where.place.groups)]
        if offerings.few is not None:
            arms = [Arm(AuditRecord.offering_id, offerings.few), *around]
            narrow.append((ROWS_OF_JOURNAL * len(offerings.few), arms))
        elif offerings.query is not None:
            arms = [Arm(AuditRecord.offering_id, offerings.query), *around]
            wide.append(Wide(tuple(arms), is_looked_up=not narrow))
    return [arms for _rows, arms in sorted(narrow, key=lambda one: one[0])], wide
