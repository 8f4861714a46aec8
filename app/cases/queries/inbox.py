"""The inbox: one indexed query for the page, one for the counts, whatever the number of open tasks.

Each pool of the person (a role in a unit) and the person's own tasks are read through their own partial index,
each already in the order of the page, and merged: a union of short sorted lists. Paging is by key (due, id).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, tuple_, union_all

from app.cases.models import Task
from app.kernel.act import Hat
from app.kernel.db import db
from app.kernel.errors import Invalid

PAGE = 25
COUNT_CAP = 1000
VIEWS = ("all", "mine", "pool", "done")

_COLUMNS = (
    Task.id,
    Task.case_id,
    Task.element,
    Task.round,
    Task.diagram,
    Task.version_id,
    Task.number,
    Task.clause,
    Task.role,
    Task.unit_id,
    Task.assignee,
    Task.on_behalf_of,
    Task.pooled,
    Task.requester_name,
    Task.subject,
    Task.opened_at,
    Task.due_at,
    Task.computation,
    Task.closed_at,
    Task.closed_how,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the inbox says. `due` is overdue, today, week or later."""

    view: str = "all"
    diagram: str = ""
    due: str = ""
    search: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One task as the list shows it."""

    id: UUID
    case_id: UUID
    element: str
    round: int
    diagram: str
    version_id: UUID
    number: str
    clause: str
    role: str
    unit_id: UUID | None
    assignee: UUID | None
    on_behalf_of: UUID | None
    pooled: bool
    requester_name: str
    subject: dict[str, Any]
    opened_at: datetime
    due_at: datetime
    computation: dict[str, Any]
    closed_at: datetime | None
    closed_how: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of tasks and the key of the next one ("" when this is the last)."""

    rows: tuple[Row, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open tasks wait; each count stops at `COUNT_CAP` + 1, shown as "1000+"."""

    mine: int
    pool: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose inbox it is: the person, those he acts for (in the roles of `hats`), and his pools."""

    person: UUID
    also: tuple[UUID, ...]
    hats: tuple[Hat, ...]

    @property
    def persons(self) -> list[UUID]:
        """The person and those he acts for."""
        return [self.person, *self.also]


def page(
    reader: Reader, filters: Filters, bounds: dict[str, tuple[datetime | None, datetime | None]]
) -> Page:
    """One page of the inbox in one statement. `bounds` gives the moments of each `due` group.

    Raises Invalid for an unreadable `after` key or an unknown view.
    """
    if filters.view not in VIEWS:
        raise Invalid.field("view", "cases.inbox.unknown_view")
    if filters.view == "done":
        return _done(reader, filters)
    conditions = _conditions(filters, bounds)
    if filters.after:
        due, last = read_key(filters.after)
        conditions.append(tuple_(Task.due_at, Task.id) > tuple_(literal(due), literal(last)))
    parts = [
        select(*_COLUMNS)
        .where(source, *conditions)
        .order_by(Task.due_at, Task.id)
        .limit(PAGE + 1)
        .subquery()
        .select()
        for source in sources(reader, filters.view)
    ]
    if not parts:
        return Page((), "")
    merged = union_all(*parts).subquery()
    statement = select(merged).order_by(merged.c.due_at, merged.c.id).limit(PAGE + 1)
    rows = [Row(*found) for found in db.session.execute(statement)]
    return _page(rows, lambda row: key_of(row.due_at, row.id))


def _done(reader: Reader, filters: Filters) -> Page:
    conditions: list[ColumnElement[bool]] = [Task.closed_by == reader.person, Task.closed_at.is_not(None)]
    conditions += _plain_conditions(filters)
    if filters.after:
        closed, last = read_key(filters.after)
        conditions.append(tuple_(Task.closed_at, Task.id) < tuple_(literal(closed), literal(last)))
    statement = (
        select(*_COLUMNS).where(*conditions).order_by(Task.closed_at.desc(), Task.id.desc()).limit(PAGE + 1)
    )
    rows = [Row(*found) for found in db.session.execute(statement)]
    return _page(rows, lambda row: key_of(row.closed_at or row.due_at, row.id))


def counts(reader: Reader, now: datetime) -> Counts:
    """The three numbers of the rail in one statement."""

    def capped(*conditions: ColumnElement[bool]) -> Any:
        rows = select(literal(1)).select_from(Task).where(*conditions).limit(COUNT_CAP + 1).subquery()
        return select(func.count()).select_from(rows).scalar_subquery()

    mine, *pools = sources(reader, "all")
    pool_total: Any = literal(0)
    late: Any = capped(mine, Task.due_at < now)
    for pool in pools:
        pool_total = pool_total + capped(pool)
        late = late + capped(pool, Task.due_at < now)
    found = db.session.execute(select(capped(mine), pool_total, late)).one()
    return Counts(*found)


def sources(reader: Reader, view: str) -> list[ColumnElement[bool]]:
    """The conditions of a view's parts, each with a partial index of its own: the person's tasks, then each pool."""
    mine = and_(Task.closed_at.is_(None), Task.assignee.in_(reader.persons))
    if reader.also:
        roles = sorted({hat.role for hat in reader.hats})
        mine = and_(mine, or_(Task.assignee == reader.person, Task.role.in_(roles)))
    pools = [
        and_(
            Task.closed_at.is_(None),
            Task.assignee.is_(None),
            Task.role == hat.role,
            Task.unit_id.is_(None) if hat.unit is None else Task.unit_id == hat.unit,
            ~Task.excluded.overlap(reader.persons),
        )
        for hat in dict.fromkeys(reader.hats)
    ]
    return {"mine": [mine], "pool": pools}.get(view, [mine, *pools])


def _conditions(
    filters: Filters, bounds: dict[str, tuple[datetime | None, datetime | None]]
) -> list[ColumnElement[bool]]:
    conditions = _plain_conditions(filters)
    if filters.due:
        if filters.due not in bounds:
            raise Invalid.field("due", "cases.inbox.unknown_due")
        start, end = bounds[filters.due]
        if start is not None:
            conditions.append(Task.due_at >= start)
        if end is not None:
            conditions.append(Task.due_at < end)
    return conditions


def _plain_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.diagram:
        conditions.append(Task.diagram == filters.diagram)
    for word in filters.search.casefold().split()[:6]:
        conditions.append(Task.search.contains(word, autoescape=True))
    return conditions


def _page(rows: Sequence[Row], key: Any) -> Page:
    shown = tuple(rows[:PAGE])
    return Page(shown, key(shown[-1]) if len(rows) > PAGE else "")


def key_of(moment: datetime, row_id: UUID) -> str:
    """The place of a row in its list, as it stands in an address."""
    return (
        base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(row_id)]).encode()).decode().rstrip("=")
    )


def read_key(text: str) -> tuple[datetime, UUID]:
    """The moment and id in a page key; raises Invalid naming `after`."""
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None:
            raise ValueError("naive")
        return found, UUID(row_id)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid.field("after", "cases.inbox.bad_page_key") from None
