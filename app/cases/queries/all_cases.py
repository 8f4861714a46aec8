"""The list of all cases by their filters, newest first, for readers of the audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, union

from app.audit.deeds import ABOUT, DID
from app.audit.models import AuditRecord
from app.audit.newest_rows import Listing, select_newest_rows
from app.cases.access import visible_cases_condition
from app.cases.models import Case, History, Task
from app.kernel.act import Act
from app.kernel.db import db

FINISHED, OPEN = "done", "open"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """The filters, as ids and codes. A tuple that is None does not filter, an empty one finds nothing.

    `part`: whether the person acted in the case, or it is about him, or either. `offerings` yields the journals that
    deeds under the case are about. `until` is not included. `late`: a step was finished, or stands open, after
    its deadline. `imported`: an import did something under the case. `limits` are the conditions of a limited reader,
    `seen_until` the moment at which his days end: what ended later had not ended for him.
    """

    person: UUID | None = None
    part: str = ""
    units: tuple[UUID, ...] | None = None
    offerings: Select[Any] | None = None
    process: str = ""
    status: str = ""
    outcome: str = ""
    clauses: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    deputy: bool = False
    late: bool | None = None
    imported: bool | None = None
    limits: tuple[ColumnElement[bool], ...] = ()
    seen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseKey:
    """One case as the list finds it."""

    id: UUID
    opened_at: datetime
    diagram: str
    status: str
    outcome: str | None
    deputy: bool


@dataclass(frozen=True, slots=True)
class CaseFacets:
    """How many of the newest 1,001 matching cases have each value; `total` is 1,001 when there are more."""

    total: int
    processes: dict[str, int]
    states: dict[tuple[str, str], int]
    deputy: int


_LISTING = Listing(
    (Case.id, Case.opened_at, Case.diagram, Case.status, Case.outcome, Case.on_behalf_of, Case.closed_at),
    Case.opened_at,
    Case.id,
)


def load_case_keys(
    act: Act, where: CaseFilter, after: tuple[datetime, UUID] | None, limit: int
) -> list[CaseKey]:
    """Return the newest cases after a key that match and that the person of the act may open; one statement."""
    conditions = [*where.limits, *_conditions(where, act.at), visible_cases_condition(act)]
    if where.person is not None:
        conditions.append(Case.id.in_(_select_cases_of_person(where.person, where.part)))
    statement = select_newest_rows(_LISTING, conditions, (), after, limit)
    return [_case_key(row, where.seen_until) for row in db.session.execute(statement)]


def _case_key(row: Any, seen_until: datetime | None) -> CaseKey:
    ended_later = is_ended_later(row.closed_at, seen_until)
    status, outcome = (OPEN, None) if ended_later else (row.status, row.outcome)
    return CaseKey(row.id, row.opened_at, row.diagram, status, outcome, row.on_behalf_of is not None)


def is_ended_later(closed_at: datetime | None, seen_until: datetime | None) -> bool:
    """Return whether a case ended after the days of a limited reader, so that he sees it open."""
    return seen_until is not None and closed_at is not None and closed_at >= seen_until


def load_cases(keys: Collection[UUID]) -> dict[UUID, Case]:
    """Return cases by id; one statement, none without ids."""
    if not keys:
        return {}
    return {row.id: row for row in db.session.scalars(select(Case).where(Case.id.in_(keys)))}


def load_late_case_ids(cases: Collection[UUID], now: datetime) -> set[UUID]:
    """Return which of these cases have a step after its deadline; one statement, none without cases."""
    if not cases:
        return set()
    return set(
        db.session.scalars(
            select(Task.case_id).where(Task.case_id.in_(cases), or_(*_late_task_conditions(now))).distinct()
        )
    )


def count_case_facets(rows: Sequence[CaseKey]) -> CaseFacets:
    """Return the facets of rows; those of the first 1,001 are asked for."""
    return CaseFacets(
        total=len(rows),
        processes=dict(Counter(row.diagram for row in rows).most_common()),
        states=dict(Counter((row.status, row.outcome or "") for row in rows).most_common()),
        deputy=sum(row.deputy for row in rows),
    )


def select_cases_of_process(process: str, outcome: str) -> Select[Any]:
    """Return the query of the ids of cases of a process and with an outcome, those that are named."""
    wanted = select(Case.id)
    if process:
        wanted = wanted.where(Case.diagram == process)
    if outcome:
        wanted = wanted.where(Case.outcome == outcome)
    return wanted


def _select_cases_of_person(person: UUID, part: str) -> Select[Any]:
    """Return the query of the ids of the cases that a person asked for, acted in, or that are about him."""
    did = [
        select(Case.id).where(Case.requester == person),
        select(Case.id).where(Case.on_behalf_of == person),
        select(History.case_id).where(History.person == person),
        select(History.case_id).where(History.on_behalf_of == person),
    ]
    about = [select(Case.id).where(Case.about.contains([person]))]
    ways = {DID: did, ABOUT: about}.get(part, [*did, *about])
    return select(union(*ways).subquery())


def _conditions(where: CaseFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if where.process:
        found.append(Case.diagram == where.process)
    ended_later = Case.closed_at >= where.seen_until if where.seen_until is not None else false()
    for value, column in ((where.status, Case.status), (where.outcome, Case.outcome)):
        if value:
            seen = and_(column == value, func.coalesce(~ended_later, true()))
            found.append(or_(seen, ended_later) if value == OPEN else seen)
    if where.units is not None:
        found.append(Case.units.overlap(list(where.units)))
    if where.offerings is not None:
        about = select(AuditRecord.case_id).where(
            AuditRecord.offering_id.in_(where.offerings), AuditRecord.case_id.is_not(None)
        )
        found.append(Case.id.in_(about))
    if where.clauses is not None:
        found.append(exists().where(Task.case_id == Case.id, Task.clause.in_(where.clauses)))
    if where.since is not None:
        found.append(Case.opened_at >= where.since)
    if where.until is not None:
        found.append(Case.opened_at < where.until)
    if where.deputy:
        behalf = exists().where(History.case_id == Case.id, History.on_behalf_of.is_not(None))
        found.append(or_(Case.on_behalf_of.is_not(None), behalf))
    if where.late is not None:
        now = min(now, where.seen_until) if where.seen_until is not None else now
        late = or_(*(exists().where(Task.case_id == Case.id, one) for one in _late_task_conditions(now)))
        found.append(late if where.late else ~late)
    if where.imported is not None:
        by_import = exists().where(AuditRecord.case_id == Case.id, AuditRecord.imported)
        found.append(by_import if where.imported else ~by_import)
    return found


def _late_task_conditions(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the condition of a task finished late, as that of its partial index, and of one that waits too long."""
    return Task.closed_at > Task.due_at, and_(Task.closed_at.is_(None), Task.due_at < now)
