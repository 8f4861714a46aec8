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

from sqlalchemy import ColumnElement, Select, or_, select, text, tuple_

from app.audit.history import AuditEntry, decrypt_audit_records
from app.audit.models import AuditRecord
from app.audit.newest_rows import MAX_WANTED, Arm, Listing, is_one_of, select_newest_rows
from app.kernel.db import db

FACET_LIMIT = 1001
"""So many rows are looked at for counts; 1,001 means "more than a thousand"."""
DID, ABOUT, EITHER = "did", "about", ""
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
class Place:
    """What deeds are about: journals, units, groups. A deed about one of them matches.

    `offerings_query` yields the ids of journals, where they are too many for `offerings`: PostgreSQL plans an array of
    ten thousand ids for a second, and hashes a subquery once.
    """

    offerings: tuple[UUID, ...] = ()
    offerings_query: Select[Any] | None = None
    units: tuple[UUID, ...] = ()
    groups: tuple[UUID, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of ids."""
        return len(self.offerings) + len(self.units) + len(self.groups)


@dataclass(frozen=True, slots=True)
class DeedFilter:
    """The filters of the list, as ids and codes. A tuple that is None does not filter, an empty one finds nothing.

    `part`: whether the person did it (himself or by a deputy), or it was about him, or either. `since` and `until` are
    moments; `until` is not included. `cases_query` yields the ids of cases, where they are too many for `cases`.
    `limits` are the conditions of a limited reader, `limit_arms` where his records are read from if no filter narrows
    more.
    """

    person: UUID | None = None
    part: str = EITHER
    object: UUID | None = None
    place: Place | None = None
    cases: tuple[UUID, ...] | None = None
    cases_query: Select[Any] | None = None
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
    """Return the newest records after a key that match; one statement, read from an index."""
    conditions, arms = _conditions_and_arms(where)
    rows = db.session.execute(select_newest_rows(_LISTING, conditions, arms, after, limit))
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


def _conditions_and_arms(where: DeedFilter) -> tuple[list[ColumnElement[bool]], list[Arm]]:
    """Return the conditions, and the arms of the filter that narrows most."""
    conditions: list[ColumnElement[bool]] = list(where.limits)
    if where.since is not None:
        conditions.append(AuditRecord.at >= where.since)
    if where.until is not None:
        conditions.append(AuditRecord.at < where.until)
    if where.cases_query is not None:
        conditions.append(AuditRecord.case_id.in_(where.cases_query))
    if where.deputy:
        conditions.append(AuditRecord.on_behalf_of.is_not(None))
    # Written as the conditions of the partial indexes are.
    for wanted, column in ((where.late, AuditRecord.late), (where.imported, AuditRecord.imported)):
        if wanted is not None:
            conditions.append(column if wanted else ~column)  # type: ignore[arg-type]
    if where.place is not None and where.place.offerings_query is not None:
        conditions.append(_wide_place_condition(where.place, where.place.offerings_query))
    choices = [part for part in _arms_by_filter(where) if part is not None]
    driving = min(choices, key=_effort, default=None)
    if driving is not None and _effort(driving) > MAX_WANTED:
        driving = None
    for arms in choices:
        if arms is not driving:
            conditions.append(or_(*(is_one_of(arm.column, arm.wanted) for arm in arms)))
    return conditions, driving or list(where.limit_arms)


def _wide_place_condition(place: Place, offerings: Select[Any]) -> ColumnElement[bool]:
    """Return the condition of a place with many journals: each row that is read is compared."""
    ways: list[ColumnElement[bool]] = [AuditRecord.offering_id.in_(offerings)]
    for column, wanted in ((AuditRecord.unit_id, place.units), (AuditRecord.group_id, place.groups)):
        if wanted:
            ways.append(is_one_of(column, wanted))
    return or_(*ways)


def _effort(arms: Sequence[Arm]) -> int:
    return sum(len(arm.wanted) for arm in arms)


def _arms_by_filter(where: DeedFilter) -> list[list[Arm] | None]:
    """Return for each filter of ids the columns and values that fulfil it; None for one that is not set. A person
    comes first, then what narrows less."""
    person = (where.person,) if where.person is not None else None
    did = [Arm(AuditRecord.person, person), Arm(AuditRecord.on_behalf_of, person)] if person else []
    about = [Arm(AuditRecord.subject, person)] if person else []
    place = where.place
    return [
        {DID: did, ABOUT: about}.get(where.part, did + about) if person else None,
        [Arm(AuditRecord.object_id, (where.object,))] if where.object is not None else None,
        [Arm(AuditRecord.case_id, where.cases)] if where.cases is not None else None,
        [
            Arm(AuditRecord.offering_id, place.offerings),
            Arm(AuditRecord.unit_id, place.units),
            Arm(AuditRecord.group_id, place.groups),
        ]
        if place is not None and place.offerings_query is None
        else None,
        [Arm(AuditRecord.clause, where.clauses)] if where.clauses is not None else None,
        [Arm(AuditRecord.event_type, where.kinds)] if where.kinds is not None else None,
    ]
