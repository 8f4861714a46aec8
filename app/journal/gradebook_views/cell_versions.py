"""Versions of cells by the values before and after: the search that the sealed audit cannot answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select

from app.audit.deeds import Ids
from app.audit.newest_rows import Arm, Listing, Wide, is_one_of, load_newest_rows
from app.journal.tables import CellVersion, Course, Offering
from app.kernel.db import db
from app.people.models import StudyGroup


@dataclass(frozen=True, slots=True)
class WantedValue:
    """A value of a cell: points from `least` to `most` (both included), more than `more`, less than `below`, or
    `status` PRESENT or ABSENT."""

    least: Decimal | None = None
    most: Decimal | None = None
    more: Decimal | None = None
    below: Decimal | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class CellVersionFilter:
    """The filters, as ids and codes. What is None does not filter, an empty tuple finds nothing.

    `part`: "did" (himself or by a deputy), "about" (the student), "" either. `until` is not included. `limits` are the
    conditions of a limited reader.
    """

    before: WantedValue | None = None
    after: WantedValue | None = None
    person: UUID | None = None
    part: str = ""
    offerings: Ids | None = None
    cases: Ids | None = None
    kinds: tuple[str, ...] | None = None
    clauses: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    deputy: bool = False
    late: bool | None = None
    imported: bool | None = None
    limits: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class CellVersionKey:
    """One version as the list finds it."""

    id: UUID
    at: datetime
    cell: UUID
    version: int
    event_type: str
    clause: str | None
    late: bool
    imported: bool
    deputy: bool


@dataclass(frozen=True, slots=True)
class JournalName:
    """The discipline and the group of a journal."""

    code: str
    names: dict[str, str]
    group: str


_COLUMNS = (
    CellVersion.id,
    CellVersion.at,
    CellVersion.cell_id,
    CellVersion.version,
    CellVersion.event_type,
    CellVersion.clause,
    CellVersion.late,
    CellVersion.source,
    CellVersion.on_behalf_of,
)
_KEYS = Listing((CellVersion.id, CellVersion.at), CellVersion.at, CellVersion.id)
IMPORTED_SOURCE = "IMPORT"


def load_cell_version_keys(
    where: CellVersionFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[CellVersionKey]:
    """Return the newest versions of cells after a key that match; at most four statements, read from indexes."""
    narrow, wide = _filters_of_ids(where)
    arms = narrow[0] if narrow else []
    filters = [*(Wide(tuple(one)) for one in narrow[1:]), *wide]
    found = load_newest_rows(_KEYS, _conditions(where), arms, filters, after, limit)
    # The indexes of the filters hold no more than the filters.
    rows = db.session.execute(
        select(*_COLUMNS)
        .where(is_one_of(CellVersion.id, [row.id for row in found]))
        .order_by(CellVersion.at.desc(), CellVersion.id.desc())
    )
    return [
        CellVersionKey(
            row.id,
            row.at,
            row.cell_id,
            row.version,
            row.event_type,
            row.clause,
            row.late,
            row.source == IMPORTED_SOURCE,
            row.on_behalf_of is not None,
        )
        for row in rows
    ]


def load_journal_names(offerings: Collection[UUID]) -> dict[UUID, JournalName]:
    """Return discipline and group of journals; one statement, none without journals."""
    if not offerings:
        return {}
    rows = db.session.execute(
        select(Offering.id, Course.code, Course.names, StudyGroup.name)
        .join(Course, Course.id == Offering.course_id)
        .join(StudyGroup, StudyGroup.id == Offering.group_id)
        .where(Offering.id.in_(set(offerings)))
    )
    return {row.id: JournalName(row.code, row.names, row.name) for row in rows}


def select_offering_ids(
    units: Collection[UUID] | None = None, group: UUID | None = None, course: UUID | None = None
) -> Select[Any]:
    """Return the query of the journals of a group and of a discipline, whose group or department is one of these
    units. None does not narrow."""
    wanted = select(Offering.id).join(Course, Course.id == Offering.course_id)
    wanted = wanted.join(StudyGroup, StudyGroup.id == Offering.group_id)
    if units is not None:
        wanted = wanted.where(or_(Course.department_id.in_(units), StudyGroup.unit_id.in_(units)))
    if group is not None:
        wanted = wanted.where(Offering.group_id == group)
    if course is not None:
        wanted = wanted.where(Offering.course_id == course)
    return wanted


def _conditions(where: CellVersionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = list(where.limits)
    for value, points, stored in (
        (where.before, CellVersion.old_points, CellVersion.old_value),
        (where.after, CellVersion.new_points, CellVersion.new_value),
    ):
        if value is not None:
            conditions += _value_conditions(value, points, stored)
    if where.since is not None:
        conditions.append(CellVersion.at >= where.since)
    if where.until is not None:
        conditions.append(CellVersion.at < where.until)
    if where.cases is not None:
        conditions.append(CellVersion.case_id.is_not(None))
    if where.kinds is not None:
        conditions.append(CellVersion.event_type.in_(where.kinds))
    if where.clauses is not None:
        conditions.append(CellVersion.clause.in_(where.clauses))
    if where.deputy:
        conditions.append(CellVersion.on_behalf_of.is_not(None))
    if where.late is not None:
        conditions.append(CellVersion.late if where.late else ~CellVersion.late)  # type: ignore[arg-type]
    if where.imported is not None:
        source = IMPORTED_SOURCE if where.imported else "HAND"
        conditions.append(CellVersion.source == source)
    return conditions


def _value_conditions(value: WantedValue, points: Any, stored: Any) -> list[ColumnElement[bool]]:
    return [stored == value.status] if value.status else points_conditions(value, points)


def points_conditions(value: WantedValue, points: Any) -> list[ColumnElement[bool]]:
    """Return the conditions on a column of points."""
    if value.least is not None and value.least == value.most:
        return [points == value.least]
    found: list[ColumnElement[bool]] = []
    if value.least is not None:
        found.append(points >= value.least)
    if value.most is not None:
        found.append(points <= value.most)
    if value.more is not None:
        found.append(points > value.more)
    if value.below is not None:
        found.append(points < value.below)
    return found


def _filters_of_ids(where: CellVersionFilter) -> tuple[list[list[Arm]], list[Wide]]:
    """Return the filters with few ids, the narrowest first, and the wide ones; kinds and clauses are compared only."""
    narrow: list[list[Arm]] = []
    wide: list[Wide] = []
    if where.person is not None:
        person = (where.person,)
        did, about = [Arm(CellVersion.person, person)], [Arm(CellVersion.student_id, person)]
        narrow.append({"did": did, "about": about}.get(where.part, did + about))
    for column, ids in ((CellVersion.case_id, where.cases), (CellVersion.offering_id, where.offerings)):
        if ids is not None and ids.few is not None:
            narrow.append([Arm(column, ids.few)])
        elif ids is not None and ids.query is not None:
            is_looked_up = ids is where.offerings and not narrow
            wide.append(Wide((Arm(column, ids.query),), is_looked_up))
    return narrow, wide
