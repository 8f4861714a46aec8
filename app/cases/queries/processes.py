"""How many cases run on each diagram and where they stand, counted from ordinary rows; opens no state.

Who answers for units is told of the cases of his units and of his own, in every number and every list (3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, tuple_

from app.cases.access import seen_by, subject_for
from app.cases.models import Case, Task
from app.cases.queries.inbox import key_of, read_key
from app.diagrams.models import DiagramVersion
from app.kernel.act import Act
from app.kernel.db import db
from app.people.rules import ALLOWED

WINDOW = timedelta(days=90)
"""The median time of a step looks at what was completed in this time."""
PAGE = 50
NOT_COMPLETED = ("withdrawn", "escalated", "timer")
"""How a task closes without anybody having completed it."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a diagram with its running cases; `late` of them have an overdue task at this moment."""

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


_VERSION = [getattr(DiagramVersion, name) for name in VersionRow.__slots__ if hasattr(DiagramVersion, name)]


def versions(act: Act, key: str | None = None) -> list[VersionRow]:
    """Every version, of one diagram or of all, by key, the newest first; one statement."""
    overdue = (
        select(literal(1))
        .where(Task.case_id == Case.id, Task.closed_at.is_(None), Task.due_at < act.at)
        .exists()
    )
    counted = (
        select(Case.version_id, func.count().label("running"), func.count().filter(overdue).label("late"))
        .where(Case.closed_at.is_(None), _reach(act))
        .group_by(Case.version_id)
        .subquery()
    )
    statement: Select[Any] = (
        select(*_VERSION, func.coalesce(counted.c.running, 0), func.coalesce(counted.c.late, 0))
        .outerjoin(counted, counted.c.version_id == DiagramVersion.id)
        .order_by(DiagramVersion.key, DiagramVersion.number.desc())
    )
    if key is not None:
        statement = statement.where(DiagramVersion.key == key)
    return [VersionRow(*row) for row in db.session.execute(statement)]


@dataclass(frozen=True, slots=True)
class StepRow:
    """What happens at one step. `median` is from opening to completion; None when nobody completed it lately."""

    element: str
    open: int
    late: int
    completed: int
    median: timedelta | None


def steps(act: Act, key: str, version: UUID | None = None) -> dict[str, StepRow]:
    """The steps of a diagram by element id, over all its versions or of one; one statement."""
    here = Task.closed_at.is_(None)
    lately = Task.closed_at >= act.at - WINDOW
    done = and_(lately, Task.closed_by.is_not(None), func.coalesce(Task.closed_how, "").not_in(NOT_COMPLETED))
    median = func.percentile_cont(0.5).within_group(Task.closed_at - Task.opened_at)
    statement = (
        select(
            Task.element,
            func.count(Task.case_id.distinct()).filter(here),
            func.count(Task.case_id.distinct()).filter(here, Task.due_at < act.at),
            func.count().filter(done),
            median.filter(done),
        )
        .join(Case, Case.id == Task.case_id)
        .where(Task.diagram == key, or_(here, lately), _reach(act))
        .group_by(Task.element)
    )
    if version is not None:
        statement = statement.where(Task.version_id == version)
    return {row[0]: StepRow(*row) for row in db.session.execute(statement)}


@dataclass(frozen=True, slots=True)
class RunningCase:
    """A case that has not ended, with its most urgent open task; `element` is None when none is open.

    `subject` and `requester` are empty for who may count the case but not read it.
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
class Wanted:
    """Which running cases a list shows: those of a version, at a step, late ones; `after` is the key of a page."""

    version: UUID | None = None
    step: str = ""
    late: bool = False
    after: str = ""


def running(act: Act, key: str, wanted: Wanted) -> tuple[list[RunningCase], str]:
    """Cases of a diagram that have not ended, the oldest first, and the key of the next page ("" for the last).

    One statement. Raises Invalid for an unreadable `after`.
    """
    statement = _running(act, wanted).where(Case.diagram == key, Case.closed_at.is_(None), _reach(act))
    if wanted.version is not None:
        statement = statement.where(Case.version_id == wanted.version)
    if wanted.after:
        opened, last = read_key(wanted.after)
        statement = statement.where(tuple_(Case.opened_at, Case.id) > tuple_(literal(opened), literal(last)))
    rows = [_case(act, row) for row in db.session.execute(statement)]
    shown = rows[:PAGE]
    return shown, key_of(shown[-1].opened_at, shown[-1].id) if len(rows) > PAGE else ""


def _running(act: Act, wanted: Wanted) -> Select[Any]:
    """The columns of a row, joined with the task that is due first among those that are asked for."""
    first = (
        select(Task.element, Task.due_at, Task.unit_id, Task.computation, Task.clause)
        .where(Task.case_id == Case.id, Task.closed_at.is_(None))
        .order_by(Task.due_at, Task.id)
        .limit(1)
    )
    if wanted.step:
        first = first.where(Task.element == wanted.step)
    if wanted.late:
        first = first.where(Task.due_at < act.at)
    task = first.lateral()
    columns = (Case.id, Case.number, DiagramVersion.number, Case.version_id, Case.status, Case.opened_at)
    return (
        select(*columns, *task.c, seen_by(act).label("readable"), Case)
        .join(DiagramVersion, DiagramVersion.id == Case.version_id)
        .join(task, true(), isouter=not (wanted.step or wanted.late))
        .order_by(Case.opened_at, Case.id)
        .limit(PAGE + 1)
    )


def _case(act: Act, row: Any) -> RunningCase:
    *shown, readable, case = row
    words = (subject_for(act, case), case.requester_name) if readable else ({}, "")
    return RunningCase(*(*shown, readable, *words))


def _reach(act: Act) -> ColumnElement[bool]:
    """The cases that the hats of this act may count."""
    held = [(ALLOWED["processes.cases"].get(hat.role), hat.unit) for hat in act.hats]
    if any(reach == "anywhere" for reach, _unit in held):
        return true()
    units = [unit for reach, unit in held if reach == "unit" and unit]
    return or_(Case.units.overlap(units), Case.requester == act.person)
