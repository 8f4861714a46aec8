"""Lists and pages of incidents. Who may not read a case sees its number, process and step, never its subject."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, func, literal, select, tuple_

from app.audit.words import unseal_texts
from app.bpmn.errors import StateDamaged
from app.cases.access import (
    can_see_case,
    visible_case_subject,
    visible_cases_condition,
    visible_requester_name,
)
from app.cases.assignment import TaskOwner
from app.cases.eligible_owners import load_eligible_owners
from app.cases.incidents import ASSIGNABLE_KINDS, BACKUP, CLOCK, MESSAGE, OPERATION, OWNER, SEAL, TIMER
from app.cases.locking import DAMAGE_ERRORS, load_case_without_lock
from app.cases.models import Case, Incident, Task, Timer
from app.cases.queries.inbox import format_page_key, parse_page_key
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.errors import Missing
from app.outbox.models import Message

INCIDENTS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """The filter of a list: open or solved, process, kind, code; `after` is the key of a page."""

    solved: bool = False
    process: str = ""
    kind: str = ""
    code: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident of a list. `number`, `diagram`: of its case, None without one; `event_type`: of its message."""

    id: UUID
    kind: str
    code: str
    at: datetime
    element: str | None
    attempts: int
    tried_at: datetime | None
    resolved_at: datetime | None
    resolved_how: str | None
    event_type: str | None
    case_id: UUID | None
    number: str | None
    diagram: str | None
    version_id: UUID | None
    status: str | None
    readable: bool


_ROW_COLUMNS = (
    Incident.id,
    Incident.kind,
    Incident.code,
    Incident.at,
    Incident.element,
    Incident.attempts,
    Incident.tried_at,
    Incident.resolved_at,
    Incident.resolved_how,
    Incident.detail["event_type"].astext,
    Case.id,
    Case.number,
    Case.diagram,
    Case.version_id,
    Case.status,
)


def load_incidents_page(act: Act, filter_: IncidentFilter) -> tuple[list[IncidentRow], str]:
    """Return the incidents, newest first, and the key of the next page ("" for the last); one statement.

    Raises Invalid for an unreadable `after`.
    """
    readable = func.coalesce(and_(Case.id.is_not(None), visible_cases_condition(act)), false())
    statement = _apply_incident_filter(select(*_ROW_COLUMNS, readable), filter_).order_by(
        Incident.at.desc(), Incident.id.desc()
    )
    if filter_.after:
        moment, last_id = parse_page_key(filter_.after)
        statement = statement.where(
            tuple_(Incident.at, Incident.id) < tuple_(literal(moment), literal(last_id))
        )
    rows = [IncidentRow(*row) for row in db.session.execute(statement.limit(INCIDENTS_PER_PAGE + 1))]
    page_rows = rows[:INCIDENTS_PER_PAGE]
    following = len(rows) > INCIDENTS_PER_PAGE
    return page_rows, format_page_key(page_rows[-1].at, page_rows[-1].id) if following else ""


def load_incident_rows(act: Act, ids: Collection[UUID]) -> list[IncidentRow]:
    """Return these incidents; one statement, none for no ids."""
    if not ids:
        return []
    readable = func.coalesce(and_(Case.id.is_not(None), visible_cases_condition(act)), false())
    statement = (
        select(*_ROW_COLUMNS, readable).select_from(Incident).outerjoin(Case, Case.id == Incident.case_id)
    )
    return [IncidentRow(*row) for row in db.session.execute(statement.where(Incident.id.in_(list(ids))))]


def count_open_incidents(process: str) -> int:
    """Return how many incidents of the cases of a process are open; one statement."""
    statement = _apply_incident_filter(select(func.count()), IncidentFilter(process=process))
    return int(db.session.scalar(statement) or 0)


def _apply_incident_filter(statement: Any, filter_: IncidentFilter) -> Any:
    """Return the statement over incidents and their cases with the filter."""
    solved = Incident.resolved_at.is_not(None) if filter_.solved else Incident.resolved_at.is_(None)
    statement = statement.select_from(Incident).outerjoin(Case, Case.id == Incident.case_id).where(solved)
    if filter_.process:
        statement = statement.where(Case.diagram == filter_.process)
    if filter_.kind:
        statement = statement.where(Incident.kind == filter_.kind)
    if filter_.code:
        statement = statement.where(Incident.code == filter_.code)
    return statement


@dataclass(frozen=True, slots=True)
class CauseCount:
    """How many open incidents have the same kind and code."""

    kind: str
    code: str
    count: int


def load_incident_cause_counts(process: str = "") -> list[CauseCount]:
    """Return the causes of open incidents with their counts, the most frequent first; one statement."""
    statement = _apply_incident_filter(
        select(Incident.kind, Incident.code, func.count().label("count")), IncidentFilter(process=process)
    )
    rows = db.session.execute(
        statement.group_by(Incident.kind, Incident.code).order_by(
            func.count().desc(), Incident.kind, Incident.code
        )
    )
    return [CauseCount(row.kind, row.code, row[2]) for row in rows]


def load_incidents_of_cause(filter_: IncidentFilter, limit: int) -> list[tuple[UUID, int]]:
    """Return up to `limit` open incidents of a cause with their retries, oldest first; one statement.

    Messages that are in the queue again are left out.
    """
    under_way = and_(
        Incident.kind == MESSAGE,
        Message.dead_at.is_(None),
        Message.done_at.is_(None),
        Message.id.is_not(None),
    )
    statement = (
        _apply_incident_filter(select(Incident.id, Incident.attempts), filter_)
        .outerjoin(Message, Message.id == Incident.message_id)
        .where(func.coalesce(under_way, false()).is_(False))
        .order_by(Incident.at, Incident.id)
        .limit(limit)
    )
    return [(row.id, row.attempts) for row in db.session.execute(statement)]


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident as its page shows it to one person.

    `subject` and `requester` are empty for a person who may not read the case. `moved_on`: the step, the timer or
    the message that stopped is not there any more. `under_way`: its message is in the queue again.
    """

    incident: Incident
    case: Case | None
    readable: bool
    subject: Mapping[str, Any]
    requester: str
    task: Task | None
    open_elements: tuple[str, ...]
    owners: tuple[TaskOwner, ...]
    message: Message | None
    moved_on: bool
    under_way: bool
    words: str


def load_incident_view(act: Act, incident_id: UUID) -> IncidentView:
    """Return the page data of one incident. Raises Missing."""
    row = db.session.get(Incident, incident_id)
    if row is None:
        raise Missing
    case = db.session.get(Case, row.case_id) if row.case_id else None
    readable = case is not None and can_see_case(act, case)
    tasks = (
        db.session.scalars(select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))).all()
        if case is not None
        else []
    )
    task = next((one for one in tasks if one.id == row.task_id), None)
    message = db.session.get(Message, row.message_id) if row.message_id is not None else None
    moved_on = row.resolved_at is None and _is_incident_cause_gone(row, case, task, message)
    assignable = (
        row.kind in ASSIGNABLE_KINDS and row.resolved_at is None and task is not None and not moved_on
    )
    return IncidentView(
        incident=row,
        case=case,
        readable=readable,
        subject=visible_case_subject(act, case) if case is not None and readable else {},
        requester=visible_requester_name(case) if case is not None and readable else "",
        task=task,
        open_elements=tuple(one.element for one in tasks),
        owners=_load_eligible_owners_of_task(act, task) if assignable and task is not None else (),
        message=message,
        moved_on=moved_on,
        under_way=message is not None and message.dead_at is None and message.done_at is None,
        words=unseal_texts([(row.resolved_by, row.words)])[0],
    )


def _is_incident_cause_gone(
    row: Incident, case: Case | None, task: Task | None, message: Message | None
) -> bool:
    """Return whether what stopped is not there any more, so that only closing the incident is left."""
    if row.kind == MESSAGE:
        return message is None or message.done_at is not None
    if row.kind in (CLOCK, BACKUP, SEAL):
        return False
    if case is None or case.closed_at is not None:
        return True
    if row.kind == TIMER:
        timer = row.detail.get("timer")
        return (
            timer is None or db.session.scalar(select(Timer.id).where(Timer.id == UUID(str(timer)))) is None
        )
    return row.kind in (OWNER, OPERATION) and task is None


def _load_eligible_owners_of_task(act: Act, task: Task) -> tuple[TaskOwner, ...]:
    """Return to whom the task may be assigned; nobody when the case cannot be read."""
    try:
        return tuple(load_eligible_owners(act, load_case_without_lock(task.case_id), task.element))
    except (*DAMAGE_ERRORS, StateDamaged):
        return ()
