"""Statistics of the steps of a process: open, overdue, median and 90th percentile of the time a step took.

Counted from task rows; no state is read. Open and overdue tasks are those of now; times come from the tasks
completed in a period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import array

from app.cases.access import preload_names_of_cases, visible_case_subject, visible_cases_condition
from app.cases.audit_scope import load_audit_scope
from app.cases.models import Case, Task
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.cases.queries.processes import CASES_PER_PAGE, can_count_every_case, countable_cases_condition
from app.diagrams.models import DiagramVersion
from app.kernel.act import Act
from app.kernel.db import db

DEFAULT_PERIOD = timedelta(days=90)
"""Period of completed tasks when none is chosen."""
UNCOMPLETED_CLOSE_KINDS = ("withdrawn", "escalated", "timer")
"""Values of `closed_how` of tasks that were closed without being completed."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StatisticsFilter:
    """The filter of statistics. `since`, `until`: when a task was completed (None: the last 90 days, now).

    `units` are the chosen unit with the units below it; () for every unit. `version` is one version.
    """

    since: datetime | None = None
    until: datetime | None = None
    units: tuple[UUID, ...] = ()
    version: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepStatistics:
    """Statistics of one step. `open`, `late`: cases that wait there now, and those with an overdue task.

    `oldest` is when the longest open task opened. `median` and `p90` are from opening to completion; None when
    no task was completed in the period. `deviating` are finished cases that left the happy path at this step, where
    they were counted (`mining.variant_queries`).
    """

    element: str
    open: int
    late: int
    oldest: datetime | None
    completed: int
    median: timedelta | None
    p90: timedelta | None
    deviating: int = 0


def load_step_statistics(
    act: Act, key: str, filter_: StatisticsFilter = StatisticsFilter()
) -> dict[str, StepStatistics]:
    """Return the statistics of the steps of a diagram by element; one statement for all steps."""
    cases = func.count(Task.case_id.distinct())
    waiting = (
        select(
            Task.element.label("element"),
            cases.label("open"),
            cases.filter(Task.due_at < act.at).label("late"),
            func.min(Task.opened_at).label("oldest"),
        )
        .where(Task.diagram == key, Task.closed_at.is_(None), *_countable_case_conditions(act, filter_))
        .group_by(Task.element)
        .subquery("waiting")
    )
    durations = func.percentile_cont(array([0.5, 0.9])).within_group(Task.closed_at - Task.opened_at)
    finished = (
        select(Task.element.label("element"), func.count().label("completed"), durations.label("durations"))
        .where(_finished_tasks_condition(act, key, filter_), *_countable_case_conditions(act, filter_))
        .group_by(Task.element)
        .subquery("finished")
    )
    rows = db.session.execute(
        select(
            func.coalesce(waiting.c.element, finished.c.element),
            func.coalesce(waiting.c.open, 0),
            func.coalesce(waiting.c.late, 0),
            waiting.c.oldest,
            func.coalesce(finished.c.completed, 0),
            finished.c.durations,
        ).select_from(waiting.join(finished, waiting.c.element == finished.c.element, full=True))
    )
    return {row[0]: StepStatistics(*row[:5], *(row[5] or (None, None))) for row in rows}


def _finished_tasks_condition(act: Act, key: str, filter_: StatisticsFilter) -> ColumnElement[bool]:
    """Return the SQL condition for tasks of the diagram that a person completed in the period."""
    since = filter_.since or act.at - DEFAULT_PERIOD
    until = true() if filter_.until is None else Task.closed_at < filter_.until
    return and_(
        Task.diagram == key,
        Task.closed_at >= since,
        until,
        Task.closed_by.is_not(None),
        func.coalesce(Task.closed_how, "").not_in(UNCOMPLETED_CLOSE_KINDS),
    )


def _countable_case_conditions(act: Act, filter_: StatisticsFilter) -> list[ColumnElement[bool]]:
    """Return the conditions on the case of a task: reach of the act, units, version.

    The table of cases is read only when a condition needs it.
    """
    conditions: list[ColumnElement[bool]] = []
    scope = load_audit_scope(act.assignments)
    if scope is not None and scope.last_moment is not None:
        conditions.append(Task.opened_at < scope.last_moment)
    if filter_.version is not None:
        conditions.append(Task.version_id == filter_.version)
    on_case: list[ColumnElement[bool]] = []
    if not can_count_every_case(act):
        on_case.append(countable_cases_condition(act))
    if filter_.units:
        on_case.append(Case.units.overlap(list(filter_.units)))
    if on_case:
        conditions.append(Task.case_id.in_(select(Case.id).where(*on_case)))
    return conditions


@dataclass(frozen=True, slots=True)
class FinishedTask:
    """A completed task and the time it took. `subject` is empty for a person who may not read the case."""

    id: UUID
    element: str
    opened_at: datetime
    closed_at: datetime
    case_id: UUID
    number: str
    version: int
    version_id: UUID
    readable: bool
    subject: Mapping[str, Any]

    @property
    def time(self) -> timedelta:
        """Return the time from opening to completion."""
        return self.closed_at - self.opened_at


def load_finished_tasks_page(
    act: Act, key: str, step: str, filter_: StatisticsFilter, after: str = ""
) -> tuple[list[FinishedTask], str]:
    """Return the tasks completed in the period, slowest first, and the key of the next page ("" for the last).

    One statement; `step` "" is every step. Raises Invalid for an unreadable `after`.
    """
    time: Any = Task.closed_at - Task.opened_at
    statement: Any = (
        select(
            Task.id,
            Task.element,
            Task.opened_at,
            Task.closed_at,
            Task.case_id,
            Task.number,
            DiagramVersion.number,
            Task.version_id,
            visible_cases_condition(act).label("readable"),
            Case,
        )
        .join(Case, Case.id == Task.case_id)
        .join(DiagramVersion, DiagramVersion.id == Task.version_id)
        .where(_finished_tasks_condition(act, key, filter_), *_countable_case_conditions(act, filter_))
        .order_by(time.desc(), Task.id.desc())
        .limit(CASES_PER_PAGE + 1)
    )
    if step:
        statement = statement.where(Task.element == step)
    if after:
        moment, last_id = parse_page_key(after)
        statement = statement.where(
            tuple_(time, Task.id) < tuple_(literal(moment - _EPOCH), literal(last_id))
        )
    found = db.session.execute(statement).all()
    preload_names_of_cases(row.Case for row in found)
    rows = [_finished_task_for_reader(act, row) for row in found]
    page_rows = rows[:CASES_PER_PAGE]
    if len(rows) <= CASES_PER_PAGE:
        return page_rows, ""
    # The key of a page holds a moment: the time a task took, counted from the epoch.
    return page_rows, format_page_key(_EPOCH + page_rows[-1].time, page_rows[-1].id)


def _finished_task_for_reader(act: Act, row: Any) -> FinishedTask:
    """Return one row, without the subject when the person may not read the case."""
    columns: list[Any]
    *columns, readable, case = row
    return FinishedTask(*(*columns, readable, visible_case_subject(act, case) if readable else {}))
