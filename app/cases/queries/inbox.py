"""The inbox: one indexed statement for the page and one for the counts, for any number of open tasks.

The person's own tasks and each of his pools (a role in a unit) are read through their own partial index, each
already in the order of the page, and merged: a union of short sorted lists. Pages are cut by a key (due, id).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from app.cases.models import Task
from app.kernel.act import RoleAssignment
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.prepared import PreparedStatement, fetch_rows
from app.kernel.search_text import every_word_condition

PAGE_SIZE = 25
MAX_COUNTED_TASKS = 1000
INBOX_VIEWS = ("all", "mine", "pool", "done")

_INBOX_ROW_COLUMNS = (
    Task.id,
    Task.case_id,
    Task.element,
    Task.iteration,
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
class InboxFilters:
    """The filters in the address of the inbox. `due` is overdue, today, week or later."""

    view: str = "all"
    diagram: str = ""
    due: str = ""
    search: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One task in the list."""

    id: UUID
    case_id: UUID
    element: str
    iteration: int
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
class InboxPage:
    """One page of tasks and the key of the next one ("" when this is the last)."""

    rows: tuple[InboxRow, ...]
    next_key: str


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """Numbers of open tasks; each count stops at `MAX_COUNTED_TASKS` + 1, shown as "1000+"."""

    mine: int
    pool: int
    overdue: int


@dataclass(frozen=True, slots=True)
class OwnerShape:
    """Number of persons of an inbox (the owner and those he substitutes), and for each pool whether it has a unit."""

    persons: int
    pools_with_unit: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class InboxOwner:
    """The owner of an inbox: the person, those he substitutes (in the roles of `assignments`), and his pools."""

    person: UUID
    substituted_persons: tuple[UUID, ...]
    assignments: tuple[RoleAssignment, ...]

    @property
    def own_and_substituted_person_ids(self) -> list[UUID]:
        """Return the person and those he substitutes."""
        return [self.person, *self.substituted_persons]

    @property
    def distinct_pool_assignments(self) -> tuple[RoleAssignment, ...]:
        """Return the pools, each once."""
        return tuple(dict.fromkeys(self.assignments))

    @property
    def statement_shape(self) -> OwnerShape:
        """Return what decides the text of a statement about this inbox."""
        return OwnerShape(
            len(self.own_and_substituted_person_ids),
            tuple(pool.unit is not None for pool in self.distinct_pool_assignments),
        )

    @property
    def condition_values_by_name(self) -> dict[str, Any]:
        """Return the values of the conditions of `inbox_view_conditions` by name."""
        values: dict[str, Any] = {
            f"person_{number}": one for number, one in enumerate(self.own_and_substituted_person_ids)
        }
        if len(self.own_and_substituted_person_ids) > 1:
            values["roles"] = sorted({pool.role for pool in self.distinct_pool_assignments})
        if self.distinct_pool_assignments:
            values["persons"] = self.own_and_substituted_person_ids
        for number, pool in enumerate(self.distinct_pool_assignments):
            values[f"role_{number}"] = pool.role
            if pool.unit is not None:
                values[f"unit_{number}"] = pool.unit
        return values


def load_inbox_page(
    owner: InboxOwner, filters: InboxFilters, bounds: dict[str, tuple[datetime | None, datetime | None]]
) -> InboxPage:
    """Return one page of the inbox; one statement. `bounds` gives the moments of each `due` group.

    Raises Invalid for an unreadable `after` key or an unknown view.
    """
    if filters.view not in INBOX_VIEWS:
        raise Invalid.field("view", "cases.inbox.unknown_view")
    if filters.view == "done":
        return _load_completed_tasks_page(owner, filters)
    conditions = _inbox_filter_conditions(filters, bounds)
    if filters.after:
        due, last_id = parse_page_key(filters.after)
        conditions.append(tuple_(Task.due_at, Task.id) > tuple_(literal(due), literal(last_id)))
    statements = [
        select(*_INBOX_ROW_COLUMNS)
        .where(condition, *conditions)
        .order_by(Task.due_at, Task.id)
        .limit(PAGE_SIZE + 1)
        .subquery()
        .select()
        for condition in inbox_view_conditions(owner.statement_shape, filters.view)
    ]
    if not statements:
        return InboxPage((), "")
    merged = union_all(*statements).subquery()
    # Each part is short and sorted, so PostgreSQL merges a few rows instead of sorting all open tasks.
    statement = select(merged).order_by(merged.c.due_at, merged.c.id).limit(PAGE_SIZE + 1)
    rows = [InboxRow(*columns) for columns in db.session.execute(statement, owner.condition_values_by_name)]
    return _build_inbox_page_with_next_key(rows, lambda row: format_page_key(row.due_at, row.id))


def _load_completed_tasks_page(owner: InboxOwner, filters: InboxFilters) -> InboxPage:
    """Return one page of the tasks the person completed, newest first."""
    conditions: list[ColumnElement[bool]] = [Task.closed_by == owner.person, Task.closed_at.is_not(None)]
    conditions += _diagram_and_search_text_conditions(filters)
    if filters.after:
        closed, last_id = parse_page_key(filters.after)
        conditions.append(tuple_(Task.closed_at, Task.id) < tuple_(literal(closed), literal(last_id)))
    statement = (
        select(*_INBOX_ROW_COLUMNS)
        .where(*conditions)
        .order_by(Task.closed_at.desc(), Task.id.desc())
        .limit(PAGE_SIZE + 1)
    )
    rows = [InboxRow(*columns) for columns in db.session.execute(statement)]
    return _build_inbox_page_with_next_key(
        rows, lambda row: format_page_key(row.closed_at or row.due_at, row.id)
    )


def count_open_inbox_tasks(owner: InboxOwner, now: datetime) -> InboxCounts:
    """Return the three counts of the navigation; one statement, compiled once for each shape of owner."""
    shape = owner.statement_shape
    row = fetch_rows(_build_inbox_count_statement(shape), owner.condition_values_by_name | {"now": now})[0]
    return InboxCounts(*row)


@lru_cache(maxsize=256)
def _build_inbox_count_statement(shape: OwnerShape) -> PreparedStatement:
    """Return the statement that counts for owners of this shape; it runs for every page (docs/adr/0008)."""

    def build_capped_count_subquery(*conditions: ColumnElement[bool]) -> Any:
        """Return the subquery that counts tasks up to `MAX_COUNTED_TASKS` + 1."""
        limited = (
            select(literal(1)).select_from(Task).where(*conditions).limit(MAX_COUNTED_TASKS + 1).subquery()
        )
        return select(func.count()).select_from(limited).scalar_subquery()

    own_tasks, *pools = inbox_view_conditions(shape, "all")
    is_overdue = Task.due_at < bindparam("now", type_=Task.due_at.type, required=True)
    pool_total: Any = literal(0)
    overdue: Any = build_capped_count_subquery(own_tasks, is_overdue)
    for pool in pools:
        pool_total = pool_total + build_capped_count_subquery(pool)
        overdue = overdue + build_capped_count_subquery(pool, is_overdue)
    return PreparedStatement(select(build_capped_count_subquery(own_tasks), pool_total, overdue))


def inbox_view_conditions(shape: OwnerShape, view: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a view: the person's own tasks, then each pool.

    Each condition has its own partial index. The values are bound by name: `InboxOwner.bound_values`.
    """
    persons = [
        _build_bind_parameter_of_column_type(f"person_{number}", Task.assignee)
        for number in range(shape.persons)
    ]
    own_tasks = and_(Task.closed_at.is_(None), Task.assignee.in_(persons))
    if shape.persons > 1:
        of_roles = Task.role == any_(bindparam("roles", type_=ARRAY(Task.role.type), required=True))
        own_tasks = and_(own_tasks, or_(Task.assignee == persons[0], of_roles))
    pools = [
        and_(
            Task.closed_at.is_(None),
            Task.assignee.is_(None),
            Task.role == _build_bind_parameter_of_column_type(f"role_{number}", Task.role),
            Task.unit_id == _build_bind_parameter_of_column_type(f"unit_{number}", Task.unit_id)
            if has_unit
            else Task.unit_id.is_(None),
            ~Task.excluded.overlap(bindparam("persons", type_=Task.excluded.type, required=True)),
        )
        for number, has_unit in enumerate(shape.pools_with_unit)
    ]
    return {"mine": [own_tasks], "pool": pools}.get(view, [own_tasks, *pools])


def _build_bind_parameter_of_column_type(name: str, column: Any) -> BindParameter[Any]:
    return bindparam(name, type_=column.type, required=True)


def _inbox_filter_conditions(
    filters: InboxFilters, bounds: dict[str, tuple[datetime | None, datetime | None]]
) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of the filters; raise Invalid for an unknown `due` group."""
    conditions = _diagram_and_search_text_conditions(filters)
    if filters.due:
        if filters.due not in bounds:
            raise Invalid.field("due", "cases.inbox.unknown_due")
        start, end = bounds[filters.due]
        if start is not None:
            conditions.append(Task.due_at >= start)
        if end is not None:
            conditions.append(Task.due_at < end)
    return conditions


def _diagram_and_search_text_conditions(filters: InboxFilters) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of diagram and search text."""
    conditions: list[ColumnElement[bool]] = []
    if filters.diagram:
        conditions.append(Task.diagram == filters.diagram)
    if filters.search:
        conditions.append(every_word_condition(Task.search, filters.search))
    return conditions


def _build_inbox_page_with_next_key(rows: Sequence[InboxRow], key: Any) -> InboxPage:
    """Return the page with the key of the next one; `rows` has one row more when there is one."""
    page_rows = tuple(rows[:PAGE_SIZE])
    return InboxPage(page_rows, key(page_rows[-1]) if len(rows) > PAGE_SIZE else "")


def format_page_key(moment: datetime, row_id: UUID) -> str:
    """Return the key of a row for the address of the next page."""
    return (
        base64.urlsafe_b64encode(json.dumps([moment.isoformat(), str(row_id)]).encode()).decode().rstrip("=")
    )


def parse_page_key(text: str) -> tuple[datetime, UUID]:
    """Return the moment and id in a page key; raise Invalid (`after`) when it is unreadable."""
    try:
        moment, row_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        parsed = datetime.fromisoformat(moment)
        if parsed.tzinfo is None:
            raise ValueError("naive")
        return parsed, UUID(row_id)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid.field("after", "cases.inbox.bad_page_key") from None
