"""The events of the cases of a process, read in one pass for an export, with or without names (7.1).

Free text, answers of forms and marks are no part of an event. Without names, persons and cases are pseudonyms: a keyed
hash under a key that is made for the export and kept nowhere, so they are stable within one export and differ in the
next.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, true

from app.audit.record import record_audit_event
from app.bpmn.model import ProcessModel
from app.cases.audit_scope import (
    AuditScope,
    Window,
    cases_condition,
    last_moment,
    load_audit_scope,
    windows_of_case,
)
from app.cases.models import Case, History, Task
from app.cases.queries.processes import countable_cases_condition
from app.cases.queries.step_statistics import DEFAULT_PERIOD, StatisticsFilter
from app.diagrams.models import DiagramVersion
from app.diagrams.versions import load_version_unless_damaged
from app.kernel.act import Act
from app.kernel.db import db
from app.kernel.i18n import pick_text
from app.kernel.sealing import new_random_key
from app.people import queries as people

EVENT_LOG_EXPORTED = "cases.process.exported"
EVENT_KINDS = ("started", "completed", "service", "timer", "escalated", "ended", "withdrawn")
"""Kinds of history that are events of the process. Comments, files, claims and moved deadlines are not."""
ROWS_AT_ONCE = 500
"""How many rows of the database are held at once while a file is sent."""
PSEUDONYM_LENGTH = 12


@dataclass(frozen=True, slots=True)
class LoggedCase:
    """A case of the log. `id` is its number or its pseudonym, `requester` a name or a pseudonym; `closed_at` None while
    it runs. `outcome` is the code of its end, else its status."""

    id: str
    version: int
    outcome: str
    opened_at: datetime
    closed_at: datetime | None
    requester: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of a case; `number` counts the events of the export.

    `activity` is the title of its step, `element` the id of it; `resource` is a name or a pseudonym, "" for what the
    system did; `opened_at` is when the task of a completed step opened.
    """

    number: int
    at: datetime
    kind: str
    activity: str
    element: str
    decision: str
    resource: str
    on_behalf_of: str
    role: str
    opened_at: datetime | None


@dataclass(frozen=True)
class NamesOfExport:
    """Gives persons and cases their words in one export: names and numbers, or pseudonyms."""

    with_names: bool
    _key: bytes = field(default_factory=new_random_key, repr=False)
    _names: dict[UUID, str] = field(default_factory=dict, repr=False)
    _bearers: Counter[str] = field(default_factory=Counter, repr=False)

    def person(self, person: UUID | None) -> str:
        """Return the word of a person, "" for none. With names `learn_names` has loaded it."""
        if person is None:
            return ""
        return self._names.get(person, str(person)) if self.with_names else self._pseudonym("person", person)

    def case(self, case: UUID, number: str) -> str:
        """Return the word of a case."""
        return number if self.with_names else self._pseudonym("case", case)

    def learn_names(self, persons: set[UUID]) -> None:
        """Load the names of persons that are not known yet; one statement at most. Of persons of one name the second
        is called "Name (2)" in this export."""
        unknown = persons - self._names.keys() if self.with_names else set()
        for person, name in sorted(people.load_names(unknown).items()):
            self._bearers[name.full] += 1
            bearer = self._bearers[name.full]
            self._names[person] = name.full if bearer == 1 else f"{name.full} ({bearer})"

    def _pseudonym(self, kind: str, id_: UUID) -> str:
        digest = hmac.new(self._key, kind.encode() + id_.bytes, hashlib.sha256).hexdigest()
        return f"{kind}-{digest[:PSEUDONYM_LENGTH]}"


def record_event_log_export(
    act: Act, key: str, version_id: UUID, filter_: StatisticsFilter, file_format: str, with_names: bool
) -> None:
    """Record in the audit who exports the cases of which process and period, and whether with names (7.1)."""
    after = {
        "process": key,
        "format": file_format,
        "names": with_names,
        "since": _period_start(act, filter_),
        "until": filter_.until,
        "units": list(filter_.units),
        "cases": db.session.scalar(select(func.count()).where(_logged_cases_condition(act, key, filter_))),
    }
    record_audit_event(act, EVENT_LOG_EXPORTED, ("diagrams.version", version_id), None, after, "7.1")


def iterate_logged_cases(
    act: Act, key: str, filter_: StatisticsFilter, names: NamesOfExport, scope: AuditScope | None = None
) -> Iterator[tuple[LoggedCase, list[LoggedEvent]]]:
    """Yield the cases of a process that were opened in the period, each with its events in order; for a limited reader
    with those of his days, a case that ended later as one that runs.

    The rows are read by a cursor; names in batches, titles of steps once a version.
    """
    titles = _titles_by_element(act, key)
    units = {unit.id: pick_text(unit.names, act.locale) for unit in people.load_unit_tree().values()}
    rows = db.session.execute(
        select(
            Case.id,
            Case.number,
            DiagramVersion.number.label("version"),
            func.coalesce(Case.outcome, Case.status).label("outcome"),
            Case.opened_at,
            Case.closed_at,
            Case.requester,
            Case.units,
            History.at,
            History.kind,
            History.element,
            History.decision,
            History.person,
            History.on_behalf_of,
            History.role,
            Task.opened_at.label("task_opened_at"),
        )
        .join(DiagramVersion, DiagramVersion.id == Case.version_id)
        .join(
            History,
            and_(
                History.case_id == Case.id,
                History.kind.in_(EVENT_KINDS),
                History.at >= _period_start(act, filter_),
            ),
        )
        .outerjoin(Task, Task.id == History.task_id)
        .where(_logged_cases_condition(act, key, filter_))
        .order_by(Case.opened_at, Case.id, History.id),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    number = itertools.count(1)
    current: Any = None
    events: list[LoggedEvent] = []
    for batch in rows.partitions():
        names.learn_names(
            {
                person
                for row in batch
                for person in (row.requester, row.person, row.on_behalf_of)
                if person is not None
            }
        )
        for row in batch:
            if not _is_event_in_days(row, scope):
                continue
            if current is not None and row.id != current.id:
                yield _logged_case(current, names, units, scope), events
                events = []
            current = row
            events.append(_logged_event(next(number), row, names, titles))
    if current is not None:
        yield _logged_case(current, names, units, scope), events


def _is_event_in_days(row: Any, scope: AuditScope | None) -> bool:
    """Return whether an event lies in the days of the reader."""
    return scope is None or any(one.contains(row.at) for one in _windows_of_row(row, scope))


def _windows_of_row(row: Any, scope: AuditScope) -> tuple[Window, ...]:
    return windows_of_case(scope, row.units, row.opened_at)


def _period_start(act: Act, filter_: StatisticsFilter) -> datetime:
    """Return the first moment of the period."""
    return filter_.since or act.at - DEFAULT_PERIOD


def _logged_cases_condition(act: Act, key: str, filter_: StatisticsFilter) -> ColumnElement[bool]:
    """Return the SQL condition for the cases of the process that were opened in the period and may be counted."""
    scope = load_audit_scope(act.assignments)
    return and_(
        Case.diagram == key,
        cases_condition(scope) if scope is not None else true(),
        Case.opened_at >= _period_start(act, filter_),
        true() if filter_.until is None else Case.opened_at < filter_.until,
        Case.units.overlap(list(filter_.units)) if filter_.units else true(),
        countable_cases_condition(act),
    )


def _titles_by_element(act: Act, key: str) -> dict[str, str]:
    """Return the titles of the elements of a process by id; of several versions the newest that has the element."""
    versions = db.session.scalars(
        select(DiagramVersion.id).where(DiagramVersion.key == key).order_by(DiagramVersion.number)
    ).all()
    titles: dict[str, str] = {}
    for version in versions:
        published = load_version_unless_damaged(version)
        if published is not None:
            titles |= {id_: text for id_, text in _element_titles(published.model, act.locale) if text}
    return titles


def _element_titles(model: ProcessModel, locale: str) -> Iterator[tuple[str, str]]:
    """Yield id and title of every element that an event can name."""
    groups: tuple[Mapping[str, Any], ...] = (
        model.starts,
        model.user_tasks,
        model.services,
        model.timers,
        model.ends,
    )
    for elements in groups:
        for id_, element in elements.items():
            yield id_, pick_text(element.titles, locale)


def _logged_case(
    row: Any, names: NamesOfExport, units: Mapping[UUID, str], scope: AuditScope | None
) -> LoggedCase:
    """Return the case of a row."""
    end = last_moment(_windows_of_row(row, scope)) if scope is not None else None
    ended_later = end is not None and row.closed_at is not None and row.closed_at >= end
    return LoggedCase(
        id=names.case(row.id, row.number),
        version=row.version,
        outcome="open" if ended_later else row.outcome,
        opened_at=row.opened_at,
        closed_at=None if ended_later else row.closed_at,
        requester=names.person(row.requester),
        units=tuple(units[unit] for unit in row.units if unit in units),
    )


def _logged_event(number: int, row: Any, names: NamesOfExport, titles: Mapping[str, str]) -> LoggedEvent:
    """Return the event of a row. What has no element (a start, a withdrawal) is called by its kind."""
    element = row.element or row.kind
    return LoggedEvent(
        number=number,
        at=row.at,
        kind=row.kind,
        activity=titles.get(element, element),
        element=element,
        decision=row.decision or "",
        resource=names.person(row.person),
        on_behalf_of=names.person(row.on_behalf_of),
        role=row.role or "",
        opened_at=row.task_opened_at,
    )
