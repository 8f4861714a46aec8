"""Running cases by diagram and version, counted from ordinary rows; no state is read.

A person with a role in units counts and lists only the cases of these units and his own (3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, tuple_

from app.cases.access import (
    preload_names_of_cases,
    visible_case_subject,
    visible_cases_condition,
    visible_requester_name,
)
from app.cases.audit_scope import cases_condition, load_audit_scope
from app.cases.models import Case, Task
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.diagrams.models import DiagramVersion
from app.kernel.act import Act
from app.kernel.db import db
from app.people.audit_limits_rules import CASES_KIND
from app.people.queries import limited_auditor_roles, load_unit_tree
from app.people.rules import PERMISSIONS

_CASES_VERB = "processes.cases"

CASES_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a diagram with its running cases; `late` of them have an overdue task now."""

    id: UUID
    key: str
    number: int
    sha256: str
    titles: Mapping[str, str]
    clause: str
    origin: str
    state: str
    made_at: datetime
    made_by: UUID | None
    published_at: datetime | None
    published_by: UUID | None
    running: int
    late: int


_VERSION_COLUMNS = [
    getattr(DiagramVersion, name) for name in VersionRow.__slots__ if hasattr(DiagramVersion, name)
]


def load_diagram_versions(act: Act, key: str | None = None) -> list[VersionRow]:
    """Return every version of one diagram or of all, by key, newest first; one statement."""
    has_overdue = (
        select(literal(1))
        .where(Task.case_id == Case.id, Task.closed_at.is_(None), Task.due_at < act.at)
        .exists()
    )
    case_counts = (
        select(Case.version_id, func.count().label("running"), func.count().filter(has_overdue).label("late"))
        .where(Case.closed_at.is_(None), countable_cases_condition(act))
        .group_by(Case.version_id)
        .subquery()
    )
    statement: Select[Any] = (
        select(
            *_VERSION_COLUMNS, func.coalesce(case_counts.c.running, 0), func.coalesce(case_counts.c.late, 0)
        )
        .outerjoin(case_counts, case_counts.c.version_id == DiagramVersion.id)
        .order_by(DiagramVersion.key, DiagramVersion.number.desc())
    )
    if key is not None:
        statement = statement.where(DiagramVersion.key == key)
    return [VersionRow(*row) for row in db.session.execute(statement)]


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A running case with its most urgent open task; `element` is None when none is open.

    `subject` and `requester` are empty for a person who may count the case but not read it.
    """

    id: UUID
    number: str
    version: int
    version_id: UUID
    status: str
    opened_at: datetime
    element: str | None
    due_at: datetime | None
    unit: UUID | None
    computation: Mapping[str, Any] | None
    clause: str | None
    readable: bool
    subject: Mapping[str, Any]
    requester: str


@dataclass(frozen=True, slots=True)
class RunningFilter:
    """The filter of a list of running cases: version, step, overdue, units; `after` is the key of a page."""

    version: UUID | None = None
    step: str = ""
    late: bool = False
    after: str = ""
    units: tuple[UUID, ...] = ()


def load_running_cases_page(act: Act, key: str, filter_: RunningFilter) -> tuple[list[RunningCase], str]:
    """Return the running cases of a diagram, oldest first, and the key of the next page ("" for the last).

    One statement. Raises Invalid for an unreadable `after`.
    """
    statement = _running_cases_statement(act, filter_).where(
        Case.diagram == key, Case.closed_at.is_(None), countable_cases_condition(act)
    )
    if filter_.version is not None:
        statement = statement.where(Case.version_id == filter_.version)
    if filter_.units:
        statement = statement.where(Case.units.overlap(list(filter_.units)))
    if filter_.after:
        opened, last_id = parse_page_key(filter_.after)
        statement = statement.where(
            tuple_(Case.opened_at, Case.id) > tuple_(literal(opened), literal(last_id))
        )
    found = db.session.execute(statement).all()
    preload_names_of_cases(row.Case for row in found)
    rows = [_running_case_for_reader(act, row) for row in found]
    page_rows = rows[:CASES_PER_PAGE]
    return page_rows, format_page_key(page_rows[-1].opened_at, page_rows[-1].id) if len(
        rows
    ) > CASES_PER_PAGE else ""


def _running_cases_statement(act: Act, filter_: RunningFilter) -> Select[Any]:
    """Return the query of the rows, joined with the first due task that matches the filter."""
    scope = load_audit_scope(act.assignments)
    first_due = (
        select(Task.element, Task.due_at, Task.unit_id, Task.computation, Task.clause)
        .where(Task.case_id == Case.id, Task.closed_at.is_(None))
        .order_by(Task.due_at, Task.id)
        .limit(1)
    )
    if scope is not None and scope.last_moment is not None:
        first_due = first_due.where(Task.opened_at < scope.last_moment)
    if filter_.step:
        first_due = first_due.where(Task.element == filter_.step)
    if filter_.late:
        first_due = first_due.where(Task.due_at < act.at)
    task = first_due.lateral()
    columns = (Case.id, Case.number, DiagramVersion.number, Case.version_id, Case.status, Case.opened_at)
    return (
        select(*columns, *task.c, visible_cases_condition(act).label("readable"), Case)
        .join(DiagramVersion, DiagramVersion.id == Case.version_id)
        .join(task, true(), isouter=not (filter_.step or filter_.late))
        .order_by(Case.opened_at, Case.id)
        .limit(CASES_PER_PAGE + 1)
    )


def _running_case_for_reader(act: Act, row: Any) -> RunningCase:
    """Return one row, without the restricted columns when the person may not read the case."""
    *columns, readable, case = row
    restricted_columns = (
        (visible_case_subject(act, case), visible_requester_name(case)) if readable else ({}, "")
    )
    return RunningCase(*(*columns, readable, *restricted_columns))


def can_count_every_case(act: Act) -> bool:
    """Return whether a role of this act may count the cases of the whole university; a limited auditor may not."""
    return not limited_auditor_roles(act.assignments) and any(
        PERMISSIONS[_CASES_VERB].get(assignment.role) == "anywhere" for assignment in act.assignments
    )


def countable_cases_condition(act: Act) -> ColumnElement[bool]:
    """Return the SQL condition for the cases that the roles of this act may count."""
    scope = load_audit_scope(act.assignments)
    if scope is not None:
        return cases_condition(scope)
    if can_count_every_case(act):
        return true()
    return or_(Case.units.overlap(units_with_countable_cases(act)), Case.requester == act.person)


def units_with_countable_cases(act: Act) -> list[UUID]:
    """Return the units whose cases a role of this act may count."""
    units = [
        assignment.unit
        for assignment in act.assignments
        if assignment.unit and PERMISSIONS[_CASES_VERB].get(assignment.role) == "unit"
    ]
    scope = load_audit_scope(act.assignments)
    if scope is None:
        return units
    audited = scope.units_of_kind(CASES_KIND)
    return [*units, *(load_unit_tree() if audited is None else sorted(audited))]
